"""Raw bars as arrays: one day of one symbol, or its whole history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from shortable.lean.data.bars import Bar, QuoteBar, TradeBar
from shortable.lean.symbols import Symbol

__all__ = ["DayBars", "QuoteBars", "TradeBars", "concatenate"]

Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]
_DAY = np.timedelta64(1, "D")

Self = TypeVar("Self", bound="_Arrays")


@dataclass(frozen=True, slots=True)
class _Arrays:
    times: Times
    """Beginnings of the bars, naive, New York, ascending, shape (n,), ``datetime64[us]``."""
    period: timedelta
    """How long each bar is; a daily bar is a calendar day long."""

    def __len__(self) -> int:
        return len(self.times)

    @property
    def starts(self) -> list[datetime]:
        """The beginnings as datetimes."""
        return list(self.times.tolist())

    def take(self: Self, rows: Any) -> Self:
        """Return the bars of a slice, a mask or an array of positions."""
        names: tuple[str, ...] = self.__match_args__[2:]
        return type(self)(
            self.times[rows], self.period, *[getattr(self, name)[rows] for name in names]
        )

    def on(self: Self, day: date) -> Self | None:
        """Return the bars that begin on a date, None where there are none."""
        midnight = np.datetime64(day, "us")
        first, last = self.times.searchsorted(midnight), self.times.searchsorted(midnight + _DAY)
        return self.take(slice(int(first), int(last))) if last > first else None

    def rows_by_day(self) -> dict[date, slice]:
        """Return which rows begin on which date, for who asks for one day after another."""
        days = self.times.astype("datetime64[D]")
        first = (
            np.flatnonzero(np.concatenate([[True], days[1:] != days[:-1]]))
            if len(days)
            else np.array([], int)
        )
        ends = [*first[1:].tolist(), len(days)]
        return {
            day: slice(a, b)
            for day, a, b in zip(days[first].tolist(), first.tolist(), ends, strict=False)
        }


@dataclass(frozen=True, slots=True)
class TradeBars(_Arrays):
    """Bars of trades; raw prices, dollars a share."""

    open: Floats
    """Shape (n,), as all columns."""
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    """Shares."""

    def scaled(self, factor: float, dividends: float = 0.0) -> TradeBars:
        """Return them with prices × `factor` + `dividends` and whole volumes ÷ `factor`, as LEAN normalises them.

        Source: Common/Data/Market/DataExtensions and Common/Extensions.cs, ``Normalize``.
        """
        if factor == 1.0 and dividends == 0.0:
            return self
        return TradeBars(
            self.times,
            self.period,
            self.open * factor + dividends,
            self.high * factor + dividends,
            self.low * factor + dividends,
            self.close * factor + dividends,
            np.rint(self.volume / factor),
        )

    def bar(self, row: int, symbol: Symbol) -> TradeBar:
        """Return one bar as an algorithm sees it."""
        return TradeBar(
            self.times[row].item(),
            symbol,
            float(self.open[row]),
            float(self.high[row]),
            float(self.low[row]),
            float(self.close[row]),
            float(self.volume[row]),
            self.period,
        )

    def bars(self, symbol: Symbol) -> list[TradeBar]:
        """Return all of them as an algorithm sees them."""
        columns = zip(
            self.times.tolist(),
            self.open.tolist(),
            self.high.tolist(),
            self.low.tolist(),
            self.close.tolist(),
            self.volume.tolist(),
            strict=True,
        )
        return [TradeBar(t, symbol, o, h, low, c, v, self.period) for t, o, h, low, c, v in columns]


@dataclass(frozen=True, slots=True)
class QuoteBars(_Arrays):
    """Bars of bids and asks; raw prices, dollars a share, NaN on a side without quotes."""

    bid_open: Floats
    bid_high: Floats
    bid_low: Floats
    bid_close: Floats
    bid_size: Floats
    """Shares."""
    ask_open: Floats
    ask_high: Floats
    ask_low: Floats
    ask_close: Floats
    ask_size: Floats
    """Shares."""

    def scaled(self, factor: float, dividends: float = 0.0) -> QuoteBars:
        """Return them with prices × `factor` + `dividends` and whole sizes ÷ `factor`, as LEAN normalises them."""
        if factor == 1.0 and dividends == 0.0:
            return self
        changed = {}
        for f in fields(self):
            values = getattr(self, f.name)
            if f.name.endswith("_size"):
                changed[f.name] = np.rint(values / factor)
            elif f.name not in ("times", "period"):
                changed[f.name] = values * factor + dividends
        return replace(self, **changed)

    def bar(self, row: int, symbol: Symbol) -> QuoteBar:
        """Return one bar as an algorithm sees it; a side without quotes is None."""
        return self.take(slice(row, row + 1)).bars(symbol)[0]

    def bars(self, symbol: Symbol) -> list[QuoteBar]:
        """Return all of them as an algorithm sees them."""
        bids = _sides(self.bid_open, self.bid_high, self.bid_low, self.bid_close)
        asks = _sides(self.ask_open, self.ask_high, self.ask_low, self.ask_close)
        rows = zip(
            self.times.tolist(),
            bids,
            self.bid_size.tolist(),
            asks,
            self.ask_size.tolist(),
            strict=True,
        )
        return [
            QuoteBar.of_sides(t, symbol, bid, bs, ask, s, self.period)
            for t, bid, bs, ask, s in rows
        ]


DayBars = TradeBars | QuoteBars


def _sides(opens: Floats, highs: Floats, lows: Floats, closes: Floats) -> list[Bar | None]:
    missing = np.isnan(opens) & np.isnan(highs) & np.isnan(lows) & np.isnan(closes)
    columns = zip(
        *(np.nan_to_num(c).tolist() for c in (opens, highs, lows, closes)),
        missing.tolist(),
        strict=True,
    )
    return [None if gone else Bar(o, h, low, c) for o, h, low, c, gone in columns]


def concatenate(parts: Sequence[Self]) -> Self:
    """Put bars of one kind under one another; at least one part, in the order of time."""
    first = parts[0]
    if len(parts) == 1:
        return first
    columns: dict[str, Any] = {
        f.name: np.concatenate([getattr(part, f.name) for part in parts])
        for f in fields(first)
        if f.name != "period"
    }
    return replace(first, **columns)
