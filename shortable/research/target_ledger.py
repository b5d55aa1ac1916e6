"""The borrow ledger of target positions as far as they could be held (S13)."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.actions import CorporateActions
from shortable.providers import ShareBasis
from shortable.research.grid import Grid, Rows
from shortable.research.panel import Nights
from shortable.research.share_basis import Carried, Splits, dividends_on
from shortable.results import BorrowEnd, DividendOfShares, Ledger, SplitOfShares, ledger_of

__all__ = ["TargetLedger"]


class TargetLedger:
    """Makes the ledger when it is first looked at.

    Parameters
    ----------
    grid : Grid
    positions : ndarray of int64, shape (T, N)
        Shares held after each row.
    closes : Rows
        At which positions are taken, as they are marked.
    splits : Splits
    nights : Nights
        What nights cost.
    actions : CorporateActions
        Whose dividends are paid and owed.
    basis : {"raw", "split_adjusted"}
    ruined : int or None
        The row at whose prices the portfolio was closed.
    """

    def __init__(
        self,
        grid: Grid,
        positions: npt.NDArray[np.int64],
        closes: Rows,
        splits: Splits,
        nights: Nights,
        actions: CorporateActions,
        basis: ShareBasis,
        ruined: int | None = None,
    ) -> None:
        self._grid, self._positions, self._closes = grid, positions, closes
        self._splits, self._nights = splits, nights
        self._actions, self._basis, self._ruined = actions, basis, ruined

    @cached_property
    def tables(self) -> Ledger:
        """The three tables."""
        grid, sessions = self._grid, self._grid.sessions()
        closes = Carried(self._splits).forward(0, self._closes.part(0, len(sessions)))
        ends = np.append(np.flatnonzero(np.diff(sessions)), len(sessions) - 1)
        names = pd.Index(grid.symbols, dtype=object)
        days = pd.DatetimeIndex(grid.labels[ends].astype("datetime64[D]"))
        splits = [
            SplitOfShares(int(np.searchsorted(ends, row)), column, ratio)
            for row, column, ratio in self._splits.changes
            if row < len(sessions)
        ]
        dividends = [
            DividendOfShares(int(np.searchsorted(ends, row)), column, float(amounts[column]))
            for row, amounts in dividends_on(grid, self._actions, self._basis).items()
            for column in np.flatnonzero(amounts).tolist()
        ]
        return ledger_of(
            self._fills(closes),
            self._nights.table,
            pd.DataFrame(closes[ends], days, names),
            splits=splits,
            dividends=dividends,
        )

    def _fills(self, closes: npt.NDArray[np.float64]) -> pd.DataFrame:
        """Return each change of a position as a fill at its row's close."""
        before = np.zeros_like(self._positions)
        before[1:] = self._positions[:-1]
        for row in self._splits.ratios:
            if row < len(before):
                before[row] = self._splits.restate(row, before[row])
        change = self._positions - before
        rows, columns = np.nonzero(change)
        symbols: npt.NDArray[np.object_] = np.empty(len(columns), dtype=object)
        symbols[:] = [self._grid.symbols[code] for code in columns.tolist()]
        return pd.DataFrame(
            {
                "time": self._grid.labels[rows],
                "symbol": symbols,
                "quantity": change[rows, columns],
                "price": closes[rows, columns],
                "end": [
                    BorrowEnd.RUINED if row == self._ruined else BorrowEnd.COVERED
                    for row in rows.tolist()
                ],
            }
        )
