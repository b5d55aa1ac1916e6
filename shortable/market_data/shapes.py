"""The shapes in which people have prices in memory, each brought to one table a ticker or one long table.

======================================  ==============================================================
shape                                   example
======================================  ==============================================================
a mapping of tickers to frames          ``{"SPY": frame}``
yfinance's columns of two levels        ``yf.download(["SPY", "QQQ"])``, tickers above or below
long                                    columns ``symbol``, ``date``, ``close``
wide                                    dates × tickers, closes alone: ``download["Close"]``
======================================  ==============================================================

A frame is a pandas DataFrame or any object with the Arrow PyCapsule interface (polars, DuckDB, pyarrow).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from shortable.actions.reading import ArrowStream
from shortable.errors import MarketDataError, SymbolError
from shortable.market_data.bars import PRICES
from shortable.market_data.price_table import (
    PriceColumn,
    PriceTable,
    find_columns,
    has_role,
    numbers,
    role_of,
    spelled_out,
    symbol_of,
)
from shortable.symbol import Market, Symbol

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["ArrowStream", "Columns", "columns_of", "read_frames", "tables_of_columns"]

# Names of the two levels of yfinance's columns, and of pandas_datareader's.
_PRICE_LEVELS, _TICKER_LEVELS = ("price", "attributes"), ("ticker", "symbols")
_IGNORED = {"capital gains", "repaired?"}  # of yfinance
# What a column of numbers is called that is no ticker, though it could be one.
_NO_TICKERS = {
    "price",
    "prices",
    "last",
    "value",
    "values",
    "nav",
    "adj",
    "return",
    "returns",
    "id",
}


_PRICE_WORDS = re.compile(r"price|px_|(^|[ _.])(close|last|settle)", re.IGNORECASE)

Frame = pd.DataFrame | ArrowStream
"""A table of prices: of pandas, or of polars, DuckDB, pyarrow and others."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table of any kind, with its index where it has one."""

    names: list[Any]
    """Text, or (level, level) of columns of two levels."""
    values: Sequence[PriceColumn]
    """Series or Arrow columns, one a name."""
    index: pd.DatetimeIndex | pd.Series | None = None
    """Times of the rows, where the table keeps them beside its columns."""
    levels: tuple[str, ...] = ()
    """Names of the columns' levels, lower case; empty where they have none."""
    index_type: str = ""
    """What the rows are labelled by, for the message."""
    by_beginning: bool = False
    """As of `PriceTable`."""

    def times(self, source: str, found: Mapping[str, object]) -> PriceColumn:
        """Return the times of the rows: the index, else the column of that role."""
        if self.index is not None:
            return self.index
        if "time" in found:
            return self.values[self.names.index(found["time"])]
        raise MarketDataError(
            f"index of {source}" if self.index_type else f"columns of {source}",
            self.index_type or self.names,
            "be a DatetimeIndex, or the frame hold a column date or time"
            if self.index_type
            else "hold a date or time",
        )


def columns_of(frame: Frame, source: str) -> Columns:
    """Return a DataFrame's or an Arrow object's columns.

    Raises
    ------
    MarketDataError
        It is neither.
    """
    if isinstance(frame, pd.DataFrame):
        return _columns_of_frame(frame)
    if isinstance(frame, ArrowStream) and not isinstance(frame, type):
        import pyarrow as pa

        table = pa.RecordBatchReader.from_stream(frame).read_all()
        names, by_beginning = spelled_out(table.column_names)
        values = [_plain(column) for column in table.columns]
        return Columns(names, values, by_beginning=by_beginning)
    raise MarketDataError(
        source, frame, "be a DataFrame with a column close, or an Arrow table of polars, DuckDB, …"
    )


def _columns_of_frame(frame: pd.DataFrame) -> Columns:
    if isinstance(frame.index, pd.MultiIndex):  # (symbol, date)
        frame = frame.reset_index()
    frame = _with_headers(frame)
    names, by_beginning = spelled_out(frame.columns)
    return Columns(
        names,
        [frame.iloc[:, i] for i in range(frame.shape[1])],
        _index_of_times(frame.index),
        tuple(str(name).lower() for name in frame.columns.names if name is not None),
        type(frame.index).__name__,
        by_beginning,
    )


def _index_of_times(index: pd.Index) -> pd.DatetimeIndex | pd.Series | None:
    """Return an index as times, dates or text that may be dates; None for row numbers."""
    if isinstance(index, pd.DatetimeIndex):
        return index
    if isinstance(index, pd.PeriodIndex):
        return index.to_timestamp()
    numbered = isinstance(index, pd.RangeIndex) or index.dtype.kind in "iufb"
    return None if numbered or not len(index) else pd.Series(index)


