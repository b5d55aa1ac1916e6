"""What the algorithm is shown of a moment: `Slice` and `TradeBar`, made only for who looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from shortable.errors import SymbolError
from shortable.symbol import Symbol

if TYPE_CHECKING:
    from shortable.engine.feed import Feed

__all__ = ["Slice", "TradeBar"]


@dataclass(frozen=True, slots=True)
class TradeBar:
    """One bar of one symbol."""

    symbol: Symbol
    """Whose."""
    time: datetime
    """When it began, exchange-local."""
    end_time: datetime
    """When it was known, exchange-local."""
    open: float
    """Per share; the close where the data has no opens."""
    high: float
    """Per share."""
    low: float
    """Per share."""
    close: float
    """Per share."""
    volume: float
    """Shares, NaN where the data does not say."""

    @property
    def price(self) -> float:
        """The close."""
        return self.close

    value = price


class Slice(Mapping[Symbol, TradeBar]):
    """The bars that became known at one moment: a mapping of symbol, or any spelling of it, to `TradeBar`.

    A symbol that has no bar at that moment is not in it. A slice may be kept: it never changes.
    """

    __slots__ = ("_feed", "_row")

    def __init__(self, feed: Feed, row: int) -> None:
        self._feed = feed
        self._row = row

    @property
    def time(self) -> datetime:
        """The moment, exchange-local."""
        return self._feed.times[self._row]

    @property
    def bars(self) -> Slice:
        """The slice itself: LEAN's name for its bars."""
        return self

    def __getitem__(self, symbol: str) -> TradeBar:
        column = self._column(symbol)
        bar = None if column is None else self._feed.bar(self._row, column)
        if bar is None:
            raise KeyError(
                f"{symbol} has no bar at {self.time}; ask `symbol in slice` first, or use slice.get(symbol)"
            )
        return bar

    def __contains__(self, symbol: object) -> bool:
        column = self._column(symbol)
        return column is not None and self._feed.has_bar(self._row, column)

    contains_key = __contains__

    def __iter__(self) -> Iterator[Symbol]:
        feed = self._feed
        closes = feed.close[self._row].tolist()
        return (
            symbol for symbol, close in zip(feed.symbols, closes, strict=True) if close == close
        )

    def __len__(self) -> int:
        return sum(close == close for close in self._feed.close[self._row].tolist())

    def _column(self, symbol: object) -> int | None:
        columns = self._feed.columns
        if symbol in columns:
            return columns[symbol]
        try:
            return columns.get(Symbol.create(symbol))  # type: ignore[arg-type]
        except SymbolError:
            return None

    def __repr__(self) -> str:
        return f"<Slice {self.time} {len(self)} bars>"
