"""How a run's cost grows with bars, symbols and orders: ``python -m tests.benchmarks.scaling WHAT FACTOR ROUNDS`` -> JSON."""

from __future__ import annotations

import json
import math
import statistics
import sys
from typing import Any

from shortable.engine import Algorithm, Backtest, MarketData, NullFeeModel, Resolution

from . import w1
from .engine_w1 import algorithm, limited
from .timing import interleaved

BASE = {"bars": (100, 5), "symbols": (100, 5)}


def of_orders(w: w1.Workload, orders: int) -> type[Algorithm]:
    """Sends so many orders a bar and symbol, in turns a sale and a purchase."""

    class Orders(Algorithm):
        """Trades one share to and fro."""

        def initialize(self) -> None:
            self.set_cash(w1.CASH)
            provider = limited(w)
            for symbol in w.symbols:
                security = self.add_equity(symbol, Resolution.DAILY)
                security.set_shortable_provider(provider)
                security.set_fee_model(NullFeeModel())

        def on_data(self, slice: Any) -> None:
            for symbol in w.symbols:
                for number in range(orders):
                    self.market_order(symbol, -1 if number % 2 else 1)

    return Orders


def runs(what: str, factor: int) -> dict[str, Any]:
    """The small run and the large one; making them is not in the time."""
    if what == "orders":
        w = w1.make(250, 5)
        data = MarketData.from_frames(w.frames())
        return {
            name: Backtest(of_orders(w, orders), data=data).run
            for name, orders in (("small", 1), ("large", factor))
        }
    bars, symbols = BASE[what]
    made = {}
    for name, times in (("small", 1), ("large", factor)):
        w = w1.make(
            bars * (times if what == "bars" else 1), symbols * (times if what == "symbols" else 1)
        )
        data = MarketData.from_frames(w.frames())
        made[name] = Backtest(algorithm(w, limited(w)), data=data).run
    return made


def main(what: str, factor: str, rounds: str) -> None:
    """Time both, and say what power of the size the cost grows with."""
    times = interleaved(runs(what, int(factor)), int(rounds), collect=True)
    small, large = (statistics.median(times[name]) for name in ("small", "large"))
    print(json.dumps({"exponent": math.log(large / small) / math.log(int(factor)), **times}))


if __name__ == "__main__":
    main(*sys.argv[1:])
