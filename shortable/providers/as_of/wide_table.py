"""A wide DataFrame, times × tickers: checked, brought to arrays, and read as statements about symbols."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import SupportsFloat

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.arrays import Bools, Indices, Ints, Numbers
from shortable.clock import instants, published_instant, time_index, transition_days
from shortable.errors import InvalidInputError
from shortable.market import Market
from shortable.providers.as_of.history import QUANTITY, Course, History, marker
from shortable.providers.as_of.timeline import Moments
from shortable.symbol import Symbol

__all__ = ["WideHistory", "WideTable"]

_EPOCH_DAY = 719_163  # date(1970, 1, 1).toordinal()
_DAY = 86_400_000_000
_LARGEST = 2.0**63


@dataclass(frozen=True, slots=True, eq=False)
class WideTable:
    """What became known when, sorted by time."""

    market: Market
    """Whose symbols they are."""
    symbols: list[Symbol]
    """Of shape (n,), in the frame's order."""
    instants: Ints
    """Microseconds since 1970-01-01T00:00Z, strictly ascending, of shape (t,)."""
    values: Numbers
    """Of shape (t, n): shares as int64, −1 not stated; or rates as float64, NaN not stated."""

    @classmethod
    def of(cls, frame: pd.DataFrame, parameter: str, market: Market, shares: bool) -> WideTable:
        """Check a frame.

        Parameters
        ----------
        frame : DataFrame
        parameter : str
            Name shown in errors.
        market : Market
        shares : bool
            Whether the values are shares, or else rates.

        Raises
        ------
        InvalidInputError
            It is no frame; a label is no ticker or names a symbol again; an index value is no time or stands
            twice; a value is no whole number of shares of at least 0, or no finite rate.
        """
        if not isinstance(frame, pd.DataFrame):
            raise InvalidInputError(parameter, frame, "be a DataFrame of times × tickers")
        symbols: dict[Symbol, Hashable] = {}
        for label in frame.columns:
            symbol = Symbol.create(label, market=market)
            if symbol in symbols:
                raise InvalidInputError(
                    f"{parameter}.columns",
                    label,
                    f"name each symbol once; {symbols[symbol]!r} is {symbol} too",
                )
            symbols[symbol] = label
        times = _known_from(frame.index, parameter, market)
        order = np.argsort(times, kind="stable")
        times = times[order]
        again = np.flatnonzero(times[1:] == times[:-1])
        if len(again):
            raise InvalidInputError(
                f"{parameter}.index", frame.index[order[again[0]]], "hold each time once"
            )
        values = _values(frame, parameter, shares)
        if shares and (not values.size or values.max() <= np.iinfo(np.int32).max):
            values = values.astype(np.int32)
        return cls(market, list(symbols), times, values[order])


def _known_from(index: pd.Index, parameter: str, market: Market) -> Ints:
    """Return the instants from which rows count: published, so never read too early."""
    if not isinstance(index, pd.DatetimeIndex):
        index = time_index(index, f"{parameter}.index") if len(index) else pd.DatetimeIndex([])
    found = instants(index, market)
    if index.tz is None and len(found):
        days = index.to_numpy().astype("datetime64[us]").view(np.int64) // _DAY + _EPOCH_DAY
        jumps = transition_days(market, int(days.min()), int(days.max()))
        for at in np.flatnonzero(np.isin(days, jumps)).tolist():
            found[at] = published_instant(index[at], market)
    return found


def _values(frame: pd.DataFrame, parameter: str, shares: bool) -> Numbers:
    """Return the cells, of shape (t, n): shares as int64, −1 not stated; or rates as float64, NaN not stated."""
    kinds = set(frame.dtypes)
    kind = kinds.pop() if len(kinds) == 1 else None
    if isinstance(kind, np.dtype) and kind.kind in "iuf":
        cells = frame.to_numpy()
        return _checked(cells, np.isnan(cells), frame, parameter, shares)
    found = np.empty(frame.shape, np.int64 if shares else np.float64)
    for number in range(frame.shape[1]):
        column = frame.iloc[:, [number]]
        cells, missing = _numbers(column.iloc[:, 0], parameter)
        found[:, [number]] = _checked(cells[:, None], missing[:, None], column, parameter, shares)
    return found


def _numbers(column: pd.Series, parameter: str) -> tuple[Numbers, Bools]:
    """Return a column's cells as NumPy integers or floats, and which of them are missing."""
    kind = column.dtype
    if (
        pd.api.types.is_bool_dtype(kind)
        or isinstance(kind, pd.StringDtype)
        or kind.kind not in "iufO"
    ):
        raise InvalidInputError(f"{parameter}[{column.name!r}]", str(kind), "hold numbers")
    if kind.kind == "O":
        numbers = [_number(value) for value in column]
        missing = np.array([number != number for number in numbers], np.bool_)
        if all(
            number != number or (isinstance(number, int) and abs(number) < _LARGEST)
            for number in numbers
        ):
            return np.array(
                [0 if number != number else number for number in numbers], np.int64
            ), missing
        return np.array(numbers, np.float64), missing
    missing = column.isna().to_numpy()
    if kind.kind in "iu":  # 2**62 + 1 is exact as an integer only
        whole = np.uint64 if kind.kind == "u" else np.int64
        return (
            column.to_numpy(whole, na_value=0) if missing.any() else column.to_numpy(whole)
        ), missing
    return column.to_numpy(np.float64, na_value=np.nan), missing


