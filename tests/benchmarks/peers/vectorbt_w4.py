"""W4 on vectorbt's compiled ``Portfolio.from_order_func``, clipped by hand to what is available.

``vectorbt_w4.py FOLDER ROUNDS`` -> JSON. The first run compiles and is not timed. It keeps neither refusals nor fees by
night: it trades towards the targets as far as it may, and adds the nights' fees up.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import vectorbt as vbt
from numba import njit
from vectorbt.portfolio import nb


@njit
def order(c, targets, available, night, fees, refused):
    held = c.position_now
    if c.i > 0 and held < 0:
        fees[0] += -held * night[c.i - 1, c.col]
    size = targets[c.i, c.col] - held
    if size < 0:
        capacity = max(held + available[c.i, c.col], 0.0)
        if -size > capacity:
            refused[0] += 1
            size = -capacity
    if size == 0:
        return nb.order_nothing_nb()
    return nb.order_nb(size=size, price=c.close[c.i, c.col])


def main(folder, rounds):
    names = ("targets", "close", "availability", "fee_rate", "days")
    w = {name: np.load(Path(folder) / f"{name}.npy") for name in names}
    night = w["close"] * w["fee_rate"] * w["days"][:, None] / 360
    targets, available = w["targets"].astype(np.float64), w["availability"].astype(np.float64)

    def run():
        fees, refused = np.zeros(1), np.zeros(1, np.int64)
        vbt.Portfolio.from_order_func(
            w["close"], order, targets, available, night, fees, refused,
            init_cash=1e9, max_orders=targets.size // 2, max_logs=1,
        )  # fmt: skip
        return float(fees[0]), int(refused[0])

    fees, refused = run()
    seconds = []
    for _ in range(int(rounds)):
        start = time.perf_counter()
        fees, refused = run()
        seconds.append(time.perf_counter() - start)
    peak = next(
        int(line.split()[1]) / 1024
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmHWM")
    )
    print(
        json.dumps(
            {
                "fees": fees,
                "refused": refused,
                "warm": seconds,
                "mib": peak,
                "version": vbt.__version__,
            }
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
