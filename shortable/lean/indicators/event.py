"""C# events: ``indicator.updated += handler``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["Event"]


class Event:
    """Handlers that are called in the order in which they were added.

    Examples
    --------
    >>> event, seen = Event(), []
    >>> event += lambda sender, data: seen.append(data)
    >>> event("me", 1)
    >>> seen
    [1]
    """

    __slots__ = ("_handlers",)

    def __init__(self) -> None:
        self._handlers: list[Callable[..., Any]] = []

    def __iadd__(self, handler: Callable[..., Any]) -> Event:
        self._handlers.append(handler)
        return self

    def __isub__(self, handler: Callable[..., Any]) -> Event:
        if handler in self._handlers:
            self._handlers.remove(handler)
        return self

    def __call__(self, *arguments: Any) -> None:
        """Call all handlers."""
        for handler in tuple(self._handlers):
            handler(*arguments)

    def __len__(self) -> int:
        return len(self._handlers)

    def __bool__(self) -> bool:
        return True
