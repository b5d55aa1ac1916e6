"""Values and bars as indicators count with them, in decimals, and as users are shown them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from shortable.lean.data import IndicatorDataPoint
from shortable.lean.data.base_data import NO_TIME
from shortable.lean.indicators.window import RollingWindow
from shortable.lean.numbers import ZERO
from shortable.lean.symbols import Symbol

__all__ = ["NOTHING", "BarInput", "Point", "Points", "shown"]


class Point(NamedTuple):
    """A value as indicators count with it."""

    symbol: Symbol
    time: datetime
    value: Decimal


class BarInput(NamedTuple):
    """A bar as indicators count with it; `time` is its end."""

    symbol: Symbol
    time: datetime
    start: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal

    @property
    def typical(self) -> Decimal:
        """The mean of high, low and close."""
        return (self.high + self.low + self.close) / 3


NOTHING = Point(Symbol.empty, NO_TIME, ZERO)


def shown(point: Point) -> IndicatorDataPoint:
    """Return a point as users know it."""
    return IndicatorDataPoint(point.symbol, point.time, float(point.value))


class Points(RollingWindow[Any]):
    """Keeps points as they are counted with, and shows them as users know them."""

    def __getitem__(self, index: int | slice) -> Any:
        found = super().__getitem__(index)
        if isinstance(found, list):
            return [shown(point) if isinstance(point, Point) else point for point in found]
        return shown(found) if isinstance(found, Point) else found

    def __iter__(self) -> Iterator[Any]:
        return iter(
            [shown(point) if isinstance(point, Point) else point for point in super().__iter__()]
        )
