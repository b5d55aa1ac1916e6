"""Account: what the trades of one security have left behind."""

from __future__ import annotations

from collections import deque
from datetime import date

from shortable.positions.line import Today

__all__ = ["Account"]

# Sessions of purchases that are remembered; the slowest settlement looked back three.
_REMEMBERED = 6


class Account:
    """Shares, cost and profit of one security, as fills and dividends change them.

    `average_price` and `realized` follow the engine's `SecurityHolding` to the last bit; commissions and rounds, which
    that does not keep, are kept here. See `PositionLine` for what the names mean.
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
        """Book a fill: shares, signed, at a price a share, and its commission."""
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
        """Book a dividend of `amount` a share and return what it brought, negative for a short."""
        cash = self.quantity * amount
        self.dividends += cash
        self.dividends_round += cash
        self.paid_on = (ex_date, cash + (self.paid_on[1] if self.paid_on[0] == ex_date else 0.0))
        return cash

    def start_of(self, session: date) -> int:
        """Return the shares held when that session began."""
        return self.opening_quantity if self.session == session else self.quantity

    def traded_in(self, session: date, before: date) -> Today:
        """Return what that session brought; `before` is the session before it, after which dividends are its own."""
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
