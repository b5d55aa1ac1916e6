"""Subscriptions in step: one time slice after the other (LEAN: Engine/DataFeeds/SubscriptionSynchronizer.cs)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from shortable.lean.data import BaseData, Delisting
from shortable.lean.enums import DelistingType, MarketDataType
from shortable.lean.feed.changes import SecurityChanges
from shortable.lean.feed.config import SubscriptionDataConfig
from shortable.lean.feed.scheduled_universe import ScheduledUniverse
from shortable.lean.feed.selection import UniverseSelection
from shortable.lean.feed.selection_dates import scheduled
from shortable.lean.feed.subscription import Feed, Subscription
from shortable.lean.feed.universe import Universe

__all__ = ["Synchronizer", "TimeSlice", "Update"]

_DAY = timedelta(days=1)


@dataclass(slots=True)
class Update:
    """What one subscription brought."""

    subscription: Subscription
    prices: list[BaseData] = field(default_factory=list)
    """What sets prices: everything but corporate events."""
    everything: list[BaseData] = field(default_factory=list)
    contains_fill_forward: bool = False

    @property
    def config(self) -> SubscriptionDataConfig:
        """The subscription's."""
        return self.subscription.config

    @property
    def security(self) -> Any:
        """Whose prices the data set."""
        return self.subscription.security


@dataclass(slots=True)
class TimeSlice:
    """Everything that is known from one moment on."""

    time: datetime
    """Naive, New York."""
    updates: list[Update] = field(default_factory=list)
    changes: SecurityChanges = SecurityChanges.NONE
    universe_data: dict[Universe, list[Any]] = field(default_factory=dict)
    is_pulse: bool = False
    """Whether the slice only moves the clock, before a universe is selected."""

    def for_algorithm(self) -> list[BaseData]:
        """Return the data that the algorithm gets to see."""
        return [
            point
            for update in self.updates
            if not update.config.is_internal_feed
            for point in update.everything
        ]


@dataclass(slots=True)
class _Selections:
    """When a universe is selected: a moment and the data, one after the other."""

    universe: Universe
    moments: Iterator[tuple[datetime, Callable[[], list[Any]]]]
    current: tuple[datetime, Callable[[], list[Any]]] | None = None
    ended: bool = False

    def advance(self) -> None:
        self.current = next(self.moments, None)
        self.ended = self.current is None


