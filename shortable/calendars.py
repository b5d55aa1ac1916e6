"""Days on which markets trade and settle.

The New York Stock Exchange's holidays and early closes since 1998 are computed from its rules, so that a
result is the same in every environment, whether a calendar package is installed or not (S10).

Sources: NYSE Rule 7.2 (holidays, the days on which they are observed, and no Friday closure for a New Year's
Day on a Saturday); for days outside the rules, NYSE "Special Closings" and the yearly "Holidays and Trading
Hours" notices. The tests compare them with the calendar XNYS of exchange_calendars.

The Taiwan Stock Exchange's closings follow the lunar calendar, yearly notices and typhoons, so they are a table.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

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

from shortable.arguments import whole_of
from shortable.errors import TimeError
from shortable.market import Market

__all__ = [
    "FIRST_YEAR",
    "TAIWAN_YEARS",
    "business_day_after",
    "nyse_early_closes",
    "nyse_holidays",
    "session_after",
    "session_before",
    "sessions_between",
]

FIRST_YEAR = 1998
"""First year of the calendar: LEAN's equity data begin then, and Martin Luther King's day became a holiday."""

_LAST_YEAR = 2099
_MOST_DAYS = 100_000
_A_DAY = np.timedelta64(1, "D")


# Weekdays on which the Taiwan Stock Exchange was or will be closed, by year: its yearly notices as the calendar XTAI of
# exchange_calendars has them, and the typhoon of 2024-10-31, which that lacks. Make-up sessions on Saturdays, held until
# 2018, are not here: a file of such a day says itself that there was one.
_TAIWAN_CLOSED = """
2005 0204 0207 0208 0209 0210 0211 0228 0405 0718 0805 0901 1010
2006 0126 0127 0130 0131 0201 0202 0228 0405 0501 0531 1006 1009 1010
2007 0101 0215 0216 0219 0220 0221 0222 0223 0228 0405 0406 0501 0618 0619 0918 0924 0925 1010
2008 0101 0204 0205 0206 0207 0208 0211 0228 0404 0501 0728 0929 1010
2009 0101 0102 0122 0123 0126 0127 0128 0129 0130 0501 0528 0529 0807
2010 0101 0211 0212 0215 0216 0217 0218 0219 0405 0616 0922
2011 0131 0201 0202 0203 0204 0207 0228 0404 0405 0606 0912 1010
2012 0119 0120 0123 0124 0125 0126 0127 0227 0228 0404 0501 0802 1010 1231
2013 0101 0207 0208 0211 0212 0213 0214 0215 0228 0404 0405 0501 0612 0821 0919 0920 1010
2014 0101 0128 0129 0130 0131 0203 0204 0228 0404 0501 0602 0723 0908 1010
2015 0101 0102 0216 0217 0218 0219 0220 0223 0227 0403 0406 0501 0619 0710 0928 0929 1009
2016 0101 0204 0205 0208 0209 0210 0211 0212 0229 0404 0405 0502 0609 0610 0708 0915 0916 0927 0928 1010
2017 0102 0125 0126 0127 0130 0131 0201 0227 0228 0403 0404 0501 0529 0530 1004 1009 1010
2018 0101 0213 0214 0215 0216 0219 0220 0228 0404 0405 0406 0501 0618 0924 1010 1231
2019 0101 0131 0201 0204 0205 0206 0207 0208 0228 0301 0404 0405 0501 0607 0809 0913 0930 1010 1011
2020 0101 0121 0122 0123 0124 0127 0128 0129 0228 0402 0403 0501 0625 0626 1001 1002 1009
2021 0101 0208 0209 0210 0211 0212 0215 0216 0301 0402 0405 0430 0614 0920 0921 1011 1231
2022 0127 0128 0131 0201 0202 0203 0228 0404 0405 0502 0603 0909 1010
2023 0102 0119 0120 0123 0124 0125 0126 0127 0227 0228 0403 0404 0405 0501 0622 0623 0803 0929 1009 1010
2024 0101 0206 0207 0208 0209 0212 0213 0214 0228 0404 0405 0501 0610 0724 0725 0917 1002 1003 1010 1031
2025 0101 0123 0124 0127 0128 0129 0130 0131 0228 0403 0404 0501 0530 0929 1006 1010 1024 1225
2026 0101 0212 0213 0216 0217 0218 0219 0220 0227 0403 0406 0501 0619 0925 0928 1009 1026 1225
"""
TAIWAN_YEARS = range(2005, 2027)
"""Years of which the Taiwan Stock Exchange's closings are known; in others every weekday counts as a session."""


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


def nyse_holidays(last_year: int) -> frozenset[date]:
    """Return the weekdays from 1998 to the end of a year on which the exchange was or is closed.

    Examples
    --------
    >>> sorted(d for d in nyse_holidays(2022) if d.year == 2022)[:3]
    [datetime.date(2022, 1, 17), datetime.date(2022, 2, 21), datetime.date(2022, 4, 15)]
    """
    return _holidays(whole_of("last_year", last_year, FIRST_YEAR, _LAST_YEAR))


@lru_cache(maxsize=4)
def _holidays(last_year: int) -> frozenset[date]:
    by_rule = _Rules().holidays(pd.Timestamp(FIRST_YEAR, 1, 1), pd.Timestamp(last_year, 12, 31))
    days = {day.date() for day in by_rule}
    days |= {date.fromisoformat(text) for text in _SPECIAL_CLOSINGS}
    return frozenset(day for day in days if day.weekday() < 5 and day.year <= last_year)


