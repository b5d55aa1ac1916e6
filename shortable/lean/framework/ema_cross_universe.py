"""A universe of what rises: a fast average above a slow one (LEAN: Algorithm.Framework/Selection/EmaCrossUniverseSelectionModel.cs)."""

from __future__ import annotations

from typing import Any

from shortable.lean.framework.selection import FundamentalUniverseSelectionModel
from shortable.lean.indicators import ExponentialMovingAverage

__all__ = ["EmaCrossUniverseSelectionModel"]

_TOLERANCE = 0.01


class EmaCrossUniverseSelectionModel(FundamentalUniverseSelectionModel):
    """Selects the symbols whose fast average is farthest above the slow one, by more than a hundredth.

    Parameters
    ----------
    fast_period, slow_period : int
        Days.
    universe_count : int
        How many symbols at most.
    universe_settings : UniverseSettings, optional
        Default the algorithm's.
    """

    def __init__(
        self,
        fast_period: int = 100,
        slow_period: int = 300,
        universe_count: int = 500,
        universe_settings: Any = None,
    ) -> None:
        super().__init__(False, universe_settings)
        self.__periods, self.__count = (fast_period, slow_period), universe_count
        self.__averages: dict[Any, list[ExponentialMovingAverage]] = {}

    def select_coarse(self, algorithm: Any, coarse: list[Any]) -> Any:
        """Take in the day's prices, and select."""
        found = []
        for row in coarse:
            if row.symbol not in self.__averages:
                self.__averages[row.symbol] = [
                    ExponentialMovingAverage(period) for period in self.__periods
                ]
            averages = self.__averages[row.symbol]
            ready = [average.update(row.end_time, row.adjusted_price) for average in averages]
            if all(ready):
                fast, slow = (average.current.value for average in averages)
                if fast > slow * (1 + _TOLERANCE):
                    found.append(((fast - slow) / ((fast + slow) / 2), row.symbol))
        return [symbol for _, symbol in sorted(found, key=lambda one: -one[0])[: self.__count]]
