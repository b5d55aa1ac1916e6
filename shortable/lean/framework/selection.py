"""Universe selection models: which universes there are (LEAN: Algorithm/Selection, Algorithm.Framework/Selection)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from shortable.errors import InvalidInputError
from shortable.lean.enums import SecurityType
from shortable.lean.feed.scheduled_universe import ScheduledUniverse
from shortable.lean.feed.ticker_universe import TickerUniverse
from shortable.lean.feed.universe import FundamentalUniverse, Universe, UniverseSettings
from shortable.lean.framework.close_times import in_utc
from shortable.lean.models import check_model, method
from shortable.lean.names import LeanObject
from shortable.names import snake_case

__all__ = [
    "CoarseFundamentalUniverseSelectionModel",
    "CompositeUniverseSelectionModel",
    "CustomUniverseSelectionModel",
    "FineFundamentalUniverseSelectionModel",
    "FundamentalUniverseSelectionModel",
    "IUniverseSelectionModel",
    "ManualUniverseSelectionModel",
    "NullUniverseSelectionModel",
    "ScheduledUniverseSelectionModel",
    "UniverseSelectionModel",
]

_NEVER = datetime.max.replace(tzinfo=UTC)
_DAY = timedelta(days=1)


class UniverseSelectionModel(LeanObject):
    """Base of universe selection models."""

    def get_next_refresh_time_utc(self) -> datetime:
        """Return when `create_universes` is to be asked again; default never."""
        return _NEVER

    def create_universes(self, algorithm: Any) -> Iterable[Universe]:
        """Return the universes, after ``initialize``."""
        raise NotImplementedError(f"{type(self).__name__} has no create_universes(self, algorithm)")


IUniverseSelectionModel = UniverseSelectionModel


class NullUniverseSelectionModel(UniverseSelectionModel):
    """Has no universes."""

    def create_universes(self, algorithm: Any) -> Iterable[Universe]:
        """Return no universes."""
        return []


def next_refresh(model: Any) -> datetime:
    """Return when a model's universes are to be asked for again."""
    asked = getattr(model, "get_next_refresh_time_utc", None) or getattr(
        model, "GetNextRefreshTimeUtc", None
    )
    return _NEVER if asked is None else in_utc(asked())


class CompositeUniverseSelectionModel(UniverseSelectionModel):
    """Several universe selection models in one.

    Parameters
    ----------
    *universe_selection_models : universe selection model, or a list of them
    """

    def __init__(self, *universe_selection_models: Any) -> None:
        self.__models: list[Any] = []
        self.__asked = False
        for one in universe_selection_models:
            for model in one if isinstance(one, (list, tuple)) else [one]:
                self.add_universe_selection(model)

    def add_universe_selection(self, universe_selection_model: Any) -> None:
        """Take one more in."""
        self.__models.append(
            check_model("universe_selection", universe_selection_model, "create_universes")
        )

    def get_next_refresh_time_utc(self) -> datetime:
        """Return the first model's time."""
        return min(map(next_refresh, self.__models), default=_NEVER)

    def create_universes(self, algorithm: Any) -> Iterable[Universe]:
        """Return the universes of all models; later of those that are due, or never change."""
        for model in self.__models:
            due = next_refresh(model)
            if not self.__asked or due == _NEVER or algorithm.utc_time >= due:
                yield from method(model, "create_universes")(algorithm)
        self.__asked = True


def _subscribed(algorithm: Any) -> Any:
    """Return a function of a symbol: what the algorithm has subscribed of it already."""

    def configs(symbol: Any) -> list[Any]:
        security = algorithm.securities.get(symbol)
        return (
            []
            if security is None
            else [c for c in security.subscriptions if not c.is_internal_feed]
        )

    return configs


class _Selected(TickerUniverse):
    """Takes securities that are subscribed as they are (ManualUniverse.cs, CustomUniverse.cs)."""

    known: Any = None

    def configurations(self, symbol: Any) -> list[Any]:
        """Return the subscriptions that there are, or those that the settings want."""
        return self.known(symbol) or super().configurations(symbol)


def _selected(
    algorithm: Any, name: str, settings: Any, interval: timedelta, selector: Any
) -> Universe:
    live = (lambda: algorithm.universe_settings) if settings is None else settings
    made = _Selected(name, live, interval, selector, lambda moment: moment)
    made.known = _subscribed(algorithm)
    return made


def _sort(arguments: tuple[Any, ...], named: dict[str, Any]) -> tuple[list[Any], Any]:
    """Return what was given without names of markets, initializers and the like, and the universe settings."""
    given = [
        *arguments,
        *(value for key, value in named.items() if "initializer" not in snake_case(key)),
    ]
    settings = next((value for value in given if isinstance(value, UniverseSettings)), None)
    return [
        v for v in given if v is not None and not isinstance(v, (UniverseSettings, SecurityType))
    ], settings


