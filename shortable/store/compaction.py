"""Compact a store: the same rows in few, dense parts."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shortable.arguments import check_kind
from shortable.errors import InvalidInputError
from shortable.market import Market
from shortable.store.draft import Draft
from shortable.store.files import real_path, writer_lock
from shortable.store.manifest import Layout
from shortable.store.paths import check_broker
from shortable.store.paths import data_folder as find_folder
from shortable.store.place import LocalPlace, Place
from shortable.store.read import open_store
from shortable.store.remote import is_remote
from shortable.store.schema import header

__all__ = ["CompactReport", "compact"]

_LISTING = 1.0  # seconds in which any tool has listed a folder: until then the folder of the state before stays


@dataclass(frozen=True, slots=True)
class CompactReport:
    """What `compact` did."""

    path: Path
    """The store."""
    rows: int
    """Rows of the store: the same before and after."""
    parts_before: int
    """Parts, 1 for a file."""
    parts_after: int
    """Parts, 1 for a file."""
    bytes_before: int
    """Of its parts and manifest."""
    bytes_after: int
    """Of its parts and manifest."""


def compact(
    broker: str,
    *,
    market: Market | str = Market.USA,
    data_folder: str | Path | None = None,
    lock_timeout: float = 10.0,
    progress: Callable[[int, int], None] | None = None,
    layout: Layout | None = None,
) -> CompactReport:
    """Rewrite a store's many small parts as few, dense ones, sorted by symbol; no answer changes.

    Parameters
    ----------
    broker : str
        Letters a to z, digits, ``-`` and ``_``.
    market : Market
    data_folder : str or Path, optional
        Default: the environment's ``SHORTABLE_DATA``, else ``./data`` if it holds a store.
    lock_timeout : float
        Seconds to wait for another writer.
    progress : callable, optional
        Called with the numbers of new parts written and of all to be written.
    layout : Layout, optional
        `part_rows` is the size of the new parts.

    Returns
    -------
    CompactReport
        Parts of the full size that an earlier call wrote stay; where all are, nothing is touched.

    Raises
    ------
    UnknownBrokerError
        There is no such store.
    StoreLockedError
        Another writer is at work.
    CorruptStoreError, SchemaVersionError
        The store cannot be read; it is as it was.
    StoreError
        The disk is full or the folder may not be written; the store is as it was.

    Notes
    -----
    The disk holds both states until the new one takes the place of the old. Releases that do not know schema version 4
    refuse a compacted store.
    """
    market = Market.of(market)
    name = check_broker(broker)
    if progress is not None and not callable(progress):
        raise InvalidInputError("progress", progress, "be a function of two numbers")
    if layout is not None:
        check_kind("layout", layout, Layout, "be a Layout")
    found = find_folder(data_folder, remote=True)
    folder = Path("data") if found.made_up else found.path  # nobody's installed sample is rewritten
    path = open_store(name, market=market, data_folder=folder).path

    def write(place: Place) -> CompactReport:
        draft = Draft(place, path, header(name, market.value), layout or Layout())
        parts, size = draft.n_parts, place.size()
        try:
            changed = draft.compact(progress)
        except BaseException:
            draft.roll_back()
            raise
        if changed and not is_remote(path):
            time.sleep(_LISTING)
            place.forget_before()
        return CompactReport(path, draft.rows, parts, draft.n_parts, size, place.size())

    if is_remote(path):
        from shortable.store.object_place import committed

        return committed(path, lock_timeout, write)
    with writer_lock(real_path(path), lock_timeout):
        return write(LocalPlace(real_path(path)))
