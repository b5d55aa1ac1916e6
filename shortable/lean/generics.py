"""Methods of C# that take a type: ``cache.get_data[TradeBar]()``, ``ticket.get[bool](field)``."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

__all__ = ["generic"]


class _Bound:
    """A method of one object, callable as it is or for a type."""

    __slots__ = ("_function", "_named", "_owner")

    def __init__(self, function: Callable[..., Any], owner: Any, named: dict[str, Any]) -> None:
        self._function, self._owner, self._named = function, owner, named

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return self._function(self._owner, *arguments, **self._named, **named)

    def __getitem__(self, kind: Any) -> _Bound:
        return _Bound(self._function, self._owner, {"kind": kind})


class generic:  # noqa: N801 - a decorator
    """Let a method with a parameter ``kind`` be called ``method[kind](...)`` as well.

    Examples
    --------
    >>> class Box:
    ...     @generic
    ...     def get(self, value, kind=None): return value if kind is None else kind(value)
    >>> Box().get("3"), Box().get[int]("3")
    ('3', 3)
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        update_wrapper(self, function)

    def __get__(self, owner: Any, cls: type | None = None) -> Any:
        return self if owner is None else _Bound(self._function, owner, {})

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Call the method of the class."""
        return self._function(*arguments, **named)
