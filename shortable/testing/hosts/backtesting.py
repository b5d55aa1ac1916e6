"""The common workload on backtesting.py, which runs one instrument at a time."""

from __future__ import annotations

import warnings
from typing import Any

import pandas as pd

from shortable.adapters.backtesting import desk_of, limit_shorts
from shortable.adapters.host import host_module
from shortable.testing.hosts.report import refused_orders
from shortable.testing.workload import Outcome, Workload

__all__ = ["run"]


def run(work: Workload) -> Outcome:
    """Run the workload."""
    host = host_module("backtesting", "backtesting")
    sent = filled = 0
    fee = charged = 0.0
    refused, trades, nights = [], [], []
    for column, (ticker, frame) in enumerate(work.frames().items()):
        script = _script(host, work, column)
        backtest = host.Backtest(
            _with_bar_before(frame), script, cash=work.cash, finalize_trades=False
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # trades that are open at the end
            stats = limit_shorts(backtest, work.provider, ticker, look_up=work.look_up).run()
        if len(stats["_trades"]):
            trades.append(stats["_trades"].assign(Symbol=ticker))
        sent += script.sent
        filled += script.filled()
        fee += desk_of(backtest).total_borrow_cost
        nights.append(desk_of(backtest).report().borrow_costs)
        charged += script.charged()
        refused += refused_orders(desk_of(backtest))
    # The host lists what has been closed.
    return Outcome(
        sent,
        refused,
        filled,
        fee,
        charged,
        pd.concat(trades, ignore_index=True) if trades else None,
        pd.concat(nights, ignore_index=True).sort_values("date", kind="stable"),
    )


def _with_bar_before(frame: pd.DataFrame) -> pd.DataFrame:
    """Put a bar before the first: the host does not show a strategy the first one."""
    first = frame.iloc[[0]].set_axis([frame.index[0] - pd.Timedelta(days=1)])
    return pd.concat([first, frame]).rename(columns=str.capitalize)


def _script(host: Any, work: Workload, column: int) -> Any:
    class Script(host.Strategy):  # type: ignore[misc]  # the host's class is known when it runs
        sent = 0
        charged: Any = None
        filled: Any = None

        def init(self) -> None:
            self.placed: list[Any] = []
            type(self).charged = lambda: (
                work.cash + sum(t.pl for t in self.closed_trades) - self._broker._cash
            )
            # The host has no record of fills: what entered the queue and is not in it any more has filled.
            type(self).filled = lambda: sum(order not in self.orders for order in self.placed)

        def next(self) -> None:
            row = len(self.data) - 2
            for quantity in work.orders(row, column, self.position.size):
                order = (self.sell if quantity < 0 else self.buy)(size=abs(quantity))
                type(self).sent += 1
                if order in self.orders:
                    self.placed.append(order)

    return Script
