"""The list of snapshots as arrays: small enough to open with 24,000 entries, the year of 15-minute snapshots."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shortable.store.schema import decode_array, encode_array
from shortable.store.snapshots import Snapshot
from shortable.symbol import Market

__all__ = ["Entry", "SnapshotList", "as_snapshot"]

Entry = tuple[int, bool, int, bool, bytes]
"""as_of, complete, rows, made_up, digest."""


def as_snapshot(entry: Entry, market: Market) -> Snapshot:
    """Return an entry as an object."""
    as_of, complete, rows, made_up, digest = entry
    return Snapshot(market, as_of, complete, rows, digest.hex(), made_up)


@dataclass(frozen=True, slots=True, eq=False)
class SnapshotList:
    """Snapshots of one market, sorted by time, the complete one of an instant first; arrays of shape (n,)."""

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

    def __len__(self) -> int:
        return len(self.as_of)

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> SnapshotList:
        """Make a list of (as_of, complete, rows, made_up, digest)."""
        ordered = sorted(entries, key=lambda e: (e[0], not e[1], e[4], e[3]))
        return cls(
            np.array([e[0] for e in ordered], dtype=np.int64),
            np.array([e[1] for e in ordered], dtype=np.bool_),
            np.array([e[2] for e in ordered], dtype=np.int64),
            np.array([e[3] for e in ordered], dtype=np.bool_),
            np.frombuffer(b"".join(e[4] for e in ordered), dtype=np.uint8).reshape(-1, 32),
        )

    def entries(self) -> list[Entry]:
        """Return what `of` takes."""
        raw = self.digests.tobytes()
        digests = [raw[i : i + 32] for i in range(0, len(raw), 32)]
        columns = (self.as_of, self.complete, self.rows, self.made_up)
        return list(zip(*(c.tolist() for c in columns), digests, strict=True))

    def snapshots(self, market: Market) -> tuple[Snapshot, ...]:
        """Return the list as objects."""
        return tuple(as_snapshot(entry, market) for entry in self.entries())

    def raw(self) -> dict[str, Any]:
        """Return the list as what JSON can hold."""
        return {
            "as_of": encode_array(self.as_of, "<i8"),
            "complete": encode_array(self.complete, "u1"),
            "rows": encode_array(self.rows, "<u4"),
            "made_up": encode_array(self.made_up, "u1"),
            "digest": encode_array(self.digests, "u1"),
        }

    @classmethod
    def from_raw(cls, raw: dict[str, Any]) -> SnapshotList:
        """Return what `raw` gave.

        Raises
        ------
        ValueError or KeyError
            It is something else.
        """
        found = cls(
            decode_array(raw["as_of"], "<i8"),
            decode_array(raw["complete"], "u1").astype(np.bool_),
            decode_array(raw["rows"], "<u4").astype(np.int64),
            decode_array(raw["made_up"], "u1").astype(np.bool_),
            decode_array(raw["digest"], "u1").reshape(-1, 32),
        )
        if (
            len(
                {
                    len(found.as_of),
                    len(found.complete),
                    len(found.rows),
                    len(found.made_up),
                    len(found.digests),
                }
            )
            > 1
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
