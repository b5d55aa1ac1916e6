"""From times to statements: which of a series of dated statements answers at a moment.

A *statement* is what one snapshot says of one symbol. A *state* is the position of the statement that answers; the
state after the last one means that there are no data: nothing was known yet, or all of it is too old (S2, S3).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.arrays import Indices, Ints
from shortable.clock import from_instant, instants, local_times, to_instant, to_local
from shortable.errors import TimeError
from shortable.market import Market
from shortable.provider.pairs import FIRST_WALL, microseconds

__all__ = ["CHUNK", "Grid", "LaggedClock", "Moments", "Timeline", "before"]

CHUNK = 1 << 15
"""Look-ups handled at a time: what lies between two steps then stays in the processor's second-level cache."""

_DAY = 86_400_000_000  # microseconds of a day on which the clock does not jump
_HOUR = 3_600_000_000
_DAYS_KEPT = (
    1 << 16
)  # 180 years: random questions about more days than that let tables be filled anew
_TIMES_KEPT = 1 << 16  # bars: about 8 MB
_GRID_FROM = 4096  # look-ups in one call
_LAST_ORDINAL = datetime.max.toordinal()
_LAST_WALL = 253_402_000_000_000_000  # datetime's range, less three days
_JUMP = -(1 << 62)  # stands in a table of shifts for a day on which the clock jumps
_UNSURE = -2  # stands in a grid for a bucket within which the answer changes


def before(wall: datetime, lag: timedelta) -> datetime:
    """Return a naive wall time less a lag; the first one there is where that would lie before the year 1."""
    try:
        return wall - lag
    except OverflowError:
        return datetime.min


