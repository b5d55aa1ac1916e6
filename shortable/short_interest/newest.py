"""The newest figure of every security of one source at once: columns are compared, and only the winners become rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shortable.market import Market
from shortable.short_interest.figures import FigureMaker
from shortable.short_interest.history import Figure
from shortable.store import DatasetFile
from shortable.symbol import Symbol

__all__ = ["Newest"]

_KEPT = 4  # lists of a whole market; a backtest asks for one again until the next is published


class Newest:
    """Lists of one file, made when they are asked for."""

    def __init__(self, file: DatasetFile, make: FigureMaker, market: Market) -> None:
        self._file, self._make, self._market = file, make, market
        keys = file.table(["symbol", "settlement_date", "known_at", "by_rule"])
        coded = keys["symbol"].combine_chunks().dictionary_encode()
        self._codes = np.asarray(
            coded.indices
        )  # the file is sorted by symbol, and so are the codes
        self._days = keys["settlement_date"].cast(pa.int32()).to_numpy()
        self._known = self._known_at(keys)
        self.times = np.unique(self._known)
        """Instants at which something became known, ascending."""
        self._lists: dict[int, dict[Symbol, Figure]] = {}

    def _known_at(self, keys: pa.Table) -> npt.NDArray[np.int64]:
        known: npt.NDArray[np.int64] = keys["known_at"].cast(pa.int64()).to_numpy().copy()
        ruled = np.asarray(keys["by_rule"].combine_chunks())
        for day in np.unique(self._days[ruled]).tolist():
            at = ruled & (self._days == day)
            moved = self._make.known_by_rule(np.datetime64(day, "D").item())
            if moved is not None:
                known[at] = moved
        # No lag makes a figure known after its own revision, the row below it.
        same = (self._codes[1:] == self._codes[:-1]) & (self._days[1:] == self._days[:-1])
        known[:-1] = np.where(same, np.minimum(known[:-1], known[1:]), known[:-1])
        return known

    def at(self, instant: int) -> dict[Symbol, Figure]:
        """Return each security's figure of the newest settlement date that was known then."""
        event = int(np.searchsorted(self.times, instant, side="right"))
        if event not in self._lists:
            if len(self._lists) >= _KEPT:
                del self._lists[next(iter(self._lists))]
            self._lists[event] = self._list(instant)
        return self._lists[event]

    def _list(self, instant: int) -> dict[Symbol, Figure]:
        rows = np.flatnonzero(self._known <= instant)
        order = rows[np.lexsort((self._known[rows], self._days[rows], self._codes[rows]))]
        codes = self._codes[order]
        last = order[np.append(codes[1:] != codes[:-1], True)] if len(order) else order
        found: list[dict[str, Any]] = self._file.table().take(pa.array(last)).to_pylist()
        return {Symbol.create(row["symbol"], market=self._market): self._make(row) for row in found}
