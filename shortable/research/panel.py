"""A study's tables at the desk: what each night cost, and which orders were refused, in the result's schema."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.arrays import Floats, Ints, Numbers, Times
from shortable.borrow import Convention, check_convention, fee_clock
from shortable.desk import NightCourses, RefusalKind, night_costs, night_rates, rebates_in
from shortable.provider import Pairs, ShortableProvider
from shortable.research.columns import Columns
from shortable.research.grid import Grid
from shortable.results import CashKind, night_amounts
from shortable.results.schema import Values, of_columns, of_tuples
from shortable.rule import EXCEEDS_SHORTABLE_QUANTITY, exceeds_tag
from shortable.symbol import Symbol

__all__ = ["Nights", "charge_nights", "checks_without_data", "refusals_table"]


class Nights:
    """What carrying the shorts of a grid costs (S8), charged block by block, in the order of the rows.

    Parameters
    ----------
    grid : Grid
    provider : ShortableProvider
        Gives the rate that is known at each session's close.
    model : BorrowFeeModel or CourseBorrowFee
        The convention. One that follows each borrow needs all nights of it, and is charged after the last block.
    ratios : mapping of int to ndarray, shape (N,), optional
        Row to new shares for each old one, where there were splits before it; 0 where a column ended.
    """

    def __init__(
        self,
        grid: Grid,
        provider: ShortableProvider,
        model: Convention,
        ratios: Mapping[int, Floats] | None = None,
    ) -> None:
        self._grid, self._provider, self._model = grid, provider, check_convention(model)
        self._ratios = ratios or {}
        self._courses = NightCourses(self._model)
        self._kept: list[tuple[Numbers, Floats]] = []
        self._followed: _Followed | None = None
        sessions = grid.sessions()
        self._ends = np.flatnonzero(np.diff(sessions))
        self._days = np.diff(sessions)[self._ends]
        self._closes = grid.closes()[self._ends].view(np.int64) if len(self._ends) else self._ends
        self._clock = fee_clock(model)
        self._without_price = 0
        self._by_row = np.zeros(len(grid.labels))
        self._found = Columns(
            night=np.int32,
            column=np.int32,
            shares=np.float64,
            close=np.float64,
            rate=np.float64,
            cost=np.float64,
        )

    def __len__(self) -> int:
        return len(self._found) if self._followed is None else len(self._followed.table)

    def charge(
        self,
        start: int,
        positions: Numbers,
        closes: Floats,
        rates: Floats | None = None,
    ) -> None:
        """Charge the nights that follow a block's sessions.

        Parameters
        ----------
        start : int
            The block's first row; it ends a session, unless it is the last.
        positions : ndarray, shape (B, N)
            Shares held after each row.
        closes : ndarray of float64, shape (B, N)
            Prices, NaN before a column's first; a short without any price so far costs nothing.
        rates : ndarray of float64, shape (B, N), optional
            Annual fractions at each session's last row, where they have been asked for already.
        """
        model, grid = self._model, self._grid
        first, last = np.searchsorted(self._ends, (start, start + len(positions)))
        ends = self._ends[first:last] - start
        nights: slice | Ints = ends
        if len(ends) and ends[-1] == len(ends) - 1:
            nights = slice(0, len(ends))  # each row ends a session: nothing is copied
        held, prices = positions[nights], closes[nights]
        is_short, unpriced = held < 0, np.isnan(prices)
        self._without_price += int(np.count_nonzero(is_short & unpriced))
        if self._courses:
            self._kept.append((positions, closes))
            if start + len(positions) == len(grid.labels):
                all_held, priced = (
                    np.concatenate(blocks) for blocks in zip(*self._kept, strict=True)
                )
                self._kept.clear()
                self._followed = _follow(
                    grid, all_held, priced, self._provider, model, self._courses, self._ratios
                )
            return
        short = np.flatnonzero(is_short & ~unpriced)
        if model.rate_kind is None or not len(short):
            return
        # By night: as many columns as are short in it.
        width = held.shape[1]
        counts = np.diff(np.searchsorted(short, np.arange(len(held) + 1) * width))
        night = np.repeat(np.arange(len(held)), counts)
        column = short - night * width
        shares, close = -held.take(short).astype(np.float64), prices.take(short)
        if rates is None:
            times = np.repeat(self._closes[first:last], counts)
            known = night_rates(model, self._provider, Pairs(grid.symbols, column, times, False))
        else:
            known = rates[nights].take(short)
        cost = night_costs(model, shares, close, known, np.repeat(self._days[first:last], counts))
        if self._clock:
            # The shorts of one night stand together, the nights in order.
            for shorts in np.split(np.arange(len(night)), np.flatnonzero(np.diff(night)) + 1):
                session = int(first + night[shorts[0]])
                names = column[shorts].tolist()
                cost[shorts] *= self._clock.charged(
                    names, session, session + 1, known[shorts].tolist()
                )
        self._by_row[start + 1 + ends] = np.bincount(night, cost, minlength=len(ends))
        self._found.add(
            night=first + night, column=column, shares=shares, close=close, rate=known, cost=cost
        )

    @property
    def total(self) -> float:
        """Sum of the costs."""
        return float(self._numbers("cost").sum())

    @property
    def without_rate(self) -> int:
        """Nights of shorts for which no rate is known; they cost nothing (S7)."""
        return int(np.isnan(self._numbers("rate")).sum())

    @property
    def without_price(self) -> int:
        """Nights of shorts of which no price is known so far; they cost nothing, and have no line in the table."""
        return self._without_price

    def _numbers(self, name: str) -> Floats:
        return (
            self._found[name] if self._followed is None else self.table[name].to_numpy(np.float64)
        )

    @property
    def by_row(self) -> Floats:
        """The costs of all columns, shape (T,), at the first row of the session after the night that they are for."""
        if self._followed is not None:
            return np.asarray(self._followed.costs.sum(axis=1))
        return self._by_row

    @property
    def costs(self) -> Floats:
        """The costs, T × N, at the first row of the session after the night that they are for."""
        if self._followed is not None:
            return self._followed.costs
        found = self._found
        costs = np.zeros((len(self._grid.labels), len(self._grid.symbols)))
        costs[self._ends[found["night"]] + 1, found["column"]] = found["cost"]
        return costs

    @cached_property
    def table(self) -> pd.DataFrame:
        """The table ``borrow_costs``: a line for each short and night."""
        if self._followed is not None:
            return self._followed.table
        found, symbols = self._found, self._grid.symbols
        columns: dict[str, Values] = {
            "date": self._grid.labels.astype("datetime64[D]")[self._ends[found["night"]] + 1],
            "symbol": [symbols[c] for c in found["column"].tolist()],
            "shares": found["shares"],
            "close": found["close"],
            "rate": found["rate"],
            "days": self._days[found["night"]],
            "cost": found["cost"],
            "rebate": rebates_in(self._model, found["cost"]),
            "interest": np.zeros(len(found)),
        }
        return of_columns("borrow_costs", columns)

    def amounts(self) -> dict[CashKind, Floats]:
        """Return the cash of the nights by what it was for, T × N, at the rows of `costs`."""
        if self._followed is not None:
            return night_amounts(self._followed.costs, *self._followed.received)
        costs = self.costs
        return night_amounts(costs, rebates_in(self._model, costs), np.zeros_like(costs))


def charge_nights(
    grid: Grid,
    positions: Numbers,
    closes: Floats,
    provider: ShortableProvider,
    model: Convention,
    rates: Floats | None = None,
    ratios: Mapping[int, Floats] | None = None,
) -> Nights:
    """Charge all nights of all shorts of a grid at once; see `Nights` and `Nights.charge`."""
    nights = Nights(grid, provider, model, ratios)
    nights.charge(0, positions, closes, rates)
    return nights


class _Followed(NamedTuple):
    """What a convention that follows each borrow charges."""

    costs: Floats
    """T × N."""
    received: Floats
    """In `costs`, rebates and interest, 2 × T × N."""
    table: pd.DataFrame
    """The table ``borrow_costs``."""


def _follow(
    grid: Grid,
    positions: Numbers,
    closes: Floats,
    provider: ShortableProvider,
    model: Convention,
    courses: NightCourses,
    ratios: Mapping[int, Floats],
) -> _Followed:
    """Charge each night of each borrow by a convention that follows it, and at the end what has not settled."""
    sessions = grid.sessions()
    ends = np.append(np.flatnonzero(np.diff(sessions)), len(sessions) - 1)
    days = grid.labels[ends].astype("datetime64[D]").tolist()
    times = grid.closes()[ends].view(np.int64)
    splits = _by_night(ends, ratios)
    costs, received, rows = np.zeros(positions.shape), np.zeros((2, *positions.shape)), []
    for column in np.flatnonzero((positions[ends] < 0).any(axis=0)).tolist():
        symbol, price = grid.symbols[column], closes[ends, column]
        shares = np.maximum(-positions[ends, column].astype(np.float64), 0.0)
        rates = np.full(len(ends), np.nan)
        if model.rate_kind is not None:
            pairs = Pairs([symbol], np.zeros(len(ends), np.intp), times, False)
            rates = night_rates(model, provider, pairs)
        figures = list(zip(shares.tolist(), price.tolist(), rates.tolist(), strict=True))
        for night, (short, close, rate) in enumerate(figures[:-1]):
            if (short and close == close) or courses.outstanding(symbol):
                begins, until = days[night], days[night + 1]
                cost, known, *parts = courses.night(symbol, begins, until, short, close, rate)
                costs[ends[night] + 1, column] += cost
                received[:, ends[night] + 1, column] += parts
                if short or cost:
                    days_of = (until - begins).days
                    rows.append((until, symbol, short, close, known, days_of, cost, *parts))
            if night in splits and splits[night][column] != 1:
                courses.restate(symbol, float(splits[night][column]))
        if courses.outstanding(symbol):
            short, close, rate = figures[-1]
            cost = courses.accrued(symbol, days[-1], short, close, rate)
            costs[-1, column] += cost
            if cost:
                rows.append((days[-1], symbol, short, close, rate, 0, cost, 0.0, 0.0))
    rows.sort(key=lambda row: row[0])
    return _Followed(costs, received, of_tuples("borrow_costs", rows))


def _by_night(ends: npt.NDArray[np.int64], ratios: Mapping[int, Floats]) -> dict[int, Floats]:
    """Return new shares for each old one by the night after which they are in force."""
    nights: dict[int, Floats] = {}
    for row, ratio in ratios.items():
        night = int(np.searchsorted(ends, row)) - 1
        nights[night] = nights.get(night, 1.0) * ratio
    return nights


def refusals_table(
    *,
    order_ids: Iterable[int | str],
    times: Times,
    symbols: Iterable[Symbol],
    kinds: Iterable[RefusalKind],
    requested: Numbers,
    allowed: Numbers,
    held: Numbers,
    available: npt.NDArray[np.int64],
    has_data: npt.NDArray[np.bool_],
) -> pd.DataFrame:
    """Make the table ``refusals`` of orders that could not be borrowed; −1 in `available` stands for None."""
    names = list(symbols)
    return of_columns(
        "refusals",
        {
            "order_id": list(order_ids),
            "time": times,
            "symbol": names,
            "kind": list(kinds),
            "requested": requested,
            "allowed": allowed,
            "held": held,
            "open_sells": np.zeros(len(names)),
            "available": [None if shares < 0 else shares for shares in available.tolist()],
            "has_data": has_data,
            "error_code": np.full(len(names), EXCEEDS_SHORTABLE_QUANTITY),
            "tag": [
                exceeds_tag(symbol.ticker, shares)
                for symbol, shares in zip(names, requested.tolist(), strict=True)
            ],
        },
    )


def checks_without_data(times: Times, symbols: Iterable[Symbol]) -> pd.DataFrame:
    """Make the table ``checks_without_data``."""
    return of_columns("checks_without_data", {"time": times, "symbol": list(symbols)})
