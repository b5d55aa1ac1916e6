"""W1 in backtesting.py: one instrument at a time, so 50 runs. Run by its own interpreter: FILE.npz -> JSON.

The constraint sits where the host leaves room for it, in ``Strategy.sell``; the daily borrow fee in a
``_Broker`` subclass put on the ``Backtest`` instance, charged before the bar's fills.
"""

import json
import sys
import time
import warnings
from functools import partial

import backtesting
import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy
from backtesting.backtesting import _Broker

SHARES, CYCLE, HOLD, CASH = 100, 10, 5, 10_000_000.0
orders = refused = filled = 0
fees = 0.0


class ChargingBroker(_Broker):
    """Charges shares short at the previous close, before the fills."""

    def __init__(self, *args, night_cost, **kwargs):
        super().__init__(*args, **kwargs)
        self._night_cost = night_cost

    def next(self):
        global fees
        held = self.position.size
        if held < 0:
            fee = -held * self._night_cost[len(self._data) - 2]
            self._cash -= fee
            fees += fee
        super().next()


class W1(Strategy):
    """Short 100 every 10 bars, cover 5 bars later."""

    availability = None
    phase = 0

    def init(self):
        self.last = len(self.data.df) - 2

    def sell(self, *, size, **kwargs):
        global refused
        i = len(self.data) - 1
        pending = sum(-order.size for order in self.orders if order.is_short)
        if self.position.size - pending - size < -self.availability[i]:
            refused += 1
            return None
        return super().sell(size=size, **kwargs)

    def next(self):
        global orders
        i = len(self.data) - 1
        if i > self.last:
            return
        if i % CYCLE == self.phase:
            orders += 1
            self.sell(size=SHARES)
        elif i % CYCLE == (self.phase + HOLD) % CYCLE and self.position.size < 0:
            orders += 1
            self.buy(size=SHARES)


def main(path):
    global filled
    warnings.simplefilter("ignore")
    backtesting.backtesting._tqdm = lambda iterable, **_: iterable  # no progress bar in the time
    w = np.load(path)
    dates = w["dates"].astype("datetime64[D]")
    index = pd.DatetimeIndex(dates)
    days = np.diff(dates).astype(int)
    cost = w["close"][:-1] * w["fee_rate"][:-1] * days[:, None] / 360
    runs = []
    for k in range(len(w["symbols"])):
        frame = pd.DataFrame(
            {name.title(): w[name][:, k] for name in ("open", "high", "low", "close", "volume")},
            index=index,
        )
        test = Backtest(frame, W1, cash=CASH)
        test._broker = partial(
            ChargingBroker,
            *test._broker.args,
            night_cost=cost[:, k].tolist(),
            **test._broker.keywords,
        )
        runs.append((test, w["availability"][:, k].tolist(), k % CYCLE))
    start, cpu = time.perf_counter(), time.process_time()
    results = [test.run(availability=available, phase=phase) for test, available, phase in runs]
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    for result in results:
        closed = len(result["_trades"])
        # a trade still open at the end has one fill; every closed one has two
        filled += 2 * closed + len(result["_strategy"].trades)
    print(
        json.dumps(
            {
                "host": "backtesting.py",
                "version": backtesting.__version__,
                "orders": orders,
                "refused": refused,
                "filled": filled,
                "fees": fees,
                "seconds": seconds,
                "cpu": cpu,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
