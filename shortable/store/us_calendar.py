"""US sessions and business days since 1998: what a publication schedule counts by.

No calendar package is asked, so that a figure is known at the same instant in every environment (S10).
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from shortable.nyse import FIRST_YEAR, holidays

__all__ = ["business_day_after", "session_after"]

_LAST = 2099  # a year


def session_after(day: date) -> date:
    """Return the first session of the New York Stock Exchange after a day.

    Examples
    --------
    >>> session_after(date(2021, 2, 12)).isoformat()  # a Friday; Monday is Presidents' Day
    '2021-02-16'
    """
    return _offset(day, 1, _session_holidays())


def business_day_after(day: date, n: int) -> date:
    """Return the nth business day after a day: neither weekend, nor NYSE holiday, nor federal holiday.

    Federal holidays on which the exchanges trade (Columbus Day, Veterans Day) are no settlement days, so a schedule
    that counts business days may pass over them; counting them out errs on the late side.

    Examples
    --------
    >>> business_day_after(date(2021, 1, 15), 8).isoformat()  # Monday 18 January is a holiday
    '2021-01-28'
    """
    return _offset(day, n, _all_holidays())


def _offset(day: date, n: int, holidays: npt.NDArray[np.datetime64]) -> date:
    # Rolled back first: the first business day after a Saturday is Monday, and not the day after Monday.
    later: date = np.busday_offset(
        np.datetime64(day, "D"), n, roll="backward", holidays=holidays
    ).astype(date)
    return later


@lru_cache(maxsize=1)
def _session_holidays() -> npt.NDArray[np.datetime64]:
    return np.array(sorted(holidays(_LAST)), dtype="datetime64[D]")


@lru_cache(maxsize=1)
def _all_holidays() -> npt.NDArray[np.datetime64]:
    from pandas.tseries.holiday import USFederalHolidayCalendar

    return _days(
        USFederalHolidayCalendar().holidays(f"{FIRST_YEAR}-01-01", f"{_LAST}-12-31"),
        _session_holidays(),
    )


def _days(*several: object) -> npt.NDArray[np.datetime64]:
    return np.unique(np.concatenate([np.asarray(days).astype("datetime64[D]") for days in several]))
