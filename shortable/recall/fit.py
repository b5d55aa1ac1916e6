"""Fit the hazard of leaving a broker's list on snapshots that lie unevenly apart: ``python -m shortable.recall.fit FILE``.

A symbol that is on one snapshot and not on the next left at some time in between: interval-censored. With a constant hazard
h in a cell, the likelihood of having left within a gap of d days is 1 − exp(−h d), and of having stayed exp(−h d); its maximum
solves Σ over those that left of d / (exp(h d) − 1) = Σ over those that stayed of d.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.arrays import Floats
from shortable.errors import InvalidInputError
from shortable.recall.hazard import HazardTable

__all__ = ["fit_hazards", "hazard_of", "pairs_of_snapshots"]


def hazard_of(gaps: Floats, left: npt.NDArray[np.bool_]) -> float:
    """Return the hazard that makes what was seen most likely, per unit of the gaps; 0 where nobody left.

    Parameters
    ----------
    gaps : ndarray of float64, shape (n,)
        Time between the two snapshots, above 0.
    left : ndarray of bool, shape (n,)
        Whether the symbol was gone at the second.

    Examples
    --------
    With gaps of one day it is −log(the share that stayed): of 4, one left.

    >>> round(hazard_of(np.ones(4), np.array([True, False, False, False])), 6)
    0.287682
    """
    if not left.any():
        return 0.0
    went, exposure = gaps[left], float(gaps[~left].sum())

    def slope(hazard: float) -> float:
        return float((went / np.expm1(hazard * went)).sum()) - exposure

    low, high = 1e-12, 1.0
    while slope(high) > 0 and high < 1e6:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    return (low + high) / 2


def pairs_of_snapshots(rows: pd.DataFrame, drop: Sequence[str] = ()) -> pd.DataFrame:
    """Return a line for each symbol of each snapshot but the last: shares, fee, gap in days, left.

    Parameters
    ----------
    rows : DataFrame
        Columns time, symbol, quantity (shares), fee_rate (annual fraction, NaN where not known).
    drop : sequence of str
        Days whose snapshots are left out, such as stale repeats.

    Raises
    ------
    InvalidInputError
        Fewer than two snapshots are left.
    """
    rows = rows[~rows["time"].dt.strftime("%Y-%m-%d").isin(list(drop))]
    times = np.sort(rows["time"].unique())
    if len(times) < 2:
        raise InvalidInputError("rows", f"{len(times)} snapshots", "hold at least two")
    groups = dict(iter(rows.drop_duplicates(["time", "symbol"]).groupby("time")))
    found = []
    for first, second in pairwise(times):
        now, later = groups[pd.Timestamp(first)], groups[pd.Timestamp(second)]
        found.append(
            pd.DataFrame(
                {
                    "shares": now["quantity"].to_numpy(np.float64),
                    "fee": now["fee_rate"].to_numpy(np.float64),
                    "gap": (second - first) / np.timedelta64(1, "D"),
                    "left": ~now["symbol"].isin(later["symbol"]).to_numpy(),
                }
            )
        )
    return pd.concat(found, ignore_index=True)


def fit_hazards(
    pairs: pd.DataFrame, shares: Sequence[float], fees: Sequence[float], source: str
) -> HazardTable:
    """Fit one hazard a cell of shares and fee.

    Parameters
    ----------
    pairs : DataFrame
        From `pairs_of_snapshots`.
    shares, fees : sequence of float
        Upper bounds, as in `HazardTable`. A fee that is not known counts as the lowest.
    source : str
        Stated in the table.
    """
    row = np.searchsorted(np.array(shares), pairs["shares"].to_numpy(), side="left")
    column = np.searchsorted(np.array(fees), pairs["fee"].fillna(0.0).to_numpy(), side="left")
    gaps, left = pairs["gap"].to_numpy(np.float64), pairs["left"].to_numpy(np.bool_)
    table = tuple(
        tuple(
            hazard_of(gaps[cell], left[cell])
            for k in range(len(fees) + 1)
            for cell in [(row == n) & (column == k)]
        )
        for n in range(len(shares) + 1)
    )
    return HazardTable(tuple(shares), tuple(fees), table, source)


def main(path: str) -> None:
    """Print a fit on an archive of Interactive Brokers' files, as strings of the file beside ``retrieved_utc``."""
    raw = pd.read_parquet(path)
    raw = raw[raw["cur"] == "USD"]
    rows = pd.DataFrame(
        {
            "time": raw["retrieved_utc"],
            "symbol": raw["sym"],
            "quantity": raw["available"].astype(str).str.lstrip(">").astype(float),
            "fee_rate": pd.to_numeric(raw["feerate"], errors="coerce") / 100,
        }
    )
    pairs = pairs_of_snapshots(rows, drop=["2026-04-21"])  # repeats 2026-04-16
    source = (
        f"{rows['time'].nunique() - 1} snapshots of {path.rsplit('/', 1)[-1]}, without 2026-04-21"
    )
    table = fit_hazards(pairs, (500, 5_000, 50_000, 500_000), (0.01, 0.10), source)
    print(f"{len(pairs):,} symbols seen twice, {int(pairs['left'].sum()):,} left; {source}")
    for row in table.hazards:
        print("        (" + ", ".join(f"{hazard:.6f}" for hazard in row) + "),")


if __name__ == "__main__":
    main(sys.argv[1])
