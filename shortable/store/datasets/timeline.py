"""What a market's rows of a dataset said at any instant: the newest day known then, and the rows that make up its figure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = ["Keys", "Timeline", "keys_of"]

_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Keys:
    """The keys of rows, as numbers; arrays of shape (rows,)."""

    tickers: list[str]
    """The different symbols, ascending."""
    code: _Ints
    """Position of each row's symbol in `tickers`."""
    day: _Ints
    """Days since 1970-01-01."""
    known: _Ints
    """Microseconds since the epoch from which the row was known."""
    part: _Ints
    """What tells rows of one symbol and day apart, numbered."""
    rank: _Ints
    """Of the row's source: of one symbol and day, the rows of the lowest rank count."""


def keys_of(table: pa.Table, date: str, parts: Sequence[str], rank: _Ints) -> Keys:
    """Return the keys of a table of a dataset, with the rank of each row's source."""
    coded = table["symbol"].combine_chunks().dictionary_encode()
    names: list[str] = coded.dictionary.to_pylist()
    order = sorted(range(len(names)), key=names.__getitem__)
    position = np.empty(len(names), dtype=np.int64)
    position[order] = np.arange(len(names))
    part = np.zeros(table.num_rows, dtype=np.int64)
    for name in parts:
        column = table[name].combine_chunks().dictionary_encode()
        indices = np.asarray(column.indices, dtype=np.int64)
        part = np.unique(part * max(len(column.dictionary), 1) + indices, return_inverse=True)[1]
    return Keys(
        [names[at] for at in order],
        position[np.asarray(coded.indices, dtype=np.int64)] if len(names) else part,
        table[date].cast(pa.int32()).to_numpy().astype(np.int64),
        table["known_at"].cast(pa.int64()).to_numpy(),
        part.astype(np.int64),
        rank,
    )


class Timeline:
    """The states of a market's figures. One begins whenever a row becomes known, and belongs to one symbol and day.

    Parameters
    ----------
    keys : Keys
        Of the rows, in any order.

    Attributes
    ----------
    tickers : list of str
    code, day, known : ndarray of int64, shape (states,)
        The symbol, the day and the beginning of each state; sorted by symbol, beginning and day.
    members : ndarray of int64
        The rows that make up each state, one state after the other.
    start : ndarray of int64, shape (states + 1,)
        Where in `members` those of a state begin.
    """

    def __init__(self, keys: Keys) -> None:
        self.tickers = keys.tickers
        self._code_of = {ticker: code for code, ticker in enumerate(keys.tickers)}
        order = np.lexsort((keys.part, keys.rank, keys.known, keys.day, keys.code))
        code, day, known = keys.code[order], keys.day[order], keys.known[order]
        fresh = _begins(code, day)
        first = np.flatnonzero(fresh)
        group = np.cumsum(fresh) - 1
        # The usual day is stated once, by one source: all of its rows make up its one state.
        mixed = np.zeros(len(first), dtype=np.bool_)
        rank, part = keys.rank[order], keys.part[order]
        within = ~fresh[1:]
        differ = (known[1:] != known[:-1]) | (rank[1:] != rank[:-1]) | (part[1:] == part[:-1])
        mixed[group[1:][within & differ]] = True
        end = np.append(first[1:], len(order))
        low, size = first[~mixed], (end - first)[~mixed]
        one, other, members = _states(first[mixed], end[mixed], known, rank, part)
        pool = np.concatenate([order, order[members]])
        at = np.concatenate(
            [low, one]
        )  # a row of each state, which says what it is of and since when
        self._arrange(
            code[at],
            day[at],
            known[at],
            np.concatenate([low, len(order) + np.cumsum(other) - other]),
            np.concatenate([size, other]),
            pool,
        )

    def _arrange(
        self, code: _Ints, day: _Ints, known: _Ints, low: _Ints, size: _Ints, pool: _Ints
    ) -> None:
        """Sort the states, whose rows are `size` of `pool` from `low` on."""
        order = np.lexsort((day, known, code))
        self.code, self.day, self.known = code[order], day[order], known[order]
        self.start: _Ints = np.concatenate(([0], np.cumsum(size[order]))).astype(np.int64)
        self.members: _Ints = pool[_runs(low[order], size[order])]
        # The newest day that is known when a state begins: a running maximum within each symbol.
        lowest = int(self.day.min()) if len(order) else 0
        span = int(self.day.max()) - lowest + 1 if len(order) else 1
        newest = np.maximum.accumulate(self.code * span + self.day - lowest)
        counts = newest == self.code * span + self.day - lowest
        self._standing = np.maximum.accumulate(np.where(counts, np.arange(len(order)), 0))
        self._instants = np.unique(self.known)
        self._place = self.code * (len(self._instants) + 1) + np.searchsorted(
            self._instants, self.known
        )

    def __len__(self) -> int:
        return len(self.code)

    def codes_of(self, tickers: Iterable[str]) -> _Ints:
        """Return the code of each ticker, −1 where no row names it."""
        return np.array([self._code_of.get(ticker, -1) for ticker in tickers], dtype=np.int64)

    def at(self, codes: _Ints, instants: _Ints) -> _Ints:
        """Return the state that answers for each symbol at an instant, −1 where none does; of their common shape."""
        codes, instants = np.broadcast_arrays(codes, instants)
        if not len(self):
            return np.full(codes.shape, -1, dtype=np.int64)
        before = np.searchsorted(self._instants, instants, side="right") - 1
        place = (
            np.searchsorted(self._place, codes * (len(self._instants) + 1) + before, side="right")
            - 1
        )
        safe = np.maximum(place, 0)
        found = (codes >= 0) & (place >= 0) & (self.code[safe] == codes)
        return np.where(found, self._standing[safe], -1)

    def newest(self, limit: int | None = None) -> _Ints:
        """Return the rows of every symbol and day as they were known at an instant, by symbol and day; None: by now."""
        order = np.lexsort((self.known, self.day, self.code))
        if limit is not None:
            order = order[self.known[order] <= limit]
        if not len(order):
            return order
        last = np.append(_begins(self.code[order], self.day[order])[1:], True)
        states = order[last]
        return self.members[_runs(self.start[states], np.diff(self.start)[states])]

    def rows(self, state: int) -> _Ints:
        """Return the rows that make up a state."""
        return self.members[self.start[state] : self.start[state + 1]]


