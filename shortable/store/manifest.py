"""The manifest of a store that is a folder of parts, and the sizes by which a store is laid out.

`Layout` says when a store grows from one file into a folder, and which small parts an import merges.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from shortable.errors import CorruptStoreError, InvalidInputError
from shortable.store.files import damaged, write_text
from shortable.store.schema import (
    HEAD,
    SCHEMA_VERSIONS,
    check_version,
    decode_array,
    encode_array,
    vouched_body,
    vouched_text,
)
from shortable.store.snapshot_list import SnapshotList

if TYPE_CHECKING:
    from shortable.store.parts import PartFile

__all__ = ["MANIFEST", "PARTS", "Layout", "Manifest", "mergers", "part_name", "part_number"]

# Readers of Parquet folders pass over it: it does not end in .parquet.
MANIFEST = "_manifest.json"
PARTS = "_parts"
"""In object storage, the folder of the parts: Parquet readers pass over it."""
_PART = re.compile(r"part-(\d{6,})\.parquet")


@dataclass(frozen=True, slots=True)
class Layout:
    """Sizes of files, in rows.

    A part is what one bulk read decodes: 4 Mi rows are about 30 MB on disk, 150 MB in memory and a second of writing.
    An import merges only what is small, so that what it costs does not grow with the store; `shortable.store.compact`
    makes parts of the full size.
    """

    single_file_rows: int = 1 << 17
    """Up to this size a store is one file, rewritten by every import."""
    part_rows: int = 1 << 22
    """An import of more than that is written in several parts, and compaction makes parts of about this size."""
    fan: int = 32
    """This many parts of one size class become one of the next, so that an import rewrites a row once a class."""
    merge_rows: int = 1 << 19
    """Parts of at least this size, or of `part_rows` where that is less, are not merged by imports."""

    def __post_init__(self) -> None:
        for name, least in (
            ("single_file_rows", 0),
            ("part_rows", 1),
            ("fan", 2),
            ("merge_rows", 1),
        ):
            value = getattr(self, name)
            if not isinstance(value, int) or value < least:
                raise InvalidInputError(name, value, f"be a whole number, at least {least}")


def mergers(parts: list[tuple[int, int]], layout: Layout) -> list[list[int]]:
    """Return which parts an import merges into one, as lists of positions in `parts`; none twice.

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
    largest = min(layout.merge_rows, layout.part_rows)
    classes: dict[int, list[int]] = {}
    for position, (_, rows) in enumerate(parts):
        if rows < largest:
            size_class, bound = 0, largest
            while bound > 1 and rows * layout.fan < bound:
                size_class, bound = size_class + 1, max(bound // layout.fan, 1)
            classes.setdefault(size_class, []).append(position)
    groups = []
    for _, members in sorted(classes.items()):
        members.sort(key=parts.__getitem__)
        group: list[int] = []
        for member in members:
            group.append(member)
            if len(group) == layout.fan or sum(parts[m][1] for m in group) >= largest:
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
    next_number: int
    """Number of the next part to be written."""
    head: Mapping[str, str]
    """What the store is, from `shortable.store.schema.header`."""
    digests: tuple[str, ...] = ()
    """SHA-256, hex, of the footer of each part; empty where an earlier release wrote the manifest."""
    dense: tuple[int, ...] = ()
    """Numbers of the parts that compaction wrote."""
    retired: tuple[int, ...] = ()
    """In object storage, parts that ended with this state: the next commit removes them, so that readers can finish."""

    def lists(self, at: int, file: PartFile) -> bool:
        """Whether a file is the part at a position in `numbers`, by its rows and its digest."""
        return file.rows == self.rows[at] and (not self.digests or file.digest == self.digests[at])

    def check(self, at: int, file: PartFile) -> None:
        """Refuse a file that is not the part at a position in `numbers`.

        Raises
        ------
        CorruptStoreError
            Its rows or its digest are others; the message says what to do.
        """
        if not self.lists(at, file):
            raise CorruptStoreError(
                f"{file.path} is intact, but not the part that the store's manifest lists under this name "
                f"({file.rows:,} rows here, {self.rows[at]:,} listed). Put the part back from a copy of the same store, or "
                "move the store away and import its sources again."
            )

    def encode(self) -> str:
        """Return the manifest as the text of its file."""
        body = json.dumps(
            {
                **self.head,
                "schema_version": SCHEMA_VERSIONS[3]
                if self.dense
                else self.snapshots.schema_version,
                "parts": list(self.numbers),
                "rows": list(self.rows),
                "digests": list(self.digests),
                "dense": list(self.dense),
                "retired": list(self.retired),
                "next_number": self.next_number,
                "snapshots": self.snapshots.raw(),
                "part_of": encode_array(self.part_of, "<i4"),
            }
        )
        return vouched_text(body)

    def write(self, folder: Path) -> None:
        """Write the manifest of a folder, as a whole."""
        write_text(folder / MANIFEST, self.encode())

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
            return cls.decode(path.read_text(encoding="utf-8"), path)

    @classmethod
    def decode(cls, text: str, where: object) -> Manifest:
        """Return what `encode` wrote.

        Raises
        ------
        SchemaVersionError
            Another version wrote it.
        ValueError, KeyError or TypeError
            It is damaged.
        """
        raw = json.loads(vouched_body(text))
        check_version(raw, where)
        found = cls(
            tuple(raw["parts"]),
            tuple(raw["rows"]),
            SnapshotList.from_raw(raw["snapshots"]),
            decode_array(raw["part_of"], "<i4"),
            raw["next_number"],
            {name: value for name, value in raw.items() if name in HEAD},
            tuple(raw.get("digests", ())),
            tuple(raw.get("dense", ())),
            tuple(raw["retired"]),
        )
        parts = len(found.numbers)
        if (
            len(found.rows) != parts
            or len(found.digests) not in (0, parts)
            or len(found.part_of) != len(found.snapshots)
            or not ((found.part_of >= 0) & (found.part_of < parts)).all()
        ):
            raise ValueError("it contradicts itself")
        return found
