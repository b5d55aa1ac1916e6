"""Append snapshots to a store: all of them or, where anything fails, none.

A writer prepares the next state of the store beside the present one, which stays whole until the commit. All snapshots of
one instant are in one part, so that a look-up reads one part. Whatever would break that (a second partial snapshot of an
instant, a replaced one) first takes the instant's rows out of the part that holds them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from shortable.errors import InvalidInputError, SnapshotConflictError
from shortable.market import Market
from shortable.store import files
from shortable.store.files import writer_lock
from shortable.store.manifest import (
    Entry,
    Layout,
    Manifest,
    SnapshotList,
    mergers,
    part_name,
    part_number,
)
from shortable.store.parts import PartFile, write_part
from shortable.store.paths import before_path, check_broker, store_path, writable_folder
from shortable.store.rows import Rows, gather, merge
from shortable.store.schema import header
from shortable.store.snapshots import Snapshot, SnapshotRows, digest

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
    market: Market = Market.USA,
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
        In any order; taken one by one, so that a generator may hold more than the memory does.
    market : Market
        Market that the snapshots are of.
    data_folder : str or Path, optional
        Default ``SHORTABLE_DATA``, else ``./data``; created if need be.
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
    market = Market(market)
    name = check_broker(broker)
    path = store_path(writable_folder(data_folder), market, name)
    stored: list[Snapshot] = []
    unchanged: list[Snapshot] = []
    rows = 0
    with writer_lock(path, lock_timeout):
        draft = _Draft(path, header(name, market.value), layout or Layout(), replace=replace)
        try:
            for count, one in enumerate(snapshots, 1):
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


@dataclass(frozen=True, slots=True)
class _Part:
    path: Path
    rows: int
    entries: tuple[Entry, ...]
    new: bool  # written by this draft, so nobody else reads it


class _Draft:
    """The next state of a store: `add` takes snapshots, `commit` makes all of them visible, `roll_back` none."""

    def __init__(
        self, path: Path, head: Mapping[str, str], layout: Layout, *, replace: bool
    ) -> None:
        self.path, self.head, self.layout, self.replace = path, head, layout, replace
        self.replaced: list[Entry] = []
        _recover(path)
        self._grown = path.is_dir()
        self._room = path if self._grown else path.with_name(f".{path.name}.growing")
        self._parts: dict[int, _Part] = {}
        self._retired: list[int] = []
        self._manifest: Manifest | None = None
        self._next = 1
        if self._grown:
            self._load_manifest()
        elif path.exists():
            file = PartFile(path)
            self._parts[0] = _Part(path, file.rows, tuple(file.snapshots.entries()), new=False)
        self._at: dict[int, list[Entry]] = {}
        self._where: dict[int, int] = {}
        for number, part in self._parts.items():
            for entry in part.entries:
                self._at.setdefault(entry.as_of, []).append(entry)
                self._where[entry.as_of] = number
        self._kind = next((e.kind for part in self._parts.values() for e in part.entries), None)
        self._pending: dict[int, list[tuple[Entry, SnapshotRows]]] = {}
        self._pending_rows = 0
        self._dropped: set[int] = set()

    def _load_manifest(self) -> None:
        with files.present(self.path):
            manifest = self._manifest = Manifest.read(self.path)
        entries = manifest.snapshots.entries()
        for at, (number, rows) in enumerate(zip(manifest.numbers, manifest.rows, strict=True)):
            mine = tuple(entries[i] for i in np.flatnonzero(manifest.part_of == at).tolist())
            self._parts[number] = _Part(self.path / part_name(number), rows, mine, new=False)
        self._next = manifest.next_number
        _sweep(self.path, manifest)

    def add(self, snapshot: SnapshotRows) -> tuple[Entry, bool]:
        """Take a snapshot; return its entry in the list, and whether it is new.

        Raises
        ------
        SnapshotConflictError
            There is another complete snapshot of that instant and `replace` is False; or one of another kind or
            venue. Contradictions with a partial snapshot are found by `flush`.
        """
        entry = Entry(
            snapshot.as_of,
            snapshot.complete,
            snapshot.rows,
            snapshot.made_up,
            digest(snapshot.table),
            snapshot.kind,
            snapshot.venue,
            snapshot.unreadable,
            snapshot.session.toordinal() if snapshot.session else 0,
        )
        there = self._at.setdefault(snapshot.as_of, [])
        if entry in there:
            return entry, False
        self._check_kind_and_venue(entry, there)
        rival = next((e for e in there if e.complete), None) if snapshot.complete else None
        if rival is not None:
            if not self.replace:
                raise SnapshotConflictError(
                    f"the store holds another complete snapshot of {_shown(snapshot.as_of)}: it has {rival.rows:,} "
                    f"rows, the new one {entry.rows:,}. Pass replace=True to replace it with the new one."
                )
            self._drop(snapshot.as_of)
        self._at[snapshot.as_of].append(entry)
        self._pending.setdefault(snapshot.as_of, []).append((entry, snapshot))
        self._pending_rows += snapshot.rows
        if self._pending_rows >= self.layout.part_rows:
            self.flush()
        return entry, True

    def _check_kind_and_venue(self, new: Entry, there: list[Entry]) -> None:
        if self._kind not in (None, new.kind):
            raise SnapshotConflictError(
                f"{self.path} holds snapshots of kind {self._kind!r}, and the new one is of kind {new.kind!r}. "
                "Keep each kind under a broker name of its own."
            )
        self._kind = new.kind
        other = next((e.venue for e in there if e.venue != new.venue), None)
        if other is not None:
            raise SnapshotConflictError(
                f"the store holds a snapshot of {_shown(new.as_of)} of {other or 'the whole market'}, and the new one is "
                f"of {new.venue or 'the whole market'}. Keep each venue under a broker name of its own."
            )
        if any(e.session != new.session for e in there):
            raise SnapshotConflictError(
                f"the store holds a snapshot of {_shown(new.as_of)} that limits another session than the new one, "
                f"{date.fromordinal(new.session)}. One publication names one session (S15)."
            )

    def _drop(self, instant: int) -> None:
        self.replaced += self._at[instant]
        self._at[instant] = []
        self._pending_rows -= sum(one.rows for _, one in self._pending.pop(instant, []))
        if instant in self._where:
            self._dropped.add(instant)

    def flush(self) -> None:
        """Write what is pending as a part.

        Raises
        ------
        SnapshotConflictError
            Two snapshots of one instant state a symbol differently, and `replace` is False.
        """
        if not self._pending:
            return
        instants = [t for t in self._pending if t in self._where]
        batches = self._pull_out({*instants, *self._dropped}, self._dropped)
        arrived = [one for these in self._pending.values() for _, one in these]
        rows, contradictions = merge([*batches, gather(arrived)])
        if contradictions.instants:
            if not self.replace:
                raise SnapshotConflictError(
                    f"two snapshots at {_shown(contradictions.instants[0])} state {contradictions.ticker} "
                    f"({contradictions.currency}) differently. Pass replace=True to let the new one stand."
                )
            self._fold(contradictions.instants, rows)
        self._put(rows, self._pending)
        self._pending, self._pending_rows, self._dropped = {}, 0, set()

    def _fold(self, instants: list[int], rows: Rows) -> None:
        """List all that the newest snapshot of an instant has overwritten as one entry, with the digest of its rows now."""
        for instant, (count, mark) in rows.digests(instants).items():
            *older, newest = self._at[instant]
            self.replaced += older
            merged = newest._replace(
                complete=any(e.complete for e in older),
                rows=count,
                made_up=any(e.made_up for e in older),
                digest=mark,
                unreadable=tuple(sorted({ticker for e in older for ticker in e.unreadable})),
            )
            self._at[instant] = [merged, newest] if merged != newest else [newest]

    def _pull_out(self, instants: set[int], dropped: set[int]) -> list[Rows]:
        """Take instants out of the parts that hold them; return their rows, without those of the dropped ones."""
        found = []
        wanted = np.array(sorted(instants - dropped), dtype=np.int64)
        gone = np.array(sorted(instants), dtype=np.int64)
        for number in sorted({self._where[t] for t in instants if t in self._where}):
            rows = self._read(number)
            found.append(rows.take(np.isin(rows.as_of, wanted)))
            stay = {e.as_of for e in self._parts[number].entries} - instants
            self._discard(number)
            if stay:
                self._put(rows.take(~np.isin(rows.as_of, gone)).compact(), stay)
        for instant in dropped:
            self._where.pop(instant, None)
        return found

    def _put(self, rows: Rows, instants: Iterable[int]) -> int:
        number, self._next = self._next, self._next + 1
        path = self._room / part_name(number)
        entries = tuple(e for t in instants for e in self._at[t])
        with files.writing(path):
            self._room.mkdir(exist_ok=True)
            write_part(path, rows, SnapshotList.of(entries), self.head)
            files.sync_file(path)
        self._parts[number] = _Part(path, len(rows), entries, new=True)
        self._where.update(dict.fromkeys((e.as_of for e in entries), number))
        return number

    def _read(self, number: int) -> Rows:
        path = self._parts[number].path
        with files.present(path):
            return PartFile(path).read()

    def _discard(self, number: int) -> None:
        part = self._parts.pop(number)
        if part.new:
            files.remove(part.path)
        else:
            self._retired.append(number)

    def _unite(self, numbers: Iterable[int]) -> int:
        numbers = list(numbers)
        rows, _ = merge([self._read(number) for number in numbers])
        instants = {e.as_of for number in numbers for e in self._parts[number].entries}
        for number in numbers:
            self._discard(number)
        return self._put(rows, sorted(instants))

    def commit(self) -> None:
        """Replace the store with the draft; nothing is touched where nothing is new."""
        self.flush()
        if not any(part.new for part in self._parts.values()):
            return
        if (
            not self._grown
            and sum(part.rows for part in self._parts.values()) <= self.layout.single_file_rows
        ):
            number = next(iter(self._parts)) if len(self._parts) == 1 else self._unite(self._parts)
            with files.writing(self.path):
                files.rename(self._parts[number].path, self.path)
            files.remove(self._room)
            return
        self._merge_small()
        with files.writing(self.path):
            if self._grown:
                self._write_manifest()
                for number in self._manifest.retired if self._manifest else ():
                    files.remove(self.path / part_name(number))
            else:
                self._become_folder()

    def _merge_small(self) -> None:
        while True:
            numbers = list(self._parts)
            sizes = [(min(e.as_of for e in p.entries), p.rows) for p in self._parts.values()]
            groups = mergers(sizes, self.layout)
            if not groups:
                return
            for group in groups:
                self._unite(numbers[i] for i in group)

    def _write_manifest(self) -> None:
        parts = sorted(self._parts.items(), key=lambda item: min(e.as_of for e in item[1].entries))
        position = {number: at for at, (number, _) in enumerate(parts)}
        snapshots = SnapshotList.of(e for _, part in parts for e in part.entries)
        part_of = np.array(
            [position[self._where[t]] for t in snapshots.as_of.tolist()], dtype=np.int32
        )
        numbers, rows = tuple(position), tuple(part.rows for _, part in parts)
        Manifest(numbers, rows, snapshots, part_of, tuple(self._retired), self._next).write(
            self._room, self.head
        )

    def _become_folder(self) -> None:
        before = before_path(self.path)
        if 0 in self._parts:
            files.copy(self.path, self._room / part_name(0))
        self._retired.clear()
        self._write_manifest()
        if self.path.exists():
            files.rename(self.path, before)
        files.rename(self._room, self.path)
        files.remove(before)

    def roll_back(self) -> None:
        """Remove what was prepared; after a commit there is nothing to remove."""
        _recover(self.path)
        if self._grown:
            _sweep(self.path, Manifest.read(self.path))


def _recover(path: Path) -> None:
    """Remove what an interrupted writer left beside the store; the caller holds the lock."""
    before = before_path(path)
    with files.writing(path):
        if before.exists():
            if path.exists():
                files.remove(before)
            else:
                files.rename(before, path)
        files.remove(path.with_name(f".{path.name}.growing"))


def _sweep(folder: Path, manifest: Manifest) -> None:
    """Remove parts that no manifest names: a writer was interrupted before it could name them."""
    known = {*manifest.numbers, *manifest.retired}
    for file in folder.iterdir():
        number = part_number(file.name)
        if number is not None and number not in known:
            files.remove(file)


def _shown(instant: int) -> str:
    return str(np.datetime64(instant, "us")) + "Z"
