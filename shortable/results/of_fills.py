"""The borrow ledger of fills that were made elsewhere, with the nights that a desk charged (S13): for adapters and `constrain`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.errors import InvalidInputError
from shortable.results.ledger import (
    BorrowBook,
    BorrowEnd,
    CashKind,
    attribution_of,
    night_amounts,
)
from shortable.symbol import Symbol

__all__ = ["DividendOfShares", "Ledger", "SplitOfShares", "ledger_of"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Three tables of `shortable.results`, as a `Result` and an `Audit` have them."""

    borrows: pd.DataFrame
    """A row a borrow."""
    borrow_events: pd.DataFrame
    """What happened to them."""
    attribution: pd.DataFrame
    """What each symbol made of the equity in each session."""


class SplitOfShares(NamedTuple):
    """New shares for each old one, before a session's first fill; a fraction of a share is paid at the last close."""

    session: int
    column: int
    ratio: float


class DividendOfShares(NamedTuple):
    """Paid to who is long and owed by who is short at the close before a session, after its split."""

    session: int
    column: int
    amount: float
    """For each share of the session."""


def ledger_of(
    fills: pd.DataFrame,
    borrow_costs: pd.DataFrame,
    closes: pd.DataFrame,
    *,
    splits: Sequence[SplitOfShares] = (),
    dividends: Sequence[DividendOfShares] = (),
) -> Ledger:
    """Follow each borrow through fills and nights.

    Parameters
    ----------
    fills : DataFrame
        time (exchange-local), symbol, quantity (signed), price, and perhaps commission, order_id and end (a `BorrowEnd`, of
        a borrow that the fill ends); oldest first.
    borrow_costs : DataFrame
        date, symbol, cost, and perhaps rebate and interest: the table of that name of a desk's report.
    closes : DataFrame, sessions × symbols
        Closes by date; every session in which something happened, and every symbol. NaN carries the last one forward.
    splits : sequence of SplitOfShares
        By row and column of `closes`, where prices and fills are in the shares of their day.
    dividends : sequence of DividendOfShares
        By row and column of `closes`.

    Returns
    -------
    Ledger

    Raises
    ------
    InvalidInputError
        A fill or a night is of a symbol or a session that `closes` has not.

    Examples
    --------
    100 sold at 20.00 and bought back at 19.00, a night at 2.00: 100 − 2 = 98.

    >>> days = pd.to_datetime(["2024-01-02", "2024-01-03"])
    >>> fills = pd.DataFrame({"time": days, "symbol": "GME", "quantity": [-100, 100], "price": [20.0, 19.0]})
    >>> nights = pd.DataFrame({"date": days[1:], "symbol": "GME", "cost": [2.0]})
    >>> found = ledger_of(fills, nights, pd.DataFrame({"GME": [20.5, 18.5]}, days))
    >>> found.borrows[["end", "nights", "price", "borrow_fee", "total"]].values.tolist()
    [['covered', 1, 100.0, -2.0, 98.0]]
    >>> found.attribution[["price", "borrow_fee", "total"]].values.tolist()
    [[-50.0, 0.0, -50.0], [150.0, -2.0, 148.0]]
    """
    walk = _Walk(closes)
    orders = fills["order_id"].tolist() if "order_id" in fills else [""] * len(fills)
    paid = fills["commission"].tolist() if "commission" in fills else [0.0] * len(fills)
    ends = fills["end"].tolist() if "end" in fills else [BorrowEnd.COVERED] * len(fills)
    times, days = pd.DatetimeIndex(fills["time"]), pd.DatetimeIndex(borrow_costs["date"])
    rows = walk.rows("fills", times, fills["symbol"].tolist())
    nights = walk.rows("borrow_costs", days, borrow_costs["symbol"].tolist())
    happened: list[tuple[int, int, Callable[[], None]]] = []
    for kind, received in _cash_of(borrow_costs).items():
        for (row, code), amount in zip(nights, received.tolist(), strict=True):
            happened.append((row, 0, partial(walk.pay, code, kind, amount)))
    for split in splits:
        happened.append((split.session, 1, partial(walk.split, split)))
    for dividend in dividends:
        happened.append((dividend.session, 2, partial(walk.dividend, dividend)))
    columns = (fills["quantity"].tolist(), fills["price"].tolist(), paid, orders, ends)
    for (row, code), time, *what in zip(rows, times.to_pydatetime(), *columns, strict=True):
        happened.append((row, 3, partial(walk.fill, code, time, *what)))
    for row, _, book in sorted(happened, key=lambda one: one[:2]):
        walk.reach(row)
        book()
    return walk.ledger()


