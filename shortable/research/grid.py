"""A study's tables as grids: T times × N symbols, and when each row asks what can be borrowed."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.arrays import Array, Floats, Indices, Times
from shortable.clock import LocalTimes, LookUp, look_up_times
from shortable.errors import InvalidInputError, ShortableWarning
from shortable.market import Market
from shortable.market_data.bar_times import at_midnight, read_labels
from shortable.symbol import Symbol

__all__ = ["Grid", "Rows", "Table", "carried_forward", "read_grid", "read_rows"]

Table = pd.DataFrame | pd.Series | npt.ArrayLike
"""Numbers by time and symbol: a DataFrame with its own axes, or an array of shape (T, N)."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The axes that all tables of one study share."""

    symbols: list[Symbol]
    """The N columns."""
    columns: pd.Index
    """The columns as the user spells them."""
    index: pd.Index
    """The rows as the user labels them."""
    labels: Times
    """The T rows, exchange-local, ascending."""
    market: Market
    """Whose clock it is."""

    @property
    def daily(self) -> bool:
        """Whether the rows are dates."""
        return at_midnight(self.labels)

    def sessions(self) -> npt.NDArray[np.int64]:
        """Return each row's date as days since 1970."""
        days: npt.NDArray[np.int64] = self.labels.astype("datetime64[D]").view(np.int64)
        return days

    def times(self, look_up: LookUp) -> Times:
        """Return when each row's orders look up what can be borrowed.

        Intraday rows ask at their label, whatever `look_up` says of daily ones.
        """
        return look_up_times(self.market, self.labels, look_up, self.daily)

    def closes(self) -> Times:
        """Return when each row's close is known: the session's close for daily rows, else the label."""
        return self.times("close")

    def frame(self, values: Array) -> pd.DataFrame:
        """Return a T × N table with the user's own labels; it takes the array over."""
        return pd.DataFrame(values, index=self.index, columns=self.columns, copy=False)

    def align(self, parameter: str, table: Table) -> Floats:
        """Return another table on this grid, as numbers; see `rows_of`."""
        return self.rows_of(parameter, table).part(0, len(self.labels))

    def rows_of(self, parameter: str, table: Table, *, stacklevel: int = 4) -> Rows:
        """Return another table on this grid: a DataFrame by its labels, an array by its shape.

        Raises
        ------
        InvalidInputError
            A column is missing, the shape differs, or none of the grid's times has a row. Other rows that the table
            lacks are NaN, and a `ShortableWarning` says how many they are.
        """
        shape = len(self.labels), len(self.symbols)
        if isinstance(table, pd.Series):
            table = table.to_frame()
        if not isinstance(table, pd.DataFrame):
            try:
                values = np.asarray(table, dtype=np.float64)
            except (TypeError, ValueError):
                raise InvalidInputError(parameter, table, "be a table of numbers") from None
            if values.shape != shape:
                raise InvalidInputError(
                    parameter, f"shape {values.shape}", f"have the targets' shape {shape}"
                )
            return Rows(values)
        position = {symbol: i for i, symbol in enumerate(read_symbols(parameter, table.columns))}
        missing = [str(s) for s in self.symbols if s not in position]
        if missing:
            raise InvalidInputError(
                parameter,
                f"columns without {', '.join(missing[:5])}",
                "have a column for each target",
            )
        labels = read_labels(table.index, self.market, parameter)
        found = pd.Index(labels).get_indexer(pd.Index(self.labels))
        self._check_rows(parameter, found, stacklevel)
        return Rows(table, found, np.array([position[s] for s in self.symbols]))

    def prices_of(self, table: Table) -> Rows:
        """Return prices on this grid; see `rows_of`. `Rows.part` refuses those that are not above 0."""
        return replace(self.rows_of("prices", table, stacklevel=5), priced=self)

    def _check_rows(self, parameter: str, found: npt.NDArray[np.intp], stacklevel: int) -> None:
        absent = np.flatnonzero(found < 0)
        if not len(absent):
            return
        first = self.index[absent[0]]
        if len(absent) == len(found):
            raise InvalidInputError(
                parameter,
                f"no row at {first}" + (f" and {len(absent) - 1} more" if len(absent) > 1 else ""),
                "have a row for each of the targets' times",
            )
        warnings.warn(
            f"{parameter} has no row at {first}{f' and {len(absent) - 1:,} more' if len(absent) > 1 else ''} of "
            f"{len(found):,} times: what stands last is carried forward",
            ShortableWarning,
            stacklevel=stacklevel,
        )

    def blocks(self, cells: int) -> Iterator[tuple[int, int]]:
        """Split the rows into blocks of whole sessions, of about so many cells each.

        Yields
        ------
        start, stop : int
        """
        sessions, total = self.sessions(), len(self.labels)
        ends = np.append(np.flatnonzero(np.diff(sessions)) + 1, total)
        size = max(cells // max(len(self.symbols), 1), 1)
        start = 0
        while start < total:
            # The last session that ends within the block; the first one, however long it is.
            first = np.searchsorted(ends, start, side="right")
            last = np.searchsorted(ends, start + size, side="right") - 1
            stop = int(ends[max(first, last)])
            yield start, stop
            start = stop


@dataclass(frozen=True, slots=True)
class Rows:
    """A table of numbers on a grid, of which some rows at a time are brought to float64."""

    table: pd.DataFrame | Floats
    """As it was given."""
    rows: npt.NDArray[np.intp] | None = None
    """Of each row of the grid, the table's row, −1 where it has none; None where they are the same."""
    columns: npt.NDArray[np.intp] | None = None
    """Of each column of the grid, the table's column; None where they are the same."""
    priced: Grid | None = None
    """The grid, where the numbers are prices."""

    def part(self, start: int, stop: int) -> Floats:
        """Return the rows of the grid from `start` to `stop` (exclusive), NaN where the table has none.

        Raises
        ------
        InvalidInputError
            A price is 0, infinite or negative, as CRSP marks the mean of bid and ask: a fee on it would be an income.
        """
        values = self._part(start, stop)
        if self.priced is None or not values.size:
            return values
        if np.fmin.reduce(values, axis=None) <= 0 or np.fmax.reduce(values, axis=None) == np.inf:
            row, column = (int(at[0]) for at in np.nonzero((values <= 0) | np.isinf(values)))
            raise InvalidInputError(
                f"prices of {self.priced.symbols[column]} at {self.priced.index[start + row]}",
                float(values[row, column]),
                "be finite and above 0, or NaN where there is none",
            )
        return values

    def _part(self, start: int, stop: int) -> Floats:
        if not isinstance(self.table, pd.DataFrame):
            return self.table[start:stop]
        if self.rows is None or self.columns is None:
            return self._numbers(self.table.iloc[start:stop])
        rows = self.rows[start:stop]
        present = rows[rows >= 0]
        chosen: slice | Indices = present
        if len(present) and (np.diff(present) == 1).all():
            chosen = slice(present[0], present[-1] + 1)
        part = self.table.iloc[chosen]
        if len(self.columns) < part.shape[1]:
            wanted = self._numbers(part.iloc[:, self.columns])
        else:
            wanted = self._numbers(part).take(self.columns, axis=1)
        if len(present) == len(rows):
            return wanted
        values = np.full((len(rows), len(self.columns)), np.nan)
        values[rows >= 0] = wanted
        return values

    @staticmethod
    def _numbers(table: pd.DataFrame) -> Floats:
        values: Floats = table.to_numpy(dtype=np.float64, na_value=np.nan)
        # Row by row in memory, as the other arrays are.
        return np.ascontiguousarray(values)


def read_grid(
    parameter: str, table: Table, symbols: Sequence[str] | None, times: LocalTimes | None
) -> tuple[Grid, Floats]:
    """Read a table of numbers, times × symbols; see `read_rows`."""
    grid, rows = read_rows(parameter, table, symbols, times)
    return grid, rows.part(0, len(grid.labels))


def read_symbols(parameter: str, columns: pd.Index) -> list[Symbol]:
    """Return the symbols that a table's columns name.

    Raises
    ------
    InvalidInputError
        A column has names of several levels, as a vendor's table of open, high, low and close has; or two are one symbol.
    """
    if isinstance(columns, pd.MultiIndex):
        first = columns[0]
        raise InvalidInputError(
            parameter,
            f"columns such as {first!r}",
            "have one column a symbol",
            f"Choose one field, as in {parameter}[{first[0]!r}].",
        )
    names = [Symbol.create(c) for c in columns]
    if len(set(names)) != len(names):
        raise InvalidInputError(parameter, "columns", "name each symbol once")
    return names


def _index(times: LocalTimes) -> pd.Index:
    if isinstance(times, (pd.Index, pd.Series, np.ndarray)):
        return pd.Index(times)
    return pd.Index([times] if isinstance(times, (date, np.datetime64)) else list(times))


def read_rows(
    parameter: str, table: Table, symbols: Sequence[str] | None, times: LocalTimes | None
) -> tuple[Grid, Rows]:
    """Read the axes of a table of numbers, times × symbols; its numbers some rows at a time.

    Parameters
    ----------
    parameter : str
        Its name, for messages.
    table : DataFrame or array-like
        Of shape (T, N). A DataFrame brings its own axes.
    symbols : sequence, optional
        The N columns of an array.
    times : array-like, optional
        The T rows of an array.

    Raises
    ------
    InvalidInputError
        An axis is missing, given twice, repeated or out of order; the columns are of several markets.
    """
    if isinstance(table, pd.DataFrame):
        if symbols is not None or times is not None:
            raise InvalidInputError(
                "symbols and times",
                "given",
                f"be left out: {parameter} is a DataFrame and has its own",
            )
        columns, index = table.columns, table.index
        values: pd.DataFrame | Floats = table
    else:
        if symbols is None or times is None:
            raise InvalidInputError(
                parameter, type(table).__name__, "be a DataFrame, or come with symbols= and times="
            )
        columns, index = pd.Index(list(symbols), dtype=object), _index(times)
        values = np.asarray(table, dtype=np.float64)
        if values.shape != (len(index), len(columns)):
            raise InvalidInputError(
                parameter,
                f"shape {values.shape}",
                f"be times × symbols, {(len(index), len(columns))}",
            )
    names = read_symbols(parameter, columns)
    markets = sorted({s.market for s in names})
    if len(markets) != 1:
        raise InvalidInputError(
            parameter,
            f"markets {', '.join(markets) or 'none'}",
            "be of one market",
            "Run one study a market.",
        )
    labels = read_labels(index, markets[0], parameter)
    if len(labels) == 0 or (labels[1:] <= labels[:-1]).any():
        raise InvalidInputError(
            f"times of {parameter}",
            "not ascending" if len(labels) else "none",
            "be at least one, each later than the one before",
        )
    return Grid(names, columns, index, labels, markets[0]), Rows(values)


def carried_forward(values: Floats, before: Floats | None = None) -> Floats:
    """Return a table in which NaN takes the last number above it in its column; above the first row stands `before`."""
    absent = np.isnan(values)
    if not absent.any():
        return values
    rows = np.where(absent, 0, np.arange(len(values))[:, None])
    np.maximum.accumulate(rows, axis=0, out=rows)
    found = np.take_along_axis(values, rows, axis=0)
    return found if before is None else np.where(np.isnan(found), before, found)
