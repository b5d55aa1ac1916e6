"""The statements about one market's symbols over time: what a look-up needs of a store or of a table in memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from shortable.arrays import Bools, Indices, Ints, Numbers
from shortable.clock import from_instant
from shortable.market import Market
from shortable.providers.as_of.timeline import CHUNK, Moments
from shortable.symbol import Symbol

__all__ = [
    "FEE",
    "FLOOR",
    "QUANTITY",
    "REBATE",
    "UNKNOWN",
    "UNREAD",
    "UNSTATED",
    "Course",
    "History",
    "marker",
    "numbers_of",
    "utc",
]

QUANTITY, FLOOR, FEE, REBATE = "quantity", "quantity_is_floor", "fee_rate", "rebate_rate"

UNREAD = -1
"""In a quantity's cell: not read yet, or no data. A rate's cell holds NaN there."""
UNSTATED = -2
"""In a quantity's cell: the snapshot names the symbol without a quantity, or is the list of a venue that it is not known
to be of, so an older one answers. A rate's: inf."""
UNKNOWN = -3
"""In a quantity's cell: the snapshot names the symbol as available and not how many shares, has a row of it that could not
be read, or lists the ticker in another currency only, so that there are no data (S3). A rate's: inf."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Course:
    """One symbol's statements in time order.

    Attributes
    ----------
    moments : Moments
        When each was made; the same object for all symbols with the same instants.
    part_of : ndarray of int32, shape (n + 1,)
        Which part of the history holds each statement; −1 for what needs no reading, the last one among it.
    cells : dict of str to ndarray, shape (n + 1,)
        Values by column. The last cell stands for no data and is never stated.
    read : set of (str, int)
        Columns and parts that the cells hold.
    own : ndarray of int32 or None
        Of each of the history's main statements, its position among this symbol's; None where they are the same.
    kept : bool
        Whether the history remembers this object; one that it does not is made anew for each look-up.
    """

    __slots__ = ("cells", "kept", "moments", "own", "part_of", "read", "symbol")

    def __init__(self, symbol: Symbol, moments: Moments, part_of: npt.NDArray[np.int32]) -> None:
        self.symbol, self.moments, self.part_of = symbol, moments, part_of
        self.own: npt.NDArray[np.int32] | None = None
        self.cells: dict[str, Numbers] = {}
        self.read: set[tuple[str, int]] = set()
        self.kept = True


class History(ABC):
    """The statements about one market's symbols."""

    market: Market
    """Whose symbols they are."""
    main: Moments
    """The instants of the statements that most symbols share."""
    every: Moments
    """The instants of all statements."""
    part_of: npt.NDArray[np.int32]
    """Which part holds each of the main statements, and −1 at the end; as in `Course`."""

    @property
    def instants(self) -> Ints:
        """The instants of all statements, ascending: of shape (n,)."""
        return self.every.instants

    @abstractmethod
    def course(self, symbol: Symbol) -> Course:
        """Return a symbol's statements; of one that never was named, those that leave it out."""

    @abstractmethod
    def fill(self, course: Course, part: int, column: str) -> None:
        """Read one column of one part into a course's cells."""

    def fill_many(self, courses: Sequence[Course], part: int, column: str) -> None:
        """Read one column of one part into the cells of several courses."""
        for course in courses:
            self.fill(course, part, column)

    @abstractmethod
    def market_at(
        self, instant: int, oldest: int | None
    ) -> tuple[dict[Symbol, int], list[Symbol]] | None:
        """Return what could be borrowed, quantities above 0, by statements from `oldest` to `instant`.

        Beside them the symbols that have to be looked up one by one. None where there are no data.
        """

    @abstractmethod
    def symbols(self) -> list[Symbol]:
        """Return every symbol that any statement names."""

    def own_moments(self, symbols: Sequence[Symbol]) -> Bools:
        """Say of each symbol whether its statements were made at other moments than the main ones."""
        return np.array([self.course(s).moments is not self.main for s in symbols], np.bool_)

    def gathers(self, column: str, symbols: int, states: Indices) -> bool:
        """Whether `gather` is cheaper than going through each of so many symbols."""
        return False

    def gather(
        self,
        column: str,
        symbols: Sequence[Symbol],
        codes: Indices,
        states: Indices,
    ) -> Numbers:
        """Return the cells of many pairs on the main moments; int64 for quantities, −1 unread."""
        raise NotImplementedError

    def standing(self, course: Course, state: int) -> int:
        """Return `UNSTATED` or `UNKNOWN` where that is all that a statement says, else 0."""
        return 0

    def why_unknown(self, symbol: Symbol, course: Course, state: int) -> str:
        """Return in words why a statement is `UNKNOWN`."""
        raise NotImplementedError

    def other_currencies(self, symbol: Symbol) -> list[Symbol]:
        """Return the symbol's ticker in the other currencies that any statement names."""
        return []

    def cells(self, course: Course, column: str) -> Numbers:
        """Return a column of a course, of which parts may be unread."""
        found = course.cells.get(column)
        if found is None:
            found = course.cells[column] = np.full(len(course.moments) + 1, *marker(column))
        return found

    def read(self, course: Course, column: str, states: Indices) -> Numbers:
        """Return a column of a course whose cells of some states, at least, are read."""
        for part in numbers_of(course.part_of, states):
            if (column, part) not in course.read:
                self.fill(course, part, column)
        return self.cells(course, column)

    def cell(self, course: Course, state: int, column: str) -> float:
        """Return the value of one statement, read if need be."""
        part = int(course.part_of[state])
        if part >= 0 and (column, part) not in course.read:
            self.fill(course, part, column)
        value: float = self.cells(course, column)[state].item()
        return value

    def describe(self) -> str:
        """Return which snapshots there are, in words."""
        if not len(self.instants):
            return f"there is no snapshot of market {self.market.value}"
        first, last = (from_instant(int(self.instants[i]), self.market) for i in (0, -1))
        return (
            f"there are {len(self.instants):,} snapshots of market {self.market.value}, the first of {first}, "
            f"the last of {last} (exchange-local time)"
        )


def numbers_of(part_of: npt.NDArray[np.int32], states: Indices) -> list[int]:
    """Return which parts hold some states, ascending."""
    if not len(states):
        return []
    possible = np.unique(part_of[int(states.min()) : int(states.max()) + 1])
    held = np.zeros(int(possible[-1]) + 2, np.bool_)  # the last one for part −1
    for start in range(0, len(states), CHUNK):
        held[part_of.take(states[start : start + CHUNK])] = True
        if held[possible].all():  # mostly after the first few
            break
    return np.flatnonzero(held[:-1]).tolist()


def marker(column: str) -> tuple[float, type[np.generic]]:
    """Return the value and type of a column's unread cells."""
    if column == QUANTITY:
        return UNREAD, np.int32
    return (False, np.bool_) if column == FLOOR else (np.nan, np.float64)


def utc(instant: int) -> datetime:
    """Return an instant as an aware datetime."""
    return _EPOCH + timedelta(microseconds=instant)
