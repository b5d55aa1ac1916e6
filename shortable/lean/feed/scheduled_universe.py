"""A universe that is selected at times of the user's choosing (LEAN: Data/UniverseSelection/ScheduledUniverse.cs)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shortable.errors import InvalidInputError
from shortable.lean.feed.ticker_universe import TickerUniverse
from shortable.lean.feed.universe import UniverseSettings

__all__ = ["ScheduledUniverse"]

_NEW_YORK = ZoneInfo("America/New_York")


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=_NEW_YORK).astimezone(UTC).replace(tzinfo=None)


class ScheduledUniverse(TickerUniverse):
    """Selected on a date rule's dates at a time rule's times, whether the market is open or not.

    ``ScheduledUniverse(date_rule, time_rule, selector, settings)``; a time zone may come first.

    Parameters
    ----------
    date_rule : DateRule
        ``self.date_rules...``
    time_rule : TimeRule
        ``self.time_rules...``
    selector : callable
        Gets the time, naive UTC as in LEAN, and returns symbols.
    settings : UniverseSettings, optional
        Default the algorithm's.

    Raises
    ------
    InvalidInputError
        What stands for a rule is none, or there is no selector.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        given = list(arguments)
        if given and not hasattr(given[0], "get_dates"):
            given.pop(0)  # the rules carry their own zones
        names = ("date_rule", "time_rule", "selector", "settings")
        found = {
            **dict(zip(names, given, strict=False)),
            **{k: v for k, v in named.items() if k in names},
        }
        if not hasattr(found.get("date_rule"), "get_dates"):
            raise InvalidInputError(
                "date_rule", found.get("date_rule"), "be one of self.date_rules"
            )
        if not hasattr(found.get("time_rule"), "moments"):
            raise InvalidInputError(
                "time_rule", found.get("time_rule"), "be one of self.time_rules"
            )
        if not callable(found.get("selector")):
            raise InvalidInputError("selector", found.get("selector"), "be a function of the time")
        self._date_rule, self._time_rule = found["date_rule"], found["time_rule"]
        name = f"{self._date_rule.name}_{self._time_rule.name}"
        super().__init__(name, found.get("settings"), timedelta(days=1), found["selector"], _utc)

    def defaults_to(self, settings: Any) -> None:
        """Use settings where the user gave none.

        Parameters
        ----------
        settings : UniverseSettings or callable
            The algorithm's, as they are when something is selected.
        """
        if not isinstance(self._settings, UniverseSettings):
            self._settings = settings

    def moments(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """Yield the times at which it is selected, naive New York."""
        for day in self._date_rule.days(start.date(), end.date()):
            for moment in self._time_rule.moments(day):
                if start <= moment <= end:
                    yield moment
