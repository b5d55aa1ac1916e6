"""The common workload on backtrader."""

from __future__ import annotations

from typing import Any

import pandas as pd

from shortable.adapters.backtrader import broker
from shortable.adapters.host import host_module
from shortable.testing.hosts.report import refused_orders
from shortable.testing.workload import Outcome, Workload

__all__ = ["run"]


def run(work: Workload) -> Outcome:
    """Run the workload."""
    bt = host_module("backtrader", "backtrader")
    sent: dict[int, Any] = {}

    class Script(bt.Strategy):  # type: ignore[misc,name-defined]  # the host's class is known when it runs
        def next(self) -> None:
            row = len(self.data) - 1
            for column, data in enumerate(self.datas):
                held = int(self.getposition(data).size)
                for quantity in work.orders(row, column, held):
                    order = self.sell(data, -quantity) if quantity < 0 else self.buy(data, quantity)
                    sent[order.ref] = order

    cerebro = bt.Cerebro(stdstats=False)
    cerebro.broker = broker(
        work.provider, cash=work.cash, look_up=work.look_up, broker_options={"checksubmit": False}
    )
    for ticker, frame in work.frames().items():
        cerebro.adddata(bt.feeds.PandasData(dataname=frame, openinterest=None), name=ticker)
    cerebro.addstrategy(Script)
    cerebro.addanalyzer(bt.analyzers.Transactions, headers=True)
    lines = cerebro.run()[0].analyzers.transactions.get_analysis()
    desk = cerebro.broker.desk
    done = [o for o in sent.values() if o.status == o.Completed]
    charged = (
        work.cash - sum(o.executed.size * o.executed.price for o in done) - cerebro.broker.cash
    )
    heads = lines.pop("date")[0]
    trades = pd.DataFrame(
        [[day, *line] for day, many in lines.items() for line in many], columns=["date", *heads]
    )
    return Outcome(
        len(sent),
        refused_orders(desk),
        len(done),
        desk.total_borrow_cost,
        charged,
        trades,
        desk.report().borrow_costs,
    )
