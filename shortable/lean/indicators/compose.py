"""Indicators made of indicators (LEAN: CompositeIndicator.cs, ConstantIndicator.cs, IndicatorExtensions.cs)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from shortable.lean.data import IndicatorDataPoint
from shortable.lean.indicators.averages import ExponentialMovingAverage, SimpleMovingAverage, Sum
from shortable.lean.indicators.base import Indicator, IndicatorBase
from shortable.lean.indicators.change import Identity
from shortable.lean.indicators.naming import named
from shortable.lean.indicators.points import Point
from shortable.lean.names import LeanObject
from shortable.lean.numbers import decimal_of

__all__ = ["CompositeIndicator", "ConstantIndicator", "FunctionalIndicator", "IndicatorExtensions"]

Composer = Callable[[Any, Any], Any]


class ConstantIndicator(Indicator):
    """A number that is always ready."""

    def __init__(self, name: str, value: float | Decimal) -> None:
        super().__init__(name)
        self._constant = self.exact = decimal_of(value)

    @property
    def is_ready(self) -> bool:
        """True."""
        return True

    @property
    def current(self) -> IndicatorDataPoint:
        """The number."""
        return IndicatorDataPoint(self.newest.time, float(self._constant))

    def _compute(self, item: Point) -> Decimal:
        return self._constant

    def reset(self) -> None:
        """Return to the state before any data."""
        super().reset()
        self.exact = self._constant


class FunctionalIndicator(Indicator):
    """An indicator whose value is a function of its input.

    Parameters
    ----------
    name : str
    compute_next_value : callable
        From the input point to a number.
    is_ready_function : callable
        From the indicator to whether it is ready.
    reset_function : callable, optional
        Called without arguments when the indicator is reset.
    """

    def __init__(
        self,
        name: str,
        compute_next_value: Callable[[Any], Any],
        is_ready_function: Callable[[Any], bool],
        reset_function: Callable[[], Any] | None = None,
    ) -> None:
        super().__init__(name)
        self._function, self._ready, self._on_reset = (
            compute_next_value,
            is_ready_function,
            reset_function,
        )

    @property
    def is_ready(self) -> bool:
        """What the function says."""
        return bool(self._ready(self))

    def _compute(self, item: Point) -> Decimal:
        return decimal_of(
            self._function(IndicatorDataPoint(item.symbol, item.time, float(item.value)))
        )

    def reset(self) -> None:
        """Return to the state before any data."""
        if self._on_reset is not None:
            self._on_reset()
        super().reset()


class CompositeIndicator(Indicator):
    """The outcome of two indicators; it renews itself when both have new values (or one has, beside a constant).

    Parameters
    ----------
    name : str
    left, right : IndicatorBase
    composer : callable
        From (left, right) to a number, or to None where there is none.
    """

    @named("COMPOSE({left.name},{right.name})")
    def __init__(
        self, name: str, left: IndicatorBase[Any], right: IndicatorBase[Any], composer: Composer
    ) -> None:
        super().__init__(name)
        self.left, self.right = left, right
        self._composer = composer
        self._fresh: set[int] = set()
        left_alone, right_alone = (
            isinstance(right, ConstantIndicator),
            isinstance(left, ConstantIndicator),
        )
        left.updated.follow(lambda sender: self._renew(0, sender, left_alone))
        right.updated.follow(lambda sender: self._renew(1, sender, right_alone))

    @property
    def is_ready(self) -> bool:
        """Whether both are."""
        return self.left.is_ready and self.right.is_ready

    def _renew(self, side: int, sender: Any, other_is_constant: bool) -> None:
        fresh: set[int] = self._fresh
        fresh.add(side)
        if other_is_constant or len(fresh) == 2:
            fresh.clear()
            left, right, newest = self.left.newest, self.right.newest, sender.newest
            self.take(newest._replace(time=max(left.time, right.time)))

    def _compute(self, item: Point) -> Decimal | None:
        value = self._composer(self.left, self.right)
        return None if value is None else decimal_of(getattr(value, "value", value))

    def reset(self) -> None:
        """Return to the state before any data, both indicators too."""
        self.left.reset()
        self.right.reset()
        self._fresh.clear()
        super().reset()


def _over(left: IndicatorBase[Any], right: IndicatorBase[Any]) -> Decimal | None:
    return left.exact / right.exact if right.exact else None


class IndicatorExtensions(LeanObject):
    """Functions that join indicators.

    Examples
    --------
    >>> from datetime import datetime
    >>> fast, slow = SimpleMovingAverage(1), SimpleMovingAverage(2)
    >>> spread = IndicatorExtensions.minus(fast, slow)
    >>> for day, price in ((2, 1.0), (3, 3.0)):
    ...     _ = fast.update(datetime(2024, 1, day), price), slow.update(datetime(2024, 1, day), price)
    >>> spread.current.value
    1.0
    """

    @staticmethod
    def _joined(left: Any, right: Any, name: str | None, composer: Composer) -> CompositeIndicator:
        if not isinstance(right, IndicatorBase):
            right = ConstantIndicator(str(right), right)
        return CompositeIndicator(
            name or f"COMPOSE({left.name},{right.name})", left, right, composer
        )

    @staticmethod
    def plus(left: Any, right: Any, name: str | None = None) -> CompositeIndicator:
        """Return left + right; `right` may be a number."""
        return IndicatorExtensions._joined(left, right, name, lambda a, b: a.exact + b.exact)

    @staticmethod
    def minus(left: Any, right: Any, name: str | None = None) -> CompositeIndicator:
        """Return left - right; `right` may be a number."""
        return IndicatorExtensions._joined(left, right, name, lambda a, b: a.exact - b.exact)

    @staticmethod
    def times(left: Any, right: Any, name: str | None = None) -> CompositeIndicator:
        """Return left × right; `right` may be a number."""
        return IndicatorExtensions._joined(left, right, name, lambda a, b: a.exact * b.exact)

    @staticmethod
    def over(left: Any, right: Any, name: str | None = None) -> CompositeIndicator:
        """Return left / right; nothing new while right is zero."""
        return IndicatorExtensions._joined(left, right, name, _over)

    @staticmethod
    def of(second: Any, first: Any, wait_for_first_to_ready: bool = True) -> Any:
        """Feed `second` with the values of `first`, from when `first` is ready; return `second`."""

        def forward(sender: Any) -> None:
            if not wait_for_first_to_ready or first.is_ready:
                second.take(first.newest)

        first.updated.follow(forward)
        return second

    @staticmethod
    def sma(left: Any, period: int, wait_for_first_to_ready: bool = True) -> SimpleMovingAverage:
        """Return the simple moving average of an indicator."""
        average = SimpleMovingAverage(f"SMA{period}_Of_{left.name}", period)
        IndicatorExtensions.of(average, left, wait_for_first_to_ready)
        return average

    @staticmethod
    def ema(
        left: Any,
        period: int,
        smoothing_factor: float | None = None,
        wait_for_first_to_ready: bool = True,
    ) -> ExponentialMovingAverage:
        """Return the exponential moving average of an indicator."""
        average = ExponentialMovingAverage(f"EMA{period}_Of_{left.name}", period, smoothing_factor)
        IndicatorExtensions.of(average, left, wait_for_first_to_ready)
        return average

    @staticmethod
    def weighted_by(value: Any, weight: Any, period: int) -> CompositeIndicator:
        """Return the mean of `value` over `period` weighed by `weight`."""
        products = IndicatorExtensions.times(value, weight)
        weights = Identity("weight")
        IndicatorExtensions.of(weights, weight, False)
        above, below = Sum("Sum_xy", period), Sum("Sum_x", period)
        IndicatorExtensions.of(above, products, False)
        IndicatorExtensions.of(below, weights, False)
        return IndicatorExtensions.over(above, below)


# C# writes these in capital letters
IndicatorExtensions.SMA, IndicatorExtensions.EMA = IndicatorExtensions.sma, IndicatorExtensions.ema  # type: ignore[attr-defined]


def _extend(name: str) -> None:
    """Make a function of `IndicatorExtensions` a method of every indicator, as in C#."""
    function = getattr(IndicatorExtensions, name)

    def method(self: Any, *arguments: Any, **keywords: Any) -> Any:
        return function(self, *arguments, **keywords)

    method.__name__, method.__doc__ = name, function.__doc__
    setattr(IndicatorBase, name, method)


for _name in ("plus", "minus", "times", "over", "of", "weighted_by"):
    _extend(_name)
