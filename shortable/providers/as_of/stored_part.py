"""One part of a broker's store as look-ups read it: a symbol at a time, or, once that is cheaper, the whole part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import compress, pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.arrays import Bools, Indices, Ints, Numbers
from shortable.providers.as_of.history import FLOOR, QUANTITY, UNKNOWN, UNSTATED
from shortable.providers.as_of.timeline import Grid
from shortable.store import Store
from shortable.symbol import Symbol

__all__ = ["Block", "MarketLists", "Statements", "StoredPart"]

# Reading one symbol takes about as long as decoding 50,000 rows of a whole part (measured on 4 Mi rows: 2 ms, 180 ms).
# Having read as many symbols as the whole would have cost, one reads the whole: never more than twice the best.
# That is in row groups of 64 Ki rows; those of a compacted part are larger.
_ROWS_FOR_ONE, _ROW_GROUP = 50_000, 1 << 16
_ROWS_AT_ONCE = 1 << 19  # a block is filled in strides, so that what lies between stays small


@dataclass(frozen=True, slots=True, eq=False)
class Statements:
    """What a part states of one symbol in one column."""

    complete: Numbers
    """By each complete snapshot of the part: of shape (complete snapshots,)."""
    instants: Ints
    """Of the partial snapshots that state a quantity of it, or that there is one, ascending."""
    partial: Numbers
    """By those: of the same shape."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """One column of a part, decoded. Brokers round, so a cell is the number of its value: two bytes."""

    rows: dict[tuple[str, str], int]
    """Row of each (ticker, currency)."""
    codes: Indices
    """Symbols × complete snapshots; a last row stands for all symbols that the part does not name."""
    values: Numbers
    """What the codes mean; the first is what a complete snapshot means that leaves the symbol out."""
    starts: Ints
    """Of each row's partial statements, and the end: of shape (rows + 1,)."""
    instants: Ints
    """Of the partial statements."""
    partial: Numbers
    """Their values."""

    @property
    def nbytes(self) -> int:
        """Bytes of its arrays; the codes count twice, for `MarketLists` may turn them round."""
        return int(
            2 * self.codes.nbytes + self.values.nbytes + self.instants.nbytes + self.partial.nbytes
        )

    def names(self, symbol: Symbol) -> bool:
        """Whether the part has a row of a symbol."""
        return (symbol.ticker, symbol.currency) in self.rows

    def statements(self, symbol: Symbol) -> Statements:
        """Return what it states of one symbol."""
        row = self.rows.get((symbol.ticker, symbol.currency), len(self.rows))
        mine = slice(self.starts[row], self.starts[row + 1])
        return Statements(
            self.values.take(self.codes[row]), self.instants[mine], self.partial[mine]
        )


