"""The files of a dataset: one Parquet file, or, grown, a folder of immutable parts and a manifest, as availability has it.

Every row of a part is of a date between two that the manifest states, so that an import reads only the parts that its own
dates touch.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from shortable.errors import CorruptStoreError
from shortable.store.files import damaged, present, real_path, write_text
from shortable.store.manifest import MANIFEST, part_name
from shortable.store.paths import before_path
from shortable.store.place import PartsFolder
from shortable.store.schema import (
    check_version,
    open_footer,
    seal,
    vouched_body,
    vouched_text,
)

if TYPE_CHECKING:
    from pyarrow import parquet

__all__ = [
    "FOLDER_VERSION",
    "SCHEMA_VERSION",
    "DatasetFolder",
    "DatasetPart",
    "PartEntry",
    "PartList",
    "cut_by_date",
    "open_parts",
    "write_part",
    "write_rows",
]

SCHEMA_VERSION = "1"
"""Of a file."""
FOLDER_VERSION = "2"
"""Of the manifest of a folder, which earlier releases do not know."""
# A row group is what reading one symbol decodes: 16 Ki rows are about FINRA's list of one settlement date.
ROW_GROUP_ROWS = 1 << 14
_CONTENT = "content"
_TRIES = 20  # states that a reader may see go by before it takes a missing part for damage


@dataclass(frozen=True, slots=True)
class PartEntry:
    """One part in a manifest."""

    number: int
    """Of its file's name; never used again."""
    rows: int
    """Rows."""
    first: date
    """Earliest date of its rows."""
    last: date
    """Latest date of its rows."""
    content: str
    """SHA-256 of its rows, hex, which its footer states as well."""


@dataclass(frozen=True, slots=True)
class PartList:
    """The manifest of a folder; parts are immutable, so it describes one state."""

    parts: tuple[PartEntry, ...]
    """In no order that means anything."""
    next_number: int
    """Number of the next part to be written."""
    head: Mapping[str, str]
    """What the folder holds; as in the footer of a file."""

    @property
    def numbers(self) -> tuple[int, ...]:
        """Numbers of the parts."""
        return tuple(part.number for part in self.parts)

    def write(self, folder: Path) -> None:
        """Write the manifest of a folder, as a whole."""
        body = {
            **self.head,
            "schema_version": FOLDER_VERSION,
            "parts": list(self.numbers),
            "entries": [asdict(part) for part in self.parts],
            "next_number": self.next_number,
        }
        write_text(folder / MANIFEST, vouched_text(json.dumps(body, default=date.isoformat)))

    @classmethod
    def read(cls, folder: Path, format_name: str) -> PartList:
        """Return the manifest of a folder.

        Raises
        ------
        FileNotFoundError
            The folder is gone or has none.
        CorruptStoreError, SchemaVersionError
            It is damaged, something else, or another version's.
        """
        path = folder / MANIFEST
        with damaged(path):
            raw = json.loads(vouched_body(path.read_text(encoding="utf-8")))
            check_version(raw, path, format_name=format_name, versions=(FOLDER_VERSION,))
            entries = [
                PartEntry(
                    **one | {name: date.fromisoformat(one[name]) for name in ("first", "last")}
                )
                for one in raw.pop("entries")
            ]
            number = raw.pop("next_number")
            head = {k: v for k, v in raw.items() if k not in ("parts", "schema_version")}
            return cls(tuple(entries), number, head)


class DatasetFolder(PartsFolder):
    """A dataset's file or folder, as its one writer has it.

    Parameters
    ----------
    path : Path
        As in `PartsFolder`.
    format_name : str
        How the dataset's files call themselves.
    """

    def __init__(self, path: Path, format_name: str) -> None:
        self._format_name = format_name
        super().__init__(path)

    def manifest(self) -> PartList:
        """Return the manifest of the present folder, and remove parts that it does not name."""
        with present(self.path):
            found = PartList.read(self.path, self._format_name)
        self._sweep(found.numbers)
        return found

    def listed(self) -> tuple[int, ...]:
        """Return the numbers of the parts that the manifest of the present folder names."""
        return PartList.read(self.path, self._format_name).numbers


