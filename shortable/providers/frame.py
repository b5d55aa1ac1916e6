"""Availability from a DataFrame in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import compress
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.market import Market
from shortable.providers.as_of import AsOfProvider
from shortable.providers.exact import Missing
from shortable.providers.frame_table import WideTable
from shortable.providers.history import FEE, QUANTITY, REBATE, Course, History, marker
from shortable.providers.timeline import Moments
from shortable.symbol import Symbol

__all__ = ["FrameShortableProvider"]


class FrameShortableProvider(AsOfProvider):
    """Answers from wide tables, times × tickers.

    Parameters
    ----------
    quantities : DataFrame
        Shares available: whole numbers, at least 0. NaN is "not stated": the newest stated value counts, as long
        as `max_age` lets it speak. A ticker without a column follows `missing`, and so does any symbol of another
        market. The index says when each row became known: wall time of the market, or aware; in any order, each
        time once. A wall time that the clock shows twice counts from its second pass on. Column labels are
        tickers in any vendor's spelling, each symbol once. The table is copied.
    fee_rates, rebate_rates : DataFrame, optional
        Annual fractions, finite, NaN not stated; with an index and columns of their own, as-of likewise.
    market : Market
        Whose tickers and clock they are.
    missing, max_age, lag
        As in `LocalDiskShortableProvider`.

    Raises
    ------
    InvalidInputError
        A cell, a label or an argument is out of its bounds; names ticker, time and value.

    Examples
    --------
    >>> table = pd.DataFrame({"SPY": [500, 400], "BRK B": [7, None]}, index=pd.to_datetime(["2024-01-02", "2024-01-03"]))
    >>> provider = FrameShortableProvider(table)
    >>> [provider.shortable_quantity(s, pd.Timestamp("2024-01-03 10:00")) for s in ("SPY", "BRK.B", "GME")]
    [400, 7, 0]
    """

    def __init__(
        self,
        quantities: pd.DataFrame,
        fee_rates: pd.DataFrame | None = None,
        rebate_rates: pd.DataFrame | None = None,
        *,
        market: Market = Market.USA,
        missing: Missing = "unavailable",
        max_age: timedelta | None = timedelta(days=7),
        lag: timedelta = timedelta(0),
    ) -> None:
        self.market = Market(market)
        histories: dict[str, dict[Market, History]] = {
            QUANTITY: {self.market: _history(quantities, "quantities", self.market, QUANTITY)},
            FEE: {},
            REBATE: {},
        }
        for column, frame, name in (
            (FEE, fee_rates, "fee_rates"),
            (REBATE, rebate_rates, "rebate_rates"),
        ):
            if frame is not None:
                histories[column][self.market] = _history(frame, name, self.market, column)
        super().__init__(histories, missing, max_age, lag)

    def __repr__(self) -> str:
        history: Any = self._histories[QUANTITY][self.market]
        return f"{type(self).__name__}({len(history.instants):,} times × {len(history.rows):,} symbols)"


class FrameHistory(History):
    """A wide table as statements: each row states what it holds of a symbol, unless that is NaN."""

    def __init__(self, table: WideTable, column: str) -> None:
        self.market, self.column = table.market, column
        self.main = self.every = Moments(table.instants)
        self.part_of = np.full(len(table.instants) + 1, -1, np.int32)
        self.rows = {symbol: row for row, symbol in enumerate(table.symbols)}
        nothing = marker(column)[0]
        # Symbols × times, and one more time, of silence.
        self._cells = np.full(
            (len(table.symbols), len(table.instants) + 1), nothing, table.values.dtype
        )
        self._cells[:, :-1] = table.values.T
        self._stated = (
            self._cells[:, :-1] >= 0 if column == QUANTITY else ~np.isnan(self._cells[:, :-1])
        )
        self._full: npt.NDArray[np.bool_] = np.logical_and.reduce(self._stated, axis=1)
        self._same: dict[bytes, Moments] = {}
        self._never = Moments(np.empty(0, np.int64))
        self._courses: dict[Symbol, Course] = {}
        self._newest: npt.NDArray[np.int32] | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_courses": {}, "_newest": None}

    def __deepcopy__(self, memo: dict[int, Any]) -> FrameHistory:
        return self  # nothing in it ever changes

    def course(self, symbol: Symbol) -> Course:
        """Return a symbol's statements."""
        course = self._courses.get(symbol)
        if course is None:
            row = self.rows.get(symbol)
            if row is None:
                return _course(symbol, self._never, self.column, np.full(1, *marker(self.column)))
            if self._full[row]:
                course = _course(symbol, self.main, self.column, self._cells[row])
            else:
                at = np.flatnonzero(self._stated[row])
                moments = self._same.setdefault(at.tobytes(), Moments(self.instants[at]))
                course = _course(symbol, moments, self.column, self._cells[row][np.append(at, -1)])
            self._courses[symbol] = course
        return course

    def fill(self, course: Course, part: int, column: str) -> None:
        """Nothing is unread."""

    def gathers(self, column: str, symbols: int, states: npt.NDArray[Any]) -> bool:
        """Whether `gather` is cheaper than going through each symbol: it is."""
        return True

    def gather(
        self,
        column: str,
        symbols: Sequence[Symbol],
        codes: npt.NDArray[Any],
        states: npt.NDArray[Any],
    ) -> npt.NDArray[Any]:
        """Return the cells of many pairs on the main moments."""
        rows = np.array([self.rows[symbol] for symbol in symbols])
        cells: npt.NDArray[Any] = self._cells[rows.take(codes), states]
        return cells

    def market_at(
        self, instant: int, oldest: int | None
    ) -> tuple[dict[Symbol, int], list[Symbol]] | None:
        """Return what could be borrowed, quantities above 0, by statements from `oldest` to `instant`."""
        now = int(np.searchsorted(self.instants, instant, side="right")) - 1
        if now < 0:
            return None
        if self._newest is None:
            # Of each symbol and time, the newest time at or before it that states the symbol; −1 for none.
            times = np.arange(len(self.instants), dtype=np.int32)
            self._newest = np.maximum.accumulate(
                np.where(self._stated, times, np.int32(-1)), axis=1
            )
        newest = self._newest[:, now]
        speaks = newest >= 0
        if oldest is not None:
            speaks &= self.instants[newest] >= oldest
        if not speaks.any():
            return None
        shares = self._cells[np.arange(len(newest)), newest]
        lent = speaks & (shares > 0)
        return dict(
            zip(compress(self.rows, lent.tobytes()), shares[lent].tolist(), strict=True)
        ), []


def _history(frame: pd.DataFrame, parameter: str, market: Market, column: str) -> FrameHistory:
    return FrameHistory(WideTable.of(frame, parameter, market, shares=column == QUANTITY), column)


def _course(symbol: Symbol, moments: Moments, column: str, cells: npt.NDArray[Any]) -> Course:
    course = Course(symbol, moments, np.full(len(moments) + 1, -1, np.int32))
    course.cells[column] = cells
    return course
