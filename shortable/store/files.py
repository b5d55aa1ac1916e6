"""Changes to the file system that survive a crash: synced first, renamed after, and all of them through here."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shortable.errors import StoreError

__all__ = ["copy", "remove", "rename", "sync_file", "sync_folder", "write_text", "writing"]


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the system says (no permission, disk full) into `StoreError` with the path."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"cannot write {path}: {error.strerror or error}. The store is as it was."
        ) from error


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


def write_text(path: Path, text: str) -> None:
    """Write a file as a whole: whoever opens the path finds the old text or the new one."""
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_text(text, encoding="utf-8")
    sync_file(temporary)
    rename(temporary, path)


def rename(source: Path, target: Path) -> None:
    """Give a synced file or folder its name, in place of a file that has it."""
    source.replace(target)
    sync_folder(target.parent)


def copy(source: Path, target: Path) -> None:
    """Give a file a second name, or a copy where the file system has no hard links."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
        sync_file(target)


def remove(path: Path) -> None:
    """Remove a file or folder that nobody needs any more; one that cannot go now is left for the next writer."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
        return
    try:
        path.unlink(missing_ok=True)
    except OSError:  # Windows: a reader has it open
        return
