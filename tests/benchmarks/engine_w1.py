"""W1 on our engine. In a new process, as each peer: ``python -m tests.benchmarks.engine_w1 FILE.npz`` -> JSON."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from shortable import FrameShortableProvider
from shortable.engine import Algorithm, Backtest, MarketData, NullFeeModel, Resolution

from .cold import MIB, resident
from .w1 import CASH, CYCLE, HOLD, SHARES, Workload


def load(path: Path) -> Workload:
    """Read the workload's file, the one that the peers read."""
    arrays = dict(np.load(path))
    symbols = arrays.pop("symbols").tolist()
    return Workload(symbols=symbols, dates=arrays.pop("dates").astype("datetime64[D]"), **arrays)


def algorithm(w: Workload, provider: Any) -> type[Algorithm]:
    """W1 as an algorithm whose securities ask `provider`."""
    last = len(w.dates) - 2

    class W1(Algorithm):
        """Short 100 every 10 bars, cover 5 bars later."""

        def initialize(self) -> None:
            self.set_cash(CASH)
            self.bar = -1
            self.securities_in_order = [
                self.add_equity(symbol, Resolution.DAILY) for symbol in w.symbols
            ]
            for security in self.securities_in_order:
                security.set_shortable_provider(provider)
                security.set_fee_model(NullFeeModel())

        def on_data(self, slice: Any) -> None:
            self.bar += 1
            bar = self.bar
            if not 1 <= bar <= last:
                return
            for k, security in enumerate(self.securities_in_order):
                if bar % CYCLE == k % CYCLE:
                    self.market_order(security.symbol, -SHARES)
                elif bar % CYCLE == (k + HOLD) % CYCLE and security.holdings.quantity < 0:
                    self.market_order(security.symbol, SHARES)

    return W1


def limited(w: Workload) -> FrameShortableProvider:
    """W1's own availability and fees."""
    return FrameShortableProvider(w.quantity_frame(), fee_rates=w.rate_frame())


def peak_mib() -> float | None:
    """Peak memory of this process, MiB, where the system tells."""
    peak = resident("VmHWM")
    return None if peak is None else peak / MIB


def outcome(result: Any) -> dict[str, Any]:
    """A peer's counts out of our result."""
    return {
        "orders": len(result.orders),
        "refused": len(result.refusals),
        "filled": len(result.fills),
        "fees": float(result.borrow_costs["cost"].sum()),
    }


def main(path: str, again: str = "0") -> None:
    """Run once, and `again` times more, warm; making the backtest belongs to the time, reading the data does not.

    Our result makes its tables when they are looked at, and backtesting.py computes its statistics within its
    run. So the time until all tables are made is printed beside that of the run.
    """
    w = load(Path(path))
    data, provider = MarketData.from_frames(w.frames()), limited(w)
    start, cpu = time.perf_counter(), time.process_time()
    result = Backtest(algorithm(w, provider), data=data).run()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    counts = outcome(result)
    for name in ("order_events", "equity", "returns"):
        getattr(result, name)
    tables = time.perf_counter() - start
    warm = []
    for _ in range(int(again)):
        start = time.perf_counter()
        Backtest(algorithm(w, provider), data=data).run()
        warm.append(time.perf_counter() - start)
    print(
        json.dumps(
            {
                "host": "shortable",
                **counts,
                "warm": warm,
                "mib": peak_mib(),
                "seconds": seconds,
                "cpu": cpu,
                "seconds_with_tables": tables,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
