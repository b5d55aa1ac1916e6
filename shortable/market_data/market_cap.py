"""Market capitalisations, by which universes select: from a DataFrame or from files."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from shortable.errors import MarketDataError
from shortable.market_data.bar_times import read_labels
from shortable.market_data.price_table import (
    PriceTable,
    numbers,
    symbol_of,
    symbols_of_rows,
    times_of,
)
from shortable.symbol import Market

__all__ = ["check_market_cap", "market_cap_of_tables"]


def check_market_cap(caps: pd.DataFrame, market: Market | None) -> pd.DataFrame:
    """Return the frame with canonical tickers, sorted by date; values in the market's currency.

    Parameters
    ----------
    caps : DataFrame
        Dates (DatetimeIndex) × tickers; NaN is "not stated".
    market : Market, optional
        Of tickers that name no country; default what the spelling says, else the USA.

    Raises
    ------
    MarketDataError
        No dates, a date or ticker twice, a negative or infinite value.
    """
    if not isinstance(caps, pd.DataFrame) or not isinstance(caps.index, pd.DatetimeIndex):
        raise MarketDataError(
            "market_cap", type(caps).__name__, "be a DataFrame of dates (DatetimeIndex) × tickers"
        )
    dates = (
        read_labels(caps.index, market or Market.USA, "market_cap")
        .astype("datetime64[D]")
        .astype("datetime64[us]")
    )
    tickers = [str(symbol_of(t, market)[0]) for t in caps.columns]
    for what, many in (("date", dates.tolist()), ("ticker", tickers)):
        if repeats := sorted(
            {m for m in many if many.count(m) > 1} if len(set(many)) < len(many) else ()
        ):
            raise MarketDataError("market_cap", str(repeats[0]), f"have each {what} once")
    result = pd.DataFrame(
        {t: numbers(caps.iloc[:, i].to_numpy(), f"market_cap[{t}]") for i, t in enumerate(tickers)},
        index=pd.DatetimeIndex(dates, name="date"),
    ).sort_index()
    values = result.to_numpy(dtype=np.float64)
    bad = np.argwhere((values < 0) | np.isinf(values))
    if len(bad):
        row, column = bad[0].tolist()
        raise MarketDataError(
            f"{tickers[column]}.market_cap[{result.index[row]:%Y-%m-%d}]",
            float(values[row, column]),
            "be a finite amount, at least 0",
        )
    return result


def market_cap_of_tables(
    tables: Sequence[PriceTable], market: Market | None
) -> pd.DataFrame | None:
    """Return the market capitalisations of the tables that hold them and no close, dates × tickers."""
    wide: list[pd.DataFrame] = []
    for table in tables:
        if "close" in table.columns:
            continue
        symbols, _, codes, rows, _ = symbols_of_rows(table, market)
        labels = read_labels(times_of(table)[rows], symbols[0].market, table.name)
        values = numbers(table.columns["market_cap"], f"{table.name}.market_cap")[rows]
        dates, row_of = np.unique(labels.astype("datetime64[D]"), return_inverse=True)
        cell = row_of * len(symbols) + codes
        if len(np.unique(cell)) < len(cell):
            raise MarketDataError("path", table.name, "state each market capitalisation once")
        grid = np.full((len(dates), len(symbols)), np.nan)
        grid[row_of, codes] = values
        index = pd.DatetimeIndex(dates.astype("datetime64[us]"))
        wide.append(pd.DataFrame(grid, index=index, columns=[str(s) for s in symbols]))
    return check_market_cap(pd.concat(wide, axis=1), market) if wide else None
