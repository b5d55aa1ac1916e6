"""From `MovingAverageType` to the average (LEAN: Indicators/MovingAverageTypeExtensions.cs)."""

from __future__ import annotations

from collections.abc import Callable

from shortable.errors import InvalidInputError
from shortable.lean.enums import MovingAverageType
from shortable.lean.indicators.averages import (
    DoubleExponentialMovingAverage,
    ExponentialMovingAverage,
    HullMovingAverage,
    LinearWeightedMovingAverage,
    SimpleMovingAverage,
    T3MovingAverage,
    TriangularMovingAverage,
    TripleExponentialMovingAverage,
    WilderMovingAverage,
)
from shortable.lean.indicators.base import Indicator

__all__ = ["moving_average"]

_AVERAGES: dict[MovingAverageType, Callable[..., Indicator]] = {
    MovingAverageType.SIMPLE: SimpleMovingAverage,
    MovingAverageType.EXPONENTIAL: ExponentialMovingAverage,
    MovingAverageType.WILDERS: WilderMovingAverage,
    MovingAverageType.LINEAR_WEIGHTED_MOVING_AVERAGE: LinearWeightedMovingAverage,
    MovingAverageType.DOUBLE_EXPONENTIAL: DoubleExponentialMovingAverage,
    MovingAverageType.TRIPLE_EXPONENTIAL: TripleExponentialMovingAverage,
    MovingAverageType.TRIANGULAR: TriangularMovingAverage,
    MovingAverageType.T3: T3MovingAverage,
    MovingAverageType.HULL: HullMovingAverage,
}


def moving_average(kind: MovingAverageType, name: str, period: int) -> Indicator:
    """Return a new moving average.

    Raises
    ------
    InvalidInputError
        A kind that is not supported (KAMA, ALMA).

    Examples
    --------
    >>> moving_average(MovingAverageType.SIMPLE, "mean", 20).period
    20
    """
    average = _AVERAGES.get(kind)
    if average is None:
        raise InvalidInputError(
            "moving_average_type", str(kind), f"be one of {', '.join(map(str, _AVERAGES))}"
        )
    return average(name, period)
