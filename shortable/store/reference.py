"""Closing prices and shares outstanding of a data folder, by which short interest is valued and made a rate.

``equity/<market>/daily.parquet`` holds daily bars (symbol, date, close, …), as the sample's does.
``equity/<market>/reference/shares_outstanding.parquet`` holds share counts (symbol, date, shares_outstanding), each
of which counts from its date until the next one of its symbol.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa

from shortable.arguments import check_kind
from shortable.clock import day_of
from shortable.errors import InvalidInputError
from shortable.market import Market
from shortable.shares import check_quantity
from shortable.store.files import damaged, replacing, writer_lock
from shortable.store.paths import writable_folder
from shortable.symbol import Symbol

__all__ = ["closes", "reference_marks", "shares_outstanding", "store_shares_outstanding"]

_SHARES = pa.schema(
    [("symbol", pa.string()), ("date", pa.date32()), ("shares_outstanding", pa.int64())]
)


def closes(folder: Path, symbol: Symbol) -> dict[date, float]:
    """Return a symbol's closing prices by date, in its market's currency; empty where the folder has no daily bars."""
    return {
        day: float(value)
        for day, value in _column(_market(folder, symbol) / "daily.parquet", symbol, "close")
    }


def shares_outstanding(folder: Path, symbol: Symbol) -> list[tuple[date, int]]:
    """Return a symbol's shares outstanding, each with the date from which it counts, ascending; may be empty."""
    rows = _column(_shares_path(folder, symbol.market), symbol, "shares_outstanding")
    return sorted((day, int(value)) for day, value in rows)


def reference_marks(folder: Path, market: Market) -> tuple[tuple[int, int], ...]:
    """Return a signature of a market's reference files, which changes when one of them does."""
    found = []
    for path in (
        Path(folder) / "equity" / market.value / "daily.parquet",
        _shares_path(folder, market),
    ):
        try:
            state = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            found.append((0, 0))
        else:
            found.append((state.st_mtime_ns, state.st_size))
    return tuple(found)


def store_shares_outstanding(
    table: pd.DataFrame,
    *,
    market: Market | str = Market.USA,
    data_folder: str | Path | None = None,
    made_up: bool = False,
) -> Path:
    """Replace a data folder's table of shares outstanding.

    Parameters
    ----------
    table : DataFrame
        Columns ``symbol`` (any spelling), ``date`` (from which the count was public) and ``shares_outstanding``.
    market : Market
        Market of symbols whose spelling names none; all symbols must be of it.
    data_folder : str or Path, optional
        Default ``SHORTABLE_DATA``, else ``./data``; created if need be.
    made_up : bool
        Label the file as made-up sample data.

    Raises
    ------
    InvalidInputError
        A column is missing, a symbol is of another market, a count is not above 0, or a symbol has two rows of one date.
    """
    home = Market.of(market)
    check_kind("made_up", made_up, bool, "be True or False")
    missing = [name for name in _SHARES.names if name not in getattr(table, "columns", ())]
    if missing:
        raise InvalidInputError(
            "table", missing[0], "be one of the table's columns", f"It needs {_SHARES.names}."
        )
    rows: dict[tuple[str, date], int] = {}
    columns = (table[name].tolist() for name in _SHARES.names)
    for text, day, count in zip(*columns, strict=True):
        symbol = Symbol.create(text, market=home)
        when = day_of(day)
        if (symbol.ticker, when) in rows:
            raise InvalidInputError("table", f"{text} {when}", "state each symbol once a date")
        shares = check_quantity(f"shares_outstanding of {text}", count)
        if shares == 0:
            raise InvalidInputError("shares_outstanding", 0, f"be above 0 ({text}, {when})")
        rows[symbol.ticker, when] = shares
    path = _shares_path(writable_folder(data_folder), home)
    ordered = [
        {"symbol": s, "date": d, "shares_outstanding": n} for (s, d), n in sorted(rows.items())
    ]
    with writer_lock(path, 10.0), replacing(path) as temporary:
        from pyarrow import parquet

        rows_of = pa.Table.from_pylist(ordered, schema=_SHARES)
        if made_up:
            rows_of = rows_of.replace_schema_metadata({"made_up": "made-up sample data"})
        parquet.write_table(rows_of, temporary, compression="zstd")
    return path


def _market(folder: Path, symbol: Symbol) -> Path:
    return Path(folder) / "equity" / symbol.market.value


def _shares_path(folder: Path, market: Market) -> Path:
    return Path(folder) / "equity" / market.value / "reference" / "shares_outstanding.parquet"


def _column(path: Path, symbol: Symbol, name: str) -> Sequence[tuple[date, float]]:
    """Return dates and values of one symbol, missing values left out."""
    if not path.is_file():
        return []
    from pyarrow import parquet

    with damaged(path):
        spellings = [symbol.ticker, str(symbol)]
        table = parquet.read_table(
            path, columns=["symbol", "date", name], filters=[("symbol", "in", spellings)]
        )
        days = table["date"].cast(pa.date32()).to_pylist()
    return [
        (day, value)
        for day, value in zip(days, table[name].to_pylist(), strict=True)
        if value is not None
    ]
