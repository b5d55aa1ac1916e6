"""PositionsBook: one account at one moment, of which every broker's view is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from shortable.positions.account import Account
from shortable.positions.line import PositionLine
from shortable.results import OpeningBook, OpeningHolding
from shortable.symbol import Symbol

__all__ = ["PositionsBook"]


@dataclass(frozen=True, slots=True)
class PositionsBook:
    """Holdings, resting orders, today's trades, dividends and costs of an account.

    Attributes are plain values: a book does not follow a backtest, it is what the account was at `time`.
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
