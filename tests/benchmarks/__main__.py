"""``python -m tests.benchmarks [all|lookups] [--json|--markdown] [--quick] [--only PART ...]``: all rows, or those that need no other host."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from .environments import cache, machine, say, say_load
from .report import Row, to_json, to_markdown, to_table
from .sizes import FULL, QUICK, Sizes

LOOKUPS = ("warm", "cold", "engine", "parse", "import")
PARTS = (*LOOKUPS, "bulk", "hosts", "studies", "memory")


def measure(sizes: Sizes, parts: list[str]) -> list[Row]:
    """Measure the chosen parts; big files that are not in the cache are made first."""
    from . import (
        bulk_rows,
        cold_rows,
        engine_rows,
        host_rows,
        lookup_rows,
        parse_rows,
        stores,
        study_rows,
    )

    rows: list[Row] = []
    if {"warm", "cold", "bulk", "memory"} & set(parts):
        folder = stores.folder()
        writing = stores.rows(sizes, folder)
        if "warm" in parts:
            say("warm look-ups ...")
            rows += lookup_rows.rows(sizes, folder)
        if "cold" in parts:
            say("cold look-ups ...")
            rows += cold_rows.rows(sizes, folder)
        if "bulk" in parts:
            say("bulk look-ups against pandas, polars, zipline; appends ...")
            rows += bulk_rows.rows(sizes, folder)
        if "memory" in parts:
            say("memory ...")
            rows += study_rows.memory_rows(sizes, folder)
        rows += writing
    if "engine" in parts:
        say("engine ...")
        rows += engine_rows.rows(sizes)
    if "parse" in parts:
        say("importer ...")
        rows += parse_rows.rows(sizes)
    if "import" in parts:
        say("imports ...")
        rows += [cold_rows.import_row(sizes), cold_rows.help_row(sizes)]
    if "hosts" in parts:
        say("vectorbt, zipline-reloaded, nautilus_trader ...")
        rows += host_rows.rows(sizes)
    if "studies" in parts:
        say("constrain, audit, sweep, scaling ...")
        rows += study_rows.rows(sizes)
    return rows


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "suite",
        nargs="?",
        choices=["all", "lookups"],
        default="all",
        help="all rows (default), or those that need no other host than backtesting.py and backtrader",
    )
    parser.add_argument(
        "--json", action="store_true", help="print the rows on stdout as JSON, all else on stderr"
    )
    parser.add_argument(
        "--markdown", action="store_true", help="print the rows as a Markdown table"
    )
    parser.add_argument(
        "--quick", action="store_true", help="small sizes: shows that all runs, measures nothing"
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=PARTS,
        default=None,
        metavar="PART",
        help=f"measure only these parts: {', '.join(PARTS)}",
    )
    arguments = parser.parse_args()
    say(f"generated files and environments: {cache()} (SHORTABLE_BENCH_CACHE)")
    say_load()
    parts = arguments.only or list(PARTS if arguments.suite == "all" else LOOKUPS)
    rows = measure(QUICK if arguments.quick else FULL, parts)
    say_load()
    if arguments.quick:
        say(
            "--quick: sizes too small for the ratios to mean anything, so none is held against its target"
        )
        rows = [replace(row, target=None) for row in rows]
    if arguments.json:
        text = to_json(rows)
    elif arguments.markdown:
        text = to_markdown(rows, machine())
    else:
        text = to_table(rows)
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
