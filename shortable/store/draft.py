"""The next state of a store: what is added to the present one, and which parts hold it.

All snapshots of one instant are in one part, so that a look-up reads one part. Whatever would break that (a second partial
snapshot of an instant, a replaced one) first takes the instant's rows out of the part that holds them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from shortable.errors import SnapshotConflictError
from shortable.store.manifest import Layout, Manifest, mergers
from shortable.store.place import Place
from shortable.store.rows import Rows, gather, merge
from shortable.store.schema import check_place
from shortable.store.snapshot_list import Entry, SnapshotList
from shortable.store.snapshots import SnapshotRows, digest

__all__ = ["Draft"]


@dataclass(frozen=True, slots=True)
class _Part:
    rows: int
    digest: str
    dense: bool  # written by compaction
    new: bool  # written by this draft, so nobody else reads it


class Draft:
    """The next state of a store: `add` takes snapshots, `commit` makes all of them visible, `roll_back` none.

    Parameters
    ----------
    place : Place
        Where the store lies.
    path : Path
        What it is called in messages.
    head : mapping
        From `shortable.store.schema.header`.
    layout : Layout
    replace : bool
        Let a snapshot replace what it contradicts.
    """

    def __init__(
        self,
        place: Place,
        path: Path,
        head: Mapping[str, str],
        layout: Layout,
        *,
        replace: bool = False,
    ) -> None:
        self.path, self.layout, self.replace = path, layout, replace
        self.replaced: list[Entry] = []
        self._place, self._head = place, head
        self._parts: dict[int, _Part] = {}
        self._list, self._number = SnapshotList.of([]), np.empty(0, dtype=np.int64)
        self._next = 1
        self._present = place.present()
        if self._present is not None:
            self._load(self._present)
        self._kind = self._list.kinds.get(0, "pool") if len(self._list) else None
        self._at: dict[int, list[Entry]] = {}  # of the instants that this draft has looked at
        self._pending: dict[int, list[tuple[Entry, SnapshotRows]]] = {}
        self._pending_rows = 0
        self._dropped: set[int] = set()

    def _load(self, present: Manifest) -> None:
        check_place(present.head, self._head["broker"], self._head["market"], self.path)
        for at, number in enumerate(present.numbers):
            self._parts[number] = _Part(
                present.rows[at], present.digests[at], number in present.dense, new=False
            )
        self._list = present.snapshots
        self._number = np.array(present.numbers, dtype=np.int64)[present.part_of]
        self._next = present.next_number

    @property
    def n_parts(self) -> int:
        """Parts, of the present state until something is added."""
        return len(self._parts)

    @property
    def rows(self) -> int:
        """Rows of those parts."""
        return sum(part.rows for part in self._parts.values())

    def _there(self, instant: int) -> list[Entry]:
        if instant not in self._at:
            self._at[instant] = self._list.at(instant)
        return self._at[instant]

    def _where(self, instant: int) -> int | None:
        """Return the number of the part that holds an instant's rows, None where none does yet."""
        at = int(np.searchsorted(self._list.as_of, instant))
        found = at < len(self._list) and self._list.as_of[at] == instant
        return int(self._number[at]) if found else None

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
        there = self._there(snapshot.as_of)
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
        replaces = self.replace and new.complete and any(e.complete for e in there)
        if any(e.session != new.session for e in there) and not replaces:
            raise SnapshotConflictError(
                f"the store holds a snapshot of {_shown(new.as_of)} that limits another session than the new one, "
                f"{date.fromordinal(new.session)}. One publication names one session (S15)."
            )

    def _drop(self, instant: int) -> None:
        self.replaced += self._at[instant]
        self._at[instant] = []
        self._pending_rows -= sum(one.rows for _, one in self._pending.pop(instant, []))
        if self._where(instant) is not None:
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
        instants = {t for t in self._pending if self._where(t) is not None}
        batches = self._pull_out(instants | self._dropped, self._dropped)
        arrived = [one for these in self._pending.values() for _, one in these]
        rows, contradictions = merge([*batches, gather(arrived)])
        if contradictions.instants:
            if not self.replace:
                raise SnapshotConflictError(
                    f"two snapshots at {_shown(contradictions.instants[0])} state {contradictions.ticker} "
                    f"({contradictions.currency}) differently. Pass replace=True to let the new one stand."
                )
            self._fold(contradictions.instants, rows)
        self._put(rows, SnapshotList.of(e for t in self._pending for e in self._at[t]))
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
        for number in np.unique(self._number[np.isin(self._list.as_of, gone)]).tolist():
            rows = self._read(number)
            found.append(rows.take(np.isin(rows.as_of, wanted)))
            mine = self._list.take(self._number == number)
            stay = mine.take(~np.isin(mine.as_of, gone))
            self._discard([number])
            if len(stay):
                self._put(rows.take(~np.isin(rows.as_of, gone)).compact(), stay)
        return found

    def _put(self, rows: Rows, snapshots: SnapshotList, *, dense: bool = False) -> int:
        number, self._next = self._place.new_number(self._next), self._next + 1
        mark = self._place.write_part(number, rows, snapshots, self._head, dense=dense)
        self._parts[number] = _Part(len(rows), mark, dense, new=True)
        self._list, order = self._list.joined(snapshots)
        numbers = np.full(len(snapshots), number, dtype=np.int64)
        self._number = np.concatenate([self._number, numbers])[order]
        return number

    def _read(self, number: int) -> Rows:
        file = self._place.open_part(number)
        if self._present is not None and not self._parts[number].new:
            self._present.check(self._present.numbers.index(number), file)
        rows = file.read()
        file.close()
        return rows

    def _discard(self, numbers: list[int]) -> None:
        """End parts, and take their snapshots out of the list."""
        for number in numbers:
            del self._parts[number]
            self._place.forget(number)
        stay = ~np.isin(self._number, numbers)
        self._list, self._number = self._list.take(stay), self._number[stay]

    def _unite(self, numbers: Iterable[int], *, dense: bool = False) -> int:
        numbers = list(numbers)
        rows, _ = merge([self._read(number) for number in numbers])
        snapshots = self._list.take(np.isin(self._number, numbers))
        self._discard(numbers)
        return self._put(rows, snapshots, dense=dense)

    def compact(self, progress: Callable[[int, int], None] | None = None) -> bool:
        """Rewrite the parts as few, dense ones of about `part_rows`; return whether any was not that already."""
        groups: list[list[int]] = []
        size = self.layout.part_rows
        for number in self._by_time():
            rows = self._parts[number].rows
            if not groups or size >= self.layout.part_rows:
                groups.append([])
                size = 0
            groups[-1].append(number)
            size += rows
        todo = [g for g in groups if len(g) > 1 or not self._parts[g[0]].dense]
        for done, group in enumerate(todo):
            if progress is not None:
                progress(done, len(todo))
            self._unite(group, dense=True)
        if progress is not None:
            progress(len(todo), len(todo))
        if self._place.grown:
            self._replace_folder()
        else:
            self.commit()
        return bool(todo)

    def commit(self) -> None:
        """Replace the store with the draft; nothing is touched where nothing is new."""
        self.flush()
        if not any(part.new for part in self._parts.values()):
            return
        if not self._place.grown and self.rows <= self.layout.single_file_rows:
            number = next(iter(self._parts)) if len(self._parts) == 1 else self._unite(self._parts)
            self._place.commit_file(number)
            return
        while groups := self._mergers():
            for group in groups:
                self._unite(group)
        self._replace_folder()

    def _replace_folder(self) -> None:
        if any(part.new for part in self._parts.values()):
            self._place.commit_folder(self._manifest())

    def _first_instants(self) -> npt.NDArray[np.int64]:
        """Return the first instant of each part, in the order of `_parts`."""
        numbers, first = np.unique(self._number, return_index=True)
        place = np.searchsorted(numbers, list(self._parts))
        return self._list.as_of[first[place]]

    def _mergers(self) -> list[list[int]]:
        """Return the numbers of the parts to merge."""
        numbers, first = list(self._parts), self._first_instants().tolist()
        sizes = [(t, part.rows) for t, part in zip(first, self._parts.values(), strict=True)]
        return [[numbers[i] for i in group] for group in mergers(sizes, self.layout)]

    def _by_time(self) -> list[int]:
        """Return the numbers of the parts, in the order of their first instants."""
        numbers = np.array(list(self._parts), dtype=np.int64)
        in_time: list[int] = numbers[np.argsort(self._first_instants(), kind="stable")].tolist()
        return in_time

    def _manifest(self) -> Manifest:
        numbers = np.array(self._by_time(), dtype=np.int64)
        parts = [self._parts[number] for number in numbers.tolist()]
        order = np.argsort(numbers)
        part_of = order[np.searchsorted(numbers[order], self._number)].astype(np.int32)
        return Manifest(
            tuple(numbers.tolist()),
            tuple(part.rows for part in parts),
            self._list,
            part_of,
            self._next,
            self._head,
            tuple(part.digest for part in parts),
            tuple(number for number in numbers.tolist() if self._parts[number].dense),
        )

    def roll_back(self) -> None:
        """Remove what was prepared; after a commit there is nothing to remove."""
        self._place.roll_back()


def _shown(instant: int) -> str:
    return str(np.datetime64(instant, "us")) + "Z"