class DatasetPart:
    """One Parquet file of a dataset, opened: it keeps answering when a writer replaces the path.

    Parameters
    ----------
    path : Path
        The file.
    schema : pa.Schema
        The dataset's.
    format_name : str
        How the dataset's files call themselves.
    entry : PartEntry, optional
        What a manifest says of it; None: it is the whole.

    Raises
    ------
    FileNotFoundError
        There is none.
    CorruptStoreError, SchemaVersionError
        It is damaged, something else, another version's, or not the part that is listed.
    """

    def __init__(
        self, path: Path, schema: pa.Schema, format_name: str, entry: PartEntry | None = None
    ) -> None:
        from pyarrow.parquet import ParquetFile

        self.path, self.entry = path, entry
        with damaged(path):
            self._reader = ParquetFile(path, page_checksum_verification=True)
            metadata = open_footer(
                self._reader.schema_arrow.metadata,
                path,
                format_name=format_name,
                versions=(SCHEMA_VERSION,),
            )
            if not self._reader.schema_arrow.equals(schema):
                raise ValueError(f"its columns are not those of {format_name.split(' ', 1)[1]}")
            if entry is not None and metadata.get(_CONTENT) != entry.content:
                raise ValueError("it is intact, but not the part that the manifest lists")
            self._bounds = _bounds(self._reader.metadata)
        self.made_up = "made_up" in metadata

    def table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Return all rows, sorted by key and by the instant from which each was known."""
        with damaged(self.path):
            return self._reader.read(columns=None if columns is None else list(columns))

    def symbol(self, ticker: str) -> pa.Table:
        """Return one symbol's rows, spelled as the source does; none where it has none."""
        groups = [at for at, (low, high) in enumerate(self._bounds) if low <= ticker <= high]
        if not groups:
            return self._reader.schema_arrow.remove_metadata().empty_table()
        with damaged(self.path):
            rows = self._reader.read_row_groups(groups, use_threads=False)
        return rows.filter(pc.equal(rows["symbol"], ticker))


def open_parts(path: Path, schema: pa.Schema, format_name: str) -> list[DatasetPart]:
    """Open a file, or all parts of one state of a folder.

    Raises
    ------
    FileNotFoundError
        There is none.
    CorruptStoreError, SchemaVersionError
        It is damaged, something else, or another version's.
    """
    path = real_path(path)
    before: PartList | None = None
    for _ in range(_TRIES):
        where = path if path.exists() else before_path(path)
        if not where.is_dir():
            try:
                return [DatasetPart(where, schema, format_name)]
            except (FileNotFoundError, CorruptStoreError):
                if not path.is_dir():  # else it has become a folder in between
                    raise
        now = PartList.read(path, format_name)
        try:
            return [
                DatasetPart(path / part_name(entry.number), schema, format_name, entry)
                for entry in now.parts
            ]
        except FileNotFoundError:
            if now == before:
                break
            before = now  # a writer has ended the part since: it is not in the next state
    with present(path):
        raise FileNotFoundError(2, "a part is missing", str(path / "a part"))


def write_rows(path: Path, table: pa.Table, head: Mapping[str, str], date_column: str) -> None:
    """Write sorted rows as a new file.

    Parameters
    ----------
    path : Path
        A new file, which the caller syncs and renames.
    table : pa.Table
        Sorted by key and instant.
    head : mapping
        What the file says of itself.
    date_column : str
        Of the dataset's key.
    """
    from pyarrow import parquet

    parquet.write_table(
        table.replace_schema_metadata(seal({**head, "schema_version": SCHEMA_VERSION})),
        path,
        compression="zstd",
        row_group_size=ROW_GROUP_ROWS,
        write_statistics=["symbol", date_column],
        write_page_checksum=True,
    )


def write_part(
    place: DatasetFolder, number: int, table: pa.Table, head: Mapping[str, str], date_column: str
) -> PartEntry:
    """Write a part of a folder's next state; return its line in the manifest."""
    content = _digest(table)
    place.prepare(
        number, lambda path: write_rows(path, table, {**head, _CONTENT: content}, date_column)
    )
    days = pc.min_max(table[date_column]).as_py()
    return PartEntry(number, table.num_rows, days["min"], days["max"], content)


def cut_by_date(table: pa.Table, date_column: str, size: int) -> Iterable[pa.Table]:
    """Cut a table that is larger than `size` into pieces of whole dates, each of about that size."""
    if table.num_rows <= size:
        return [table]
    counts = table.group_by(date_column).aggregate([([], "count_all")]).sort_by(date_column)
    pieces: list[list[date]] = []
    rows = size
    for day, count in zip(
        counts[date_column].to_pylist(), counts["count_all"].to_pylist(), strict=True
    ):
        if rows >= size:
            pieces.append([])
            rows = 0
        pieces[-1].append(day)
        rows += count
    return (
        table.filter(pc.is_in(table[date_column], pa.array(days, pa.date32()))) for days in pieces
    )


def _digest(table: pa.Table) -> str:
    whole = table.replace_schema_metadata().combine_chunks()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, whole.schema) as stream:
        stream.write_table(whole)
    return hashlib.sha256(sink.getvalue()).hexdigest()


def _bounds(metadata: parquet.FileMetaData) -> list[tuple[str, str]]:
    """Return the first and last symbol of each row group."""
    found = []
    for at in range(metadata.num_row_groups):
        statistics = metadata.row_group(at).column(0).statistics
        if statistics is None or not statistics.has_min_max:
            raise ValueError("its row groups do not say which symbols they hold")
        found.append((statistics.min, statistics.max))
    return found
