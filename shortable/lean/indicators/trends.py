"""Lines through prices, averages against each other, stops that follow (LEAN: the files of the same names under Indicators/)."""

from __future__ import annotations

from decimal import Decimal

from shortable.lean.enums import MovingAverageType
from shortable.lean.indicators.base import (
    BarInput,
    Indicator,
    Point,
    TradeBarIndicator,
    WindowIndicator,
)
from shortable.lean.indicators.change import Identity
from shortable.lean.indicators.extremes import Output
from shortable.lean.indicators.naming import named
from shortable.lean.indicators.oscillators import MovingAverageConvergenceDivergence
from shortable.lean.indicators.spread import StandardDeviation
from shortable.lean.indicators.window import RollingWindow
from shortable.lean.numbers import ZERO, decimal_of

__all__ = [
    "AbsolutePriceOscillator",
    "LeastSquaresMovingAverage",
    "ParabolicStopAndReverse",
    "PercentagePriceOscillator",
    "RegressionChannel",
]


class LeastSquaresMovingAverage(WindowIndicator):
    """The end of the straight line through the last `period` values; until there are so many, the input.

    Attributes
    ----------
    intercept, slope : Identity
        The line's, at the place before the first value and from one value to the next.
    """

    @named("LSMA{period}")
    def __init__(self, name: str, period: int) -> None:
        super().__init__(name, period)
        self.intercept, self.slope = Identity(name + "_Intercept"), Identity(name + "_Slope")

    def _over(self, values: RollingWindow[Decimal], item: Point) -> Decimal:
        if not self.is_ready:
            return item.value
        prices = [float(value) for value in reversed(list(values))]
        places = [float(i + 1) for i in range(self.period)]
        middle, mean = sum(places) / self.period, sum(prices) / self.period
        joint = sum((x - middle) * (y - mean) for x, y in zip(places, prices, strict=True))
        slope = joint / sum((x - middle) ** 2 for x in places) if self.period > 1 else 0.0
        self.intercept.feed(item.time, decimal_of(mean - slope * middle), item.symbol)
        self.slope.feed(item.time, decimal_of(slope), item.symbol)
        return self.intercept.exact + self.slope.exact * self.period

    def reset(self) -> None:
        """Return to the state before any data."""
        self.intercept.reset()
        self.slope.reset()
        super().reset()


class RegressionChannel(Indicator):
    """The end of the line through the last values, and two channels `k` standard deviations beside it."""

    @named("RC({period},{k})")
    def __init__(self, name: str, period: int, k: float) -> None:
        super().__init__(name)
        self.warm_up_period = period
        self._k = decimal_of(k)
        self._deviation = StandardDeviation(period)
        self.linear_regression = LeastSquaresMovingAverage(name + "_LinearRegression", period)
        self.lower_channel = Output(name + "_LowerChannel", self._known)
        self.upper_channel = Output(name + "_UpperChannel", self._known)

    def _known(self) -> bool:
        return self._deviation.is_ready and self.linear_regression.is_ready

    @property
    def is_ready(self) -> bool:
        """Whether the line and the channels are."""
        return self._known()

    @property
    def intercept(self) -> Identity:
        """The line's."""
        return self.linear_regression.intercept

    @property
    def slope(self) -> Identity:
        """The line's."""
        return self.linear_regression.slope

    def _compute(self, item: Point) -> Decimal:
        self._deviation.take(item)
        self.linear_regression.take(item)
        line, distance = self.linear_regression.exact, self._deviation.exact * self._k
        self.lower_channel.feed(item.time, line - distance, item.symbol)
        self.upper_channel.feed(item.time, line + distance, item.symbol)
        return line

    def reset(self) -> None:
        """Return to the state before any data."""
        for part in (
            self._deviation,
            self.linear_regression,
            self.lower_channel,
            self.upper_channel,
        ):
            part.reset()
        super().reset()


class AbsolutePriceOscillator(MovingAverageConvergenceDivergence):
    """A fast average less a slow one: MACD with the slow period for its signal."""

    @named("APO({fast_period},{slow_period})")
    def __init__(
        self,
        name: str,
        fast_period: int,
        slow_period: int,
        moving_average_type: MovingAverageType = MovingAverageType.SIMPLE,
    ) -> None:
        super().__init__(name, fast_period, slow_period, slow_period, moving_average_type)


class PercentagePriceOscillator(AbsolutePriceOscillator):
    """The same in percent of the slow average."""

    @named("PPO({fast_period},{slow_period})")
    def __init__(
        self,
        name: str,
        fast_period: int,
        slow_period: int,
        moving_average_type: MovingAverageType = MovingAverageType.SIMPLE,
    ) -> None:
        super().__init__(name, fast_period, slow_period, moving_average_type)

    def _compute(self, item: Point) -> Decimal:
        value = super()._compute(item)
        return 100 * value / self.slow.exact if self.slow.exact else ZERO


class ParabolicStopAndReverse(TradeBarIndicator):
    """Where a stop that follows the trend stands; it changes sides when prices touch it (as TA-Lib counts it).

    Parameters
    ----------
    name : str, optional
    af_start, af_increment, af_max : float
        How far towards the extreme price it moves each time: first, more with every new extreme, at most.
    """

    warm_up_period = 2

    @named("PSAR({af_start},{af_increment},{af_max})")
    def __init__(
        self,
        name: str = "",
        af_start: float = 0.02,
        af_increment: float = 0.02,
        af_max: float = 0.2,
    ) -> None:
        super().__init__(name)
        self._first, self._more, self._most = (
            decimal_of(af_start),
            decimal_of(af_increment),
            decimal_of(af_max),
        )
        self._step, self._stop, self._extreme = self._first, ZERO, ZERO
        self._long = True
        self._before: BarInput | None = None

    @property
    def is_ready(self) -> bool:
        """Whether two bars were seen."""
        return self.samples >= 2

    def _compute(self, item: BarInput) -> Decimal:
        before, self._before = self._before, item
        if self.samples == 1 or before is None:
            return ZERO
        if self.samples == 2:
            self._long = item.close >= before.close
            self._extreme = min(item.high, before.high) if self._long else min(item.low, before.low)
            self._stop = before.low if self._long else before.high
            return self._stop
        if item.low <= self._stop if self._long else item.high >= self._stop:
            self._long = not self._long
            shown = self._stop = self._kept_off(self._extreme, before, item)
            self._step, self._extreme = self._first, item.high if self._long else item.low
        else:
            shown = self._stop
            newest = item.high if self._long else item.low
            if newest > self._extreme if self._long else newest < self._extreme:
                self._extreme, self._step = newest, min(self._step + self._more, self._most)
        self._stop = self._kept_off(
            self._stop + self._step * (self._extreme - self._stop), before, item
        )
        return shown

    def _kept_off(self, stop: Decimal, before: BarInput, item: BarInput) -> Decimal:
        """Return a stop that lies outside the last two bars."""
        return min(stop, before.low, item.low) if self._long else max(stop, before.high, item.high)

    def reset(self) -> None:
        """Return to the state before any data."""
        self._step = self._first
        super().reset()
