"""The common workload on vectorbt, whose orders fill in the bar that they are given for: the bar after the one that decides them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from shortable.adapters.vectorbt import from_orders
from shortable.testing.hosts.report import refused_orders
from shortable.testing.workload import Outcome, Workload

__all__ = ["run"]


def run(work: Workload) -> Outcome:
    """Run the workload."""
    index, shape = pd.DatetimeIndex(work.sessions), work.closes.shape
    close, opens = (pd.DataFrame(v, index, work.tickers) for v in (work.closes, work.opens))
    sells, more, covers = (np.full(shape, np.nan) for _ in range(3))
    for row in range(len(index) - 1):
        for column in range(shape[1]):
            asked = work.orders(
                row, column, -1
            )  # what a short would do; a flat position has nothing to cover
            for table, quantity in zip((sells, more), (q for q in asked if q < 0), strict=False):
                table[row + 1, column] = quantity
            if any(q > 0 for q in asked):
                covers[row + 1, column] = 0.0
    decided = [work.now(max(row - 1, 0)) for row in range(len(index))]
    held = from_orders(
        close,
        [sells, more, covers],
        work.provider,
        price=opens,
        size_type=["amount", "amount", "targetamount"],
        look_up=decided,
        init_cash=work.cash,
        freq="D",
    )
    filled = len(held.portfolio.orders.records)
    refused = refused_orders(held.desk)
    # There are no commissions, so the orders' fees are borrow fees.
    charged = float(held.portfolio.orders.records["fees"].sum()) + float(
        held.outstanding.iloc[-1].sum()
    )
    return Outcome(
        filled + len(refused),
        refused,
        filled,
        held.desk.total_borrow_cost,
        charged,
        held.portfolio.orders.records_readable,
        held.desk.report().borrow_costs,
    )
