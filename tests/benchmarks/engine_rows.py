"""The engine on W1 against the peers, and what its order check costs."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import pandas as pd

from shortable import FrameShortableProvider, NullShortableProvider
from shortable.engine import Backtest, MarketData

from . import w1
from .answers import agree
from .engine_w1 import algorithm
from .environments import cache, run_ours, run_peer, say
from .reference import simulate
from .report import Row
from .sizes import Sizes
from .timing import interleaved

AMPLE = 10_000  # the most that the availability table holds; W1 never holds more than 100
CENT = 0.005


def peer_rows(w: w1.Workload, sizes: Sizes) -> list[Row]:
    """Each host in a process of its own, turn by turn; all must come to the reference's counts and fees."""
    path, expected = w.save(cache()), simulate(w)
    say(
        f"W1 {w.digest()}: {expected.orders:,} orders, {expected.refused:,} refused, fees {expected.fees:,.2f}"
    )
    hosts: dict[str, Callable[[], Any]] = {
        "shortable": lambda: run_ours("engine_w1", path),
        "backtesting.py": lambda: run_peer("backtesting", "backtesting_py.py", path),
        "backtrader": lambda: run_peer("backtrader", "backtrader_w1.py", path),
    }
    seconds: dict[str, list[float]] = {name: [] for name in hosts}
    cpu: dict[str, list[float]] = {name: [] for name in hosts}
    tables: list[float] = []
    for number in range(sizes.w1_rounds):
        for name in reversed(hosts) if number % 2 else hosts:
            run = hosts[name]()
            agree(
                f"W1 on {name}",
                (
                    run["orders"],
                    run["refused"],
                    run["filled"],
                    abs(run["fees"] - expected.fees) < CENT,
                ),
                (expected.orders, expected.refused, expected.filled, True),
            )
            seconds[name].append(run["seconds"])
            cpu[name].append(run["cpu"])
            tables += [run["seconds_with_tables"]] if name == "shortable" else []
    counts = {"orders": expected.orders, "refused": expected.refused}
    # Each host runs on one core, so processor time tells what a busy machine hides from the clock on the wall.
    ratios = {
        name: statistics.median(cpu["shortable"]) / statistics.median(values)
        for name, values in cpu.items()
    }
    for name in ("backtesting.py", "backtrader"):
        say(f"W1 in processor time / {name}: 1/{1 / ratios[name]:.1f}")
    against = "engine on W1 with availability and fees"
    return [
        Row.of(
            f"{against} / backtesting.py",
            seconds["shortable"],
            seconds["backtesting.py"],
            1 / 8,
            ratio_of_cpu=ratios["backtesting.py"],
            **counts,
        ),
        Row.of(
            f"{against} / backtrader",
            seconds["shortable"],
            seconds["backtrader"],
            1 / 40,
            ratio_of_cpu=ratios["backtrader"],
            **counts,
        ),
        Row.of(
            "the same, until every table of the result is made / backtesting.py",
            tables,
            seconds["backtesting.py"],
            1 / 6,
            **counts,
        ),
    ]


def check_row(w: w1.Workload, sizes: Sizes) -> Row:
    """The same orders, once asked of a provider that always has enough, once of the null provider.

    The null run was once three times slower than the other, by a slow way of its own, and the ratio looked fine:
    hence the lower bound.
    """
    data = MarketData.from_frames(w.frames())
    ample = FrameShortableProvider(pd.DataFrame(AMPLE, index=w.index, columns=w.symbols))
    runs = {
        name: Backtest(algorithm(w, provider), data=data).run
        for name, provider in (("ample", ample), ("null", NullShortableProvider()))
    }
    results = {name: run() for name, run in runs.items()}
    agree(
        "orders with ample availability and without a check",
        [
            len(results["ample"].orders),
            len(results["ample"].refusals),
            len(results["ample"].fills),
        ],
        [len(results["null"].orders), 0, len(results["null"].fills)],
    )
    times = interleaved(runs, sizes.check_rounds, collect=True)
    return Row.of(
        "order check in the engine, ample availability / NullShortableProvider",
        times["ample"],
        times["null"],
        1.05,
        plausible=0.9,
    )


def rows(sizes: Sizes) -> list[Row]:
    """All engine rows."""
    w = w1.make(sizes.w1_sessions, sizes.w1_symbols)
    return [*peer_rows(w, sizes), check_row(w, sizes)]
