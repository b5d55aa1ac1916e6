"""What fills and dividends make of an account: shares, cost and profit of each security."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from operator import attrgetter

import pandas as pd

from shortable.actions import Dividend
from shortable.arguments import check_kind
from shortable.errors import InvalidInputError
from shortable.results import Fill, OpeningHolding, ShareChange
from shortable.symbol import Symbol

__all__ = ["Account", "Ledger", "Today", "dividends_of"]

_REMEMBERED = 6
"""Sessions of purchases that are remembered; settlement never took more than three."""


@dataclass(frozen=True, slots=True)
class Today:
    """What was traded in the session so far; values are before commissions, in the security's currency."""

    bought: int = 0
    """Shares bought, at least 0."""
    sold: int = 0
    """Shares sold, at least 0."""
    bought_value: float = 0.0
    """Paid for them."""
    sold_value: float = 0.0
    """Received for them."""
    dividends: float = 0.0
    """Received, negative where a short paid them."""


def dividends_of(given: Iterable[Dividend] | pd.DataFrame | None) -> list[Dividend]:
    """Return dividends given as records, or as a DataFrame with columns symbol, ex_date, amount.

    Amounts are for the shares that the run counts.

    Raises
    ------
    InvalidInputError
        A column is missing, or a record is no `Dividend`.
    """
    if given is None:
        return []
    if isinstance(given, pd.DataFrame):
        absent = [name for name in ("symbol", "ex_date", "amount") if name not in given]
        if absent:
            raise InvalidInputError(
                "dividends", list(given), f"have the columns {', '.join(absent)}"
            )
        rows = zip(given["symbol"], given["ex_date"], given["amount"], strict=True)
        return [Dividend(symbol, when, float(amount), "raw") for symbol, when, amount in rows]
    check_kind("dividends", given, Iterable, "be a sequence of Dividend, or a DataFrame")
    found = []
    for one in given:
        if not isinstance(one, Dividend):
            raise InvalidInputError("dividends", one, "be a Dividend")
        found.append(one)
    return found


class Account:
    """Shares, cost and profit of one security, as fills and dividends change them.

    `average_price` and `realized` equal the engine's `SecurityHolding` to the last bit; it keeps commissions and rounds
    too. See `PositionLine` for what the names mean.
    """

    __slots__ = (
        "average_price",
        "bought",
        "bought_on",
        "bought_value",
        "commissions",
        "commissions_round",
        "dividends",
        "dividends_round",
        "open_commissions",
        "opening_quantity",
        "paid_on",
        "quantity",
        "realized",
        "realized_round",
        "session",
        "sold",
        "sold_value",
    )

    def __init__(self, quantity: int = 0, average_price: float = 0.0) -> None:
        self.quantity = self.opening_quantity = quantity
        self.average_price = average_price
        self.realized = self.realized_round = 0.0
        self.commissions = self.commissions_round = self.open_commissions = 0.0
        self.dividends = self.dividends_round = 0.0
        self.session = date.min
        self.bought = self.sold = 0
        self.bought_value = self.sold_value = 0.0
        self.bought_on: deque[tuple[date, int]] = deque(maxlen=_REMEMBERED)
        self.paid_on: tuple[date, float] = (date.min, 0.0)

    def fill(self, session: date, quantity: int, price: float, commission: float) -> None:
        """Record a fill: shares, signed, their price per share, and the commission."""
        self._trade(session, quantity, price)
        held = self.quantity
        after = held + quantity
        self.commissions += commission
        if held == 0:
            self._begin(price, commission)
        elif (held > 0) is (quantity > 0):
            self.average_price = (self.average_price * held + price * quantity) / after
            self.open_commissions += commission
            self.commissions_round += commission
        else:
            gone = after == 0 or (after > 0) is not (held > 0)
            profit = (price - self.average_price) * (held if gone else -quantity)
            self.realized += profit
            self.realized_round += profit
            self.commissions_round += commission
            if not gone:
                self.open_commissions *= after / held
            elif after:
                self._begin(price, commission * after / quantity)
            else:
                self.average_price = self.open_commissions = 0.0
        self.quantity = after

    def pay(self, ex_date: date, amount: float) -> float:
        """Record a dividend of `amount` per share and return the cash received, negative for a short."""
        cash = self.quantity * amount
        self.dividends += cash
        self.dividends_round += cash
        self.paid_on = (ex_date, cash + (self.paid_on[1] if self.paid_on[0] == ex_date else 0.0))
        return cash

    def split(self, shares: int, ratio: float, price: float, cash: float) -> None:
        """Let the position be one of `shares` after a split; `cash` was received for what was left of a share."""
        if not self.quantity:
            return
        average = self.average_price / ratio
        if price:
            profit = cash / price * (price - average)
            self.realized += profit
            self.realized_round += profit
        self.average_price = average if shares else 0.0
        self.quantity = shares
        self.bought_on = deque(
            ((day, int(bought * ratio)) for day, bought in self.bought_on), maxlen=_REMEMBERED
        )

    def start_of(self, session: date) -> int:
        """Return the shares held when that session began."""
        return self.opening_quantity if self.session == session else self.quantity

    def traded_in(self, session: date, before: date) -> Today:
        """Return what was traded in a session; `before` is the session before it, whose dividends are not counted."""
        when, cash = self.paid_on
        paid = cash if before < when <= session else 0.0
        if self.session != session:
            return Today(dividends=paid)
        return Today(self.bought, self.sold, self.bought_value, self.sold_value, paid)

    def _begin(self, price: float, commission: float) -> None:
        """Begin a round."""
        self.average_price = price
        self.open_commissions = self.commissions_round = commission
        self.realized_round = self.dividends_round = 0.0

    def _trade(self, session: date, quantity: int, price: float) -> None:
        if session != self.session:
            self.session, self.opening_quantity = session, self.quantity
            self.bought = self.sold = 0
            self.bought_value = self.sold_value = 0.0
        if quantity < 0:
            self.sold -= quantity
            self.sold_value -= quantity * price
            return
        if not self.bought:
            self.bought_on.append((session, 0))
        self.bought += quantity
        self.bought_value += quantity * price
        self.bought_on[-1] = (session, self.bought)


