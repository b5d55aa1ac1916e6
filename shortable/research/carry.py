"""What carrying the shorts of a study from session to session costs (S8)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from shortable.borrow import BorrowFeeModel
from shortable.provider import Pairs, ShortableProvider
from shortable.research.grid import Grid

__all__ = ["carried_forward", "nightly_fees"]

Floats = npt.NDArray[np.float64]


def carried_forward(values: Floats) -> Floats:
    """Return a table in which NaN takes the last number above it in its column."""
    absent = np.isnan(values)
    if not absent.any():
        return values
    rows = np.where(absent, 0, np.arange(len(values))[:, None])
    np.maximum.accumulate(rows, axis=0, out=rows)
    return np.take_along_axis(values, rows, axis=0)


def nightly_fees(
    grid: Grid,
    positions: npt.NDArray[Any],
    closes: Floats,
    provider: ShortableProvider,
    model: BorrowFeeModel,
) -> Floats:
    """Return the borrow fees of a grid of positions.

    Parameters
    ----------
    grid : Grid
    positions : ndarray, shape (T, N)
        Shares held after each row.
    closes : ndarray of float64, shape (T, N)
        Prices; a short without any price so far costs nothing.
    provider : ShortableProvider
        Asked for the rate that is known at each session's close.
    model : BorrowFeeModel
        The convention.

    Returns
    -------
    ndarray of float64, shape (T, N)
        Charged in the first row of the session after the night.
    """
    fees = np.zeros(positions.shape)
    sessions = grid.sessions()
    ends = np.flatnonzero(np.diff(sessions))
    if model.rate_kind is None or not len(ends):
        return fees
    prices = carried_forward(closes)[ends]
    night, column = np.nonzero((positions[ends] < 0) & ~np.isnan(prices))
    if not len(night):
        return fees
    close_times = grid.closes()[ends].view(np.int64)[night]
    rates = _rates(model, provider, Pairs(grid.symbols, column, close_times, False))
    days = np.diff(sessions)[ends].astype(np.float64)
    shares = -positions[ends][night, column].astype(np.float64)
    fees[ends[night] + 1, column] = model.cost(
        shares, prices[night, column], np.nan_to_num(rates), days[night]
    )
    return fees


def _rates(model: BorrowFeeModel, provider: ShortableProvider, pairs: Pairs) -> Floats:
    if model.rate_kind == "fee":
        return provider.fee_rates(pairs)
    return provider.rebate_rates(pairs)
