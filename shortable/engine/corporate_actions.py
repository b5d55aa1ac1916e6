"""What corporate actions do to a running account: shares, average prices, resting orders, cash (S20, S21)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from shortable.actions import Delisting, Dividend, Rename, Split
from shortable.engine.account import Account
from shortable.engine.action_calendar import ActionCalendar, Due, Ending, OnDelisting
from shortable.engine.feed import Feed
from shortable.engine.order_desk import OrderDesk
from shortable.engine.security import Security
from shortable.errors import EngineError
from shortable.results import BorrowEnd, CashKind

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Applied", "CorporateActionDesk"]


class Applied(NamedTuple):
    """One action as it was booked: a row of the table ``corporate_actions``, and where it stands among the events."""

    events: int
    """Events of orders before it."""
    row: int
    """Row of the feed in which it was booked."""
    column: int
    """Whose."""
    time: datetime
    """When it was in force, exchange-local."""
    kind: str
    """split, dividend, rename, delisting or end of data."""
    before: int
    """Shares held before it, negative for a short."""
    after: int
    """Shares held after it."""
    ratio: float
    """New shares for each old one of a split; 1 otherwise."""
    price: float
    """A dividend's amount a share, the price of what was closed, or of a fraction that was paid in cash."""
    cash: float
    """Received, negative where it was paid; NaN for a closing order, which is a fill of its own."""
    text: str
    """The same for people."""


