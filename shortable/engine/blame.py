"""Say in which callback of the user's an error was raised, and when."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from shortable.errors import AlgorithmError, ShortableError

if TYPE_CHECKING:
    from shortable.engine.algorithm import Algorithm

__all__ = ["blame", "blaming"]


@contextmanager
def blaming(algorithm: Algorithm, callback: str) -> Iterator[None]:
    """Blame what is raised inside on a callback; see `blame`."""
    try:
        yield
    except Exception as error:
        blame(algorithm, callback, error)


def blame(algorithm: Algorithm, callback: str, error: Exception) -> NoReturn:
    """Raise one of ours again with a note of where it came from, anything else as `AlgorithmError`."""
    book = algorithm._core.book
    where = f"in {type(algorithm).__name__}.{callback}" + (
        f" at {book.time}" if book.started else ""
    )
    if not isinstance(error, ShortableError):
        raise AlgorithmError(f"{type(error).__name__} {where}: {error}") from error
    if not getattr(error, "__notes__", None):
        error.add_note(where)
    raise error
