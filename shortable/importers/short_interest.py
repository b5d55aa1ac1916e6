"""What the importers of short interest share: a parsed file, its rejects, and the road into the store."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shortable.clock import parse_time
from shortable.errors import ImportRefusedError
from shortable.importers.base import Progress
from shortable.importers.cells import Texts
from shortable.importers.delimited import Delimited
from shortable.importers.report import ImportedSnapshot, ImportReport, Reject
from shortable.market import Market
from shortable.store import SHORT_INTEREST, check_lag, check_published, known_at, known_by_rule

__all__ = [
    "ParsedShortInterest",
    "dates",
    "import_files",
    "save_short_interest",
    "split_header",
    "table_of",
]


@dataclass
class ParsedShortInterest:
    """One file, parsed and not yet stored.

    Attributes
    ----------
    source : str
        Name of the file, for messages.
    market : Market
        What it is of.
    rows_read : int
        Rows of the file: every one is in the table or among the rejects.
    table : pa.Table
        Of `SHORT_INTEREST.schema`.
    rejects : list of Reject
        Rows that could not be used, by line.
    """

    source: str
    market: Market
    rows_read: int
    table: pa.Table
    rejects: list[Reject] = field(default_factory=list)


def split_header(data: bytes, name: str, *, delimiter: str) -> tuple[list[str], bytes]:
    """Return the column names of a file's first line, and the lines after it.

    Raises
    ------
    ImportRefusedError
        The file is not text, or a column's name stands twice.
    """
    if b"\0" in data:
        raise ImportRefusedError(f"{name}: not a text file; nothing was imported")
    line, _, body = data.removeprefix(b"\xef\xbb\xbf").partition(b"\n")
    header = next(
        csv.reader([line.decode("utf-8", errors="replace").strip()], delimiter=delimiter), []
    )
    header = [cell.strip() for cell in header]
    if len(set(header)) < len(header):
        raise ImportRefusedError(f"{name}: a column's name stands twice in its header")
    return header, body


def dates(column: pa.Array, name: str, form: str) -> Texts:
    """Read a column of dates; the values are date32, null where a row cannot be used.

    Parameters
    ----------
    column : pa.Array of string
    name : str
        What the reasons call the column.
    form : str
        As `datetime.strptime` has it.
    """
    coded = column.dictionary_encode()
    read = [_date(text, form) for text in coded.dictionary.to_pylist()]
    values = pa.array(read, pa.date32()).take(coded.indices)
    rows = np.flatnonzero(np.asarray(values.is_null())).tolist()
    return Texts(
        values, {row: f"{name} {column[row].as_py()!r} is not a date ({form})" for row in rows}
    )


def _date(text: str, form: str) -> date | None:
    try:
        return datetime.strptime(text.strip(), form).date()
    except ValueError:
        return None


def table_of(
    values: Mapping[str, pa.Array],
    bad: Mapping[int, str],
    rows: Delimited,
    name: str,
    market: Market,
    *,
    lag: int | None,
    published: Any,
) -> ParsedShortInterest:
    """Return the rows that can be used as a table of `SHORT_INTEREST.schema`, with the instant from which each was known.

    Raises
    ------
    ImportRefusedError
        No row can be used.
    """
    n_rows = rows.table.num_rows
    reasons = dict(bad) | _repeats(values["symbol"], values["settlement_date"], bad, rows)
    good = np.ones(n_rows, dtype=np.bool_)
    good[list(reasons)] = False
    rejects = [Reject(name, *rows.locate(row), reason) for row, reason in reasons.items()]
    rejects += [
        Reject(name, line, text, f"the row does not have the header's {rows.n_cells} cells")
        for line, text in rows.malformed
    ]
    rejects.sort(key=lambda reject: reject.line)
    if not good.any():
        why = f"; line {rejects[0].line}: {rejects[0].reason}" if rejects else " (it holds none)"
        raise ImportRefusedError(f"{name}: no row can be used{why}")
    days = values["settlement_date"].filter(pa.array(good))
    known, ruled = _publications(pc.unique(days).to_pylist(), market, lag, published)
    columns = {column: array.filter(pa.array(good)) for column, array in values.items()}
    instants = [known[day] for day in days.to_pylist()]
    columns["known_at"] = pa.array(instants, pa.int64()).cast(pa.timestamp("us", "UTC"))
    columns["by_rule"] = pa.array([ruled[day] for day in days.to_pylist()])
    count = len(days)
    arrays = [_column(columns.get(f.name), f, count) for f in SHORT_INTEREST.schema]
    return ParsedShortInterest(
        name,
        market,
        rows.n_lines,
        pa.Table.from_arrays(arrays, schema=SHORT_INTEREST.schema),
        rejects,
    )


def _column(given: pa.Array | None, wanted: pa.Field, count: int) -> pa.Array:
    if given is not None:
        return given.cast(wanted.type)
    return (
        pa.nulls(count, wanted.type) if wanted.nullable else pa.array([False] * count, wanted.type)
    )


def _repeats(
    symbols: pa.Array, days: pa.Array, bad: Mapping[int, str], rows: Delimited
) -> dict[int, str]:
    """Find rows that state a symbol and date again: the first one stands."""
    first: dict[tuple[str, date], int] = {}
    found = {}
    for row, key in enumerate(zip(symbols.to_pylist(), days.to_pylist(), strict=True)):
        if row not in bad and first.setdefault(key, row) != row:
            found[row] = f"duplicate of line {rows.locate(first[key])[0]}: {key[0]} at {key[1]}"
    return found


def _publications(
    days: list[date], market: Market, lag: int | None, published: Any
) -> tuple[dict[date, int], dict[date, bool]]:
    """Return from when each settlement date's figures were known, and whether by the rule."""
    lag = check_lag(lag)
    if published is not None and not callable(getattr(published, "items", None)):
        moment = (
            parse_time(published, parameter="published")
            if isinstance(published, str)
            else published
        )
        published = dict.fromkeys(days, moment)
    stated = check_published(published)
    known = {
        day: known_at(stated[day], market) if day in stated else known_by_rule(day, market, lag)
        for day in days
    }
    return known, {day: day not in stated for day in days}


