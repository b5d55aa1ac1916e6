"""Random trade lists, and what became of their companies."""

from __future__ import annotations

import numpy as np
import pandas as pd

from shortable.actions import CorporateActions, Delisting, Dividend, Split
from shortable.research import Trades

DAYS = pd.bdate_range("2024-01-02", periods=9)
NAMES = ["AMC", "GME", "SPY"]
TABLES = (
    "trades",
    "daily",
    "refusals",
    "borrow_costs",
    "checks_without_data",
    "open_at_end",
    "borrows",
    "borrow_events",
    "attribution",
)
"""Of an audit."""


def random_list(rng: np.random.Generator, fractions: bool) -> Trades:
    """Return 90 trades; where there are fractions, some companies still trade whole shares only."""
    codes = rng.integers(0, len(NAMES), 90)
    quantity = rng.choice([-180.0, -120.0, -60.0, 60.0, 120.0, 180.0], 90)
    quantity[(codes == 0) & fractions] += 0.1
    return Trades.of(
        DAYS[np.sort(rng.integers(0, 9, 90))],
        [NAMES[code] for code in codes],
        quantity,
        rng.uniform(1, 30, 90).round(2),
        0.5,
    )


def random_actions(rng: np.random.Generator) -> CorporateActions:
    ratios = [(2, 1), (1, 7), (3, 2), (1, 7)]
    return CorporateActions(
        [Split(name, DAYS[rng.integers(1, 8)].date(), *ratios[rng.integers(4)]) for name in NAMES]
        + [Delisting("SPY", DAYS[6].date(), 2.5)]
        + [Dividend(name, DAYS[4].date(), 0.75, "raw") for name in NAMES]
    )
