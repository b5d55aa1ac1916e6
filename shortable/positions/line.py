"""One line of an account: a security, what is held or owed of it, what it cost, and what was traded today."""

from __future__ import annotations

from dataclasses import dataclass, field

from shortable.errors import InvalidInputError
from shortable.symbol import Symbol

__all__ = ["PositionLine", "Today", "Transfers"]


@dataclass(frozen=True, slots=True)
class Today:
    """What was traded in the session so far; values before commissions, in the line's currency."""

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


@dataclass(frozen=True, slots=True)
class Transfers:
    """Shares on their way in or out. A backtest has none; a broker's answer that is read may."""

    pending_deposit: int = 0
    pending_withdrawal: int = 0
    approved_deposit: int = 0
    approved_withdrawal: int = 0


@dataclass(frozen=True, slots=True)
class PositionLine:
    """What an account has of one security.

    Money is in the security's currency and before commissions unless a name says otherwise. A *round* begins when
    a flat position is opened, or turned to the other side, and ends when it is flat again.

    Examples
    --------
    Sold 100 short at 50.00 and covered 40 at 45.00: 60 remain, sold at 50.00 each; what the whole round has brought in
    so far is (5,000 − 1,800) / 60 = 53.33 a share.

    >>> line = PositionLine(Symbol("GME"), -60, average_price=50.0, realized=200.0, realized_round=200.0, price=48.0)
    >>> line.diluted_price, line.profit
    (53.333333333333336, 320.0)
    """

    symbol: Symbol
    """What is held."""
    quantity: int
    """Shares, negative for a short."""
    name: str = ""
    """The security's name; its ticker where none was given."""
    security_type: str = "stock"
    """HabitTrade's name of the kind of security."""
    average_price: float | None = None
    """What the shares held were bought or sold short at; None without shares, or where a broker does not say."""
    open_commissions: float = 0.0
    """The part of the round's commissions that opened the shares still held."""
    realized: float = 0.0
    """By trades that closed shares, over all rounds."""
    realized_round: float = 0.0
    """The same of this round."""
    commissions: float = 0.0
    """Of all rounds."""
    commissions_round: float = 0.0
    """Of this round."""
    dividends: float = 0.0
    """Received over all rounds, negative where a short paid them."""
    dividends_round: float = 0.0
    """The same of this round."""
    borrow_fees: float = 0.0
    """Paid over all rounds."""
    resting_buys: int = 0
    """Unfilled shares of resting buy orders, at least 0."""
    resting_sells: int = 0
    """Unfilled shares of resting sell orders, at least 0."""
    uncleared: int = 0
    """Shares held whose purchase has not settled."""
    price: float | None = None
    """Last price; None where it is not known."""
    previous_close: float | None = None
    """Close of the session before; None where it is not known."""
    opening_quantity: int = 0
    """Shares held when the session began, negative for a short."""
    today: Today = field(default_factory=Today)
    """What was traded in the session so far."""
    transfers: Transfers = field(default_factory=Transfers)
    """Shares on their way in or out."""
    contract_time: str | int = ""
    """When a derivative expires; nothing for shares."""
    portfolio_id: str = ""
    """The user's own name of the portfolio."""

    def __post_init__(self) -> None:
        for name in ("resting_buys", "resting_sells", "uncleared"):
            if getattr(self, name) < 0:
                raise InvalidInputError(
                    name, getattr(self, name), "be a number of shares, at least 0"
                )

    @property
    def mark(self) -> float | None:
        """Last price, else the previous close, else None."""
        return self.previous_close if self.price is None else self.price

    @property
    def average_cost(self) -> float | None:
        """`average_price` with commissions in: more for a long, less for a short."""
        if self.average_price is None or not self.quantity:
            return self.average_price
        return self.average_price + self.open_commissions / self.quantity

    @property
    def diluted_price(self) -> float | None:
        """The price a share at which the round would end without profit or loss; may be negative.

        Long: (bought − sold − dividends received) / shares. Short: (sold − bought − dividends paid) / shares. None
        without shares, or where `average_price` is.
        """
        return self._diluted(self.realized_round + self.dividends_round)

    @property
    def diluted_cost(self) -> float | None:
        """`diluted_price` with the round's commissions in."""
        return self._diluted(self.realized_round + self.dividends_round - self.commissions_round)

    @property
    def market_value(self) -> float | None:
        """Shares × `mark`, negative for a short; None without a price."""
        return None if self.mark is None else self.quantity * self.mark

    @property
    def unrealized(self) -> float | None:
        """What closing at `mark` would earn over `average_price`."""
        if self.mark is None or self.average_price is None:
            return None
        return (self.mark - self.average_price) * self.quantity

    @property
    def profit(self) -> float | None:
        """Profit of the round: unrealised, realised and dividends; the same as over `diluted_price`."""
        if self.unrealized is None:
            return None
        return self.unrealized + self.realized_round + self.dividends_round

    @property
    def sellable(self) -> int:
        """Of a long, shares that no resting sell has claimed."""
        return max(self.quantity - self.resting_sells, 0)

    @property
    def coverable(self) -> int:
        """Of a short, shares that no resting buy has claimed."""
        return max(-self.quantity - self.resting_buys, 0)

    def _diluted(self, earned: float) -> float | None:
        if self.average_price is None or not self.quantity:
            return None
        return self.average_price - earned / self.quantity
