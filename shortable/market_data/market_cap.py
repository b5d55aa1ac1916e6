"""Market capitalisation: what universes select by."""

from __future__ import annotations

import numpy as np
import pandas as pd

from shortable.errors import MarketDataError
from shortable.market_data.frames import numbers, symbol_of
from shortable.market_data.labels import read_labels
from shortable.symbol import Market

__all__ = ["check_market_cap"]


def check_market_cap(caps: pd.DataFrame, market: Market) -> pd.DataFrame:
    """Return the frame with canonical tickers, sorted by date; values in the market's currency.

    Parameters
    ----------
    caps : DataFrame
        Dates (DatetimeIndex) × tickers; NaN is "not stated".
    market : Market
        Of tickers whose spelling names none.

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
        read_labels(caps.index, market, "market_cap")
        .astype("datetime64[D]")
        .astype("datetime64[us]")
    )
    tickers = [str(symbol_of(t, market)) for t in caps.columns]
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
