"""Workload W4: target positions, closes, availability and fees of 5,000 symbols over 2,500 sessions.

Targets change every five sessions, whole hundreds between −1,000 and 1,000. Availability stands for twenty sessions at one
of 0, 50, 150 and 10,000 shares, as in W1, so that about 2.7 million orders are refused: what was refused is asked for
again the day after. Fees are those of W1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .w1 import QUANTITIES, QUANTITY_SHARES, RATE_SHARES, RATES

SEED = 20_240_104
SPELL = 20  # sessions for which availability and rate stand
HOLD = 5  # sessions for which a target stands
STEPS = np.arange(-10, 11) * 100


@dataclass(frozen=True, slots=True)
class Panel:
    """W4's inputs, each of shape (sessions, symbols)."""

    symbols: list[str]
    dates: pd.DatetimeIndex
    targets: np.ndarray
    """int64, shares"""
    close: np.ndarray
    """float64, dollars"""
    availability: np.ndarray
    """int64, shares"""
    fee_rate: np.ndarray
    """float64, annual fraction"""

    def frame(self, values: np.ndarray) -> pd.DataFrame:
        """One of the tables with its labels; shares the memory."""
        return pd.DataFrame(values, index=self.dates, columns=self.symbols, copy=False)

    @property
    def mib(self) -> float:
        """What the inputs need, MiB."""
        arrays = (self.targets, self.close, self.availability, self.fee_rate)
        return sum(array.nbytes for array in arrays) / 2**20


def make(sessions: int = 2_500, symbols: int = 5_000, seed: int = SEED) -> Panel:
    """Make the workload; the same arguments give the same bits."""
    rng = np.random.default_rng(seed)

    def spells(values: np.ndarray, length: int, p: np.ndarray | None = None) -> np.ndarray:
        drawn = values[rng.choice(len(values), (-(-sessions // length), symbols), p=p)]
        return np.repeat(drawn, length, axis=0)[:sessions]

    close = rng.normal(0.0, 0.02, (sessions, symbols))
    np.cumsum(close, axis=0, out=close)
    close += np.log(rng.uniform(20, 200, symbols))
    np.clip(np.exp(close, out=close), 1.0, 10_000.0, out=close)
    return Panel(
        symbols=[f"W{k:04d}" for k in range(symbols)],
        dates=pd.bdate_range("2014-01-02", periods=sessions),
        targets=spells(STEPS, HOLD),
        close=close.round(2),
        availability=spells(QUANTITIES, SPELL, QUANTITY_SHARES),
        fee_rate=spells(RATES, SPELL, RATE_SHARES),
    )
