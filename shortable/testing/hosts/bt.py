"""The common workload on bt, which trades at the bar's own price: orders are carried out in the bar after the one that decides them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd

from shortable.adapters.bt import desk_of, limit_shorts, limiter
from shortable.adapters.host import host_module
from shortable.testing.hosts.report import refused_orders
from shortable.testing.workload import Outcome, Workload

__all__ = ["run"]


def run(work: Workload) -> Outcome:
    """Run the workload."""
    host = host_module("bt", "bt")
    index = pd.DatetimeIndex(work.sessions)
    rows = {time: row for row, time in enumerate(index)}
    counts = {"sent": 0, "filled": 0}

    class Script(host.Algo):  # type: ignore[misc,name-defined]  # the host's class is known when it runs
        def __init__(self) -> None:
            super().__init__()
            self.decided: list[tuple[str, int]] = []
            self.limit = limiter()

        def __call__(self, target: Any) -> bool:
            for ticker, quantity in self.decided:
                counts["sent"] += 1
                counts["filled"] += bool(self.limit.transact(target, ticker, quantity))
            target.root.update(target.now)
            row = rows.get(target.now)
            if row is not None:
                held = [
                    int(target.children[t].position) if t in target.children else 0
                    for t in work.tickers
                ]
                self.decided = [
                    (t, q) for c, t in enumerate(work.tickers) for q in work.orders(row, c, held[c])
                ]
            return True

    def before(target: Any) -> datetime:
        return datetime.combine(work.sessions[rows[target.now] - 1], datetime.min.time())

    script = Script()
    algos = limit_shorts(
        [script, script.limit],
        work.provider,
        clock=before,
        look_up=work.look_up,
        on_exceed="reject",
    )
    prices = pd.DataFrame(work.closes, index, work.tickers)
    test = host.Backtest(
        host.Strategy("workload", algos), prices, initial_capital=work.cash, progress_bar=False
    )
    results = host.run(test)
    desk = desk_of(test)
    charged = float(test.strategy.fees.sum())
    return Outcome(
        counts["sent"],
        refused_orders(desk),
        counts["filled"],
        desk.total_borrow_cost,
        charged,
        results.get_transactions(),
        desk.report().borrow_costs,
    )
