"""`constrain` and a panel on W4 over a store of parts, all symbols at once and in parts: ``python -m tests.benchmarks.parts_w4 [SESSIONS SYMBOLS ROUNDS]``.

Availability and fees are a store with a snapshot for each session; targets and closes are Parquet files, of which a worker
reads its columns. Each row of the Markdown table that is printed is the least of ROUNDS new processes. The time of a
cluster is that of one which runs already.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from shortable import LocalDiskShortableProvider
from shortable.clock import published_instant
from shortable.research import Constrained, constrain, in_parts
from shortable.store import append, make_snapshot

from . import w4
from .cold import MIB, forget_peak, resident

ROADS = ("at once", "in parts, here", "2 processes", "Dask, 2 workers")
CHOICES = (("positions",), ("positions", "refusals", "borrow_costs"), ("panel",))
SIZE = 1_000
SOME = 100  # snapshots appended at a time


def make(folder: Path, sessions: int, symbols: int) -> None:
    """Write the store, targets and closes."""
    panel = w4.make(sessions, symbols)
    panel.frame(panel.targets).to_parquet(folder / "targets.parquet")
    panel.frame(panel.close).to_parquet(folder / "closes.parquet")
    snapshots = [
        make_snapshot(
            published_instant(day.to_pydatetime()),
            {
                "symbol": panel.symbols,
                "quantity": panel.availability[row],
                "fee_rate": panel.fee_rate[row],
            },
            complete=True,
        )
        for row, day in enumerate(panel.dates)
    ]
    for start in range(0, sessions, SOME):
        append("w4", snapshots[start : start + SOME], data_folder=folder)


@cache
def provider(folder: Path) -> LocalDiskShortableProvider:
    """The store, opened once by each process: it keeps what it has decoded."""
    return LocalDiskShortableProvider("w4", folder)


def held(folder: Path, symbols: list[str]) -> Constrained:
    """Constrain the targets of these symbols."""
    targets, closes = (
        pd.read_parquet(folder / f"{name}.parquet", columns=symbols)
        for name in ("targets", "closes")
    )
    found = constrain(targets, provider(folder), closes, on_exceed="clip")
    note_peak(folder)
    return found


def lent(folder: Path, symbols: list[str]) -> pd.DataFrame:
    """What could be borrowed of these symbols."""
    found = provider(folder).panel(symbols, datetime(2014, 1, 2), datetime(2024, 1, 2))
    note_peak(folder)
    return found


def note_peak(folder: Path) -> None:
    """Write this process's peak of memory where the first one finds it."""
    (folder / "peaks" / str(os.getpid())).write_text(str(resident("VmHWM") or 0))


def measure(folder: Path, road: str, tables: tuple[str, ...]) -> dict[str, float]:
    """Take one road in this process; seconds, MiB."""
    # By its name in the module, which workers import; in __main__ it would be another one.
    from tests.benchmarks import parts_w4 as named

    symbols = pd.read_parquet(folder / "symbols.parquet")["symbol"].tolist()
    peaks = folder / "peaks"
    for left in peaks.iterdir():
        left.unlink()
    study = named.lent if tables == ("panel",) else named.held
    run = partial(in_parts, partial(study, folder), symbols, tables)
    forget_peak()
    start, used = time.perf_counter(), time.process_time()
    if road == "at once":
        found = run(size=len(symbols), workers=1)
    elif road == "in parts, here":
        found = run(size=SIZE, workers=1)
    elif road == "2 processes":
        found = run(size=SIZE, workers=2)
    else:
        from distributed import Client, LocalCluster

        with (
            LocalCluster(
                n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
            ) as cluster,
            Client(cluster) as client,
        ):
            client.run(__import__, "shortable.research")
            forget_peak()
            start, used = time.perf_counter(), time.process_time()
            found = run(size=SIZE, executor=client.get_executor())
    seconds = time.perf_counter() - start
    mine = os.getpid()
    others = [int(p.read_text()) for p in peaks.iterdir() if int(p.name) != mine]
    return {
        "seconds": seconds,
        "cpu": time.process_time() - used,
        "peak": (resident("VmHWM") or 0) / MIB,
        "worker": max(others, default=0) / MIB,
        "moved": sum(len(pickle.dumps(table)) for table in found.tables.values()) / MIB
        if others
        else 0.0,
        "rows": sum(map(len, found.tables.values())),
        "sum": int(found.tables[tables[0]].sum().sum()),
    }


def main(sessions: str = "2500", symbols: str = "5000", rounds: str = "3") -> None:
    """Measure every road with every choice of tables, in turns."""
    with tempfile.TemporaryDirectory() as where:
        folder = Path(where)
        make(folder, int(sessions), int(symbols))
        (folder / "peaks").mkdir()
        names = [f"W{k:04d}" for k in range(int(symbols))]
        pd.DataFrame({"symbol": names}).to_parquet(folder / "symbols.parquet")
        found: dict[tuple[int, str], list[dict[str, Any]]] = {}
        for _ in range(int(rounds)):
            for choice in range(len(CHOICES)):
                for road in ROADS:
                    one = [
                        sys.executable,
                        "-m",
                        "tests.benchmarks.parts_w4",
                        where,
                        road,
                        str(choice),
                    ]
                    done = subprocess.run(one, check=True, capture_output=True, text=True)
                    found.setdefault((choice, road), []).append(json.loads(done.stdout))
                    print(choice, road, done.stdout.strip(), file=sys.stderr)
    print("| tables | road | seconds | peak, MiB | of a worker, MiB | sent back, MiB |")
    print("|---|---|--:|--:|--:|--:|")
    for (choice, road), runs in found.items():
        assert {(run["rows"], run["sum"]) for run in runs} == {
            (run["rows"], run["sum"]) for run in found[choice, ROADS[0]]
        }
        least = {name: np.min([run[name] for run in runs]) for name in runs[0]}
        print(
            f"| {', '.join(CHOICES[choice])} | {road} | {least['seconds']:.1f} | {least['peak']:,.0f} "
            f"| {least['worker']:,.0f} | {least['moved']:,.0f} |"
        )


if __name__ == "__main__":
    if len(sys.argv) == 4 and not sys.argv[1].isdigit():
        print(json.dumps(measure(Path(sys.argv[1]), sys.argv[2], CHOICES[int(sys.argv[3])])))
    else:
        main(*sys.argv[1:])
