"""The times by which a source calls its bars, brought to the exchange's clock, and how long the bars are."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.arrays import Array, Times
from shortable.clock import local_times, time_index
from shortable.errors import MarketDataError, TimeError
from shortable.symbol import Market

__all__ = ["Resolution", "at_midnight", "commonest_step", "infer_resolution", "read_labels"]

_US_PER_DAY = 86_400_000_000
_US_PER_MINUTE = 60_000_000
_HALF_HOUR = 30


class Resolution(StrEnum):
    """Length of a bar, with LEAN's names.

    Examples
    --------
    >>> Resolution("daily") is Resolution.DAILY
    True
    >>> Resolution.MINUTE.length
    datetime.timedelta(seconds=60)
    """

    DAILY = "daily"
    HOUR = "hour"
    MINUTE = "minute"

    @classmethod
    def of(cls, given: Resolution | str) -> Resolution:
        """Return a resolution that is given as itself or by its name; anything else is refused."""
        return cls(given) if isinstance(given, str) else cls._missing_(given)

    @classmethod
    def _missing_(cls, value: object) -> Resolution:
        if isinstance(value, str) and value.lower() in ("daily", "hour", "minute"):
            return cls(value.lower())
        raise MarketDataError(
            "resolution", value, "be Resolution.DAILY, Resolution.HOUR or Resolution.MINUTE"
        )

    @property
    def length(self) -> timedelta:
        """Time from a bar's beginning to its end; a daily bar is as long as its session, which is under a day."""
        return _LENGTHS[self]


_LENGTHS = {
    Resolution.DAILY: timedelta(days=1),
    Resolution.HOUR: timedelta(hours=1),
    Resolution.MINUTE: timedelta(minutes=1),
}


def infer_resolution(labels: Times, ticker: str) -> Resolution:
    """Read the resolution off one symbol's labels.

    Labels at midnight, or no two on one day, are daily. Of anything else the commonest step within a day
    decides, so that minutes without a trade, half hours at a session's ends and nights do not: a minute is
    minute bars, half an hour and more is hour bars.

    Parameters
    ----------
    labels : ndarray of datetime64[us], shape (n,)
        Exchange-local wall times, ascending, without repeats.
    ticker : str
        Whose labels they are, for the message.

    Raises
    ------
    MarketDataError
        The bars are of another length.
    """
    days = labels.view(np.int64) // _US_PER_DAY
    if at_midnight(labels) or (len(days) > 1 and (np.diff(days) > 0).all()):
        return Resolution.DAILY
    step = commonest_step(labels)
    if step == 1:
        return Resolution.MINUTE
    if step is None or step >= _HALF_HOUR:
        return Resolution.HOUR
    shown = f"every {step} minutes" if step else "of less than a minute"
    raise MarketDataError(
        "resolution",
        f"bars of {ticker} {shown}",
        "be daily, hourly or of a minute",
        'Aggregate them to hours, or pass resolution="minute" if these are minutes with gaps.',
    )


def commonest_step(labels: Times, codes: npt.NDArray[np.int64] | None = None) -> int | None:
    """Return the commonest whole minutes from one bar of a day to the next, the shortest where several are.

    Parameters
    ----------
    labels : ndarray of datetime64[us], shape (n,)
        Ascending, by symbol where there are several.
    codes : ndarray of int64, shape (n,), optional
        Symbol of each row; steps from one symbol to another are none.

    Returns
    -------
    int or None
        None where no day has two bars.

    Examples
    --------
    >>> commonest_step(np.array(["2024-01-02T09:31", "2024-01-02T09:32", "2024-01-02T09:35", "2024-01-03T09:31",
    ...                          "2024-01-03T09:32"], dtype="datetime64[us]"))
    1
    """
    times = labels.view(np.int64)
    within = np.diff(times // _US_PER_DAY) == 0
    if codes is not None:
        within &= np.diff(codes) == 0
    steps = np.diff(times)[within] // _US_PER_MINUTE
    return int(np.bincount(steps).argmax()) if len(steps) else None


def read_labels(
    values: pd.DatetimeIndex | pd.Series | pd.Index | Array, market: Market, source: str
) -> Times:
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
    try:
        index = time_index(values)
    except TimeError as error:
        raise MarketDataError(f"times of {source}", error.value, error.bound, error.hint) from None
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


def at_midnight(labels: Times) -> bool:
    """Say whether all labels stand at midnight."""
    return bool((labels.view(np.int64) % 86_400_000_000 == 0).all())
