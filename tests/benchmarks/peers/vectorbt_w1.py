"""W1 on vectorbt's compiled ``Portfolio.from_order_func``, availability and fees by hand.

``vectorbt_w1.py FILE.npz ROUNDS`` -> JSON. The first run compiles; the rounds after it are warm. What is decided after
the close of a bar is called at the next bar and fills at its open.
"""

import json
import sys
import time

START = time.perf_counter()

import numpy as np  # noqa: E402
import vectorbt as vbt  # noqa: E402
from numba import njit  # noqa: E402
from vectorbt.portfolio import nb  # noqa: E402

SHARES, CYCLE, HOLD, CASH = 100, 10, 5, 10_000_000.0


@njit
def order(c, opens, available, night, counts, fees):
    i = c.i - 1
    if i < 0:
        return nb.order_nothing_nb()
    if c.position_now < 0:
        fees[0] += -c.position_now * night[i, c.col]
    if i < 1 or i > opens.shape[0] - 2:
        return nb.order_nothing_nb()
    if i % CYCLE == c.col % CYCLE:
        counts[0] += 1
        if c.position_now - SHARES < -available[i, c.col]:
            counts[1] += 1
            return nb.order_nothing_nb()
        counts[2] += 1
        return nb.order_nb(size=-SHARES, price=opens[c.i, c.col])
    if i % CYCLE == (c.col + HOLD) % CYCLE and c.position_now < 0:
        counts[0] += 1
        counts[2] += 1
        return nb.order_nb(size=SHARES, price=opens[c.i, c.col])
    return nb.order_nothing_nb()


def main(path, rounds):
    w = np.load(path)
    days = np.append(np.diff(w["dates"]), 0)
    night = w["close"] * w["fee_rate"] * days[:, None] / 360

    def run():
        counts, fees = np.zeros(3, np.int64), np.zeros(1)
        vbt.Portfolio.from_order_func(
            w_close,
            order,
            opens,
            available,
            night,
            counts,
            fees,
            init_cash=CASH,
            cash_sharing=False,
        )
        return counts, fees

    w_close, opens, available = w["close"], w["open"], w["availability"].astype(np.float64)
    counts, fees = run()
    whole = time.perf_counter() - START
    seconds = []
    for _ in range(int(rounds)):
        start = time.perf_counter()
        counts, fees = run()
        seconds.append(time.perf_counter() - start)
    print(
        json.dumps(
            {
                "host": "vectorbt",
                "version": vbt.__version__,
                "orders": int(counts[0]),
                "refused": int(counts[1]),
                "filled": int(counts[2]),
                "fees": float(fees[0]),
                "whole": whole,
                "warm": seconds,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