class ManualUniverseSelectionModel(UniverseSelectionModel):
    """A universe of some symbols, once and for all.

    Parameters
    ----------
    *symbols : Symbol, or a list of them
    universe_settings : UniverseSettings, optional
        Default the algorithm's.
    """

    def __init__(self, *symbols: Any, **named: Any) -> None:
        given, self.__settings = _sort(symbols, named)
        self.__symbols = [
            s for one in given for s in (one if isinstance(one, (list, tuple, set)) else [one])
        ]

    def create_universes(self, algorithm: Any) -> Iterable[Universe]:
        """Return the universe."""
        if self.__symbols:
            chosen, name = list(self.__symbols), "manual-" + "-".join(map(str, self.__symbols))
            # once: the run is not as long as this
            yield _selected(
                algorithm, name, self.__settings, timedelta(days=365_000), lambda moment: chosen
            )


class CustomUniverseSelectionModel(UniverseSelectionModel):
    """A universe that a function of the time selects by tickers, every day.

    ``CustomUniverseSelectionModel(name, selector)``, or ``(SecurityType.EQUITY, name, Market.USA, selector, settings,
    interval)``. Or a subclass overrides `select`.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        given, self.__settings = _sort(arguments, named)
        names = [value for value in given if isinstance(value, str)]
        self.__name = names[0] if names else type(self).__name__
        self.__interval = next((value for value in given if isinstance(value, timedelta)), _DAY)
        self.__selector = next((value for value in given if callable(value)), None)

    def select(self, algorithm: Any, date: datetime) -> Any:
        """Return tickers."""
        if self.__selector is None:
            raise InvalidInputError("selector", None, "be a function of the time")
        return self.__selector(date)

    def create_universes(self, algorithm: Any) -> Iterable[Universe]:
        """Return the universe."""
        yield _selected(
            algorithm,
            self.__name,
            self.__settings,
            self.__interval,
            lambda moment: self.select(algorithm, moment),
        )


class ScheduledUniverseSelectionModel(UniverseSelectionModel):
    """A universe that a function of the time selects at times of the user's choosing.

    ``ScheduledUniverseSelectionModel(date_rule, time_rule, selector, settings)``; a time zone may come first.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.__given = arguments, {snake_case(name): value for name, value in named.items()}

    def create_universes(self, algorithm: Any) -> Iterable[Universe]:
        """Return the universe."""
        universe = ScheduledUniverse(*self.__given[0], **self.__given[1])
        universe.defaults_to(lambda: algorithm.universe_settings)
        yield universe


class FundamentalUniverseSelectionModel(UniverseSelectionModel):
    """A universe of US equities selected from fundamental data every day.

    ``FundamentalUniverseSelectionModel(selector, universe_settings)``. Or a subclass overrides `select`, or of older days
    `select_coarse` and `select_fine`; then True says that the second is asked as well.
    """

    __fine = False
    __selector: Any = None
    __settings: Any = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        given, self.__settings = _sort(arguments, named)
        self.__fine = any(value is True for value in given)
        self.__selector = next((value for value in given if callable(value)), None)

    def create_universes(self, algorithm: Any) -> Iterable[Universe]:
        """Return the universe."""
        yield self.create_coarse_fundamental_universe(algorithm)

    def create_coarse_fundamental_universe(self, algorithm: Any) -> Universe:
        """Return the universe."""
        live = (lambda: algorithm.universe_settings) if self.__settings is None else self.__settings
        name = f"fundamental-{id(self)}"  # each model's is another universe
        coarse = type(self).select_coarse is not FundamentalUniverseSelectionModel.select_coarse
        if self.__selector is not None or not coarse:
            return FundamentalUniverse(name, live, lambda data: self.select(algorithm, data))
        if not self.__fine:
            return FundamentalUniverse(name, live, lambda data: self.select_coarse(algorithm, data))
        return FundamentalUniverse(
            name,
            live,
            lambda data: self.select_coarse(
                algorithm, [row for row in data if row.has_fundamental_data]
            ),
            lambda data: self.select_fine(algorithm, data),
        )

    def select(self, algorithm: Any, fundamental: list[Any]) -> Any:
        """Return symbols, from a list of `Fundamental`."""
        if self.__selector is None:
            raise NotImplementedError(
                f"{type(self).__name__} has no select(self, algorithm, fundamental)"
            )
        return self.__selector(fundamental)

    def select_coarse(self, algorithm: Any, coarse: list[Any]) -> Any:
        """Return symbols, from a list of `CoarseFundamental`."""
        raise NotImplementedError(
            f"{type(self).__name__} has no select_coarse(self, algorithm, coarse)"
        )

    def select_fine(self, algorithm: Any, fine: list[Any]) -> Any:
        """Return symbols of those that the first function kept; default all."""
        return [row.symbol for row in fine]


class CoarseFundamentalUniverseSelectionModel(FundamentalUniverseSelectionModel):
    """A universe selected by a function of a list of `CoarseFundamental`."""


class FineFundamentalUniverseSelectionModel(FundamentalUniverseSelectionModel):
    """A universe selected by two functions, the second from what the first kept and has fundamental data."""

    def __init__(self, coarse_selector: Any, fine_selector: Any, *more: Any, **named: Any) -> None:
        super().__init__(True, *more, **named)
        self.__coarse_selector, self.__fine_selector = coarse_selector, fine_selector

    def select_coarse(self, algorithm: Any, coarse: list[Any]) -> Any:
        """Ask the first function."""
        return self.__coarse_selector(coarse)

    def select_fine(self, algorithm: Any, fine: list[Any]) -> Any:
        """Ask the second function."""
        return self.__fine_selector(fine)