class LaggedClock:
    """A market's clock as a provider with a lag reads it: the answer at t is the one of t − lag.

    The lag is taken off the wall time; without one, aware times and ``fold`` are read to the instant.

    Parameters
    ----------
    market : Market
        Market on whose clock naive times are.
    lag : timedelta
        At least 0.
    """

    def __init__(self, market: Market, lag: timedelta = timedelta(0)) -> None:
        self.market, self.lag = market, lag
        self._starts: dict[int, int] = {}
        self._shifts: tuple[int, Ints] = (0, np.empty(0, np.int64))

    def instant(self, moment: datetime) -> int:
        """Return the instant that a look-up at `moment`, naive or aware, sees."""
        try:
            if self.lag:
                return to_instant(before(to_local(moment, self.market), self.lag), self.market)
            return to_instant(moment, self.market)
        except OverflowError:
            raise TimeError(
                "local_time", moment, "lie in the years 1 to 9999 on the exchange's clock"
            ) from None

    def start(self, ordinal: int) -> int:
        """Return the instant seen at midnight, the start of the day with that proleptic ordinal."""
        start = self._starts.get(ordinal)
        if start is None:
            if len(self._starts) > _DAYS_KEPT:
                self._starts.clear()
            start = self._starts[ordinal] = self.instant(datetime.fromordinal(ordinal))
        return start

    def first_wall(self, instant: int) -> datetime:
        """Return the first naive wall time, ``fold`` 0, at which a look-up sees that instant.

        That is the instant's wall time, but for the second pass of an hour that the clock repeats: naive times of
        that hour read as the first one, so it is the end of the hour.
        """
        wall = from_instant(instant, self.market)
        if wall.fold:
            low, high = 0, 2 * _HOUR  # no zone of ours repeats more than an hour
            start = wall.replace(fold=0)
            while high - low > 1:
                middle = (low + high) // 2
                seen = to_instant(start + timedelta(microseconds=middle), self.market) >= instant
                low, high = (low, middle) if seen else (middle, high)
            wall = start + timedelta(microseconds=high)
        try:
            return wall + self.lag
        except OverflowError:
            return datetime.max

    def wall_instants(self, wall: Ints, first: int, last: int) -> Ints:
        """Return the instants seen at many naive wall times.

        Parameters
        ----------
        wall : ndarray of int64
            Microseconds since 1970-01-01 00:00 on the market's clock.
        first, last : int
            Instants between which exactness matters. Beyond them only the order is kept.
        """
        low, high = self.days(first, last)
        if high - low > _DAYS_KEPT:
            seen = np.maximum(wall - microseconds(self.lag), FIRST_WALL)
            return instants(seen.view("datetime64[us]"), self.market)
        start, shifts = self._shift_table(low, high)
        day = wall // _DAY
        day -= start
        found: Ints = shifts.take(day, mode="clip")
        found += wall
        if len(found) and found.min() < _JUMP // 2:
            jumps = np.flatnonzero(found < _JUMP // 2)
            distinct, inverse = np.unique(wall[jumps], return_inverse=True)
            exact = [self.instant(m) for m in distinct.view("datetime64[us]").tolist()]
            found[jumps] = np.array(exact, np.int64)[inverse]
        return found

    def days(self, first: int, last: int) -> tuple[int, int]:
        """Return the first and last day, since 1970-01-01, whose wall times may see instants between two."""
        lag = microseconds(self.lag)
        # Wall time and UTC differ by less than a day; one more day on each side is read by its neighbour's shift.
        low, high = ((at + lag) // _DAY + more for at, more in ((first, -2), (last, 2)))
        low = min(max(low, FIRST_WALL // _DAY), _LAST_WALL // _DAY - 1)
        return low, max(min(high, _LAST_WALL // _DAY), low + 1)

    def walls(self, seen: Ints) -> Ints:
        """Return the wall times at which look-ups see many instants; of a repeated hour either pass."""
        utc_times = pd.DatetimeIndex(seen.view("datetime64[us]"), tz="UTC")
        found: Ints = local_times(utc_times, self.market).view(np.int64) + microseconds(self.lag)
        return found

    def _shift_table(self, low: int, high: int) -> tuple[int, Ints]:
        """Return what turns wall time into instants, for the days low to high since the epoch at least, and its first day."""
        start, table = self._shifts
        if len(table):
            if start <= low and high < start + len(table):
                return self._shifts
            # Symbols that were named at other times ask about other days: one table comes to hold them all.
            longer = min(start, low), max(start + len(table) - 1, high)
            if longer[1] - longer[0] <= _DAYS_KEPT:
                low, high = longer
        days = np.arange(low, high + 2, dtype=np.int64)
        seen = np.maximum(days * _DAY - microseconds(self.lag), FIRST_WALL)
        starts = instants(seen.view("datetime64[us]"), self.market)
        table = np.where(np.diff(starts) == _DAY, starts[:-1] - days[:-1] * _DAY, _JUMP)
        for edge, inner in ((0, 1), (-1, -2)):
            # All that lies outside is read by the first or last shift, so these must not be jumps.
            if table[edge] == _JUMP:
                table[edge] = table[inner]
        self._shifts = low, table
        return self._shifts


class Moments:
    """The instants of a series of statements: one object for all symbols that have the same ones.

    Attributes
    ----------
    instants : ndarray of int64, shape (n,)
        Microseconds since 1970-01-01T00:00Z, strictly ascending.
    """

    __slots__ = ("__weakref__", "instants")

    def __init__(self, instants: Ints) -> None:
        self.instants = instants

    def __len__(self) -> int:
        return len(self.instants)


class Grid:
    """Answer many questions about a rising function of time by arithmetic.

    Time is cut into equal buckets, each of which knows its answer; only buckets within which the answer changes are
    asked about one by one. Snapshots that come at regular times leave none such.

    Parameters
    ----------
    answer : callable of ndarray to ndarray
        The function: whole numbers from −1 on that never fall as time goes on.
    first, last : int
        Times before and after which the answer stays as it is.
    width : int
        Size of a bucket.
    states : ndarray of int64, optional
        What to return for each answer, the last one for −1; the answers themselves by default.
    """

    def __init__(
        self,
        answer: Callable[[Ints], Indices],
        first: int,
        last: int,
        width: int,
        states: Ints | None = None,
    ) -> None:
        def exact(times: Ints) -> Indices:
            return answer(times) if states is None else states.take(answer(times))

        self._exact, self._first, self._width = exact, first, width
        starts = first + np.arange((last - first) // width + 2) * width
        ends = starts + (width - 1)
        found = answer(starts)
        sure = found == answer(ends)
        sure[-1] = True  # all that lies behind the last time is read there
        if states is not None:
            found = states.take(found)
        earlier = exact(np.array([first - 1]))
        self._all_sure = bool(sure.all())
        self._table = np.append(earlier, np.where(sure, found, _UNSURE)).astype(np.int32)

    @classmethod
    def of_events(cls, events: Ints, regular: Ints) -> Grid:
        """Return the grid that finds the last of many ascending events at or before a time, −1 for none.

        Parameters
        ----------
        events : ndarray of int64, shape (n,)
            Ascending, at least one.
        regular : ndarray of int64
            Those of them whose spacing decides the size of the buckets.
        """

        def newest(times: Ints) -> Indices:
            return np.searchsorted(events, times, side="right") - 1

        first, last = int(events[0]), int(events[-1])
        return cls(newest, first, last, bucket_width(regular, last - first, len(events)))

    @property
    def size(self) -> int:
        """Number of buckets: below that many look-ups a binary search is cheaper."""
        return len(self._table)

    def find(self, values: Ints) -> npt.NDArray[np.int32]:
        """Return the answer at each of many times."""
        bucket = values - (self._first - self._width)
        bucket //= self._width
        found: npt.NDArray[np.int32] = self._table.take(bucket, mode="clip")
        if not self._all_sure:
            unsure = np.flatnonzero(found == _UNSURE)
            found[unsure] = self._exact(values[unsure])
        return found


def bucket_width(regular: Ints, span: int, events: int) -> int:
    """Return the spacing of events that come at regular times; of others, what makes buckets few enough."""
    width = int(np.gcd.reduce(np.diff(regular))) if len(regular) > 1 else _DAY
    return width if width and span // width <= 64 * events else max(span // (8 * events), 1)


class Timeline:
    """When the statements of one series answer, as one provider sees them.

    Parameters
    ----------
    moments : Moments
        When the statements were made.
    clock : LaggedClock
        How the provider reads times.
    max_age : int or None
        Microseconds for which a statement answers, its last one included; None for ever.

    Attributes
    ----------
    times : dict of datetime to int
        The states at naive times that were asked for before: quicker still than `quick_state`.
    no_data : int
        The state in which there are no data: the number of statements.
    """

    __slots__ = (
        "_breaks",
        "_clock",
        "_days",
        "_events",
        "_grid",
        "_moments",
        "_states",
        "_wall_grid",
        "no_data",
        "times",
    )

    def __init__(self, moments: Moments, clock: LaggedClock, max_age: int | None) -> None:
        made = moments.instants
        self.no_data = count = len(made)
        states = np.arange(count)
        if max_age is not None and count:
            # One microsecond after the age is reached there are no data, unless the next statement is there by then.
            ends = made + (max_age + 1)
            falls = np.append(ends[:-1] < made[1:], True)
            events = np.concatenate((made, ends[falls]))
            states = np.concatenate((states, np.full(int(falls.sum()), count)))
            order = np.argsort(events, kind="stable")
            made, states = events[order], states[order]
        self._moments, self._clock, self._events = moments, clock, made
        # One more at the end: state number −1, "before the first event", has no data.
        self._states: Ints = np.append(states, count)
        self._grid: Grid | None = None
        self._wall_grid: Grid | None = None
        self.times: dict[datetime, int] = {}
        # By proleptic ordinal: the state that holds all day, or a key of the breaks, below 0. They hold the naive
        # times within a day at which the state changes, and the states before, between and after them.
        self._days: dict[int, int] = {}
        self._breaks: dict[int, tuple[list[datetime], list[int]]] = {}

    def state_at(self, instant: int) -> int:
        """Return the state at an instant."""
        return int(self._states[self._events.searchsorted(instant, side="right") - 1])

    def events_between(self, after: int, until: int) -> list[int]:
        """Return the instants, `after` excluded and `until` included, at which the state changes."""
        first, last = self._events.searchsorted([after, until], side="right").tolist()
        found: list[int] = self._events[first:last].tolist()
        return found

    def quick_state(self, local_time: datetime) -> int:
        """Return the state at a time of a day learnt, −1 for any other; −1 reads the last cell, which has no data.

        Raises
        ------
        AttributeError, TypeError or ValueError
            It is no datetime.
        """
        if local_time.tzinfo is not None:
            return -1
        state = self._days.get(local_time.toordinal())
        if state is None:
            return -1
        if state < 0:
            starts, states = self._breaks[state]
            state = states[bisect_right(starts, local_time)]
        if not local_time.second and type(local_time) is datetime:
            # Bars end on whole minutes, and are asked about again; any other time will hardly come back.
            if len(self.times) >= _TIMES_KEPT:
                self.times.clear()
            self.times[local_time] = state
        return state

    def learn(self, moment: datetime) -> None:
        """Make `quick_state` know the day of a naive time, unless it has no data or the clock jumps on it."""
        ordinal = moment.toordinal()
        if ordinal in self._days or not 1 < ordinal < _LAST_ORDINAL:
            return
        start, end = self._clock.start(ordinal), self._clock.start(ordinal + 1)
        if end - start != _DAY:
            return
        first = int(self._events.searchsorted(start, side="right"))
        last = int(self._events.searchsorted(end, side="left"))
        held, *states = self._states[[first - 1, *range(first, last)]].tolist()
        if len(self._days) > _DAYS_KEPT:
            self._days.clear()
            self._breaks.clear()
        if states:
            midnight = datetime.fromordinal(ordinal)
            times = [
                midnight + timedelta(microseconds=at - start)
                for at in self._events[first:last].tolist()
            ]
            self._breaks[-ordinal] = times, [held, *states]
            self._days[ordinal] = -ordinal
        elif held != self.no_data:
            self._days[ordinal] = held

    def states_at(self, instants: Ints) -> Indices:
        """Return the states at many instants."""
        if self._grid is None and len(instants) > _GRID_FROM and len(self._events):
            first, last = int(self._events[0]), int(self._events[-1])
            width = bucket_width(self._moments.instants, last - first, len(self._events))
            self._grid = Grid(self._newest, first, last, width, states=self._states)
        return self._found(self._grid, instants, self._newest)

    def states_of(self, wall: Ints) -> Indices:
        """Return the states at many naive wall times, ``fold`` 0, in microseconds since 1970-01-01 00:00."""
        if self._wall_grid is None and len(wall) > _GRID_FROM and len(self._events):
            self._wall_grid = self._make_wall_grid()
        return self._found(self._wall_grid, wall, self._newest_at_wall)

    def _make_wall_grid(self) -> Grid | None:
        """Return the grid of wall times; None where they span more days than are worth a table."""
        low, high = self._clock.days(int(self._events[0]), int(self._events[-1]))
        if high - low > _DAYS_KEPT:
            return None
        walls = self._clock.walls(self._moments.instants)
        width = bucket_width(walls, (high - low) * _DAY, len(self._events))
        first = int(walls[0]) - ((int(walls[0]) - low * _DAY) // width + 1) * width
        return Grid(self._newest_at_wall, first, (high + 1) * _DAY, width, self._states)

    def _newest(self, instants: Ints) -> Indices:
        """Return the number of the last event at or before each instant, −1 for none."""
        return np.searchsorted(self._events, instants, side="right") - 1

    def _newest_at_wall(self, wall: Ints) -> Indices:
        """Return the same at each naive wall time."""
        if not len(self._events):
            return np.full(len(wall), -1)
        first, last = int(self._events[0]), int(self._events[-1])
        return self._newest(self._clock.wall_instants(wall, first, last))

    def _found(self, grid: Grid | None, times: Ints, newest: Callable[[Ints], Indices]) -> Indices:
        """Return the states at many times, by a grid where that pays, chunk by chunk."""
        if grid is None or len(times) < grid.size:
            return self._states.take(newest(times))
        found = np.empty(len(times), np.int32)
        for start in range(0, len(times), CHUNK):
            found[start : start + CHUNK] = grid.find(times[start : start + CHUNK])
        return found
