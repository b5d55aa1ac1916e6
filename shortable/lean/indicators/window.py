"""`RollingWindow`: the last values, the newest first (LEAN: Indicators/RollingWindow.cs)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import Any, Generic, TypeVar

from shortable.errors import InvalidInputError
from shortable.lean.names import LeanObject

__all__ = ["RollingWindow"]

T = TypeVar("T")


class RollingWindow(LeanObject, Generic[T]):
    """The last `size` values; ``window[0]`` is the newest.

    An index inside the window that has no value yet answers None, and one beyond it makes the window larger.

    Examples
    --------
    >>> window = RollingWindow[float](2)
    >>> for price in (1.0, 2.0, 3.0): window.add(price)
    >>> window[0], list(window), window.is_ready, window.most_recently_removed, window.Count
    (3.0, [3.0, 2.0], True, 1.0, 2)
    """

    def __init__(self, size: int) -> None:
        self._values: deque[T] = deque()
        self._size = _whole(size, 1)
        self._samples = 0
        self._removed: T | None = None

    @property
    def size(self) -> int:
        """How many values the window holds at most."""
        return self._size

    @size.setter
    def size(self, value: int) -> None:
        self._size = _whole(value, 0)
        while len(self._values) > self._size:
            self._values.pop()

    @property
    def count(self) -> int:
        """How many values the window holds now."""
        return len(self._values)

    @property
    def samples(self) -> int:
        """How many values were ever added."""
        return self._samples

    @property
    def is_ready(self) -> bool:
        """Whether the window is full."""
        return self._samples >= self._size

    @property
    def most_recently_removed(self) -> Any:
        """The value that fell out when the last one was added."""
        if self._samples <= self._size:
            raise InvalidInputError(
                "most_recently_removed", None, "be asked for after a value has fallen out"
            )
        return self._removed

    def add(self, item: T) -> None:
        """Add the newest value."""
        state = self.__dict__
        state["_samples"] += 1
        values, size = state["_values"], state["_size"]
        if size == 0:
            return
        if len(values) == size:
            state["_removed"] = values.pop()
        values.appendleft(item)

    def reset(self) -> None:
        """Take all values out."""
        self._values.clear()
        self._samples = 0
        self._removed = None

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return list(self._values)[index]
        if index < 0:
            raise InvalidInputError("index", index, "be 0 (the newest value) or larger")
        if index < len(self._values):
            return self._values[index]
        if index >= self._size:
            self.size = index + 1
        return None

    def __setitem__(self, index: int, value: T) -> None:
        if not 0 <= index < len(self._values):
            raise InvalidInputError("index", index, f"be from 0 to {len(self._values) - 1}")
        self._values[index] = value

    def __iter__(self) -> Iterator[T]:
        return iter(list(self._values))

    def __len__(self) -> int:
        return len(self._values)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        shown = ", ".join(map(str, islice(self._values, 3)))
        return f"<RollingWindow {len(self._values)}/{self._size} [{shown}{', …' if len(self._values) > 3 else ''}]>"


def _whole(size: Any, least: int) -> int:
    if int(size) != size or size < least:
        raise InvalidInputError("size", size, f"be a whole number, at least {least}")
    return int(size)
