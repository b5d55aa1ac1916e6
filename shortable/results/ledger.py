"""The life of a borrow, and what each symbol and day made of the equity (S13): for engine and audit alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.arrays import Floats
from shortable.results.schema import of_columns, of_tuples
from shortable.symbol import Symbol

__all__ = ["BorrowBook", "BorrowEnd", "CashKind", "attribution_of", "night_amounts"]


_NOTHING = 1e-9  # shares: sums of fractions are not exact


class CashKind(StrEnum):
    """What cash was paid or received for: a column of the table ``attribution``."""

    PRICE = "price"
    """A fraction of a share that a split left: part of what the shares were worth."""
    COMMISSION = "commission"
    """Of an order."""
    BORROW_FEE = "borrow_fee"
    """What the lender takes."""
    REBATE = "rebate"
    """What the lender gives on the proceeds, or takes where it is below 0."""
    DIVIDENDS = "dividends"
    """Received by a long, owed by a short (in lieu)."""
    LOCATE_FEE = "locate_fee"
    """For shares located before an order."""
    BUY_IN_PENALTY = "buy_in_penalty"
    """Beside the price of a buy-in."""
    INTEREST = "interest"
    """On the proceeds of short sales."""


class BorrowEnd(StrEnum):
    """How a borrow ended."""

    COVERED = "covered"
    """Bought back of the account's own accord, or by a margin call."""
    RECALLED = "recalled"
    """Bought back after the lender had recalled the shares, before they were bought in."""
    BOUGHT_IN = "bought in"
    """Bought in by the broker."""
    DELISTED = "delisted"
    """The security ended."""
    RUINED = "ruined"
    """The account was stopped."""
    OPEN = "open"
    """It is still open at the end."""


_AFTER_THE_END = (
    CashKind.BUY_IN_PENALTY,
    CashKind.BORROW_FEE,
    CashKind.REBATE,
    CashKind.INTEREST,
)


@dataclass(slots=True)
class _Borrow:
    number: int
    symbol: Symbol
    opened: datetime
    session: int
    short: float = 0.0
    greatest: float = 0.0
    sold: float = 0.0
    sold_value: float = 0.0
    ended: datetime | None = None
    end: BorrowEnd = BorrowEnd.OPEN
    nights: int = 0
    recalled: bool = False
    amounts: dict[CashKind, float] = field(default_factory=lambda: dict.fromkeys(CashKind, 0.0))


