"""Studies: `constrain` on W4 against vectorbt, `audit` of a million fills against pandas, sweeps on two cores, how cost grows, memory."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from . import w1, w4
from .answers import agree
from .environments import cache, run_ours, run_peer, say
from .report import Row
from .sizes import Sizes

PAPER = 1_228.8  # MiB: 1.2 GB of 1,024 MiB


def constrain_rows(sizes: Sizes) -> list[Row]:
    """Targets clipped to what is available, in processes of their own; both must come to the same fees."""
    shape = sizes.w4_sessions, sizes.w4_symbols
    rounds = min(sizes.rounds, 3)
    ours = run_ours("research_w4", *shape, rounds)
    panel = w4.make(*shape)
    days = np.diff(panel.dates.to_numpy()).astype("timedelta64[D]").astype(np.int64)
    with tempfile.TemporaryDirectory(dir=cache()) as where:
        for name in ("targets", "close", "availability", "fee_rate"):
            np.save(Path(where) / f"{name}.npy", getattr(panel, name))
        np.save(Path(where) / "days.npy", np.append(days, 0))
        del panel
        theirs = run_peer("vectorbt", "vectorbt_w4.py", where, rounds)
    agree("orders cut on W4", ours["refused"], theirs["refused"])
    # Added up in another order over millions of nights.
    agree("fees on W4", abs(ours["fees"] / theirs["fees"] - 1) < 1e-9, True)
    say(
        f"W4: {ours['refused']:,} orders cut, {ours['nights']:,} nights; inputs {ours['inputs']:.0f} MiB, the process "
        f"{ours['mib']:.0f} MiB at its peak, {ours['added']:.0f} MiB of it constrain's; vectorbt {theirs['mib']:.0f} MiB"
    )
    return [
        Row.of(
            "constrain with fees, W4 / vectorbt from_order_func clipped by hand, warm",
            ours["warm"],
            theirs["warm"],
            1.0,
            version=theirs["version"],
            refused=ours["refused"],
        ),
        Row(
            "peak memory of that process, inputs included / 1.2 GB",
            ours["mib"],
            PAPER,
            1.0,
            {"unit": "MiB"},
        ),
        Row(
            "peak memory added by that call, W4 / its inputs",
            ours["added"],
            ours["inputs"],
            None,
            {"unit": "MiB"},
        ),
    ]


def audit_row(sizes: Sizes) -> Row:
    """Look-ups, positions, verdicts, borrow costs and marks, against the look-up alone."""
    found = run_ours(
        "audit_fills", sizes.fills, sizes.fill_symbols, sizes.w4_sessions, min(sizes.rounds, 3)
    )
    say(f"audit: {found['refused']:,} refused, {found['added']:.0f} MiB added")
    return Row.of(
        f"audit of {sizes.fills:,} fills over {sizes.fill_symbols:,} symbols / pandas merge_asof and group-by",
        found["ours"],
        found["pandas"],
        3.0,
        mib=found["added"],
    )


def sweep_row(sizes: Sizes) -> Row:
    """Runs of W1/10 on one process and on two, in turns; the ratio is one over the gain."""
    path = w1.make(sizes.w1_sessions, max(sizes.w1_symbols // 10, 1)).save(cache())
    took: dict[int, list[float]] = {1: [], 2: []}
    results: set[Any] = set()
    for number in range(min(sizes.w1_rounds, 3)):
        for workers in (2, 1) if number % 2 else (1, 2):
            run = run_ours("sweep_w1", path, sizes.sweep_runs, workers)
            took[workers].append(run["seconds"])
            results.add((run["done"], run["profit"]))
    agree("runs of the sweep", {done for done, _ in results}, {sizes.sweep_runs})
    agree("results of one process and of two", len(results), 1)
    return Row.of(
        f"sweep of {sizes.sweep_runs} runs of W1/10, two processes / one process",
        took[2],
        took[1],
        1 / 1.8,
    )


def scaling_rows(sizes: Sizes) -> list[Row]:
    """The power of the size with which a run's cost grows, beside 1."""
    found = []
    for what in ("bars", "symbols", "orders"):
        run = run_ours("scaling", what, sizes.growth, min(sizes.rounds, 3))
        name = f"exponent of a run's cost as {what} grow by {sizes.growth} / 1"
        found.append(Row(name, run["exponent"], 1.0, 1.05, {"unit": "power"}))
    return found


def memory_rows(sizes: Sizes, folder: Path) -> list[Row]:
    """Peak memory of processes that do W1, W2 and W3, against the arrays that hold the workload; printed."""
    w = w1.make(sizes.w1_sessions, sizes.w1_symbols)
    arrays = sum(values.nbytes for values in w.arrays().values()) / 2**20
    found = [_memory("W1", run_ours("engine_w1", w.save(cache()))["mib"], arrays)]
    for title, shape in (("W2", sizes.daily), ("W3's month", sizes.month)):
        peak = run_ours("memory", shape.name, folder, sizes.symbols)["mib"]
        # Quantity and fee of each symbol that is asked about, at each time, 8 bytes each.
        found.append(_memory(title, peak, sizes.symbols * shape.snapshots * 16 / 2**20))
    return found


def _memory(title: str, peak: float, arrays: float) -> Row:
    return Row(
        f"peak memory of {title} / the arrays of the workload", peak, arrays, None, {"unit": "MiB"}
    )


def rows(sizes: Sizes) -> list[Row]:
    """All rows of studies."""
    return [*constrain_rows(sizes), audit_row(sizes), sweep_row(sizes), *scaling_rows(sizes)]
