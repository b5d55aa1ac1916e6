"""Bars of several symbols on one timeline, as arrays: what the engine's clock walks along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from shortable.arrays import Floats
from shortable.market_data.bars import COLUMNS, SymbolBars
from shortable.symbol import Symbol

__all__ = ["BarPanel", "build_panel"]

_EPOCH_ORDINAL = datetime(1970, 1, 1).toordinal()
# A year of minutes of 50 symbols is turned from columns to rows in a quarter of the time when done in pieces that fit
# into the processor's cache (120 ms against 30 ms a field, measured).
_ROWS_A_PIECE = 2_048


@dataclass(frozen=True, slots=True)
class BarPanel:
    """Bars of N symbols at the T times at which at least one of them has a bar.

    Prices are in the market's currency a share, NaN where the symbol has no bar at that time.
    """

    symbols: tuple[Symbol, ...]
    """The N columns."""
    times: list[datetime]
    """The T rows: the moment the bar is known, naive, exchange-local; a daily bar's is its session's close."""
    times64: npt.NDArray[np.datetime64]
    """The same as ``datetime64[us]``, shape (T,)."""
    session: npt.NDArray[np.int64]
    """Proleptic ordinal (`date.toordinal`) of each row's exchange-local date, shape (T,)."""
    open: Floats
    """Shape (T, N); repeats the close where a symbol's `has_open` is False."""
    high: Floats
    """Shape (T, N)."""
    low: Floats
    """Shape (T, N)."""
    close: Floats
    """Shape (T, N)."""
    volume: Floats
    """Shares, shape (T, N); NaN also where the source does not say."""
    has_open: tuple[bool, ...]
    """By column: False where the symbol has no open of its own (close-only data)."""


def build_panel(bars: Sequence[SymbolBars]) -> BarPanel:
    """Lay the bars of several symbols on the union of their times."""
    if not bars:
        times = np.array([], dtype="datetime64[us]")
    elif all(np.array_equal(b.labels, bars[0].labels) for b in bars[1:]):
        times = bars[0].labels
    else:
        times = np.unique(np.concatenate([b.labels for b in bars]))
    every = [
        None if len(b.labels) == len(times) else np.searchsorted(times, b.labels) for b in bars
    ]
    grids = {name: _grid([getattr(b, name) for b in bars], every, len(times)) for name in COLUMNS}
    return BarPanel(
        symbols=tuple(b.symbol for b in bars),
        times=times.tolist(),
        times64=times,
        session=times.astype("datetime64[D]").astype(np.int64) + _EPOCH_ORDINAL,
        **grids,
        has_open=tuple(b.has_open for b in bars),
    )


def _grid(
    columns: Sequence[Floats], rows: Sequence[npt.NDArray[np.int64] | None], length: int
) -> Floats:
    """Lay columns side by side, each on its rows (None for all), NaN elsewhere; shape (length, columns)."""
    by_column = np.empty((len(columns), length))
    for values, at, column in zip(columns, rows, by_column, strict=True):
        if at is None:
            column[:] = values
        else:
            column.fill(np.nan)
            column[at] = values
    grid = np.empty((length, len(columns)))
    for start in range(0, length, _ROWS_A_PIECE):
        piece = slice(start, start + _ROWS_A_PIECE)
        grid[piece] = by_column[:, piece].T
    return grid
