"""Trade lists as files: CSV in any separator and encoding, Parquet, JSON, Interactive Brokers' statements and Flex XML."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd

from shortable.arguments import path_of
from shortable.errors import InvalidInputError
from shortable.json_types import load_json
from shortable.research.trade_lists.columns import plain
from shortable.research.trade_lists.exporters import exporter_of

__all__ = ["ListTable", "open_list"]

_ENCODINGS = ("utf-8-sig", "gb18030", "cp1252")
_LEAD = 30
"""Lines of prose that brokers put before a header, at most."""


@dataclass(frozen=True, slots=True)
class ListTable:
    """A trade list as a table of text, or of the types that it had."""

    name: str
    """What messages call it."""
    table: pd.DataFrame
    """Its rows, a column each; a name that occurs again ends in ``.1``."""
    lines: Sequence[int]
    """Line of the file of each row; row + 1 of a table."""
    separator: str = ","
    """What separates its fields."""
    skipped: Sequence[tuple[int, str]] = ()
    """Lines that are no rows, with the reason."""


def open_list(source: str | Path | pd.DataFrame) -> ListTable:
    """Open a trade list.

    Raises
    ------
    InvalidInputError
        The file is not there or is no table.
    """
    if isinstance(source, pd.DataFrame):
        return _of_frame(source, "the table")
    path = path_of("trades", source)
    if not path.is_file():
        raise InvalidInputError("trades", str(path), "be a file; nothing is there")
    try:
        match path.suffix.lower():
            case ".parquet" | ".pq":
                return _of_frame(pd.read_parquet(path), path.name)
            case ".json":
                return _of_records(load_json(path.read_bytes()), path.name)
            case ".xml":
                return _of_flex(path)
            case _:
                data = path.read_bytes()
                if data.startswith(b"PK\x03\x04"):
                    raise InvalidInputError(
                        "trades",
                        path.name,
                        "be text: save a spreadsheet's sheet, or unpack a zip file, as CSV",
                    )
                return _of_text(_decoded(data), path.name)
    except (ValueError, OSError, csv.Error, ElementTree.ParseError) as error:
        if isinstance(error, InvalidInputError):
            raise
        raise InvalidInputError(
            "trades", path.name, "be a readable table", str(error).splitlines()[0]
        ) from None


def _of_frame(frame: pd.DataFrame, name: str) -> ListTable:
    named = [n for n in frame.index.names if n is not None]
    unnamed_times = not named and isinstance(frame.index, pd.DatetimeIndex)
    if unnamed_times:
        frame = frame.rename_axis(index="")
    table = frame.reset_index() if named or unnamed_times else frame.reset_index(drop=True)
    return ListTable(name, table, range(1, len(table) + 1))


def _of_records(data: object, name: str) -> ListTable:
    records = _records_in(data)
    if records is None:
        raise InvalidInputError("trades", name, "be a list of records")
    return _of_rows([_texts(row.values(), row.keys()) for row in map(_flat, records)], name)


def _records_in(data: object) -> list[dict[str, object]] | None:
    """Return the records of an answer, however deep they lie; a list of one may be the record itself (Tradier)."""
    while isinstance(data, dict):
        lists = [value for value in data.values() if isinstance(value, list)]
        if len(lists) == 1:
            data = lists[0]
        elif len(data) == 1 and isinstance(inner := next(iter(data.values())), dict):
            data = inner
        else:
            return [data] if not lists else None
    if not isinstance(data, list):
        return None
    records = [row for row in data if isinstance(row, dict)]
    return records if len(records) == len(data) else None


def _flat(record: dict[str, object]) -> dict[str, object]:
    """Return a record with the values of the objects in it beside its own, which count first."""
    flat = {name: value for name, value in record.items() if not isinstance(value, dict)}
    for value in record.values():
        if isinstance(value, dict):
            for inner, one in value.items():
                flat.setdefault(inner, one)
    return flat


def _texts(values: Iterable[object], names: Iterable[object]) -> dict[str, str]:
    return {str(n): "" if v is None else str(v) for n, v in zip(names, values, strict=True)}


def _of_rows(rows: list[dict[str, str]], name: str) -> ListTable:
    names = list(dict.fromkeys(n for row in rows for n in row))
    table = pd.DataFrame(
        [[row.get(n, "") for n in names] for row in rows], columns=names, dtype=object
    )
    return ListTable(name, table, range(1, len(rows) + 1))


def _of_flex(path: Path) -> ListTable:
    """Read the trades of a Flex query."""
    root = ElementTree.parse(path).getroot()
    rows = [dict(element.attrib) for element in root.iter("Trade")]
    if not rows:
        raise InvalidInputError(
            "trades", path.name, "hold Trade elements, as a Flex query with trades does"
        )
    return _of_rows(rows, path.name)


def _decoded(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _of_text(text: str, name: str) -> ListTable:
    rows, separator = _split(text)
    rows, skipped = _section(rows)
    at = _header_at(rows)
    if at is None:
        raise InvalidInputError("trades", name, "have a header and at least one row")
    header = rows[at][1]
    names = _unique(header)
    kept, lines = [], []
    for line, cells in rows[at + 1 :]:
        filled = sum(1 for cell in cells if cell)
        if len(cells) > len(header) and any(cells[len(header) :]):
            raise InvalidInputError(
                f"line {line} of {name}",
                f"{len(cells)} fields",
                f"have the header's {len(header)}",
                f"Fields are separated by {separator!r}.",
            )
        if filled <= 1 < len(header):
            skipped.append((line, "it is no row of the table"))
            continue
        kept.append((cells + [""] * len(header))[: len(header)])
        lines.append(line)
    table = pd.DataFrame(kept, columns=names, dtype=object)
    return ListTable(name, table, lines, separator, skipped)


def _split(text: str) -> tuple[list[tuple[int, list[str]]], str]:
    """Return lines with their cells; blank ones are left out."""
    head = "\n".join(text.splitlines()[:_LEAD])
    separator = max(",;\t|", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    rows = []
    for cells in reader:
        stripped = [cell.strip() for cell in cells]
        if any(stripped):
            rows.append((reader.line_num, stripped))
    return rows, separator


def _section(
    rows: list[tuple[int, list[str]]],
) -> tuple[list[tuple[int, list[str]]], list[tuple[int, str]]]:
    """Return the trades of a statement with many sections; every other list as it is."""
    if any(cells[:2] == ["Trades", "Header"] for _, cells in rows):
        return _activity_statement(rows), []
    if any(cells[:2] == ["HEADER", "TRNT"] for _, cells in rows):
        kept = [
            (line, cells[2:])
            for line, cells in rows
            if cells[1:2] == ["TRNT"] and cells[0] in ("HEADER", "DATA")
        ]
        return kept, []
    return rows, []


def _activity_statement(rows: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """Bring the sections "Trades" of Interactive Brokers' statement, each with a header of its own, under one header."""
    header: list[str] = []
    names: list[str] = []
    found: list[tuple[int, dict[str, str]]] = []
    for line, cells in rows:
        if cells[0] != "Trades" or len(cells) < 3:
            continue
        if cells[1] == "Header":
            names = ["Comm/Fee" if cell.startswith("Comm") else cell for cell in cells[2:]]
            header += [n for n in names if n and n not in header]
        elif cells[1] == "Data":
            found.append((line, dict(zip(names, cells[2:], strict=False))))
    return [(0, header), *((line, [row.get(n, "") for n in header]) for line, row in found)]


def _header_at(rows: list[tuple[int, list[str]]]) -> int | None:
    """Return which row is the header: one that an exporter writes, else the first with several names and no numbers."""
    for at, (_, cells) in enumerate(rows[:_LEAD]):
        if exporter_of([plain(n) for n in _unique(cells)]) is not None:
            return at
    for at, (_, cells) in enumerate(rows[:_LEAD]):
        if sum(1 for cell in cells if cell) >= 3:
            return at
    return 0 if rows else None


def _unique(names: Sequence[str]) -> list[str]:
    """Return names with ``.1`` and so on at those that occur again, as pandas does."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        count = seen[name] = seen.get(name, -1) + 1
        found.append(f"{name}.{count}" if count else name)
    return found
