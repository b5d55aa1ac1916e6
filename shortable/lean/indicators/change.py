"""Changes of a value over time (LEAN: the file of the same name under Indicators/, named at each class)."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from shortable.lean.indicators.base import Indicator, IndicatorBase, WindowIndicator
from shortable.lean.indicators.naming import named
from shortable.lean.indicators.points import Point
from shortable.lean.indicators.window import RollingWindow
from shortable.lean.numbers import ZERO, decimal_of

__all__ = [
    "Delay",
    "FilteredIdentity",
    "Identity",
    "LogReturn",
    "Momentum",
    "MomentumPercent",
    "RateOfChange",
    "RateOfChangePercent",
    "RateOfChangeRatio",
]


class Identity(Indicator):
    """The input (Identity.cs)."""

    warm_up_period = 1

    @named("Identity")
    def __init__(self, name: str) -> None:
        super().__init__(name)

    @property
    def is_ready(self) -> bool:
        """Whether anything was seen."""
        return self.samples > 0

    def _compute(self, item: Point) -> Decimal:
        return item.value


class FilteredIdentity(IndicatorBase[Point]):
    """The last input that passed a filter (FilteredIdentity.cs).

    Parameters
    ----------
    name : str
    filter : callable, optional
        From a bar to whether it counts; by default all do.
    """

    warm_up_period = 1

    @named("FilteredIdentity")
    def __init__(self, name: str, filter: Callable[[Any], bool] | None = None) -> None:
        super().__init__(name)
        self._passes = filter or (lambda data: True)
        self._held = ZERO
        self._input: Any = None

    @property
    def is_ready(self) -> bool:
        """Whether anything above zero passed."""
        return self.samples > 0 and self.exact > 0

    def _read(self, arguments: tuple[Any, ...]) -> Point:
        self._input = arguments[0]
        return Point(self._input.symbol, self._input.end_time, decimal_of(self._input.value))

    def _compute(self, item: Point) -> Decimal:
        if self._passes(self._input):
            self._held = item.value
        return self._held

    def reset(self) -> None:
        """Return to the state before any data."""
        super().reset()
        self._held = ZERO


class _Change(WindowIndicator):
    """Compares the input with that of `period` inputs before; before there is one, with the oldest.

    Ready after ``period + 1`` inputs. LEAN's Momentum says so since its pull request 7424; for its RateOfChange, which
    was ready after `period` with a value of zero, its issue 5491 asks for the same.
    """

    def __init__(self, name: str, period: int) -> None:
        super().__init__(name, period)
        self.warm_up_period = self.period + 1

    @property
    def is_ready(self) -> bool:
        """Whether a value lies `period` inputs back."""
        return self.samples > self.period

    def _over(self, values: RollingWindow[Decimal], item: Point) -> Decimal:
        full = values.samples > values.size
        before: Decimal = values.most_recently_removed if full else values[values.count - 1]
        return self._compare(item.value, before)

    def _compare(self, now: Decimal, before: Decimal) -> Decimal:
        raise NotImplementedError


class Momentum(_Change):
    """Input minus the one of `period` inputs before (Momentum.cs)."""

    @named("MOM({period})")
    def __init__(self, name: str, period: int) -> None:
        super().__init__(name, period)

    def _compare(self, now: Decimal, before: Decimal) -> Decimal:
        return now - before


class RateOfChange(_Change):
    """The change as a fraction of the input of `period` inputs before (RateOfChange.cs).

    Examples
    --------
    >>> from datetime import datetime
    >>> roc = RateOfChange(1)
    >>> [(roc.update(datetime(2024, 1, d), p), roc.current.value) for d, p in ((2, 4.0), (3, 5.0))]
    [(False, 0.0), (True, 0.25)]
    """

    @named("ROC({period})")
    def __init__(self, name: str, period: int) -> None:
        super().__init__(name, period)

    def _compare(self, now: Decimal, before: Decimal) -> Decimal:
        return (now - before) / before if before else ZERO


class RateOfChangePercent(RateOfChange):
    """The same in percent (RateOfChangePercent.cs)."""

    @named("ROCP({period})")
    def __init__(self, name: str, period: int) -> None:
        super().__init__(name, period)

    def _compare(self, now: Decimal, before: Decimal) -> Decimal:
        return 100 * super()._compare(now, before)


class MomentumPercent(RateOfChangePercent):
    """Another name of the same (MomentumPercent.cs)."""

    @named("MOMP({period})")
    def __init__(self, name: str, period: int) -> None:
        super().__init__(name, period)


class RateOfChangeRatio(_Change):
    """Input over the one of `period` inputs before (RateOfChangeRatio.cs)."""

    @named("ROCR({period})")
    def __init__(self, name: str, period: int) -> None:
        super().__init__(name, period)

    def _compare(self, now: Decimal, before: Decimal) -> Decimal:
        return now / before if before else ZERO


class LogReturn(_Change):
    """Natural logarithm of input over the one of `period` inputs before (LogReturn.cs)."""

    @named("LOGR({period})")
    def __init__(self, name: str, period: int) -> None:
        super().__init__(name, period)

    def _compare(self, now: Decimal, before: Decimal) -> Decimal:
        return decimal_of(math.log(float(now) / float(before))) if now > 0 and before > 0 else ZERO


class Delay(_Change):
    """The input of `period` inputs before (Delay.cs)."""

    @named("DELAY({period})")
    def __init__(self, name: str, period: int) -> None:
        super().__init__(name, period)

    def _compare(self, now: Decimal, before: Decimal) -> Decimal:
        return before
