"""Files on their way: waiting to be imported, kept raw, or refused; each appears as a whole, or not at all.

::

    collect/<source>/
      incoming/<time>-<n>/     a whole file and item.json; imported, and then removed
      raw/<year>/<month>/<time>/   imported files, gzipped, where they are kept
      refused/<time>/          files that could not be imported, gzipped, each with its reason; the newest fifty
      state.json               what is known of each file
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shortable.collect.fetch import Known

__all__ = ["Archive", "Item"]

_KEPT = 50
_STAMP = "%Y%m%dT%H%M%S.%fZ"


@dataclass(frozen=True, slots=True)
class Item:
    """A whole file that was fetched and is not yet imported."""

    key: str
    """Its name."""
    data: bytes
    """Its bytes."""
    retrieved: datetime
    """When it was whole here, aware, UTC."""
    known: Known
    """By what the next request recognises it."""
    options: dict[str, Any]
    """Options of the importer, plain values."""
    tries: int = 0
    """How often an import of it was begun."""
    place: Path | None = None
    """Its folder under ``incoming``; None: it is in memory alone, because the disk was full."""


class Archive:
    """The folder of one source's collector; the caller holds its lock.

    Parameters
    ----------
    folder : Path
        ``<data folder>/collect/<source>``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._count = 0

    def add(self, item: Item) -> Item:
        """Put a file where it waits to be imported, and return it with its place.

        Raises
        ------
        OSError
            The disk is full, or the folder may not be written.
        """
        self._count += 1
        name = f"{item.retrieved.strftime(_STAMP)}-{self._count:04}"
        incoming = self.folder / "incoming"
        made = incoming / f".new-{name}"
        try:
            made.mkdir(parents=True)
            _write(made / item.key, item.data)
            _write(made / "item.json", _as_json(item))
            _sync_folder(made)
            made.replace(incoming / name)
            _sync_folder(incoming)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
        return replace(item, place=incoming / name)

    def waiting(self) -> Iterator[Item]:
        """Return what waits, oldest first, and remove what an interrupted process left half done."""
        incoming = self.folder / "incoming"
        if not incoming.is_dir():
            return
        for place in sorted(incoming.iterdir()):
            try:
                item = None if place.name.startswith(".") else _read(place)
            except (ValueError, KeyError):  # damaged on the disk: kept for a person to look at
                (self.folder / "refused").mkdir(exist_ok=True)
                place.replace(self.folder / "refused" / f"damaged-{place.name}")
                continue
            if item is None:
                shutil.rmtree(place, ignore_errors=True)
            else:
                yield item

    def note_try(self, item: Item) -> Item:
        """Count a try before it is made, so that a file at which the process dies is not tried for ever."""
        item = replace(item, tries=item.tries + 1)
        if item.place is not None:
            _replace(item.place / "item.json", _as_json(item))
        return item

    def forget_tries(self, item: Item) -> None:
        """Begin to count tries anew: the process lived through the last one."""
        if item.place is None or not item.tries:
            return
        try:
            _replace(item.place / "item.json", _as_json(replace(item, tries=0)))
        except OSError:  # the disk is full: counted one too many
            return

    def remove(self, item: Item) -> None:
        """Forget a file that was imported or refused."""
        if item.place is None:
            return
        (item.place / item.key).unlink(missing_ok=True)
        shutil.rmtree(item.place, ignore_errors=True)

    def keep_raw(self, item: Item) -> Path:
        """Keep a file as it was fetched, gzipped; return where."""
        room = self.folder / "raw" / f"{item.retrieved:%Y}" / f"{item.retrieved:%m}"
        return _pack(room / item.retrieved.strftime(_STAMP), item)

    def refuse(self, item: Item, reason: str) -> Path:
        """Keep a file that could not be imported, gzipped, with its reason; return where."""
        room = self.folder / "refused"
        path = _pack(room / item.retrieved.strftime(_STAMP), item)
        text = f"{item.key}\nfetched {item.retrieved.isoformat()}\n{reason}\n"
        _replace(path.with_suffix(".txt"), text.encode("utf-8"))
        for old in sorted(one for one in room.iterdir() if one.name[:1].isdigit())[:-_KEPT]:
            shutil.rmtree(old, ignore_errors=True)
        return path


def _pack(room: Path, item: Item) -> Path:
    """Write a file gzipped, under the name that its importer may read something from."""
    room.mkdir(parents=True, exist_ok=True)
    path = room / f"{item.key}.gz"
    _replace(path, gzip.compress(item.data, mtime=0))
    return path


def _as_json(item: Item) -> bytes:
    document = {
        "key": item.key,
        "retrieved": item.retrieved.astimezone(UTC).isoformat(),
        "etag": item.known.etag,
        "modified": item.known.modified,
        "md5": item.known.md5,
        "options": item.options,
        "tries": item.tries,
    }
    return json.dumps(document, indent=1).encode("utf-8")


def _read(place: Path) -> Item | None:
    """Return the file that waits in a folder; None where there is none any more."""
    try:
        described = json.loads((place / "item.json").read_text(encoding="utf-8"))
        return Item(
            described["key"],
            (place / described["key"]).read_bytes(),
            datetime.fromisoformat(described["retrieved"]),
            Known(described["etag"], described["modified"], described["md5"]),
            described["options"],
            described["tries"],
            place,
        )
    except (FileNotFoundError, NotADirectoryError):
        return None


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _replace(path: Path, data: bytes) -> None:
    made = path.with_name(f".{path.name}.new")
    try:
        with made.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        made.replace(path)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(path: Path) -> None:
    if os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
