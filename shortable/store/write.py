"""Append snapshots to a store."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from shortable.errors import SnapshotConflictError
from shortable.store.part import PartFile, write_part
from shortable.store.paths import check_broker, store_path, writable_folder
from shortable.store.rows import Rows, gather, merge
from shortable.store.schema import header
from shortable.store.snapshot_list import SnapshotList
from shortable.store.snapshots import Snapshot, SnapshotRows, digest
from shortable.symbol import Market

__all__ = ["AppendReport", "append"]


@dataclass(frozen=True, slots=True)
class AppendReport:
    """What `append` did."""

    stored: tuple[Snapshot, ...]
    """Snapshots that were new."""
    unchanged: tuple[Snapshot, ...]
    """Snapshots that stood there already."""
    rows: int
    """Rows of those stored."""
    path: Path
    """The store."""


def append(
    broker: str,
    snapshots: Iterable[SnapshotRows],
    *,
    market: Market = Market.USA,
    data_folder: str | Path | None = None,
    replace: bool = False,
    lock_timeout: float = 10.0,
    progress: Callable[[int, int], None] | None = None,
) -> AppendReport:
    """Append snapshots of one market to a broker's store."""
    market = Market(market)
    path = store_path(writable_folder(data_folder), market, check_broker(broker))
    path.parent.mkdir(parents=True, exist_ok=True)
    old: list[Rows] = []
    entries: list[tuple[int, bool, int, bool, bytes]] = []
    if path.exists():
        file = PartFile(path)
        whole = file.read()
        old.append(Rows(whole.tickers, whole.currencies, whole.codes, whole.as_of, whole.columns))
        entries = file.snapshots.entries()
    stored, unchanged, new = [], [], []
    for count, one in enumerate(snapshots, 1):
        mark = digest(one.table)
        entry = (one.as_of, one.complete, one.rows, one.made_up, mark)
        shown = Snapshot(market, one.as_of, one.complete, one.rows, mark.hex(), one.made_up)
        if entry in entries:
            unchanged.append(shown)
        elif one.complete and any(e[0] == one.as_of and e[1] for e in entries):
            raise SnapshotConflictError(f"another complete snapshot stands at {one.as_of}")
        else:
            entries.append(entry)
            stored.append(shown)
            new.append(one)
        if progress is not None:
            progress(count, sum(s.rows for s in stored))
    if new:
        temporary = path.with_name(f".{path.name}.new")
        rows = merge([*old, gather(new)]) if old else gather(new)
        write_part(temporary, rows, SnapshotList.of(entries), header(broker, market.value))
        temporary.replace(path)
    return AppendReport(tuple(stored), tuple(unchanged), sum(s.rows for s in stored), path)
