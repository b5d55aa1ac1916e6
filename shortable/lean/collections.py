"""LEAN's dictionaries, which iterate as pairs with ``.key`` and ``.value`` and answer to Python's names as well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, NamedTuple, TypeVar

from shortable.lean.names import LeanObject

__all__ = ["CountedList", "KeyValuePair", "LeanDictionary"]

K = TypeVar("K")
V = TypeVar("V")


class KeyValuePair(NamedTuple):
    """One entry; unpacks as ``key, value``, and answers to ``Key`` and ``Value`` too."""

    key: Any
    value: Any

    @property
    def Key(self) -> Any:  # noqa: N802
        """The key."""
        return self.key

    @property
    def Value(self) -> Any:  # noqa: N802
        """The value."""
        return self.value


class _Listed(list[Any]):
    """A list that may be called: ``d.keys`` is a property in C#, and ``d.keys()`` a method in Python."""

    def __call__(self) -> _Listed:
        return self


class CountedList(list[Any]):
    """A list whose ``count`` is how many there are, as .NET's lists have it.

    Examples
    --------
    >>> both = CountedList(["SPY", "AIG"])
    >>> both.count, both.Count, both
    (2, 2, ['SPY', 'AIG'])
    """

    @property
    def count(self) -> int:  # type: ignore[override]
        """How many there are."""
        return len(self)

    Count = count


class LeanDictionary(LeanObject, Generic[K, V]):
    """A dictionary as a LEAN algorithm knows it.

    Subclasses override `_key`, which turns what the user writes (a ticker, a security) into a key.

    Examples
    --------
    >>> shares = LeanDictionary({"SPY": 100})
    >>> [(pair.key, pair.Value) for pair in shares], shares.keys(), list(shares.Keys), "SPY" in shares
    ([('SPY', 100)], ['SPY'], ['SPY'], True)
    """

    def __init__(self, items: dict[K, V] | None = None) -> None:
        self._items: dict[K, V] = {} if items is None else dict(items)

    def _key(self, key: Any) -> Any:
        """Return the key that the user means; anything that cannot be one is returned as it is."""
        return key

    def __getitem__(self, key: Any) -> V:
        try:
            return self._items[self._key(key)]
        except KeyError:
            raise KeyError(self._missing(key)) from None

    def _missing(self, key: Any) -> str:
        """Return the message for a key that is not there."""
        return f"{key} is not in {type(self).__name__}"

    def __setitem__(self, key: Any, value: V) -> None:
        self._items[self._key(key)] = value

    def __delitem__(self, key: Any) -> None:
        del self._items[self._key(key)]

    def __contains__(self, key: object) -> bool:
        return self._key(key) in self._items

    def __iter__(self) -> Iterator[KeyValuePair]:
        return iter([KeyValuePair(k, v) for k, v in self._items.items()])

    def __len__(self) -> int:
        return len(self._items)

    def __bool__(self) -> bool:
        return True  # as a C# object has it: an empty dictionary is not None

    @property
    def keys(self) -> Any:
        """The keys; with or without a call."""
        return _Listed(self._items)

    @property
    def values(self) -> Any:
        """The values; with or without a call."""
        return _Listed(self._items.values())

    def items(self) -> list[tuple[K, V]]:
        """Return the pairs as Python has them."""
        return list(self._items.items())

    @property
    def count(self) -> int:
        """How many entries there are."""
        return len(self._items)

    def contains_key(self, key: Any) -> bool:
        """Whether there is such an entry."""
        return key in self

    contains = contains_key

    def get(self, key: Any, default: Any = None) -> Any:
        """Return the value, or `default`."""
        return self._items.get(self._key(key), default)

    get_value = get

    def try_get_value(self, key: Any, default: Any = None) -> tuple[bool, Any]:
        """Return whether there is such an entry, and its value."""
        return key in self, self.get(key, default)

    def add(self, key: Any, value: V) -> None:
        """Enter a value."""
        self[key] = value

    def remove(self, key: Any) -> bool:
        """Take an entry out; return whether there was one."""
        return self._items.pop(self._key(key), None) is not None

    def pop(self, key: Any, *default: Any) -> Any:
        """Take an entry out and return it."""
        return self._items.pop(self._key(key), *default)

    def clear(self) -> None:
        """Take all entries out."""
        self._items.clear()

    def copy(self) -> dict[K, V]:
        """Return a dictionary of Python's with the same entries."""
        return dict(self._items)

    def where(self, condition: Callable[[KeyValuePair], bool]) -> list[KeyValuePair]:
        """Return the pairs for which a condition holds."""
        return [pair for pair in self if condition(pair)]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._items!r}>"
