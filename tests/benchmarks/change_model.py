"""Made-up full-market snapshots that change as the real ones do.

Measured on the 27 real US snapshots of March to May 2026 (about 18,900 symbols each): from one to the next
36 % of the quantities and 38 % of the fees change, in 24 % of the rows both do; quantities stand in buckets
with ``>10000000`` as floor; a fifth of all symbols is absent at times, 7 % at any one time; 0.8 % of the
rows state no rates. Values here are drawn from those figures and a seed, and from nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

QUANTITY_CHANGES = 0.36
FEE_CHANGES = 0.38
BOTH_CHANGE = 0.24
SOMETIMES_ABSENT = 0.21
LEAVES, RETURNS = (
    0.05,
    0.10,
)  # a step, of the symbols that are absent at times: two thirds are present
WITHOUT_RATES = 0.008
FLOOR = 10_000_000  # ">10000000" in the vendor's file
LOWEST_FEE = 2_500  # 0.25 % a year, the general-collateral fee, in millionths
# Interactive Brokers' buckets: one to nine times a power of ten, in steps of a half from ten thousand on.
BUCKETS = np.array(
    [digit * scale for scale in (1, 10, 100, 1_000) for digit in range(1, 10)]
    + list(range(10_000, 100_000, 5_000))
    + list(range(100_000, 1_000_000, 50_000))
    + list(range(1_000_000, FLOOR, 100_000))
    + [FLOOR],
    dtype=np.int32,
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One instant of the whole market; arrays are of shape (symbols,) and reused for the next one.

    Attributes
    ----------
    quantity : ndarray of int32
        Shares; −1 where the symbol is absent, `FLOOR` where the vendor writes ``>10000000``.
    fee : ndarray of int32
        Annual fee in millionths (2,500 is 0.25 %); −1 where not stated.
    benchmark : int
        Benchmark rate in millionths: rebate = benchmark − fee.
    """

    quantity: np.ndarray
    fee: np.ndarray
    benchmark: int


def snapshots(symbols: int, count: int, seed: int, *, absences: bool) -> Iterator[Snapshot]:
    """Yield `count` snapshots of `symbols` symbols.

    Parameters
    ----------
    symbols, count, seed : int
    absences : bool
        Whether a fifth of the symbols is absent from time to time.

    Yields
    ------
    Snapshot
    """
    rng = np.random.default_rng(seed)
    home = np.clip(rng.normal(53, 22, symbols), 5, len(BUCKETS) - 1).astype(np.int64)
    home[rng.random(symbols) < 0.04] = len(BUCKETS) - 1  # 4 % of the real rows stand at the floor
    bucket = home.copy()
    home_fee = np.maximum(LOWEST_FEE, np.exp(rng.normal(np.log(10_000), 1.6, symbols)))
    fee = home_fee.astype(np.int32)
    stated = rng.random(symbols) >= WITHOUT_RATES
    flighty = (rng.random(symbols) < SOMETIMES_ABSENT) & absences
    present = ~flighty | (rng.random(symbols) < RETURNS / (LEAVES + RETURNS))
    benchmark = 43_500
    for number in range(count):
        if number:
            which = rng.random(symbols)
            bucket = _step(bucket, home, which < QUANTITY_CHANGES, rng)
            moved = (which >= QUANTITY_CHANGES - BOTH_CHANGE) & (
                which < QUANTITY_CHANGES - BOTH_CHANGE + FEE_CHANGES
            )
            fee = _redraw(fee, home_fee, moved, rng)
            flips = rng.random(symbols) < np.where(present, LEAVES, RETURNS)
            present = np.where(flighty & flips, ~present, present)
            if number % 96 == 0:
                benchmark += int(rng.integers(-3, 4)) * 100
        yield Snapshot(
            np.where(present, BUCKETS[bucket], np.int32(-1)),
            np.where(present & stated, fee, np.int32(-1)),
            benchmark,
        )


def _step(
    bucket: np.ndarray, home: np.ndarray, moved: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Move the chosen ones to another bucket, rather towards their home than away from it."""
    size = rng.geometric(0.4, len(bucket)).clip(max=8)
    towards = np.where(rng.random(len(bucket)) < 0.6, 1, -1) * np.where(home >= bucket, 1, -1)
    there = bucket + size * towards
    outside = (there < 0) | (there >= len(BUCKETS))
    return np.where(moved, np.where(outside, bucket - size * towards, there), bucket)


def _redraw(
    fee: np.ndarray, home: np.ndarray, moved: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Give the chosen ones another fee around their home."""
    drawn = np.maximum(LOWEST_FEE, home * np.exp(rng.normal(0, 0.3, len(fee)))).astype(np.int32)
    drawn += 100 * (drawn == fee)
    return np.where(moved, drawn, fee)
