"""What algorithms written for LEAN use of .NET itself: spans, delegates, colours, and LEAN's constants of time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, MutableSet
from datetime import datetime, timedelta
from typing import Any

__all__ = [
    "Action",
    "Color",
    "DateTime",
    "Dictionary",
    "Func",
    "HashSet",
    "List",
    "Time",
    "TimeSpan",
]


class List(list[Any]):
    """``List[Symbol]()``: a list of Python's that answers to .NET's names too.

    Examples
    --------
    >>> tickers = List[str]()
    >>> tickers.Add("SPY")
    >>> tickers.Contains("SPY"), tickers.Count, tickers
    (True, 1, ['SPY'])
    """

    def contains(self, item: Any) -> bool:
        """Whether it is in the list."""
        return item in self

    def add_range(self, items: Any) -> None:
        """Add several."""
        self.extend(items)

    @property
    def Count(self) -> int:  # noqa: N802 - Python's own ``count`` is another thing
        """How many there are."""
        return len(self)

    add = Add = list.append
    AddRange, Contains, Insert, Remove, Clear = (
        add_range,
        contains,
        list.insert,
        list.remove,
        list.clear,
    )


class Dictionary(dict[Any, Any]):
    """``Dictionary[Symbol, float]()``: a dictionary of Python's that answers to .NET's names too.

    Examples
    --------
    >>> shares = Dictionary[str, int]()
    >>> shares.Add("SPY", 100)
    >>> shares.ContainsKey("SPY"), shares.Count, shares["SPY"]
    (True, 1, 100)
    """

    def add(self, key: Any, value: Any) -> None:
        """Enter a value."""
        self[key] = value

    def contains_key(self, key: Any) -> bool:
        """Whether there is such an entry."""
        return key in self

    @property
    def count(self) -> int:
        """How many entries there are."""
        return len(self)

    Add, ContainsKey, Count = add, contains_key, count


class HashSet(MutableSet[Any]):
    """``HashSet[Symbol]()``: a set in order of entry that answers to .NET's names too.

    Examples
    --------
    >>> tickers = HashSet[str](["SPY", "AIG"])
    >>> tickers.Add("SPY"), tickers.add("TLT"), tickers.Count, list(tickers), tickers == {"AIG", "SPY", "TLT"}
    (False, True, 3, ['SPY', 'AIG', 'TLT'], True)
    """

    def __init__(self, items: Iterable[Any] = ()) -> None:
        self._held = dict.fromkeys(items)

    def __class_getitem__(cls, types: Any) -> Any:
        return cls

    def __contains__(self, item: object) -> bool:
        return item in self._held

    def __iter__(self) -> Iterator[Any]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)

    def __repr__(self) -> str:
        return f"HashSet({list(self)!r})"

    def add(self, item: Any) -> bool:  # type: ignore[override]
        """Enter an item; return whether it was not there."""
        new = item not in self._held
        self._held.setdefault(item)
        return new

    def discard(self, item: Any) -> bool:  # type: ignore[override]
        """Take an item out; return whether it was there."""
        there = item in self._held
        self._held.pop(item, None)
        return there

    def update(self, *others: Iterable[Any]) -> None:
        """Enter several."""
        for items in others:
            self._held.update(dict.fromkeys(items))

    def contains(self, item: Any) -> bool:
        """Whether it is in the set."""
        return item in self

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self)

    Add, Remove, Contains, Count, UnionWith, Clear = (
        add,
        discard,
        contains,
        count,
        update,
        MutableSet.clear,
    )


class _Spelled(type):
    """Answers to ``from_minutes`` and ``FromMinutes``."""

    def __getattr__(cls, name: str) -> Any:
        from shortable.names import snake_case

        snake = snake_case(name)
        for spelling in (snake, snake.upper()):
            if spelling != name and spelling in cls.__dict__:
                return getattr(cls, spelling)
        raise AttributeError(
            f"{cls.__name__} has no {name!r} in shortable.lean", name=name, obj=cls
        )


class TimeSpan(metaclass=_Spelled):
    """A `timedelta`, made as .NET makes it: (ticks), (hours, minutes, seconds) or (days, hours, minutes, seconds).

    Examples
    --------
    >>> TimeSpan(1, 30, 0) == TimeSpan.FromMinutes(90) == TimeSpan.from_hours(1.5)
    True
    """

    ZERO = timedelta()

    def __new__(cls, *parts: float) -> Any:
        """Return the `timedelta`."""
        if len(parts) <= 1:
            return timedelta(microseconds=sum(parts) / 10)  # a tick is 100 ns
        days, hours, minutes, seconds = [*((0,) if len(parts) == 3 else ()), *parts][:4]
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)

    @staticmethod
    def from_days(count: float) -> timedelta:
        """Return a number of days."""
        return timedelta(days=count)

    @staticmethod
    def from_hours(count: float) -> timedelta:
        """Return a number of hours."""
        return timedelta(hours=count)

    @staticmethod
    def from_minutes(count: float) -> timedelta:
        """Return a number of minutes."""
        return timedelta(minutes=count)

    @staticmethod
    def from_seconds(count: float) -> timedelta:
        """Return a number of seconds."""
        return timedelta(seconds=count)


class DateTime(metaclass=_Spelled):
    """A `datetime`, made as .NET makes it.

    Examples
    --------
    >>> DateTime(2013, 10, 7), DateTime.MinValue
    (datetime.datetime(2013, 10, 7, 0, 0), datetime.datetime(1, 1, 1, 0, 0))
    """

    MIN_VALUE = datetime.min
    MAX_VALUE = datetime.max

    def __new__(
        cls, year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0
    ) -> Any:
        """Return the `datetime`."""
        return datetime(year, month, day, hour, minute, second)


class Time(metaclass=_Spelled):
    """LEAN's constants of time (Common/Time.cs)."""

    ONE_YEAR = timedelta(days=365)
    ONE_DAY = timedelta(days=1)
    ONE_HOUR = timedelta(hours=1)
    ONE_MINUTE = timedelta(minutes=1)
    ONE_SECOND = timedelta(seconds=1)
    ONE_MILLISECOND = timedelta(milliseconds=1)
    BEGINNING_OF_TIME = datetime(1998, 1, 1)
    END_OF_TIME = datetime(2050, 12, 31)
    END_OF_TIME_TIME_SPAN = END_OF_TIME - datetime.min

    @staticmethod
    def multiply(interval: timedelta, multiplier: float) -> timedelta:
        """Return a span of time so many times."""
        return interval * multiplier


class Func:
    """A delegate: ``Func[A, B](function)`` and ``Func(function)`` are the function.

    Examples
    --------
    >>> Func[int, str](str)(3), Func(abs)(-3)
    ('3', 3)
    """

    def __new__(cls, function: Callable[..., Any]) -> Any:
        """Return the function."""
        return function

    def __class_getitem__(cls, types: Any) -> Callable[[Any], Any]:
        return lambda function: function


class Action(Func):
    """A delegate that returns nothing."""


class _Colors(type):
    def __getattr__(cls, name: str) -> str:
        if name.startswith("_"):
            raise AttributeError(name)
        return name.lower().replace("_", "")


class Color(metaclass=_Colors):
    """Colours of charts, by name."""
