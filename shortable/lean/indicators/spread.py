"""How far values lie apart (LEAN: Variance.cs, StandardDeviation.cs, MeanAbsoluteDeviation.cs, BollingerBands.cs)."""

from __future__ import annotations

import math
from decimal import Decimal

from shortable.lean.enums import MovingAverageType
from shortable.lean.indicators.averages import SimpleMovingAverage
from shortable.lean.indicators.base import Indicator, WindowIndicator
from shortable.lean.indicators.change import Identity
from shortable.lean.indicators.extremes import Output
from shortable.lean.indicators.moving_average_type import moving_average
from shortable.lean.indicators.naming import named
from shortable.lean.indicators.points import Point
from shortable.lean.indicators.window import RollingWindow
from shortable.lean.numbers import ZERO, decimal_of

__all__ = ["BollingerBands", "MeanAbsoluteDeviation", "StandardDeviation", "Variance"]


class Variance(WindowIndicator):
    """The variance of the last `period` values as a whole population; zero for one value."""

    @named("VAR({period})")
    def __init__(self, name: str, period: int) -> None:
        super().__init__(name, period)
        self._sum = self._squares = ZERO

    def _over(self, values: RollingWindow[Decimal], item: Point) -> Decimal:
        if values.samples > values.size:
            gone = values.most_recently_removed
            self._sum -= gone
            self._squares -= gone * gone
        self._sum += item.value
        self._squares += item.value * item.value
        if self.samples < 2:
            return ZERO
        mean = self._sum / values.count
        return self._squares / values.count - mean * mean

    def reset(self) -> None:
        """Return to the state before any data."""
        super().reset()
        self._sum = self._squares = ZERO


class StandardDeviation(Variance):
    """The square root of the variance, to the 15 digits of a double."""

    @named("STD({period})")
    def __init__(self, name: str, period: int) -> None:
        super().__init__(name, period)

    def _over(self, values: RollingWindow[Decimal], item: Point) -> Decimal:
        return decimal_of(math.sqrt(max(super()._over(values, item), ZERO)))


class MeanAbsoluteDeviation(WindowIndicator):
    """The mean distance from the mean of the last `period` values."""

    @named("MAD({period})")
    def __init__(self, name: str, period: int) -> None:
        super().__init__(name, period)
        self.mean = SimpleMovingAverage(name + "_Mean", period)

    def _over(self, values: RollingWindow[Decimal], item: Point) -> Decimal:
        self.mean.take(item)
        if self.samples < 2:
            return ZERO
        return sum((abs(v - self.mean.exact) for v in values), ZERO) / values.count

    def reset(self) -> None:
        """Return to the state before any data."""
        self.mean.reset()
        super().reset()


class BollingerBands(Indicator):
    """A moving average and two bands `k` standard deviations beside it; its own value is the input.

    Parameters
    ----------
    name : str, optional
    period : int
    k : float
        Standard deviations between the middle and a band.
    moving_average_type : MovingAverageType, default SIMPLE

    Examples
    --------
    >>> from datetime import datetime
    >>> bands = BollingerBands(2, 2)
    >>> [bands.update(datetime(2024, 1, d), p) for d, p in ((2, 1.0), (3, 3.0))]
    [False, True]
    >>> bands.LowerBand.Current.Value, bands.middle_band.current.value, bands.upper_band.current.value
    (0.0, 2.0, 4.0)
    """

    @named("BB({period},{k})")
    def __init__(
        self,
        name: str,
        period: int,
        k: float,
        moving_average_type: MovingAverageType = MovingAverageType.SIMPLE,
    ) -> None:
        super().__init__(name)
        self.moving_average_type = moving_average_type
        self.warm_up_period = period
        self.standard_deviation = StandardDeviation(name + "_StandardDeviation", period)
        self.middle_band = moving_average(moving_average_type, name + "_MiddleBand", period)
        self._k = decimal_of(k)
        self.price = Identity(name + "_Close")
        parts = [
            Output(f"{name}_{part}", self._known)
            for part in ("LowerBand", "UpperBand", "BandWidth", "PercentB")
        ]
        self.lower_band, self.upper_band, self.band_width, self.percent_b = parts

    def _known(self) -> bool:
        return self.middle_band.is_ready and self.standard_deviation.is_ready

    @property
    def is_ready(self) -> bool:
        """Whether the average and the bands are."""
        return self.middle_band.is_ready and self.upper_band.is_ready and self.lower_band.is_ready

    def _compute(self, item: Point) -> Decimal:
        self.standard_deviation.take(item)
        self.middle_band.take(item)
        self.price.take(item)
        middle, distance = self.middle_band.exact, self.standard_deviation.exact * self._k
        lower, upper = middle - distance, middle + distance
        self.lower_band.feed(item.time, lower, item.symbol)
        self.upper_band.feed(item.time, upper, item.symbol)
        if middle:
            self.band_width.feed(item.time, (upper - lower) / middle * 100, item.symbol)
        if upper != lower:
            self.percent_b.feed(item.time, (item.value - lower) / (upper - lower), item.symbol)
        return item.value

    def reset(self) -> None:
        """Return to the state before any data."""
        for part in (
            self.standard_deviation,
            self.middle_band,
            self.lower_band,
            self.upper_band,
            self.price,
            self.band_width,
            self.percent_b,
        ):
            part.reset()
        super().reset()
