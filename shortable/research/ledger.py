"""What was refused of a trade list, and the borrow ledger of what could have been borrowed of it (S13)."""

from __future__ import annotations

from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from shortable.arrays import Floats, Ints, Times
from shortable.desk import RefusalKind
from shortable.research.accounts import (
    Account,
    cash_of,
    held_before,
    row_of,
    start_worth,
)
from shortable.research.judge import Closed, Judged
from shortable.research.panel import Nights, refusals_table
from shortable.research.share_basis import Book, Event
from shortable.results import BorrowBook, BorrowEnd, CashKind, attribution_of

__all__ = ["AuditLedger"]

_OF_NIGHTS = (CashKind.BORROW_FEE, CashKind.REBATE, CashKind.INTEREST)


class AuditLedger:
    """The tables of an audit's refusals and borrows, with the columns of `shortable.results`, made when they are first
    looked at.

    Parameters
    ----------
    book : Book
    judged : Judged
    times : ndarray of datetime64, shape (M,)
        When each trade looked availability up.
    available : ndarray of int64, shape (M,)
        What it found, −1 for no known restriction.
    nights : Nights
        What nights cost.
    ruined : int or None
        The session at whose close the account was stopped; nothing after it counts.
    """

    def __init__(
        self,
        book: Book,
        judged: Judged,
        times: Times,
        available: Ints,
        nights: Nights,
        ruined: int | None,
    ) -> None:
        self._book, self._judged, self._nights = book, judged, nights
        self._times, self._available, self._ruined = times, available, ruined

    @cached_property
    def refusals(self) -> pd.DataFrame:
        """A row for each sale that was refused or cut; `order_id` is the row of the audit's trades."""
        trades, judged = self._book.trades, self._judged
        cut = judged.needed & (judged.allowed != trades.quantities)
        if self._ruined is not None:
            cut &= self._book.rows <= self._ruined
        at = np.flatnonzero(cut)
        stands = judged.allowed[at]
        clipped = (stands != 0).tolist()
        return refusals_table(
            order_ids=at.tolist(),
            times=self._times[at],
            symbols=trades.symbols[at].tolist(),
            kinds=[RefusalKind.CLIPPED if one else RefusalKind.SUBMISSION for one in clipped],
            requested=trades.quantities[at],
            allowed=stands,
            held=judged.held[at],
            available=self._available[at],
            has_data=judged.has_data[at],
        )

    @cached_property
    def borrow_costs(self) -> pd.DataFrame:
        """A row for each short and night."""
        table = self._nights.table
        if self._ruined is not None:
            table = table.loc[table["date"] <= self._book.grid.index[self._ruined]]
        return table

    @property
    def borrows(self) -> pd.DataFrame:
        """A row a borrow."""
        return self._tables[0]

    @property
    def borrow_events(self) -> pd.DataFrame:
        """What happened to them; `order_id` is the row of the audit's trades."""
        return self._tables[1]

    @property
    def attribution(self) -> pd.DataFrame:
        """What each symbol made of the P&L in each session."""
        return self._tables[2]

    @cached_property
    def _tables(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        return _tables_of(self._book, self._judged, self._nights, self._ruined)


def _tables_of(
    book: Book, judged: Judged, nights: Nights, ruined: int | None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    taken = [closed.held for closed in judged.closed]
    marked, positions = _marked(book, judged, taken)
    trades = book.trades
    amounts = {kind: np.zeros(positions.shape) for kind in CashKind}
    amounts[CashKind.PRICE] = cash_of(book, marked.closes, judged.allowed, taken, judged)
    commissions = trades.commissions * np.divide(judged.allowed, trades.quantities)
    np.add.at(amounts[CashKind.COMMISSION], (book.rows, book.codes), -commissions)
    amounts |= nights.amounts()
    held = held_before(book, positions)
    for paid in book.dividends:
        amounts[CashKind.DIVIDENDS][paid.row, paid.code] += held[paid.row, paid.code] * paid.amount
    worth = np.where(positions == 0, 0.0, positions * np.nan_to_num(marked.closes))
    values = np.concatenate([marked.before[None, :], worth])
    end = len(positions) if ruined is None else ruined + 1
    attribution = attribution_of(
        book.grid.symbols,
        book.grid.index.to_numpy()[:end],
        positions[:end],
        values[: end + 1],
        {kind: amount[:end] for kind, amount in amounts.items()},
    )
    borrows = _Walk(book, judged, marked, commissions, amounts, end, stopped=ruined is not None)
    return *borrows.tables(), attribution


class _Marked(NamedTuple):
    """What shares are worth."""

    closes: Floats
    """Shape (T, N), per last share."""
    own: Floats
    """The same per share of the session."""
    before: Floats
    """Shape (N,): what was held before the first trade was worth then."""


def _marked(book: Book, judged: Judged, taken: list[float]) -> tuple[_Marked, Floats]:
    """Return what shares are worth, and last shares held at the end of each session, shape (T, N)."""
    account, blocks = Account(book, judged.allowed, taken, judged), list(book.marks.blocks())
    held = [account.enter(block, block.marks) for block in blocks]
    positions = np.concatenate(held)
    positions[np.abs(positions) < 1e-9] = 0.0
    marked = _Marked(
        np.concatenate([block.closes for block in blocks]),
        np.concatenate([block.own_closes for block in blocks]),
        start_worth(book, blocks[0]),
    )
    return marked, positions


class _Walk:
    """Goes through the sessions and enters in a `BorrowBook` what happened."""

    def __init__(
        self,
        book: Book,
        judged: Judged,
        marked: _Marked,
        commissions: Floats,
        amounts: dict[CashKind, Floats],
        end: int,
        *,
        stopped: bool,
    ) -> None:
        self.book, self.judged, self.commissions = book, judged, commissions
        self.marked, self.amounts = marked, amounts
        self.end, self.stopped = end, stopped
        self.borrows = BorrowBook()
        self.held = [one.quantity for one in book.opening]
        self._times: list[datetime] = book.grid.labels.astype("datetime64[us]").tolist()
        self._closed: dict[tuple[int, date], Closed] = {
            (c.code, c.event.day): c for c in judged.closed
        }

    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return ``borrows`` and ``borrow_events``."""
        book, symbols = self.book, self.book.grid.symbols
        for code, worth in enumerate(self.marked.before.tolist()):
            if self.held[code]:
                price = worth / self.held[code]
                self.borrows.carry_in(symbols[code], self._times[0], self.held[code], price)
        events: dict[int, list[tuple[int, Event]]] = {}
        for code, of_company in enumerate(book.events):
            for event in of_company:
                events.setdefault(row_of(book, event.day), []).append((code, event))
        trades: dict[int, list[int]] = {}
        for at, row in enumerate(book.rows.tolist()):
            trades.setdefault(row, []).append(at)
        for row in range(self.end):
            for kind in _OF_NIGHTS:
                self._pay(row, kind)
            for code, event in events.get(row, ()):
                self._event(row, code, event)
            self._pay(row, CashKind.DIVIDENDS)
            for at in trades.get(row, ()):
                self._trade(row, at)
        last = self.end - 1
        marks = np.nan_to_num(self.marked.own[last]).tolist()
        if self.stopped:
            for code, held in enumerate(self.held):
                if held:
                    self._fill(last, code, "", -held, marks[code], 0.0, BorrowEnd.RUINED)
        return self.borrows.tables(dict(zip(symbols, marks, strict=True)), last)

    def _pay(self, row: int, kind: CashKind) -> None:
        amounts = self.amounts[kind][row]
        for code in np.flatnonzero(amounts).tolist():
            self.borrows.pay(self.book.grid.symbols[code], row, kind, float(amounts[code]))

    def _event(self, row: int, code: int, event: Event) -> None:
        held = self.held[code]
        if not held:
            return
        book, before = self.book, max(row - 1, 0)
        closed = self._closed.get((code, event.day))
        if event.ratio is None:
            last = self.marked.own[before, code]
            price = event.price if event.price is not None else float(np.nan_to_num(last))
            self._fill(row, code, "", -held, price, 0.0, BorrowEnd.DELISTED)
            return
        lost = 0.0 if closed is None else closed.held
        after = round(held * float(event.ratio) - lost, 9)
        price = float(np.nan_to_num(self.marked.closes[before, code] * book.factors.at(row, code)))
        self.held[code] = after
        symbol = book.grid.symbols[code]
        self.borrows.split(symbol, self._times[row], after, lost * price)

    def _trade(self, row: int, at: int) -> None:
        quantity = float(self.judged.allowed[at])
        if quantity:
            code, price = int(self.book.codes[at]), float(self.book.trades.prices[at])
            commission = float(self.commissions[at])
            self._fill(row, code, at, quantity, price, commission, BorrowEnd.COVERED)

    def _fill(
        self,
        row: int,
        code: int,
        order_id: int | str,
        quantity: float,
        price: float,
        commission: float,
        end: BorrowEnd,
    ) -> None:
        self.held[code] = round(self.held[code] + quantity, 9)
        time = self._times[row]
        if isinstance(order_id, int):
            time = self.book.trades.times[order_id].astype("datetime64[us]").item()
        symbol = self.book.grid.symbols[code]
        self.borrows.fill(symbol, time, row, order_id, quantity, price, commission, end)
