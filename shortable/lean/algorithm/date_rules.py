"""On which dates something is to happen (LEAN: Common/Scheduling/DateRules.cs)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from shortable.errors import InvalidInputError
from shortable.lean.arguments import by_name
from shortable.lean.feed.market_time import MarketTime
from shortable.lean.names import LeanObject
from shortable.names import LeanEnum

__all__ = ["DateRule", "DateRules", "DayOfWeek"]

_DAY = timedelta(days=1)


class DayOfWeek(LeanEnum):
    """.NET's days of the week."""

    SUNDAY = 0
    MONDAY = 1
    TUESDAY = 2
    WEDNESDAY = 3
    THURSDAY = 4
    FRIDAY = 5
    SATURDAY = 6


class DateRule(LeanObject):
    """A named rule that yields dates.

    Parameters
    ----------
    name : str
    dates : callable
        ``dates(first, last)`` yields dates, ascending.
    """

    def __init__(self, name: str, dates: Callable[[date, date], Iterator[date]]) -> None:
        self.name, self._dates = name, dates

    def days(self, first: date, last: date) -> Iterator[date]:
        """Yield the dates from `first` to `last`, both included."""
        return self._dates(first, last)

    def get_dates(self, start: Any, end: Any) -> list[datetime]:
        """Return the dates of a period at midnight."""
        return [
            datetime.combine(d, datetime.min.time()) for d in self._dates(_date(start), _date(end))
        ]


class DateRules(LeanObject):
    """``self.date_rules``: the common rules.

    Parameters
    ----------
    market : MarketTime
    today : callable
        Returns the current date.
    """

    def __init__(self, market: MarketTime, today: Callable[[], date]) -> None:
        self._market, self._today = market, today

    @by_name("year", "month", "day", "dates")
    def on(self, *when: Any) -> DateRule:
        """Dates given: ``on(2024, 1, 31)``, ``on(date)``, ``on([date, …])`` or several dates."""
        if len(when) == 3 and all(isinstance(part, int) for part in when):
            wanted = [date(*when)]
        else:
            given = when[0] if len(when) == 1 and isinstance(when[0], (list, tuple)) else when
            wanted = sorted(_date(d) for d in given)
        return DateRule(
            ",".join(str(d) for d in wanted),
            lambda first, last: (d for d in wanted if first <= d <= last),
        )

    @property
    def today(self) -> DateRule:
        """Today alone."""
        return self.on(self._today())

    @property
    def tomorrow(self) -> DateRule:
        """Tomorrow alone."""
        return self.on(self._today() + _DAY)

    @by_name("days", "day")
    def every(self, *days: Any) -> DateRule:
        """Certain weekdays, as `DayOfWeek`, one by one or in a list."""
        days = tuple(days[0]) if len(days) == 1 and isinstance(days[0], (list, tuple)) else days
        wanted = {(int(day) + 6) % 7 for day in days}  # .NET begins with Sunday, Python with Monday
        return DateRule(
            ",".join(str(DayOfWeek(day)) for day in days),
            lambda first, last: (d for d in _each(first, last) if d.weekday() in wanted),
        )

    def every_day(self, symbol: Any = None, extended_market_hours: bool = False) -> DateRule:
        """Every day, or every trading day of a symbol."""
        if symbol is None:
            return DateRule("EveryDay", _each)
        return DateRule(f"{symbol}: EveryDay", self._trading)

    def _trading(self, first: date, last: date) -> Iterator[date]:
        return (d for d in _each(first, last) if self._market.session(d) is not None)

    def month_start(self, *arguments: Any, **named: Any) -> DateRule:
        """First day of each month, or first trading day of a symbol's; ``days_offset`` days later."""
        return self._edge("MonthStart", lambda d: (d.year, d.month), 1, arguments, named)

    def month_end(self, *arguments: Any, **named: Any) -> DateRule:
        """Last day of each month, or last trading day of a symbol's; ``days_offset`` days earlier."""
        return self._edge("MonthEnd", lambda d: (d.year, d.month), -1, arguments, named)

    def week_start(self, *arguments: Any, **named: Any) -> DateRule:
        """Monday, or the first trading day of a symbol's week; ``days_offset`` days later."""
        return self._edge("WeekStart", lambda d: d.isocalendar()[:2], 1, arguments, named)

    def week_end(self, *arguments: Any, **named: Any) -> DateRule:
        """Friday, or the last trading day of a symbol's week; ``days_offset`` days earlier."""
        return self._edge("WeekEnd", lambda d: d.isocalendar()[:2], -1, arguments, named)

    def year_start(self, *arguments: Any, **named: Any) -> DateRule:
        """First day of each year, or first trading day of a symbol's; ``days_offset`` days later."""
        return self._edge("YearStart", lambda d: d.year, 1, arguments, named)

    def year_end(self, *arguments: Any, **named: Any) -> DateRule:
        """Last day of each year, or last trading day of a symbol's; ``days_offset`` days earlier."""
        return self._edge("YearEnd", lambda d: d.year, -1, arguments, named)

    def _edge(
        self,
        name: str,
        group: Callable[[date], Any],
        way: int,
        arguments: tuple[Any, ...],
        named: dict[str, Any],
    ) -> DateRule:
        symbol, offset = named.get("symbol"), named.get("days_offset", 0)
        for argument in arguments:
            if isinstance(argument, int):
                offset = argument
            else:
                symbol = argument
        if offset < 0:
            raise InvalidInputError("days_offset", offset, "be 0 or more")

        def dates(first: date, last: date) -> Iterator[date]:
            groups: dict[Any, list[date]] = {}
            for day in _each(first - timedelta(days=366), last + timedelta(days=366)):
                usable = self._market.session(day) is not None
                if symbol is None:
                    usable = day.weekday() < 5 if name.startswith("Week") else True
                if usable:
                    groups.setdefault(group(day), []).append(day)
            for days in groups.values():
                at = min(offset, len(days) - 1)
                day = days[at] if way > 0 else days[-1 - at]
                if first <= day <= last:
                    yield day

        return DateRule(name if symbol is None else f"{symbol}: {name}", dates)


def _date(value: Any) -> date:
    found: date = value.date() if isinstance(value, datetime) else value
    return found


def _each(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += _DAY
