"""A run's record as the borrow ledger reads it (S13, S24); made after the run, from what the run kept anyway."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from operator import itemgetter

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.arrays import Floats, Ints
from shortable.engine.account import EventFields
from shortable.engine.feed import Feed
from shortable.engine.run_state import RunState
from shortable.orders import OrderStatus
from shortable.results import BorrowBook, BorrowEnd, CashKind, attribution_of, night_amounts
from shortable.symbol import Symbol

__all__ = ["RunLedger"]


_Step = tuple[int, int, int, Callable[[], None]]
_STATUS, _FILLED = 3, OrderStatus.FILLED


@dataclass
class RunLedger:
    """The tables ``borrows``, ``borrow_events`` and ``attribution`` of a run that has ended.

    Attributes
    ----------
    state : RunState
    feed : Feed
    sessions : int
        How many were handled.
    dates : ndarray of datetime64, shape (sessions,)
    """

    state: RunState
    feed: Feed
    sessions: int
    dates: npt.NDArray[np.datetime64]

    @property
    def borrows(self) -> pd.DataFrame:
        """One row a borrow."""
        return self._borrow_tables[0]

    @property
    def borrow_events(self) -> pd.DataFrame:
        """What happened to them."""
        return self._borrow_tables[1]

    @cached_property
    def attribution(self) -> pd.DataFrame:
        """What each symbol made of the equity in each session."""
        state, feed = self.state, self.feed
        shape = (self.sessions, len(state.by_column))
        changes = np.zeros(shape)
        amounts = {kind: np.zeros(shape) for kind in CashKind}
        at, columns, quantities, prices, commissions = self._fills
        np.add.at(changes, (at, columns), quantities)
        np.add.at(amounts[CashKind.PRICE], (at, columns), -quantities * prices)
        np.add.at(amounts[CashKind.COMMISSION], (at, columns), -commissions)
        for applied in state.applied:
            if applied.kind == "split":
                changes[self._session_of(applied.row), applied.column] += (
                    applied.after - applied.before
                )
        for _, row, column, kind, amount in state.account.payments:
            amounts[kind][self._session_of(row), column] += amount
        nights = state.short_desk.all_nights()
        for kind, received in night_amounts(nights.cost, nights.rebate, nights.interest).items():
            np.add.at(amounts[kind], (nights.charged, nights.column), received)
        held = np.zeros(shape[1])
        worth = np.zeros(shape[1])
        for opening in state.opening:
            column = state.securities[opening.symbol].column
            held[column], worth[column] = (
                opening.quantity,
                opening.quantity * float(opening.price or 0),
            )
        positions = held + np.cumsum(changes, axis=0)
        closes = feed.last_close[feed.closing_rows[: self.sessions]]
        values = np.concatenate([worth[None, :], np.where(positions == 0, 0.0, positions * closes)])
        return attribution_of(feed.symbols, self.dates, positions, values, amounts)

    @cached_property
    def _borrow_tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        state, book = self.state, BorrowBook()
        symbols = [security.symbol for security in state.by_column]
        opened = self.feed.session_opens(0)
        for held in state.opening:
            book.carry_in(held.symbol, opened, held.quantity, float(held.price or 0))
        for *_, enter in sorted(self._steps(book, symbols), key=itemgetter(0, 1, 2)):
            enter()
        last = self.feed.last_close[self.feed.closing_rows[self.sessions - 1]].tolist()
        return book.tables(dict(zip(symbols, last, strict=True)), self.sessions - 1)

    def _steps(self, book: BorrowBook, symbols: list[Symbol]) -> list[_Step]:
        """Return everything that happens to borrows: session, events before it, rank, and what enters it in the book.

        A night is charged before anything else of its session, and what is accrued at the end after it; of what stands between the same two events, splits come
        before payments, as fractions are paid at once, and payments before the event.
        """
        state, account = self.state, self.state.account
        steps: list[_Step] = []
        for number, event in enumerate(account.events):
            if event[_STATUS] is _FILLED:
                session = self._ordinals[event[2].toordinal()]
                steps.append((session, number, 3, partial(self._fill, book, event)))
        for applied in state.applied:
            if applied.kind == "split" and applied.before:
                session = self._session_of(applied.row)
                split = applied.time, applied.after, applied.cash
                steps.append(
                    (
                        session,
                        applied.events,
                        1,
                        partial(book.split, symbols[applied.column], *split),
                    )
                )
        for events, row, column, kind, amount in account.payments:
            if kind is not CashKind.PRICE:  # a fraction comes with its split
                session = self._session_of(row)
                pay = partial(book.pay, symbols[column], session, kind, amount)
                steps.append((session, events, 2, pay))
        for events, time, column, shares in account.recalls:
            session = self._ordinals[time.toordinal()]
            steps.append((session, events, 2, partial(book.recall, symbols[column], time, shares)))
        nights, last = state.short_desk.all_nights(), len(account.events)
        for kind, received in night_amounts(nights.cost, nights.rebate, nights.interest).items():
            for at in np.flatnonzero(received).tolist():
                charged, symbol = int(nights.charged[at]), symbols[nights.column[at]]
                before = -1 if charged > nights.session[at] else last
                pay = partial(book.pay, symbol, charged, kind, float(received[at]))
                steps.append((charged, before, 0, pay))
        return steps

    def _fill(self, book: BorrowBook, event: EventFields) -> None:
        order_id, symbol, time, _, _, quantity, price, commission, _ = event
        end = self.state.account.ends.get(order_id, BorrowEnd.COVERED)
        session = self._ordinals[time.toordinal()]
        book.fill(symbol, time, session, order_id, quantity, price, commission, end)

    @cached_property
    def _fills(self) -> tuple[Ints, Ints, Floats, Floats, Floats]:
        """Return session, column, shares, price and commission of every fill."""
        fills = [event for event in self.state.account.events if event[_STATUS] is _FILLED]
        columns = self.feed.columns
        return (
            np.array([self._ordinals[event[2].toordinal()] for event in fills], dtype=np.int64),
            np.array([columns[event[1]] for event in fills], dtype=np.int64),
            np.array([event[5] for event in fills], dtype=np.float64),
            np.array([event[6] for event in fills], dtype=np.float64),
            np.array([event[7] for event in fills], dtype=np.float64),
        )

    @cached_property
    def _ordinals(self) -> dict[int, int]:
        """Session by the proleptic ordinal of its date."""
        sessions = self.feed.sessions
        return {sessions[row]: number for number, row in enumerate(self.feed.closing_rows.tolist())}

    def _session_of(self, row: int) -> int:
        return int(np.searchsorted(self.feed.closing_rows, row))
