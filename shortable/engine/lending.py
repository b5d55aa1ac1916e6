"""What may happen to a short beside availability: rules on short sales, locates, recalls and buy-ins (S25, S26, S27)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from math import ceil, nan

from shortable.borrow import LocateBook, LocateModel, NullLocate
from shortable.desk import FlowLedger, RefusalKind
from shortable.engine.account import Account
from shortable.engine.feed import Feed
from shortable.engine.order_desk import OrderDesk
from shortable.engine.orders import Order
from shortable.engine.security import Security
from shortable.errors import NoDataError
from shortable.orders import OrderResponseErrorCode, OrderStatus, OrderType
from shortable.recall import BuyIn, LentPosition, NullRecall, RecallBook, Recalls
from shortable.restrictions import NullRestriction, Restriction, SaleKind, ShortSale
from shortable.results import BorrowEnd, CashKind
from shortable.symbol import Symbol

__all__ = ["BorrowRecalled", "BoughtIn", "Lending", "LendingDesk"]

_LIMITS = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT})
_STOPS = frozenset({OrderType.STOP_MARKET, OrderType.TRAILING_STOP})
_AT_MARKET = frozenset({OrderType.MARKET, OrderType.MARKET_ON_OPEN})
_REFUSED = OrderResponseErrorCode.BROKERAGE_MODEL_REFUSED_TO_SUBMIT_ORDER


@dataclass(frozen=True, slots=True)
class Lending:
    """The models of a run that say what happens to a short beside availability."""

    restriction: Restriction
    """Rules on short sales (S25)."""
    locate: LocateModel
    """What a locate costs (S26)."""
    recall: Recalls
    """When shares are recalled (S27)."""

    @classmethod
    def none(cls) -> Lending:
        """Return the Nulls."""
        return cls(NullRestriction(), NullLocate(), NullRecall())

    @property
    def active(self) -> bool:
        """Whether any of them is not a Null."""
        return bool(self.in_force())

    def in_force(self) -> dict[str, str]:
        """Return those that are not Nulls, by name, in words."""
        models = {"restriction": self.restriction, "locate": self.locate, "recall": self.recall}
        nulls = (NullRestriction, NullLocate, NullRecall)
        return {name: repr(model) for name, model in models.items() if type(model) not in nulls}


@dataclass(frozen=True, slots=True)
class BorrowRecalled:
    """A lender wants shares back; an element of what `Algorithm.on_borrow_recalled` gets."""

    symbol: Symbol
    """What is short."""
    shares: int
    """Wanted back, above 0."""
    due_after: int | None
    """Sessions from this one to the one in which they are bought in unless they were covered before; None: by `last_day`."""
    last_day: date | None = None
    """The last day on which they may be covered, where that is a date (S30)."""


@dataclass(frozen=True, slots=True)
class BoughtIn:
    """Recalled shares were bought in; an element of what `Algorithm.on_buy_in` gets."""

    symbol: Symbol
    """What was short."""
    shares: int
    """Bought."""
    price: float
    """Per share."""
    penalty: float
    """Paid beside it, in the account's currency."""


