"""Highs and lows (LEAN: Maximum.cs, Minimum.cs, DonchianChannel.cs, Stochastic.cs, WilliamsPercentR.cs, AroonOscillator.cs)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from shortable.lean.indicators.averages import Sum
from shortable.lean.indicators.base import BarIndicator, Indicator, WindowIndicator
from shortable.lean.indicators.naming import named
from shortable.lean.indicators.points import BarInput, Point
from shortable.lean.indicators.window import RollingWindow
from shortable.lean.numbers import ZERO

__all__ = [
    "AroonOscillator",
    "DonchianChannel",
    "Maximum",
    "Minimum",
    "Stochastic",
    "WilliamsPercentR",
]


class _Extreme(WindowIndicator):
    """The most extreme of the last `period` values, the newest of equals."""

    _pick: Callable[..., Decimal]

    def __init__(self, name: str, period: int) -> None:
        super().__init__(name, period)
        self._since = 0

    def _over(self, values: RollingWindow[Decimal], item: Point) -> Decimal:
        extreme = type(self)._pick(values)
        self._since = next(n for n, v in enumerate(values) if v == extreme)
        return extreme

    def reset(self) -> None:
        """Return to the state before any data."""
        super().reset()
        self._since = 0


class Maximum(_Extreme):
    """The largest of the last `period` values."""

    _pick = max

    @named("MAX({period})")
    def __init__(self, name: str, period: int) -> None:
        super().__init__(name, period)

    @property
    def periods_since_maximum(self) -> int:
        """How many inputs ago it was seen."""
        return self._since


class Minimum(_Extreme):
    """The smallest of the last `period` values."""

    _pick = min

    @named("MIN({period})")
    def __init__(self, name: str, period: int) -> None:
        super().__init__(name, period)

    @property
    def periods_since_minimum(self) -> int:
        """How many inputs ago it was seen."""
        return self._since


class Output(Indicator):
    """A value that another indicator computes and hands over."""

    def __init__(self, name: str, ready: Callable[[], bool]) -> None:
        super().__init__(name)
        self._ready = ready

    @property
    def is_ready(self) -> bool:
        """What its owner says."""
        return self._ready()

    def _compute(self, item: Point) -> Decimal:
        return item.value


class DonchianChannel(BarIndicator):
    """The highest high and the lowest low of the bars before this one, and their middle.

    Parameters
    ----------
    name : str, optional
    upper_period : int
    lower_period : int, optional
        As the upper one where it is not given.
    """

    @named("DCH({upper_period},{lower_period})")
    def __init__(self, name: str, upper_period: int, lower_period: int | None = None) -> None:
        super().__init__(name)
        lower = upper_period if lower_period is None else lower_period
        self.upper_band = Maximum(name + "_UpperBand", upper_period)
        self.lower_band = Minimum(name + "_LowerBand", lower)
        self.warm_up_period = 1 + max(upper_period, lower)
        self._before: BarInput | None = None

    @property
    def is_ready(self) -> bool:
        """Whether both bands are."""
        return self.upper_band.is_ready and self.lower_band.is_ready

    def _compute(self, item: BarInput) -> Decimal:
        if self._before is not None:
            self.upper_band.feed(self._before.time, self._before.high)
            self.lower_band.feed(self._before.time, self._before.low)
        self._before = item
        return (self.upper_band.exact + self.lower_band.exact) / 2

    def reset(self) -> None:
        """Return to the state before any data."""
        self._before = None
        self.upper_band.reset()
        self.lower_band.reset()
        super().reset()


class Stochastic(BarIndicator):
    """Where the close lies between the lowest low and the highest high, in percent, and its two means.

    Parameters
    ----------
    name : str, optional
    period : int
        Bars of the highs and lows.
    k_period, d_period : int
        Values in the mean `stoch_k` of the fast one, and in the mean `stoch_d` of that.
    """

    @named("STO({period},{k_period},{d_period})")
    def __init__(self, name: str, period: int, k_period: int, d_period: int) -> None:
        super().__init__(name)
        self._high, self._low = Maximum(name + "_Max", period), Minimum(name + "_Min", period)
        self._fast, self._slow = Sum(name + "_SumFastK", k_period), Sum(name + "_SumD", d_period)
        self._k, self._d = k_period, d_period
        self.fast_stoch = Output(name + "_FastStoch", lambda: self._high.is_ready)
        self.stoch_k = Output(name + "_StochK", lambda: self._fast.is_ready)
        self.stoch_d = Output(name + "_StochD", lambda: self._slow.is_ready)
        self.warm_up_period = period + k_period + d_period - 2

    @property
    def is_ready(self) -> bool:
        """Whether all three are."""
        return self.fast_stoch.is_ready and self.stoch_k.is_ready and self.stoch_d.is_ready

    def _compute(self, item: BarInput) -> Decimal:
        self._high.feed(item.time, item.high)
        self._low.feed(item.time, item.low)
        fast = slow = slower = ZERO
        span = self._high.exact - self._low.exact
        if self._high.is_ready and span:
            fast = (item.close - self._low.exact) / span
            self._fast.feed(item.time, fast)
        if self._fast.is_ready:
            slow = self._fast.exact / self._k
            self._slow.feed(item.time, slow)
        if self._slow.is_ready:
            slower = self._slow.exact / self._d
        for output, value in (
            (self.fast_stoch, fast),
            (self.stoch_k, slow),
            (self.stoch_d, slower),
        ):
            output.feed(item.time, 100 * value)
        return self.fast_stoch.exact

    def reset(self) -> None:
        """Return to the state before any data."""
        parts: list[Any] = [self._high, self._low, self._fast, self._slow]
        for part in [*parts, self.fast_stoch, self.stoch_k, self.stoch_d]:
            part.reset()
        super().reset()


class WilliamsPercentR(BarIndicator):
    """Where the close lies below the highest high, in percent from -100 to 0."""

    @named("WILR({period})")
    def __init__(self, name: str, period: int) -> None:
        super().__init__(name)
        self.maximum, self.minimum = Maximum(name + "_Max", period), Minimum(name + "_Min", period)
        self.warm_up_period = period

    @property
    def is_ready(self) -> bool:
        """Whether `period` bars were seen."""
        return self.maximum.is_ready and self.minimum.is_ready

    def _compute(self, item: BarInput) -> Decimal:
        self.minimum.feed(item.time, item.low)
        self.maximum.feed(item.time, item.high)
        span = self.maximum.exact - self.minimum.exact
        return -100 * (self.maximum.exact - item.close) / span if self.is_ready and span else ZERO

    def reset(self) -> None:
        """Return to the state before any data."""
        self.maximum.reset()
        self.minimum.reset()
        super().reset()


class AroonOscillator(BarIndicator):
    """How recent the highest high is, less how recent the lowest low, in percent of the period (AroonOscillator.cs)."""

    @named("AROON({up_period},{down_period})")
    def __init__(self, name: str, up_period: int, down_period: int | None = None) -> None:
        super().__init__(name)
        down = up_period if down_period is None else down_period
        self._up, self._down = up_period, down
        self._high, self._low = (
            Maximum(name + "_Max", up_period + 1),
            Minimum(name + "_Min", down + 1),
        )
        self.aroon_up = Output(name + "_AroonUp", lambda: self._high.is_ready)
        self.aroon_down = Output(name + "_AroonDown", lambda: self._low.is_ready)
        self.warm_up_period = 1 + max(up_period, down)

    @property
    def is_ready(self) -> bool:
        """Whether both sides are."""
        return self.aroon_up.is_ready and self.aroon_down.is_ready

    def _compute(self, item: BarInput) -> Decimal:
        self._high.feed(item.time, item.high)
        self._low.feed(item.time, item.low)
        up = Decimal(100 * (self._up - self._high.periods_since_maximum)) / self._up
        down = Decimal(100 * (self._down - self._low.periods_since_minimum)) / self._down
        self.aroon_up.feed(item.time, up)
        self.aroon_down.feed(item.time, down)
        return up - down

    def reset(self) -> None:
        """Return to the state before any data."""
        for part in (self._high, self._low, self.aroon_up, self.aroon_down):
            part.reset()
        super().reset()
