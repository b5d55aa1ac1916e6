"""What a selection does to subscriptions and members (LEAN: Engine/DataFeeds/UniverseSelection.cs)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Protocol

from shortable.lean.dotnet import HashSet
from shortable.lean.feed.changes import SecurityChanges
from shortable.lean.feed.config import SubscriptionDataConfig
from shortable.lean.feed.subscription import Feed, Subscription
from shortable.lean.feed.universe import Universe, UniverseManager
from shortable.lean.symbols import Symbol

__all__ = ["Host", "UniverseSelection"]


class Host(Protocol):
    """What selection needs of the algorithm."""

    universe_manager: UniverseManager

    def create_security(
        self, symbol: Symbol, configs: list[SubscriptionDataConfig], leverage: float
    ) -> Any:
        """Return the algorithm's security of a symbol, made and initialised if it is not there."""
        ...

    def may_go(self, security: Any) -> bool:
        """Whether nothing is held and no order is open."""
        ...

    def forget(self, security: Any) -> None:
        """Take a security out of the algorithm."""
        ...


class UniverseSelection:
    """Keeps subscriptions in step with what the universes select.

    Parameters
    ----------
    host : Host
    feed : Feed
    """

    def __init__(self, host: Host, feed: Feed) -> None:
        self._host, self._feed = host, feed
        self.subscriptions: dict[SubscriptionDataConfig, Subscription] = {}
        self.version = 0
        """Changes with the subscriptions."""
        self._pending: dict[Universe, list[Any]] = {}

    # -- subscriptions --------------------------------------------------------------------------------------------
    def add(
        self, config: SubscriptionDataConfig, security: Any, start: datetime, universe: Universe
    ) -> bool:
        """Subscribe, or note one more universe that wants the same; return whether it is new."""
        known = self.subscriptions.get(config)
        if known is not None:
            if universe not in known.universes:
                known.universes.append(universe)
            return False
        self._refresh(
            config
        )  # the new one counts before its first point is read (UpdateAndGetFillForwardResolution)
        subscription = self._feed.subscribe(config, security, start)
        subscription.universes.append(universe)
        self.enter(subscription)
        return True

    def enter(self, subscription: Subscription) -> None:
        """Take a subscription in."""
        self.subscriptions[subscription.config] = subscription
        self._refresh()

    def finish(self, subscription: Subscription) -> None:
        """Let go of a subscription that has no more data."""
        self.subscriptions.pop(subscription.config, None)
        self._refresh()

    def _remove(self, config: SubscriptionDataConfig, universe: Universe) -> bool:
        """Unsubscribe for one universe; return whether nobody wants it any more."""
        known = self.subscriptions.get(config)
        if known is None:
            return True
        if universe in known.universes:
            known.universes.remove(universe)
        if known.universes:
            return False
        known.removed = True
        self.finish(known)
        return True

    def _refresh(self, *more: SubscriptionDataConfig) -> None:
        self.version += 1
        steps = [
            config.increment
            for config in (*self.subscriptions, *more)
            if not config.is_internal_feed
        ]
        # minutes where nothing is subscribed (SubscriptionCollection.UpdateFillForwardResolution)
        self._feed.fill_resolution.value = min(steps, default=timedelta(minutes=1))

    # -- selection ------------------------------------------------------------------------------------------------
    def apply(self, universe: Universe, now: datetime, data: list[Any]) -> SecurityChanges:
        """Select, subscribe to what is new and let go of what is no longer selected.

        Parameters
        ----------
        universe : Universe
        now : datetime
        data : list
            What it selects from.

        Returns
        -------
        SecurityChanges
        """
        if now > self._feed.end:
            return SecurityChanges.NONE
        chosen = [] if universe.dispose_requested else universe.select(now, data)
        unchanged = chosen is Universe.UNCHANGED
        if not unchanged:
            universe.selected = HashSet(chosen)
        for other, security in self._released(universe):
            self._let_go(other, security)
        if unchanged:
            return SecurityChanges.NONE
        removed = []
        for _, security in universe.members.items():
            if security.symbol in universe.selected or not universe.can_remove(security, now):
                continue
            if not security.is_delisted:
                removed.append(security)
            if self._host.may_go(security):
                self._let_go(universe, security)
            else:
                waiting = self._pending.setdefault(universe, [])
                if security not in waiting:
                    waiting.append(security)
        entered = (self._take_in(universe, symbol, now) for symbol in dict.fromkeys(chosen))
        added = [security for security in entered if security is not None]
        return SecurityChanges(added, removed)

    def _released(self, universe: Universe) -> list[tuple[Universe, Any]]:
        """Return members that waited for their position to be closed and may go now."""
        ready = []
        for waiting, securities in list(self._pending.items()):
            for security in list(securities):
                safe = self._host.may_go(security)
                if safe or (waiting is universe and security.symbol in universe.selected):
                    securities.remove(security)
                    if safe:
                        ready.append((waiting, security))
            if not securities:
                del self._pending[waiting]
        return ready

    def _take_in(self, universe: Universe, symbol: Symbol, now: datetime) -> Any:
        if symbol in universe.members:
            return None
        configs = universe.configurations(symbol)
        security = self._host.create_security(symbol, configs, universe.settings.leverage)
        new = False
        for config in configs:
            security.add_subscription(config)
            new = self.add(config, security, now, universe)
        added = universe.add_member(security, now)
        return security if added and new else None

    def _let_go(self, universe: Universe, security: Any) -> None:
        configs = [
            c for c in self.subscriptions if c.symbol == security.symbol and not c.is_internal_feed
        ]
        universe.remove_member(security)
        gone = [
            self._remove(config, universe)
            for config in configs
            if self._wanted_by(config, universe)
        ]
        if not self._host.universe_manager.is_active(security.symbol) and all(gone):
            security.reset()
            security.cache.reset()
            self._host.forget(security)

    def _wanted_by(self, config: SubscriptionDataConfig, universe: Universe) -> bool:
        return universe in self.subscriptions[config].universes

    def delist(self, security: Any) -> SecurityChanges:
        """Take a security that trades no more out of all universes; the loop closes its position and forgets it."""
        security.is_delisted = True
        security.reset()
        pending = any(security in waiting for waiting in self._pending.values())
        for universe in self._host.universe_manager.universes:
            universe.remove_member(security)
        return SecurityChanges.NONE if pending else SecurityChanges((), (security,))

    def in_order(self) -> list[Subscription]:
        """Return the subscriptions: trades before quotes, by ticker; the user's finest comes last, so that its prices stand."""

        def order(subscription: Subscription) -> tuple[Any, ...]:
            config = subscription.config
            return (
                config.tick_type,
                config.symbol.value,
                not config.is_internal_feed,
                -config.resolution,
            )

        return sorted(self.subscriptions.values(), key=order)