def _checked(
    cells: Numbers,
    missing: Bools,
    frame: pd.DataFrame,
    parameter: str,
    shares: bool,
) -> Numbers:
    """Return cells in their final type.

    Raises
    ------
    InvalidInputError
        One is out of its bounds; names ticker, time and value.
    """
    if cells.dtype.kind == "f":
        bad = np.isinf(cells)
        if shares:
            with np.errstate(invalid="ignore"):
                bad |= (cells < 0) | (cells >= _LARGEST) | (cells != np.floor(cells))
    else:
        bad = (
            (cells < 0) | (cells > np.iinfo(np.int64).max)
            if shares
            else np.zeros(cells.shape, np.bool_)
        )
    bad &= ~missing
    if bad.any():
        row, number = (int(at[0]) for at in np.nonzero(bad))
        where = f"{parameter}[{frame.columns[number]!r}] at {frame.index[row]}"
        value = frame.iloc[row, number]
        bound = (
            "be a whole number of shares, at least 0, or NaN"
            if shares
            else "be a finite annual fraction, or NaN"
        )
        raise InvalidInputError(
            where, value.item() if isinstance(value, np.generic) else value, bound
        )
    if not shares:
        return np.where(missing, np.nan, cells).astype(np.float64)
    filled = cells.copy()
    filled[missing] = 0
    found = filled.astype(np.int64)
    found[missing] = -1
    return found


def _number(value: object) -> int | float:
    """Return a number out of a column of objects; infinity, which is refused, for what is none."""
    if value is None or value is pd.NA or value != value:
        return np.nan
    if isinstance(value, (bool, np.bool_)):
        return np.inf
    if isinstance(value, (int, np.integer)):
        return int(value)
    try:
        return float(value) if isinstance(value, SupportsFloat) else np.inf
    except (TypeError, ValueError):
        return np.inf


class WideHistory(History):
    """A wide table as statements: each row states what it holds of a symbol, unless that is NaN."""

    @classmethod
    def of(cls, frame: pd.DataFrame, parameter: str, market: Market, column: str) -> WideHistory:
        """Read a frame; parameters and errors are those of `WideTable.of`."""
        return cls(WideTable.of(frame, parameter, market, shares=column == QUANTITY), column)

    def __init__(self, table: WideTable, column: str) -> None:
        self.market, self.column = table.market, column
        self.main = self.every = Moments(table.instants)
        self.part_of = np.full(len(table.instants) + 1, -1, np.int32)
        self.rows = {symbol: row for row, symbol in enumerate(table.symbols)}
        nothing = marker(column)[0]
        # Symbols × times, and one more time, without data.
        self._cells = np.full(
            (len(table.symbols), len(table.instants) + 1), nothing, table.values.dtype
        )
        self._cells[:, :-1] = table.values.T
        self._stated = (
            self._cells[:, :-1] >= 0 if column == QUANTITY else ~np.isnan(self._cells[:, :-1])
        )
        self._full: Bools = np.logical_and.reduce(self._stated, axis=1)
        self._same: dict[bytes, Moments] = {}
        self._never = Moments(np.empty(0, np.int64))
        self._courses: dict[Symbol, Course] = {}
        self._newest: npt.NDArray[np.int32] | None = None
        self._asked: tuple[list[Symbol], Indices] = [], np.empty(0, np.intp)

    def __getstate__(self) -> dict[str, object]:
        return {**vars(self), "_courses": {}, "_newest": None}

    def __deepcopy__(self, memo: dict[int, object]) -> WideHistory:
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

    def symbols(self) -> list[Symbol]:
        """Return every symbol that has a column."""
        return list(self.rows)

    def own_moments(self, symbols: Sequence[Symbol]) -> Bools:
        """Say of each symbol whether its statements were made at other moments than the main ones."""
        own: Bools = ~np.append(self._full, False)[self._rows_of(symbols)]
        return own

    def _rows_of(self, symbols: Sequence[Symbol]) -> Indices:
        """Return each symbol's row, −1 for none; kept, because a study asks block by block about the same ones."""
        names, rows = self._asked
        if names != symbols:
            rows = np.array([self.rows.get(symbol, -1) for symbol in symbols], np.intp)
            self._asked = list(symbols), rows
        return rows

    def fill(self, course: Course, part: int, column: str) -> None:
        """Nothing is unread."""

    def gathers(self, column: str, symbols: int, states: Indices) -> bool:
        """Whether `gather` is cheaper than going through each symbol: it is."""
        return True

    def gather(
        self,
        column: str,
        symbols: Sequence[Symbol],
        codes: Indices,
        states: Indices,
    ) -> Numbers:
        """Return the cells of many pairs on the main moments."""
        place = (self._rows_of(symbols) * self._cells.shape[1]).take(codes)
        place += states
        return self._cells.reshape(-1).take(place)

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
        has_data = newest >= 0
        if oldest is not None:
            has_data &= self.instants[newest] >= oldest
        if not has_data.any():
            return None
        shares = self._cells[np.arange(len(newest)), newest]
        available = has_data & (shares > 0)
        return dict(
            zip(compress(self.rows, available.tobytes()), shares[available].tolist(), strict=True)
        ), []


def _course(symbol: Symbol, moments: Moments, column: str, cells: Numbers) -> Course:
    # Nothing is unread: one −1 for all statements, rather than an array for each of thousands of symbols.
    course = Course(symbol, moments, np.broadcast_to(np.int32(-1), (len(moments) + 1,)))
    course.cells[column] = cells
    return course