class BorrowBook:
    """Follows each short from the position's passing below zero to its return to zero or above.

    Call its methods in the order in which things happened.

    Examples
    --------
    100 sold short at 20.00, 40 bought back at 19.00, a fee of 3.00; the rest is worth 18.00 a share at the end:
    2,000 − 760 − 60 × 18 = 160.

    >>> book, gme, day = BorrowBook(), Symbol.create("GME"), datetime(2024, 1, 2, 16)
    >>> book.fill(gme, day, 0, 1, -100, 20.0, 1.0)
    >>> book.pay(gme, 1, CashKind.BORROW_FEE, -3.0)
    >>> book.fill(gme, day, 1, 2, 40, 19.0, 0.5)
    >>> borrows, events = book.tables({gme: 18.0}, 2)
    >>> borrows[["end", "greatest_shares", "nights", "price", "commission", "borrow_fee", "total"]].values.tolist()
    [['open', 100, 2, 160.0, -1.5, -3.0, 155.5]]
    >>> events["event"].tolist()
    ['opened', 'covered in part']
    """

    def __init__(self) -> None:
        self._held: dict[Symbol, float] = {}
        self._open: dict[Symbol, _Borrow] = {}
        self._last: dict[Symbol, _Borrow] = {}
        self._borrows: list[_Borrow] = []
        self._located: dict[Symbol, tuple[int, float]] = {}
        self._events: list[tuple[object, ...]] = []

    def carry_in(self, symbol: Symbol, time: datetime, shares: float, price: float) -> None:
        """Begin with what was held before the first session, at what it was worth then."""
        self._held[symbol] = shares
        if shares < 0:
            borrow = self._begin(symbol, time, 0)
            self._sell(borrow, -shares, price)
            self._note(borrow, time, "carried in", -shares, price, "")

    def fill(
        self,
        symbol: Symbol,
        time: datetime,
        session: int,
        order_id: int | str,
        quantity: float,
        price: float,
        commission: float,
        end: BorrowEnd = BorrowEnd.COVERED,
    ) -> None:
        """Book a fill: signed shares, their price, the commission paid, and how a borrow ends that it ends."""
        held = self._held.get(symbol, 0.0)
        after = held + quantity
        if abs(after) < _NOTHING:
            after = 0.0
        self._held[symbol] = after
        before, short = max(-held, 0.0), max(-after, 0.0)
        change = short - before
        if not change:
            return
        borrow = self._open.get(symbol) or self._begin(symbol, time, session)
        # Of an order that also closes or opens a long, the borrow bears its share.
        borrow.amounts[CashKind.COMMISSION] -= commission * abs(change) / abs(quantity)
        if change > 0:
            self._sell(borrow, change, price)
            self._note(borrow, time, "added" if before else "opened", change, price, order_id)
            return
        borrow.amounts[CashKind.PRICE] += change * price
        borrow.short = short
        if short:
            self._note(borrow, time, "covered in part", change, price, order_id)
            return
        if borrow.recalled and end is BorrowEnd.COVERED:
            end = BorrowEnd.RECALLED
        self._close(borrow, time, session, end)
        self._note(borrow, time, str(end), change, price, order_id)

    def split(self, symbol: Symbol, time: datetime, shares: float, fraction: float = 0.0) -> None:
        """Let a position be one of `shares` after a split; `fraction` is the cash received for what was left of a share."""
        before = self._held.get(symbol, 0.0)
        self._held[symbol] = shares
        borrow = self._open.get(symbol)
        if borrow is None:
            return
        ratio = -shares / -before
        borrow.amounts[CashKind.PRICE] += fraction
        borrow.greatest *= ratio
        borrow.sold *= ratio
        borrow.short = -shares
        self._note(borrow, time, "split", before - shares, 0.0, "")
        if not shares:
            self._close(borrow, time, borrow.session, BorrowEnd.COVERED)

    def recall(self, symbol: Symbol, time: datetime, shares: float) -> None:
        """Note that the lender wants shares back."""
        borrow = self._open.get(symbol)
        if borrow is not None:
            borrow.recalled = True
            self._note(borrow, time, "recalled", 0.0, 0.0, "", shares)

    def pay(self, symbol: Symbol, session: int, kind: CashKind, amount: float) -> None:
        """Book cash received, negative where it was paid, on the borrow that it is for.

        A locate comes before the borrow that it is for; a penalty, and the nights until a cover settles, after its fill.
        """
        borrow = self._open.get(symbol)
        if borrow is None and kind in _AFTER_THE_END:
            borrow = self._last.get(symbol)
        if borrow is not None:
            borrow.amounts[kind] += amount
        elif kind is CashKind.LOCATE_FEE:
            day, known = self._located.get(symbol, (session, 0.0))
            self._located[symbol] = session, amount + (known if day == session else 0.0)

    def tables(
        self, marks: Mapping[Symbol, float], last_session: int
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the tables ``borrows`` and ``borrow_events``; what is still short is worth the last marks."""
        for borrow in self._open.values():
            borrow.nights = last_session - borrow.session
            borrow.amounts[CashKind.PRICE] -= borrow.short * marks[borrow.symbol]
        borrows = [
            (
                b.number,
                b.symbol,
                b.opened,
                np.datetime64("NaT", "us") if b.ended is None else b.ended,
                b.end,
                _whole(b.greatest),
                b.sold_value / b.sold if b.sold else 0.0,
                b.nights,
                *(b.amounts[kind] for kind in CashKind),
                sum(b.amounts.values()),
            )
            for b in self._borrows
        ]
        return of_tuples("borrows", borrows), of_tuples("borrow_events", self._events)

    def _begin(self, symbol: Symbol, time: datetime, session: int) -> _Borrow:
        borrow = _Borrow(len(self._borrows) + 1, symbol, time, session)
        day, located = self._located.pop(symbol, (session, 0.0))
        if day == session:
            borrow.amounts[CashKind.LOCATE_FEE] += located
        self._borrows.append(borrow)
        self._open[symbol] = self._last[symbol] = borrow
        return borrow

    @staticmethod
    def _sell(borrow: _Borrow, shares: float, price: float) -> None:
        borrow.amounts[CashKind.PRICE] += shares * price
        borrow.short += shares
        borrow.sold += shares
        borrow.sold_value += shares * price
        borrow.greatest = max(borrow.greatest, borrow.short)

    def _close(self, borrow: _Borrow, time: datetime, session: int, end: BorrowEnd) -> None:
        borrow.ended, borrow.end, borrow.short = time, end, 0.0
        borrow.nights = session - borrow.session
        del self._open[borrow.symbol]

    def _note(
        self,
        borrow: _Borrow,
        time: datetime,
        event: str,
        change: float,
        price: float,
        order_id: int | str,
        recalled: float = 0.0,
    ) -> None:
        shares = _whole(recalled or change)
        self._events.append(
            (
                borrow.number,
                time,
                borrow.symbol,
                event,
                shares,
                _whole(borrow.short),
                price,
                order_id,
            )
        )


def night_amounts(cost: Floats, rebate: Floats, interest: Floats) -> dict[CashKind, Floats]:
    """Return the cash of nights by what it was for: received, negative where it was paid.

    Parameters
    ----------
    cost, rebate, interest : ndarray of float64
        The columns of ``borrow_costs``.

    Examples
    --------
    A fee of 1.00, and 0.40 of interest received beside it.

    >>> found = night_amounts(*np.array([0.6, 0.0, 0.4]))
    >>> {str(kind): round(float(amount), 2) for kind, amount in found.items()}
    {'borrow_fee': -1.0, 'rebate': 0.0, 'interest': 0.4}
    """
    return {
        CashKind.BORROW_FEE: -(cost + rebate + interest),
        CashKind.REBATE: rebate,
        CashKind.INTEREST: interest,
    }


def attribution_of(
    symbols: Sequence[Symbol],
    dates: npt.NDArray[np.datetime64],
    positions: Floats,
    values: Floats,
    amounts: Mapping[CashKind, Floats],
) -> pd.DataFrame:
    """Make the table ``attribution``.

    Parameters
    ----------
    symbols : sequence of Symbol, length N
    dates : ndarray of datetime64, shape (T,)
        Sessions.
    positions : ndarray of float64, shape (T, N)
        Shares held at each session's close; they only say which rows are worth having.
    values : ndarray of float64, shape (T + 1, N)
        What was held was worth: at the beginning, then at each session's close.
    amounts : mapping of CashKind to ndarray of float64, shape (T, N)
        Cash received in each session, negative where it was paid; `CashKind.PRICE` is what trades brought or cost, before
        commissions. Kinds that are not given are 0.
    """
    parts = {kind: amounts.get(kind, np.zeros(positions.shape)) for kind in CashKind}
    parts[CashKind.PRICE] = parts[CashKind.PRICE] + np.diff(values, axis=0)
    total = np.add.reduce(list(parts.values()))
    held = (positions != 0) | (total != 0)
    for part in parts.values():
        held |= part != 0
    row, column = np.nonzero(held)
    return of_columns(
        "attribution",
        {
            "date": dates[row],
            "symbol": [symbols[c] for c in column.tolist()],
            **{str(kind): part[row, column] for kind, part in parts.items()},
            "total": total[row, column],
        },
    )


def _whole(shares: float) -> float:
    """Return whole shares as an int."""
    near = round(shares)
    return near if abs(shares - near) < _NOTHING else shares
