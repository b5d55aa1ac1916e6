"""Universes: which securities an algorithm is subscribed to, and who chose them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from shortable.errors import InvalidInputError
from shortable.lean.collections import KeyValuePair
from shortable.lean.data import Fundamental
from shortable.lean.dotnet import HashSet
from shortable.lean.enums import DataNormalizationMode, Resolution
from shortable.lean.feed.config import SubscriptionDataConfig, data_types, known_resolution
from shortable.lean.feed.keys import BySymbol
from shortable.lean.names import Fields, LeanObject
from shortable.lean.symbols import Symbol

__all__ = [
    "FundamentalUniverse",
    "Universe",
    "UniverseManager",
    "UniverseSettings",
    "UserDefinedUniverse",
]

_MOMENT = timedelta()


class UniverseSettings(Fields):
    """How securities that a universe selects are subscribed to (LEAN: Common/Data/UniverseSelection/UniverseSettings.cs).

    Attributes
    ----------
    resolution : Resolution
    leverage : float
        0 leaves it to the security initializer.
    fill_forward, extended_market_hours : bool
    minimum_time_in_universe : timedelta
        How long a security stays at least.
    data_normalization_mode : DataNormalizationMode
    asynchronous : bool
        Kept; selection is synchronous in a backtest.
    """

    def __init__(
        self,
        resolution: Resolution = Resolution.MINUTE,
        leverage: float = 0,
        fill_forward: bool = True,
        extended_market_hours: bool = False,
        minimum_time_in_universe: timedelta | float = timedelta(days=1),
        data_normalization_mode: DataNormalizationMode = DataNormalizationMode.ADJUSTED,
    ) -> None:
        self.resolution = resolution
        self.leverage = leverage
        self.fill_forward = fill_forward
        self.extended_market_hours = extended_market_hours
        self.minimum_time_in_universe = minimum_time_in_universe
        self.data_normalization_mode = data_normalization_mode
        self.asynchronous = False
        self.schedule = _Schedule()

    def stays(self) -> timedelta:
        """Return how long a security stays at least; a number means days."""
        span = self.minimum_time_in_universe
        return span if isinstance(span, timedelta) else timedelta(days=float(span))

    def copy(self) -> UniverseSettings:
        """Return settings of their own with the same values."""
        twin = UniverseSettings()
        twin.__dict__.update(self.__dict__)
        return twin


class _Schedule(LeanObject):
    """On which dates a universe is selected; all, unless a date rule says otherwise."""

    def __init__(self) -> None:
        self.rule: Any = None

    def on(self, date_rule: Any) -> None:
        """Select on a date rule's dates only."""
        self.rule = date_rule


class Universe(LeanObject):
    """A set of securities that changes.

    Attributes
    ----------
    members : dictionary of Symbol to Security
    selected : HashSet of Symbol
        What was selected last, in that order.
    """

    UNCHANGED: Any = ("unchanged",)
    Unchanged: Any = UNCHANGED

    interval: timedelta | None = None
    """How often it is selected; None means at every midnight after a trading day, from that day's data."""

    def __init__(self, name: str, settings: Any) -> None:
        self.name = name
        self._settings = settings
        self.members: BySymbol[Any] = BySymbol()
        self.added_at: dict[Symbol, datetime] = {}
        self.selected = HashSet()
        self.dispose_requested = False

    @property
    def securities(self) -> BySymbol[Any]:
        """The members."""
        return self.members

    @property
    def settings(self) -> UniverseSettings:
        """How its members are subscribed to: its own, or the algorithm's as they are now."""
        found = self._settings() if callable(self._settings) else self._settings
        assert isinstance(found, UniverseSettings)
        return found

    universe_settings = settings

    def dispose(self) -> None:
        """End the universe at the next moment."""
        self.dispose_requested = True

    def can_remove(self, security: Any, now: datetime) -> bool:
        """Whether a member has been in the universe for long enough."""
        if self.dispose_requested:
            return True
        return now - self.added_at[security.symbol] >= self.settings.stays()

    def add_member(self, security: Any, now: datetime) -> bool:
        """Take a security in; return whether it was not there."""
        if security.symbol in self.members:
            return False
        self.members[security.symbol] = security
        self.added_at[security.symbol] = now
        return True

    def contains_member(self, symbol: Symbol) -> bool:
        """Whether a security is in the universe."""
        return symbol in self.members

    def remove_member(self, security: Any) -> None:
        """Let a security go."""
        self.members.remove(security.symbol)
        self.added_at.pop(security.symbol, None)

    def configurations(self, symbol: Symbol) -> list[SubscriptionDataConfig]:
        """Return the subscriptions that a member needs."""
        settings = self.settings
        resolution = known_resolution(settings.resolution)
        return [
            SubscriptionDataConfig(
                symbol,
                kind,
                tick_type,
                resolution,
                fill_forward=settings.fill_forward,
                extended_market_hours=settings.extended_market_hours,
                data_normalization_mode=settings.data_normalization_mode,
            )
            for kind, tick_type in data_types(resolution)
        ]

    def select(self, now: datetime, data: list[Any]) -> Any:
        """Return the symbols selected from the data, or `UNCHANGED`."""
        raise NotImplementedError