_WHEN = attrgetter("ex_date")


class Ledger:
    """Accounts of all securities, updated fill by fill.

    Parameters
    ----------
    opening : sequence of OpeningHolding
        Held before the first session.
    first : date
        The first session; dividends before it are left out.
    dividends : iterable of Dividend
    """

    def __init__(
        self, opening: Sequence[OpeningHolding], first: date, dividends: Iterable[Dividend] = ()
    ) -> None:
        self.accounts: dict[Symbol, Account] = {}
        for held in opening:
            self.accounts[held.symbol] = Account(held.quantity, held.average_price or 0.0)
        self._changes: deque[ShareChange] = deque()
        self._due: defaultdict[Symbol, list[Dividend]] = defaultdict(list)
        for dividend in dividends:
            if dividend.ex_date >= first:
                insort(self._due[dividend.symbol], dividend, key=_WHEN)
        self.dividends = 0.0

    def book(self, fills: Iterable[Fill], changes: Iterable[ShareChange] = ()) -> None:
        """Record fills, and the splits and dividends that the run booked before its sessions' fills, oldest first.

        Raises
        ------
        InvalidInputError
            Dividends were given, and the run has booked some of its own.
        """
        self._changes += changes
        for change in changes:
            if self._due and change.kind == "dividend":
                raise InvalidInputError(
                    "dividends",
                    f"those of {', '.join(sorted(self._due))}",
                    f"be left out: the run has booked one itself, of {change.symbol} on {change.session}",
                )
        for fill in fills:
            self._change(fill.session)
            account = self.accounts.get(fill.symbol)
            if account is None:
                account = self.accounts[fill.symbol] = Account()
            if fill.symbol in self._due:
                self._pay(fill.symbol, account, fill.session)
            account.fill(fill.session, fill.quantity, fill.price, fill.commission)

    def close(self, session: date) -> None:
        """Pay dividends with an ex-date up to a session, on shares held before its first trade."""
        self._change(session)
        for symbol in list(self._due):
            account = self.accounts.get(symbol)
            if account is not None:
                self._pay(symbol, account, session)

    def _change(self, session: date) -> None:
        """Apply what the run booked up to a session."""
        while self._changes and self._changes[0].session <= session:
            change = self._changes.popleft()
            account = self.accounts.get(change.symbol)
            if account is None:
                continue
            if change.kind == "dividend":
                account.pay(change.session, change.price)
            else:
                account.split(change.shares, change.ratio, change.price, change.cash)

    def _pay(self, symbol: Symbol, account: Account, session: date) -> None:
        due = self._due[symbol]
        while due and due[0].ex_date <= session:
            dividend = due.pop(0)
            self.dividends += account.pay(dividend.ex_date, dividend.amount)
