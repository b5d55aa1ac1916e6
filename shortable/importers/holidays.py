"""Weekdays on which regulators of Europe and Australia may not publish, so that a schedule in business days errs late.

They are the holidays of several countries together: a figure that counts from a day too late is never known too early. The
sources are the holiday calendars of the London Stock Exchange, Euronext, Xetra, Nasdaq Stockholm and the ASX.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache

import pandas as pd

__all__ = ["australian_holidays", "business_day", "european_holidays"]

_MONDAY = 0
_SPECIAL = {
    date(2012, 6, 4),
    date(2012, 6, 5),
    date(2020, 5, 8),
    date(2022, 6, 2),
    date(2022, 6, 3),
    date(2022, 9, 19),
    date(2022, 9, 22),
    date(2023, 5, 8),
}
"""Jubilees, a coronation, days of mourning and a moved bank holiday in the UK, and Australia's day of mourning."""


def business_day(day: date, n: int, holidays: Callable[[int], frozenset[date]]) -> date:
    """Return the nth weekday after a day that is no holiday.

    Examples
    --------
    Thursday 2025-04-17 is followed by Good Friday and, after the weekend, Easter Monday.

    >>> business_day(date(2025, 4, 17), 1, european_holidays).isoformat()
    '2025-04-22'
    """
    while n:
        day += timedelta(days=1)
        n -= day.weekday() < 5 and day not in holidays(day.year)
    return day


@lru_cache(maxsize=256)
def european_holidays(year: int) -> frozenset[date]:
    """Return the holidays of a year in any of the UK, the euro area's exchanges and Sweden."""
    sunday = _easter(year)
    moving = [sunday + timedelta(days=n) for n in (-2, 1, 39, 50)]  # with Ascension and Whit Monday
    fixed = [(1, 1), (1, 2), (1, 6), (5, 1), (6, 6), (12, 24), (12, 25), (12, 26), (12, 31)]
    days = {*moving, *(date(year, month, day) for month, day in fixed)}
    days |= {_first(year, 5, _MONDAY), _last_monday(year, 5), _last_monday(year, 8)}
    days |= {day for day in _between(year, 6, 19, 26) if day.weekday() == 4}  # Midsummer Eve
    return frozenset(days | _observed(year) | {day for day in _SPECIAL if day.year == year})


@lru_cache(maxsize=256)
def australian_holidays(year: int) -> frozenset[date]:
    """Return the holidays of a year on which the ASX does not trade, or banks do not work in New South Wales."""
    sunday = _easter(year)
    days = {sunday + timedelta(days=n) for n in (-2, 1)}
    fixed = [(1, 1), (1, 26), (4, 25), (12, 25), (12, 26)]
    days |= {date(year, month, day) for month, day in fixed}
    # Of a weekend's holiday the Monday after it.
    for month, day in ((1, 26), (4, 25)):
        at = date(year, month, day)
        days |= {at + timedelta(days=7 - at.weekday())} if at.weekday() > 4 else set()
    days |= {_first(year, 6, _MONDAY) + timedelta(days=7), _first(year, 8, _MONDAY)}
    days |= {_first(year, 10, _MONDAY)}
    return frozenset(days | _observed(year) | {day for day in _SPECIAL if day.year == year})


def _observed(year: int) -> set[date]:
    """Return the weekdays that stand in for Christmas and New Year's Day on a weekend."""
    days = set()
    if date(year, 12, 25).weekday() > 3:  # it or the 26th is on a weekend
        days |= {date(year, 12, 27), date(year, 12, 28)}
    if date(year, 1, 1).weekday() > 4:
        days |= {date(year, 1, 2), date(year, 1, 3)}
    return days


def _easter(year: int) -> date:
    """Return Easter Sunday."""
    return (pd.Timestamp(year, 1, 1) + pd.offsets.Easter()).date()


def _first(year: int, month: int, weekday: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7)


def _last_monday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=last.weekday())


def _between(year: int, month: int, first: int, last: int) -> list[date]:
    return [date(year, month, day) for day in range(first, last + 1)]