def nyse_early_closes(last_year: int) -> frozenset[date]:
    """Return the days from 1998 to the end of a year on which trading ends at 13:00.

    Examples
    --------
    >>> sorted(d for d in nyse_early_closes(2024) if d.year == 2024)
    [datetime.date(2024, 7, 3), datetime.date(2024, 11, 29), datetime.date(2024, 12, 24)]
    """
    return _early_closes(whole_of("last_year", last_year, FIRST_YEAR, _LAST_YEAR))


@lru_cache(maxsize=4)
def _early_closes(last_year: int) -> frozenset[date]:
    closed = _holidays(last_year)
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


def session_after(day: date, market: Market | str = Market.USA) -> date:
    """Return the first session of a market after a day.

    Parameters
    ----------
    day : date
    market : Market, default ``Market.USA``
        The USA by the New York Stock Exchange's calendar, Taiwan by its table; elsewhere the next weekday, because
        the holidays of other exchanges are not known here.

    Examples
    --------
    >>> session_after(date(2021, 2, 12)).isoformat()  # a Friday; Monday is Presidents' Day
    '2021-02-16'
    >>> session_after(date(2025, 1, 22), Market.TAIWAN).isoformat()  # the Lunar New Year
    '2025-02-03'
    """
    return _business_day_after(day, 1, _closed(market))


def session_before(day: date, n: int, market: Market | str = Market.USA) -> date:
    """Return the nth session of a market before a day, by the calendars of `session_after`.

    Examples
    --------
    Six sessions of Taiwan before Monday 17 June 2024; the 10th is the Dragon Boat Festival.

    >>> session_before(date(2024, 6, 17), 6, Market.TAIWAN).isoformat()
    '2024-06-06'
    """
    whole_of("n", n, 0, _MOST_DAYS)
    return _offset(day, -n, "forward", _closed(market))


def sessions_between(day: date, last: date, market: Market | str = Market.USA) -> int:
    """Return how many sessions of a market lie after a day and not after another, by the calendars of `session_after`.

    Below 0 where `last` lies before the day.

    Examples
    --------
    >>> sessions_between(date(2024, 6, 7), date(2024, 6, 12), Market.TAIWAN)  # the 10th is the Dragon Boat Festival
    2
    """
    begin, end = (_date64(name, at) + _A_DAY for name, at in (("day", day), ("last", last)))
    return int(np.busday_count(begin, end, holidays=_closed(market)))


def _closed(market: Market | str) -> npt.NDArray[np.datetime64]:
    closed = {Market.USA: _sessions_closed, Market.TAIWAN: _taiwan_closed}.get(Market.of(market))
    return _NEVER if closed is None else closed()


def business_day_after(day: date, n: int) -> date:
    """Return the nth US business day after a day: neither weekend, nor NYSE holiday, nor federal holiday.

    Federal holidays on which the exchanges trade (Columbus Day, Veterans Day) are not settlement days, so a
    publisher's schedule may skip them; skipping them here errs on the late side.

    Examples
    --------
    >>> business_day_after(date(2021, 1, 15), 8).isoformat()  # Monday 18 January is a holiday
    '2021-01-28'
    """
    whole_of("n", n, 0, _MOST_DAYS)
    return _business_day_after(day, n, _business_closed())


def _business_day_after(day: date, n: int, closed: npt.NDArray[np.datetime64]) -> date:
    # Rolled back first: the first business day after a Saturday is Monday, and not the day after Monday.
    return _offset(day, n, "backward", closed)


def _offset(
    day: date, n: int, roll: Literal["forward", "backward"], closed: npt.NDArray[np.datetime64]
) -> date:
    found = np.busday_offset(_date64("day", day), n, roll=roll, holidays=closed).astype(date)
    if not isinstance(found, date):  # numpy's years go on where Python's end
        raise TimeError("day", day, f"be a date whose neighbour {n} sessions away is one too")
    return found


def _date64(name: str, day: date) -> np.datetime64:
    if not isinstance(day, date) or pd.isna(day):
        raise TimeError(name, day, "be a date")
    return np.datetime64(day, "D")


_NEVER = np.array([], dtype="datetime64[D]")


@lru_cache(maxsize=1)
def _sessions_closed() -> npt.NDArray[np.datetime64]:
    return np.array(sorted(nyse_holidays(_LAST_YEAR)), dtype="datetime64[D]")


@lru_cache(maxsize=1)
def _taiwan_closed() -> npt.NDArray[np.datetime64]:
    years = (line.split() for line in _TAIWAN_CLOSED.split("\n") if line)
    return np.array(
        [f"{year}-{day[:2]}-{day[2:]}" for year, *days in years for day in days],
        dtype="datetime64[D]",
    )


@lru_cache(maxsize=1)
def _business_closed() -> npt.NDArray[np.datetime64]:
    federal = USFederalHolidayCalendar().holidays(f"{FIRST_YEAR}-01-01", f"{_LAST_YEAR}-12-31")
    days = np.asarray(federal).astype("datetime64[D]")
    return np.unique(np.concatenate([days, _sessions_closed()]))
