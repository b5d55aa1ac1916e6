"""Rows of text cells for files whose header is odd: below prose, with a name twice, or missing; and what their cells say."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

import pyarrow as pa

from shortable.errors import ImportRefusedError, SymbolError
from shortable.importers.files import SourceFile
from shortable.importers.report import Reject
from shortable.importers.tables import read_json
from shortable.importers.times import parse_stamps
from shortable.json_types import Json, records_of
from shortable.market import Market
from shortable.store import Dataset
from shortable.symbol import Symbol

__all__ = [
    "CellReader",
    "Cells",
    "arrays_of",
    "csv_lines",
    "heading",
    "json_cells",
    "read_code",
    "read_day",
    "read_number",
    "read_shares",
]

_SHARES = re.compile(r"-?\d{1,3}(,\d{3})+|-?\d{1,18}")


@dataclass
class Cells:
    """Rows of a file, cell by cell."""

    name: str
    """The file."""
    columns: tuple[str, ...]
    """What the cells of a row are."""
    rows: list[list[str]]
    """One list of cells a row, in the order of `columns`."""
    lines: list[int]
    """Line of each row, from 1; in JSON the number of the record."""
    malformed: list[Reject] = field(default_factory=list)
    """Lines that are no rows."""

    def locate(self, row: int) -> tuple[int, str]:
        """Return the line number and the cells of a row."""
        return self.lines[row], ",".join(self.rows[row])

    def column(self, name: str) -> list[str]:
        """Return one cell of every row."""
        at = self.columns.index(name)
        return [cells[at] for cells in self.rows]


def heading(text: str) -> str:
    """Return a heading as it is compared: full-width characters as plain ones, without blanks.

    Examples
    --------
    >>> heading(" 速報／確報 "), heading("貸借値段（円）")
    ('速報/確報', '貸借値段(円)')
    """
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def csv_lines(
    file: SourceFile, *, encodings: Sequence[str] = ("utf-8-sig",), delimiter: str = ","
) -> list[tuple[int, list[str]]]:
    """Return line number and cells of every line that is not blank.

    Parameters
    ----------
    file : SourceFile
    encodings : sequence of str
        Tried in this order; in the last one damaged characters are replaced.
    delimiter : str
        One character.

    Raises
    ------
    ImportRefusedError
        It is not text.
    """
    if b"\0" in file.data:
        raise ImportRefusedError(f"{file.name}: not a text file; nothing was imported")
    text = ""
    for encoding in encodings:
        try:
            text = file.data.decode(encoding)
            break
        except UnicodeDecodeError:
            text = file.data.decode(encoding, errors="replace")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    found: list[tuple[int, list[str]]] = []
    before = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((before + 1, [cell.strip() for cell in cells]))
            before = reader.line_num
    except csv.Error as error:
        raise ImportRefusedError(f"{file.name}: not readable as CSV ({error})") from None
    return found


def json_cells(file: SourceFile, wanted: Sequence[str], several: Sequence[str] = ()) -> list[Cells]:
    """Return the rows of JSON records, or of tables of columns and values, that have the wanted fields.

    Parameters
    ----------
    file : SourceFile
        A list of records, alone or as the list of an object (``data``, ``results``, ``table``); or objects with ``columns``
        (names, or records with a ``name``) and ``values``, alone, under ``table``, or several as a list of pages.
    wanted : sequence of str
        Fields that a table needs.
    several : sequence of str
        Fields that it may have; where it has not, their cells are empty.

    Returns
    -------
    list of Cells
        One for each table that has the wanted fields.

    Raises
    ------
    ImportRefusedError
        It is not JSON.
    """
    found = []
    for records in _tables(read_json(file.data, file.name), depth=3):
        names = {name for record in records for name in record}
        if not records or not set(wanted) <= names:
            continue
        cells = Cells(file.name, (*wanted, *several), [], [])
        for number, record in enumerate(records, 1):
            row = [record.get(name) for name in cells.columns]
            if any(isinstance(cell, (dict, list)) for cell in row):
                reason = "a cell is no text and no number"
                cells.malformed.append(Reject(file.name, number, str(record), reason))
                continue
            cells.rows.append(["" if cell is None else str(cell).strip() for cell in row])
            cells.lines.append(number)
        found.append(cells)
    return found


def _tables(value: Json, depth: int) -> Iterator[list[dict[str, Json]]]:
    """Yield every list of records in a document, those of columns and values among them."""
    if isinstance(value, dict):
        columns, values = value.get("columns"), value.get("values")
        if isinstance(columns, list) and isinstance(values, list):
            names = [str(c.get("name") if isinstance(c, dict) else c).strip() for c in columns]
            rows = [row for row in values if isinstance(row, list) and len(row) >= len(names)]
            if len(rows) == len(values):
                yield [dict(zip(names, row, strict=False)) for row in rows]
        elif depth:
            for one in value.values():
                yield from _tables(one, depth - 1)
    elif isinstance(value, list) and value:
        records = records_of(value)
        if records is not None and not any({"columns", "table"} & set(one) for one in records):
            yield records
        elif depth:
            for one in value:
                yield from _tables(one, depth - 1)


_Value = TypeVar("_Value")


class CellReader:
    """Reads columns of cells and collects why rows cannot be used."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self.bad: dict[int, str] = {}

    def read(
        self, name: str, convert: Callable[[str], _Value | None], what: str, *, empty: bool = False
    ) -> list[_Value | None]:
        """Return a column's values; a cell that `convert` makes None of is what a row is rejected for.

        Parameters
        ----------
        name : str
            The column.
        convert : callable
            From a cell to its value; None where it is none.
        what : str
            What it is not, for the reason, such as ``"a number of shares"``.
        empty : bool
            An empty cell is None, and no fault.
        """
        values = []
        for row, text in enumerate(self.cells.column(name)):
            value = None if empty and not text else convert(text)
            if value is None and not (empty and not text):
                self.reject(row, f"{name} {text!r} is not {what}")
            values.append(value)
        return values

    def reject(self, row: int, reason: str) -> None:
        """Reject a row; of several reasons all are kept."""
        self.bad[row] = f"{self.bad[row]}; {reason}" if row in self.bad else reason


