"""At which times of a date something is to happen (LEAN: Common/Scheduling/TimeRules.cs)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from shortable.errors import InvalidInputError
from shortable.lean.algorithm.clock import Clock, zone
from shortable.lean.arguments import by_name
from shortable.lean.feed.market_time import MarketTime
from shortable.lean.names import LeanObject

__all__ = ["TimeRule", "TimeRules"]

_DAY = timedelta(days=1)


class TimeRule(LeanObject):
    """A named rule that yields times.

    Parameters
    ----------
    name : str
    times : callable
        ``times(day)`` yields moments, naive New York, ascending.
    """

    def __init__(self, name: str, times: Callable[[date], Iterator[datetime]]) -> None:
        self.name, self._times = name, times

    def moments(self, day: date) -> Iterator[datetime]:
        """Yield the moments of a date."""
        return self._times(day)


class TimeRules(LeanObject):
    """``self.time_rules``: the common rules; times are of the algorithm's zone."""

    def __init__(self, market: MarketTime, clock: Clock) -> None:
        self._market, self._clock = market, clock

    @by_name("time_of_day", "hour", "minute", "second", "time_zone")
    def at(self, *when: Any) -> TimeRule:
        """At a time of day: ``at(9, 45)``, ``at(9, 45, 30)``, ``at(timedelta)``; a time zone may come last."""
        parts = list(when)
        local = self._clock if not parts or isinstance(parts[-1], (int, timedelta, time)) else None
        other = None if local is not None else zone(parts.pop())
        span = _since_midnight(parts)

        def times(day: date) -> Iterator[datetime]:
            moment = datetime.combine(day, time()) + span
            clock = self._clock if other is None else Clock(moment, other)
            yield clock.inside(moment)

        return TimeRule(f"{span}", times)

    @property
    def midnight(self) -> TimeRule:
        """At midnight, when the date begins."""
        return self.at(0, 0)

    @property
    def noon(self) -> TimeRule:
        """At noon."""
        return self.at(12, 0)

    @property
    def now(self) -> TimeRule:
        """At the present time of day."""
        face = self._clock.face
        return self.at(timedelta(hours=face.hour, minutes=face.minute, seconds=face.second))

    def every(self, interval: timedelta) -> TimeRule:
        """Again and again through the day, from midnight on."""
        if interval <= timedelta():
            raise InvalidInputError("interval", interval, "be longer than nothing")

        def times(day: date) -> Iterator[datetime]:
            moment = datetime.combine(day, time())
            end = moment + _DAY
            while moment < end:
                yield self._clock.inside(moment)
                moment += interval

        return TimeRule(f"Every {interval}", times)

    def after_market_open(
        self, symbol: Any, minutes_after_open: float = 0, extended_market_open: bool = False
    ) -> TimeRule:
        """Some minutes after the open."""
        return self._session("after market open", 0, minutes_after_open, extended_market_open)

    def before_market_open(
        self, symbol: Any, minutes_before_open: float = 0, extended_market_open: bool = False
    ) -> TimeRule:
        """Some minutes before the open."""
        return self._session("before market open", 0, -minutes_before_open, extended_market_open)

    def before_market_close(
        self, symbol: Any, minutes_before_close: float = 0, extended_market_close: bool = False
    ) -> TimeRule:
        """Some minutes before the close."""
        return self._session("before market close", 1, -minutes_before_close, extended_market_close)

    def after_market_close(
        self, symbol: Any, minutes_after_close: float = 0, extended_market_close: bool = False
    ) -> TimeRule:
        """Some minutes after the close."""
        return self._session("after market close", 1, minutes_after_close, extended_market_close)

    def _session(self, name: str, edge: int, minutes: float, extended: bool) -> TimeRule:
        def times(day: date) -> Iterator[datetime]:
            session = self._market.session(day, extended)
            if session is not None:
                yield session[edge] + timedelta(minutes=minutes)

        return TimeRule(f"{abs(minutes):g} min {name}", times)


def _since_midnight(parts: list[Any]) -> timedelta:
    if len(parts) == 1 and isinstance(parts[0], timedelta):
        return parts[0]
    if len(parts) == 1 and isinstance(parts[0], time):
        return timedelta(hours=parts[0].hour, minutes=parts[0].minute, seconds=parts[0].second)
    if not 1 <= len(parts) <= 3 or not all(isinstance(p, int) for p in parts):
        raise InvalidInputError("time", parts, "be hours, minutes and seconds, or a timedelta")
    return timedelta(**dict(zip(("hours", "minutes", "seconds"), parts, strict=False)))
