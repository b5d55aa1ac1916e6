"""What became of a grid's orders, collected block by block as plain columns; tables are made of them when they are looked at."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.arrays import Ints, Times
from shortable.desk import RefusalKind, has_data_of
from shortable.provider import Pairs, ShortableProvider
from shortable.research.columns import Columns
from shortable.research.grid import Grid
from shortable.research.limits import Limits
from shortable.research.panel import checks_without_data, refusals_table
from shortable.rule import short_part_array

__all__ = ["Findings"]


_KINDS = (
    RefusalKind.BUY_IN,
    RefusalKind.WARNED,
    RefusalKind.SUBMISSION,
    RefusalKind.CLIPPED,
)


class Findings:
    """The orders that were checked, and those that were refused, cut, warned of or bought in."""

    def __init__(self, grid: Grid, provider: ShortableProvider, times: Times) -> None:
        self._grid, self._provider, self._times = grid, provider, times
        self._refused = Columns(
            row=np.int32,
            column=np.int32,
            kind=np.int8,
            requested=np.int64,
            allowed=np.int64,
            held=np.int64,
            available=np.int64,
            has_data=np.bool_,
        )
        self._silent = Columns(row=np.int32, column=np.int32)
        self.checks = 0
        """Orders for which availability was looked up: those that a long does not cover."""

    def __len__(self) -> int:
        return len(self._refused)

    def add(
        self, start: int, before: Ints, wanted: Ints, positions: Ints, limits: Limits
    ) -> npt.NDArray[np.float64]:
        """Take the rows from `start` on: what was held before each row's orders, wanted, and held after them.

        Returns
        -------
        ndarray of float64
            Utilization, of their shape.
        """
        available = limits.available
        exceeding = (wanted < before) & (before - wanted > limits.capacity)
        # Bought in: neither the order nor the position before it is what is held.
        bought_in = positions > np.maximum(before, wanted)
        checked = ((wanted < before) & (wanted < 0)) | bought_in
        at = np.nonzero(checked)
        self.checks += len(at[0])
        pairs = Pairs(self._grid.symbols, at[1], self._times.view(np.int64)[start + at[0]], False)
        has_data = np.ones(checked.shape, dtype=np.bool_)
        has_data[at] = has_data_of(self._provider, pairs, available[at])
        silent = np.nonzero(~has_data)
        self._silent.add(row=start + silent[0], column=silent[1])
        rows, columns = np.nonzero(exceeding | bought_in)
        was, asked, got = (table[rows, columns] for table in (before, wanted, positions))
        self._refused.add(
            row=start + rows,
            column=columns,
            kind=np.select([bought_in[rows, columns], got == asked, got == was], [0, 1, 2], 3),
            requested=asked - was,
            allowed=got - was,
            held=was,
            available=available[rows, columns],
            has_data=has_data[rows, columns],
        )
        return _utilization(positions, before, limits)

    @cached_property
    def refusals(self) -> pd.DataFrame:
        """The table ``refusals``."""
        found = self._refused
        symbols = self._grid.symbols
        return refusals_table(
            order_ids=[""] * len(found),
            times=self._times[found["row"]],
            symbols=[symbols[c] for c in found["column"].tolist()],
            kinds=[_KINDS[code] for code in found["kind"].tolist()],
            requested=found["requested"],
            allowed=found["allowed"],
            held=found["held"],
            available=found["available"],
            has_data=found["has_data"],
        )

    @cached_property
    def without_data(self) -> pd.DataFrame:
        """The table ``checks_without_data``."""
        found, symbols = self._silent, self._grid.symbols
        return checks_without_data(
            self._times[found["row"]], [symbols[c] for c in found["column"].tolist()]
        )


def _utilization(positions: Ints, before: Ints, limits: Limits) -> npt.NDArray[np.float64]:
    available = limits.available
    short = np.maximum(-positions, 0).astype(np.float64)
    if limits.flow:
        sold = short_part_array(before, 0, before - positions)
        short = _within_sessions(sold.astype(np.float64), limits.sessions)
    with np.errstate(divide="ignore"):
        used = np.where(available > 0, short / np.maximum(available, 1), np.inf)
    return np.where((short == 0) | (available < 0), np.nan, used)


def _within_sessions(
    values: npt.NDArray[np.float64], sessions: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Return running sums of rows, begun anew in each session."""
    total = np.cumsum(values, axis=0)
    first = np.searchsorted(sessions, sessions)
    return total - np.where(first[:, None] > 0, total[first - 1], 0.0)
