"""When to collect: every so often, or at times of day on a market's clock."""

from __future__ import annotations

import re
import time as system_time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from shortable.clock import zone
from shortable.errors import InvalidInputError

__all__ = ["SYSTEM_CLOCK", "At", "Clock", "Every", "Schedule", "read_at", "read_every"]

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SPAN = re.compile(r"(\d{1,7})\s*([smhd])")
_LONGEST_NAP = 30.0
"""Seconds after which the wall clock is looked at again: it may have been set."""
_A_DAY_AND_A_BIT = timedelta(hours=26)
"""The next time of day is never farther off, whatever summer time does."""


@dataclass(frozen=True, slots=True)
class Clock:
    """What the loop reads and waits by; the tests give it another."""

    now: Callable[[], datetime]
    """Wall time, aware, UTC."""
    monotonic: Callable[[], float]
    """Seconds that no setting of the clock changes."""
    sleep: Callable[[float], None]
    """Waits that many seconds; a signal may end it by an exception."""


SYSTEM_CLOCK = Clock(lambda: datetime.now(UTC), system_time.monotonic, system_time.sleep)


class Schedule(Protocol):
    """Says when the next pass is due."""

    def wait(self, clock: Clock, first: bool) -> None:
        """Return when the next pass is due; `first` before the first pass."""


@dataclass(slots=True)
class Every:
    """At once, and then every `seconds`, by a clock that nobody sets; passes that a long one has missed are left out."""

    seconds: float
    """Between the beginnings of two passes."""
    _due: float = field(default=0.0, init=False)

    def wait(self, clock: Clock, first: bool) -> None:
        """Return when the next pass is due."""
        now = clock.monotonic()
        if first:
            self._due = now
            return
        self._due += self.seconds
        if self._due < now:  # one or more were missed: the next one on the same beat
            self._due += -((self._due - now) // self.seconds) * self.seconds
        while (left := self._due - clock.monotonic()) > 0:
            clock.sleep(min(left, _LONGEST_NAP))


@dataclass(frozen=True, slots=True)
class At:
    """Every day at some times of day; where the clock is set, the next of them by the new time counts."""

    times: tuple[time, ...]
    """Times of day."""
    time_zone: str
    """IANA zone that they are in. A time that summer time skips is due an hour later, a repeated one the first time."""

    def next_after(self, moment: datetime) -> datetime:
        """Return the first due time after a moment (aware), in UTC.

        Examples
        --------
        >>> At((time(22, 40),), "Asia/Taipei").next_after(datetime(2025, 3, 3, 15, tzinfo=UTC)).isoformat()
        '2025-03-04T14:40:00+00:00'
        """
        clock = zone(self.time_zone)
        today = moment.astimezone(clock).date()
        days: Sequence[date] = [today + timedelta(days=n) for n in (-1, 0, 1, 2)]
        due = (
            datetime.combine(day, at, clock).astimezone(UTC) for day in days for at in self.times
        )
        return min(one for one in due if one > moment)

    def wait(self, clock: Clock, first: bool) -> None:
        """Return when the next pass is due."""
        due = self.next_after(clock.now())
        while (now := clock.now()) < due:
            if due - now > _A_DAY_AND_A_BIT:  # the clock was set back
                due = self.next_after(now)
            clock.sleep(min((due - now).total_seconds(), _LONGEST_NAP))


def read_every(text: str) -> Every:
    """Read a span of time such as ``15m``.

    Raises
    ------
    InvalidInputError
        It is none, or shorter than a second.

    Examples
    --------
    >>> read_every("15m").seconds, read_every("90s").seconds
    (900, 90)
    """
    match = _SPAN.fullmatch(text.strip().lower())
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 1 <= seconds <= 31 * 86400:
        raise InvalidInputError(
            "every", text, "be a span of 1 second to 31 days such as 90s, 15m, 6h or 1d"
        )
    return Every(seconds)


def read_at(texts: Sequence[str], time_zone: str) -> At:
    """Read times of day such as ``22:40``, one or several.

    Raises
    ------
    InvalidInputError
        One is none, or there is none.

    Examples
    --------
    >>> read_at(["22:40", "08:05"], "Asia/Taipei").times
    (datetime.time(8, 5), datetime.time(22, 40))
    """
    times = set()
    for text in texts:
        match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", text.strip())
        if match is None:
            raise InvalidInputError("at", text, "be a time of day such as 22:40")
        times.add(time(int(match[1]), int(match[2]), int(match[3] or 0)))
    if not times:
        raise InvalidInputError("at", list(texts), "name at least one time of day")
    zone(time_zone)
    return At(tuple(sorted(times)), time_zone)
