"""What a store holds, beside its rows: the list of snapshots, and the manifest of a store that is a folder of parts.

`Layout` says when a store grows from one file into a folder, and which small parts are merged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple, cast, get_args

import numpy as np
import numpy.typing as npt

from shortable.errors import InvalidInputError
from shortable.market import Market
from shortable.store.files import damaged, write_text
from shortable.store.schema import (
    SCHEMA_VERSIONS,
    check_version,
    checksum,
    decode_array,
    encode_array,
)
from shortable.store.snapshots import POOL, Kind, Snapshot

__all__ = [
    "MANIFEST",
    "Entry",
    "Layout",
    "Manifest",
    "SnapshotList",
    "mergers",
    "part_name",
    "part_number",
]

# Readers of Parquet folders pass over names that begin with an underscore.
MANIFEST = "_manifest.json"
_PART = re.compile(r"part-(\d{6,})\.parquet")


class Entry(NamedTuple):
    """One snapshot in a `SnapshotList`; see `shortable.store.Snapshot` for what the fields mean."""

    as_of: int
    complete: bool
    rows: int
    made_up: bool
    digest: bytes
    kind: Kind = POOL
    venue: str = ""
    unreadable: tuple[str, ...] = ()
    session: int = 0
    """Proleptic ordinal; 0 where none is stated."""

    def snapshot(self, market: Market) -> Snapshot:
        """Return the entry as the public object."""
        return Snapshot(
            market,
            self.as_of,
            self.complete,
            self.rows,
            self.digest.hex(),
            self.made_up,
            self.kind,
            self.venue,
            self.unreadable,
            date.fromordinal(self.session) if self.session else None,
        )


@dataclass(frozen=True, slots=True, eq=False)
class SnapshotList:
    """Snapshots of one market, sorted by time, the complete one of an instant first; arrays of shape (n,).

    Arrays rather than objects, so that a year of 15-minute snapshots (24,000 entries) opens in milliseconds.
    """

    as_of: npt.NDArray[np.int64]
    """Microseconds since 1970-01-01T00:00Z."""
    complete: npt.NDArray[np.bool_]
    """Whether a symbol that is not named cannot be borrowed."""
    rows: npt.NDArray[np.int64]
    """Symbols named."""
    made_up: npt.NDArray[np.bool_]
    """Sample data."""
    digests: npt.NDArray[np.uint8]
    """SHA-256 of the rows without the time, of shape (n, 32)."""
    kinds: dict[int, Kind] = field(default_factory=dict)
    """Position → kind, of those that are no pool."""
    venues: dict[int, str] = field(default_factory=dict)
    """Position → venue, of those that are not of the whole market."""
    unreadable: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """Position → tickers whose row could not be read, of those that have any."""
    sessions: dict[int, int] = field(default_factory=dict)
    """Position → the session that it limits, a proleptic ordinal, of those that state one."""

    def __len__(self) -> int:
        return len(self.as_of)

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> SnapshotList:
        """Make a list of entries in any order."""
        ordered = sorted(
            entries, key=lambda e: (e.as_of, not e.complete, e.digest, e.made_up, *e[5:])
        )
        return cls(
            np.array([e.as_of for e in ordered], dtype=np.int64),
            np.array([e.complete for e in ordered], dtype=np.bool_),
            np.array([e.rows for e in ordered], dtype=np.int64),
            np.array([e.made_up for e in ordered], dtype=np.bool_),
            np.frombuffer(b"".join(e.digest for e in ordered), dtype=np.uint8).reshape(-1, 32),
            {at: e.kind for at, e in enumerate(ordered) if e.kind != POOL},
            {at: e.venue for at, e in enumerate(ordered) if e.venue},
            {at: e.unreadable for at, e in enumerate(ordered) if e.unreadable},
            {at: e.session for at, e in enumerate(ordered) if e.session},
        )

    def entries(self) -> list[Entry]:
        """Return what `of` takes."""
        raw = self.digests.tobytes()
        digests = [raw[i : i + 32] for i in range(0, len(raw), 32)]
        columns = (self.as_of, self.complete, self.rows, self.made_up)
        found = [Entry(*row) for row in zip(*(c.tolist() for c in columns), digests, strict=True)]
        for at in {*self.kinds, *self.venues, *self.unreadable, *self.sessions}:
            found[at] = found[at]._replace(
                kind=self.kinds.get(at, POOL),
                venue=self.venues.get(at, ""),
                unreadable=self.unreadable.get(at, ()),
                session=self.sessions.get(at, 0),
            )
        return found

    @property
    def schema_version(self) -> str:
        """The lowest schema version that can hold the list."""
        if self.sessions:
            return SCHEMA_VERSIONS[2]
        return SCHEMA_VERSIONS[1 if self.kinds or self.venues or self.unreadable else 0]

    def raw(self) -> dict[str, Any]:
        """Return the list as what JSON can hold; what no snapshot states is left out."""
        found: dict[str, Any] = {
            "as_of": encode_array(self.as_of, "<i8"),
            "complete": encode_array(self.complete, "u1"),
            "rows": encode_array(self.rows, "<u4"),
            "made_up": encode_array(self.made_up, "u1"),
            "digest": encode_array(self.digests, "u1"),
        }
        for name, stated in (("kind", self.kinds), ("venue", self.venues)):
            if stated:
                found[name] = _coded(stated, len(self))
        if self.unreadable:
            found["unreadable"] = {
                str(at): " ".join(tickers) for at, tickers in self.unreadable.items()
            }
        if self.sessions:
            days = np.zeros(len(self), dtype=np.int32)
            days[list(self.sessions)] = list(self.sessions.values())
            found["session"] = encode_array(days, "<i4")
        return found

    @classmethod
    def from_raw(cls, raw: dict[str, Any]) -> SnapshotList:
        """Return what `raw` gave.

        Raises
        ------
        ValueError or KeyError
            It is something else.
        """
        as_of = decode_array(raw["as_of"], "<i8")
        kinds = _decoded(raw.get("kind"), len(as_of))
        unreadable = {
            int(at): tuple(text.split(" ")) for at, text in raw.get("unreadable", {}).items()
        }
        days = decode_array(raw["session"], "<i4") if "session" in raw else np.zeros(len(as_of))
        found = cls(
            as_of,
            decode_array(raw["complete"], "u1").astype(np.bool_),
            decode_array(raw["rows"], "<u4").astype(np.int64),
            decode_array(raw["made_up"], "u1").astype(np.bool_),
            decode_array(raw["digest"], "u1").reshape(-1, 32),
            cast("dict[int, Kind]", kinds),
            _decoded(raw.get("venue"), len(as_of)),
            unreadable,
            {at: int(days[at]) for at in np.flatnonzero(days).tolist()},
        )
        columns = (found.as_of, found.complete, found.rows, found.made_up, found.digests, days)
        if (
            len({len(column) for column in columns}) > 1
            or not set(kinds.values()) <= set(get_args(Kind))
            or not all(0 <= at < len(as_of) for at in unreadable)
        ):
            raise ValueError("its list of snapshots contradicts itself")
        return found

    def encode(self) -> str:
        """Return the list as text for a footer."""
        return json.dumps(self.raw())

    @classmethod
    def decode(cls, text: str) -> SnapshotList:
        """Return what `encode` wrote."""
        return cls.from_raw(json.loads(text))


def _coded(stated: Mapping[int, str], length: int) -> dict[str, Any]:
    """Return names by position as a list of names and a code for each snapshot, 0 where none is stated."""
    names = sorted(set(stated.values()))
    codes = np.zeros(length, dtype=np.uint16)
    for at, name in stated.items():
        codes[at] = names.index(name) + 1
    return {"names": names, "codes": encode_array(codes, "<u2")}


def _decoded(raw: dict[str, Any] | None, length: int) -> dict[int, str]:
    if raw is None:
        return {}
    codes, names = decode_array(raw["codes"], "<u2"), raw["names"]
    if len(codes) != length:
        raise ValueError("its list of snapshots contradicts itself")
    return {at: names[codes[at] - 1] for at in np.flatnonzero(codes).tolist()}


@dataclass(frozen=True, slots=True)
class Layout:
    """Sizes of files, in rows.

    A part is what one bulk read decodes and what one merge rewrites: 4 Mi rows are about 30 MB on disk, 150 MB
    in memory and a second of writing.
    """

    single_file_rows: int = 1 << 21
    """Up to this size a store is one file, rewritten by every import."""
    part_rows: int = 1 << 22
    """Parts of at least this size are never merged again."""
    fan: int = 8
    """This many parts of one size class become one of the next, so a row is rewritten once a class."""

    def __post_init__(self) -> None:
        for name, least in (("single_file_rows", 0), ("part_rows", 1), ("fan", 2)):
            if getattr(self, name) < least:
                raise InvalidInputError(name, getattr(self, name), f"be at least {least}")


def mergers(parts: list[tuple[int, int]], layout: Layout) -> list[list[int]]:
    """Return which parts to merge into one, as lists of positions in `parts`; none twice.

    Parameters
    ----------
    parts : list of (first instant, rows)
    layout : Layout

    Returns
    -------
    list of list of int
        Each inner list, in order of time, becomes one part. Call again on the result until it is empty.

    Examples
    --------
    >>> mergers([(3, 10), (1, 10), (2, 10), (0, 900)], Layout(part_rows=1000, fan=3))
    [[1, 2, 0]]
    """
    classes: dict[int, list[int]] = {}
    for position, (_, rows) in enumerate(parts):
        if rows < layout.part_rows:
            size_class, bound = 0, layout.part_rows
            while bound > 1 and rows * layout.fan < bound:
                size_class, bound = size_class + 1, max(bound // layout.fan, 1)
            classes.setdefault(size_class, []).append(position)
    groups = []
    for _, members in sorted(classes.items()):
        members.sort(key=parts.__getitem__)
        group: list[int] = []
        for member in members:
            group.append(member)
            if len(group) == layout.fan or sum(parts[m][1] for m in group) >= layout.part_rows:
                groups.append(group)
                group = []
    return [group for group in groups if len(group) > 1]


def part_name(number: int) -> str:
    """Return a part's file name; a number is never used again."""
    return f"part-{number:06d}.parquet"


