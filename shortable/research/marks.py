"""What a trade list's shares are marked at, session by session, some sessions at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from shortable.arrays import Bools, Floats
from shortable.research.grid import Grid, Rows, carried_forward

__all__ = ["Block", "Factors", "Marks", "Traded"]

Positions = npt.NDArray[np.intp]

_CELLS = 1 << 17
"""Cells of a block of sessions, so that its arrays stay in a processor's cache."""


class Factors:
    """Last shares for each share of a session: 1 where no split comes after it.

    Parameters
    ----------
    splits : iterable of (row, code, ratio)
        The session from which a split of a company is in force, and its new shares for each old one.
    """

    def __init__(self, splits: Iterable[tuple[int, int, float]]) -> None:
        self._splits = list(splits)
        self._of_company: dict[int, list[tuple[int, float]]] = {}
        for row, code, ratio in self._splits:
            self._of_company.setdefault(code, []).append((row, ratio))

    def part(self, start: int, stop: int, companies: int) -> Floats | None:
        """Return those of some sessions, shape (B, N); None where all are 1."""
        later = [split for split in self._splits if split[0] > start]
        if not later:
            return None
        found = np.ones((stop - start, companies))
        for row, code, ratio in later:
            found[: row - start, code] *= ratio
        return found

    def at(self, row: int, code: int) -> float:
        """Return that of one session and company."""
        found = 1.0
        for first, ratio in self._of_company.get(code, ()):
            if row < first:
                found *= ratio
        return found

    def of(self, rows: Positions, codes: Positions) -> Floats:
        """Return those of many, shape (M,), whose rows ascend."""
        found = np.ones(len(rows))
        if not self._splits:
            return found
        by_company = np.argsort(codes, kind="stable")
        sorted_codes = codes[by_company]
        for first, company, ratio in self._splits:
            mine = by_company[slice(*np.searchsorted(sorted_codes, (company, company + 1)))]
            found[mine[: np.searchsorted(rows[mine], first)]] *= ratio
        return found


@dataclass(frozen=True, slots=True)
class Traded:
    """At what the trades were made, M of them, in order."""

    rows: Positions
    """The session of each, ascending."""
    codes: Positions
    """The company of each."""
    prices: Floats
    """Per share of its day."""

    def within(self, start: int, stop: int) -> slice:
        """Return the trades of some sessions."""
        return slice(*np.searchsorted(self.rows, (start, stop)))

    def take(self, chosen: Bools) -> Traded:
        """Return some of them."""
        return Traded(self.rows[chosen], self.codes[chosen], self.prices[chosen])


@dataclass(frozen=True, slots=True)
class Block:
    """Some sessions, B of them, N companies."""

    start: int
    """The first of them."""
    stop: int
    """The first that is none of them."""
    closes: Floats
    """Shape (B, N): per last share, NaN before a company's first price."""
    factors: Floats | None
    """Shape (B, N): last shares for each share of the session; None where all are 1."""

    @property
    def marks(self) -> Floats:
        """The closes as finite numbers, 0 before a company's first price; not to be written to."""
        return self.closes if np.isfinite(self.closes).all() else np.nan_to_num(self.closes)

    @property
    def own_closes(self) -> Floats:
        """The closes per share of the session."""
        return self.closes if self.factors is None else self.closes * self.factors


class Marks:
    """The close of each company on each session: those given, or else what it last traded at.

    Parameters
    ----------
    grid : Grid
        Sessions × companies.
    prices : Rows or None
        The closes, on that grid.
    traded : Traded
        What a company was bought at before its first close is its price until then.
    opening : ndarray of float64, shape (N,)
        What was worth how much before the first session; 0 where nothing was held, NaN where its price is not known: then
        the first one counts.
    factors : Factors
    """

    def __init__(
        self, grid: Grid, prices: Rows | None, traded: Traded, opening: Floats, factors: Factors
    ) -> None:
        self._grid, self._prices, self._factors = grid, prices, factors
        priced_from, first = self._first_prices()
        early = traded.rows < priced_from[traded.codes]
        self._traded = traded if prices is None else traded.take(early)
        self._opening = self._opened_at(opening, priced_from, first)

    def blocks(self) -> Iterator[Block]:
        """Go through the sessions in order."""
        last: Floats | None = None
        for start, stop in self._grid.blocks(_CELLS):
            closes = self._stated(start, stop)
            if start == 0:
                at = np.isnan(closes[0]) & ~np.isnan(self._opening)
                closes[0, at] = self._opening[at]
            factors = self._factors.part(start, stop, closes.shape[1])
            closes = carried_forward(closes if factors is None else closes / factors, last)
            last = closes[-1]
            yield Block(start, stop, closes, factors)

    def _stated(self, start: int, stop: int) -> Floats:
        """Return closes as they are stated, and what was traded where none is so far."""
        mine = self._traded.within(start, stop)
        rows, codes = self._traded.rows[mine] - start, self._traded.codes[mine]
        if self._prices is None:
            closes = np.full((stop - start, len(self._grid.symbols)), np.nan)
        else:
            closes = self._prices.part(start, stop)
            if not start or len(rows):
                closes = closes.copy()  # the user's own
        if len(rows):
            closes[rows, codes] = self._traded.prices[mine]
        return closes

    def _first_prices(self) -> tuple[Positions, Floats]:
        """Return each company's first session with a close, T where it has none, and that close."""
        total, count = len(self._grid.labels), len(self._grid.symbols)
        rows, prices = np.full(count, total), np.full(count, np.nan)
        if self._prices is None:
            return rows, prices
        for start, stop in self._grid.blocks(_CELLS):
            missing = np.flatnonzero(rows == total)
            if not len(missing):
                break
            closes = self._prices.part(start, stop)[:, missing]
            priced = ~np.isnan(closes)
            first = priced.argmax(axis=0)
            found = priced.any(axis=0)
            rows[missing[found]] = start + first[found]
            prices[missing[found]] = closes[first[found], np.flatnonzero(found)]
        return rows, prices

    def _opened_at(self, opening: Floats, priced_from: Positions, first: Floats) -> Floats:
        """Return what the first session's closes are where it has none, NaN where nothing was held."""
        found = np.where(opening == 0, np.nan, opening)
        for code in np.flatnonzero(np.isnan(opening)).tolist():
            mine = np.flatnonzero(self._traded.codes == code)
            mine = mine[self._traded.rows[mine] == self._traded.rows[mine[:1]]]
            early = len(mine) and self._traded.rows[mine[0]] < priced_from[code]
            found[code] = self._traded.prices[mine[-1]] if early else first[code]
        return found
