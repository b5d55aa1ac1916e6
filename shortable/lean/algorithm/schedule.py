"""Scheduled events: when they are due and in what order (LEAN: Common/Scheduling, Engine/RealTime/BacktestingRealTimeHandler.cs)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from shortable.errors import InvalidInputError
from shortable.lean.algorithm.date_rules import DateRule, DateRules
from shortable.lean.algorithm.time_rules import TimeRule, TimeRules
from shortable.lean.arguments import by_name
from shortable.lean.names import LeanObject

__all__ = ["ScheduleManager", "ScheduledEvent"]

_DAY = timedelta(days=1)


class ScheduledEvent(LeanObject):
    """Something that happens at certain moments.

    Attributes
    ----------
    name : str
    enabled : bool
    """

    def __init__(
        self, name: str, moments: Iterator[datetime], callback: Callable[[datetime], Any]
    ) -> None:
        self.name, self.enabled = name, True
        self._moments, self._callback = moments, callback
        self.next: datetime | None = next(moments, None)

    def lay_out(self, moments: Iterator[datetime]) -> None:
        """Say when it happens."""
        self._moments, self.next = moments, next(moments, None)

    def skip_until(self, moment: datetime) -> None:
        """Forget what lies before a moment."""
        while self.next is not None and self.next < moment:
            self.next = next(self._moments, None)

    def fire(self) -> None:
        """Let it happen, and look for its next time."""
        moment = self.next
        self.next = next(self._moments, None)
        if self.enabled and moment is not None:
            self._callback(moment)


class ScheduleManager(LeanObject):
    """``self.schedule``: on a date rule, at a time rule, do something.

    Parameters
    ----------
    date_rules, time_rules
    """

    def __init__(self, date_rules: DateRules, time_rules: TimeRules) -> None:
        self.date_rules, self.time_rules = date_rules, time_rules
        self._events: list[ScheduledEvent] = []
        self._waiting: list[tuple[ScheduledEvent, DateRule, TimeRule]] = []
        self._span: tuple[date, date] | None = None
        self._now: datetime | None = None
        self._numbers = itertools.count(1)

    @by_name("name", "date_rule", "time_rule", "callback")
    def on(self, *arguments: Any) -> Any:
        """Schedule: ``on(date_rule, time_rule, callback)``, with a name before them or not.

        The callback may take nothing, or what LEAN gives it: the event's name and its UTC time.
        """
        given = list(arguments)
        name = given.pop(0) if given and isinstance(given[0], str) else ""
        rules = (
            len(given) == 3 and isinstance(given[0], DateRule) and isinstance(given[1], TimeRule)
        )
        if not rules or not callable(given[2]):
            raise InvalidInputError(
                "schedule.on",
                [type(a).__name__ for a in arguments],
                "be a date rule, a time rule and a function",
            )
        date_rule, time_rule, callback = given
        name = name or f"{date_rule.name}: {time_rule.name} #{next(self._numbers)}"
        return self.enter(name, date_rule, time_rule, _called(callback, name))

    training = on

    def training_now(self, training_code: Callable[[], Any]) -> Any:
        """Run a training function at once."""
        return training_code()

    def enter(
        self,
        name: str,
        date_rule: DateRule,
        time_rule: TimeRule,
        callback: Callable[[datetime], Any],
    ) -> ScheduledEvent:
        """Schedule; before the run's dates are known the event waits for them."""
        event = ScheduledEvent(name, iter(()), callback)
        if self._span is None:
            self._waiting.append((event, date_rule, time_rule))
        else:
            self._lay_out(event, date_rule, time_rule)
        return event

    def _lay_out(self, event: ScheduledEvent, date_rule: DateRule, time_rule: TimeRule) -> None:
        assert self._span is not None
        event.lay_out(_moments(date_rule, time_rule, *self._span))
        if self._now is not None:
            event.skip_until(self._now)
        self._events.append(event)

    def begin(self, first: date, last: date, now: datetime) -> None:
        """Say when the run begins and ends: what was scheduled before is laid out."""
        self._span, self._now = (first, last), now
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            self._lay_out(*one)

    def remove(self, event: ScheduledEvent) -> None:
        """Take an event out."""
        self._waiting = [one for one in self._waiting if one[0] is not event]
        self._events = [e for e in self._events if e is not event]

    def past(self, moment: datetime, set_time: Callable[[datetime], None]) -> None:
        """Let everything happen that was due before a moment, each at its own time, in order."""
        while True:
            due = [e for e in self._events if e.next is not None and e.next < moment]
            if not due:
                break
            event = min(due, key=lambda e: e.next)  # type: ignore[arg-type, return-value]
            self._now = event.next
            set_time(event.next)  # type: ignore[arg-type]
            event.fire()
        self._now = moment

    def present(self, moment: datetime) -> None:
        """Let everything happen that is due now, in the order in which it was scheduled."""
        self._now = moment
        for event in list(self._events):
            while event.next is not None and event.next <= moment:
                event.fire()


def _moments(
    date_rule: DateRule, time_rule: TimeRule, first: date, last: date
) -> Iterator[datetime]:
    for day in date_rule.days(first, last):
        yield from sorted(time_rule.moments(day))


def _called(callback: Callable[..., Any], name: str) -> Callable[[datetime], Any]:
    """Return a function of the moment that gives the user's what it takes: nothing, or name and time."""
    import inspect

    try:
        takes = len(
            [
                p
                for p in inspect.signature(callback).parameters.values()
                if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty
            ]
        )
    except (TypeError, ValueError):
        takes = 0
    return (lambda moment: callback(name, moment)) if takes == 2 else (lambda moment: callback())


def midnight_of(day: date) -> datetime:
    """Return a date's midnight."""
    return datetime.combine(day, time())