class UserDefinedUniverse(Universe):
    """What ``add_equity`` and ``add_security`` brought in (LEAN: UserDefinedUniverse.cs)."""

    def __init__(self) -> None:
        super().__init__("user-defined", UniverseSettings(minimum_time_in_universe=_MOMENT))
        self.configs: dict[Symbol, list[SubscriptionDataConfig]] = {}

    def add(self, config: SubscriptionDataConfig) -> None:
        """Want one more subscription."""
        known = self.configs.setdefault(config.symbol, [])
        if config not in known:
            known.append(config)

    def remove(self, symbol: Symbol) -> bool:
        """Want a security no more; return whether it was wanted."""
        return self.configs.pop(symbol, None) is not None

    def configurations(self, symbol: Symbol) -> list[SubscriptionDataConfig]:
        """Return the subscriptions that were asked for."""
        return list(self.configs.get(symbol, ()))

    def select(self, now: datetime, data: list[Any]) -> Any:
        """Return all symbols that are wanted."""
        return list(self.configs)


class FundamentalUniverse(Universe):
    """Selected every trading day at midnight from the day before (LEAN: Fundamental/FundamentalUniverse.cs).

    Parameters
    ----------
    name : str
    settings : UniverseSettings or callable
        Looked at whenever something is selected, as LEAN's universes share the algorithm's.
    selector : callable
        Gets the list of `Fundamental`, returns symbols.
    fine_selector : callable, optional
        Selects a second time from what the first kept and has fundamental data.
    """

    def __init__(
        self,
        name: str,
        settings: Any,
        selector: Callable[[list[Any]], Any],
        fine_selector: Callable[[list[Any]], Any] | None = None,
    ) -> None:
        super().__init__(name, settings)
        self._selector, self._fine = selector, fine_selector

    def select(self, now: datetime, data: list[Any]) -> Any:
        """Ask the user's function, and a second one where there are two."""
        chosen = self._symbols(self._selector(data))
        if chosen is Universe.UNCHANGED or self._fine is None:
            return chosen
        wanted = set(chosen)
        return self._symbols(
            self._fine([f for f in data if f.symbol in wanted and f.has_fundamental_data])
        )

    def _symbols(self, answer: Any) -> Any:
        if answer is Universe.UNCHANGED or answer is None:
            return Universe.UNCHANGED
        return list(self._each(answer))

    def _each(self, answer: Iterable[Any]) -> Iterator[Symbol]:
        who = getattr(self._selector, "__qualname__", self.name)
        if not isinstance(answer, Iterable):
            raise InvalidInputError(
                "universe", repr(answer), "be a list of symbols", f"{who} selected it."
            )
        for item in answer:
            symbol = item.symbol if isinstance(item, Fundamental) else item
            if not isinstance(symbol, Symbol):
                raise InvalidInputError(
                    "universe", repr(item), "be a Symbol", f"{who} selected it."
                )
            yield symbol


class UniverseManager(LeanObject):
    """All universes, the user-defined one first."""

    def __init__(self) -> None:
        self.user_defined = UserDefinedUniverse()
        self.universes: list[Universe] = [self.user_defined]

    @property
    def active_securities(self) -> BySymbol[Any]:
        """Members of all universes."""
        found: BySymbol[Any] = BySymbol()
        for universe in self.universes:
            for symbol, security in universe.members.items():
                found[symbol] = security
        return found

    @property
    def count(self) -> int:
        """How many universes there are, the user-defined one not counted."""
        return len(self.universes) - 1

    @property
    def values(self) -> list[Universe]:
        """The universes that the algorithm added."""
        return self.universes[1:]

    def __iter__(self) -> Iterator[KeyValuePair]:
        return iter([KeyValuePair(universe.name, universe) for universe in self.universes])

    def is_active(self, symbol: Symbol) -> bool:
        """Whether any universe has a security."""
        return any(symbol in universe.members for universe in self.universes)
