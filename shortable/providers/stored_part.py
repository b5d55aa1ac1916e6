"""One part of a broker's store as look-ups read it: a symbol at a time, or, once that pays, the whole part."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from shortable.providers.history import FLOOR, QUANTITY, UNSTATED
from shortable.providers.timeline import Grid
from shortable.store import Store
from shortable.symbol import Symbol

__all__ = ["Block", "Said", "StoredPart", "absent"]

# Reading one symbol takes about as long as decoding 50,000 rows of a whole part (measured on 4 Mi rows: 2 ms, 180 ms).
# Having read as many symbols as the whole would have cost, one reads the whole: never more than twice the best.
_ROWS_FOR_ONE = 50_000
_ROWS_AT_ONCE = 1 << 19  # a block is filled in strides, so that what lies between stays small


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What a part says of one symbol in one column."""

    complete: npt.NDArray[Any]
    """By each complete snapshot of the part: of shape (complete snapshots,)."""
    instants: npt.NDArray[np.int64]
    """Of the partial snapshots that state a quantity of it, ascending."""
    partial: npt.NDArray[Any]
    """By those: of the same shape."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One column of a part, decoded."""

    rows: dict[tuple[str, str], int]
    """Row of each (ticker, currency)."""
    complete: npt.NDArray[Any]
    """Symbols × complete snapshots; a last row stands for all symbols that the part does not name."""
    starts: npt.NDArray[np.int64]
    """Of each row's partial statements, and the end: of shape (rows + 1,)."""
    instants: npt.NDArray[np.int64]
    """Of the partial statements."""
    partial: npt.NDArray[Any]
    """What they say."""

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays."""
        return int(self.complete.nbytes + self.instants.nbytes + self.partial.nbytes)

    def said(self, symbol: Symbol) -> Said:
        """Return what it says of one symbol."""
        row = self.rows.get((symbol.ticker, symbol.currency), len(self.rows))
        mine = slice(self.starts[row], self.starts[row + 1])
        return Said(self.complete[row], self.instants[mine], self.partial[mine])


class StoredPart:
    """One part of a store.

    Parameters
    ----------
    store : Store
    number : int
        Of the part.
    complete : ndarray of int64
        Instants of its complete snapshots, ascending.
    rows : int
        Of all its snapshots.
    """

    def __init__(self, store: Store, number: int, complete: npt.NDArray[np.int64], rows: int) -> None:
        self._store, self.number, self.complete, self.rows = store, number, complete, rows
        self._reads = 0

    def read(self, symbol: Symbol, column: str) -> Said:
        """Return what the part says of one symbol, from disk."""
        names = [QUANTITY] if column == QUANTITY else [QUANTITY, column]
        found = self._store.read_symbol(self.number, symbol.ticker, symbol.currency, names)
        as_of, values = found["as_of"], found[column]
        self._reads += len(as_of) > 0
        cells = np.full(len(self.complete), *absent(column))
        at, complete = self._places(as_of)
        stated = found[QUANTITY] >= 0
        unstated, value = _unstated(column)
        if unstated:
            cells[at[complete & ~stated]] = value
        partial = stated & ~complete
        complete &= stated
        cells = _grown(cells, values, complete)
        cells[at[complete]] = values[complete]
        return Said(cells, as_of[partial], values[partial])

    def pays(self, symbols: int) -> bool:
        """Whether reading so many symbols more costs as much as reading the whole part."""
        return (self._reads + symbols) * _ROWS_FOR_ONE >= self.rows

    def _places(self, as_of: npt.NDArray[np.int64]) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
        """Return the position among the complete snapshots, and whether there is one, of each row."""
        if not len(self.complete):
            return np.zeros(len(as_of), np.int64), np.zeros(len(as_of), np.bool_)
        if len(as_of) > 4 * len(self.complete):
            at: npt.NDArray[Any] = Grid(self.complete, self.complete).find(as_of)
        else:
            at = np.searchsorted(self.complete, as_of, side="right") - 1
        return at, (self.complete.take(at, mode="clip") == as_of) & (at >= 0)

    def decode(self, column: str) -> Block:
        """Read one column of the whole part."""
        names = [QUANTITY] if column == QUANTITY else [QUANTITY, column]
        part = self._store.read_part(self.number, names)
        size, width = len(part.tickers), len(self.complete)
        value, kind = absent(column)
        cells = np.full((size + 1, width), value, kind)
        partial_codes, partial_at = [np.empty(0, np.int32)], [np.empty(0, np.int64)]
        quantities, values = part.columns[QUANTITY], part.columns[column]
        marks, mark = _unstated(column)
        for start in range(0, len(part.codes), _ROWS_AT_ONCE):
            chunk = slice(start, start + _ROWS_AT_ONCE)
            codes, stated = part.codes[chunk], quantities[chunk] >= 0
            at, complete = self._places(part.as_of[chunk])
            place = codes.astype(np.int64) * width + at
            here = values[chunk]
            if not (complete & stated).all():
                unstated = place[complete & ~stated]
                if marks:
                    cells.reshape(-1)[unstated] = mark
                partial = np.flatnonzero(stated & ~complete)
                partial_codes.append(codes[partial])
                partial_at.append(partial + start)
                complete &= stated
                place, here = place[complete], here[complete]
            cells = _grown(cells, here, slice(None))
            cells.reshape(-1)[place] = here
        at = np.concatenate(partial_at)
        starts = np.searchsorted(np.concatenate(partial_codes), np.arange(size + 2))
        rows = {key: row for row, key in enumerate(zip(part.tickers, part.currencies, strict=True))}
        return Block(rows, cells, starts, part.as_of[at], values[at])


def absent(column: str) -> tuple[Any, Any]:
    """Return the value and type of a column where a complete snapshot leaves the symbol out (S3)."""
    if column == QUANTITY:
        return 0, np.int32
    return (False, np.bool_) if column == FLOOR else (np.nan, np.float64)


def _unstated(column: str) -> tuple[bool, Any]:
    """Return whether a column marks what is named without a quantity, and with what."""
    return column != FLOOR, UNSTATED if column == QUANTITY else np.inf


def _grown(cells: npt.NDArray[Any], values: npt.NDArray[Any], chosen: Any) -> npt.NDArray[Any]:
    """Return the cells in a type that holds the values: 32 bits do for all but a few quantities."""
    if cells.dtype == np.int32 and len(values[chosen]) and int(values[chosen].max()) > np.iinfo(np.int32).max:
        return cells.astype(np.int64)
    return cells
