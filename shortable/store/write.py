"""Append snapshots to a store: all of them or, where anything fails, none."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from shortable.arguments import check_kind
from shortable.errors import InvalidInputError
from shortable.market import Market
from shortable.store.draft import Draft
from shortable.store.files import real_path, writer_lock
from shortable.store.manifest import Layout
from shortable.store.paths import check_broker, store_path, writable_folder
from shortable.store.place import LocalPlace, Place
from shortable.store.remote import is_remote
from shortable.store.schema import header
from shortable.store.snapshots import Snapshot, SnapshotRows

__all__ = ["AppendReport", "append"]


@dataclass(frozen=True, slots=True)
class AppendReport:
    """What `append` did."""

    stored: tuple[Snapshot, ...]
    """Snapshots that were new, in the order given."""
    unchanged: tuple[Snapshot, ...]
    """Snapshots that the store held already."""
    rows: int
    """Rows of those stored."""
    path: Path
    """The store: a file, or a folder when it has grown."""
    replaced: tuple[Snapshot, ...] = ()
    """Snapshots that were replaced, with ``replace=True``."""


def append(
    broker: str,
    snapshots: Iterable[SnapshotRows],
    *,
    market: Market | str = Market.USA,
    data_folder: str | Path | None = None,
    replace: bool = False,
    lock_timeout: float = 10.0,
    progress: Callable[[int, int], None] | None = None,
    layout: Layout | None = None,
) -> AppendReport:
    """Append snapshots of one market to a broker's store, all of them or, where anything fails, none.

    Parameters
    ----------
    broker : str
        Letters a to z, digits, ``-`` and ``_``.
    snapshots : iterable of SnapshotRows
        In any order; taken one by one, so that a generator may hold more than the memory does (not in object storage,
        where they may be needed again).
    market : Market
        Market that the snapshots are of.
    data_folder : str or Path, optional
        Default ``SHORTABLE_DATA``, else ``./data``; created if need be. Or ``s3://bucket/prefix``, with the extra ``s3``.
    replace : bool
        Default: refuse a snapshot that contradicts the store. True: let it replace what it contradicts; a complete
        snapshot replaces everything stated at its instant, a partial one the rows that it names.
    lock_timeout : float
        Seconds to wait for another writer.
    progress : callable, optional
        Called after each snapshot with the numbers of snapshots taken and of rows stored so far.
    layout : Layout, optional
        Sizes of the files; the default suits 22 million daily rows and a year of 15-minute snapshots.

    Returns
    -------
    AppendReport
        A snapshot that the store holds already is ``unchanged``; if all are, no file is touched.

    Raises
    ------
    SnapshotConflictError
        The store holds a different snapshot of the same instant and `replace` is False; or snapshots of another
        kind, or of another venue or session at the same instant.
    StoreLockedError
        Another writer is at work.
    CorruptStoreError, SchemaVersionError
        The present store cannot be read.
    StoreError
        The disk is full or the folder may not be written.
    InvalidInputError
        `broker` is not a valid name, `market` not a market, or `snapshots` holds something else.
    """
    market = Market.of(market)
    name = check_broker(broker)
    check_kind("snapshots", snapshots, Iterable, "be a sequence of snapshots")
    if progress is not None and not callable(progress):
        raise InvalidInputError("progress", progress, "be a function of two numbers")
    if layout is not None:
        check_kind("layout", layout, Layout, "be a Layout")
    path = store_path(writable_folder(data_folder, remote=True), market, name)

    def write(place: Place, given: Iterable[SnapshotRows]) -> AppendReport:
        head = header(name, market.value)
        draft = Draft(place, path, head, layout or Layout(), replace=replace)
        stored: list[Snapshot] = []
        unchanged: list[Snapshot] = []
        rows = 0
        try:
            for count, one in enumerate(given, 1):
                if not isinstance(one, SnapshotRows):
                    raise InvalidInputError(
                        "snapshots", one, "hold what shortable.store.make_snapshot returns"
                    )
                entry, new = draft.add(one)
                (stored if new else unchanged).append(entry.snapshot(market))
                rows += one.rows if new else 0
                if progress is not None:
                    progress(count, rows)
            draft.commit()
        except BaseException:
            draft.roll_back()
            raise
        replaced = tuple(entry.snapshot(market) for entry in draft.replaced)
        return AppendReport(tuple(stored), tuple(unchanged), rows, path, replaced)

    if is_remote(path):
        from shortable.store.object_place import committed

        held = list(snapshots)  # taken again whenever another writer was faster
        return committed(path, lock_timeout, lambda place: write(place, held))
    with writer_lock(real_path(path), lock_timeout):
        return write(LocalPlace(real_path(path)), snapshots)
