"""A security's exchange: its hours, at the security's time (LEAN: Common/Securities/SecurityExchange.cs)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from shortable.lean.market import Market
from shortable.lean.names import LeanObject

__all__ = ["SecurityExchange"]

_MINUTE = timedelta(minutes=1)


class SecurityExchange(LeanObject):
    """Hours of the exchange, seen from the clock.

    Attributes
    ----------
    hours : SecurityExchangeHours
    """

    def __init__(self, hours: Any, clock: Callable[[], datetime]) -> None:
        self.hours = hours
        self._clock = clock

    @property
    def time_zone(self) -> Any:
        """The exchange's."""
        return self.hours.time_zone

    @property
    def market(self) -> str:
        """The USA's."""
        return Market.USA

    @property
    def trading_days_per_year(self) -> int:
        """252."""
        return 252

    @property
    def local_time(self) -> datetime:
        """The clock, exchange-local."""
        return self._clock()

    @property
    def exchange_open(self) -> bool:
        """Whether the regular session is on."""
        return bool(self.hours.is_open(self._clock(), False))

    @property
    def closing_soon(self) -> bool:
        """Whether the regular session ends within ten minutes."""
        return self.is_closing_soon(10)

    def is_closing_soon(self, minutes_to_close: int) -> bool:
        """Whether the regular session is over or ends within some minutes."""
        return not self.hours.is_open(self._clock() + timedelta(minutes=minutes_to_close), False)

    def date_is_open(self, date: datetime) -> bool:
        """Whether there is a session on a day."""
        return bool(self.hours.is_date_open(date))

    def date_time_is_open(self, date_time: datetime) -> bool:
        """Whether the regular session is on at a time."""
        return bool(self.hours.is_open(date_time, False))

    def is_open_during_bar(self, start: datetime, end: datetime, extended: bool) -> bool:
        """Whether the session is on at any time of a bar."""
        return bool(self.hours.is_open(start, end, extended))

    def set_local_date_time_frontier(self, new_local_time: datetime) -> None:
        """Do nothing: the clock is the algorithm's."""
