"""A sweep of runs of W1/10 (5 symbols, 10 years): ``python -m tests.benchmarks.sweep_w1 FILE.npz RUNS WORKERS`` -> JSON."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from shortable.engine import Backtest, MarketData
from shortable.research import sweep
from shortable.results import Result

from .engine_w1 import algorithm, limited, load


@cache
def _inputs(path: str) -> tuple[Any, MarketData, Any]:
    w = load(Path(path))
    return w, MarketData.from_frames(w.frames()), limited(w)


def run(path: str, parameters: Mapping[str, Any]) -> Result:
    """One run; a worker reads its inputs once."""
    w, data, provider = _inputs(path)
    cash = 1e6 + float(parameters["run"])
    return Backtest(algorithm(w, provider), data=data, cash=cash).run()


def main(path: str, runs: str, workers: str) -> None:
    """Sweep; making worker processes, and their imports, belong to the time."""
    grid = {"run": list(range(int(runs)))}
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        # By its name in the module, which workers import; in __main__ it would be another one.
        from tests.benchmarks.sweep_w1 import run as named

        found = sweep(partial(named, path), grid, Path(folder) / "swept", workers=int(workers))
        seconds = time.perf_counter() - start
    done = int((found["status"] == "done").sum())
    print(json.dumps({"seconds": seconds, "done": done, "profit": found["net_profit"].sum()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
