"""The two big histories: their symbols, times and dense arrays, made once and kept in the cache."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from shortable import Symbol

from .change_model import snapshots
from .environments import cache, say

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
VERSION = 1  # part of the cache's file names: raise it when the generator changes


@dataclass(frozen=True, slots=True)
class Shape:
    """Size and rhythm of a made-up history.

    Attributes
    ----------
    name : str
        Also the broker's name in the store.
    symbols, snapshots : int
        Of all symbols that ever occur, and of instants.
    intraday : bool
        15-minute snapshots around the clock on weekdays of April 2024, with absences; else one a session at
        local midnight, every symbol in each.
    """

    name: str
    symbols: int
    snapshots: int
    intraday: bool


# 22 million rows: what DESIGN section 4 sizes the store for.
DAILY = Shape("daily", 11_000, 2_000, intraday=False)
# 21 trading days x 96 quarters of an hour; 20,400 names of which 18,900 are present at a time, as in the real history.
MONTH = Shape("month", 20_400, 2_016, intraday=True)
QUICK_DAILY = Shape("daily-quick", 600, 60, intraday=False)
QUICK_MONTH = Shape("month-quick", 600, 96, intraday=True)


def shape_named(name: str) -> Shape:
    """The shape of that name."""
    return {shape.name: shape for shape in (DAILY, MONTH, QUICK_DAILY, QUICK_MONTH)}[name]


@dataclass(frozen=True, slots=True)
class History:
    """A made-up history, symbol-major.

    Attributes
    ----------
    shape : Shape
    symbols : list of Symbol, sorted
    local : list of datetime
        Naive New York times of the snapshots, ascending.
    instants : ndarray of int64
        The same in microseconds since 1970-01-01T00:00Z.
    quantity : ndarray of int32, shape (symbols, snapshots)
        Shares, −1 absent; 10,000,000 is the vendor's floor.
    fee : ndarray of int32, shape (symbols, snapshots)
        Millionths a year, −1 not stated.
    benchmark : ndarray of int32, shape (snapshots,)
        Millionths a year.
    """

    shape: Shape
    symbols: list[Symbol]
    local: list[datetime]
    instants: np.ndarray
    quantity: np.ndarray
    fee: np.ndarray
    benchmark: np.ndarray


def tickers(count: int) -> list[str]:
    """The first `count` made-up tickers, sorted: one to four letters, none twice."""
    names = []
    for number in range(count):
        digits, number = "", number + 1
        while number:
            number, digit = divmod(number - 1, 26)
            digits = LETTERS[digit] + digits
        names.append(digits)
    return sorted(names)


def local_times(shape: Shape) -> list[datetime]:
    """Naive New York times of the snapshots: April 2024 changes no clocks, the eight years of days do."""
    if not shape.intraday:
        days = pd.bdate_range("2016-01-04", periods=shape.snapshots)
        return [day.to_pydatetime() for day in days]
    days = pd.bdate_range("2024-04-01", periods=-(-shape.snapshots // 96))
    return [
        day.to_pydatetime() + timedelta(minutes=15 * quarter)
        for day in days
        for quarter in range(96)
    ][: shape.snapshots]


def _arrays(shape: Shape, folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    paths = [
        folder / f"{shape.name}-v{VERSION}-{part}.npy" for part in ("quantity", "fee", "benchmark")
    ]
    if not all(path.exists() for path in paths):
        say(f"making {shape.name}: {shape.symbols:,} symbols x {shape.snapshots:,} snapshots ...")
        quantity = np.empty((shape.symbols, shape.snapshots), np.int32)
        fee = np.empty_like(quantity)
        benchmark = np.empty(shape.snapshots, np.int32)
        stream = snapshots(
            shape.symbols, shape.snapshots, seed=shape.symbols, absences=shape.intraday
        )
        for column, snapshot in enumerate(stream):
            quantity[:, column], fee[:, column] = snapshot.quantity, snapshot.fee
            benchmark[column] = snapshot.benchmark
        for path, values in zip(paths, (quantity, fee, benchmark), strict=True):
            np.save(path.with_suffix(".tmp.npy"), values)
            path.with_suffix(".tmp.npy").replace(path)
    loaded = [np.load(path, mmap_mode="r") for path in paths]
    return loaded[0], loaded[1], np.asarray(loaded[2])


@lru_cache(maxsize=4)
def history(shape: Shape) -> History:
    """Make or read a history; the big arrays are memory-mapped.

    Parameters
    ----------
    shape : Shape

    Returns
    -------
    History
    """
    quantity, fee, benchmark = _arrays(shape, cache())
    local = local_times(shape)
    zoned = pd.DatetimeIndex(local).tz_localize("America/New_York")
    instants = (
        zoned.tz_convert("UTC")
        .tz_localize(None)
        .to_numpy()
        .astype("datetime64[us]")
        .astype(np.int64)
    )
    return History(
        shape,
        [Symbol.create(ticker) for ticker in tickers(shape.symbols)],
        local,
        instants,
        quantity,
        fee,
        benchmark,
    )
