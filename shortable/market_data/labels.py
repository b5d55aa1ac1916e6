"""The times by which a source calls its bars, brought to the exchange's clock."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.clock import local_times
from shortable.errors import MarketDataError, TimeError
from shortable.symbol import Market

__all__ = ["at_midnight", "read_labels"]

_OFFSET = r":\d\d(?:\.\d+)?\s*(?:Z|[+-]\d\d:?\d\d)$"  # only a time has one: 2024-01-02 does not


def read_labels(values: Any, market: Market, source: str) -> npt.NDArray[np.datetime64]:
    """Return labels as exchange-local wall times.

    Naive labels are exchange-local already, aware ones are converted. Labels that all stand at midnight of
    their own zone are dates, and stay those dates: a daily index at midnight UTC does not move to the evening before.

    Parameters
    ----------
    values : DatetimeIndex, Series or ndarray
        Times, dates, ISO 8601 text, or whole numbers that read as ``yyyymmdd``.
    market : Market
        Whose clock naive labels are on.
    source : str
        Whose labels they are, for the message.

    Returns
    -------
    ndarray of datetime64[us], shape (n,)

    Raises
    ------
    MarketDataError
        A label is missing or is no time.
    """
    index = _as_index(values, source)
    if index.hasnans:
        raise MarketDataError(
            f"times of {source}",
            "NaT",
            "have no missing value",
            f"The first stands in row {int(np.flatnonzero(index.isna())[0])}.",
        )
    if index.tz is not None:
        own = index.tz_localize(None)
        if at_midnight(local_times(own)):
            index = own
    return local_times(index, market)


def at_midnight(labels: npt.NDArray[np.datetime64]) -> bool:
    """Say whether all labels stand at midnight."""
    return bool((labels.view(np.int64) % 86_400_000_000 == 0).all())


def _as_index(values: Any, source: str) -> pd.DatetimeIndex:
    if isinstance(values, pd.DatetimeIndex):
        return values
    series = pd.Series(values).reset_index(drop=True)
    if isinstance(series.dtype, pd.DatetimeTZDtype) or series.dtype.kind == "M":
        return pd.DatetimeIndex(series)
    if series.dtype.kind in "iu":
        series = series.astype(str)  # 20240102; anything longer is refused below as no ISO date
    try:
        if pd.api.types.infer_dtype(series, skipna=True) == "string":
            return _parse_text(series)
        return pd.DatetimeIndex(local_times(series.to_numpy()))
    except (ValueError, TypeError, TimeError) as error:
        raise MarketDataError(
            f"times of {source}",
            series.iloc[0] if len(series) else None,
            "be times, dates or ISO 8601 text",
            str(error),
        ) from None


def _parse_text(series: pd.Series) -> pd.DatetimeIndex:
    """Parse each distinct text once: a long file repeats every date for every symbol."""
    codes, texts = pd.factorize(series, use_na_sentinel=True)
    aware = pd.Series(texts, dtype=object).str.contains(_OFFSET, regex=True)
    if aware.any() and not aware.all():
        raise ValueError(
            f"some have an offset from UTC ({texts[int(np.flatnonzero(aware)[0])]}) and some have none"
        )
    parsed = pd.DatetimeIndex(pd.to_datetime(texts, format="ISO8601", utc=bool(aware.any())))
    if (codes < 0).any():
        parsed = pd.DatetimeIndex(parsed.append(pd.DatetimeIndex([pd.NaT], tz=parsed.tz)))
    return pd.DatetimeIndex(parsed[codes])
