"""When a prediction is over: steps through market hours (LEAN: Insight.ComputeCloseTime, Time.GetEndTimeForTradeBars)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shortable.lean.enums import Resolution

__all__ = [
    "END_OF_TIME",
    "bars_later",
    "from_local",
    "in_utc",
    "local",
    "period_between",
    "period_later",
]

_NEW_YORK = ZoneInfo("America/New_York")
_SECOND, _MINUTE, _HOUR, _DAY = (
    timedelta(seconds=1),
    timedelta(minutes=1),
    timedelta(hours=1),
    timedelta(days=1),
)
_STEPS = {
    Resolution.SECOND: _SECOND,
    Resolution.MINUTE: _MINUTE,
    Resolution.HOUR: _HOUR,
    Resolution.DAILY: _DAY,
}
END_OF_TIME = datetime(2050, 12, 31, tzinfo=UTC)


def in_utc(moment: datetime) -> datetime:
    """Return a time in UTC; a naive one is taken for UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def local(moment: datetime) -> datetime:
    """Return a UTC time as naive New York time."""
    return in_utc(moment).astimezone(_NEW_YORK).replace(tzinfo=None)


def from_local(moment: datetime) -> datetime:
    """Return a naive New York time in UTC."""
    return moment.replace(tzinfo=_NEW_YORK).astimezone(UTC)


def bars_later(hours: Any, start: datetime, resolution: Resolution, count: int) -> datetime:
    """Return the UTC time at which so many bars of open market have gone by.

    Parameters
    ----------
    hours : ExchangeHours
    start : datetime
        UTC.
    resolution : Resolution
        Hours are counted as 60 minutes, so that the open at half past nine makes no odds.
    count : int
    """
    if resolution == Resolution.HOUR:
        resolution, count = Resolution.MINUTE, count * 60
    step = _STEPS.get(resolution, _SECOND)
    return from_local(_step(hours, local(start), step, count))


def _step(hours: Any, moment: datetime, step: timedelta, count: int) -> datetime:
    if step == _DAY:
        while count > 0:
            moment += _DAY
            count -= hours.is_date_open(moment.date())
        return moment
    while count > 0:
        if hours.is_open(moment, moment + step, False):
            close = hours.regular(moment.date())[1]
            whole = min(count, -((moment - close) // step))  # all that begin before the close count
            moment += whole * step
            count -= whole
        else:
            moment += max(1, (hours.next_open(moment, False) - moment) // step) * step
    return moment


def period_later(hours: Any, start: datetime, period: timedelta) -> datetime:
    """Return the UTC time at which a period of open market has gone by, days being sessions.

    Examples
    --------
    A day and a half from Friday's close is half a session after Monday's.

    >>> from shortable.lean.data.hours import ExchangeHours
    >>> start = datetime(2024, 1, 5, 21, tzinfo=UTC)
    >>> period_later(ExchangeHours(), start, timedelta(days=1.5)).isoformat()
    '2024-01-09T17:45:00+00:00'
    """
    step = next((s for s in (_DAY, _MINUTE) if period >= s), _SECOND)
    count = period // step
    end = from_local(_step(hours, local(start), step, count))
    if end == start:
        return from_local(_step(hours, local(start), _SECOND, 1))
    rest = period - count * step
    if step == _DAY:
        rest = hours.regular_market_duration * (rest / _DAY)
    if rest >= _MINUTE:
        end = from_local(_step(hours, local(end), _MINUTE, rest // _MINUTE))
    return end


def period_between(hours: Any, start: datetime, end: datetime) -> timedelta:
    """Return how long a prediction lasts, in sessions or else in minutes of open market (Insight.ComputePeriod)."""
    first, last = local(start), local(end)
    if first.date() == last.date():
        return last - first
    found = []
    for step in (_DAY, _MINUTE):
        count = _bars_between(hours, first, last, step)
        off = abs(last - _step(hours, first, step, count))
        found.append((off, count * step))
        if not off:
            break
    return min(found, key=lambda choice: choice[0])[1]


def _bars_between(hours: Any, first: datetime, last: datetime, step: timedelta) -> int:
    if step == _DAY:
        return sum(
            datetime.combine(d, first.time()) < last
            for d in hours.trading_days(first.date(), last.date())
        )
    total = timedelta()
    for day in hours.trading_days(first.date(), last.date()):
        opens, closes = hours.regular(day)
        total += max(timedelta(), min(closes, last) - max(opens, first))
    return int(total // step)
