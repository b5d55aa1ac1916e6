"""A universe that a function of the time selects by tickers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from shortable.lean.enums import SecurityType
from shortable.lean.feed.universe import Universe
from shortable.lean.symbols import Symbol, SymbolCache

__all__ = ["TickerUniverse"]


class TickerUniverse(Universe):
    """Selected at set intervals by a function of the time that returns tickers (LEAN: UserDefinedUniverse.cs).

    Parameters
    ----------
    name : str
    settings : UniverseSettings or callable
    interval : timedelta
    selector : callable
        Gets the algorithm's time, returns tickers or symbols.
    face : callable
        Turns New York time into the algorithm's.
    """

    def __init__(
        self,
        name: str,
        settings: Any,
        interval: timedelta,
        selector: Callable[[datetime], Any],
        face: Any,
    ) -> None:
        super().__init__(name, settings)
        self.interval, self._selector, self._face = interval, selector, face

    def select(self, now: datetime, data: list[Any]) -> Any:
        """Ask the user's function."""
        answer = self._selector(self._face(now))
        if answer is Universe.UNCHANGED or answer is None:
            return Universe.UNCHANGED
        return [
            item
            if isinstance(item, Symbol)
            else SymbolCache.find(item) or Symbol.create(item, SecurityType.EQUITY)
            for item in answer
        ]