class LendingDesk:
    """Holds orders and shorts against a run's `Lending`.

    Parameters
    ----------
    lending : Lending
    account : Account
    feed : Feed
    securities : list of Security
    orders : OrderDesk
    callbacks : mapping of str to callable
        Of the algorithm's ``on_borrow_recalled`` and ``on_buy_in`` those that it has.
    """

    def __init__(
        self,
        lending: Lending,
        account: Account,
        feed: Feed,
        securities: list[Security],
        orders: OrderDesk,
        callbacks: Mapping[str, Callable[[Sequence[object]], None]],
    ) -> None:
        self._account, self._feed, self._orders = account, feed, orders
        self._securities, self._callbacks = securities, callbacks
        self._restriction = lending.restriction
        self._restricts = type(lending.restriction) is not NullRestriction
        self._locates = type(lending.locate) is not NullLocate
        self._recalls = bool(lending.recall.models())
        self._parts: FlowLedger[int] = FlowLedger()
        self._located: LocateBook[int] = LocateBook(lending.locate)
        self._book: RecallBook[int] = RecallBook(lending.recall)
        self._short: set[int] = set()
        self._buy_ins: dict[int, float] = {}
        self._pending: dict[str, list[object]] = {}

    def refusal(
        self, security: Security, order: Order, at: datetime, limit: float | None, last: float
    ) -> str | None:
        """Return the tag with which a rule refuses a sell order of which a part is short (S25).

        Parameters
        ----------
        security : Security
        order : Order
        at : datetime
            Exchange-local.
        limit : float or None
            The order's limit, or the one that an update brings, per share.
        last : float
            The last price known then, 0.0 where there is none.
        """
        if not self._restricts:
            return None
        sale = ShortSale(
            security.symbol, at, _kind(order), limit, last or None, located=self._locates
        )
        return self._restriction.refusal(sale)

    def may_fill(self, security: Security, order: Order, row: int, high: float | None) -> bool:
        """Return whether a sell order may fill in a bar; where a rule refuses it now, it is cancelled (S25)."""
        holding = security.holdings
        if not self._restricts or holding.quantity + order.quantity >= 0:
            return True
        feed = self._feed
        began = feed.session_opens(row) if feed.daily else feed.bar_began(row, security.column)
        last = feed.close_before(row, security.column)
        tag = self.refusal(security, order, began, order.limit_price, last)
        if tag is not None:
            others = holding.open_sells + order.quantity
            self._orders.short_desk.refuse(
                security,
                began,
                RefusalKind.RECHECK,
                order.quantity,
                0,
                holding.quantity,
                others,
                None,
                order.id,
                error_code=_REFUSED,
                tag=tag,
            )
            self._orders.log_of(order)
            order.tag, order.error_code = tag, _REFUSED
            self._orders.cancel_where(lambda one: one is order, tag)
            return False
        above = order.type in _LIMITS and self._restriction.fills_only_above(security.symbol, began)
        limit = order.limit_price
        return not above or high is None or limit is None or high > limit

    def sent(
        self, security: Security, order_id: int, quantity: int, held: int, open_sells: int
    ) -> None:
        """Locate what an accepted sell order needs (S26); shares as in `shortable.rule.short_part`."""
        if self._locates:
            day = self._account.time.date()
            self._parts.send(security.column, day, order_id, held, open_sells, quantity)
            self._locate(security, day, self._account.prices[security.column])

    def cancelled(self, column: int, order_id: int) -> None:
        """Forget an order that was cancelled before it filled."""
        self._parts.cancel(column, order_id)

    def restate(self, column: int, ratio: Fraction) -> None:
        """Restate what is recalled for a split (S20)."""
        self._book.restate(column, ratio)

    def begin_session(self, row: int) -> None:
        """Locate what rests, and recall and buy in what the model says, before a session's first fill (S26, S27)."""
        day = date.fromordinal(self._feed.sessions[row])
        if self._locates:
            self._locate_resting(day, row)
        if self._recalls:
            now = {h.column for h in self._account.holdings if h.quantity < 0}
            for column in sorted(now | self._short):
                self._ask(self._securities[column], day, row)
            self._short = now

    def settle(self) -> None:
        """Pay the penalties of the buy-ins that have filled."""
        account, tickets = self._account, self._orders.tickets
        for number, penalty in list(self._buy_ins.items()):
            order = tickets[number - 1].order
            if not order.status.is_closed():
                continue
            del self._buy_ins[number]
            if order.status is OrderStatus.FILLED:
                cost = order.quantity * order.fill_price * penalty
                if cost:
                    account.pay(order.column, CashKind.BUY_IN_PENALTY, -cost)
                self._queue_call(
                    "on_buy_in", BoughtIn(order.symbol, order.quantity, order.fill_price, cost)
                )

    def call_algorithm(self) -> None:
        """Call the algorithm for what has happened since it was last called."""
        pending, self._pending = self._pending, {}
        for name, records in pending.items():
            self._callbacks[name](tuple(records))

    def _queue_call(self, name: str, record: BorrowRecalled | BoughtIn) -> None:
        if name in self._callbacks:
            self._pending.setdefault(name, []).append(record)

    def _locate_resting(self, day: date, row: int) -> None:
        resting: dict[int, list[tuple[int | str, float]]] = {}
        for order in self._account.open.values():
            if order.quantity < 0:
                resting.setdefault(order.column, []).append((order.id, -order.quantity))
        for column, orders in resting.items():
            security = self._securities[column]
            self._parts.begin(column, day, security.holdings.quantity, orders)
            self._locate(security, day, self._feed.close_before(row, column))

    def _locate(self, security: Security, day: date, price: float) -> None:
        column = security.column
        needed = self._parts.used(column, day)
        fee = self._located.need(column, security.symbol, day, needed, price)
        if fee:
            self._account.pay(column, CashKind.LOCATE_FEE, -fee)

    def _ask(self, security: Security, day: date, row: int) -> None:
        """Hold one short against the model, or tell it that nothing is short any more."""
        column, opened = security.column, self._feed.session_opens(row)
        short = max(-security.holdings.quantity - self._being_bought_in(column), 0)
        available, fee = (None, nan) if not short else self._known(security, opened)
        position = LentPosition(security.symbol, day, short, available, fee)
        events = self._book.session(column, position)
        own = self._own_covers(column) if events else 0
        for event in events:
            shares = min(ceil(event.shares), short)
            if isinstance(event, BuyIn):
                covered = min(own, shares)  # what covers first returns recalled shares first
                own -= covered
                self._buy_in(security, shares - covered, event, opened)
            else:
                self._account.recalls.append((len(self._account.events), opened, column, shares))
                recalled = BorrowRecalled(security.symbol, shares, event.due_after, event.last_day)
                self._queue_call("on_borrow_recalled", recalled)

    def _being_bought_in(self, column: int) -> int:
        """Return the shares of the buy-ins that have found no bar to fill in: they are returned already."""
        orders = [self._orders.tickets[number - 1].order for number in self._buy_ins]
        return sum(o.quantity for o in orders if o.column == column and not o.status.is_closed())

    def _own_covers(self, column: int) -> int:
        """Return the shares of the algorithm's market orders to buy that rest: they fill before a buy-in, or with it."""
        return sum(
            order.quantity
            for order in self._account.open.values()
            if order.column == column
            and order.quantity > 0
            and order.type in _AT_MARKET
            and order.id not in self._buy_ins
        )

    def _buy_in(self, security: Security, shares: int, event: BuyIn[int], opened: datetime) -> None:
        if not shares:
            return
        in_time = "in time" if event.last_day is None else f"by {event.last_day}"
        tag = f"Bought in: {shares} recalled shares of {security.symbol.ticker} were not returned {in_time}"
        at = OrderType.MARKET if event.at == "open" else OrderType.MARKET_ON_CLOSE
        ticket = self._orders.force(security, shares, tag, BorrowEnd.BOUGHT_IN, at, opened)
        self._buy_ins[ticket.order_id] = event.penalty

    @staticmethod
    def _known(security: Security, at: datetime) -> tuple[int | None, float]:
        """Return shares available, None where that is not known or no pool, and the fee, NaN where none is."""
        provider, symbol = security.lender, security.symbol
        fee = provider.fee_rate(symbol, at) if provider.has_fee_rate(symbol, at) else nan
        try:
            known = not security.is_flow and provider.has_quantity(symbol, at)
            return provider.shortable_quantity(symbol, at) if known else None, fee
        except NoDataError:
            return None, fee


def _kind(order: Order) -> SaleKind:
    return "limit" if order.type in _LIMITS else "stop" if order.type in _STOPS else "market"
