"""The New York Stock Exchange's holidays and early closes since 1998, from its rules: for folders that bring none.

Rules: NYSE Rule 7.2 (holidays, their observation, and no Friday closure for a New Year's Day on a Saturday). Days
beside the rules: NYSE, "Special Closings" and the yearly "Holidays and Trading Hours" notices; the same days stand in
the calendar XNYS of exchange_calendars, against which tests were held.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import pandas as pd
from pandas.tseries.holiday import (
    AbstractHolidayCalendar,
    GoodFriday,
    Holiday,
    USLaborDay,
    USMartinLutherKingJr,
    USMemorialDay,
    USPresidentsDay,
    USThanksgivingDay,
    nearest_workday,
    sunday_to_monday,
)

__all__ = ["FIRST_YEAR", "early_closes", "holidays"]

FIRST_YEAR = 1998  # LEAN's equity data begin here, and Martin Luther King's day became a holiday of the exchange


class _Rules(AbstractHolidayCalendar):
    rules = [  # noqa: RUF012
        Holiday("New Year", month=1, day=1, observance=sunday_to_monday),
        USMartinLutherKingJr,
        USPresidentsDay,
        GoodFriday,
        USMemorialDay,
        Holiday(
            "Juneteenth",
            month=6,
            day=19,
            start_date=pd.Timestamp("2022-06-19"),
            observance=nearest_workday,
        ),
        Holiday("Independence Day", month=7, day=4, observance=nearest_workday),
        USLaborDay,
        USThanksgivingDay,
        Holiday("Christmas", month=12, day=25, observance=nearest_workday),
    ]


_SPECIAL = (
    "2001-09-11",
    "2001-09-12",
    "2001-09-13",
    "2001-09-14",  # attacks of 11 September
    "2004-06-11",
    "2007-01-02",
    "2018-12-05",
    "2025-01-09",  # mourning: Reagan, Ford, Bush, Carter
    "2012-10-29",
    "2012-10-30",  # hurricane Sandy
)
_SPECIAL_EARLY = ("1999-12-31", "2003-12-26")  # eve of 2000; the Friday after Christmas


@lru_cache(maxsize=4)
def holidays(last_year: int) -> frozenset[date]:
    """Return the weekdays from 1998 to the end of a year on which the exchange was or is closed.

    Examples
    --------
    >>> sorted(d for d in holidays(2022) if d.year == 2022)[:3]
    [datetime.date(2022, 1, 17), datetime.date(2022, 2, 21), datetime.date(2022, 4, 15)]
    """
    ruled = _Rules().holidays(pd.Timestamp(FIRST_YEAR, 1, 1), pd.Timestamp(last_year, 12, 31))
    days = {day.date() for day in ruled} | {date.fromisoformat(text) for text in _SPECIAL}
    return frozenset(day for day in days if day.weekday() < 5 and day.year <= last_year)


@lru_cache(maxsize=4)
def early_closes(last_year: int) -> frozenset[date]:
    """Return the days from 1998 to the end of a year on which trading ends at 13:00.

    Examples
    --------
    >>> sorted(d for d in early_closes(2024) if d.year == 2024)
    [datetime.date(2024, 7, 3), datetime.date(2024, 11, 29), datetime.date(2024, 12, 24)]
    """
    closed = holidays(last_year)
    days = {date.fromisoformat(text) for text in _SPECIAL_EARLY}
    for year in range(FIRST_YEAR, last_year + 1):
        thanksgiving = max(day for day in closed if day.year == year and day.month == 11)
        days |= {
            thanksgiving + timedelta(days=1),
            date(year, 12, 24),
            _about_independence_day(year),
        }
    return frozenset(
        day for day in days if day.weekday() < 5 and day not in closed and day.year <= last_year
    )


def _about_independence_day(year: int) -> date:
    """The day before the fourth of July; until 2012 the Friday after it where the fourth was a Thursday."""
    fourth = date(year, 7, 4)
    if fourth.weekday() == 3 and year < 2013:
        return fourth + timedelta(days=1)
    if fourth.weekday() in (
        5,
        6,
    ):  # observed on the Friday or Monday; the eve is then a full day or no day
        return fourth
    return fourth - timedelta(days=1)
