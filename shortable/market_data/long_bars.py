"""Bars of many symbols as one long table of arrays: what every reader makes, before anything is checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from shortable.symbol import Symbol

__all__ = ["COLUMNS", "PRICES", "LongBars", "SymbolBars", "join"]

PRICES = ("open", "high", "low", "close")
COLUMNS = (*PRICES, "volume")

Floats = npt.NDArray[np.float64]


@dataclass(slots=True)
class LongBars:
    """Rows as they were read, in any order, still unchecked.

    Attributes
    ----------
    symbols : list of Symbol
        What `codes` count.
    codes : ndarray of int64, shape (rows,)
        Position of each row's symbol in `symbols`.
    labels : ndarray of datetime64[us], shape (rows,)
        Exchange-local wall time by which the source calls the bar.
    columns : dict of ndarray of float64, shape (rows,)
        ``close`` always; ``open``, ``high``, ``low``, ``volume`` where the source has them. Missing is NaN.
    notes : list of str
        What was left out while reading.
    """

    symbols: list[Symbol]
    codes: npt.NDArray[np.int64]
    labels: npt.NDArray[np.datetime64]
    columns: dict[str, Floats]
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SymbolBars:
    """Checked bars of one symbol, ascending, one a label."""

    symbol: Symbol
    labels: npt.NDArray[np.datetime64]
    """Exchange-local wall times at which the bars are known, shape (n,), ``datetime64[us]``."""
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    """Shares; NaN where the source does not say."""
    has_open: bool
    """False for close-only data, whose open, high and low repeat the close."""


def join(parts: Sequence[LongBars]) -> LongBars:
    """Put sources under one another; a symbol that several of them hold becomes one symbol."""
    symbols = list(dict.fromkeys(symbol for part in parts for symbol in part.symbols))
    positions = {symbol: i for i, symbol in enumerate(symbols)}
    present = [name for name in COLUMNS if any(name in part.columns for part in parts)]
    return LongBars(
        symbols,
        np.concatenate(
            [
                np.array([positions[s] for s in part.symbols], dtype=np.int64)[part.codes]
                for part in parts
            ]
        ),
        np.concatenate([part.labels for part in parts]),
        {
            name: np.concatenate(
                [part.columns.get(name, np.full(len(part.codes), np.nan)) for part in parts]
            )
            for name in present
        },
        [note for part in parts for note in part.notes],
    )
