"""From tables of files to checked bars and market capitalisations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.errors import MarketDataError, SymbolError
from shortable.market_data.check import Checked, by_symbol_and_time, check_bars
from shortable.market_data.frames import numbers, symbol_of
from shortable.market_data.labels import at_midnight, read_labels
from shortable.market_data.long_bars import COLUMNS, LongBars, join
from shortable.market_data.market_cap import check_market_cap
from shortable.market_data.resolution import Resolution, commonest_step
from shortable.symbol import Market, Symbol

if TYPE_CHECKING:
    from shortable.market_data.tables import PriceTable

__all__ = ["bars_of_tables", "market_cap_of_tables"]


def bars_of_tables(
    tables: Sequence[PriceTable], resolution: Resolution | None, market: Market
) -> tuple[Checked, list[str]]:
    """Check the bars of all tables that hold a close.

    Tables whose labels all stand at midnight are one daily source; of the others those whose rows are a minute
    apart are one source and the rest is another. So a folder may hold several resolutions of a symbol, and
    several files of one.

    Raises
    ------
    MarketDataError
        No table holds a close, or a price is refused (see `check_bars`).
    """
    parts = [_long_bars(t, market) for t in tables if "close" in t.table.column_names]
    if not parts:
        raise MarketDataError("path", [t.name for t in tables], "hold prices: a column close")
    groups: dict[str, tuple[list[LongBars], Resolution | None]] = {}
    for part in parts:
        kind, known = ("given", resolution) if resolution is not None else _kind(part)
        groups.setdefault(kind, ([], known))[0].append(part)
    checked: Checked = {}
    notes: list[str] = []
    for group, known in groups.values():
        found, said = check_bars(join(group), known)
        for symbol, of in found.keys() & checked.keys():
            raise MarketDataError(
                "path", [t.name for t in tables], f"hold the {of} bars of {symbol} once"
            )
        checked |= found
        notes += said
    return checked, notes


def market_cap_of_tables(tables: Sequence[PriceTable], market: Market) -> pd.DataFrame | None:
    """Return the market capitalisations of the tables that hold them and no close, dates × tickers."""
    wide: list[pd.DataFrame] = []
    for source in tables:
        if "close" in source.table.column_names:
            continue
        symbols, codes, rows, _ = _symbols(source, market)
        labels = read_labels(_times(source)[rows], market, source.name).astype("datetime64[D]")
        values = numbers(
            source.table.column("market_cap").to_pandas(), f"{source.name}.market_cap"
        )[rows]
        dates, row_of = np.unique(labels, return_inverse=True)
        cell = row_of * len(symbols) + codes
        if len(np.unique(cell)) < len(cell):
            raise MarketDataError("path", source.name, "state each market capitalisation once")
        grid = np.full((len(dates), len(symbols)), np.nan)
        grid[row_of, codes] = values
        index = pd.DatetimeIndex(dates.astype("datetime64[us]"))
        wide.append(pd.DataFrame(grid, index=index, columns=[str(s) for s in symbols]))
    return check_market_cap(pd.concat(wide, axis=1), market) if wide else None


def _kind(part: LongBars) -> tuple[str, Resolution | None]:
    """Return to which source a table belongs, and its resolution where that holds for all its symbols.

    What trades twice a day looks hourly by itself; that it stands in a file of minutes tells it is not.
    """
    if at_midnight(part.labels):
        return "daily", Resolution.DAILY
    order = by_symbol_and_time(part)
    if commonest_step(part.labels[order], part.codes[order]) == 1:
        return "minute", Resolution.MINUTE
    return "intraday", None


def _long_bars(source: PriceTable, market: Market) -> LongBars:
    symbols, codes, rows, notes = _symbols(source, market)
    labels = read_labels(_times(source)[rows], market, source.name)
    columns = {
        name: numbers(source.table.column(name).to_pandas(), f"{source.name}.{name}")[rows]
        for name in COLUMNS
        if name in source.table.column_names
    }
    return LongBars(symbols, codes, labels, columns, notes)


def _times(source: PriceTable) -> pd.Series:
    import pyarrow as pa

    if "time" not in source.table.column_names:
        raise MarketDataError(
            f"columns of {source.name}", source.table.column_names, "hold a date or time"
        )
    column = source.table.column("time")
    if pa.types.is_date(column.type):
        column = column.cast(pa.timestamp("us"))
    times: pd.Series = column.to_pandas()
    return times


def _symbols(
    source: PriceTable, market: Market
) -> tuple[list[Symbol], npt.NDArray[np.int64], npt.NDArray[np.int64] | slice, list[str]]:
    """Return the symbols, each kept row's position in them, which rows are kept, and what was left out.

    Long price files hold more than equities (^VIX); rows of names that no ticker can have are left out with a note.
    """
    import pyarrow as pa

    table = source.table
    if table.num_rows == 0:
        raise MarketDataError("path", source.name, "hold at least one row")
    if "symbol" not in table.column_names:
        return (
            [symbol_of(source.stem, market)],
            np.zeros(table.num_rows, dtype=np.int64),
            slice(None),
            [],
        )
    column = table.column("symbol")
    if column.null_count:
        raise MarketDataError(
            f"{source.name}.symbol",
            None,
            "be stated in every row",
            f"{column.null_count} rows have none.",
        )
    plain = column.cast(pa.string()) if not pa.types.is_dictionary(column.type) else column
    encoded = plain.dictionary_encode().combine_chunks()
    texts = [str(text) for text in encoded.dictionary.to_pylist()]
    position: dict[Symbol, int] = {}
    code_of = np.full(len(texts), -1, dtype=np.int64)
    for i, text in enumerate(texts):
        try:
            code_of[i] = position.setdefault(symbol_of(text, market), len(position))
        except SymbolError:
            continue
    codes = code_of[encoded.indices.to_numpy(zero_copy_only=False)]
    strange = [text for text, code in zip(texts, code_of.tolist(), strict=True) if code < 0]
    if not strange:
        return list(position), codes, slice(None), []
    kept = np.flatnonzero(codes >= 0)
    shown = ", ".join(strange[:8]) + (", …" if len(strange) > 8 else "")
    note = f"{table.num_rows - len(kept)} rows of names that are no tickers left out ({shown})"
    if not len(kept):
        raise MarketDataError(f"{source.name}.symbol", strange[0], "be a ticker", note)
    return list(position), codes[kept], kept, [note]
