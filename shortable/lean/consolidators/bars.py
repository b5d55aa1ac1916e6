"""Consolidators of trades, quotes and plain values.

LEAN: TradeBarConsolidator.cs, TradeBarConsolidatorBase.cs, QuoteBarConsolidator.cs, BaseDataConsolidator.cs,
IdentityDataConsolidator.cs under Common/Data/Consolidators/.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shortable.lean.consolidators.base import DataConsolidator, PeriodCountConsolidator
from shortable.lean.data import BaseData, QuoteBar, TradeBar

__all__ = [
    "BaseDataConsolidator",
    "IdentityDataConsolidator",
    "QuoteBarConsolidator",
    "SequentialConsolidator",
    "TradeBarConsolidator",
]


class TradeBarConsolidator(PeriodCountConsolidator):
    """Longer trade bars out of shorter ones.

    Examples
    --------
    >>> from datetime import timedelta
    >>> from shortable.lean.symbols import Symbol
    >>> made = []
    >>> fives = TradeBarConsolidator(timedelta(minutes=5))
    >>> fives.data_consolidated += lambda sender, bar: made.append(bar)
    >>> for minute in range(30, 36):
    ...     fives.update(TradeBar(datetime(2024, 1, 2, 9, minute), Symbol.empty, minute, minute, minute, minute, 10))
    >>> [(b.time.minute, b.end_time.minute, b.open, b.close, b.volume) for b in made]
    [(30, 35, 30, 34, 50)]
    """

    input_type = output_type = TradeBar

    def _begin(self, data: Any) -> TradeBar:
        start = self._start_of(data)
        return TradeBar(
            start,
            data.symbol,
            data.open,
            data.high,
            data.low,
            data.close,
            data.volume,
            self._new_period(data),
        )

    def _add(self, working: Any, data: Any) -> None:
        working.close = data.close
        working.volume += data.volume
        working.low = min(working.low, data.low)
        working.high = max(working.high, data.high)
        if not self.is_time_based:
            working.period += data.period

    @staticmethod
    def from_resolution(resolution: Any) -> TradeBarConsolidator:
        """Return the consolidator of a resolution."""
        return TradeBarConsolidator(resolution)


class QuoteBarConsolidator(PeriodCountConsolidator):
    """Longer quote bars out of shorter ones; a side without a quote stays without one until it has one."""

    input_type = output_type = QuoteBar

    def _begin(self, data: Any) -> QuoteBar:
        start = self._start_of(data)
        bar = QuoteBar(
            start,
            data.symbol,
            data.bid,
            data.last_bid_size,
            data.ask,
            data.last_ask_size,
            self._new_period(data),
        )
        bar.value = data.value
        return bar

    def _add(self, working: Any, data: Any) -> None:
        for side, size in (("bid", "last_bid_size"), ("ask", "last_ask_size")):
            new, old = getattr(data, side), getattr(working, side)
            if new is None:
                continue
            setattr(working, size, getattr(data, size))
            if old is None:
                setattr(working, side, new.clone())
            else:
                old.close, old.high, old.low = (
                    new.close,
                    max(old.high, new.high),
                    min(old.low, new.low),
                )
        working.value = data.value
        if not self.is_time_based:
            working.period += data.period


class BaseDataConsolidator(PeriodCountConsolidator):
    """Trade bars, without volume, out of anything that has a value."""

    input_type, output_type = BaseData, TradeBar

    def _begin(self, data: Any) -> TradeBar:
        value, start = data.value, self._start_of(data)
        return TradeBar(start, data.symbol, value, value, value, value, 0.0, self._new_period(data))

    def _add(self, working: Any, data: Any) -> None:
        working.close = data.value
        working.low, working.high = min(working.low, data.value), max(working.high, data.value)


class IdentityDataConsolidator(DataConsolidator):
    """Hands every piece of data on; one that begins no later than the last is passed over.

    Parameters
    ----------
    kind : type, default BaseData
        What it takes: ``IdentityDataConsolidator[TradeBar]()`` in C#.
    """

    def __init__(self, kind: type = BaseData) -> None:
        super().__init__()
        self.input_type = self.output_type = kind
        self._last: tuple[datetime, Any] | None = None

    def update(self, data: Any) -> None:
        """Hand the data on."""
        if self._last is None or (data.end_time > self._last[0] and data is not self._last[1]):
            self._last = (data.end_time, data)
            self.on_data_consolidated(data)

    def reset(self) -> None:
        """Return to the state before any data; handlers stay."""
        super().reset()
        self._last = None


class SequentialConsolidator(DataConsolidator):
    """Two in a row: what the first makes goes into the second (SequentialConsolidator.cs).

    Parameters
    ----------
    first, second : DataConsolidator
    """

    def __init__(self, first: DataConsolidator, second: DataConsolidator) -> None:
        super().__init__()
        self.first, self.second = first, second
        self.input_type, self.output_type = first.input_type, second.output_type
        first.data_consolidated += lambda sender, bar: second.update(bar)
        second.data_consolidated += lambda sender, bar: self.on_data_consolidated(bar)

    @property
    def working_data(self) -> Any:
        """A copy of the bar that the second is making, or None."""
        return self.second.working_data

    @property
    def pending_end(self) -> datetime | None:
        """When the bar that the first is making ends, or None."""
        return self.first.pending_end

    def update(self, data: Any) -> None:
        """Take a piece of data in."""
        self.first.update(data)

    def scan(self, current_local_time: datetime) -> None:
        """Hand over what the first has made by a time."""
        self.first.scan(current_local_time)

    def reset(self) -> None:
        """Return to the state before any data; handlers stay."""
        super().reset()
        self.first.reset()
        self.second.reset()