class MarketLists:
    """All symbols of a part at one complete snapshot after another.

    Parameters
    ----------
    block : Block
        Its quantities.
    """

    __slots__ = ("_asked", "_available", "_block", "_codes", "_shares", "_unstated")

    def __init__(self, block: Block) -> None:
        self._block, self._asked = block, 0
        self._codes = block.codes[:-1].T
        self._available, self._unstated = block.values > 0, block.values == UNSTATED
        self._shares = np.array(
            block.values.tolist(), dtype=object
        )  # one int for all symbols that have it

    def at(self, snapshot: int, names: list[Symbol]) -> tuple[dict[Symbol, int], list[Symbol]]:
        """Return what could be borrowed, and the symbols that the snapshot names without a quantity.

        Parameters
        ----------
        snapshot : int
            Its position among the complete ones of the part.
        names : list of Symbol
            In the order of the block's rows.
        """
        self._asked += 1
        if self._asked == 2:
            # More than one is wanted: turned round, a snapshot's codes lie side by side.
            self._codes = np.ascontiguousarray(self._codes)
        codes = self._codes[snapshot]
        available = self._available.take(codes)
        if available.all():
            return dict(zip(names, self._shares.take(codes).tolist(), strict=True)), []
        found = dict(
            zip(
                compress(names, available.tobytes()),
                self._shares.take(codes[available]).tolist(),
                strict=True,
            )
        )
        return found, [names[row] for row in np.flatnonzero(self._unstated.take(codes)).tolist()]


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
    unreadable : mapping of str to ndarray
        Ticker → the complete snapshots in which its row could not be read.
    """

    def __init__(
        self,
        store: Store,
        number: int,
        complete: Ints,
        rows: int,
        unreadable: Mapping[str, npt.NDArray[np.int32]],
    ) -> None:
        self._store, self.number, self.complete, self.rows = store, number, complete, rows
        self._unreadable = unreadable
        self._reads = 0

    def read(self, symbol: Symbol, column: str) -> Statements:
        """Return what the part states of one symbol, from disk."""
        key = self.number, symbol.ticker, symbol.currency
        found = self._store.read_symbol(*key, [QUANTITY, column])
        as_of, values = np.asarray(found["as_of"], np.int64), found[column]
        stated = found[QUANTITY] >= 0
        uncounted = _uncounted(stated, lambda: self._store.read_symbol(*key, [FLOOR])[FLOOR])
        self._reads += len(as_of) > 0
        absent, unstated, unknown = _without(column)
        cells = np.full(len(self.complete), absent, values.dtype)
        if self.has_doubt(symbol):
            cells[self._in_doubt(symbol)] = unknown
        at, complete = self._places(as_of)
        values = np.where(stated, values, np.where(uncounted, unknown, unstated))
        cells[at[complete]] = values[complete]
        partial = (stated | uncounted) & ~complete
        return Statements(cells, as_of[partial], values[partial])

    def list_at(self, instant: int) -> tuple[dict[Symbol, int], list[Symbol]]:
        """Return what `MarketLists.at` returns of one complete snapshot, from disk: the rows of its instant.

        One list needs none of the numbers and places of a block, which are most of the time that decoding takes.
        """
        part = self._store.read_part(self.number, [QUANTITY])
        here = np.flatnonzero(part.as_of == instant)
        shares = part.columns[QUANTITY][here]
        uncounted = _uncounted(
            shares >= 0, lambda: self._store.read_part(self.number, [FLOOR]).columns[FLOOR][here]
        )

        def named(chosen: Bools) -> list[Symbol]:
            market, keys = self._store.market, part.codes[here[chosen]].tolist()
            return [
                Symbol.create(part.tickers[key], market=market, currency=part.currencies[key])
                for key in keys
            ]

        found = dict(zip(named(shares > 0), shares[shares > 0].tolist(), strict=True))
        return found, named((shares < 0) & ~uncounted)

    def has_doubt(self, symbol: Symbol) -> bool:
        """Whether a complete snapshot without a row of the symbol may know it all the same."""
        return symbol.ticker in self._unreadable or self._store.currencies_of(
            self.number, symbol.ticker
        )[:2] not in ([], [symbol.currency])

    def _in_doubt(self, symbol: Symbol) -> Bools:
        """Return the complete snapshots in which its row could not be read or which list it in another currency."""
        found = np.zeros(len(self.complete), np.bool_)
        found[self._unreadable.get(symbol.ticker, [])] = True
        for currency in self._store.currencies_of(self.number, symbol.ticker):
            if currency != symbol.currency:
                rows = self._store.read_symbol(self.number, symbol.ticker, currency, [QUANTITY])
                at, complete = self._places(np.asarray(rows["as_of"], np.int64))
                found[at[complete & (rows[QUANTITY] != 0)]] = True
        return found

    def forget(self) -> None:
        """Begin anew to count what was read: the block is gone, and only as many reads again pay for another."""
        self._reads = 0

    def pays(self, symbols: int) -> bool:
        """Whether reading so many symbols more costs as much as reading the whole part."""
        reads = (self._reads + symbols) * _ROWS_FOR_ONE
        return reads >= self.rows or (
            reads * (self._store.rows_for_one(self.number) // _ROW_GROUP) >= self.rows
        )

    def _places(self, as_of: Ints) -> tuple[Indices, Bools]:
        """Return the position among the complete snapshots, and whether there is one, of each row."""
        if not len(self.complete):
            return np.zeros(len(as_of), np.int64), np.zeros(len(as_of), np.bool_)
        if len(as_of) > 4 * len(self.complete):
            at: Indices = Grid.of_events(self.complete, self.complete).find(as_of)
        else:
            at = np.searchsorted(self.complete, as_of, side="right") - 1
        return at, (self.complete.take(at, mode="clip") == as_of) & (at >= 0)

    def decode(self, column: str) -> Block:
        """Read one column of the whole part."""
        part = self._store.read_part(self.number, [QUANTITY, column])
        size, width = len(part.tickers), len(self.complete)
        stated = part.columns[QUANTITY] >= 0
        uncounted = _uncounted(
            stated, lambda: self._store.read_part(self.number, [FLOOR]).columns[FLOOR]
        )
        numbers, distinct = pd.factorize(part.columns[column])
        # Number 0 is absence and, by factorize's −1, a rate that is not stated; 1 is a quantity that is not stated; 2 is
        # one that is unknown.
        values = np.concatenate((np.array(_without(column), part.columns[column].dtype), distinct))
        numbers[numbers >= 0] += 3
        numbers[numbers < 0] = 0
        numbers[~stated] = 1
        numbers[uncounted] = 2
        codes = np.zeros((size + 1, width), np.uint16 if len(values) <= 1 << 16 else np.int32)
        partial = [np.empty(0, np.int64)]
        for start in range(0, len(part.codes), _ROWS_AT_ONCE):
            chunk = slice(start, start + _ROWS_AT_ONCE)
            at, complete = self._places(part.as_of[chunk])
            place, number = part.codes[chunk].astype(np.int64) * width + at, numbers[chunk]
            if not complete.all():
                partial.append(np.flatnonzero(~complete & (stated | uncounted)[chunk]) + start)
                place, number = place[complete], number[complete]
            codes.reshape(-1)[place] = number
        shared = {one for one, next_one in pairwise(part.tickers) if one == next_one}
        doubtful = shared.union(self._unreadable)
        for row, ticker in enumerate(part.tickers) if doubtful else ():
            if ticker in doubtful:
                symbol = Symbol.create(
                    ticker, market=self._store.market, currency=part.currencies[row]
                )
                unknown = self._in_doubt(symbol)
                first, after = np.searchsorted(part.codes, [row, row + 1])
                at, complete = self._places(part.as_of[first:after])
                unknown[at[complete]] = False  # a row that is there takes precedence
                codes[row, unknown] = 2
        apart = np.concatenate(partial)
        rows = {key: row for row, key in enumerate(zip(part.tickers, part.currencies, strict=True))}
        starts = np.searchsorted(part.codes[apart], np.arange(size + 2))
        return Block(rows, codes, values, starts, part.as_of[apart], values.take(numbers[apart]))


def _uncounted(stated: Bools, floors: Callable[[], Numbers]) -> Bools:
    """Return which rows say that there are shares and not how many; `floors` is read where a quantity is missing."""
    return ~stated if stated.all() else floors().astype(np.bool_) & ~stated


def _without(column: str) -> tuple[float, float, float]:
    """Return a column's value where a complete snapshot leaves a symbol out (S3), states no quantity, or is in doubt."""
    if column == QUANTITY:
        return 0, UNSTATED, UNKNOWN
    return (False, False, False) if column == FLOOR else (np.nan, np.inf, np.inf)
