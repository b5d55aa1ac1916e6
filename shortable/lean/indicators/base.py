"""What all indicators share (LEAN: Indicators/IndicatorBase.cs, WindowIndicator.cs, BarIndicator.cs).

Prices come in as floats, sums are done in decimals as LEAN does them, and users see floats again.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from shortable.errors import InvalidInputError
from shortable.lean.data import IndicatorDataPoint
from shortable.lean.data.base_data import NO_TIME
from shortable.lean.indicators.event import Event, Follower
from shortable.lean.indicators.points import NOTHING, BarInput, Point, Points, shown
from shortable.lean.indicators.window import RollingWindow
from shortable.lean.names import LeanObject
from shortable.lean.numbers import ZERO, decimal_of
from shortable.lean.symbols import Symbol

__all__ = [
    "BarIndicator",
    "BarInput",
    "Indicator",
    "IndicatorBase",
    "Point",
    "TradeBarIndicator",
    "WindowIndicator",
]

T = TypeVar("T", bound=Point | BarInput)
_WINDOW = 2  # Indicators/IndicatorBase.cs, Indicator.DefaultWindowSize


class IndicatorBase(LeanObject, Generic[T]):
    """An indicator: takes data in order of time and has a current value.

    Attributes
    ----------
    name : str
    samples : int
        How many inputs were taken.
    window : RollingWindow of IndicatorDataPoint
        The last values, two unless `window.size` is set; ``indicator[0]`` is the current one.
    updated : Event
        Handlers ``(indicator, point)`` called after each new value.
    """

    warm_up_period: int = 0
    exact: Decimal
    """The current value without rounding to a float."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.samples = 0
        self.exact = ZERO
        self.updated = Event()
        self.window: RollingWindow[IndicatorDataPoint] = Points(_WINDOW)
        self.consolidators: set[Any] = set()
        self._newest = NOTHING
        self._shown: IndicatorDataPoint | None = None
        self._last_time: datetime | None = None
        self._last_source: Any = None

    @property
    def current(self) -> IndicatorDataPoint:
        """The newest value; its time is the earliest there is before the first."""
        if self._shown is None:
            self.__dict__["_shown"] = shown(self._newest)
        return self._shown  # type: ignore[return-value]

    @property
    def newest(self) -> Point:
        """The newest value as indicators count with it."""
        return self._newest

    @property
    def previous(self) -> IndicatorDataPoint:
        """The value before the current one."""
        return self.window[1] if self.window.count > 1 else IndicatorDataPoint(NO_TIME, 0.0)

    @property
    def is_ready(self) -> bool:
        """Whether enough data were seen for the value to mean something."""
        raise NotImplementedError

    def update(self, *arguments: Any) -> bool:
        """Take in data: ``update(data)``, for indicators of single values also ``update(time, value)``.

        Data older than the last, and the last object again, are passed over.

        Returns
        -------
        bool
            Whether the indicator is ready.
        """
        source = arguments[0] if len(arguments) == 1 else None
        return self.take(self._read(arguments), source)

    def _read(self, arguments: tuple[Any, ...]) -> T:
        """Return what was handed in, as this indicator counts with it."""
        raise NotImplementedError

    def _compute(self, item: T) -> Decimal | None:
        """Return the next value, or None where there is none (LEAN's MathError) and the current one stays."""
        raise NotImplementedError

    def take(self, item: T, source: Any = None) -> bool:
        """Take in data that are exact already."""
        state = (
            self.__dict__
        )  # LeanObject's own way of setting attributes costs more than a sum of decimals
        time, last = item.time, state["_last_time"]
        if (last is not None and time < last) or (
            source is not None and source is state["_last_source"]
        ):
            return self.is_ready
        state["_last_time"], state["_last_source"] = time, source
        state["samples"] += 1
        value = self._compute(item)
        if value is not None:
            self._set(item.symbol, item.time, value)
        return self.is_ready

    def _set(self, symbol: Symbol, time: datetime, value: Decimal) -> None:
        """Make a value the current one and tell those who follow it."""
        state = self.__dict__
        state["exact"], state["_shown"] = value, None
        state["_newest"] = newest = Point(symbol, time, value)
        state["window"].add(newest)
        for handler in state["updated"].handlers:
            if (
                type(handler) is Follower
            ):  # an indicator made of this one, which counts with the exact value
                handler.renew(self)
            else:
                handler(self, self.current)

    def reset(self) -> None:
        """Return to the state before any data; handlers stay."""
        self.samples = 0
        self.exact = ZERO
        self.window.reset()
        self._newest, self._shown = NOTHING, None
        self._last_time = self._last_source = None

    def to_detailed_string(self) -> str:
        """Return name and value."""
        return f"{self.name} - {self}"

    def __getitem__(self, index: int) -> Any:
        return self.window[index]

    def __str__(self) -> str:
        return f"{float(self.exact):.5f}".rstrip("0").ljust(len(str(int(self.exact))) + 2, "0")

    def __repr__(self) -> str:
        return f"<{self.name or type(self).__name__} {float(self.exact):g}>"

    def __float__(self) -> float:
        return float(self.exact)

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (int, float, Decimal)) and not isinstance(other, bool):
            return self.exact == decimal_of(other)
        return self is other

    def __lt__(self, other: Any) -> bool:
        return self.exact < _exact(other)

    def __le__(self, other: Any) -> bool:
        return self.exact <= _exact(other)

    def __gt__(self, other: Any) -> bool:
        return self.exact > _exact(other)

    def __ge__(self, other: Any) -> bool:
        return self.exact >= _exact(other)

    def __add__(self, other: Any) -> float:
        return float(self.exact + _exact(other))

    def __sub__(self, other: Any) -> float:
        return float(self.exact - _exact(other))

    def __mul__(self, other: Any) -> float:
        return float(self.exact * _exact(other))

    def __truediv__(self, other: Any) -> float:
        return float(self.exact / _exact(other))

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Any) -> float:
        return float(_exact(other) - self.exact)

    def __rtruediv__(self, other: Any) -> float:
        return float(_exact(other) / self.exact)


