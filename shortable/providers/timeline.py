"""As-of look-up: which of a series of statements speaks at a moment. The core of every provider with dated data.

A *statement* is what a snapshot says of a symbol. A *state* is the position of the statement that speaks; the
state after the last one means silence: nothing was said yet, or all of it is too old (S2, S3).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from shortable.providers.lagged_clock import DAY, DAYS_KEPT, LaggedClock

__all__ = ["Breaks", "Grid", "Moments", "Timeline"]

_GRID_FROM = 4096  # look-ups in one call
_LAST_ORDINAL = datetime.max.toordinal()

Breaks = dict[int, tuple[list[datetime], list[int]]]


class Moments:
    """The instants of a series of statements: one object for all symbols that have the same ones.

    Attributes
    ----------
    instants : ndarray of int64, shape (n,)
        Microseconds since 1970-01-01T00:00Z, strictly ascending.
    """

    __slots__ = ("instants",)

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
    days : dict of int to int
        For days learnt, by proleptic ordinal: the state that holds all day, or a key of `breaks`, below 0.
    breaks : dict of int to (list of datetime, list of int)
        Naive wall times within a day at which the state changes, and the states before, between and after them.
    silent : int
        The state of silence: the number of statements.
    """

    __slots__ = ("_clock", "_events", "_grid", "_list", "_moments", "_states", "breaks", "days", "silent")

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
        self._list: tuple[list[int], list[int]] | None = None
        self._grid: Grid | None = None
        self.days: dict[int, int] = {}
        self.breaks: Breaks = {}

    def _lists(self) -> tuple[list[int], list[int]]:
        if self._list is None:
            self._list = self._events.tolist(), self._states.tolist()
        return self._list

    def state_at(self, instant: int) -> int:
        """Return the state at an instant."""
        events, states = self._lists()
        return states[bisect_right(events, instant) - 1]

    def events_between(self, after: int, until: int) -> list[int]:
        """Return the instants, `after` excluded and `until` included, at which the state changes."""
        events = self._lists()[0]
        return events[bisect_right(events, after) : bisect_right(events, until)]

    def learn(self, ordinal: int) -> None:
        """Enter a day in `days`, unless nothing speaks on it or the clock jumps on it."""
        if not 1 < ordinal < _LAST_ORDINAL:
            return
        start, end = self._clock.start(ordinal), self._clock.start(ordinal + 1)
        if end - start != DAY:
            return
        events, states = self._lists()
        first, last = bisect_right(events, start), bisect_left(events, end)
        held = states[first - 1]
        if len(self.days) > DAYS_KEPT:
            self.days.clear()
            self.breaks.clear()
        if first < last:
            midnight = datetime.fromordinal(ordinal)
            times = [midnight + timedelta(microseconds=event - start) for event in events[first:last]]
            self.breaks[-ordinal] = times, [held, *states[first:last]]
            self.days[ordinal] = -ordinal
        elif held != self.silent:
            self.days[ordinal] = held

    def states_at(self, values: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
        """Return the states at many instants."""
        if not len(self._events):
            return np.zeros(len(values), np.int64)
        if self._grid is None and len(values) > _GRID_FROM:
            self._grid = Grid(self._events, self._moments.instants)
        if self._grid is None or len(values) < self._grid.size:
            return self._states[np.searchsorted(self._events, values, side="right") - 1]
        found = self._grid.find(values)
        if len(self._events) == self.silent and not (found < 0).any():
            return found  # nothing ever falls silent, so events and states are the same
        return self._states.take(found)
