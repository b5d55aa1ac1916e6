"""From the user's DataFrames to long bars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.errors import MarketDataError
from shortable.market_data.columns import find_columns
from shortable.market_data.labels import read_labels
from shortable.market_data.long_bars import COLUMNS, LongBars, join
from shortable.symbol import Market, Symbol

__all__ = ["numbers", "read_frames", "symbol_of"]


def read_frames(frames: Mapping[str, pd.DataFrame], market: Market) -> LongBars:
    """Lay one frame a symbol into long bars; nothing is checked but columns, labels and types."""
    if not isinstance(frames, Mapping) or not frames:
        raise MarketDataError("frames", frames, "be a non-empty mapping of tickers to DataFrames")
    parts: dict[Symbol, LongBars] = {}
    for ticker, frame in frames.items():
        symbol = symbol_of(ticker, market)
        if symbol in parts:
            raise MarketDataError(
                "frames", ticker, f"be one frame a symbol; {symbol!r} stands there twice"
            )
        parts[symbol] = _read_frame(symbol, frame)
    return join(list(parts.values()))


def symbol_of(ticker: str, market: Market) -> Symbol:
    """Return the symbol of a ticker: of the market that its spelling names, else of `market`."""
    if isinstance(ticker, Symbol):
        return ticker
    symbol = Symbol.create(ticker)
    return symbol if symbol.market is not Market.USA else Symbol.create(ticker, market=market)


def numbers(values: Any, place: str) -> npt.NDArray[np.float64]:
    """Return a column as float64, missing values as NaN.

    Raises
    ------
    MarketDataError
        A value is no number.
    """
    series = pd.Series(values)
    try:
        return series.to_numpy(dtype=np.float64, na_value=np.nan)
    except (ValueError, TypeError):
        text = pd.to_numeric(series, errors="coerce").isna() & series.notna()
        first = series[text].iloc[0] if text.any() else series.iloc[0]
        raise MarketDataError(place, first, "be a number") from None


def _read_frame(symbol: Symbol, frame: pd.DataFrame) -> LongBars:
    if not isinstance(frame, pd.DataFrame):
        raise MarketDataError(
            f"frames[{str(symbol)!r}]", frame, "be a DataFrame with a column close"
        )
    names = list(frame.columns)
    if isinstance(frame.columns, pd.MultiIndex):  # yfinance: ("Close", "SPY")
        names = list(frame.columns.get_level_values(0))
    found = find_columns(names, str(symbol))

    def column(role: str) -> Any:
        return frame.iloc[:, names.index(found[role])]

    if isinstance(frame.index, pd.DatetimeIndex):
        labels = read_labels(frame.index, symbol.market, str(symbol))
    elif "time" in found:
        labels = read_labels(column("time"), symbol.market, str(symbol))
    else:
        raise MarketDataError(
            f"index of {symbol}",
            type(frame.index).__name__,
            "be a DatetimeIndex, or the frame hold a column date or time",
        )
    values = {r: numbers(column(r), f"{symbol}.{r}") for r in COLUMNS if r in found}
    return LongBars([symbol], np.zeros(len(labels), dtype=np.int64), labels, values)
