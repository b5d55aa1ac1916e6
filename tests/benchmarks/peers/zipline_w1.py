"""W1 on zipline-reloaded, availability and fees by hand. ``zipline_w1.py FILE.npz`` -> JSON.

The bundle is made by shortable's adapter, before the clock starts; nothing else of shortable is used.
"""

import json
import os
import sys
import tempfile
import time
import warnings

import numpy as np
import pandas as pd
import zipline
from zipline import api
from zipline.finance import commission, slippage

from shortable.adapters.zipline import bundle_of_frames

SHARES, CYCLE, HOLD, CASH = 100, 10, 5, 10_000_000.0
BUNDLE = "w1"


def main(path):
    warnings.simplefilter("ignore")
    w = np.load(path)
    dates = pd.DatetimeIndex(w["dates"].astype("datetime64[D]"))
    # Weekdays that are no New York sessions are not in its calendar: the workload is cut to those that are.
    sessions = zipline.get_calendar("XNYS").sessions_in_range(dates[0], dates[-1])
    keep = dates.isin(pd.DatetimeIndex(sessions).tz_localize(None))
    symbols = w["symbols"].tolist()
    frames = {
        symbol: pd.DataFrame(
            {name: w[name][keep, k] for name in ("open", "high", "low", "close", "volume")},
            index=dates[keep],
        )
        for k, symbol in enumerate(symbols)
    }
    days = np.diff(w["dates"][keep])
    night = (w["close"][keep][:-1] * w["fee_rate"][keep][:-1] * days[:, None] / 360).tolist()
    available = w["availability"][keep].tolist()
    last = int(keep.sum()) - 2
    counts = {"orders": 0, "refused": 0, "fees": 0.0}

    def initialize(context):
        context.bar = -1
        context.assets = [api.symbol(symbol) for symbol in symbols]
        api.set_slippage(slippage.NoSlippage())
        api.set_commission(commission.NoCommission())

    def handle_data(context, data):
        context.bar += 1
        i, positions = context.bar, context.portfolio.positions
        for k, asset in enumerate(context.assets):
            held = positions[asset].amount if asset in positions else 0
            if i and context.before[k] < 0:
                counts["fees"] += -context.before[k] * night[i - 1][k]
            if 1 <= i <= last:
                if i % CYCLE == k % CYCLE:
                    counts["orders"] += 1
                    if held - SHARES >= -available[i][k]:
                        api.order(asset, -SHARES)
                    else:
                        counts["refused"] += 1
                elif i % CYCLE == (k + HOLD) % CYCLE and held < 0:
                    counts["orders"] += 1
                    api.order(asset, SHARES)
        context.before = [
            positions[asset].amount if asset in positions else 0 for asset in context.assets
        ]

    with tempfile.TemporaryDirectory() as root:
        environ = {**os.environ, "ZIPLINE_ROOT": root}
        bundle_of_frames(frames, name=BUNDLE, environ=environ)
        start, cpu = time.perf_counter(), time.process_time()
        results = zipline.run_algorithm(
            dates[keep][0],
            dates[keep][-1],
            initialize,
            CASH,
            handle_data=handle_data,
            bundle=BUNDLE,
            environ=environ,
            benchmark_returns=pd.Series(0.0, index=dates[keep].tz_localize("UTC")),
            default_extension=False,
        )
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    filled = sum(len(day) for day in results["transactions"])
    print(
        json.dumps(
            {
                "host": "zipline-reloaded",
                "version": zipline.__version__,
                "dates": w["dates"][keep].tolist(),
                "filled": filled,
                **counts,
                "seconds": seconds,
                "cpu": cpu,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
