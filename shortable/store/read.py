"""Open a store and read from it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from shortable.errors import UnknownBrokerError
from shortable.store.part import PartColumns, PartFile
from shortable.store.paths import brokers, check_broker, store_path
from shortable.store.paths import data_folder as find_folder
from shortable.store.snapshots import Snapshot
from shortable.symbol import Market

__all__ = ["Store", "open_store"]


class Store:
    """One market of one broker, opened for reading."""

    def __init__(self, broker: str, market: Market, path: Path, made_up_fallback: bool, parts: list[PartFile]) -> None:
        self.broker, self.market, self.path, self.made_up_fallback = broker, market, path, made_up_fallback
        self._parts = parts
        self._list = parts[0].snapshots
        self.as_of: npt.NDArray[np.int64] = self._list.as_of
        self.complete: npt.NDArray[np.bool_] = self._list.complete
        self.made_up: npt.NDArray[np.bool_] = self._list.made_up
        self.part_of: npt.NDArray[np.int32] = np.zeros(len(self._list), dtype=np.int32)
        self.n_parts = len(parts)

    @cached_property
    def snapshots(self) -> tuple[Snapshot, ...]:
        """The list of snapshots."""
        return self._list.snapshots(self.market)

    def keys(self) -> list[tuple[str, str]]:
        """Return all (ticker, currency) that ever occur, sorted."""
        found: set[tuple[str, str]] = set()
        for part in self._parts:
            index = part.index
            found.update(zip(index.tickers, (index.currencies[c] for c in index.currency_codes), strict=True))
        return sorted(found)

    def read_symbol(
        self, part: int, ticker: str, currency: str, columns: Sequence[str]
    ) -> dict[str, npt.NDArray[Any]]:
        """Return a symbol's rows in one part."""
        return self._parts[part].read_symbol(ticker, currency, columns)

    def read_part(self, part: int, columns: Sequence[str]) -> PartColumns:
        """Return one part, decoded."""
        return self._parts[part].read(columns)


def open_store(broker: str, *, market: Market = Market.USA, data_folder: str | Path | None = None) -> Store:
    """Open one market of one broker."""
    market = Market(market)
    folder = find_folder(data_folder)
    path = store_path(folder.path, market, check_broker(broker))
    if not path.exists():
        raise UnknownBrokerError(f"no store of {broker!r} in {folder.path}; there are {brokers(folder.path)}")
    return Store(broker, market, path, folder.made_up, [PartFile(path)])
