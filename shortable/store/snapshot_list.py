"""The list of snapshots that stands beside the rows of a store."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, NotRequired, TypedDict, cast, get_args

import numpy as np
import numpy.typing as npt

from shortable.arrays import Bools, Indices
from shortable.market import Market
from shortable.store.schema import SCHEMA_VERSIONS, decode_array, encode_array
from shortable.store.snapshots import POOL, Kind, Snapshot

__all__ = ["Entry", "SnapshotList"]


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

    def at(self, instant: int) -> list[Entry]:
        """Return the entries of one instant."""
        low, high = np.searchsorted(self.as_of, [instant, instant + 1]).tolist()
        return self.take(np.arange(low, high)).entries()

    def take(self, positions: Indices | Bools) -> SnapshotList:
        """Return the snapshots at those positions, ascending, or under that mask."""
        if positions.dtype == np.bool_:
            positions = np.flatnonzero(positions)
        found = SnapshotList(
            self.as_of[positions],
            self.complete[positions],
            self.rows[positions],
            self.made_up[positions],
            self.digests[positions],
        )
        if self.kinds or self.venues or self.unreadable or self.sessions:
            for new, old in enumerate(positions.tolist()):
                if old in self.kinds:
                    found.kinds[new] = self.kinds[old]
                if old in self.venues:
                    found.venues[new] = self.venues[old]
                if old in self.unreadable:
                    found.unreadable[new] = self.unreadable[old]
                if old in self.sessions:
                    found.sessions[new] = self.sessions[old]
        return found

    def joined(self, other: SnapshotList) -> tuple[SnapshotList, npt.NDArray[np.intp]]:
        """Return the snapshots of two lists that share no instant, and the position of each in this list plus `other`."""
        after = len(self)
        both = SnapshotList(
            np.concatenate([self.as_of, other.as_of]),
            np.concatenate([self.complete, other.complete]),
            np.concatenate([self.rows, other.rows]),
            np.concatenate([self.made_up, other.made_up]),
            np.concatenate([self.digests, other.digests]),
            self.kinds | {after + at: kind for at, kind in other.kinds.items()},
            self.venues | {after + at: venue for at, venue in other.venues.items()},
            self.unreadable | {after + at: names for at, names in other.unreadable.items()},
            self.sessions | {after + at: day for at, day in other.sessions.items()},
        )
        order = np.argsort(both.as_of, kind="stable")
        return both.take(order), order

    @property
    def schema_version(self) -> str:
        """The lowest schema version that can hold the list."""
        if self.sessions:
            return SCHEMA_VERSIONS[2]
        return SCHEMA_VERSIONS[1 if self.kinds or self.venues or self.unreadable else 0]

    def raw(self) -> dict[str, object]:
        """Return the list as what JSON can hold; what no snapshot states is left out."""
        found: dict[str, object] = {
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
    def from_raw(cls, raw: _Raw) -> SnapshotList:
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


class _Coded(TypedDict):
    """Names by position, as JSON has them."""

    names: list[str]
    codes: str


class _Raw(TypedDict):
    """A list of snapshots as JSON has it; arrays are text (`encode_array`)."""

    as_of: str
    complete: str
    rows: str
    made_up: str
    digest: str
    kind: NotRequired[_Coded]
    venue: NotRequired[_Coded]
    unreadable: NotRequired[dict[str, str]]
    session: NotRequired[str]


def _coded(stated: Mapping[int, str], length: int) -> dict[str, object]:
    """Return names by position as a list of names and a code for each snapshot, 0 where none is stated."""
    names = sorted(set(stated.values()))
    codes = np.zeros(length, dtype=np.uint16)
    for at, name in stated.items():
        codes[at] = names.index(name) + 1
    return {"names": names, "codes": encode_array(codes, "<u2")}


def _decoded(raw: _Coded | None, length: int) -> dict[int, str]:
    if raw is None:
        return {}
    codes, names = decode_array(raw["codes"], "<u2"), raw["names"]
    if len(codes) != length:
        raise ValueError("its list of snapshots contradicts itself")
    return {at: names[codes[at] - 1] for at in np.flatnonzero(codes).tolist()}
