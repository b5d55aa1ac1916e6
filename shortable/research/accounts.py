"""What a trade list's trades and events make of positions and money, session by session."""

from __future__ import annotations

from datetime import date

import numpy as np

from shortable.arrays import Floats
from shortable.research.judge import Judged
from shortable.research.share_basis import Book

__all__ = [
    "cash_of",
    "held_before",
    "pnl_of",
    "positions_of",
    "restatements",
    "row_of",
    "start_worth",
]


def row_of(book: Book, day: date) -> int:
    """Return the first session on or after a day."""
    return int(np.searchsorted(book.grid.labels, np.datetime64(day)))


def restatements(book: Book) -> dict[int, Floats]:
    """Return new shares for each old one by the session from which they are in force, shape (N,); 0 after a delisting."""
    found: dict[int, Floats] = {}
    for code, of_company in enumerate(book.events):
        for event in of_company:
            ratio = 0.0 if event.ratio is None else float(event.ratio)
            found.setdefault(row_of(book, event.day), np.ones(len(book.events)))[code] *= ratio
    return found


def positions_of(book: Book, quantities: Floats, taken: list[float], judged: Judged) -> Floats:
    """Return last shares held at the end of each session, shape (T, N); `taken` is what events took of them."""
    changes = np.zeros(book.factors.shape)
    at = book.rows, book.codes
    np.add.at(changes, at, quantities * book.factors[at])
    changes[0] += _carried_in(book)
    for closed, shares in zip(judged.closed, taken, strict=True):
        row = row_of(book, closed.event.day)
        # A delisted share counts as one of the day before.
        unit = book.factors[row if closed.event.ratio is not None else max(row - 1, 0), closed.code]
        changes[row, closed.code] -= shares * unit
    return np.asarray(np.cumsum(changes, axis=0))


def held_before(book: Book, positions: Floats) -> Floats:
    """Return last shares held at the close before each session."""
    return np.concatenate([_carried_in(book)[None, :], positions[:-1]])


def cash_of(book: Book, quantities: Floats, taken: list[float], judged: Judged) -> Floats:
    """Return what trades and what events closed brought in each session, commissions left out, shape (T, N)."""
    cash = np.zeros(book.factors.shape)
    np.add.at(cash, (book.rows, book.codes), -quantities * book.trades.prices)
    for closed, shares in zip(judged.closed, taken, strict=True):
        row = row_of(book, closed.event.day)
        before = max(row - 1, 0)
        unit = book.factors[row if closed.event.ratio is not None else before, closed.code]
        price = closed.event.price
        worth = book.closes[before, closed.code] * unit if price is None else price
        cash[row, closed.code] += shares * np.nan_to_num(worth)
    return cash


def start_worth(book: Book) -> Floats:
    """Return what was held before the first trade was worth then, shape (N,)."""
    first = np.nan_to_num((book.closes * book.factors)[0])
    return np.array(
        [
            one.quantity * (float(price) if np.isnan(one.price) else one.price)
            for one, price in zip(book.opening, first, strict=True)
        ]
    )


def pnl_of(book: Book, quantities: Floats, taken: list[float], judged: Judged) -> Floats:
    """Return cumulative P&L at each session's close: cash from trades and dividends less commissions, plus positions."""
    trades = book.trades
    cash = cash_of(book, quantities, taken, judged).sum(axis=1)
    # The commission of what stands of a trade.
    np.add.at(cash, book.rows, -trades.commissions * np.divide(quantities, trades.quantities))
    positions = positions_of(book, quantities, taken, judged)
    held = held_before(book, positions)
    for paid in book.dividends:
        cash[paid.row] += held[paid.row, paid.code] * paid.amount
    worth = np.where(np.abs(positions) < 1e-9, 0.0, positions * np.nan_to_num(book.closes)).sum(
        axis=1
    )
    return np.asarray(np.cumsum(cash) + worth - start_worth(book).sum())


def _carried_in(book: Book) -> Floats:
    opening: Floats = np.array([one.quantity for one in book.opening], dtype=np.float64)
    return np.asarray(opening * book.factors[0])
