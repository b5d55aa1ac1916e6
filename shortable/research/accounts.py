"""What a trade list's trades and events make of positions and money, session by session."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np

from shortable.arrays import Floats
from shortable.research.judge import Judged
from shortable.research.marks import Block
from shortable.research.share_basis import Book

__all__ = ["Account", "cash_of", "held_before", "pnl_of", "restatements", "row_of", "start_worth"]


def row_of(book: Book, day: date) -> int:
    """Return the first session on or after a day."""
    return int(np.searchsorted(book.grid.labels, np.datetime64(day)))


class Account:
    """Positions and P&L, some sessions after the others.

    Parameters
    ----------
    book : Book
    quantities : ndarray of float64, shape (M,)
        Shares of each trade.
    taken : list of float
        Shares that each of the events took.
    judged : Judged
    """

    def __init__(self, book: Book, quantities: Floats, taken: list[float], judged: Judged) -> None:
        self._book = book
        self._changes = quantities * book.units
        self._whole = bool((self._changes == np.trunc(self._changes)).all())
        self._taken: dict[int, list[tuple[int, float, float, float | None]]] = {}
        for closed, shares in zip(judged.closed, taken, strict=True):
            row = row_of(book, closed.event.day)
            # A delisted share counts as one of the day before.
            day = row if closed.event.ratio is not None else max(row - 1, 0)
            unit = book.factors.at(day, closed.code)
            event = (closed.code, shares, unit, closed.event.price)
            self._taken.setdefault(row, []).append(event)
        total, trades = len(book.grid.labels), book.trades
        self._cash = np.bincount(book.rows, -quantities * trades.prices, minlength=total)
        # The commission of what stands of a trade.
        if trades.commissions.any():
            charged = trades.commissions * np.divide(quantities, trades.quantities)
            self._cash -= np.bincount(book.rows, charged, minlength=total)
        self._worth = np.zeros(total)
        self._dividends = [(paid.row, paid.code, paid.amount) for paid in book.dividends]
        self._last = carried_in(book)
        # Sums of whole numbers are 0 or far from it.
        self._all_whole = self._whole and not self._taken and bool((self._last % 1 == 0).all())
        self._last_closes: Floats | None = None
        self._began = 0.0

    def enter(self, block: Block, marks: Floats) -> Floats:
        """Go through some sessions, after those before them.

        Parameters
        ----------
        block : Block
        marks : ndarray of float64, shape (B, N)
            Its closes, 0 where there is none.

        Returns
        -------
        ndarray of float64, shape (B, N)
            Last shares held at the end of each session.
        """
        if block.start == 0:
            self._began = start_worth(self._book, block).sum()
        positions = self._changes_of(block, marks)
        positions[0] += self._last
        for before, now in pairwise(positions):
            now += before  # many times quicker than a cumulative sum down the columns
        for row, code, amount in self._dividends:
            if block.start <= row < block.stop:
                held = self._last if row == block.start else positions[row - block.start - 1]
                self._cash[row] += held[code] * amount
        worth = positions * marks
        if not self._all_whole:
            worth[np.abs(positions) < 1e-9] = 0.0
        self._worth[block.start : block.stop] = worth.sum(axis=1)
        self._last, self._last_closes = positions[-1].copy(), marks[-1].copy()
        return positions

    def own_shares(self, block: Block, positions: Floats) -> Floats:
        """Return positions in the shares of each session."""
        if block.factors is not None:
            positions = positions / block.factors
        elif self._whole:
            return positions
        return np.round(positions, 9)

    @property
    def pnl(self) -> Floats:
        """Cumulative P&L at each session's close: cash from trades and dividends less commissions, plus positions."""
        return np.asarray(np.cumsum(self._cash) + self._worth - self._began)

    def _changes_of(self, block: Block, marks: Floats) -> Floats:
        book, count = self._book, marks.shape[1]
        mine = slice(*np.searchsorted(book.rows, (block.start, block.stop)))
        cells = (book.rows[mine] - block.start) * count + book.codes[mine]
        flat = np.asarray(
            np.bincount(cells, self._changes[mine], minlength=marks.size), dtype=np.float64
        )
        changes = flat.reshape(marks.shape)
        for row in range(block.start, block.stop) if self._taken else ():
            for code, shares, unit, price in self._taken.get(row, ()):
                changes[row - block.start, code] -= shares * unit
                before = marks[row - block.start - 1] if row > block.start else self._last_closes
                known = marks[0] if before is None else before
                worth = known[code] * unit if price is None else price
                self._cash[row] += shares * worth
        return changes


def pnl_of(book: Book, judged: Judged) -> Floats:
    """Return cumulative P&L at each session's close, of what stands of the trades."""
    account = Account(book, judged.allowed, [closed.held for closed in judged.closed], judged)
    for block in book.marks.blocks():
        account.enter(block, block.marks)
    return account.pnl


def restatements(book: Book) -> dict[int, Floats]:
    """Return new shares for each old one by the session from which they are in force, shape (N,); 0 after a delisting."""
    found: dict[int, Floats] = {}
    for code, of_company in enumerate(book.events):
        for event in of_company:
            ratio = 0.0 if event.ratio is None else float(event.ratio)
            found.setdefault(row_of(book, event.day), np.ones(len(book.events)))[code] *= ratio
    return found


def held_before(book: Book, positions: Floats) -> Floats:
    """Return last shares held at the close before each session."""
    return np.concatenate([carried_in(book)[None, :], positions[:-1]])


def cash_of(
    book: Book, closes: Floats, quantities: Floats, taken: list[float], judged: Judged
) -> Floats:
    """Return what trades and what events closed brought in each session, commissions left out, shape (T, N)."""
    cash = np.zeros(closes.shape)
    np.add.at(cash, (book.rows, book.codes), -quantities * book.trades.prices)
    for closed, shares in zip(judged.closed, taken, strict=True):
        row = row_of(book, closed.event.day)
        before = max(row - 1, 0)
        unit = book.factors.at(row if closed.event.ratio is not None else before, closed.code)
        price = closed.event.price
        worth = closes[before, closed.code] * unit if price is None else price
        cash[row, closed.code] += shares * np.nan_to_num(worth)
    return cash


def start_worth(book: Book, block: Block) -> Floats:
    """Return what was held before the first trade was worth then, shape (N,); `block` begins with the first session."""
    if not any(one.quantity for one in book.opening):
        return np.zeros(len(book.opening))
    first = np.nan_to_num(block.own_closes[0])
    return np.array(
        [
            one.quantity * (float(price) if np.isnan(one.price) else one.price)
            for one, price in zip(book.opening, first, strict=True)
        ]
    )


def carried_in(book: Book) -> Floats:
    """Return last shares held before the first trade, shape (N,)."""
    return np.array(
        [
            one.quantity * book.factors.at(0, code) if one.quantity else 0.0
            for code, one in enumerate(book.opening)
        ]
    )