class CorporateActionDesk:
    """Books the actions of a run, session by session.

    Parameters
    ----------
    calendar : ActionCalendar
    account : Account
    orders : OrderDesk
    securities : list of Security
    on_delisting : OnDelisting
    callbacks : mapping of str to callable
        Of the algorithm's ``on_splits``, ``on_dividends``, ``on_symbol_changed_events`` and ``on_delistings`` those that
        it has.

    Attributes
    ----------
    applied : list of Applied
        Oldest first.
    """

    def __init__(
        self,
        calendar: ActionCalendar,
        account: Account,
        orders: OrderDesk,
        securities: list[Security],
        on_delisting: OnDelisting,
        callbacks: Mapping[str, Callable[[Sequence[object]], None]],
    ) -> None:
        self.calendar = calendar
        self.applied: list[Applied] = []
        self._account, self._orders, self._securities = account, orders, securities
        self._on_delisting, self._callbacks = on_delisting, callbacks
        self._pending: dict[str, list[object]] = {}
        account.ended.update(calendar.ended_before)

    @property
    def feed(self) -> Feed:
        """The run's bars."""
        return self._account.feed  # type: ignore[return-value]  # the account has started

    def has_due(self, session: int) -> bool:
        """Whether anything is in force from that session on."""
        return session in self.calendar.due or session in self.calendar.resuming

    def open_session(self, session: int, row: int) -> None:
        """Book what is in force before a session's first order; nothing happens to what has ended (S21)."""
        for column in self.calendar.resuming.get(session, ()):
            self._account.ended.pop(column, None)
        for due in self.calendar.due.get(session, ()):
            if due.column in self._account.ended:
                continue
            match due.action:
                case Split():
                    self._split(due, due.action, session, row)
                    self._queue_call("on_splits", due.action)
                case Dividend():
                    self._pay(due, due.action, row)
                    self._queue_call("on_dividends", due.action)
                case Rename():
                    self._note(due.column, row, "rename", str(due.action))
                    self._queue_call("on_symbol_changed_events", due.action)

    def widen(self, calendar: ActionCalendar, column: int, session: int) -> None:
        """Take in a security that comes later, in a session: what has happened to it before is over (S32).

        Parameters
        ----------
        calendar : ActionCalendar
            Of all securities, this one too.
        column : int
        session : int
        """
        self.calendar = calendar
        ended: str | None = calendar.ended_before.get(column)
        for number in range(session + 1):
            if column in calendar.resuming.get(number, ()):
                ended = None
            for due in calendar.due.get(number, ()):
                if due.column == column and isinstance(due.action, Split):
                    first = int(self.feed.closing_rows[number - 1]) + 1 if number else 0
                    self.feed.restate_carried_close(first, column, due.action.ratio)
            if number < session:
                endings = [e.text for e in calendar.endings.get(number, ()) if e.column == column]
                ended = endings[-1] if endings else ended
        if ended is not None:
            self._account.ended[column] = ended

    def ends(self, session: int) -> bool:
        """Whether any security ends with that session."""
        return session in self.calendar.endings

    def close_session(self, session: int) -> None:
        """Close what ends with a session, under the policy."""
        for ending in self.calendar.endings[session]:
            self._end(ending)
        self.call_algorithm()

    def call_algorithm(self) -> None:
        """Call the algorithm for what has been booked since it was last called."""
        for name, records in self._pending.items():
            self._callbacks[name](tuple(records))
        self._pending.clear()

    def _queue_call(self, name: str, record: Split | Dividend | Rename | Delisting) -> None:
        if name in self._callbacks:
            self._pending.setdefault(name, []).append(record)

    def _split(self, due: Due, split: Split, session: int, row: int) -> None:
        account, feed, column, ratio = self._account, self.feed, due.column, split.ratio
        last = feed.last_close.item(row - 1, column) if row else feed.before.item(column)
        price = last / ratio if last else 0.0
        feed.restate_carried_close(row, column, ratio)
        holding = account.holdings[column]
        before = holding.quantity
        after, fraction = _split_shares(before, ratio)
        cash = fraction * price
        if before:
            holding.quantity, holding.average_price = after, float(holding.average_price / ratio)
            holding.profit += fraction * (price - holding.average_price)
            if not after:
                account.positions -= 1
                holding.average_price = 0.0
            account.shares[column] = after
            if fraction:
                account.pay(column, CashKind.PRICE, cash)
        account.closes = feed.last_close[row]
        account.prices = account.closes.tolist()
        account.stale = True
        self._orders.short_desk.restate(self._securities[column], ratio)
        if self._orders.lending is not None:
            self._orders.lending.restate(column, ratio)
        opened = feed.session_opens(row)
        for order in [o for o in account.open.values() if o.column == column]:
            shares, _ = _split_shares(order.quantity, ratio)
            self._orders.restate(order, shares, ratio, str(split), opened)
        self._book(
            row,
            column,
            opened,
            "split",
            before,
            after,
            price if fraction else 0.0,
            cash,
            str(split),
            float(ratio),
        )

    def _pay(self, due: Due, dividend: Dividend, row: int) -> None:
        account, column = self._account, due.column
        holding = account.holdings[column]
        if not holding.quantity:
            return
        cash = holding.quantity * due.amount
        holding.total_dividends += cash
        account.pay(column, CashKind.DIVIDENDS, cash)
        opened, shares = self.feed.session_opens(row), holding.quantity
        text = str(dividend)
        self._book(row, column, opened, "dividend", shares, shares, due.amount, cash, text)

    def _note(self, column: int, row: int, kind: str, text: str) -> None:
        shares = self._account.holdings[column].quantity
        opened = self.feed.session_opens(row)
        self._book(row, column, opened, kind, shares, shares, 0.0, 0.0, text)

    def _end(self, ending: Ending) -> None:
        account, column = self._account, ending.column
        security = self._securities[column]
        held, price = security.holdings.quantity, self._price(ending, security)
        if held and self._on_delisting == "error":
            raise EngineError(
                f"{held:+,} {security.symbol} are held, and {ending.text}: on_delisting='error' stops the run. "
                "Close the position before, or pass on_delisting='last_price' or the price that was paid."
            )
        kind = "delisting" if ending.delisted else "end of data"
        self._orders.cancel_where(lambda order: order.column == column, ending.text)
        if held:
            tag = f"{ending.text}: closed at {price:g}"
            self._orders.close_out(security, price, tag, BorrowEnd.DELISTED)
        account.ended[column] = ending.text
        self._orders.short_desk.end(security)
        self._book(
            account.row, column, account.time, kind, held, 0, price, float("nan"), ending.text
        )
        self._queue_call("on_delistings", Delisting(security.symbol, ending.last_day, price))

    def _price(self, ending: Ending, security: Security) -> float:
        policy = self._on_delisting
        if isinstance(policy, (int, float)):
            return float(policy)
        if not isinstance(policy, str) and security.symbol in policy:
            return policy[security.symbol]
        return security.price if ending.price is None else ending.price

    def _book(
        self,
        row: int,
        column: int,
        time: datetime,
        kind: str,
        before: int,
        after: int,
        price: float,
        cash: float,
        text: str,
        ratio: float = 1.0,
    ) -> None:
        events = len(self._account.events)
        self.applied.append(
            Applied(events, row, column, time, kind, before, after, ratio, price, cash, text)
        )


def _split_shares(shares: int, ratio: Fraction) -> tuple[int, float]:
    """Return whole shares after a split, rounded towards zero, and the fraction of a share that is left."""
    whole, rest = divmod(abs(shares) * ratio.numerator, ratio.denominator)
    sign = -1 if shares < 0 else 1
    return sign * whole, sign * rest / ratio.denominator
