"""Momentum's bounds and crossings (LEAN: the file of the same name under Indicators/, named at each class)."""

from __future__ import annotations

from decimal import Decimal

from shortable.lean.enums import MovingAverageType
from shortable.lean.indicators.averages import WilderMovingAverage
from shortable.lean.indicators.base import BarIndicator, Indicator
from shortable.lean.indicators.change import Identity
from shortable.lean.indicators.extremes import Output
from shortable.lean.indicators.moving_average_type import moving_average
from shortable.lean.indicators.naming import named
from shortable.lean.indicators.points import BarInput, Point
from shortable.lean.indicators.ranges import true_range
from shortable.lean.indicators.spread import MeanAbsoluteDeviation
from shortable.lean.numbers import ZERO

__all__ = [
    "AverageDirectionalIndex",
    "CommodityChannelIndex",
    "MovingAverageConvergenceDivergence",
    "RelativeStrengthIndex",
]

_HUNDRED = Decimal(100)
_CCI = Decimal("0.015")  # Lambert's constant, CommodityChannelIndex.cs


class RelativeStrengthIndex(Indicator):
    """Average gains in percent of average gains and losses; 100 without losses (RelativeStrengthIndex.cs).

    Parameters
    ----------
    name : str, optional
    period : int
    moving_average_type : MovingAverageType, default WILDERS
    """

    @named("RSI({period})")
    def __init__(
        self,
        name: str,
        period: int,
        moving_average_type: MovingAverageType = MovingAverageType.WILDERS,
    ) -> None:
        super().__init__(name)
        self.moving_average_type = moving_average_type
        self.warm_up_period = period + 1
        self.average_gain = moving_average(moving_average_type, name + "Up", period)
        self.average_loss = moving_average(moving_average_type, name + "Down", period)
        self._before: Decimal | None = None

    @property
    def is_ready(self) -> bool:
        """Whether both averages are."""
        return self.average_gain.is_ready and self.average_loss.is_ready

    def _compute(self, item: Point) -> Decimal:
        if self._before is not None:
            change = item.value - self._before
            self.average_gain.feed(item.time, max(change, ZERO))
            self.average_loss.feed(item.time, max(-change, ZERO))
        self._before = item.value
        # LEAN rounds the loss to 10 places before it asks whether there was one: a mean of zeros need not be zero
        if not round(self.average_loss.exact, 10):
            return _HUNDRED
        strength = self.average_gain.exact / self.average_loss.exact
        return _HUNDRED - _HUNDRED / (1 + strength)

    def reset(self) -> None:
        """Return to the state before any data."""
        self._before = None
        self.average_gain.reset()
        self.average_loss.reset()
        super().reset()


class MovingAverageConvergenceDivergence(Indicator):
    """A fast average minus a slow one, its own average and the difference (MovingAverageConvergenceDivergence.cs).

    Parameters
    ----------
    name : str, optional
    fast_period, slow_period, signal_period : int
    type : MovingAverageType, default EXPONENTIAL
    """

    @named("MACD({fast_period},{slow_period},{signal_period})")
    def __init__(
        self,
        name: str,
        fast_period: int,
        slow_period: int,
        signal_period: int,
        type: MovingAverageType = MovingAverageType.EXPONENTIAL,
    ) -> None:
        super().__init__(name)
        self.fast = moving_average(type, name + "_Fast", fast_period)
        self.slow = moving_average(type, name + "_Slow", slow_period)
        self.signal = moving_average(type, name + "_Signal", signal_period)
        self.histogram = Identity(name + "_Histogram")
        self.warm_up_period = slow_period + signal_period - 1

    @property
    def is_ready(self) -> bool:
        """Whether the signal is."""
        return self.signal.is_ready

    def _compute(self, item: Point) -> Decimal:
        fast_ready, slow_ready = self.fast.take(item), self.slow.take(item)
        value = self.fast.exact - self.slow.exact
        if fast_ready and slow_ready and self.signal.feed(item.time, value):
            self.histogram.feed(item.time, value - self.signal.exact)
        return value

    def reset(self) -> None:
        """Return to the state before any data."""
        for part in (self.fast, self.slow, self.signal, self.histogram):
            part.reset()
        super().reset()


