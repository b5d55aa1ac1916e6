"""W1 in backtrader. Run by its own interpreter: FILE.npz -> JSON.

The constraint is a ``BackBroker`` subclass that overrides ``submit``; the daily borrow fee overrides the
documented ``CommInfo._get_credit_interest``, which the broker calls for shorts before the bar's fills.
"""

import json
import sys
import time

import backtrader as bt
import numpy as np
import pandas as pd

SHARES, CYCLE, HOLD, CASH = 100, 10, 5, 10_000_000.0


class BorrowFee(bt.CommInfoBase):
    """No commission; the borrow fee of the night as credit interest."""

    params = (("stocklike", True), ("commission", 0.0))
    night_cost = None  # one list a feed, by name: dollars a share for the night after bar i
    total = 0.0

    def _get_credit_interest(self, data, size, price, days, dt0, dt1):
        fee = -size * self.night_cost[data._name][len(data) - 2]
        BorrowFee.total += fee
        return fee


class LimitedBroker(bt.brokers.BackBroker):
    """Refuses a sell that the availability table cannot cover."""

    availability = None

    def submit(self, order, check=True):
        if not order.isbuy():
            data = order.data
            pending = sum(
                -o.size
                for queue in (self.submitted, self.pending)
                for o in queue
                if o.data is data and not o.isbuy() and o.alive()
            )
            held = self.getposition(data).size
            if held - pending + order.size < -self.availability[data._name][len(data) - 1]:
                order.reject()
                self.notify(order)
                return order
        return super().submit(order, check=check)


class W1(bt.Strategy):
    """Short 100 every 10 bars, cover 5 bars later."""

    params = (("sessions", 0),)

    def __init__(self):
        self.sent = []

    def next(self):
        i = len(self.data) - 1
        if not 1 <= i <= self.p.sessions - 2:
            return
        for k, data in enumerate(self.datas):
            if i % CYCLE == k % CYCLE:
                self.sent.append(self.sell(data=data, size=SHARES))
            elif i % CYCLE == (k + HOLD) % CYCLE and self.getposition(data).size < 0:
                self.sent.append(self.buy(data=data, size=SHARES))


def main(path):
    w = np.load(path)
    names = [str(name) for name in w["symbols"]]
    dates = w["dates"].astype("datetime64[D]")
    index = pd.DatetimeIndex(dates)
    cost = w["close"][:-1] * w["fee_rate"][:-1] * np.diff(dates).astype(int)[:, None] / 360
    LimitedBroker.availability = {
        name: w["availability"][:, k].tolist() for k, name in enumerate(names)
    }
    BorrowFee.night_cost = {name: cost[:, k].tolist() for k, name in enumerate(names)}
    cerebro = bt.Cerebro(stdstats=False)
    broker = LimitedBroker()
    broker.setcash(CASH)
    broker.addcommissioninfo(BorrowFee())
    cerebro.setbroker(broker)
    for k, name in enumerate(names):
        frame = pd.DataFrame(
            {c: w[c][:, k] for c in ("open", "high", "low", "close", "volume")}, index=index
        )
        cerebro.adddata(bt.feeds.PandasData(dataname=frame), name=name)
    cerebro.addstrategy(W1, sessions=len(dates))
    start, cpu = time.perf_counter(), time.process_time()
    strategy = cerebro.run()[0]
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    refused = sum(order.status == bt.Order.Rejected for order in strategy.sent)
    filled = sum(order.status == bt.Order.Completed for order in strategy.sent)
    print(
        json.dumps(
            {
                "host": "backtrader",
                "version": bt.__version__,
                "orders": len(strategy.sent),
                "refused": refused,
                "filled": filled,
                "fees": BorrowFee.total,
                "seconds": seconds,
                "cpu": cpu,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
