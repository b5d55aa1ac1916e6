"""How much is measured: the issue's sizes, or small ones that only show that everything runs."""

from __future__ import annotations

from dataclasses import dataclass

from .markets import DAILY, MONTH, QUICK_DAILY, QUICK_MONTH, Shape


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes and repetitions of every row.

    Attributes
    ----------
    daily, month : Shape
        The two histories.
    symbols : int
        Symbols that the point and bulk look-ups are spread over.
    pairs, at_pairs, bulk : int
        Point look-ups, those of them that pandas `.at` repeats, and bulk look-ups.
    rounds : int
        Interleaved rounds in one process.
    processes : int
        Interleaved rounds of new processes.
    w1_sessions, w1_symbols, w1_rounds, check_rounds : int
        Workload W1, rounds against the peers, rounds of the order check.
    w4_sessions, w4_symbols : int
        Workload W4; its sessions are those of the audited fills too.
    fills, fill_symbols : int
        Fills that are audited, and their symbols.
    sweep_runs : int
        Runs of the sweep.
    growth : int
        By which bars, symbols and orders grow.
    """

    daily: Shape
    month: Shape
    symbols: int
    pairs: int
    at_pairs: int
    bulk: int
    rounds: int
    processes: int
    w1_sessions: int
    w1_symbols: int
    w1_rounds: int
    check_rounds: int
    w4_sessions: int
    w4_symbols: int
    fills: int
    fill_symbols: int
    sweep_runs: int
    growth: int


# fmt: off
FULL = Sizes(DAILY, MONTH, 500, 200_000, 20_000, 1_000_000, 9, 11, 2_520, 50, 5, 25, 2_500, 5_000, 1_000_000, 3_000, 64, 100)
QUICK = Sizes(QUICK_DAILY, QUICK_MONTH, 50, 5_000, 500, 20_000, 3, 3, 252, 10, 1, 3, 100, 50, 5_000, 30, 4, 3)
# fmt: on
