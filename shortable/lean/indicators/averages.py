"""Sums and moving averages (LEAN: the file of the same name under Indicators/, named at each class)."""

from __future__ import annotations

from decimal import Decimal

from shortable.lean.indicators.base import Indicator, WindowIndicator
from shortable.lean.indicators.naming import named
from shortable.lean.indicators.points import Point
from shortable.lean.indicators.window import RollingWindow
from shortable.lean.numbers import ZERO, decimal_of

__all__ = [
    "DoubleExponentialMovingAverage",
    "ExponentialMovingAverage",
    "HullMovingAverage",
    "LinearWeightedMovingAverage",
    "SimpleMovingAverage",
    "Sum",
    "T3MovingAverage",
    "TriangularMovingAverage",
    "TripleExponentialMovingAverage",
    "WilderMovingAverage",
]


class Sum(WindowIndicator):
    """The sum of the last `period` values (Sum.cs)."""

    @named("SUM({period})")
    def __init__(self, name: str, period: int) -> None:
        super().__init__(name, period)
        self._sum = ZERO

    def _over(self, values: RollingWindow[Decimal], item: Point) -> Decimal:
        self._sum += item.value
        if values.samples > values.size:
            self._sum -= values.most_recently_removed
        return self._sum

    def reset(self) -> None:
        """Return to the state before any data."""
        super().reset()
        self._sum = ZERO


class SimpleMovingAverage(WindowIndicator):
    """The mean of the last `period` values; before the window is full, of what there is (SimpleMovingAverage.cs).

    Examples
    --------
    >>> from datetime import datetime
    >>> sma = SimpleMovingAverage(2)
    >>> [(sma.update(datetime(2024, 1, d), p), sma.current.value) for d, p in ((2, 1), (3, 2), (4, 4))]
    [(False, 1.0), (True, 1.5), (True, 3.0)]
    """

    @named("SMA({period})")
    def __init__(self, name: str, period: int) -> None:
        super().__init__(name, period)
        self.rolling_sum = Sum(name + "_Sum", period)

    @property
    def is_ready(self) -> bool:
        """Whether the window is full."""
        return self.rolling_sum.is_ready

    def _over(self, values: RollingWindow[Decimal], item: Point) -> Decimal:
        self.rolling_sum.take(item)
        return self.rolling_sum.exact / values.count

    def reset(self) -> None:
        """Return to the state before any data."""
        self.rolling_sum.reset()
        super().reset()


class _Smoothed(Indicator):
    """An average in which each value's weight falls by a constant factor; it begins with a plain mean."""

    def __init__(self, name: str, period: int, factor: Decimal) -> None:
        super().__init__(name)
        self.period = int(period)
        self.warm_up_period = self.period
        self._factor = factor
        self._start = SimpleMovingAverage(name + "_SMA", period)

    @property
    def is_ready(self) -> bool:
        """Whether `period` values were seen."""
        return self.samples >= self.period

    def reset(self) -> None:
        """Return to the state before any data."""
        super().reset()
        self._start.reset()

    def _next(self, value: Decimal) -> Decimal:
        return value * self._factor + self.exact * (1 - self._factor)


class ExponentialMovingAverage(_Smoothed):
    """Each value weighs ``2 / (1 + period)``; zero until ready, then from the mean on (ExponentialMovingAverage.cs)."""

    @named("EMA({period})")
    def __init__(self, name: str, period: int, smoothing_factor: float | None = None) -> None:
        factor = (
            Decimal(2) / (1 + period) if smoothing_factor is None else decimal_of(smoothing_factor)
        )
        super().__init__(name, period, factor)

    def _compute(self, item: Point) -> Decimal:
        if self.samples <= self.period:
            self._start.take(item)
        if not self.is_ready:
            return ZERO
        return self._start.exact if self.samples == self.period else self._next(item.value)


class WilderMovingAverage(_Smoothed):
    """Each value weighs ``1 / period``; the mean of what there is until ready (WilderMovingAverage.cs)."""

    @named("WWMA({period})")
    def __init__(self, name: str, period: int) -> None:
        super().__init__(name, period, Decimal(1) / period)

    @property
    def is_ready(self) -> bool:
        """Whether `period` values were seen."""
        return self._start.is_ready

    def _compute(self, item: Point) -> Decimal:
        if not self.is_ready:
            self._start.take(item)
            return self._start.exact
        return self._next(item.value)


