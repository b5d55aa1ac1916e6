"""``python -m tests.benchmarks lookups [--json] [--quick] [--only PART ...]``."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace

from .environments import cache, say, say_load
from .report import Row, to_json, to_table
from .sizes import FULL, QUICK, Sizes

PARTS = ("warm", "cold", "engine", "parse", "import")


def measure(sizes: Sizes, parts: list[str]) -> list[Row]:
    """Measure the chosen parts; big files that are not in the cache are made first."""
    from . import cold_rows, engine_rows, lookup_rows, parse_rows, stores

    rows: list[Row] = []
    if {"warm", "cold"} & set(parts):
        folder = stores.folder()
        writing = stores.rows(sizes, folder)
        if "warm" in parts:
            say("warm look-ups ...")
            rows += lookup_rows.rows(sizes, folder)
        if "cold" in parts:
            say("cold look-ups ...")
            rows += cold_rows.rows(sizes, folder)
        rows += writing
    if "engine" in parts:
        say("engine ...")
        rows += engine_rows.rows(sizes)
    if "parse" in parts:
        say("importer ...")
        rows += parse_rows.rows(sizes)
    if "import" in parts:
        say("imports ...")
        rows.append(cold_rows.import_row(sizes))
    return rows


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("suite", choices=["lookups"])
    parser.add_argument(
        "--json", action="store_true", help="print the rows on stdout as JSON, all else on stderr"
    )
    parser.add_argument(
        "--quick", action="store_true", help="small sizes: shows that all runs, measures nothing"
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=PARTS,
        default=list(PARTS),
        metavar="PART",
        help=f"measure only these parts: {', '.join(PARTS)}",
    )
    arguments = parser.parse_args()
    say(f"generated files and environments: {cache()} (SHORTABLE_BENCH_CACHE)")
    say_load()
    rows = measure(QUICK if arguments.quick else FULL, arguments.only)
    say_load()
    if arguments.quick:
        say(
            "--quick: sizes too small for the ratios to mean anything, so none is held against its target"
        )
        rows = [replace(row, target=None) for row in rows]
    sys.stdout.write((to_json(rows) if arguments.json else to_table(rows)) + "\n")


if __name__ == "__main__":
    main()
