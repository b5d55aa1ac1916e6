"""Where bars begin and how long they last: weeks, months, quarters, years and market days.

LEAN: Common/Data/Consolidators/CalendarType.cs, Common/Expiry.cs, Common/Util/LeanData.cs (GetDailyCalendar).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from shortable.lean.names import LeanObject

__all__ = ["Calendar", "CalendarInfo", "CalendarType", "Expiry", "market_day", "rounded_down"]


class CalendarInfo(NamedTuple):
    """The bar that a moment belongs to: its start and its length."""

    start: datetime
    period: timedelta

    @property
    def Start(self) -> datetime:  # noqa: N802
        """The start."""
        return self.start

    @property
    def Period(self) -> timedelta:  # noqa: N802
        """The length."""
        return self.period

    @property
    def end(self) -> datetime:
        """The end."""
        return self.start + self.period


def rounded_down(time: datetime, period: timedelta) -> datetime:
    """Return the last whole multiple of a period since year 1, as .NET's ticks are counted.

    Examples
    --------
    >>> rounded_down(datetime(2024, 1, 2, 9, 47), timedelta(minutes=15))
    datetime.datetime(2024, 1, 2, 9, 45)
    """
    return time - (time - datetime.min) % period if period else time


def _midnight(time: datetime) -> datetime:
    return datetime(time.year, time.month, time.day)


def _first_of(year: int, month: int) -> datetime:
    """Return the first of a month; months past December belong to the next year."""
    return datetime(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def _weekly(time: datetime) -> CalendarInfo:
    return CalendarInfo(_midnight(time) - timedelta(days=time.weekday()), timedelta(days=7))


def _months(time: datetime, length: int) -> CalendarInfo:
    month = (time.month - 1) // length * length + 1
    start = _first_of(time.year, month)
    return CalendarInfo(start, _first_of(time.year, month + length) - start)


class Calendar(LeanObject):
    """Rules for bars that follow the calendar: ``TradeBarConsolidator(Calendar.WEEKLY)``.

    Examples
    --------
    >>> Calendar.QUARTERLY(datetime(2024, 5, 17, 10))
    CalendarInfo(start=datetime.datetime(2024, 4, 1, 0, 0), period=datetime.timedelta(days=91))
    """

    WEEKLY = Weekly = staticmethod(_weekly)
    MONTHLY = Monthly = staticmethod(lambda time: _months(time, 1))
    QUARTERLY = Quarterly = staticmethod(lambda time: _months(time, 3))
    YEARLY = Yearly = staticmethod(lambda time: _months(time, 12))


CalendarType = Calendar


class Expiry(LeanObject):
    """Ends of periods: functions from a time to the next end."""

    ONE_MONTH = OneMonth = staticmethod(lambda time: _same_day_later(time, 1))
    ONE_QUARTER = OneQuarter = staticmethod(lambda time: _same_day_later(time, 3))
    ONE_YEAR = OneYear = staticmethod(lambda time: _same_day_later(time, 12))
    END_OF_DAY = EndOfDay = staticmethod(lambda time: _midnight(time) + timedelta(days=1))
    END_OF_WEEK = EndOfWeek = staticmethod(lambda time: _weekly(time).end)
    END_OF_MONTH = EndOfMonth = staticmethod(lambda time: _months(time, 1).end)
    END_OF_QUARTER = EndOfQuarter = staticmethod(lambda time: _months(time, 3).end)
    END_OF_YEAR = EndOfYear = staticmethod(lambda time: _months(time, 12).end)


def _same_day_later(time: datetime, months: int) -> datetime:
    first = _first_of(time.year, time.month + months)
    last = (_months(first, 1).end - timedelta(days=1)).day
    return first.replace(
        day=min(time.day, last), hour=time.hour, minute=time.minute, second=time.second
    )


def market_day(hours: Any, extended: bool = False) -> Callable[[datetime], CalendarInfo]:
    """Return the rule of bars that last from a session's open to its close.

    Parameters
    ----------
    hours : ExchangeHours
        Sessions of the market.
    extended : bool, default False
        Whether early and late sessions belong to the day.
    """

    def rule(time: datetime) -> CalendarInfo:
        start = hours.previous_open(time, extended)
        return CalendarInfo(start, hours.next_close(start, extended) - start)

    return rule
