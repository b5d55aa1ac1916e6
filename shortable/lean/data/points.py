"""Single values: indicators' points."""

from __future__ import annotations

from typing import Any

from shortable.lean.data.base_data import NO_TIME, BaseData
from shortable.lean.enums import MarketDataType
from shortable.lean.symbols import Symbol

__all__ = ["IndicatorDataPoint"]


class IndicatorDataPoint(BaseData):
    """A value at a time: ``IndicatorDataPoint(time, value)`` or ``IndicatorDataPoint(symbol, time, value)``.

    Examples
    --------
    >>> from datetime import datetime
    >>> IndicatorDataPoint(datetime(2024, 1, 2), 1.5).value
    1.5
    """

    def __init__(self, *arguments: Any) -> None:
        symbol, time, value = (Symbol.empty, NO_TIME, 0.0)
        if len(arguments) == 3:
            symbol, time, value = arguments
        elif len(arguments) == 2:
            time, value = arguments
        elif arguments:
            raise TypeError("IndicatorDataPoint takes (time, value) or (symbol, time, value)")
        self.__dict__.update(
            symbol=symbol,
            time=time,
            value=value,
            data_type=MarketDataType.BASE,
            is_fill_forward=False,
        )

    def __lt__(self, other: Any) -> bool:
        return bool(self.value < _number(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.value > _number(other))

    def __le__(self, other: Any) -> bool:
        return bool(self.value <= _number(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self.value >= _number(other))

    def __float__(self) -> float:
        return float(self.value)

    def __str__(self) -> str:
        return f"{self.time:%Y-%m-%d %H:%M:%S} - {self.value:g}"


def _number(other: Any) -> Any:
    return other.value if isinstance(other, BaseData) else other