def part_number(name: str) -> int | None:
    """Return the number in a part's file name, None for another file."""
    found = _PART.fullmatch(name)
    return int(found[1]) if found else None


@dataclass(frozen=True, slots=True, eq=False)
class Manifest:
    """The contents of a folder of parts. Parts are immutable, so a manifest describes one state of the store."""

    numbers: tuple[int, ...]
    """Of the parts, in order of time."""
    rows: tuple[int, ...]
    """Of the parts."""
    snapshots: SnapshotList
    """All snapshots."""
    part_of: npt.NDArray[np.int32]
    """Position in `numbers` of the part that holds the rows of each snapshot, of shape (snapshots,)."""
    retired: tuple[int, ...]
    """Parts that the previous manifest had; the next write removes them, so that its readers can finish."""
    next_number: int
    """Number of the next part to be written."""

    def write(self, folder: Path, head: Mapping[str, str]) -> None:
        """Replace the folder's manifest: from now on the store is what this one says."""
        body = json.dumps(
            {
                **head,
                "schema_version": self.snapshots.schema_version,
                "parts": list(self.numbers),
                "rows": list(self.rows),
                "retired": list(self.retired),
                "next_number": self.next_number,
                "snapshots": self.snapshots.raw(),
                "part_of": encode_array(self.part_of, "<i4"),
            }
        )
        write_text(folder / MANIFEST, f"{checksum(body)}\n{body}\n")

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Return the manifest of a folder.

        Raises
        ------
        FileNotFoundError
            The folder is gone or has none.
        CorruptStoreError, SchemaVersionError
            It is damaged, or another version's.
        """
        path = folder / MANIFEST
        with damaged(path):
            mark, _, body = path.read_text(encoding="utf-8").removesuffix("\n").partition("\n")
            if mark != checksum(body):
                raise ValueError("its checksum is wrong")
            raw = json.loads(body)
            check_version(raw, path)
            return cls(
                tuple(raw["parts"]),
                tuple(raw["rows"]),
                SnapshotList.from_raw(raw["snapshots"]),
                decode_array(raw["part_of"], "<i4"),
                tuple(raw["retired"]),
                raw["next_number"],
            )
