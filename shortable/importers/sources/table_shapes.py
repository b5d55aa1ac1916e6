"""Tables that hold availability in another shape: a matrix of days and symbols, or one file a day or symbol.

A matrix becomes one row a cell; what the file's name states becomes the time or the symbol of all rows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shortable.errors import SymbolError
from shortable.importers.numbers import is_missing
from shortable.importers.sources.table_columns import FIELDS, plain_name
from shortable.importers.tables import Table
from shortable.importers.times import parse_stamps
from shortable.symbol import Symbol

__all__ = ["Matrix", "read_matrix", "symbol_of_name", "time_of_name"]

_TICKER = re.compile(r"[A-Z0-9][A-Z0-9 ./_-]{0,15}")
_NO_TICKERS = re.compile(
    "OPEN|HIGH|LOW|CLOSE|VOLUME|VWAP|PRICE|COUNT|TRADES|LAST|BID|ASK|MID|ADJ_CLOSE|RETURNS?|TOTAL|SUM|FEE|REBATE|RATE|"
    "SYMBOL|TICKER|NAME|QUANTITY|SHARES|AVAILABLE|DATE|TIME"
)
_STAMP = re.compile(
    r"(?<![0-9])(?P<year>(?:19|20)\d\d)(?P<sep>[-._]?)(?P<month>\d\d)(?P=sep)(?P<day>\d\d)"
    r"(?:[T _.-]?(?P<hour>[01]\d|2[0-3])[-:._h]?(?P<minute>[0-5]\d)(?:[-:._m]?(?P<second>[0-5]\d))?)?(?![0-9])"
)
_NAME = re.compile(r"[A-Z]{1,5}(?:[.-][A-Z]{1,3})?|[0-9]{3,6}\.[A-Z]{1,3}")


@dataclass
class Matrix:
    """A matrix as rows.

    Attributes
    ----------
    table : Table
        Columns "symbol", "time" and "quantity"; one row a cell that states something.
    n_empty : int
        Cells that state nothing.
    note : str
        How it was read.
    times : list of str
        All its days as they are written, those without a cell among them.
    """

    table: Table
    n_empty: int
    note: str
    times: list[str]
    fields: dict[str, str] = field(
        default_factory=lambda: {"symbol": "symbol", "time": "time", "quantity": "quantity"}
    )


def read_matrix(table: Table, time_column: str | None) -> Matrix | None:
    """Read a table as a matrix of days and symbols; None where it is none.

    Parameters
    ----------
    table : Table
        A table in which no column is the symbol or the quantity by its name.
    time_column : str or None
        The column of times, where one is by its name.
    """
    edge = time_column or table.names[0]
    others = [name for name in table.names if name != edge and not name.startswith("(column ")]
    if not others:
        return None
    if _are_times(table.cells(edge).slice(0, 50).to_pylist()) and all(map(_is_ticker, others)):
        return _rows(table, edge, others, down="time", note="days down, symbols across")
    if time_column is None and _are_times(others) and _may_be_symbols(table, edge):
        return _rows(table, edge, others, down="symbol", note="symbols down, days across")
    return None


def _are_times(texts: list[str]) -> bool:
    return bool(texts) and all(
        not isinstance(stamp, str) or bool(re.match(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}", text))
        for text, stamp in zip(texts, parse_stamps(texts), strict=True)
    )


def _is_ticker(name: str) -> bool:
    if not _TICKER.fullmatch(name) or _NO_TICKERS.fullmatch(plain_name(name).upper()):
        return False
    try:
        Symbol.create(name)
    except SymbolError:
        return False
    return True


def _may_be_symbols(table: Table, column: str) -> bool:
    named = plain_name(column) in {alias for tier in FIELDS["symbol"] for alias in tier}
    return named or all(map(_is_ticker, table.cells(column).slice(0, 50).to_pylist()))


def _rows(table: Table, edge: str, others: list[str], *, down: str, note: str) -> Matrix:
    """Return one row a cell, in the order of the lines."""
    n_rows, n_columns = table.n_rows, len(others)
    # Columns one after the other, then by line, so that rejects are listed in the order of the file.
    order = np.arange(n_rows * n_columns).reshape(n_columns, n_rows).T.ravel()
    cells = pa.concat_arrays([table.cells(name) for name in others]).take(pa.array(order))
    row_of = np.repeat(np.arange(n_rows), n_columns)
    texts = cells.dictionary_encode()
    missing = np.array([is_missing(text) for text in texts.dictionary.to_pylist()], dtype=bool)
    keep = np.flatnonzero(~missing[np.array(texts.indices, dtype=np.int64)])
    across = pa.array(others, pa.string()).take(pa.array(keep % n_columns))
    along = table.values(edge).take(pa.array(row_of[keep]))
    columns = {
        "symbol": across if down == "time" else along,
        "time": along if down == "time" else across,
        "quantity": cells.take(pa.array(keep)),
    }
    rows = Table(
        table.name,
        list(columns),
        columns,
        len(keep),
        made_of=(table, row_of[keep].astype(np.int64)),
    )
    return Matrix(
        rows,
        len(cells) - len(keep),
        f"read as a matrix: {note}, and shares that could be borrowed in each cell",
        others if down == "symbol" else pc.unique(table.cells(edge)).to_pylist(),
    )


def time_of_name(name: str) -> str | None:
    """Return the day, and the time where there is one, that a file's name states; None where it states none or two.

    Examples
    --------
    >>> time_of_name("short_20210423.csv"), time_of_name("avail-2021-04-23_1930.csv"), time_of_name("AAXQ.csv")
    ('2021-04-23', '2021-04-23 19:30:00', None)
    """
    found = list(_STAMP.finditer(name))
    if len(found) != 1:
        return None
    match = found[0]
    day = f"{match['year']}-{match['month']}-{match['day']}"
    if match["hour"] is None:
        return day
    return f"{day} {match['hour']}:{match['minute']}:{match['second'] or '00'}"


def symbol_of_name(name: str, *, stated: bool = False) -> str | None:
    """Return the symbol that a file's name states beside a day; None where it states none.

    Parameters
    ----------
    name : str
        Name of the file.
    stated : bool
        Whether the caller states that it is a symbol; otherwise only a ticker in capitals is one.

    Examples
    --------
    >>> symbol_of_name("AAXQ.csv"), symbol_of_name("AAXQ_20210423.csv"), symbol_of_name("availability.csv")
    ('AAXQ', 'AAXQ', None)
    """
    stem = re.sub(r"\.(csv|tsv|txt|json|jsonl|parquet|dat)$", "", name, flags=re.IGNORECASE)
    rest = _STAMP.sub("", stem).strip(" ._-")
    return rest if _NAME.fullmatch(rest) or (stated and rest) else None
