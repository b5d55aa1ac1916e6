"""Everything that touches the file system: changes that survive a crash, one writer at a time, errors with the path.

A change is written beside its target, synced to the disk, and then takes the target's name in one step.
"""

from __future__ import annotations

import errno
import math
import os
import shutil
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyarrow as pa

from shortable.errors import CorruptStoreError, InvalidInputError, StoreError, StoreLockedError
from shortable.store.remote import is_remote, uri_of

__all__ = [
    "check_timeout",
    "copy",
    "damaged",
    "exchange",
    "expel",
    "link",
    "make_folder",
    "present",
    "real_path",
    "remove",
    "rename",
    "replacing",
    "sync_file",
    "sync_folder",
    "write_text",
    "writer_lock",
    "writing",
]

# Flags of renameat2(2) and renamex_np(2), and what they answer where the file system or the kernel cannot.
_AT_CWD, _SWAP = -100, 2
_CANNOT = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)
_POLL = 0.05  # seconds between two tries for the lock; the system has no lock with a deadline


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an error of the system (no permission, disk full) into `StoreError` with the path."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"cannot write {path}: {error.strerror or error}. The store is as it was."
        ) from error


@contextmanager
def damaged(path: Path) -> Iterator[None]:
    """Turn an error of a decoder into `CorruptStoreError` with the path and what to do."""
    try:
        yield
    except FileNotFoundError:
        raise
    except PermissionError as error:
        raise StoreError(f"cannot read {path}: {error.strerror or error}") from None
    except (
        pa.ArrowException,
        OSError,
        ValueError,
        KeyError,
        TypeError,
        IndexError,
        zlib.error,
    ) as error:
        reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
        if is_remote(path) and isinstance(error, OSError) and "AWS Error" in reason:
            if "NOT_FOUND" in reason or "NO_SUCH_KEY" in reason:  # removed while it was being read
                raise FileNotFoundError(errno.ENOENT, reason, uri_of(path)) from None
            raise StoreError(f"cannot read {uri_of(path)}: {reason}") from None
        raise CorruptStoreError(
            f"{uri_of(path)} is damaged or is no store of shortable: {reason}. Move it away and import its sources again, "
            "or put back a copy."
        ) from error


@contextmanager
def present(path: Path) -> Iterator[None]:
    """As `damaged`, and a missing file is damage too: for writers, beside whom nobody removes files."""
    with damaged(path):
        try:
            yield
        except FileNotFoundError as error:
            raise ValueError(f"{Path(error.filename or path).name} is missing") from None


def sync_file(path: Path) -> None:
    """Wait until a file's bytes are on the disk."""
    with path.open("rb+") as handle:
        os.fsync(handle.fileno())


def sync_folder(path: Path) -> None:
    """Wait until a folder's names are on the disk; Windows does that by itself and cannot be asked."""
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def real_path(path: Path) -> Path:
    """Return the path that a symbolic link leads to, so that a change goes through the link and keeps it."""
    return Path(os.path.realpath(path))


def make_folder(path: Path) -> None:
    """Make a folder and those above it, and wait until their names are on the disk."""
    missing = [one for one in (path, *path.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(exist_ok=True)
        sync_folder(one.parent)


def write_text(path: Path, text: str) -> None:
    """Write a text file as a whole: a reader of the path finds the old text or the new one."""
    path = real_path(path)
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_text(text, encoding="utf-8", newline="\n")
    sync_file(temporary)
    rename(temporary, path)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a path to write a new file to; when the block ends without an error, that file replaces `path`.

    Raises
    ------
    StoreError
        The disk is full or the folder may not be written.
    """
    path = real_path(path)
    temporary = path.with_name(f".{path.name}.new")
    with writing(path):
        try:
            yield temporary
            sync_file(temporary)
            rename(temporary, path)
        except BaseException:
            remove(temporary)
            raise


def rename(source: Path, target: Path) -> None:
    """Give a synced file or folder its name, in place of a file that has it."""
    source.replace(target)
    sync_folder(target.parent)


def exchange(one: Path, other: Path) -> bool:
    """Swap two names, of files or folders, in one step; return whether the system can."""
    if sys.platform == "linux":
        swapped = _swap("renameat2", _AT_CWD, os.fsencode(one), _AT_CWD, os.fsencode(other), _SWAP)
    elif sys.platform == "darwin":
        swapped = _swap("renamex_np", os.fsencode(one), os.fsencode(other), _SWAP)
    else:
        swapped = False
    if swapped:
        sync_folder(other.parent)
    return swapped


def _swap(function: str, *arguments: int | bytes) -> bool:
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    try:
        failed = getattr(library, function)(*arguments)
    except AttributeError:  # an older C library
        return False
    number = ctypes.get_errno() if failed else 0
    if number and number not in _CANNOT:
        raise OSError(number, os.strerror(number))
    return not failed


def link(source: Path, target: Path) -> bool:
    """Give a file a second name; return whether the file system can."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.ENOENT):
            raise
        return False
    return True


def copy(source: Path, target: Path) -> None:
    """Give a file a second name, or copy it where the file system has no hard links."""
    if not link(source, target):
        shutil.copyfile(source, target)
        sync_file(target)


def remove(path: Path) -> None:
    """Remove a file or folder that nobody needs any more; what cannot be removed now is left for the next writer."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
        return
    try:
        path.unlink(missing_ok=True)
    except OSError:  # Windows: a reader has it open
        return


def expel(path: Path) -> None:
    """Remove a file or folder that must not be there; where it stays, that is an error."""
    remove(path)
    if os.path.lexists(path):
        raise OSError(errno.EBUSY, "it cannot be removed", str(path))


def check_timeout(timeout: float) -> float:
    """Return a number of seconds to wait for other writers, or refuse what is none."""
    if (
        isinstance(timeout, bool)
        or not isinstance(timeout, (int, float))
        or not 0 <= timeout < math.inf
    ):
        raise InvalidInputError("lock_timeout", timeout, "be a number of seconds, at least 0")
    return timeout


@contextmanager
def writer_lock(path: Path, timeout: float) -> Iterator[None]:
    """Hold the lock of the store at `path`; the system releases it when the process exits.

    Parameters
    ----------
    path : Path
        The store; the lock is a file beside it, which stays.
    timeout : float
        Seconds to wait for another writer, at least 0.

    Yields
    ------
    None
        While the lock is held.

    Raises
    ------
    StoreLockedError
        Another writer, in this process or another, still holds it.
    """
    check_timeout(timeout)
    with writing(path):
        make_folder(path.parent)
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
