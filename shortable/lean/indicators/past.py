"""An indicator's values over the past (LEAN: Common/Data/IndicatorHistory.cs)."""

from __future__ import annotations

from typing import Any

from shortable.lean.data import IndicatorDataPoint
from shortable.lean.indicators.base import IndicatorBase
from shortable.lean.names import LeanObject
from shortable.names import snake_case

__all__ = ["IndicatorDataPoints", "IndicatorHistory"]

_CURRENT = "current"


class IndicatorDataPoints(LeanObject):
    """What an indicator and those that it is made of said at one time.

    Attributes
    ----------
    current : IndicatorDataPoint
        The indicator's own value.
    end_time : datetime
    """

    def __init__(self, points: dict[str, IndicatorDataPoint]) -> None:
        self._points = points
        self.__dict__.update(points)
        self.end_time = points[_CURRENT].end_time

    @property
    def value(self) -> float:
        """The indicator's own value."""
        return self._points[_CURRENT].value

    def __getitem__(self, name: str) -> float:
        return self._points[snake_case(name)].value

    def __float__(self) -> float:
        return float(self.value)

    def __str__(self) -> str:
        return f"{self.end_time} {', '.join(f'{n}: {p.value}' for n, p in sorted(self._points.items()))}"


class IndicatorHistory(LeanObject):
    """An indicator's values, in order of time.

    Iterates as `IndicatorDataPoints`; with the name of an indicator that it is made of, ``history["upper_band"]`` and
    ``history.upper_band`` are that one's points.
    """

    def __init__(self, rows: list[IndicatorDataPoints]) -> None:
        self._rows = rows

    @staticmethod
    def state_of(indicator: Any, symbol: Any, time: Any) -> IndicatorDataPoints:
        """Return what an indicator and those that it is made of say now."""
        points = {_CURRENT: IndicatorDataPoint(symbol, time, indicator.current.value)}
        for name, part in vars(indicator).items():
            if isinstance(part, IndicatorBase) and not name.startswith("_"):
                points[name] = IndicatorDataPoint(symbol, time, part.current.value)
        return IndicatorDataPoints(points)

    @property
    def current(self) -> list[IndicatorDataPoint]:
        """The indicator's own points."""
        return [row._points[_CURRENT] for row in self._rows]

    @property
    def count(self) -> int:
        """How many times there are."""
        return len(self._rows)

    @property
    def data_frame(self) -> Any:
        """The values by their time; columns named as C# names the parts, in small letters."""
        import pandas as pd

        if not self._rows:
            return pd.DataFrame()
        times = pd.DatetimeIndex([row.end_time for row in self._rows])
        names = sorted(self._rows[0]._points, key=lambda name: name.replace("_", ""))
        values = {name.replace("_", ""): [row[name] for row in self._rows] for name in names}
        return pd.DataFrame(values, index=times)

    def __getattr__(self, name: str) -> Any:
        rows = self.__dict__.get("_rows")
        if rows and snake_case(name) in rows[0]._points:
            return self[name]
        return super().__getattr__(name)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return [row._points[snake_case(key)] for row in self._rows]
        return self._rows[key]

    def __iter__(self) -> Any:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __bool__(self) -> bool:
        return True
