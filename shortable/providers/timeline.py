"""As-of look-up: which of a series of statements speaks at a moment. The core of every provider with dated data.

A *statement* is what a snapshot says of a symbol. A *state* is the position of the statement that speaks; the
state after the last one means silence: nothing was said yet, or all of it is too old (S2, S3).
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from shortable.providers.lagged_clock import DAY, DAYS_KEPT, LaggedClock

__all__ = ["CHUNK", "Grid", "Moments", "Timeline"]

CHUNK = 1 << 15
"""Look-ups handled at a time: what lies between two steps then stays in the processor's second-level cache."""

_TIMES_KEPT = 1 << 16  # bars: about 8 MB
_GRID_FROM = 4096  # look-ups in one call
_LAST_ORDINAL = datetime.max.toordinal()


class Moments:
    """The instants of a series of statements: one object for all symbols that have the same ones.

    Attributes
    ----------
    instants : ndarray of int64, shape (n,)
        Microseconds since 1970-01-01T00:00Z, strictly ascending.
    """

    __slots__ = ("__weakref__", "instants")

    def __init__(self, instants: npt.NDArray[np.int64]) -> None:
        self.instants = instants

    def __len__(self) -> int:
        return len(self.instants)


class Grid:
    """Find the last of many ascending instants at or before each of many others, by arithmetic.

    Time is cut into equal buckets, each of which knows its answer; only buckets with an instant inside them are
    searched. Snapshots that come at regular times have none such.

    Parameters
    ----------
    events : ndarray of int64, shape (n,)
        Ascending, at least one.
    regular : ndarray of int64
        Those of them whose spacing decides the size of the buckets.
    """

    def __init__(self, events: npt.NDArray[np.int64], regular: npt.NDArray[np.int64]) -> None:
        self._events = events
        self._origin = int(events[0])
        span = int(events[-1]) - self._origin
        width = int(np.gcd.reduce(np.diff(regular))) if len(regular) > 1 else DAY
        if width == 0 or span // width > 64 * len(events):
            width = max(span // (8 * len(events)), 1)
        edges = self._origin + np.arange(span // width + 2) * width
        at = np.searchsorted(events, edges, side="right") - 1
        inside = np.searchsorted(events, edges[1:], side="left") - 1 > at[:-1]
        self._ragged = bool(inside.any())
        at[:-1][inside] = -2
        self._width = width
        self._table = np.concatenate(([-1], at)).astype(np.int32)

    @property
    def size(self) -> int:
        """Number of buckets: below that many look-ups a binary search is cheaper."""
        return len(self._table)

    def find(self, values: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
        """Return the position of the last event at or before each value, −1 where there is none."""
        bucket = values - self._origin
        bucket //= self._width
        bucket += 1
        found: npt.NDArray[np.int32] = self._table.take(bucket, mode="clip")
        if self._ragged:
            inside = np.flatnonzero(found == -2)
            found[inside] = np.searchsorted(self._events, values[inside], side="right") - 1
        return found


class Timeline:
    """When the statements of one series speak, as one provider sees them.

    Parameters
    ----------
    moments : Moments
        When the statements were made.
    clock : LaggedClock
        How the provider reads times.
    max_age : int or None
        Microseconds for which a statement speaks, its last one included; None for ever.

    Attributes
    ----------
    times : dict of datetime to int
        The states at naive times that were asked for before, for whoever cannot wait for `quick_state`.
    silent : int
        The state of silence: the number of statements.
    """

    __slots__ = (
        "_breaks",
        "_clock",
        "_days",
        "_events",
        "_grid",
        "_moments",
        "_plain",
        "_states",
        "silent",
        "times",
    )

    def __init__(self, moments: Moments, clock: LaggedClock, max_age: int | None) -> None:
        made = moments.instants
        self.silent = count = len(made)
        states = np.arange(count)
        if max_age is not None and count:
            # Silence begins one microsecond after the age is reached, unless the next statement is there by then.
            ends = made + (max_age + 1)
            falls = np.append(ends[:-1] < made[1:], True)
            events = np.concatenate((made, ends[falls]))
            states = np.concatenate((states, np.full(int(falls.sum()), count)))
            order = np.argsort(events, kind="stable")
            made, states = events[order], states[order]
        self._moments, self._clock, self._events = moments, clock, made
        # One more at the end: state number −1, "before the first event", is silence.
        self._states: npt.NDArray[np.int64] = np.append(states, count)
        # Where silence only comes at the end, the number of an event is its state.
        self._plain = np.array_equal(states, np.arange(len(states)))
        self._grid: Grid | None = None
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
        """Return the state at a time of a day learnt, −1 for any other; −1 reads the last cell, which is silence's.

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
        """Make `quick_state` know the day of a naive time, unless nothing speaks on it or the clock jumps on it."""
        ordinal = moment.toordinal()
        if ordinal in self._days or not 1 < ordinal < _LAST_ORDINAL:
            return
        start, end = self._clock.start(ordinal), self._clock.start(ordinal + 1)
        if end - start != DAY:
            return
        first = int(self._events.searchsorted(start, side="right"))
        last = int(self._events.searchsorted(end, side="left"))
        held, *states = self._states[[first - 1, *range(first, last)]].tolist()
        if len(self._days) > DAYS_KEPT:
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
        elif held != self.silent:
            self._days[ordinal] = held

    def states_at(self, instants: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        """Return the states at many instants."""
        if not len(self._events):
            return np.zeros(len(instants), np.int32)
        if self._grid is None and len(instants) > _GRID_FROM:
            self._grid = Grid(self._events, self._moments.instants)
        if self._grid is None or len(instants) < self._grid.size:
            return self._states[np.searchsorted(self._events, instants, side="right") - 1]
        found = np.empty(len(instants), np.int32)
        for start in range(0, len(instants), CHUNK):
            found[start : start + CHUNK] = self._grid.find(instants[start : start + CHUNK])
        if not self._plain:
            return self._states.take(found)
        if found.min() < 0:
            found[found < 0] = self.silent
        return found
