"""Algorithms of an older LEAN, which are run as that LEAN ran them."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import Any

__all__ = ["days_end_at_midnight"]

_GONE = frozenset({"AllShortableSymbols", "all_shortable_symbols"})
_ASKED = frozenset({"AllShortableSymbols", "ShortableQuantity"})


def days_end_at_midnight(algorithm: type) -> bool:
    """Whether an algorithm is of the LEAN whose daily bars ended at midnight, not at the close.

    Those are algorithms that call their own ``AllShortableSymbols()``, and those that are written in C#'s spelling together
    with a provider of their own: LEAN turned its Python algorithms over to snake_case in early 2024, before
    ``daily_precise_end_time`` came, and their published figures and what they assert rest on midnight.

    Parameters
    ----------
    algorithm : type
        The class; one without source, such as one made in a shell, is taken for new.
    """
    return _asks_for_all_shortable_symbols(algorithm) or _brings_an_older_provider(algorithm)


def _brings_an_older_provider(algorithm: type) -> bool:
    """Whether `Initialize` stands in a file that has a provider in C#'s spelling as well."""
    begins = _written(algorithm, "Initialize")
    classes = [
        value for value in getattr(begins, "__globals__", {}).values() if isinstance(value, type)
    ]
    own = [c for c in classes if c.__module__ == algorithm.__module__]
    return any(_written(c, name) is not None for c in own for name in _ASKED)


def _written(cls: type, name: str) -> Any:
    """Return a class's method if it was written under that name: ours answer to both spellings."""
    found = vars(cls).get(name)
    return found if getattr(found, "__name__", None) == name else None


def _asks_for_all_shortable_symbols(algorithm: type) -> bool:
    """Whether an algorithm calls a method that today's LEAN has on providers alone."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(algorithm)))
    except (OSError, TypeError, SyntaxError):
        return False
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any(
        isinstance(called, ast.Attribute)
        and called.attr in _GONE
        and isinstance(called.value, ast.Name)
        and called.value.id == "self"
        for called in calls
    )
