"""What a reader of corporate actions gives back, and tables of any kind as rows of named cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import pandas as pd

from shortable.actions.corporate_actions import CorporateActions
from shortable.actions.records import Action
from shortable.buffers import arrow_reader
from shortable.errors import CorporateActionError
from shortable.unpacking import gunzip

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "ActionsRead",
    "ArrowStream",
    "RejectedRow",
    "Rows",
    "open_rows",
    "read_bytes",
    "rows_of_records",
]

_DELIMITERS = ",;|\t"


@runtime_checkable
class ArrowStream(Protocol):
    """The Arrow PyCapsule interface of tables: polars, DuckDB, pyarrow and others have it."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return a capsule that holds an Arrow stream."""
        ...


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that could not be used."""

    line: int
    """Line number in the file, or row number, from 1."""
    text: str
    """The row as the source has it."""
    reason: str
    """What is wrong with it."""


@dataclass
class ActionsRead:
    """One source, read: every row is in the records, rejected, or counted as passed over."""

    source: str
    """Its name, for messages."""
    records: list[Action] = field(default_factory=list)
    """What it states."""
    rows: int = 0
    """Rows of the source."""
    used: int = 0
    """Rows that a record was made of."""
    rejected: list[RejectedRow] = field(default_factory=list)
    """Rows that could not be used."""
    passed_over: dict[str, int] = field(default_factory=dict)
    """Rows that state nothing new, by kind."""
    notes: list[str] = field(default_factory=list)
    """What a person should know."""
    one_each: bool = True
    """Whether a used row states one action; a row of LEAN's files may state two or none."""

    def pass_over(self, kind: str) -> None:
        """Count a row that states nothing new."""
        self.passed_over[kind] = self.passed_over.get(kind, 0) + 1

    def reject(self, line: int, text: str, reason: object) -> None:
        """Note a row that could not be used."""
        self.rejected.append(RejectedRow(line, text, str(reason)))

    def actions(self) -> CorporateActions:
        """Return the records as a table, with what was left out in its notes.

        Raises
        ------
        CorporateActionError
            The source contradicts itself.
        """
        notes = list(self.notes)
        if self.rejected:
            first = self.rejected[0]
            notes.append(
                f"{self.source}: {len(self.rejected)} of {self.rows} rows could not be used; "
                f"the first, line {first.line}: {first.reason}"
            )
        return CorporateActions(self.records, notes=notes)


@dataclass(frozen=True, slots=True)
class Rows:
    """A table as rows of named cells."""

    name: str
    """The table's name, for messages."""
    columns: list[str]
    """The columns, as the source spells them."""
    cells: list[dict[str, object]]
    """The rows; text where the source is text, None where a cell is empty."""
    lines: list[tuple[int, str]]
    """Line number (or row number) and text of each row."""

    def __iter__(self) -> Iterator[tuple[dict[str, object], int, str]]:
        return ((row, line, text) for row, (line, text) in zip(self.cells, self.lines, strict=True))

    def renamed(self, columns: Mapping[str, str]) -> Rows:
        """Return the rows with columns called by other names: of each, the name now and the one wanted."""
        cells = [{columns.get(c, c): value for c, value in row.items()} for row in self.cells]
        return Rows(self.name, [columns.get(c, c) for c in self.columns], cells, self.lines)


def read_bytes(source: object, name: str = "") -> tuple[str, bytes]:
    """Return a file's name and bytes, unpacked where it is gzipped.

    Raises
    ------
    CorporateActionError
        There is no such file, or it cannot be unpacked.
    """
    if isinstance(source, bytes):
        name, data = name or "<bytes>", source
    else:
        path = Path(str(source))
        try:
            name, data = path.name, path.read_bytes()
        except (OSError, ValueError) as error:  # ValueError: a NUL in the path
            raise CorporateActionError(
                "source", str(path), "be a file that can be read", str(error)
            ) from None
    if not data.startswith(b"\x1f\x8b"):
        return name, data
    try:
        return name, gunzip(data, name)
    except OSError as error:
        raise CorporateActionError("source", name, "be a readable file", str(error)) from None


def open_rows(source: object) -> Rows:
    """Return a table's rows.

    Parameters
    ----------
    source : path, bytes, DataFrame, or any object with the Arrow PyCapsule interface
        A file is delimited text with a header line, or Parquet.

    Raises
    ------
    CorporateActionError
        It is none of them.
    """
    if isinstance(source, pd.DataFrame):
        frame = source.reset_index() if _labelled(source) else source
        return _from_columns(
            "<DataFrame>", [str(c) for c in frame.columns], frame.astype(object).to_numpy()
        )
    if isinstance(source, ArrowStream):
        import pyarrow as pa

        return _from_arrow("<table>", pa.RecordBatchReader.from_stream(source).read_all())
    if not isinstance(source, (str, Path, bytes)):
        raise CorporateActionError(
            "source", source, "be a path, bytes, a DataFrame or an Arrow table"
        )
    name, data = read_bytes(source)
    if data.startswith(b"PAR1"):
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return _from_arrow(name, pq.read_table(arrow_reader(data)))
        except (pa.ArrowException, OSError) as error:
            raise CorporateActionError(
                "source", name, "be a readable Parquet file", str(error)
            ) from None
    return _from_text(name, data)


def rows_of_records(name: str, records: Sequence[Mapping[str, object]]) -> Rows:
    """Return the rows of objects of JSON, of which each may lack some of the columns."""
    columns = list(dict.fromkeys(key for record in records for key in record))
    return _from_columns(name, columns, ([record.get(c) for c in columns] for record in records))


def _labelled(frame: pd.DataFrame) -> bool:
    """Whether the index holds more than row numbers."""
    return not isinstance(frame.index, pd.RangeIndex)


def _from_arrow(name: str, table: pa.Table) -> Rows:
    columns = list(table.column_names)
    return _from_columns(name, columns, zip(*(c.to_pylist() for c in table.columns), strict=True))


def _from_columns(name: str, columns: list[str], values: Iterable[Iterable[object]]) -> Rows:
    cells, lines = [], []
    for number, row in enumerate(values, start=1):
        held = {c: None if _missing(v) else v for c, v in zip(columns, row, strict=True)}
        cells.append(held)
        lines.append((number, "|".join("" if v is None else str(v) for v in held.values())))
    return Rows(name, columns, cells, lines)


def _missing(value: object) -> bool:
    if value is None or value is pd.NA:
        return True
    return pd.api.types.is_scalar(value) and bool(value != value)


def _from_text(name: str, data: bytes) -> Rows:
    text = data.decode("utf-8-sig", errors="replace")
    if "\0" in text:
        raise CorporateActionError("source", name, "be text or Parquet")
    head = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    columns: list[str] = []
    cells: list[dict[str, object]] = []
    lines = []
    for row in reader:
        if not any(cell.strip() for cell in row):
            continue
        if not columns:
            columns = [cell.strip().lstrip("#") for cell in row]
            continue
        padded = [*row, *[""] * (len(columns) - len(row))]
        cells.append({c: v.strip() or None for c, v in zip(columns, padded, strict=False) if c})
        lines.append((reader.line_num, delimiter.join(row)))
    return Rows(name, columns, cells, lines)