class CommodityChannelIndex(BarIndicator):
    """Distance of the typical price from its average in mean deviations (CommodityChannelIndex.cs)."""

    @named("CCI({period})")
    def __init__(
        self,
        name: str,
        period: int,
        moving_average_type: MovingAverageType = MovingAverageType.SIMPLE,
    ) -> None:
        super().__init__(name)
        self.moving_average_type = moving_average_type
        self.warm_up_period = period
        self.typical_price_average = moving_average(
            moving_average_type, name + "_TypicalPriceAvg", period
        )
        self.typical_price_mean_deviation = MeanAbsoluteDeviation(name + "_TypicalPriceMAD", period)

    @property
    def is_ready(self) -> bool:
        """Whether the average and the deviation are."""
        return self.typical_price_average.is_ready and self.typical_price_mean_deviation.is_ready

    def _compute(self, item: BarInput) -> Decimal:
        self.typical_price_average.feed(item.time, item.typical)
        self.typical_price_mean_deviation.feed(item.time, item.typical)
        weighted = _CCI * self.typical_price_mean_deviation.exact
        return (item.typical - self.typical_price_average.exact) / weighted if weighted else ZERO

    def reset(self) -> None:
        """Return to the state before any data."""
        self.typical_price_average.reset()
        self.typical_price_mean_deviation.reset()
        super().reset()


class AverageDirectionalIndex(BarIndicator):
    """How strong a trend is, whatever its direction, from 0 to 100 (AverageDirectionalIndex.cs)."""

    @named("ADX({period})")
    def __init__(self, name: str, period: int) -> None:
        super().__init__(name)
        self._period = period
        self.warm_up_period = 2 * period
        self._range = self._plus = self._minus = ZERO
        self._before: BarInput | None = None
        self.positive_directional_index = Output(name + "_Positive", lambda: self.samples > period)
        self.negative_directional_index = Output(name + "_Negative", lambda: self.samples > period)
        self._average = WilderMovingAverage(name + "_Average", period)

    @property
    def is_ready(self) -> bool:
        """Whether the average is."""
        return self._average.is_ready

    def _smoothed(self, before: Decimal, value: Decimal) -> Decimal:
        """Return a Wilder sum: everything up to the period, then each step loses its share."""
        return before + value - (before / self._period if self.samples > self._period + 1 else ZERO)

    def _compute(self, item: BarInput) -> Decimal:
        spread = up = down = ZERO
        if (before := self._before) is not None:
            spread = true_range(before, item)
            rise, fall = item.high - before.high, before.low - item.low
            up = rise if rise > 0 and rise >= fall else ZERO
            down = fall if fall > 0 and fall > rise else ZERO
        self._range, self._plus = (
            self._smoothed(self._range, spread),
            self._smoothed(self._plus, up),
        )
        self._minus, self._before = self._smoothed(self._minus, down), item
        known = bool(self._range) and self.samples > self._period
        positive = _HUNDRED * self._plus / self._range if known else ZERO
        negative = _HUNDRED * self._minus / self._range if known else ZERO
        self.positive_directional_index.feed(item.time, positive)
        self.negative_directional_index.feed(item.time, negative)
        if not positive + negative:
            return Decimal(50)
        self._average.feed(item.time, _HUNDRED * abs(positive - negative) / (positive + negative))
        return self._average.exact

    def reset(self) -> None:
        """Return to the state before any data."""
        self._range = self._plus = self._minus = ZERO
        self._before = None
        for part in (
            self.positive_directional_index,
            self.negative_directional_index,
            self._average,
        ):
            part.reset()
        super().reset()
