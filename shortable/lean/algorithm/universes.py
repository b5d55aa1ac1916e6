"""Adding universes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from shortable.errors import InvalidInputError
from shortable.lean.algorithm.base import AlgorithmPart
from shortable.lean.arguments import by_name
from shortable.lean.data import CoarseFundamental, Fundamental
from shortable.lean.enums import Resolution
from shortable.lean.feed.config import INCREMENT, known_resolution
from shortable.lean.feed.ticker_universe import TickerUniverse
from shortable.lean.feed.universe import (
    FundamentalUniverse,
    Universe,
    UniverseManager,
    UniverseSettings,
)
from shortable.lean.names import LeanObject

__all__ = ["DollarVolumeUniverses", "UniverseDefinitions", "UniversesPart"]


class DollarVolumeUniverses(LeanObject):
    """Universes by what was traded."""

    def top(self, count: int, universe_settings: UniverseSettings | None = None) -> Any:
        """Return a selection of the symbols with the greatest dollar volume."""

        return lambda fundamentals: _by_dollar_volume(fundamentals)[:count]

    # In LEAN (DollarVolumeUniverseDefinitions.cs) the bottom is the top, and so it is here.
    bottom = top

    def percentile(self, lower: float, *more: Any, **named: Any) -> Any:
        """Return a selection of the symbols whose dollar volume lies at a percentile or above, or between two.

        ``percentile(90)``; ``percentile(70, 80)``; from 0 to 100.
        """
        given = [value for value in (*more, *named.values()) if isinstance(value, (int, float))]
        bounds = [lower, *given[:1]]

        def select(fundamentals: list[Any]) -> list[Any]:
            if not fundamentals:
                return []
            volumes = [float(f.dollar_volume) for f in fundamentals]
            # MathNet's quantile is approximately median-unbiased
            cuts = np.quantile(volumes, [bound / 100 for bound in bounds], method="median_unbiased")
            low, high = cuts[0], cuts[1] if len(cuts) > 1 else np.inf
            return _by_dollar_volume(
                [f for f in fundamentals if low <= float(f.dollar_volume) <= high]
            )

        return select


def _all_of_them(fundamentals: list[Any]) -> list[Any]:
    return [f.symbol for f in fundamentals]


def _by_dollar_volume(fundamentals: list[Any]) -> list[Any]:
    return [f.symbol for f in sorted(fundamentals, key=lambda f: f.dollar_volume, reverse=True)]


class UniverseDefinitions(LeanObject):
    """``self.universe`` (LEAN: Algorithm/UniverseDefinitions.cs)."""

    unchanged = Unchanged = UNCHANGED = Universe.UNCHANGED

    def __init__(self) -> None:
        self.dollar_volume = DollarVolumeUniverses()

    def top(self, count: int, universe_settings: UniverseSettings | None = None) -> Any:
        """Return a selection of the symbols with the greatest dollar volume."""
        return self.dollar_volume.top(count, universe_settings)

    def etf(self, *_: Any, **__: Any) -> Any:
        """Say that constituents of funds are not known here."""
        raise InvalidInputError(
            "universe",
            "etf",
            "be a selection from fundamental data",
            "shortable.lean has no constituents of funds.",
        )


class UniversesPart(AlgorithmPart):
    """``add_universe`` and its settings."""

    @by_name(
        "universe",
        "name",
        "date_rule",
        "resolution",
        "universe_settings",
        "selector",
        "coarse_selector",
        "fine_selector",
        "universe_filter_func",
        "py_selector",
    )
    def add_universe(self, *arguments: Any) -> Universe:
        """Select securities every day.

        ``add_universe(name, function)``, with a resolution between them or not, calls ``function(time)``, which returns
        tickers, every day or as often as the resolution says. ``add_universe(function)`` calls ``function(list of Fundamental)`` at the midnight after every trading day;
        ``add_universe(coarse, fine)`` lets a second function select from what the first kept and has fundamental
        data; a date rule or universe settings may come first.

        Returns
        -------
        Universe
        """
        kernel, settings, rule = self._lean, None, None
        name: str | None = None
        resolution = Resolution.DAILY
        functions: list[Callable[[Any], Any]] = []
        universe: Universe | None = None
        for argument in arguments:
            if isinstance(argument, str):
                name = argument
            elif isinstance(argument, Resolution):
                resolution = known_resolution(argument)
            elif isinstance(argument, UniverseSettings):
                settings = argument
            elif isinstance(argument, Universe):
                universe = argument
            elif hasattr(argument, "get_dates"):
                rule = argument
            elif argument is Fundamental or argument is CoarseFundamental:
                functions.append(_all_of_them)
            elif callable(argument) and not isinstance(argument, type):
                functions = [*(f for f in functions if f is not _all_of_them), argument]
            else:
                raise InvalidInputError(
                    "universe",
                    getattr(argument, "__name__", repr(argument)),
                    "be a function that selects from fundamental data",
                    "shortable.lean has the coarse and the fundamental universe of US equities.",
                )
        if universe is None:
            if not 1 <= len(functions) <= 2:
                raise InvalidInputError(
                    "universe", len(functions), "be one selection function, or two"
                )
            number = len(kernel.universe_manager.universes)
            live = (lambda: kernel.universe_settings) if settings is None else settings
            if rule is not None:
                own = (settings or kernel.universe_settings).copy()
                own.schedule.on(rule)
                live = own
            if name is not None:
                universe = TickerUniverse(
                    name, live, INCREMENT[resolution], functions[0], kernel.clock.shown
                )
            else:
                universe = FundamentalUniverse(f"fundamental-{number}", live, *functions)
        kernel.add_universe(universe)
        return universe

    def remove_universe(self, universe: Universe) -> None:
        """End a universe; its members go when it is next looked at."""
        universe.dispose()

    @property
    def universe(self) -> UniverseDefinitions:
        """Ready-made universes: ``self.universe.top(50)``, ``self.universe.dollar_volume.top(50)``."""
        return UniverseDefinitions()

    @property
    def universe_manager(self) -> UniverseManager:
        """All universes."""
        return self._lean.universe_manager

    @property
    def universe_settings(self) -> UniverseSettings:
        """How securities that universes select are subscribed to."""
        return self._lean.universe_settings

    @universe_settings.setter
    def universe_settings(self, value: UniverseSettings) -> None:
        self._lean.universe_settings = value
