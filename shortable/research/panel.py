"""A study's tables at the desk: what each night cost, and which orders were refused, in the result's schema."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.borrow import BorrowFeeModel, fee_clock
from shortable.desk import RefusalKind, night_costs, night_rates
from shortable.provider import Pairs, ShortableProvider
from shortable.research.grid import Grid
from shortable.results.schema import of_columns
from shortable.rule import EXCEEDS_SHORTABLE_QUANTITY, exceeds_tag
from shortable.symbol import Symbol

__all__ = ["Nights", "charge_nights", "checks_without_data", "refusals_table"]

Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]


class Nights(NamedTuple):
    """What carrying the shorts of a grid cost."""

    costs: Floats
    """T × N, at the first row of the session after the night that it is for."""
    table: pd.DataFrame
    """The table ``borrow_costs``: a line for each short and night."""


def charge_nights(
    grid: Grid,
    positions: npt.NDArray[Any],
    closes: Floats,
    provider: ShortableProvider,
    model: BorrowFeeModel,
    rates: Floats | None = None,
) -> Nights:
    """Charge each night of each short (S8).

    Parameters
    ----------
    grid : Grid
    positions : ndarray, shape (T, N)
        Shares held after each row.
    closes : ndarray of float64, shape (T, N)
        Prices, NaN before a column's first; a short without any price so far costs nothing.
    provider : ShortableProvider
        Gives the rate that is known at each session's close.
    model : BorrowFeeModel
        The convention.
    rates : ndarray of float64, shape (T, N), optional
        Annual fractions at each session's last row, where they have been asked for already.
    """
    sessions = grid.sessions()
    ends = np.flatnonzero(np.diff(sessions))
    prices = closes[ends]
    night, column = np.nonzero((positions[ends] < 0) & ~np.isnan(prices))
    if model.rate_kind is None:
        night, column = night[:0], column[:0]
    shares = -positions[ends][night, column].astype(np.float64)
    close, days = prices[night, column], np.diff(sessions)[ends][night]
    close_times = grid.closes()[ends].view(np.int64)[night]
    known, cost = np.zeros(0), np.zeros(0)
    if len(night):
        known = (
            night_rates(model, provider, Pairs(grid.symbols, column, close_times, False))
            if rates is None
            else rates[ends[night], column]
        )
        cost = night_costs(model, shares, close, known, days)
        clock = fee_clock(model)
        if clock:
            # The shorts of one night stand together, the nights in order.
            for shorts in np.split(np.arange(len(night)), np.flatnonzero(np.diff(night)) + 1):
                session = int(night[shorts[0]])
                names = column[shorts].tolist()
                cost[shorts] *= clock.charged(names, session, session + 1, known[shorts].tolist())
    costs = np.zeros(positions.shape)
    costs[ends[night] + 1, column] = cost
    columns: dict[str, Any] = {
        "date": grid.labels.astype("datetime64[D]")[ends[night] + 1],
        "symbol": [grid.symbols[c] for c in column.tolist()],
        "shares": shares,
        "close": close,
        "rate": known,
        "days": days,
        "cost": cost,
    }
    return Nights(costs, of_columns("borrow_costs", columns))


def refusals_table(
    *,
    order_ids: Iterable[int | str],
    times: Times,
    symbols: Iterable[Symbol],
    kinds: Iterable[RefusalKind],
    requested: npt.NDArray[Any],
    allowed: npt.NDArray[Any],
    held: npt.NDArray[Any],
    available: npt.NDArray[np.int64],
    has_data: npt.NDArray[np.bool_],
) -> pd.DataFrame:
    """Make the table ``refusals`` of orders that could not be borrowed; −1 in `available` stands for None."""
    names = list(symbols)
    return of_columns(
        "refusals",
        {
            "order_id": list(order_ids),
            "time": times,
            "symbol": names,
            "kind": list(kinds),
            "requested": requested,
            "allowed": allowed,
            "held": held,
            "open_sells": np.zeros(len(names)),
            "available": [None if shares < 0 else shares for shares in available.tolist()],
            "has_data": has_data,
            "error_code": np.full(len(names), EXCEEDS_SHORTABLE_QUANTITY),
            "tag": [
                exceeds_tag(symbol.ticker, shares)
                for symbol, shares in zip(names, requested.tolist(), strict=True)
            ],
        },
    )


def checks_without_data(times: Times, symbols: Iterable[Symbol]) -> pd.DataFrame:
    """Make the table ``checks_without_data``."""
    return of_columns("checks_without_data", {"time": times, "symbol": list(symbols)})