class Indicator(IndicatorBase[Point]):
    """An indicator of single values."""

    def _read(self, arguments: tuple[Any, ...]) -> Point:
        if len(arguments) == 2:
            time, value = arguments
            return Point(Symbol.empty, time, decimal_of(getattr(value, "value", value)))
        if len(arguments) == 1 and hasattr(arguments[0], "end_time"):
            data = arguments[0]
            return Point(data.symbol, data.end_time, decimal_of(data.value))
        if len(arguments) == 3:
            return Point(arguments[0], arguments[1], decimal_of(arguments[2]))
        raise InvalidInputError("update", arguments, "be (time, value) or one point of data")

    def feed(self, time: datetime, value: Decimal, symbol: Symbol = Symbol.empty) -> bool:
        """Take in an exact value."""
        return self.take(Point(symbol, time, value))


class BarIndicator(IndicatorBase[BarInput]):
    """An indicator of bars of trades or quotes."""

    _needs: tuple[str, ...] = ("open", "high", "low", "close")

    def _read(self, arguments: tuple[Any, ...]) -> BarInput:
        data = arguments[0] if len(arguments) == 1 else None
        if data is None or not all(hasattr(data, n) for n in self._needs):
            raise InvalidInputError(
                "update",
                arguments,
                f"be one bar with {', '.join(self._needs)}",
                f"{type(self).__name__} does not take update(time, value).",
            )
        return BarInput(
            data.symbol,
            data.end_time,
            data.time,
            decimal_of(data.open),
            decimal_of(data.high),
            decimal_of(data.low),
            decimal_of(data.close),
            decimal_of(getattr(data, "volume", 0)),
        )


class TradeBarIndicator(BarIndicator):
    """An indicator that needs volume."""

    _needs = ("open", "high", "low", "close", "volume")


class WindowIndicator(Indicator):
    """An indicator over the last `period` values.

    Parameters
    ----------
    name : str
    period : int
        How many values it looks at, at least 1.
    """

    def __init__(self, name: str, period: int) -> None:
        super().__init__(name)
        self.values: RollingWindow[Decimal] = RollingWindow(period)
        self.period = self.values.size
        self.warm_up_period = self.period

    @property
    def is_ready(self) -> bool:
        """Whether the window is full."""
        return self.values.is_ready

    def _compute(self, item: Point) -> Decimal | None:
        self.values.add(item.value)
        return self._over(self.values, item)

    def _over(self, values: RollingWindow[Decimal], item: Point) -> Decimal | None:
        """Return the next value from the window, which holds the input already."""
        raise NotImplementedError

    def reset(self) -> None:
        """Return to the state before any data."""
        super().reset()
        self.values.reset()


def _exact(other: Any) -> Decimal:
    """Return the value of an indicator, a point or a number."""
    if isinstance(other, IndicatorBase):
        return other.exact
    return decimal_of(getattr(other, "value", other))
