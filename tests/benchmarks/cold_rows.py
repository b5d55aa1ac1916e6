"""Cold look-ups in new processes against DuckDB, and what importing costs."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from .answers import agree
from .dense_file import dense_file
from .environments import ROOT, environment, last_json, run_ours, run_peer
from .markets import History, history
from .report import Row
from .sizes import Sizes
from .timing import seconds as seconds_of

MEMORY_LIMIT = 64.0  # MiB, from the table
BETWEEN = timedelta(minutes=7)  # asked between two snapshots: as-of, not exact
IMPORT = "import time; s = time.perf_counter(); import {}; print(time.perf_counter() - s)"

Runs = list[dict[str, Any]]


def question(h: History) -> tuple[int, int]:
    """Row and column of a present symbol in the middle of the history."""
    column = len(h.local) // 2
    return next(
        row for row in range(len(h.symbols) // 2, len(h.symbols)) if h.quantity[row, column] > 0
    ), column


def cold(h: History, folder: Path, kind: str, rounds: int) -> tuple[Runs, Runs]:
    """Interleaved runs of ours and of DuckDB on the same question, each with the expected answer."""
    row, column = question(h)
    symbol = str(h.symbols[row])
    local = (h.local[column] + BETWEEN).isoformat()
    instant = (
        datetime(1970, 1, 1) + timedelta(microseconds=int(h.instants[column])) + BETWEEN
    ).isoformat()
    expected = (
        int(h.quantity[row, column]) if kind == "one" else int((h.quantity[:, column] > 0).sum())
    )
    dense = dense_file(h)
    ask = ("cold", kind, folder, h.shape.name, symbol, local)
    late = run_ours(*ask)["late"]
    ours: Runs = []
    theirs: Runs = []
    for number in range(rounds + 1):  # the first one warms the file cache
        if number % 2:
            ours.append(run_ours(*ask, *late))
            theirs.append(run_peer("duckdb", "duckdb_lookup.py", kind, dense, symbol, instant))
        else:
            theirs.append(run_peer("duckdb", "duckdb_lookup.py", kind, dense, symbol, instant))
            ours.append(run_ours(*ask, *late))
    for who, runs in (("shortable", ours), ("DuckDB", theirs)):
        agree(
            f"cold {kind} look-up, {h.shape.name}, {who}",
            {run["answer"] for run in runs},
            {expected},
        )
    return ours[1:], theirs[1:]


def seconds(runs: Runs) -> list[float]:
    """Seconds of each run."""
    return [run["seconds"] for run in runs]


def cold_rows(title: str, h: History, folder: Path, sizes: Sizes) -> list[Row]:
    """One symbol and the whole market."""
    ours, theirs = cold(h, folder, "one", sizes.processes)
    found = [
        Row.of(
            f"cold look-up of one symbol, {title} / DuckDB", seconds(ours), seconds(theirs), 1 / 4
        )
    ]
    if ours[0]["mib"] is not None:
        found.append(
            Row(
                f"additional memory of that, {title} / 64 MiB",
                max(run["mib"] for run in ours),
                MEMORY_LIMIT,
                1.0,
                {"unit": "MiB"},
            )
        )
    ours, theirs = cold(h, folder, "all", max(3, sizes.processes // 2))
    found.append(
        Row.of(
            f"cold all_shortable_symbols, {title} / DuckDB", seconds(ours), seconds(theirs), 1 / 2
        )
    )
    return found


def import_row(sizes: Sizes) -> Row:
    """Importing shortable against importing what it stands on, in new processes."""
    times: dict[str, list[float]] = {"shortable": [], "pandas, pyarrow": []}
    for number in range(2 * sizes.processes + 1):
        for names in reversed(times) if number % 2 else times:
            times[names].append(float(last_json([sys.executable, "-c", IMPORT.format(names)])))
    ours, base = (runs[1:] for runs in times.values())  # the first ones fill the file cache
    return Row.of("import shortable / import pandas, pyarrow", ours, base, 1.05)


def help_row(sizes: Sizes) -> Row:
    """``shortable --help``, whole process, against a process that imports typer."""
    commands = {
        "ours": [sys.executable, "-m", "shortable", "--help"],
        "typer": [sys.executable, "-c", "import typer"],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(sizes.processes + 1):
        for name in reversed(commands) if number % 2 else commands:
            done = partial(
                subprocess.run,
                commands[name],
                check=True,
                capture_output=True,
                cwd=ROOT,
                env=environment(),
            )
            times[name].append(seconds_of(done))
    return Row.of(
        "shortable --help / python -c 'import typer'", times["ours"][1:], times["typer"][1:], 2.0
    )


def rows(sizes: Sizes, folder: Path) -> list[Row]:
    """The cold look-ups in both histories."""
    return [
        *cold_rows("daily", history(sizes.daily), folder, sizes),
        *cold_rows("15-minute", history(sizes.month), folder, sizes),
    ]
