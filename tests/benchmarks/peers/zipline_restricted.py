"""``is_restricted`` of zipline-reloaded's HistoricalRestrictions, one asset at a time. ``zipline_restricted.py FILE.npz`` -> JSON.

The file has instants (µs, UTC, ascending), restricted (symbols × instants, bool) and the pairs asked about.
"""

import json
import sys
import time

import numpy as np
import pandas as pd
from zipline.assets import Equity, ExchangeInfo
from zipline.finance.asset_restrictions import (
    RESTRICTION_STATES,
    HistoricalRestrictions,
    Restriction,
)


def main(path):
    w = np.load(path)
    times = pd.DatetimeIndex(w["instants"].astype("datetime64[us]")).tz_localize("UTC")
    restricted = w["restricted"]
    states = RESTRICTION_STATES
    exchange = ExchangeInfo("New York Stock Exchange", "NYSE", "US")
    assets = [Equity(at, exchange) for at in range(len(restricted))]
    changes = []
    for asset, row in zip(assets, restricted, strict=True):
        begun = np.flatnonzero(np.diff(row, prepend=not row[0]))
        changes += [
            Restriction(asset, times[at], states.FROZEN if row[at] else states.ALLOWED)
            for at in begun.tolist()
        ]
    held = HistoricalRestrictions(changes)
    asked = [
        (assets[a], pd.Timestamp(t, unit="us", tz="UTC"))
        for a, t in zip(w["asked"].tolist(), w["at"].tolist(), strict=True)
    ]
    start = time.perf_counter()
    answers = [held.is_restricted(asset, moment) for asset, moment in asked]
    seconds = time.perf_counter() - start
    print(
        json.dumps(
            {"seconds": seconds, "restricted": int(np.sum(answers)), "changes": len(changes)}
        )
    )


if __name__ == "__main__":
    main(sys.argv[1])
