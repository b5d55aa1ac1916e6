"""Ranges of bars (LEAN: TrueRange.cs, AverageTrueRange.cs, NormalizedAverageTrueRange.cs, KeltnerChannels.cs)."""

from __future__ import annotations

from decimal import Decimal

from shortable.lean.enums import MovingAverageType
from shortable.lean.indicators.base import BarIndicator
from shortable.lean.indicators.extremes import Output
from shortable.lean.indicators.moving_average_type import moving_average
from shortable.lean.indicators.naming import named
from shortable.lean.indicators.points import BarInput
from shortable.lean.numbers import ZERO, decimal_of

__all__ = [
    "AverageTrueRange",
    "KeltnerChannels",
    "NormalizedAverageTrueRange",
    "TrueRange",
    "true_range",
]


def true_range(before: BarInput | None, now: BarInput) -> Decimal:
    """Return the bar's range, stretched to the close before it where there is one."""
    span = now.high - now.low
    if before is None:
        return span
    return max(span, abs(now.high - before.close), abs(now.low - before.close))


class TrueRange(BarIndicator):
    """The true range; zero for the first bar."""

    warm_up_period = 2

    @named("TR")
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._before: BarInput | None = None

    @property
    def is_ready(self) -> bool:
        """Whether two bars were seen."""
        return self.samples > 1

    def _compute(self, item: BarInput) -> Decimal:
        value = ZERO if self._before is None else true_range(self._before, item)
        self._before = item
        return value

    def reset(self) -> None:
        """Return to the state before any data."""
        self._before = None
        super().reset()


class AverageTrueRange(BarIndicator):
    """A moving average of the true range, of which the first is the bar's own range.

    Parameters
    ----------
    name : str, optional
    period : int
    moving_average_type : MovingAverageType, default WILDERS
    """

    @named("ATR({period})")
    def __init__(
        self,
        name: str,
        period: int,
        moving_average_type: MovingAverageType = MovingAverageType.WILDERS,
    ) -> None:
        super().__init__(name)
        self.warm_up_period = period
        self.true_range = Output(name + "_TrueRange", lambda: self.true_range.samples >= 1)
        self._smoother = moving_average(
            moving_average_type, f"{name}_{moving_average_type}", period
        )
        self._before: BarInput | None = None

    @property
    def is_ready(self) -> bool:
        """Whether the average is."""
        return self._smoother.is_ready

    def _compute(self, item: BarInput) -> Decimal:
        value = true_range(self._before, item)
        self._before = item
        self.true_range.feed(item.time, value)
        self._smoother.feed(item.time, value)
        return self._smoother.exact

    def reset(self) -> None:
        """Return to the state before any data."""
        self._before = None
        self.true_range.reset()
        self._smoother.reset()
        super().reset()


class NormalizedAverageTrueRange(BarIndicator):
    """The mean true range, smoothed as Wilder does, in percent of the close."""

    @named("NATR({period})")
    def __init__(self, name: str, period: int) -> None:
        super().__init__(name)
        self._period = period
        self._range, self._sum = TrueRange(name + "_TrueRange"), ZERO
        self._average = ZERO
        self.warm_up_period = period + 1

    @property
    def is_ready(self) -> bool:
        """Whether more than `period` bars were seen."""
        return self.samples > self._period

    def _compute(self, item: BarInput) -> Decimal:
        self._range.take(item)
        if self.samples <= self._period:
            self._sum += self._range.exact
            return ZERO
        before = self._sum / self._period if self.samples == self._period + 1 else self._average
        self._average = (before * (self._period - 1) + self._range.exact) / self._period
        return self._average / item.close * 100 if item.close else ZERO

    def reset(self) -> None:
        """Return to the state before any data."""
        self._range.reset()
        self._sum = self._average = ZERO
        super().reset()


class KeltnerChannels(BarIndicator):
    """A moving average of the typical price and two bands `k` mean true ranges beside it; its value is the middle.

    Parameters
    ----------
    name : str, optional
    period : int
    k : float
    moving_average_type : MovingAverageType, default SIMPLE
        Of the middle; the range's average is always simple.
    """

    @named("KC({period},{k})")
    def __init__(
        self,
        name: str,
        period: int,
        k: float,
        moving_average_type: MovingAverageType = MovingAverageType.SIMPLE,
    ) -> None:
        super().__init__(name)
        self._k = decimal_of(k)
        self.warm_up_period = period
        self.average_true_range = AverageTrueRange(
            name + "_AverageTrueRange", period, MovingAverageType.SIMPLE
        )
        self.middle_band = moving_average(moving_average_type, name + "_MiddleBand", period)
        self.upper_band = Output(name + "_UpperBand", lambda: self.middle_band.is_ready)
        self.lower_band = Output(name + "_LowerBand", lambda: self.middle_band.is_ready)

    @property
    def is_ready(self) -> bool:
        """Whether the average and the range are."""
        return self.middle_band.is_ready and self.average_true_range.is_ready

    def _compute(self, item: BarInput) -> Decimal:
        self.average_true_range.take(item)
        self.middle_band.feed(item.time, item.typical)
        ready, middle = self.middle_band.is_ready, self.middle_band.exact
        distance = self.average_true_range.exact * self._k
        self.lower_band.feed(item.time, middle - distance if ready else ZERO)
        self.upper_band.feed(item.time, middle + distance if ready else ZERO)
        return middle

    def reset(self) -> None:
        """Return to the state before any data."""
        for part in (self.average_true_range, self.middle_band, self.upper_band, self.lower_band):
            part.reset()
        super().reset()