def _cash_of(borrow_costs: pd.DataFrame) -> dict[CashKind, Floats]:
    nothing = np.zeros(len(borrow_costs))
    cost, rebate, interest = (
        borrow_costs[name].to_numpy(np.float64) if name in borrow_costs else nothing
        for name in ("cost", "rebate", "interest")
    )
    return night_amounts(cost, rebate, interest)


class _Walk:
    """Goes from session to session and books what happens."""

    def __init__(self, closes: pd.DataFrame) -> None:
        self.symbols = [Symbol.create(name) for name in closes.columns]
        self.index = pd.DatetimeIndex(closes.index).normalize()
        self.closes = closes.ffill().to_numpy(np.float64)
        self.book = BorrowBook()
        self.positions = np.zeros(self.closes.shape)
        self.amounts = {kind: np.zeros(self.closes.shape) for kind in CashKind}
        self._codes = {symbol: code for code, symbol in enumerate(self.symbols)}
        self._row = 0
        self._held = np.zeros(len(self.symbols))

    def rows(
        self, parameter: str, times: pd.DatetimeIndex, symbols: list[str]
    ) -> list[tuple[int, int]]:
        """Return session and column of each line of a table."""
        rows = self.index.get_indexer(times.normalize())
        if (rows < 0).any():
            first = times[int(np.flatnonzero(rows < 0)[0])]
            raise InvalidInputError(parameter, str(first), "be in a session of closes")
        codes: dict[str, int] = {}
        for name in dict.fromkeys(symbols):
            code = self._codes.get(Symbol.create(name))
            if code is None:
                raise InvalidInputError(parameter, str(name), "have a column in closes")
            codes[name] = code
        return [(row, codes[name]) for row, name in zip(rows.tolist(), symbols, strict=True)]

    def reach(self, row: int) -> None:
        """Hold what is held until a session."""
        self.positions[self._row : row] = self._held
        self._row = row

    def pay(self, code: int, kind: CashKind, amount: float) -> None:
        """Book cash, negative where it was paid."""
        self.amounts[kind][self._row, code] += amount
        self.book.pay(self.symbols[code], self._row, kind, amount)

    def split(self, split: SplitOfShares) -> None:
        """Restate a position; what is left of a share is paid at the last close, in new shares."""
        held = float(self._held[split.column])
        if not held:
            return
        exact = round(held * split.ratio, 9)
        after = float(np.trunc(exact))
        last = self.closes[max(self._row - 1, 0), split.column] / split.ratio
        fraction = (exact - after) * float(last) if exact != after else 0.0
        self._held[split.column] = after
        self.amounts[CashKind.PRICE][self._row, split.column] += fraction
        time = self.index[self._row].to_pydatetime()
        self.book.split(self.symbols[split.column], time, after, fraction)

    def dividend(self, dividend: DividendOfShares) -> None:
        """Book a dividend on what is held."""
        held = float(self._held[dividend.column])
        if held:
            self.pay(dividend.column, CashKind.DIVIDENDS, held * dividend.amount)

    def fill(
        self,
        code: int,
        time: datetime,
        quantity: float,
        price: float,
        commission: float,
        order_id: int | str,
        end: BorrowEnd,
    ) -> None:
        """Book a fill."""
        held = round(float(self._held[code]) + quantity, 9)
        self._held[code] = held
        self.amounts[CashKind.PRICE][self._row, code] -= quantity * price
        self.amounts[CashKind.COMMISSION][self._row, code] -= commission
        symbol = self.symbols[code]
        self.book.fill(symbol, time, self._row, order_id, quantity, price, commission, end)

    def ledger(self) -> Ledger:
        """Return the tables, with what is still held at the last closes."""
        self.reach(len(self.index))
        worth = np.where(self.positions == 0, 0.0, self.positions * self.closes)
        values = np.concatenate([np.zeros((1, len(self.symbols))), worth])
        marks = dict(zip(self.symbols, self.closes[-1].tolist(), strict=True))
        borrows, events = self.book.tables(marks, len(self.index) - 1)
        days = self.index.to_numpy()
        attribution = attribution_of(self.symbols, days, self.positions, values, self.amounts)
        return Ledger(borrows, events, attribution)
