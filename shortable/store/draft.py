"""The next state of a store while a writer prepares it, beside the present one, which stays whole until `commit`.

All snapshots of one instant lie in one part, so a look-up reads one part. Whatever would break that (a second
partial snapshot of an instant, a replaced one) first pulls the instant out of the part where it lies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from shortable.errors import SnapshotConflictError
from shortable.store import files
from shortable.store.layout import Layout, mergers
from shortable.store.manifest import Manifest, part_name, part_number
from shortable.store.part import PartFile, present, write_part
from shortable.store.paths import before_path
from shortable.store.rows import Rows, gather, merge
from shortable.store.snapshot_list import Entry, SnapshotList
from shortable.store.snapshots import SnapshotRows, digest

__all__ = ["Draft"]


@dataclass(frozen=True, slots=True)
class _Part:
    path: Path
    rows: int
    entries: tuple[Entry, ...]
    new: bool  # written by this draft, so nobody else reads it


class Draft:
    """Snapshots go in by `add`; `commit` makes them visible all at once, `roll_back` makes them never have been."""

    def __init__(
        self, path: Path, head: Mapping[str, str], layout: Layout, *, replace: bool
    ) -> None:
        self.path, self.head, self.layout, self.replace = path, head, layout, replace
        self.replaced: list[Entry] = []
        recover(path)
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
                self._at.setdefault(entry[0], []).append(entry)
                self._where[entry[0]] = number
        self._pending: dict[int, list[tuple[Entry, SnapshotRows]]] = {}
        self._pending_rows = 0
        self._dropped: set[int] = set()

    def _load_manifest(self) -> None:
        with present(self.path):
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
            Another complete snapshot stands at that instant, and `replace` is off. Contradictions with a partial
            one are found by `flush`.
        """
        entry = (
            snapshot.as_of,
            snapshot.complete,
            snapshot.rows,
            snapshot.made_up,
            digest(snapshot.table),
        )
        there = self._at.setdefault(snapshot.as_of, [])
        if entry in there:
            return entry, False
        rival = next((e for e in there if e[1]), None) if snapshot.complete else None
        if rival is not None:
            if not self.replace:
                raise SnapshotConflictError(
                    f"another complete snapshot stands at {_shown(snapshot.as_of)}: it has {rival[2]:,} rows, the new "
                    f"one {entry[2]:,}. Pass replace=True to put the new one in its place."
                )
            self._drop(snapshot.as_of)
        self._at[snapshot.as_of].append(entry)
        self._pending.setdefault(snapshot.as_of, []).append((entry, snapshot))
        self._pending_rows += snapshot.rows
        if self._pending_rows >= self.layout.part_rows:
            self.flush()
        return entry, True

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
            Two snapshots of one instant state a symbol differently, and `replace` is off.
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
        """List what the newest snapshot of an instant has overwritten as one, with the digest of what there is now."""
        for instant, (count, mark) in rows.digests(instants).items():
            *older, newest = self._at[instant]
            self.replaced += older
            merged = (instant, any(e[1] for e in older), count, any(e[3] for e in older), mark)
            self._at[instant] = [merged, newest] if merged != newest else [newest]

    def _pull_out(self, instants: set[int], dropped: set[int]) -> list[Rows]:
        """Take instants out of the parts where they lie; return their rows but those of the dropped ones."""
        found = []
        wanted = np.array(sorted(instants - dropped), dtype=np.int64)
        gone = np.array(sorted(instants), dtype=np.int64)
        for number in sorted({self._where[t] for t in instants if t in self._where}):
            rows = self._read(number)
            found.append(rows.take(np.isin(rows.as_of, wanted)))
            stay = {e[0] for e in self._parts[number].entries} - instants
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
        self._where.update(dict.fromkeys((e[0] for e in entries), number))
        return number

    def _read(self, number: int) -> Rows:
        path = self._parts[number].path
        with present(path):
            return PartFile(path).read_rows()

    def _discard(self, number: int) -> None:
        part = self._parts.pop(number)
        if part.new:
            files.remove(part.path)
        else:
            self._retired.append(number)

    def _unite(self, numbers: Iterable[int]) -> int:
        numbers = list(numbers)
        rows, _ = merge([self._read(number) for number in numbers])
        instants = {e[0] for number in numbers for e in self._parts[number].entries}
        for number in numbers:
            self._discard(number)
        return self._put(rows, sorted(instants))

    def commit(self) -> None:
        """Make the draft the store; nothing is touched where nothing is new."""
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
            sizes = [(min(e[0] for e in p.entries), p.rows) for p in self._parts.values()]
            groups = mergers(sizes, self.layout)
            if not groups:
                return
            for group in groups:
                self._unite(numbers[i] for i in group)

    def _write_manifest(self) -> None:
        parts = sorted(self._parts.items(), key=lambda item: min(e[0] for e in item[1].entries))
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
        """Remove whatever was prepared; after a commit there is nothing to remove."""
        recover(self.path)
        if self._grown:
            _sweep(self.path, Manifest.read(self.path))


def recover(path: Path) -> None:
    """Clear what an interrupted writer left beside the store; call it with the lock held."""
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
