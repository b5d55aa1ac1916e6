"""A study's tables at the desk: what each night cost, and which orders were refused, in the result's schema."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.borrow import Convention, check_convention, fee_clock
from shortable.desk import NightCourses, RefusalKind, night_costs, night_rates
from shortable.provider import Pairs, ShortableProvider
from shortable.research.grid import Grid
from shortable.results.schema import of_columns, of_tuples
from shortable.rule import EXCEEDS_SHORTABLE_QUANTITY, exceeds_tag
from shortable.symbol import Symbol

__all__ = ["Nights", "charge_nights", "checks_without_data", "refusals_table"]

Floats = npt.NDArray[np.float64]
Times = npt.NDArray[np.datetime64]


class Nights(NamedTuple):
    """What carrying the shorts of a grid cost."""

    costs: Floats
    """T × N, at the first row of the session after the night that it is for."""
    table: pd.DataFrame
    """The table ``borrow_costs``: a line for each short and night."""


def charge_nights(
    grid: Grid,
    positions: npt.NDArray[Any],
    closes: Floats,
    provider: ShortableProvider,
    model: Convention,
    rates: Floats | None = None,
) -> Nights:
    """Charge each night of each short (S8).

    Parameters
    ----------
    grid : Grid
    positions : ndarray, shape (T, N)
        Shares held after each row.
    closes : ndarray of float64, shape (T, N)
        Prices, NaN before a column's first; a short without any price so far costs nothing.
    provider : ShortableProvider
        Gives the rate that is known at each session's close.
    model : BorrowFeeModel or CourseBorrowFee
        The convention.
    rates : ndarray of float64, shape (T, N), optional
        Annual fractions at each session's last row, where they have been asked for already.
    """
    courses = NightCourses(check_convention(model))
    if courses:
        return _follow_nights(grid, positions, closes, provider, model, courses)
    sessions = grid.sessions()
    ends = np.flatnonzero(np.diff(sessions))
    prices = closes[ends]
    night, column = np.nonzero((positions[ends] < 0) & ~np.isnan(prices))
    if model.rate_kind is None:
        night, column = night[:0], column[:0]
    shares = -positions[ends][night, column].astype(np.float64)
    close, days = prices[night, column], np.diff(sessions)[ends][night]
    close_times = grid.closes()[ends].view(np.int64)[night]
    known, cost = np.zeros(0), np.zeros(0)
    if len(night):
        known = (
            night_rates(model, provider, Pairs(grid.symbols, column, close_times, False))
            if rates is None
            else rates[ends[night], column]
        )
        cost = night_costs(model, shares, close, known, days)
        clock = fee_clock(model)
        if clock:
            # The shorts of one night stand together, the nights in order.
            for shorts in np.split(np.arange(len(night)), np.flatnonzero(np.diff(night)) + 1):
                session = int(night[shorts[0]])
                names = column[shorts].tolist()
                cost[shorts] *= clock.charged(names, session, session + 1, known[shorts].tolist())
    costs = np.zeros(positions.shape)
    costs[ends[night] + 1, column] = cost
    columns: dict[str, Any] = {
        "date": grid.labels.astype("datetime64[D]")[ends[night] + 1],
        "symbol": [grid.symbols[c] for c in column.tolist()],
        "shares": shares,
        "close": close,
        "rate": known,
        "days": days,
        "cost": cost,
    }
    return Nights(costs, of_columns("borrow_costs", columns))


def _follow_nights(
    grid: Grid,
    positions: npt.NDArray[Any],
    closes: Floats,
    provider: ShortableProvider,
    model: Convention,
    courses: NightCourses,
) -> Nights:
    """Charge each night of each borrow by a convention that follows it, and at the end what has not settled."""
    sessions = grid.sessions()
    ends = np.append(np.flatnonzero(np.diff(sessions)), len(sessions) - 1)
    days = grid.labels[ends].astype("datetime64[D]").tolist()
    times = grid.closes()[ends].view(np.int64)
    costs, rows = np.zeros(positions.shape), []
    for column in np.flatnonzero((positions[ends] < 0).any(axis=0)).tolist():
        symbol, price = grid.symbols[column], closes[ends, column]
        shares = np.maximum(-positions[ends, column].astype(np.float64), 0.0)
        rates = np.full(len(ends), np.nan)
        if model.rate_kind is not None:
            pairs = Pairs([symbol], np.zeros(len(ends), np.intp), times, False)
            rates = night_rates(model, provider, pairs)
        figures = list(zip(shares.tolist(), price.tolist(), rates.tolist(), strict=True))
        for night, (short, close, rate) in enumerate(figures[:-1]):
            if (short and close == close) or symbol in courses.outstanding():
                begins, until = days[night], days[night + 1]
                cost, known = courses.night(symbol, begins, until, short, close, rate)
                costs[ends[night] + 1, column] += cost
                if short or cost:
                    days_of = (until - begins).days
                    rows.append((until, symbol, short, close, known, days_of, cost))
        if symbol in courses.outstanding():
            short, close, rate = figures[-1]
            cost = courses.accrued(symbol, days[-1], short, close, rate)
            costs[-1, column] += cost
            if cost:
                rows.append((days[-1], symbol, short, close, rate, 0, cost))
    rows.sort(key=lambda row: row[0])
    return Nights(costs, of_tuples("borrow_costs", rows))


def refusals_table(
    *,
    order_ids: Iterable[int | str],
    times: Times,
    symbols: Iterable[Symbol],
    kinds: Iterable[RefusalKind],
    requested: npt.NDArray[Any],
    allowed: npt.NDArray[Any],
    held: npt.NDArray[Any],
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
