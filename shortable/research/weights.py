"""Weights of a portfolio, limited to what could be borrowed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from shortable.borrow import BorrowFeeModel
from shortable.clock import LookUp
from shortable.errors import InvalidInputError
from shortable.provider import IShortableProvider, as_provider
from shortable.research.constrain import Constrained, OnShortfall, constrain_grid
from shortable.research.grid import carried_forward, read_grid
from shortable.rule import OnExceed

__all__ = ["constrain_weights"]


def constrain_weights(
    weights: Any,
    provider: IShortableProvider,
    prices: Any,
    nav: Any = 1_000_000.0,
    *,
    symbols: Sequence[Any] | None = None,
    times: Any = None,
    on_exceed: OnExceed = "reject",
    on_shortfall: OnShortfall = "keep",
    look_up: LookUp = "open",
    borrow_fee: BorrowFeeModel | None = None,
) -> tuple[pd.DataFrame, Constrained]:
    """Limit target weights to what could be borrowed.

    Parameters
    ----------
    weights : DataFrame or array-like, shape (T, N)
        Fractions of `nav`, negative for a short; NaN leaves the position as it is.
    provider : IShortableProvider
    prices : DataFrame or array-like, shape (T, N)
        At which weights become shares: shares = weight × nav / price, rounded towards zero.
    nav : float or array-like, shape (T,)
        What the weights are fractions of, in the prices' currency, above 0.
    symbols, times, on_exceed, on_shortfall, look_up, borrow_fee
        As in `constrain`.

    Returns
    -------
    weights : DataFrame, shape (T, N)
        Feasible positions × price / nav.
    constrained : Constrained
        The same in shares, with what was refused and the borrow costs.

    Raises
    ------
    InvalidInputError
        A target weight has no price at or before its time, `nav` is not above 0, or tables do not fit together.

    Examples
    --------
    >>> from shortable import CustomShortableProvider
    >>> wanted = pd.DataFrame({"GME": [-0.5]}, index=pd.to_datetime(["2024-01-02"]))
    >>> provider, prices = CustomShortableProvider({"GME": 100}), wanted * -40
    >>> feasible, _ = constrain_weights(wanted, provider, prices, nav=10_000.0, on_exceed="clip")
    >>> float(feasible.loc["2024-01-02", "GME"])
    -0.2
    """
    view = as_provider(provider)
    grid, values = read_grid("weights", weights, symbols, times)
    closes = carried_forward(grid.align("prices", prices))
    equity = np.broadcast_to(np.asarray(nav, dtype=np.float64), len(values))[:, None]
    if not (np.isfinite(equity) & (equity > 0)).all():
        raise InvalidInputError("nav", nav, "be finite and above 0")
    if not np.isfinite(values[~np.isnan(values)]).all():
        raise InvalidInputError("weights", "infinite", "be finite fractions of nav, or NaN")
    unpriced = ~np.isnan(values) & (values != 0) & ~(closes > 0)
    if unpriced.any():
        row, column = (int(at[0]) for at in np.nonzero(unpriced))
        raise InvalidInputError(
            "prices",
            f"none of {grid.symbols[column]} up to {grid.index[row]}",
            "price every target above 0",
        )
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.trunc(np.where(values == 0, 0.0, np.round(values * equity / closes, 9)))
    constrained = constrain_grid(
        grid,
        shares,
        view,
        closes,
        on_exceed=on_exceed,
        on_shortfall=on_shortfall,
        look_up=look_up,
        borrow_fee=borrow_fee,
    )
    held = constrained.positions.to_numpy()
    worth = np.where(held == 0, 0.0, held * closes) / equity
    return grid.frame(worth), constrained
