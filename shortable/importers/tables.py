"""Tables as columns of text or numbers: delimited text, JSON, Parquet and DataFrames, with no type guessed.

Every row can be traced to its line, so that a reject names it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shortable.buffers import arrow_reader
from shortable.errors import ImportRefusedError, InvalidInputError
from shortable.importers.delimited import (
    BOM,
    MOST_COLUMNS,
    DelimitedText,
    header_cells,
    read_delimited,
    refuse_repeats,
    split_cells,
)
from shortable.importers.files import File, SourceFile, read_file, source_name
from shortable.importers.values import Texts
from shortable.json_types import Json, load_json, records_of

if TYPE_CHECKING:
    from pyarrow import parquet

__all__ = [
    "Table",
    "TableSource",
    "is_text",
    "open_table",
    "read_json",
    "records_table",
]

TableSource: TypeAlias = File | pd.DataFrame | pa.Table
"""What is read as a table."""
_PARQUET = b"PAR1"
_DELIMITERS = ",;|\t"
_PAGE = re.compile(rb"\s*<(!doctype|html|head|body|\?xml|error|script)\b", re.IGNORECASE)
_SPARSE = 1 << 22  # cells of records that hold hardly any of each other's keys
_LOST = (
    "the symbol is missing; read tickers as text with NA detection off, for NA and NAN are tickers"
)


@dataclass
class Table:
    """Columns of a source.

    Attributes
    ----------
    name : str
        What messages call the source.
    names : list of str
        Its column names, as the source spells them.
    n_rows : int
        Rows.
    text : DelimitedText or None
        The lines, where the source is text.
    made_of : (Table, ndarray of int64) or None
        The table, and for each row the row of it, that this one was rearranged from.
    """

    name: str
    names: list[str]
    columns: Mapping[str, pa.ChunkedArray | pa.Array] = field(repr=False)
    n_rows: int
    text: DelimitedText | None = None
    made_of: tuple[Table, npt.NDArray[np.int64]] | None = None

    @property
    def malformed(self) -> tuple[tuple[int, str], ...]:
        """Line number and text of the lines that do not have the right number of cells."""
        if self.made_of is not None:
            return self.made_of[0].malformed
        return self.text.malformed if self.text is not None else ()

    def cell_of_line(self, line: str, name: str) -> str:
        """Return the cell of a column in a malformed line, empty where it has none."""
        if self.text is None or name not in self.names:
            return ""
        cells = split_cells(line, self.text.delimiter)
        at = self.names.index(name)
        return cells[at] if at < len(cells) else ""

    def values(self, name: str) -> pa.Array:
        """Return one column as it is, dictionaries decoded; text that pandas mixed with other things as text."""
        column = self.columns[name]
        if isinstance(column, pd.Series):
            try:
                column = pa.Array.from_pandas(column)
            except (pa.ArrowInvalid, pa.ArrowTypeError):
                cells = [None if pd.isna(v) else str(v) for v in column]
                column = pa.array(cells, pa.string())
        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks()
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        return column.cast(pa.string()) if is_text(column.type) else column

    def cells(self, name: str) -> pa.Array:
        """Return one column as text, empty where it is null."""
        values = self.values(name)
        return pc.fill_null(values if is_text(values.type) else pc.cast(values, pa.string()), "")

    def symbols(self, name: str) -> Texts:
        """Return the column of symbols; what is no text (or a whole number, as Hong Kong's codes are) is refused.

        Raises
        ------
        ImportRefusedError
            The whole column holds something else.
        """
        column = self.columns[name]
        if isinstance(column, pd.Series) and column.dtype == object:
            return _checked_objects(column)
        values = self.values(name)
        if pa.types.is_integer(values.type):
            values = values.cast(pa.string())
        if not is_text(values.type):
            raise ImportRefusedError(
                f"{self.name}: column {name!r} holds {values.type}, not symbols; read tickers as text, "
                "with type guessing and NA detection off"
            )
        return Texts(
            values, dict.fromkeys(np.flatnonzero(np.array(values.is_null())).tolist(), _LOST)
        )

    def take(self, rows: npt.NDArray[np.int64]) -> Table:
        """Return some of the rows, which `locate` still finds in the source."""
        at = pa.array(rows)
        columns = {name: self.values(name).take(at) for name in self.names}
        return Table(self.name, self.names, columns, len(rows), self.text, (self, rows))

    def locate(self, row: int) -> tuple[int, str]:
        """Return line number and text of a row; row number and cells where the source has no lines."""
        if self.made_of is not None:
            parent, rows = self.made_of
            return parent.locate(int(rows[row]))
        if self.text is not None:
            return self.text.locate(row)
        values = [
            column.iloc[row] if isinstance(column, pd.Series) else column[row].as_py()
            for column in self.columns.values()
        ]
        return row + 1, "|".join("" if value is None else str(value) for value in values)


def open_table(source: TableSource, *, delimiter: str | None = None) -> Table:
    """Open a table.

    Parameters
    ----------
    source : path, bytes, DataFrame or pa.Table
        CSV (or another delimiter) with a header line, JSON records, or Parquet, distinguished by their first bytes.
    delimiter : str, optional
        One character; default: the one of ``, ; | tab`` that occurs most often in the header.

    Raises
    ------
    ImportRefusedError
        The source is empty, has no rows, or is neither text, JSON nor Parquet.
    """
    if isinstance(source, pd.DataFrame):
        table = _from_frame(source)
    elif isinstance(source, pa.Table):
        table = Table(source_name(source), source.column_names, _columns(source), source.num_rows)
    else:
        file = _file(source)
        if file.data.startswith(_PARQUET):
            table = _from_parquet(file.data, file.name)
        elif file.data.removeprefix(BOM).lstrip()[:1] in (b"[", b"{"):
            table = _from_json(file.data, file.name)
        else:
            table = _from_text(file.data, file.name, delimiter)
    if not table.n_rows and not table.malformed:
        raise ImportRefusedError(f"{table.name}: the table holds no rows; nothing was imported")
    return table


def _file(source: object) -> SourceFile:
    if isinstance(source, File):
        return read_file(source)
    raise InvalidInputError("source", source, "be a path, bytes, a DataFrame or a pyarrow Table")


def is_text(kind: pa.DataType) -> bool:
    """Return whether an Arrow type is a string type."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or _is_view(kind))


def _is_view(kind: pa.DataType) -> bool:
    check = getattr(pa.types, "is_string_view", None)  # pyarrow 16 has it, with fewer kernels
    return check is not None and bool(check(kind))


def _from_frame(frame: pd.DataFrame) -> Table:
    # An index of times or symbols is a column, named or not; one of row numbers is none.
    if any(name is not None for name in frame.index.names) or frame.index.dtype.kind not in "iu":
        frame = frame.reset_index()
    names = [str(name) for name in frame.columns]
    refuse_repeats(names, "<DataFrame>")
    columns = {name: frame.iloc[:, at] for at, name in enumerate(names)}
    return Table("<DataFrame>", names, columns, len(frame))


def _from_parquet(data: bytes, name: str) -> Table:
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(arrow_reader(data))
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(name, error) from None
    names = file.schema_arrow.names
    refuse_repeats(names, name)
    return Table(name, names, _ParquetColumns(file, names, name), file.metadata.num_rows)


class _ParquetColumns(Mapping[str, pa.ChunkedArray]):
    """Reads a column when it is first used: archives carry many that are not needed."""

    def __init__(self, file: parquet.ParquetFile, names: list[str], source: str) -> None:
        self._file, self._names, self._source = file, names, source
        self._read: dict[str, pa.ChunkedArray] = {}

    def __getitem__(self, name: str) -> pa.ChunkedArray:
        if name not in self._read:
            try:
                self._read[name] = self._file.read(columns=[name]).column(0)
            except (pa.ArrowException, OSError) as error:
                raise _unreadable(self._source, error) from None
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _unreadable(name: str, error: Exception) -> ImportRefusedError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return ImportRefusedError(f"{name}: not a readable Parquet file ({reason})")


def read_json(data: bytes, name: str) -> Json:
    """Read a JSON document, or records one a line as a list; numbers stay as they are written, as text.

    Raises
    ------
    ImportRefusedError
        It is no JSON.
    """
    data = data.removeprefix(BOM)
    try:
        return load_json(data, numbers_as_text=True)
    except ValueError:
        try:
            lines = [line for line in data.splitlines() if line.strip()]
            return [load_json(line, numbers_as_text=True) for line in lines]
        except ValueError as error:
            raise ImportRefusedError(f"{name}: not readable JSON ({error})") from None


def records_table(records: Sequence[Mapping[str, Json]], name: str) -> Table:
    """Return records as a table: a column for every key, in the order of their first use."""
    names = list(dict.fromkeys(key for record in records for key in record))
    held = sum(map(len, records))
    if len(names) > MOST_COLUMNS or len(names) * len(records) > 16 * held + _SPARSE:
        raise ImportRefusedError(
            f"{name}: {len(records):,} records with {len(names):,} different fields have hardly any in common; "
            "this is no table"
        )
    columns = {
        key: pa.array([_json_cell(record.get(key)) for record in records], pa.string())
        for key in names
    }
    return Table(name, names, columns, len(records))


def _from_json(data: bytes, name: str) -> Table:
    """Read a list of records, alone or as the one list in an object, or one record a line."""
    document = read_json(data, name)
    if isinstance(document, dict):
        lists = [
            v for v in document.values() if isinstance(v, list) and v and isinstance(v[0], dict)
        ]
        if len(lists) != 1:
            message = next(
                (document[k] for k in ("message", "error", "errmsg") if k in document), None
            )
            stated = f" that says {str(message)[:80]!r}" if message else ""
            raise ImportRefusedError(
                f"{name}: JSON with {len(lists)} lists of records{stated}; one list of records is read, alone or in an object"
            )
        document = lists[0]
    records = records_of(document if isinstance(document, list) else [])
    if records is None:
        raise ImportRefusedError(f"{name}: JSON that holds something else than records")
    return records_table(records, name)


def _json_cell(value: Json) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _columns(table: pa.Table) -> dict[str, pa.ChunkedArray]:
    refuse_repeats(table.column_names, "the table")
    return dict(zip(table.column_names, table.columns, strict=True))


def _from_text(data: bytes, name: str, delimiter: str | None) -> Table:
    if b"\0" in data:
        raise ImportRefusedError(f"{name}: neither text nor Parquet; nothing was imported")
    data = data.removeprefix(BOM)
    if _PAGE.match(data):
        raise ImportRefusedError(
            f"{name}: a web page or an error in XML, not data; a failed download looks like that, and nothing was imported"
        )
    blank = len(data) - len(data.lstrip(b"\r\n"))
    end = data.find(b"\n", blank)
    head, body = (data[blank:end], data[end + 1 :]) if end >= 0 else (data[blank:], b"")
    header = head.decode("utf-8", errors="replace").rstrip("\r")
    if delimiter is None:
        delimiter = max(_DELIMITERS, key=header.count)
    elif len(delimiter) != 1:
        raise InvalidInputError("delimiter", delimiter, "be one character")
    names = header_cells(header, name, delimiter)
    refuse_repeats([n for n in names if n], name)
    unique = [cell or f"(column {at})" for at, cell in enumerate(names, 1)]
    line = data[:blank].count(b"\n") + 2
    text = read_delimited(
        body, unique, unique, delimiter=delimiter, first_line=line, quoted=True, name=name
    )
    return Table(name, unique, _columns(text.table), text.table.num_rows, text)


def _checked_objects(column: pd.Series) -> Texts:
    cells: list[str | None] = []
    bad: dict[int, str] = {}
    for row, value in enumerate(column):
        if isinstance(value, str):
            cells.append(str(value))
            continue
        cells.append(None)
        if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
            bad[row] = _LOST
        elif isinstance(value, (int, np.integer)) and not isinstance(value, bool):
            cells[-1] = str(value)
        else:
            bad[row] = (
                f"symbol {value!r} is a {type(value).__name__}, not text; turn type guessing off"
            )
    return Texts(pa.array(cells, pa.string()), bad)
