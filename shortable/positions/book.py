"""PositionLine and PositionsBook: an account at one moment, from which every broker's view is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from numbers import Real

from shortable.errors import InvalidInputError
from shortable.positions.account import Account, Today
from shortable.results import OpeningBook, OpeningHolding
from shortable.symbol import Symbol

__all__ = ["PositionLine", "PositionsBook", "Transfers"]


@dataclass(frozen=True, slots=True)
class Transfers:
    """Shares being transferred in or out. A backtest has none; a broker's answer may."""

    pending_deposit: int = 0
    pending_withdrawal: int = 0
    approved_deposit: int = 0
    approved_withdrawal: int = 0


@dataclass(frozen=True, slots=True)
class PositionLine:
    """What an account holds of one security, what it cost, and what was traded today.

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
    """Price at which the shares held were bought or sold short; None without shares, or where a broker does not say."""
    open_commissions: float = 0.0
    """The part of the round's commissions that opened the shares still held."""
    realized: float = 0.0
    """By trades that closed shares, over all rounds."""
    realized_round: float = 0.0
    """The same, of this round."""
    commissions: float = 0.0
    """Of all rounds."""
    commissions_round: float = 0.0
    """Of this round."""
    dividends: float = 0.0
    """Received over all rounds, negative where a short paid them."""
    dividends_round: float = 0.0
    """The same of this round."""
    borrow_cost: float = 0.0
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
    """Shares being transferred in or out."""
    contract_time: str | int = ""
    """When a derivative expires; empty for shares."""
    portfolio_id: str = ""
    """The user's own name of the portfolio."""

    def __post_init__(self) -> None:
        for name in ("resting_buys", "resting_sells", "uncleared"):
            shares = getattr(self, name)
            if not isinstance(shares, Real) or shares < 0:
                raise InvalidInputError(name, shares, "be a number of shares, at least 0")

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
        """The price per share at which the round would end without profit or loss; may be negative.

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


@dataclass(frozen=True, slots=True)
class PositionsBook:
    """Holdings, resting orders, today's trades, dividends and costs of an account.

    Attributes are plain values: a book does not change with a backtest, it is the account at `time`.
    """

    lines: tuple[PositionLine, ...] = ()
    """One for each security that was ever held or has a resting order, by symbol."""
    currency: str = ""
    """ISO code of `cash`."""
    cash: float | None = None
    """Short sale proceeds included; None where a broker's answer does not say."""
    time: datetime | None = None
    """As of when, exchange-local and naive; None where a broker's answer does not say."""
    finished: bool = True
    """Whether the backtest has ended."""

    @property
    def held(self) -> tuple[PositionLine, ...]:
        """The lines with shares held or owed."""
        return tuple(line for line in self.lines if line.quantity)

    @property
    def equity(self) -> float | None:
        """Cash plus the value of all shares, shorts negative; None where something is not known."""
        values = [line.market_value for line in self.held]
        if self.cash is None or None in values:
            return None
        return self.cash + sum(value for value in values if value is not None)

    def opening(self) -> OpeningBook:
        """Return holdings and cash as the book from which another backtest starts.

        A security that several portfolios hold is one holding, netted. Resting orders are left out: a broker's
        positions say how many shares they claim, not at what price.
        """
        by_symbol: dict[Symbol, list[PositionLine]] = {}
        for line in self.held:
            by_symbol.setdefault(line.symbol, []).append(line)
        netted = [_netted(lines) for lines in by_symbol.values()]
        return OpeningBook(tuple(held for held in netted if held is not None), cash=self.cash)


def _netted(lines: list[PositionLine]) -> OpeningHolding | None:
    """Add up one security's lines; None where they cancel out."""
    first, account = lines[0], Account()
    for line in lines:
        account.fill(date.min, line.quantity, line.average_price or 0.0, 0.0)
    if not account.quantity:
        return None
    known = all(line.average_price is not None for line in lines)
    mark = next((line.mark for line in lines if line.mark is not None), None)
    return OpeningHolding(
        first.symbol, account.quantity, account.average_price if known else None, mark
    )
