"""Interleaved timing: candidates take turns within one call."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from typing import Any


def seconds(run: Callable[[], Any]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def interleaved(
    runs: Mapping[str, Callable[[], Any]], rounds: int, *, warm: bool = True, collect: bool = False
) -> dict[str, list[float]]:
    """Time each candidate once a round; every other round goes backwards, so that drift hits both alike.

    Parameters
    ----------
    runs : mapping of str to callable
    rounds : int
    warm : bool
        Run each once beforehand, untimed.
    collect : bool
        False switches the garbage collector off meanwhile, as timeit does; True leaves it on and collects
        before each timed run.

    Returns
    -------
    dict of str to list of float
        Seconds, one a round.
    """
    times: dict[str, list[float]] = {name: [] for name in runs}
    if warm:
        for run in runs.values():
            run()
    enabled = gc.isenabled()
    try:
        if not collect:
            gc.collect()
            gc.disable()
        for number in range(rounds):
            for name in reversed(runs) if number % 2 else runs:
                if collect:
                    gc.collect()
                times[name].append(seconds(runs[name]))
    finally:
        if enabled:
            gc.enable()
    return times
