"""Days on which markets trade and settle.

The New York Stock Exchange's holidays and early closes since 1998 are computed from its rules, so that a
result is the same in every environment, whether a calendar package is installed or not (S10).

Sources: NYSE Rule 7.2 (holidays, the days on which they are observed, and no Friday closure for a New Year's
Day on a Saturday); for days outside the rules, NYSE "Special Closings" and the yearly "Holidays and Trading
Hours" notices. The tests compare them with the calendar XNYS of exchange_calendars.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.tseries.holiday import (
    AbstractHolidayCalendar,
    GoodFriday,
    Holiday,
    USFederalHolidayCalendar,
    USLaborDay,
    USMartinLutherKingJr,
    USMemorialDay,
    USPresidentsDay,
    USThanksgivingDay,
    nearest_workday,
    sunday_to_monday,
)

from shortable.market import Market

__all__ = [
    "FIRST_YEAR",
    "business_day_after",
    "nyse_early_closes",
    "nyse_holidays",
    "session_after",
]

FIRST_YEAR = 1998
"""First year of the calendar: LEAN's equity data begin then, and Martin Luther King's day became a holiday."""

_LAST_YEAR = 2099


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


_SPECIAL_CLOSINGS = (
    # Attacks of 11 September.
    "2001-09-11",
    "2001-09-12",
    "2001-09-13",
    "2001-09-14",
    # Mourning: Reagan, Ford, Bush, Carter.
    "2004-06-11",
    "2007-01-02",
    "2018-12-05",
    "2025-01-09",
    # Hurricane Sandy.
    "2012-10-29",
    "2012-10-30",
)
_SPECIAL_EARLY_CLOSES = ("1999-12-31", "2003-12-26")  # eve of 2000; the Friday after Christmas


@lru_cache(maxsize=4)
def nyse_holidays(last_year: int) -> frozenset[date]:
    """Return the weekdays from 1998 to the end of a year on which the exchange was or is closed.

    Examples
    --------
    >>> sorted(d for d in nyse_holidays(2022) if d.year == 2022)[:3]
    [datetime.date(2022, 1, 17), datetime.date(2022, 2, 21), datetime.date(2022, 4, 15)]
    """
    by_rule = _Rules().holidays(pd.Timestamp(FIRST_YEAR, 1, 1), pd.Timestamp(last_year, 12, 31))
    days = {day.date() for day in by_rule}
    days |= {date.fromisoformat(text) for text in _SPECIAL_CLOSINGS}
    return frozenset(day for day in days if day.weekday() < 5 and day.year <= last_year)


@lru_cache(maxsize=4)
def nyse_early_closes(last_year: int) -> frozenset[date]:
    """Return the days from 1998 to the end of a year on which trading ends at 13:00.

    Examples
    --------
    >>> sorted(d for d in nyse_early_closes(2024) if d.year == 2024)
    [datetime.date(2024, 7, 3), datetime.date(2024, 11, 29), datetime.date(2024, 12, 24)]
    """
    closed = nyse_holidays(last_year)
    days = {date.fromisoformat(text) for text in _SPECIAL_EARLY_CLOSES}
    for year in range(FIRST_YEAR, last_year + 1):
        thanksgiving = max(day for day in closed if day.year == year and day.month == 11)
        days |= {
            thanksgiving + timedelta(days=1),
            date(year, 12, 24),
            _near_independence_day(year),
        }
    return frozenset(
        day for day in days if day.weekday() < 5 and day not in closed and day.year <= last_year
    )


def _near_independence_day(year: int) -> date:
    """Return the day before the fourth of July; until 2012 the Friday after it where the fourth was a Thursday."""
    fourth = date(year, 7, 4)
    if fourth.weekday() == 3 and year < 2013:
        return fourth + timedelta(days=1)
    if fourth.weekday() in (5, 6):
        return fourth  # observed on the Friday or the Monday: the day before is a holiday or a full session
    return fourth - timedelta(days=1)


def session_after(day: date, market: Market = Market.USA) -> date:
    """Return the first session of a market after a day.

    Parameters
    ----------
    day : date
    market : Market, default ``Market.USA``
        The USA by the New York Stock Exchange's calendar; elsewhere the next weekday, because the holidays of
        other exchanges are not known here.

    Examples
    --------
    >>> session_after(date(2021, 2, 12)).isoformat()  # a Friday; Monday is Presidents' Day
    '2021-02-16'
    """
    closed = _sessions_closed() if market is Market.USA else _NEVER
    return _business_day_after(day, 1, closed)


def business_day_after(day: date, n: int) -> date:
    """Return the nth US business day after a day: neither weekend, nor NYSE holiday, nor federal holiday.

    Federal holidays on which the exchanges trade (Columbus Day, Veterans Day) are not settlement days, so a
    publisher's schedule may skip them; skipping them here errs on the late side.

    Examples
    --------
    >>> business_day_after(date(2021, 1, 15), 8).isoformat()  # Monday 18 January is a holiday
    '2021-01-28'
    """
    return _business_day_after(day, n, _business_closed())


def _business_day_after(day: date, n: int, closed: npt.NDArray[np.datetime64]) -> date:
    # Rolled back first: the first business day after a Saturday is Monday, and not the day after Monday.
    found: date = np.busday_offset(
        np.datetime64(day, "D"), n, roll="backward", holidays=closed
    ).astype(date)
    return found


_NEVER = np.array([], dtype="datetime64[D]")


@lru_cache(maxsize=1)
def _sessions_closed() -> npt.NDArray[np.datetime64]:
    return np.array(sorted(nyse_holidays(_LAST_YEAR)), dtype="datetime64[D]")


@lru_cache(maxsize=1)
def _business_closed() -> npt.NDArray[np.datetime64]:
    federal = USFederalHolidayCalendar().holidays(f"{FIRST_YEAR}-01-01", f"{_LAST_YEAR}-12-31")
    days = np.asarray(federal).astype("datetime64[D]")
    return np.unique(np.concatenate([days, _sessions_closed()]))
