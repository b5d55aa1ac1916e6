"""Algorithms of an older LEAN, which are run as that LEAN ran them."""

from __future__ import annotations

import ast
import inspect
import textwrap

__all__ = ["asks_for_all_shortable_symbols"]

_GONE = frozenset({"AllShortableSymbols", "all_shortable_symbols"})


def asks_for_all_shortable_symbols(algorithm: type) -> bool:
    """Whether an algorithm calls its own ``AllShortableSymbols()``.

    Today's LEAN has that method on providers alone. The LEAN that had it on `QCAlgorithm` let daily bars end at midnight,
    not at the close (``daily_precise_end_time`` came after it), and its published figures rest on that.

    Parameters
    ----------
    algorithm : type
        The class; one without source, such as one made in a shell, is taken for new.
    """
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
