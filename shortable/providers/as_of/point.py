"""Look up one symbol at one time (S1, S2, S3): the quick way where the answer has been read, the exact way else."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, Self

import numpy as np

from shortable.arrays import Numbers
from shortable.clock import LocalTime, as_datetime
from shortable.errors import InvalidInputError, NoDataError
from shortable.market import Market
from shortable.provider.pairs import microseconds
from shortable.providers.as_of.history import FEE, QUANTITY, REBATE, UNKNOWN, Course, History
from shortable.providers.as_of.timeline import LaggedClock, Moments, Timeline
from shortable.rule import check_choice
from shortable.symbol import Symbol

__all__ = ["CANNOT", "Missing", "PointLookup", "Track", "check_lag"]

Missing = Literal["unavailable", "unrestricted", "raise"]
"""What a quantity is where there are no data: 0, None, or an error (S3)."""

Track = tuple[dict[datetime, int], "memoryview[Any]", Timeline, int]
"""What a quick look-up needs: a timeline's times, the symbol's cells, the timeline; and how much has been read."""

CANNOT = (KeyError, AttributeError, TypeError, ValueError)
"""What a quick look-up runs into where it has to be done the exact way: a symbol not met before or unhashable, a
date or NumPy time without tzinfo, NaT."""

_TRACKS_KEPT = 1 << 17
_TIMELINES_KEPT = 1 << 12  # of symbols with moments of their own; one of 2,000 moments takes 32 kB
_LAST = np.iinfo(np.int64).max


def check_lag(lag: object) -> timedelta:
    """Return a lag as a plain timedelta.

    Raises
    ------
    InvalidInputError
        It is negative or no timedelta.
    """
    # NaT is an instance of timedelta to nobody but is not ordered either.
    if not isinstance(lag, timedelta) or not lag >= timedelta(0):
        raise InvalidInputError(
            "lag", lag, "be a timedelta of at least 0", "A negative lag would look into the future."
        )
    return timedelta(days=lag.days, seconds=lag.seconds, microseconds=lag.microseconds)


class PointLookup:
    """Finds the statement that answers for a symbol at a time, and what to answer where there is none.

    Parameters
    ----------
    histories : mapping of str to mapping of Market to History
        By column: quantity, fee_rate, rebate_rate, quantity_is_floor.
    missing, max_age, lag
        As in `LocalDiskShortableProvider`.

    Attributes
    ----------
    histories
        As given.
    max_age : int or None
        Microseconds.
    lag : timedelta
    name : str
        Of the provider, for errors.
    tracks : dict of str to dict
        By column and symbol, what a quick look-up needs. They are emptied, never replaced.
    """

    def __init__(
        self,
        histories: Mapping[str, Mapping[Market, History]],
        missing: Missing,
        max_age: timedelta | None,
        lag: timedelta,
    ) -> None:
        self.histories, self.name = histories, "shortable"
        self.missing: Missing = check_choice(
            "missing", missing, ("unavailable", "unrestricted", "raise")
        )
        self.lag = check_lag(lag)
        if max_age is not None and not (isinstance(max_age, timedelta) and max_age >= timedelta(0)):
            raise InvalidInputError(
                "max_age", max_age, "be a timedelta of at least 0, or None for ever"
            )
        self.max_age = None if max_age is None else microseconds(max_age)
        self._make_caches()

    def _make_caches(self) -> None:
        self._clocks: dict[Market, LaggedClock] = {}
        self._timelines: dict[Moments, Timeline] = {}
        self.tracks: dict[str, dict[str, Track]] = {QUANTITY: {}, FEE: {}, REBATE: {}}

    def __getstate__(self) -> dict[str, object]:
        # Caches hold views of memory, which do not travel; what is read again gives the same answers.
        clean = object.__new__(type(self))
        clean._make_caches()
        return {name: value for name, value in vars(self).items() if name not in vars(clean)}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state)
        self._make_caches()

    def lagged(self, lag: timedelta) -> Self:
        """Return this look-up with more lag."""
        other = copy.copy(self)
        other.lag += lag
        return other

    def stated(self, column: str, symbol: Symbol | str, local_time: LocalTime) -> float | None:
        """Return what the data say, None where there are none or a rate is not stated."""
        try:
            times, cells, timeline, _ = self.tracks[column][symbol]
            state = times.get(local_time)  # type: ignore[arg-type]  # any other type is no key
            if state is None:
                state = timeline.quick_state(local_time)  # type: ignore[arg-type]  # raises one of CANNOT
            found: float = cells[state]
        except CANNOT:
            return self.exact(column, symbol, local_time)
        # Unread or unstated cells are below 0 for a quantity, NaN or inf for a rate.
        if found < 0 if column is QUANTITY else found - found != 0.0:
            return self.exact(column, symbol, local_time)
        return found

    def exact(self, column: str, symbol: Symbol | str, local_time: LocalTime) -> float | None:
        """Return what `stated` does, for any kind of time and on any day."""
        course, state = self.find(column, symbol, local_time)
        if course is None or state is None:
            return None
        value = self.histories[column][course.symbol.market].cell(course, state, column)
        return None if value != value else value

    def exact_quantity(self, symbol: Symbol | str, local_time: LocalTime) -> int | None:
        """Return the shares that the data state, None where there are none."""
        found = self.exact(QUANTITY, symbol, local_time)
        return None if found is None else int(found)

    def find(
        self, column: str, symbol: Symbol | str, local_time: LocalTime
    ) -> tuple[Course | None, int | None]:
        """Return a symbol's statements and the one that answers, None for no data. Enters the symbol in the tracks."""
        key = Symbol.create(symbol)
        moment = as_datetime(local_time)
        history = self.histories[column].get(key.market)
        if history is None:
            return None, None
        course = history.course(key)
        timeline = self.timeline(history, course.moments)
        instant = self.clock(key.market).instant(moment)
        state: int | None = timeline.state_at(instant)
        if state == timeline.no_data:
            state = None
        while state is not None and (standing := history.standing(course, state)):
            state -= 1
            if (
                standing == UNKNOWN
                or state < 0
                or (
                    self.max_age is not None
                    and int(course.moments.instants[state]) < instant - self.max_age
                )
            ):
                state = None
        if state is not None:
            history.cell(course, state, column)
        if course.kept and column in self.tracks:
            self._remember(column, symbol, moment, history, course)
        return course, state

    def _remember(
        self, column: str, symbol: Symbol | str, moment: datetime, history: History, course: Course
    ) -> None:
        """Enter a symbol in the tracks, and a naive time's day in their timeline."""
        tracks = self.tracks[column]
        shared = history.main if course.moments is history.main else history.every
        timeline = self.timeline(history, shared)
        if moment.tzinfo is None:
            timeline.learn(moment)
        known = tracks.get(course.symbol)
        if known is None or known[3] != len(course.read):  # else nothing has been read since
            cells = history.cells(course, column)
            if course.moments is not shared:
                cells = self._carried(history, course, cells)
            if len(tracks) >= _TRACKS_KEPT:
                tracks.clear()
            known = tracks[course.symbol] = timeline.times, cells.data, timeline, len(course.read)
        if type(symbol) is str:
            tracks[symbol] = known

    def _carried(self, history: History, course: Course, cells: Numbers) -> Numbers:
        """Spread a symbol's own statements over all moments of its market, which many symbols share.

        Where a statement does not answer until the next moment its cell is the one for no data, which is looked up exactly.
        """
        made, every = course.moments.instants, history.instants
        at = (
            np.searchsorted(made, every, side="right") - 1
        )  # −1, before the first, is the last cell: no data
        found = cells.take(at)
        if self.max_age is not None and len(made):
            ends = np.minimum(np.append(every[1:] - 1, _LAST), every + self.max_age)
            found[made[at] < ends - self.max_age] = cells[-1]
        return np.append(found, cells[-1])

    def without_data(self, symbol: Symbol | str, local_time: LocalTime) -> int | None:
        """Return the quantity by the ``missing=`` policy."""
        if self.missing == "raise":
            key = Symbol.create(symbol)
            history = self.histories[QUANTITY].get(key.market)
            raise self.no_data_error(repr(key), local_time, [] if history is None else [history])
        return 0 if self.missing == "unavailable" else None

    def no_data_error(
        self, what: str, local_time: LocalTime, histories: Sequence[History]
    ) -> NoDataError:
        """Return the error that says which snapshots there are instead."""
        age = (
            ""
            if self.max_age is None
            else f" (each answers for {timedelta(microseconds=self.max_age)})".replace(
                ", 0:00:00", ""
            )
        )
        there = (
            "; ".join(history.describe() for history in histories) or "there is none of that market"
        )
        return NoDataError(
            f"{self.name}: no snapshot answers for {what} at {as_datetime(local_time)}{age}; {there}"
        )

    def clock(self, market: Market) -> LaggedClock:
        """Return how times of a market are read."""
        clock = self._clocks.get(market)
        if clock is None:
            clock = self._clocks[market] = LaggedClock(market, self.lag)
        return clock

    def timeline(self, history: History, moments: Moments) -> Timeline:
        """Return when the statements of one series answer."""
        timeline = self._timelines.get(moments)
        if timeline is None:
            if len(self._timelines) >= _TIMELINES_KEPT:
                self._timelines.clear()
                for tracks in self.tracks.values():
                    tracks.clear()
            timeline = self._timelines[moments] = Timeline(
                moments, self.clock(history.market), self.max_age
            )
        return timeline
