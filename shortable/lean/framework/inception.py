"""A universe that grows (LEAN: Algorithm.Framework/Selection/InceptionDateUniverseSelectionModel.cs)."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shortable.lean.feed.universe import Universe
from shortable.lean.framework.selection import CustomUniverseSelectionModel

__all__ = ["InceptionDateUniverseSelectionModel"]


class InceptionDateUniverseSelectionModel(CustomUniverseSelectionModel):
    """Tickers from a date on, and for good.

    Parameters
    ----------
    name : str
    tickers_by_date : dict of str to datetime
        In the order of the dates.
    """

    def __init__(self, name: str, tickers_by_date: Mapping[str, datetime]) -> None:
        super().__init__(name)
        self.__waiting = deque(tickers_by_date.items())
        self.__there: list[str] = []

    def select(self, algorithm: Any, date: datetime) -> Any:
        """Return the tickers that have begun, where there are new ones."""
        known = len(self.__there)
        while self.__waiting and self.__waiting[0][1] <= date:
            self.__there.append(self.__waiting.popleft()[0])
        return list(self.__there) if len(self.__there) > known else Universe.UNCHANGED
