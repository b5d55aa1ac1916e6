"""The data folders that these tests run on, in LEAN's layout."""

from __future__ import annotations

from pathlib import Path

from shortable.lean.run import run_algorithm

from ..folder import LeanFolder

WEEK = ("2013-10-07", "2013-10-08", "2013-10-09", "2013-10-10", "2013-10-11")
BEFORE = ("2013-10-03", "2013-10-04")
DAYS = (*BEFORE, *WEEK)


def minute_folder(path: Path, *, days: tuple[str, ...] = DAYS, **prices: float) -> LeanFolder:
    """Write flat minutes with quotes a cent on either side, and SPY's flat hours for the benchmark."""
    folder = LeanFolder(path)
    for ticker, price in prices.items():
        folder.map_file(ticker).factor_file(ticker)
        for day in days:
            folder.session(ticker, day, price)
    return folder


def bars_folder(path: Path, *tickers: str, days: tuple[str, ...] = DAYS) -> LeanFolder:
    """Write days and hours: a day's price is 100 + its number, hours rise by 0.1 from it."""
    folder = LeanFolder(path)
    for ticker in tickers:
        folder.map_file(ticker).factor_file(ticker)
        folder.daily(
            ticker,
            [(d, 100 + i, 101.5 + i, 99 + i, 100.5 + i, 1_000_000) for i, d in enumerate(days)],
        )
        folder.hour(
            ticker,
            [
                (
                    f"{d} {h:02d}:00",
                    100 + i,
                    101.5 + i,
                    99 + i,
                    round(100 + i + 0.1 * (h - 9), 4),
                    100_000,
                )
                for i, d in enumerate(days)
                for h in range(9, 16)
            ],
        )
    return folder


def run(tmp_path: Path, body: str, folder: LeanFolder, **settings):
    """Write an algorithm's file and run it; what it raises is raised."""
    file = tmp_path / "algorithm.py"
    file.write_text("from AlgorithmImports import *\n\n" + body, encoding="utf-8")
    return run_algorithm(file, folder.path, raising=True, **settings)
