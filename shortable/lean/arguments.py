"""Methods with overloads, whose arguments may also be given by name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar

from shortable.names import snake_case

__all__ = ["by_name"]

T = TypeVar("T")


def by_name(*names: str) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """Let a method that takes arguments by place, and sorts them by their types, take them by these names too.

    Parameters
    ----------
    *names
        In the order in which they stand, the names of all overloads.

    Examples
    --------
    >>> class Calendar:
    ...     @by_name("year", "month", "day")
    ...     def set(self, *arguments): return arguments
    >>> Calendar().set(2013, day=7, month=10)
    (2013, 10, 7)
    """

    def decorate(method: Callable[..., T]) -> Callable[..., T]:
        @functools.wraps(method)
        def wrapper(self: object, *given: object, **named: object) -> T:
            if named:
                known = {snake_case(name): value for name, value in named.items()}
                wrong = next((name for name in named if snake_case(name) not in names), None)
                if wrong is not None:
                    raise TypeError(
                        f"{method.__name__}() got an unexpected keyword argument {wrong!r}; it takes {', '.join(names)}"
                    )
                given = (*given, *(known[name] for name in names if name in known))
            return method(self, *given)

        return wrapper

    return decorate
