"""On which dates a universe that has a schedule is selected, and from which day's file.

LEAN: Engine/DataFeeds/Enumerators/ScheduledEnumerator.cs, DataManager.cs (the start of a universe's subscription).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from shortable.lean.feed.market_time import MarketTime

__all__ = ["Selection", "scheduled"]

Selection = tuple[datetime, Callable[[], list[Any]]]
"""A moment, and what then gives the rows to select from."""

_DAY = timedelta(days=1)
_LOOK_BACK = 60  # DataManager.cs, maximumLookback


def scheduled(
    rule: Any, source: Any, market: MarketTime, start: datetime, end: datetime
) -> Iterator[Selection]:
    """Yield midnight of each of a date rule's dates, from the last one that is not after the start.

    A date takes the newest file of the days before it, also an old one: a Monday's is Friday's, and where nothing new has
    come the last one is taken again. Where there is no file yet at the first date, that date is left out, and the
    next one takes the very first file.

    Parameters
    ----------
    rule : DateRule
    source : object
        Has the universe's rows of a day, ``coarse(day)``.
    market : MarketTime
    start, end : datetime
        Of the run.
    """
    first = next((d for d in _back(start.date()) if rule.get_dates(d, d)), start.date())
    begin = market.days_before(first, 1)

    def rows(day: date) -> list[Any]:
        return [] if market.session(day) is None else list(source.coarse(day))

    def newest(before: date) -> list[Any]:
        days = (before - _DAY * n for n in range(1, (before - begin).days + 1))
        return next(filter(None, map(rows, days)), [])

    dates = [d.date() for d in rule.get_dates(begin, end.date())]
    if dates and not newest(dates[0]):
        left_out, *dates = dates
        days = (left_out + _DAY * n for n in range((end.date() - left_out).days + 1))
        oldest = next(filter(None, map(rows, days)), [])
        if dates:
            yield datetime.combine(dates.pop(0), time()), lambda: oldest
    for day in dates:
        yield datetime.combine(day, time()), lambda day=day: newest(day)  # type: ignore[misc]


def _back(day: date) -> Iterator[date]:
    return (day - _DAY * n for n in range(_LOOK_BACK))
