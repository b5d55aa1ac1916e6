"""US sessions and business days, from pandas' holiday rules: what a publication schedule counts by.

No calendar package is asked, so that a figure is known at the same instant in every environment (S10).
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import numpy as np
import numpy.typing as npt

__all__ = ["business_day_after", "session_after"]

_FIRST, _LAST = "1990-01-01", "2099-12-31"
# Closings that follow no rule, on weekdays, since 2001 (NYSE, "Special Closings"): 11 September, the funerals of
# Presidents Reagan, Ford, G. H. W. Bush and Carter, and hurricane Sandy.
_SPECIAL = (
    "2001-09-11", "2001-09-12", "2001-09-13", "2001-09-14", "2004-06-11", "2007-01-02", "2012-10-29", "2012-10-30",
    "2018-12-05", "2025-01-09",
)  # fmt: skip


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
    later: date = np.busday_offset(np.datetime64(day, "D"), n, roll="backward", holidays=holidays).astype(date)
    return later


@lru_cache(maxsize=1)
def _session_holidays() -> npt.NDArray[np.datetime64]:
    from pandas.tseries import holiday
    from pandas.tseries.holiday import AbstractHolidayCalendar, Holiday

    class _Nyse(AbstractHolidayCalendar):
        """Rule 7.2 of the NYSE: a holiday on a Sunday is kept on Monday, on a Saturday on Friday, but New Year's not."""

        rules = [  # noqa: RUF012 (pandas' own form)
            Holiday("New Year's Day", month=1, day=1, observance=holiday.sunday_to_monday),
            holiday.USMartinLutherKingJr,
            holiday.USPresidentsDay,
            holiday.GoodFriday,
            holiday.USMemorialDay,
            Holiday("Juneteenth", month=6, day=19, start_date="2022-01-01", observance=holiday.nearest_workday),
            Holiday("Independence Day", month=7, day=4, observance=holiday.nearest_workday),
            holiday.USLaborDay,
            holiday.USThanksgivingDay,
            Holiday("Christmas Day", month=12, day=25, observance=holiday.nearest_workday),
        ]

    return _days(_Nyse().holidays(_FIRST, _LAST), np.array(_SPECIAL, dtype="datetime64[D]"))


@lru_cache(maxsize=1)
def _all_holidays() -> npt.NDArray[np.datetime64]:
    from pandas.tseries.holiday import USFederalHolidayCalendar

    return _days(USFederalHolidayCalendar().holidays(_FIRST, _LAST), _session_holidays())


def _days(*several: object) -> npt.NDArray[np.datetime64]:
    return np.unique(np.concatenate([np.asarray(days).astype("datetime64[D]") for days in several]))
