"""The manifest of a grown store: which parts it has, and the list of snapshots."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from shortable.store.files import write_text
from shortable.store.part import damaged
from shortable.store.schema import check_version, checksum, decode_array, encode_array
from shortable.store.snapshot_list import SnapshotList

__all__ = ["MANIFEST", "Manifest", "part_name", "part_number"]

MANIFEST = (
    "_manifest.json"  # readers of Parquet folders pass over names that begin with an underscore
)
_PART = re.compile(r"part-(\d{6,})\.parquet")


def part_name(number: int) -> str:
    """Return a part's file name; a number is never used again."""
    return f"part-{number:06d}.parquet"


def part_number(name: str) -> int | None:
    """Return the number in a part's file name, None for another file."""
    found = _PART.fullmatch(name)
    return int(found[1]) if found else None


@dataclass(frozen=True, slots=True, eq=False)
class Manifest:
    """What a folder of parts holds. A part is immutable, so whoever has a manifest reads one state of the store."""

    numbers: tuple[int, ...]
    """Of the parts, in order of time."""
    rows: tuple[int, ...]
    """Of the parts."""
    snapshots: SnapshotList
    """All snapshots."""
    part_of: npt.NDArray[np.int32]
    """Position in `numbers` of the part that holds the rows of each snapshot, of shape (snapshots,)."""
    retired: tuple[int, ...]
    """Parts that the previous manifest had; they go at the next write, so that its readers may finish."""
    next_number: int
    """Number of the next part to be written."""

    def write(self, folder: Path, head: Mapping[str, str]) -> None:
        """Put the manifest in the place of the one that is there: from now on the store is what it says."""
        body = json.dumps(
            {
                **head,
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
