"""Workload W1: 10 years of daily bars of 50 symbols, and the rule by which they are shorted.

The rule, the same for every host. Bars are numbered from 0, symbols too. After bar ``i`` of symbol ``k`` has
closed, for ``1 <= i <= sessions - 2``:

* if ``i % 10 == k % 10``, sell 100 shares at market;
* else if ``i % 10 == (k + 5) % 10`` and the symbol is held short, buy 100 shares at market.

The sell is refused, whole, unless held - unfilled sells - 100 >= -available (S4), where *available* is row
``i`` of the availability table. What was accepted fills at the open of bar ``i + 1``, without commission,
spread or slippage. No order is sent on bar 0, which backtesting.py never shows to its strategy, nor on the
last bar, after which nothing can fill. The borrow fee is S8: shares short at the previous close x that close x
the rate in that close's row x calendar days / 360, charged before the fills. Every rate is stated, some as 0:
whether one that is missing means 0 or the one before it is a provider's affair, and hosts have no opinion.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

SEED = 20_240_102
SHARES = 100
CYCLE = 10
HOLD = 5
CASH = 10_000_000.0
# 18 % of the shorts meet less than 100 shares; with the covers that then fall away a tenth of all orders is refused.
QUANTITIES = np.array([0, 50, 150, 10_000], dtype=np.int64)
QUANTITY_SHARES = np.array([0.09, 0.09, 0.32, 0.50])
RATES = np.array([0.0025, 0.01, 0.05, 0.30, 0.0])
RATE_SHARES = np.array([0.60, 0.20, 0.12, 0.06, 0.02])
RATE_SPELL = 20  # sessions for which one rate stands


@dataclass(frozen=True, slots=True)
class Workload:
    """W1's inputs.

    Attributes
    ----------
    symbols : list of str
    dates : ndarray of datetime64[D], shape (sessions,)
    open, high, low, close : ndarray of float64, shape (sessions, symbols), dollars, whole cents
    volume : ndarray of int64, shape (sessions, symbols)
    availability : ndarray of int64, shape (sessions, symbols), shares
    fee_rate : ndarray of float64, shape (sessions, symbols), annual fraction
    """

    symbols: list[str]
    dates: np.ndarray
    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    volume: np.ndarray
    availability: np.ndarray
    fee_rate: np.ndarray

    @property
    def index(self) -> pd.DatetimeIndex:
        """Sessions as naive midnights."""
        return pd.DatetimeIndex(self.dates)

    def arrays(self) -> dict[str, np.ndarray]:
        """All inputs as plain arrays, in a fixed order."""
        return {
            "symbols": np.array(self.symbols, dtype="U8"),
            "dates": self.dates.astype("datetime64[D]").astype(np.int64),
            "open": self.open,
            "high": self.high,
            "low": self.low,
            "close": self.close,
            "volume": self.volume,
            "availability": self.availability,
            "fee_rate": self.fee_rate,
        }

    def digest(self) -> str:
        """SHA-256 over the arrays' bytes, so that two hosts can show that they read the same workload."""
        state = hashlib.sha256()
        for name, values in self.arrays().items():
            state.update(name.encode())
            state.update(np.ascontiguousarray(values).tobytes())
        return state.hexdigest()[:16]

    def save(self, folder: Path) -> Path:
        """Write the npz that the peers read, unless it is there."""
        path = folder / f"w1-{self.digest()}.npz"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            with path.with_suffix(".tmp").open("wb") as file:
                np.savez(file, **self.arrays())
            path.with_suffix(".tmp").replace(path)
        return path

    def frames(self) -> dict[str, pd.DataFrame]:
        """One OHLCV frame a symbol."""
        return {
            symbol: pd.DataFrame(
                {
                    "open": self.open[:, k],
                    "high": self.high[:, k],
                    "low": self.low[:, k],
                    "close": self.close[:, k],
                    "volume": self.volume[:, k],
                },
                index=self.index,
            )
            for k, symbol in enumerate(self.symbols)
        }

    def quantity_frame(self) -> pd.DataFrame:
        """Availability, sessions x symbols, shares."""
        return pd.DataFrame(self.availability, index=self.index, columns=self.symbols)

    def rate_frame(self) -> pd.DataFrame:
        """Fee rates, sessions x symbols, annual fractions."""
        return pd.DataFrame(self.fee_rate, index=self.index, columns=self.symbols)


def make(sessions: int = 2_520, symbols: int = 50, seed: int = SEED) -> Workload:
    """Make the workload; the same arguments give the same bits.

    Parameters
    ----------
    sessions : int
        Weekdays from 2014-01-02 on.
    symbols : int
    seed : int

    Returns
    -------
    Workload
    """
    rng = np.random.default_rng(seed)
    shape = (sessions, symbols)
    home = rng.uniform(np.log(20), np.log(200), symbols)
    shocks = rng.normal(0, 0.02, shape)
    log_close = np.empty(shape)
    level = home.copy()
    for i in range(sessions):
        level += (
            0.01 * (home - level) + shocks[i]
        )  # drawn back home: no price runs away in ten years
        log_close[i] = level
    close = np.exp(log_close)
    previous = np.vstack([np.exp(home), close[:-1]])
    open_ = previous * np.exp(rng.normal(0, 0.005, shape))
    high = np.maximum(open_, close) * (1 + np.abs(rng.normal(0, 0.003, shape)))
    low = np.minimum(open_, close) * (1 - np.abs(rng.normal(0, 0.003, shape)))
    spells = -(-sessions // RATE_SPELL)
    rates = RATES[rng.choice(len(RATES), (spells, symbols), p=RATE_SHARES)]
    return Workload(
        symbols=[f"W{k:02d}" for k in range(symbols)],
        dates=pd.bdate_range("2014-01-02", periods=sessions).to_numpy().astype("datetime64[D]"),
        open=open_.round(2),
        high=high.round(2),
        low=low.round(2),
        close=close.round(2),
        volume=rng.integers(100_000, 5_000_000, shape),
        availability=QUANTITIES[rng.choice(len(QUANTITIES), shape, p=QUANTITY_SHARES)],
        fee_rate=np.repeat(rates, RATE_SPELL, axis=0)[:sessions],
    )