class Synchronizer:
    """Yields time slices until there are no more data.

    Parameters
    ----------
    selection : UniverseSelection
    feed : Feed
    start : datetime
        When the run, or its warm-up, begins.
    """

    def __init__(self, selection: UniverseSelection, feed: Feed, start: datetime) -> None:
        self._selection, self._feed = selection, feed
        self.now = start
        self._universes: list[_Selections] = []
        self._user: list[Universe] = []
        self._ordered: list[Subscription] = []
        self._version = -1

    # -- universes ------------------------------------------------------------------------------------------------
    def add_universe(self, universe: Universe, start: datetime) -> None:
        """Select a universe from now on: at once from the last trading day before, then every midnight after one."""
        moments = self._midnights if universe.interval is None else self._intervals
        if isinstance(universe, ScheduledUniverse):
            moments = self._appointed
        self._universes.append(_Selections(universe, moments(universe, start)))

    def _intervals(
        self, universe: Universe, start: datetime
    ) -> Iterator[tuple[datetime, Callable[[], list[Any]]]]:
        """Yield the start, and then every interval in which the market is open."""
        assert universe.interval is not None
        moment = start
        while moment <= self._feed.end:
            if moment == start or self._feed.market.open_during(moment, moment + universe.interval):
                yield moment, lambda moment=moment: [moment]  # type: ignore[misc]
            moment += universe.interval

    def _appointed(
        self, universe: Universe, start: datetime
    ) -> Iterator[tuple[datetime, Callable[[], list[Any]]]]:
        """Yield the times of a universe's own rules."""
        assert isinstance(universe, ScheduledUniverse)
        for moment in universe.moments(start, self._feed.end):
            yield moment, lambda moment=moment: [moment]  # type: ignore[misc]

    def _midnights(
        self, universe: Universe, start: datetime
    ) -> Iterator[tuple[datetime, Callable[[], list[Any]]]]:
        source, market = self._feed.source, self._feed.market
        rule = universe.settings.schedule.rule
        if rule is not None:
            yield from scheduled(rule, source, market, start, self._feed.end)
            return
        day = market.days_before(start.date(), 1)
        while datetime.combine(day, datetime.min.time()) <= self._feed.end:
            moment = datetime.combine(day, datetime.min.time()) + _DAY
            if market.session(day) is not None:
                yield moment, lambda day=day: list(source.coarse(day))  # type: ignore[misc]
            day += _DAY

    def select_now(self, universe: Universe) -> None:
        """Have a universe selected at this moment: the user-defined one, when securities came or went."""
        if universe not in self._user:
            self._user.append(universe)

    # -- slices ---------------------------------------------------------------------------------------------------
    def __iter__(self) -> Iterator[TimeSlice]:
        previous: datetime | None = None
        while True:
            moment = self._frontier()
            if moment is None:
                return
            self.now = moment
            changes = SecurityChanges.NONE
            updates: dict[int, Update] = {}
            universe_data: dict[Universe, list[Any]] = {}
            while True:
                self._collect(moment, updates)
                chosen = self._due(moment)
                if not chosen:
                    break
                yield TimeSlice(moment, is_pulse=True)
                new = SecurityChanges.NONE
                for universe, data in chosen:
                    if data and universe.interval is None:
                        universe_data[universe] = data
                    new = new + self._selection.apply(universe, moment, data)
                changes = changes + new
                if not new.count:
                    break
            changes = changes + self._delisted(updates)
            if updates or changes.count or universe_data or previous != moment:
                previous = moment
                yield TimeSlice(
                    moment,
                    [u for u in updates.values() if u.everything and not u.subscription.removed],
                    changes,
                    universe_data,
                )

    def _frontier(self) -> datetime | None:
        """Return the earliest moment at which anything is known, but never an earlier one than before."""
        if self._user:
            return self.now
        moments = []
        for subscription in self._subscriptions():
            if subscription.current is None and not subscription.ended:
                subscription.advance()
            if subscription.current is not None:
                moments.append(subscription.current.end_time)
        for universe in self._universes:
            if universe.current is None and not universe.ended:
                universe.advance()
            if universe.current is not None:
                moments.append(universe.current[0])
        return max(min(moments), self.now) if moments else None

    def _subscriptions(self) -> list[Subscription]:
        if self._selection.version != self._version:
            self._ordered, self._version = self._selection.in_order(), self._selection.version
        return self._ordered

    def _collect(self, moment: datetime, updates: dict[int, Update]) -> None:
        """Take everything that is known by now."""
        for subscription in list(self._subscriptions()):
            if subscription.current is None and not subscription.ended:
                subscription.advance()
            update = updates.get(id(subscription))
            while subscription.current is not None and subscription.current.end_time <= moment:
                if update is None:
                    update = updates[id(subscription)] = Update(subscription)
                point = subscription.current
                update.everything.append(point)
                if point.data_type != MarketDataType.AUXILIARY:
                    update.prices.append(point)
                    update.contains_fill_forward |= point.is_fill_forward
                subscription.advance()
            if subscription.ended:
                self._selection.finish(subscription)

    def _due(self, moment: datetime) -> list[tuple[Universe, list[Any]]]:
        chosen: list[tuple[Universe, list[Any]]] = [(universe, []) for universe in self._user]
        self._user = []
        for selections in list(self._universes):
            if selections.current is None and not selections.ended:
                selections.advance()
            data: Callable[[], list[Any]] | None = None
            while selections.current is not None and selections.current[0] <= moment:
                data = selections.current[1]
                selections.advance()
            rows = data() if data is not None else []
            # a day without a universe file selects nothing and removes nothing; the end of a universe removes all
            if rows or selections.universe.dispose_requested:
                chosen.append((selections.universe, rows))
            if selections.ended or selections.universe.dispose_requested:
                self._universes.remove(selections)
        return chosen

    def _delisted(self, updates: dict[int, Update]) -> SecurityChanges:
        """Take out what is delisted now."""
        changes = SecurityChanges.NONE
        for update in updates.values():
            for point in update.everything:
                if isinstance(point, Delisting) and point.type == DelistingType.DELISTED:
                    changes = changes + self._selection.delist(update.security)
        return changes