def read_shares(text: str) -> int | None:
    """Return a whole number of shares of at least 0, with or without thousands commas; None for anything else.

    Examples
    --------
    >>> read_shares("1,200"), read_shares("１２"), read_shares("-1"), read_shares("1,23")
    (1200, 12, None, None)
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if not plain.isascii() or not _SHARES.fullmatch(plain):
        return None
    digits = plain.replace(",", "")
    return int(digits) if len(digits) <= 18 and not digits.startswith("-") else None


def read_number(text: str, *, decimal: str = ".") -> float | None:
    """Return a number of at least 0 with a decimal point or comma, None for anything else.

    Examples
    --------
    >>> read_number("1,234.5"), read_number("1.234,5", decimal=","), read_number("1e5"), read_number("-1")
    (1234.5, 1234.5, None, None)
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    group, point = (",", r"\.") if decimal == "." else (r"\.", ",")
    if not plain.isascii() or not re.fullmatch(
        rf"(\d{{1,3}}({group}\d{{3}})+|\d{{1,18}})?({point}\d{{1,12}})?", plain
    ):
        return None
    digits = plain.replace("," if decimal == "." else ".", "").replace(",", ".")
    return float(digits) if digits.strip(".") else None


def read_day(text: str) -> date | None:
    """Return a date such as 20250115, 2025/01/15 or 2025-01-15; None where it is none, or of no likely year."""
    (stamp,) = parse_stamps([text])
    return stamp if type(stamp) is date else None


def read_code(market: Market, pattern: str) -> Callable[[str], str | None]:
    """Return a reader of a market's codes, which have to match a pattern."""
    wanted = re.compile(pattern)

    def read(text: str) -> str | None:
        plain = unicodedata.normalize("NFKC", text).strip()
        if not plain.isascii() or not wanted.fullmatch(plain):
            return None
        try:
            return Symbol.create(plain, market=market).ticker
        except SymbolError:
            return None

    return read


def arrays_of(dataset: Dataset, columns: Mapping[str, object]) -> dict[str, pa.Array]:
    """Return columns of values as arrays of a dataset's types."""
    return {
        name: pa.array(values, dataset.schema.field(name).type) for name, values in columns.items()
    }
