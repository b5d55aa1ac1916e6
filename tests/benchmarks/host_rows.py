"""The engine on W1 against vectorbt, zipline-reloaded and nautilus_trader."""

from __future__ import annotations

import statistics
import subprocess
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from . import w1
from .answers import agree
from .environments import cache, run_ours, run_peer, say
from .reference import Outcome, simulate
from .report import Row
from .sizes import Sizes
from .timing import seconds

CENT = 0.005
COLD_ROUNDS = 2  # vectorbt compiles for a quarter of a minute


def came_to(name: str, run: dict[str, Any], expected: Outcome) -> None:
    """All hosts must come to the reference's counts and fees."""
    agree(
        f"W1 on {name}",
        (run["orders"], run["refused"], run["filled"], abs(run["fees"] - expected.fees) < CENT),
        (expected.orders, expected.refused, expected.filled, True),
    )


def vectorbt_rows(w: w1.Workload, sizes: Sizes) -> list[Row]:
    """Warm, in one process each; and cold, by the clock of whoever starts the process."""
    path, expected = w.save(cache()), simulate(w)
    theirs = run_peer("vectorbt", "vectorbt_w1.py", path, sizes.check_rounds)
    ours = run_ours("engine_w1", path, sizes.w1_rounds)
    came_to("vectorbt", theirs, expected)
    came_to("shortable", ours, expected)
    whole: dict[str, list[float]] = {"ours": [], "theirs": []}
    starts: dict[str, Callable[[], Any]] = {
        "ours": lambda: run_ours("engine_w1", path),
        "theirs": lambda: run_peer("vectorbt", "vectorbt_w1.py", path, 0),
    }
    for number in range(min(sizes.w1_rounds, COLD_ROUNDS)):
        for name in reversed(starts) if number % 2 else starts:
            whole[name].append(seconds(starts[name]))
    return [
        Row.of(
            "engine on W1 with availability and fees, warm / vectorbt from_order_func, warm",
            ours["warm"],
            theirs["warm"],
            2.5,
            version=theirs["version"],
        ),
        Row.of(
            "the same, whole process from a cold start / vectorbt, whole process from a cold start",
            whole["ours"],
            whole["theirs"],
            1 / 10,
            version=theirs["version"],
        ),
    ]


def zipline_row(w: w1.Workload, sizes: Sizes) -> Row:
    """On the sessions of New York, which its calendar insists on; ours runs on the same ones."""
    full, theirs, ours = w.save(cache()), [], []
    for _ in range(min(sizes.w1_rounds, 2)):
        theirs.append(run_peer("zipline", "zipline_w1.py", full))
    kept = np.isin(w.dates, np.array(theirs[0]["dates"], dtype="datetime64[D]"))
    cut = replace(
        w,
        dates=w.dates[kept],
        **{
            name: getattr(w, name)[kept]
            for name in ("open", "high", "low", "close", "volume", "availability", "fee_rate")
        },
    )
    path, expected = cut.save(cache()), simulate(cut)
    came_to("zipline-reloaded", theirs[0], expected)
    for _ in theirs:
        ours.append(run_ours("engine_w1", path))
        came_to("shortable", ours[-1], expected)
    return _row("zipline-reloaded", ours, theirs, 1 / 25)


def nautilus_row(w: w1.Workload, sizes: Sizes) -> Row:
    """The newest 1.x."""
    path, expected = w.save(cache()), simulate(w)
    ours, theirs = [], []
    for _ in range(min(sizes.w1_rounds, 2)):
        theirs.append(run_peer("nautilus", "nautilus_w1.py", path))
        ours.append(run_ours("engine_w1", path))
    came_to("nautilus_trader", theirs[0], expected)
    return _row("nautilus_trader", ours, theirs, 1 / 40)


def _row(host: str, ours: list[dict[str, Any]], theirs: list[dict[str, Any]], target: float) -> Row:
    medians = [statistics.median(run["cpu"] for run in runs) for runs in (ours, theirs)]
    return Row.of(
        f"engine on W1 with availability and fees / {host}",
        [run["seconds"] for run in ours],
        [run["seconds"] for run in theirs],
        target,
        ratio_of_cpu=medians[0] / medians[1],
        version=theirs[0]["version"],
    )


def rows(sizes: Sizes) -> list[Row]:
    """All rows of hosts that install; one that does not is named."""
    w = w1.make(sizes.w1_sessions, sizes.w1_symbols)
    found = vectorbt_rows(w, sizes)
    for name, make in (("zipline-reloaded", zipline_row), ("nautilus_trader", nautilus_row)):
        try:
            found.append(make(w, sizes))
        except subprocess.CalledProcessError as error:
            say(f"{name} does not install or run here: {error}")
    return found