class LinearWeightedMovingAverage(WindowIndicator):
    """The newest value weighs `period`, the oldest 1; the input until full (LinearWeightedMovingAverage.cs)."""

    @named("LWMA({period})")
    def __init__(self, name: str, period: int) -> None:
        super().__init__(name, period)

    def _over(self, values: RollingWindow[Decimal], item: Point) -> Decimal:
        if not values.is_ready:
            return item.value
        size = values.size
        weighted = sum(((size - i) * v for i, v in enumerate(values)), ZERO)
        return weighted / (size * (size + 1) // 2)


class DoubleExponentialMovingAverage(Indicator):
    """``2 EMA - EMA(EMA)`` (DoubleExponentialMovingAverage.cs)."""

    @named("DEMA({period})")
    def __init__(self, name: str, period: int, volume_factor: float = 1.0) -> None:
        super().__init__(name)
        self._weight = decimal_of(volume_factor)
        self._first = ExponentialMovingAverage(name + "_1", period)
        self._second = ExponentialMovingAverage(name + "_2", period)
        self.warm_up_period = 2 * (period - 1) + 1

    @property
    def is_ready(self) -> bool:
        """Whether both averages are."""
        return self._second.is_ready

    def _compute(self, item: Point) -> Decimal:
        self._first.take(item)
        if self._first.is_ready:
            self._second.feed(item.time, self._first.exact)
        return (
            (1 + self._weight) * self._first.exact - self._weight * self._second.exact
            if self.is_ready
            else ZERO
        )

    def reset(self) -> None:
        """Return to the state before any data."""
        self._first.reset()
        self._second.reset()
        super().reset()


class TripleExponentialMovingAverage(Indicator):
    """``3 EMA - 3 EMA(EMA) + EMA(EMA(EMA))`` (TripleExponentialMovingAverage.cs)."""

    @named("TEMA({period})")
    def __init__(self, name: str, period: int) -> None:
        super().__init__(name)
        self._chain = [ExponentialMovingAverage(f"{name}_{n}", period) for n in (1, 2, 3)]
        self.warm_up_period = 3 * (period - 1) + 1

    @property
    def is_ready(self) -> bool:
        """Whether all three averages are."""
        return self._chain[-1].is_ready

    def _compute(self, item: Point) -> Decimal:
        value = item.value
        for average in self._chain:
            average.feed(item.time, value)
            if not average.is_ready:
                break
            value = average.exact
        one, two, three = (a.exact for a in self._chain)
        return 3 * one - 3 * two + three if self.is_ready else ZERO

    def reset(self) -> None:
        """Return to the state before any data."""
        for average in self._chain:
            average.reset()
        super().reset()


class T3MovingAverage(Indicator):
    """Three DEMAs, each of the one before, with a volume factor of 0.7 (T3MovingAverage.cs)."""

    @named("T3({period},{volume_factor})")
    def __init__(self, name: str, period: int, volume_factor: float = 0.7) -> None:
        super().__init__(name)
        self._chain = [
            DoubleExponentialMovingAverage(f"{name}_{n}", period, volume_factor) for n in (1, 2, 3)
        ]
        self.warm_up_period = 1 + 6 * (period - 1)

    @property
    def is_ready(self) -> bool:
        """Whether ``1 + 6 (period - 1)`` values were seen."""
        return self.samples >= self.warm_up_period

    def _compute(self, item: Point) -> Decimal:
        value = item.value
        for average in self._chain:
            average.feed(item.time, value)
            if not average.is_ready:
                return ZERO
            value = average.exact
        return value

    def reset(self) -> None:
        """Return to the state before any data."""
        for average in self._chain:
            average.reset()
        super().reset()


class TriangularMovingAverage(Indicator):
    """A mean of means, which weighs the middle of the window most (TriangularMovingAverage.cs)."""

    @named("TRIMA({period})")
    def __init__(self, name: str, period: int) -> None:
        super().__init__(name)
        half = period // 2
        even = period % 2 == 0
        self._first = SimpleMovingAverage(name + "_1", half if even else (period + 1) // 2)
        self._second = SimpleMovingAverage(name + "_2", half + 1 if even else (period + 1) // 2)
        self.warm_up_period = period

    @property
    def is_ready(self) -> bool:
        """Whether `period` values were seen."""
        return self.samples >= self.warm_up_period

    def _compute(self, item: Point) -> Decimal:
        self._second.take(item)
        self._first.feed(item.time, self._second.exact)
        return self._first.exact

    def reset(self) -> None:
        """Return to the state before any data."""
        self._first.reset()
        self._second.reset()
        super().reset()


class HullMovingAverage(Indicator):
    """``LWMA(2 LWMA(period / 2) - LWMA(period), sqrt(period))`` (HullMovingAverage.cs)."""

    @named("HMA({period})")
    def __init__(self, name: str, period: int) -> None:
        super().__init__(name)
        self._slow = LinearWeightedMovingAverage(name + "_SLOW", period)
        self._fast = LinearWeightedMovingAverage(name + "_FAST", round(period / 2))
        self._last = LinearWeightedMovingAverage(name + "_HULL", round(period**0.5))
        self.warm_up_period = self._slow.period + self._last.period - 1

    @property
    def is_ready(self) -> bool:
        """Whether all averages are."""
        return self._last.is_ready

    def _compute(self, item: Point) -> Decimal:
        self._fast.take(item)
        self._slow.take(item)
        if self._fast.is_ready and self._slow.is_ready:
            self._last.feed(item.time, 2 * self._fast.exact - self._slow.exact)
        return self._last.exact

    def reset(self) -> None:
        """Return to the state before any data."""
        for average in (self._slow, self._fast, self._last):
            average.reset()
        super().reset()
