"""C# events: ``indicator.updated += handler``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["Event", "Follower"]


class Follower:
    """What an indicator made of another does when that one has a new value: a handler of ours among the users'."""

    __slots__ = ("renew",)

    def __init__(self, renew: Callable[[Any], Any]) -> None:
        self.renew = renew

    def __call__(self, sender: Any, *_: Any) -> None:
        """Do it."""
        self.renew(sender)


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

    __slots__ = ("handlers",)

    def __init__(self) -> None:
        self.handlers: tuple[Callable[..., Any], ...] = ()
        """In order; one that is added meanwhile is not called for what is being told."""

    def follow(self, renew: Callable[[Any], Any]) -> None:
        """Add a handler that is called with the sender alone."""
        self.handlers = (*self.handlers, Follower(renew))

    def __iadd__(self, handler: Callable[..., Any]) -> Event:
        self.handlers = (*self.handlers, handler)
        return self

    def __isub__(self, handler: Callable[..., Any]) -> Event:
        kept = list(self.handlers)
        if handler in kept:
            kept.remove(handler)
            self.handlers = tuple(kept)
        return self

    def __call__(self, *arguments: Any) -> None:
        """Call all handlers."""
        for handler in self.handlers:
            handler(*arguments)

    def __len__(self) -> int:
        return len(self.handlers)

    def __bool__(self) -> bool:
        return True