def _begins(*columns: _Ints) -> npt.NDArray[np.bool_]:
    """Return where sorted rows differ from the row before."""
    fresh = np.ones(len(columns[0]), dtype=np.bool_)
    if len(fresh) > 1:
        fresh[1:] = np.logical_or.reduce([one[1:] != one[:-1] for one in columns])
    return fresh


def _states(
    first: _Ints, end: _Ints, known: _Ints, rank: _Ints, part: _Ints
) -> tuple[_Ints, _Ints, _Ints]:
    """Return the states of groups of rows, each of one symbol and day and sorted by instant.

    A state is of the best source known by then, and has each part's last statement.

    Parameters
    ----------
    first, end : ndarray of int64, shape (groups,)
        The first row of each group, and the row after its last.
    known, rank, part : ndarray of int64, shape (rows,)

    Returns
    -------
    begun, sizes, members : ndarray of int64
        For each state a row that was known when it began, and how many rows make it up; those rows, one state after the
        other.
    """
    rows = _runs(first, end - first)
    group = np.repeat(np.arange(len(first)), end - first)
    begun = rows[np.append(_begins(group, known[rows])[1:], True)] if len(rows) else rows
    of = np.searchsorted(first, begun, side="right") - 1
    # What was known by then are the rows from the group's first to the one with which the state began.
    counts = begun - first[of] + 1
    state = np.repeat(np.arange(len(begun)), counts)
    seen = _runs(first[of], counts)
    if len(seen):
        best = np.minimum.reduceat(rank[seen], np.cumsum(counts) - counts)
        keep = rank[seen] == best[state]
        state, seen = state[keep], seen[keep]
    order = np.lexsort((seen, part[seen], state))
    state, seen = state[order], seen[order]
    last = np.append(_begins(state, part[seen])[1:], True) if len(seen) else np.zeros(0, np.bool_)
    sizes = np.bincount(state[last], minlength=len(begun)).astype(np.int64)
    return begun, sizes, seen[last]


def _runs(low: _Ints, size: _Ints) -> _Ints:
    """Return the numbers of runs: `size` of them from `low` on, one run after the other."""
    before = np.cumsum(size) - size
    return np.repeat(low - before, size) + np.arange(int(size.sum()))
