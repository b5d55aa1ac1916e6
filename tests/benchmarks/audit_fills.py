"""`audit` of a million fills, beside pandas doing the look-up alone: ``python -m tests.benchmarks.audit_fills FILLS SYMBOLS SESSIONS ROUNDS`` -> JSON.

pandas looks availability up with ``merge_asof`` and sums the shares sold short by symbol; it knows no positions, refuses
nothing, charges nothing and marks nothing.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import pandas as pd

from shortable import FrameShortableProvider
from shortable.research import audit
from shortable.research.trade_lists import Trades

from . import w4
from .answers import agree
from .cold import MIB, forget_peak, resident
from .timing import interleaved

SHARES = 100
SEED = 20_240_105


def fills(panel: w4.Panel, count: int) -> dict[str, np.ndarray]:
    """Each symbol is shorted and covered in turns, at random sessions; in order of time."""
    rng = np.random.default_rng(SEED)
    sessions, symbols = panel.targets.shape
    row = np.sort(rng.integers(0, sessions, count))
    column = rng.integers(0, symbols, count)
    order = np.argsort(column, kind="stable")
    turn = np.empty(count, np.int64)
    firsts = np.searchsorted(column[order], np.arange(symbols))
    turn[order] = np.arange(count) - np.repeat(firsts, np.diff(np.append(firsts, count)))
    return {
        "row": row,
        "column": column,
        "quantity": np.where(turn % 2 == 0, -SHARES, SHARES).astype(np.float64),
        "price": panel.close[row, column],
    }


def by_hand(panel: w4.Panel, done: dict[str, np.ndarray]) -> Any:
    """Return what pandas does: tables ready in its own form, sorted as it wants them."""
    sessions, symbols = panel.targets.shape
    book = pd.DataFrame(
        {
            "time": np.repeat(panel.dates.to_numpy(), symbols),
            "symbol": pd.Categorical.from_codes(
                np.tile(np.arange(symbols), sessions), panel.symbols
            ),
            "available": panel.availability.ravel(),
        }
    )
    listed = pd.DataFrame(
        {
            "time": panel.dates.to_numpy()[done["row"]],
            "symbol": pd.Categorical.from_codes(done["column"], panel.symbols),
            "quantity": done["quantity"],
        }
    )

    def run() -> pd.Series:
        found = pd.merge_asof(listed, book, on="time", by="symbol")
        short = found[(found["quantity"] < 0) & (found["available"] < -found["quantity"])]
        return short.groupby("symbol", observed=False)["quantity"].sum()

    return run


def main(count: str, symbols: str, sessions: str, rounds: str) -> None:
    """Time both in turns."""
    panel = w4.make(int(sessions), int(symbols))
    done = fills(panel, int(count))
    provider = FrameShortableProvider(
        panel.frame(panel.availability), fee_rates=panel.frame(panel.fee_rate)
    )
    trades = Trades.of(
        panel.dates.to_numpy()[done["row"]],
        np.array(panel.symbols, dtype=object)[done["column"]],
        done["quantity"],
        done["price"],
    )
    closes, pandas_run = panel.frame(panel.close), by_hand(panel, done)
    forget_peak()
    before = resident("VmRSS") or 0
    found = audit(trades, provider, closes)
    added = ((resident("VmHWM") or 0) - before) / MIB
    refused = found.trades[found.trades["verdict"] == "not borrowable"]
    # Every short is 100 from flat, so what pandas finds too small is what is refused.
    agree("shares not borrowable", float(refused["quantity"].sum()), float(pandas_run().sum()))
    times = interleaved(
        {"ours": lambda: audit(trades, provider, closes), "pandas": pandas_run},
        int(rounds),
        warm=False,
        collect=True,
    )
    print(json.dumps({**times, "added": added, "refused": len(refused)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
