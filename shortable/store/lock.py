"""One writer at a time: an advisory lock that the system lets go of when its holder dies."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from shortable.errors import InvalidInputError, StoreLockedError
from shortable.store.files import writing

__all__ = ["writer_lock"]

_POLL = 0.05  # seconds between two tries; the system has no lock with a deadline


@contextmanager
def writer_lock(path: Path, timeout: float) -> Iterator[None]:
    """Hold the lock of the store at `path`.

    Parameters
    ----------
    path : Path
        The store; the lock is a file beside it, which stays.
    timeout : float
        Seconds to wait for another writer, at least 0.

    Raises
    ------
    StoreLockedError
        Another writer, in this process or another, holds it still.
    """
    if (
        isinstance(timeout, bool)
        or not isinstance(timeout, (int, float))
        or not 0 <= timeout < math.inf
    ):
        raise InvalidInputError("lock_timeout", timeout, "be a number of seconds, at least 0")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.with_name(f".{path.name}.lock").open("a+b")
    with handle:
        deadline = time.monotonic() + timeout
        while not _taken(handle, path):
            left = deadline - time.monotonic()
            if left <= 0:
                raise StoreLockedError(
                    f"another writer holds {path} (waited {timeout:g} s). Wait for it to end, or pass a longer "
                    "lock_timeout."
                )
            time.sleep(min(_POLL, left))
        try:
            yield
        finally:
            _release(handle)


def _taken(handle: IO[bytes], path: Path) -> bool:
    with writing(path):  # a network file system may have no locks
        return _take(handle)


if sys.platform == "win32":
    import msvcrt

    def _take(handle: IO[bytes]) -> bool:
        handle.seek(0)
        try:
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _release(handle: IO[bytes]) -> None:
        handle.seek(0)
        msvcrt.locking(handle.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(handle: IO[bytes]) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _release(handle: IO[bytes]) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)
