"""A table from anywhere (CSV, Parquet, DataFrame) as Arrow columns, with no type guessed from its text."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shortable.errors import ImportRefusedError, InvalidInputError
from shortable.importers.base import read_source, source_name
from shortable.importers.cells import Texts
from shortable.importers.delimited import Delimited, read_delimited

__all__ = ["TableSource", "Tabular", "open_table"]

TableSource: TypeAlias = str | Path | bytes | pd.DataFrame | pa.Table
_PARQUET = b"PAR1"
_DELIMITERS = ",;|\t"
_LOST = (
    "the symbol is missing; read tickers as text with NA detection off, for NA and NAN are tickers"
)


@dataclass
class Tabular:
    """Columns of a source.

    Attributes
    ----------
    name : str
        What messages call the source.
    names : list of str
        Its column names, as they stand there.
    text : Delimited or None
        The lines, where the source is text.
    """

    name: str
    names: list[str]
    columns: Mapping[str, Any] = field(repr=False)
    n_rows: int
    text: Delimited | None = None

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

    def locate(self, row: int) -> tuple[int, str]:
        """Return line number and text of a row; row number and cells where the source has no lines."""
        if self.text is not None:
            return self.text.locate(row)
        values = [
            column.iloc[row] if isinstance(column, pd.Series) else column[row].as_py()
            for column in self.columns.values()
        ]
        return row + 1, "|".join("" if value is None else str(value) for value in values)


def open_table(source: TableSource, *, delimiter: str | None = None) -> Tabular:
    """Open a table.

    Parameters
    ----------
    source : path, bytes, DataFrame or pa.Table
        CSV (or another delimiter) with a header line, or Parquet, told apart by their first bytes.
    delimiter : str, optional
        One character; default: the one of ``, ; | tab`` that the header holds most of.

    Raises
    ------
    ImportRefusedError
        The source is empty, has no rows, or is neither text nor Parquet.
    """
    if isinstance(source, pd.DataFrame):
        table = _from_frame(source)
    elif isinstance(source, pa.Table):
        table = Tabular(source_name(source), source.column_names, _columns(source), source.num_rows)
    elif isinstance(source, (str, Path, bytes)):
        data = read_source(source)
        read = _from_parquet if data[:4] == _PARQUET else _from_text
        table = read(data, source_name(source), delimiter)
    else:
        raise InvalidInputError(
            "source", source, "be a path, bytes, a DataFrame or a pyarrow Table"
        )
    if not table.n_rows and not (table.text and table.text.n_malformed):
        raise ImportRefusedError(f"{table.name}: the table holds no rows; nothing was imported")
    return table


def is_text(kind: pa.DataType) -> bool:
    """Say whether an Arrow type is a string type."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or _is_view(kind))


def _is_view(kind: pa.DataType) -> bool:
    check = getattr(pa.types, "is_string_view", None)  # pyarrow 16 has it, with fewer kernels
    return check is not None and bool(check(kind))


def _from_frame(frame: pd.DataFrame) -> Tabular:
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    names = [str(name) for name in frame.columns]
    _refuse_repeats(names, "<DataFrame>")
    columns = {name: frame.iloc[:, at] for at, name in enumerate(names)}
    return Tabular("<DataFrame>", names, columns, len(frame))


def _from_parquet(data: bytes, name: str, _delimiter: str | None) -> Tabular:
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(pa.BufferReader(data))
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(name, error) from None
    names = file.schema_arrow.names
    _refuse_repeats(names, name)
    return Tabular(name, names, _ParquetColumns(file, names, name), file.metadata.num_rows)


class _ParquetColumns(Mapping[str, Any]):
    """Reads a column when it is first asked for: archives carry many that nobody wants."""

    def __init__(self, file: Any, names: list[str], source: str) -> None:
        self._file, self._names, self._source = file, names, source
        self._read: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
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


def _columns(table: pa.Table) -> dict[str, Any]:
    _refuse_repeats(table.column_names, "the table")
    return dict(zip(table.column_names, table.columns, strict=True))


def _from_text(data: bytes, name: str, delimiter: str | None) -> Tabular:
    if b"\0" in data:
        raise ImportRefusedError(f"{name}: neither text nor Parquet; nothing was imported")
    data = data.removeprefix(b"\xef\xbb\xbf")
    blank = len(data) - len(data.lstrip(b"\r\n"))
    end = data.find(b"\n", blank)
    head, body = (data[blank:end], data[end + 1 :]) if end >= 0 else (data[blank:], b"")
    header = head.decode("utf-8", errors="replace").rstrip("\r")
    if delimiter is None:
        delimiter = max(_DELIMITERS, key=header.count)
    elif len(delimiter) != 1:
        raise InvalidInputError("delimiter", delimiter, "be one character")
    names = [cell.strip() for cell in next(csv.reader([header], delimiter=delimiter))]
    _refuse_repeats([n for n in names if n], name)
    unique = [cell or f"(column {at})" for at, cell in enumerate(names, 1)]
    line = data[:blank].count(b"\n") + 2
    text = read_delimited(body, unique, unique, delimiter=delimiter, first_line=line, quoted=True)
    return Tabular(name, unique, _columns(text.table), text.table.num_rows, text)


def _refuse_repeats(names: Sequence[str], source: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ImportRefusedError(f"{source}: several columns are named {', '.join(twice)}")


def _checked_objects(column: pd.Series[Any]) -> Texts:
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