def import_files(
    parse: Callable[..., ParsedShortInterest],
    source: str,
    files: Any,
    *,
    data_folder: str | Path | None,
    lag: int | None,
    published: Any,
    replace: bool,
    progress: Progress | None,
) -> ImportReport:
    """Parse every file, then store them all."""
    given = [files] if isinstance(files, (str, Path, bytes)) else list(files)
    if not given:
        raise ImportRefusedError("no file was given; nothing was imported")
    parsed = []
    for done, file in enumerate(given):
        if progress is not None:
            progress("read", done, len(given))
        parsed.append(parse(file, lag=lag, published=published))
    if progress is not None:
        progress("read", len(given), len(given))
    return save_short_interest(
        parsed, source, data_folder=data_folder, replace=replace, progress=progress
    )


def save_short_interest(
    parsed: Sequence[ParsedShortInterest],
    source: str,
    *,
    data_folder: str | Path | None,
    replace: bool,
    progress: Progress | None,
) -> ImportReport:
    """Store parsed files of one market, and report.

    Raises
    ------
    SnapshotConflictError
        A figure differs from the stored one of the same publication, and `replace` is False.
    """
    market = parsed[0].market
    new, _ = SHORT_INTEREST.append(
        source,
        [one.table for one in parsed],
        market=market,
        data_folder=data_folder,
        replace=replace,
        progress=None if progress is None else lambda done, total: progress("write", done, total),
    )
    states: list[ImportedSnapshot] = []
    for one, fresh in zip(parsed, new, strict=True):
        known = one.table["known_at"].cast(pa.int64()).to_numpy()
        for instant in np.unique(known).tolist():
            for mask, state in ((fresh, "stored"), (~fresh, "unchanged")):
                if rows := int(np.count_nonzero(mask & (known == instant))):
                    states.append(ImportedSnapshot(market, instant, True, rows, state))
    return ImportReport(
        broker=source,
        source=", ".join(one.source for one in parsed),
        rows_read=sum(one.rows_read for one in parsed),
        rejected=tuple(reject for one in parsed for reject in one.rejects),
        passed_over={},
        snapshots=tuple(sorted(states, key=lambda s: s.as_of)),
        notes=(),
    )