def _with_headers(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose tickers pandas took for its first row: yfinance's CSV, read without ``header=[0, 1]``."""
    corner = str(frame.columns[0]) if len(frame.columns) else ""
    if (
        corner not in ("Price", "Ticker")
        or len(frame) < 2
        or isinstance(frame.columns, pd.MultiIndex)
    ):
        return frame
    second = frame.iloc[0]
    if str(second.iloc[0]) not in ("Ticker", "Price"):
        return frame
    first = [
        re.sub(r"\.\d+$", "", str(name)) for name in frame.columns[1:]
    ]  # Close.1 is the second Close
    body = frame.iloc[1:]
    if not isinstance(body.iloc[0, 0], str) or body.iloc[0, 1:].isna().all():
        body = body.iloc[1:]  # the line that names the index
    columns = pd.MultiIndex.from_arrays(
        [first, [str(name) for name in second.iloc[1:]]], names=[corner, str(second.iloc[0])]
    )
    values: pd.DataFrame = body.iloc[:, 1:].set_axis(columns, axis=1).apply(pd.to_numeric)
    values.index = pd.Index(body.iloc[:, 0])
    return values


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return an Arrow column in a type that every pyarrow turns into text: polars exports views."""
    import pyarrow as pa

    if str(column.type) in ("string_view", "large_string"):
        try:
            return column.cast(pa.string())
        except pa.ArrowException:  # before pyarrow 18
            return pa.chunked_array([pa.array(column.to_pylist(), pa.string())])
    return column


def read_frames(frames: Frame | Mapping[str, Frame], market: Market | None) -> list[PriceTable]:
    """Return the tables in whatever a user passes as prices; nothing is checked but shapes and names."""
    if not isinstance(frames, Mapping):
        if isinstance(frames, (pd.DataFrame, ArrowStream)):
            return tables_of_columns(columns_of(frames, "frames"), "frames", None)
        raise MarketDataError(
            "frames", frames, "be a mapping of tickers to DataFrames, a DataFrame or an Arrow table"
        )
    if not frames:
        raise MarketDataError("frames", frames, "be a non-empty mapping of tickers to DataFrames")
    tables: dict[Symbol, PriceTable] = {}
    for ticker, frame in frames.items():
        symbol, _ = symbol_of(ticker, market)
        if symbol in tables:
            raise MarketDataError(
                "frames", ticker, f"be one frame a symbol; {symbol!r} stands there twice"
            )
        columns = columns_of(frame, f"frames[{str(ticker)!r}]")
        tables[symbol] = _one_ticker(columns, ticker, str(symbol), market)
    return list(tables.values())


def tables_of_columns(columns: Columns, source: str, ticker: str | None) -> list[PriceTable]:
    """Return the tables in one table of any shape.

    Parameters
    ----------
    columns : Columns
    source : str
        Its name, for messages.
    ticker : str, optional
        Whose prices they are where the table itself does not say.
    """
    names = columns.names
    if _two_levels(names):
        return _by_ticker(columns, source)
    if has_role(names, "symbol") or has_role(names, "close") or has_role(names, "market_cap"):
        found = find_columns(names, source)
        if "symbol" in found or ticker is not None:
            return [_flat(columns, found, source, ticker)]
        raise MarketDataError(
            "frames",
            [str(name) for name in names],
            "say whose prices they are",
            "Pass {ticker: frame}, such as {'SPY': frame}.",
        )
    wide = _tickers(columns)
    if wide:
        return _wide(columns, wide, source)
    find_columns(names, source)
    raise AssertionError("find_columns refuses a table without a close")


def _two_levels(names: Sequence[object]) -> bool:
    return bool(names) and all(isinstance(name, tuple) and len(name) == 2 for name in names)


def _one_ticker(
    columns: Columns, ticker: str | Symbol, source: str, market: Market | None
) -> PriceTable:
    if not _two_levels(columns.names):
        return _flat(columns, find_columns(columns.names, source), source, ticker)
    tables = _by_ticker(columns, source)
    if len(tables) == 1:
        (table,) = tables
    else:
        wanted = symbol_of(ticker, market)[0]
        of_ticker = [t for t in tables if t.ticker and symbol_of(t.ticker, market)[0] == wanted]
        if len(of_ticker) != 1:
            raise MarketDataError(
                f"columns of {source}",
                [str(t.ticker) for t in tables],
                f"be those of {source}, or of one ticker",
            )
        (table,) = of_ticker
    return replace(table, name=source, ticker=ticker)


def _flat(
    columns: Columns, found: Mapping[str, str], source: str, ticker: str | Symbol | None
) -> PriceTable:
    names = columns.names
    by_role = {r: columns.values[names.index(name)] for r, name in found.items() if r != "time"}
    by_role["time"] = columns.times(source, found)
    # Ticker.history() has both, and download() of one ticker, flattened, keeps the name of its columns.
    yahoo = {"dividends", "splits"} <= by_role.keys() or columns.levels in (("price",),)
    return PriceTable(
        source,
        by_role,
        None if "symbol" in found else ticker,
        yahoo,
        by_beginning=columns.by_beginning,
    )


def _by_ticker(columns: Columns, source: str) -> list[PriceTable]:
    """Take columns of two levels apart, prices above tickers or tickers above prices."""
    upper, lower = ([name[level] for name in columns.names] for level in (0, 1))
    level = _price_level(columns.levels, upper, lower)
    if level is None:
        raise MarketDataError(
            f"columns of {source}",
            [str(name) for name in columns.names[:8]],
            "be prices (Open, Close, …) and tickers",
        )
    roles, tickers = (upper, lower) if level == 0 else (lower, upper)
    time = columns.index
    if time is None:
        at = [i for i, (a, b) in enumerate(columns.names) if "time" in (role_of(a), role_of(b))]
        if not at:
            columns.times(source, {})  # refuses
        time = columns.values[at[0]]
        roles = [None if i in at else role for i, role in enumerate(roles)]
    found: dict[str, dict[str, PriceColumn]] = {}
    for role, ticker, values in zip(roles, tickers, columns.values, strict=True):
        if role is not None and (known := role_of(role)) is not None:
            found.setdefault(str(ticker), {})[known] = values
    tables = []
    for ticker, by_role in found.items():
        find_columns(list(by_role), f"{ticker} in {source}")
        tables.append(_trimmed(PriceTable(ticker, by_role | {"time": time}, ticker, True)))
    return tables


def _price_level(
    levels: tuple[str, ...], upper: Iterable[object], lower: Iterable[object]
) -> int | None:
    for level, name in enumerate(levels):
        if name in _PRICE_LEVELS:
            return level
        if name in _TICKER_LEVELS:
            return 1 - level
    for level, names in enumerate((upper, lower)):
        words = {str(name).strip().lower() for name in names} - _IGNORED
        if words and all(role_of(word) for word in words):
            return level
    return None


def _tickers(columns: Columns) -> list[int]:
    """Return the positions of the tickers of a wide table; empty where it is none."""
    names = columns.names
    timed = [i for i, name in enumerate(names) if role_of(name) == "time"]
    if columns.index is None and not timed:
        if not (names and str(names[0]).strip().lower() in ("", "unnamed: 0")):
            return []
        timed = [0]
    rest = [i for i in range(len(names)) if i not in timed]
    for i in rest:
        name = names[i]
        if role_of(name) or not isinstance(name, str) or name.strip().lower() in _NO_TICKERS:
            return []
        if _PRICE_WORDS.search(name):
            return []
        try:
            Symbol.create(name, market=Market.USA)
        except SymbolError:
            if not name.startswith("^"):  # an index among the tickers
                return []
    return rest


def _wide(columns: Columns, tickers: list[int], source: str) -> list[PriceTable]:
    names = columns.names
    timed = [n for i, n in enumerate(names) if i not in tickers]
    time = columns.times(source, {"time": timed[0]} if timed else {})
    yahoo = columns.levels in (("ticker",), ("symbols",))
    indices = [names[i] for i in tickers if names[i].startswith("^")]
    notes = [f"columns that are no tickers left out ({', '.join(indices)})"] if indices else []
    tables = []
    for i in tickers:
        if names[i] not in indices:
            by_role = {"close": columns.values[i], "time": time}
            tables.append(_trimmed(PriceTable(names[i], by_role, names[i], yahoo, notes=notes)))
            notes = []
    return tables


def _trimmed(table: PriceTable) -> PriceTable:
    """Leave out the rows before a ticker's first price and after its last: other tickers have them."""
    prices = [
        numbers(table.columns[name], f"{table.name}.{name}")
        for name in PRICES
        if name in table.columns
    ]
    priced = np.flatnonzero(~np.logical_and.reduce([np.isnan(values) for values in prices]))
    if not len(priced):
        return table
    first, last = int(priced[0]), int(priced[-1])
    columns = {role: _cut(values, first, last + 1) for role, values in table.columns.items()}
    return replace(table, columns=columns)


def _cut(values: PriceColumn, start: int, stop: int) -> PriceColumn:
    if isinstance(values, pd.Series):
        return values.iloc[start:stop]
    return values[start:stop] if isinstance(values, pd.Index) else values.slice(start, stop - start)
