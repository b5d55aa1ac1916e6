"""How long a bar is, and how that is read off its labels."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import numpy.typing as npt

from shortable.errors import MarketDataError
from shortable.market_data.labels import at_midnight

__all__ = ["Resolution"]

_US_PER_DAY = 86_400_000_000
_US_PER_MINUTE = 60_000_000


class Resolution(StrEnum):
    """Length of a bar, with LEAN's names.

    Examples
    --------
    >>> Resolution("daily") is Resolution.DAILY
    True
    """

    DAILY = "daily"
    HOUR = "hour"

    @classmethod
    def _missing_(cls, value: object) -> Resolution:
        if isinstance(value, str) and value.lower() in ("daily", "hour"):
            return cls(value.lower())
        raise MarketDataError("resolution", value, "be Resolution.DAILY or Resolution.HOUR")


def infer_resolution(labels: npt.NDArray[np.datetime64], ticker: str) -> Resolution:
    """Read the resolution off one symbol's labels.

    Labels at midnight, or no two on one day, are daily; anything else is intraday, which must be hourly.

    Parameters
    ----------
    labels : ndarray of datetime64[us], shape (n,)
        Exchange-local wall times, ascending, without repeats.
    ticker : str
        Whose labels they are, for the message.

    Raises
    ------
    MarketDataError
        The bars are shorter than half an hour.
    """
    times = labels.view(np.int64)
    days = times // _US_PER_DAY
    if at_midnight(labels) or (len(times) > 1 and (np.diff(days) > 0).all()):
        return Resolution.DAILY
    # A session's first or last bar may be a half hour long; the typical one may not.
    if len(times) > 1 and (typical := float(np.median(np.diff(times)))) < 30 * _US_PER_MINUTE:
        raise MarketDataError("resolution", f"bars of {ticker} every {typical / _US_PER_MINUTE:g} minutes",
                              "be daily or hourly", "Aggregate them to hours first.")  # fmt: skip
    return Resolution.HOUR
