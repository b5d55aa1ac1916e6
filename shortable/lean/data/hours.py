"""`ExchangeHours`: when the US equity market is open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from shortable.calendars import nyse_early_closes, nyse_holidays
from shortable.errors import TimeError
from shortable.lean.names import LeanObject

__all__ = ["NEW_YORK", "ExchangeHours", "MarketHours"]

NEW_YORK = ZoneInfo("America/New_York")
_DAY = timedelta(days=1)
_FAR = 40  # days within which a market must open again

Session = tuple[time, time, time, time]
"""Beginning of the early session, open, close and end of the late session of one weekday."""

# NYSE Arca's and Nasdaq's early and late sessions; LEAN's database has the same.
_USUAL: Session = (time(4), time(9, 30), time(16), time(20))
_EARLY_CLOSE = time(13)


class MarketHours(LeanObject):
    """The hours of one day; an empty day has none (LEAN: Common/Securities/LocalMarketHours.cs)."""

    def __init__(self, day: date, session: Session | None) -> None:
        self.date = day
        self._session = session

    @property
    def is_closed_all_day(self) -> bool:
        """Whether there is no session."""
        return self._session is None

    @property
    def is_open_all_day(self) -> bool:
        """False: no equity market is."""
        return False

    @property
    def market_duration(self) -> timedelta:
        """Length of the regular session."""
        if self._session is None:
            return timedelta()
        return datetime.combine(self.date, self._session[2]) - datetime.combine(
            self.date, self._session[1]
        )

    def get_market_open(
        self, time_of_day: timedelta = timedelta(), extended_market: bool = False
    ) -> Any:
        """Return the time of day at which the market opens after another, or None."""
        return self._edge(
            time_of_day, 0 if extended_market else 1, 3 if extended_market else 2, opening=True
        )

    def get_market_close(
        self, time_of_day: timedelta = timedelta(), extended_market: bool = False
    ) -> Any:
        """Return the time of day at which the market closes after another, or None."""
        return self._edge(
            time_of_day, 0 if extended_market else 1, 3 if extended_market else 2, opening=False
        )

    def _edge(self, after: timedelta, first: int, last: int, *, opening: bool) -> timedelta | None:
        if self._session is None:
            return None
        begins, ends = (_since_midnight(self._session[i]) for i in (first, last))
        return None if ends <= after else (begins if opening else ends)


class ExchangeHours(LeanObject):
    """Sessions of the US equity market; all times naive, New York (LEAN: Common/Securities/SecurityExchangeHours.cs).

    Parameters
    ----------
    week : mapping of int to tuple of four times, optional
        By weekday (Monday is 0): early session, open, close, end of the late session. Default Monday to Friday
        04:00, 09:30, 16:00, 20:00.
    holidays : collection of date, optional
        Default: the New York Stock Exchange's by its rules, from 1998.
    early_closes : mapping of date to time, optional
        From then on nothing trades that day, the late session included. Default: the exchange's, 13:00.
    late_opens : mapping of date to time, optional
        Before it nothing trades that day.

    Examples
    --------
    >>> hours = ExchangeHours()
    >>> hours.is_open(datetime(2024, 7, 3, 13), False), hours.get_next_market_open(datetime(2024, 7, 3, 13), False)
    (False, datetime.datetime(2024, 7, 5, 9, 30))
    """

    time_zone = NEW_YORK

    def __init__(
        self,
        week: Mapping[int, Session] | None = None,
        holidays: Any = None,
        early_closes: Mapping[date, time] | None = None,
        late_opens: Mapping[date, time] | None = None,
    ) -> None:
        self._week = dict.fromkeys(range(5), _USUAL) if week is None else dict(week)
        self._holidays = None if holidays is None else frozenset(holidays)
        self._early = None if early_closes is None else dict(early_closes)
        self._late = dict(late_opens or {})
        self._sessions: dict[date, Session | None] = {}

    def _session(self, day: date) -> Session | None:
        try:
            return self._sessions[day]
        except KeyError:
            found = self._sessions[day] = self._find(day)
            return found

    def _find(self, day: date) -> Session | None:
        usual = self._week.get(day.weekday())
        last_year = (
            day.year + 10 - day.year % 10
        )  # by decades, so that the rules are worked out seldom
        if usual is None or day in (
            nyse_holidays(last_year) if self._holidays is None else self._holidays
        ):
            return None
        if self._early is None:
            early = _EARLY_CLOSE if day in nyse_early_closes(last_year) else None
        else:
            early = self._early.get(day)
        begins, opens, closes, ends = usual
        if early is not None:
            closes, ends = min(closes, early), min(ends, early)
        late = self._late.get(day)
        if late is not None:
            begins, opens = max(begins, late), max(opens, late)
        return (begins, opens, closes, ends) if opens < closes else None

    def regular(self, day: date) -> tuple[datetime, datetime] | None:
        """Return open and close of a date's regular session, or None."""
        session = self._session(_date(day))
        return None if session is None else _span(_date(day), session[1], session[2])

    def extended(self, day: date) -> tuple[datetime, datetime] | None:
        """Return beginning of the early and end of the late session, or None."""
        session = self._session(_date(day))
        return None if session is None else _span(_date(day), session[0], session[3])

    def _hours(self, day: date, extended: bool) -> tuple[datetime, datetime] | None:
        return self.extended(day) if extended else self.regular(day)

    def is_open(
        self, local_date_time: datetime, *arguments: Any, extended_market_hours: bool = False
    ) -> bool:
        """Whether the market is open: ``is_open(time, extended)``, or at any moment of ``is_open(start, end, extended)``.

        The opening moment is open, the closing moment is not.
        """
        start = local_date_time
        end = arguments[0] if arguments and isinstance(arguments[0], datetime) else start
        flags = arguments[1:] if arguments and isinstance(arguments[0], datetime) else arguments
        extended = bool(flags[0]) if flags else extended_market_hours
        day = start.date()
        while day <= end.date():
            hours = self._hours(day, extended)
            if (
                hours is not None
                and start < hours[1]
                and (end > hours[0] or start == end == hours[0])
            ):
                return True
            day += _DAY
        return False

    def is_date_open(self, day: date, extended_market_hours: bool = False) -> bool:
        """Whether there is a session that date."""
        return self._session(_date(day)) is not None

    def next_open(self, local_date_time: datetime, extended_market_hours: bool = False) -> datetime:
        """Return the first opening after a moment."""
        moment, far = local_date_time, extended_market_hours
        return next(h[0] for h in self._onward(moment.date(), 1, far) if h[0] > moment)

    def next_close(
        self, local_date_time: datetime, extended_market_hours: bool = False
    ) -> datetime:
        """Return the first close after a moment."""
        moment, far = local_date_time, extended_market_hours
        return next(h[1] for h in self._onward(moment.date(), 1, far) if h[1] > moment)

    def previous_open(
        self, local_date_time: datetime, extended_market_hours: bool = False
    ) -> datetime:
        """Return the last opening at or before a moment."""
        moment, far = local_date_time, extended_market_hours
        return next(h[0] for h in self._onward(moment.date(), -1, far) if h[0] <= moment)

    def previous_close(
        self, local_date_time: datetime, extended_market_hours: bool = False
    ) -> datetime:
        """Return the last close at or before a moment."""
        moment, far = local_date_time, extended_market_hours
        return next(h[1] for h in self._onward(moment.date(), -1, far) if h[1] <= moment)

    get_next_market_open = next_open
    get_next_market_close = next_close
    get_previous_market_open = previous_open

    def get_next_trading_day(self, day: date) -> datetime:
        """Return midnight of the first day after this with a session."""
        return _midnight(next(h[0] for h in self._onward(_date(day) + _DAY, 1, False)))

    def get_previous_trading_day(self, day: date) -> datetime:
        """Return midnight of the last day before this with a session."""
        return _midnight(next(h[0] for h in self._onward(_date(day) - _DAY, -1, False)))

    def _onward(self, day: date, step: int, extended: bool) -> Iterator[tuple[datetime, datetime]]:
        for i in range(_FAR):
            hours = self._hours(day + i * step * _DAY, extended)
            if hours is not None:
                yield hours
        raise TimeError(
            "day", day, f"have a session within {_FAR} days of it", "The market hours have none."
        )

    def trading_days(self, start: date, end: date) -> list[date]:
        """Return the dates with a session from `start` to `end`, both included."""
        first, last = _date(start), _date(end)
        days = (first + i * _DAY for i in range((last - first).days + 1))
        return [day for day in days if self._session(day) is not None]

    def get_market_hours(self, day: date) -> MarketHours:
        """Return the hours of a date."""
        return MarketHours(_date(day), self._session(_date(day)))

    @property
    def regular_market_duration(self) -> timedelta:
        """Length of a usual session."""
        spans = [
            datetime.combine(date.min, s[2]) - datetime.combine(date.min, s[1])
            for s in self._week.values()
        ]
        return max(spans, key=lambda span: (spans.count(span), span), default=timedelta())

    @property
    def is_market_always_open(self) -> bool:
        """False: no equity market is."""
        return False

    @cached_property
    def holidays(self) -> set[datetime]:
        """Days without a session, at midnight; by the exchange's rules from 1998 to 2049."""
        days = nyse_holidays(2049) if self._holidays is None else self._holidays
        return {datetime.combine(day, time()) for day in days}

    @cached_property
    def early_closes(self) -> dict[datetime, timedelta]:
        """Days that end early, at midnight, and the time of day at which they do."""
        days = (
            dict.fromkeys(nyse_early_closes(2049), _EARLY_CLOSE)
            if self._early is None
            else self._early
        )
        return {datetime.combine(day, time()): _since_midnight(at) for day, at in days.items()}

    @cached_property
    def late_opens(self) -> dict[datetime, timedelta]:
        """Days that begin late, at midnight, and the time of day at which they do."""
        return {
            datetime.combine(day, time()): _since_midnight(at) for day, at in self._late.items()
        }


def _date(day: date) -> date:
    return day.date() if isinstance(day, datetime) else day


def _midnight(moment: datetime) -> datetime:
    return datetime.combine(moment.date(), time())


def _span(day: date, begins: time, ends: time) -> tuple[datetime, datetime]:
    return datetime.combine(day, begins), datetime.combine(day, ends)


def _since_midnight(at: time) -> timedelta:
    return timedelta(
        hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond
    )
