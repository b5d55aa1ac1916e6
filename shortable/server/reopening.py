"""Something opened once, and again when its files change on disk."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

__all__ = ["Mark", "Reopening", "mark_of"]

T = TypeVar("T")
Mark = tuple[tuple[int, int, int] | None, ...]
"""What tells one state of some files from another."""


def mark_of(paths: Iterable[Path]) -> Mark:
    """Return when files were last replaced, how large they are, and which they are; None for one that is not there."""
    return tuple(_mark(path) for path in paths)


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116  (a third of the time of Path.stat, on every request)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


class Reopening(Generic[T]):
    """Keeps what `open_it` returned until `watch` says something else.

    Parameters
    ----------
    watch : callable
        State of the files behind it. It is asked before opening, so that a change in between is seen the next time.
    open_it : callable
        Opens it.
    """

    def __init__(self, watch: Callable[[], Mark], open_it: Callable[[], T]) -> None:
        self._watch, self._open = watch, open_it
        self._lock = threading.Lock()
        self._held: tuple[Mark, T] | None = None

    def get(self) -> T:
        """Return it as the files are now; many threads may ask."""
        with self._lock:
            mark = self._watch()
            if self._held is None or self._held[0] != mark:
                self._held = mark, self._open()
            return self._held[1]
