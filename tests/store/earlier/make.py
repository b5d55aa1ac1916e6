"""Makes a small store with the release that is on the path: ``PYTHONPATH=<a checkout> python make.py FOLDER``.

1_file is of commit 0ed36b5, 1_parts of 3085b61, 2_venues of 0867094, 3_sessions of 2e02578, 3_digests of 528c292, 4_dense of 2ab5bf0.
"""

from __future__ import annotations

import inspect
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import shortable.store as store

DAY = 86_400_000_000
MADE = inspect.signature(store.make_snapshot).parameters


def snapshot(day: int, **more: Any) -> Any:
    rows = {
        "symbol": ["F", "GME", "SPY"],
        "quantity": [day, None, day * 100],
        "quantity_is_floor": [False, False, True],
        "fee_rate": [0.0025, day / 8, None],
        "rebate_rate": [0.03, None, -0.01],
    }
    return store.make_snapshot(day * DAY, rows, complete=day % 4 != 3, **more)


def put(folder: Path, broker: str, days: range, **options: Any) -> None:
    for day in days:
        store.append(broker, [snapshot(day)], data_folder=folder, **options)


def make(folder: Path) -> None:
    put(folder, "file", range(10, 14))
    if hasattr(store, "Layout"):
        parts = store.Layout(single_file_rows=0, part_rows=12, fan=3)
        put(folder, "folder", range(10, 18), layout=parts)
    if "kind" in MADE:
        venue = {"venue": "TWSE", "unreadable": ["AMC"]}
        store.append("venue", [snapshot(10, **venue)], data_folder=folder)
        for day in (10, 11):
            session = date(1970, 1, 1) + timedelta(days=day + 1)
            flow: dict[str, Any] = {"session": session} if "session" in MADE else {}
            one = snapshot(day, kind="daily_flow", **venue, **flow)
            store.append("flow", [one], data_folder=folder)
    if hasattr(store, "compact"):
        put(folder, "dense", range(10, 14))
        store.compact("dense", data_folder=folder)
        many = store.Layout(single_file_rows=0, part_rows=100, fan=30)
        put(folder, "densefolder", range(10, 18), layout=many)
        parts = store.Layout(single_file_rows=0, part_rows=12, fan=30)
        store.compact("densefolder", data_folder=folder, layout=parts)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
