"""When the market is open, as the feed asks: bars that overlap a session, and the days' calendars."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

__all__ = ["MarketTime", "Span"]

_DAY = timedelta(days=1)
# LEAN gives up looking for an open market after so many days; so do we, instead of running off the calendar.
_HORIZON = 366


class Span(NamedTuple):
    """A period of market time."""

    start: datetime
    end: datetime


class MarketTime:
    """Sessions of one market, kept once they were asked for.

    Parameters
    ----------
    hours : ExchangeHours
        The price source's.
    """

    def __init__(self, hours: Any) -> None:
        self._hours = hours
        self._known: dict[tuple[date, bool], Span | None] = {}

    def session(self, day: date, extended: bool = False) -> Span | None:
        """Return a day's first open and last close, or None on a day without trading."""
        key = (day, extended)
        if key not in self._known:
            found = self._hours.extended(day) if extended else self._hours.regular(day)
            self._known[key] = None if found is None else Span(*found)
        return self._known[key]

    def open_during(self, start: datetime, end: datetime, extended: bool = False) -> bool:
        """Whether the market is open at some time between `start`, included, and `end`, excluded."""
        day = start.date()
        while True:
            session = self.session(day, extended)
            if session is not None and session.start < end and session.end > start:
                return True
            day += _DAY
            if datetime.combine(day, datetime.min.time()) >= end:
                return False

    def is_open(self, moment: datetime, extended: bool = False) -> bool:
        """Whether the market is open at a moment; at its close it is not."""
        session = self.session(moment.date(), extended)
        return session is not None and session.start <= moment < session.end

    def next_open(self, moment: datetime, extended: bool = False) -> datetime | None:
        """Return the first open after a moment, None where there is none within a year."""
        day = moment.date()
        for _ in range(_HORIZON):
            session = self.session(day, extended)
            if session is not None and session.start > moment:
                return session.start
            day += _DAY
        return None

    def daily(self, moment: datetime, extended: bool = False) -> Span | None:
        """Return the session of a moment's day, or of the next trading day (LeanData.GetDailyCalendar)."""
        day = moment.date()
        for _ in range(_HORIZON):
            session = self.session(day, extended)
            if session is not None:
                return session
            day += _DAY
        return None

    def days_before(self, day: date, count: int) -> date:
        """Return the trading day that lies `count` trading days before a day."""
        for _ in range(_HORIZON * 30):
            if count <= 0:
                break
            day -= _DAY
            count -= self.session(day) is not None
        return day
