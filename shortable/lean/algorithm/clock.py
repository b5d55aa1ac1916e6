"""The run's clock: New York inside, the algorithm's zone at its face, UTC beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shortable.errors import TimeError
from shortable.lean.names import LeanObject

__all__ = ["NEW_YORK", "Clock", "TimeZones", "zone"]

NEW_YORK = ZoneInfo("America/New_York")


class TimeZones(LeanObject):
    """LEAN's names of time zones."""

    UTC = Utc = ZoneInfo("UTC")
    NEW_YORK = NewYork = NEW_YORK
    CHICAGO = Chicago = ZoneInfo("America/Chicago")
    LOS_ANGELES = LosAngeles = ZoneInfo("America/Los_Angeles")
    LONDON = London = ZoneInfo("Europe/London")
    BERLIN = Berlin = ZoneInfo("Europe/Berlin")
    PARIS = Paris = ZoneInfo("Europe/Paris")
    ZURICH = Zurich = ZoneInfo("Europe/Zurich")
    TOKYO = Tokyo = ZoneInfo("Asia/Tokyo")
    HONG_KONG = HongKong = ZoneInfo("Asia/Hong_Kong")
    SYDNEY = Sydney = ZoneInfo("Australia/Sydney")
    # "EST" is a legacy name, which Debian and Ubuntu keep in a package of its own.
    EASTERN_STANDARD = EasternStandard = ZoneInfo("Etc/GMT+5")


def zone(name: Any) -> ZoneInfo:
    """Return a time zone by name, or as it is.

    Raises
    ------
    TimeError
        There is no such zone.
    """
    if isinstance(name, ZoneInfo):
        return name
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError):
        raise TimeError(
            "time_zone", str(name), "be a time zone's name such as America/New_York"
        ) from None


@lru_cache(maxsize=4096)
def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=NEW_YORK).astimezone(UTC)


class Clock:
    """The present of one run.

    Attributes
    ----------
    now : datetime
        Naive, New York.
    zone : ZoneInfo
        The algorithm's.

    Examples
    --------
    >>> clock = Clock(datetime(2024, 1, 2, 9, 30))
    >>> clock.zone = TimeZones.CHICAGO
    >>> clock.face.hour, clock.utc.hour
    (8, 14)
    """

    __slots__ = ("now", "zone")

    def __init__(self, now: datetime, time_zone: ZoneInfo = NEW_YORK) -> None:
        self.now, self.zone = now, time_zone

    @property
    def utc(self) -> datetime:
        """The same instant in UTC, with its zone."""
        return _utc(self.now)

    @property
    def face(self) -> datetime:
        """The same instant in the algorithm's zone, naive."""
        return self.shown(self.now)

    def shown(self, moment: datetime) -> datetime:
        """Return a New York time as the algorithm sees it."""
        if self.zone is NEW_YORK:
            return moment
        return _utc(moment).astimezone(self.zone).replace(tzinfo=None)

    def inside(self, moment: datetime) -> datetime:
        """Return a time of the algorithm's zone, or one with a zone of its own, as naive New York time."""
        if moment.tzinfo is not None:
            return moment.astimezone(NEW_YORK).replace(tzinfo=None)
        if self.zone is NEW_YORK:
            return moment
        return moment.replace(tzinfo=self.zone).astimezone(NEW_YORK).replace(tzinfo=None)
