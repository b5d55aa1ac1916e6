"""The common workload on zipline-reloaded, from a bundle that is made for the run."""

from __future__ import annotations

import os
import tempfile
from typing import Any

import pandas as pd

from shortable.adapters.host import host_module
from shortable.adapters.zipline import bundle_of_frames, limit_shorts
from shortable.testing.hosts.report import refused_orders
from shortable.testing.workload import Outcome, Workload

__all__ = ["run"]

_BUNDLE = "shortable-workload"


def run(work: Workload) -> Outcome:
    """Run the workload."""
    zipline = host_module("zipline", "zipline")
    api, finance = (host_module(f"zipline.{name}", "zipline") for name in ("api", "finance"))
    host_module("zipline.finance.slippage", "zipline")
    host_module("zipline.finance.commission", "zipline")
    short = limit_shorts(
        work.provider,
        look_up=work.look_up,
        blotter_options={
            "equity_slippage": finance.slippage.NoSlippage(),
            "equity_commission": finance.commission.NoCommission(),
        },
    )
    sent: list[str] = []
    row = iter(range(len(work.sessions)))

    def initialize(context: Any) -> None:
        context.assets = [api.symbol(ticker) for ticker in work.tickers]

    def handle_data(context: Any, data: Any) -> None:
        session = next(row)
        for column, asset in enumerate(context.assets):
            for quantity in work.orders(
                session, column, int(context.portfolio.positions[asset].amount)
            ):
                sent.append(api.order(asset, quantity))

    first, last = (pd.Timestamp(day) for day in (work.sessions[0], work.sessions[-1]))
    with tempfile.TemporaryDirectory() as root:
        environ = {**os.environ, "ZIPLINE_ROOT": root}
        bundle_of_frames(work.frames(), name=_BUNDLE, environ=environ)
        results = zipline.run_algorithm(
            first,
            last,
            initialize,
            work.cash,
            handle_data=handle_data,
            bundle=_BUNDLE,
            environ=environ,
            benchmark_returns=pd.Series(0.0, index=pd.DatetimeIndex(work.sessions, tz="UTC")),
            default_extension=False,
            **short.arguments,
        )
    filled = sum(short.blotter.orders[i].filled != 0 for i in sent)
    trades = [t for day in results["transactions"] for t in day]
    traded = sum(t["amount"] * t["price"] for t in trades)
    charged = work.cash - traded - float(results["ending_cash"].iloc[-1])
    return Outcome(
        len(sent),
        refused_orders(short.desk),
        filled,
        short.desk.total_borrow_cost,
        charged,
        pd.DataFrame(trades),
        short.desk.report().borrow_costs,
    )
