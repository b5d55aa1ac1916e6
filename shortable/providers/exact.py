"""The exact way to an as-of answer (S1, S2, S3): any kind of time, any day, every policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from shortable.clock import as_datetime
from shortable.errors import InvalidInputError, NoDataError
from shortable.market import Market
from shortable.providers.adjust import check_lag
from shortable.providers.base import BaseProvider
from shortable.providers.history import FEE, QUANTITY, REBATE, Course, History
from shortable.providers.lagged_clock import LaggedClock, microseconds
from shortable.providers.timeline import Moments, Timeline
from shortable.rule import check_choice
from shortable.symbol import Symbol

__all__ = ["ExactLookup", "Missing", "Track"]

Missing = Literal["unavailable", "unrestricted", "raise"]

Track = tuple[dict[datetime, int], "memoryview[Any]", Timeline, int]
"""What a quick look-up needs: a timeline's times, the symbol's cells, the timeline; and how much has been read."""

_TRACKS_KEPT = 1 << 17
_TIMELINES_KEPT = (
    1 << 12
)  # of symbols that have moments of their own; one of 2,000 moments takes 32 kB
_LAST = np.iinfo(np.int64).max


class ExactLookup(BaseProvider):
    """Finds the statement that speaks of a symbol at a time, and what to answer where none does.

    Parameters
    ----------
    histories : mapping of str to mapping of Market to History
        By column: quantity, fee_rate, rebate_rate, quantity_is_floor.
    missing, max_age, lag
        As in `LocalDiskShortableProvider`.
    """

    def __init__(
        self,
        histories: Mapping[str, Mapping[Market, History]],
        missing: Missing,
        max_age: timedelta | None,
        lag: timedelta,
    ) -> None:
        self._histories = histories
        self._missing = check_choice("missing", missing, ("unavailable", "unrestricted", "raise"))
        self._lag = check_lag(lag)
        if max_age is not None and not (isinstance(max_age, timedelta) and max_age >= timedelta(0)):
            raise InvalidInputError(
                "max_age", max_age, "be a timedelta of at least 0, or None for ever"
            )
        self._max_age = None if max_age is None else microseconds(max_age)
        self._forget()

    @property
    def policy(self) -> str:
        """How it answers, in words: whom it hears, and what it says where nobody speaks (S2, S3).

        Examples
        --------
        >>> import pandas as pd
        >>> from shortable import FrameShortableProvider
        >>> FrameShortableProvider(pd.DataFrame({"SPY": [1]}, index=pd.to_datetime(["2024-01-02"]))).policy
        "newest snapshot known at the time, at most 7 days old; where none speaks: missing='unavailable'"
        """
        age = (
            "of any age"
            if self._max_age is None
            else f"at most {self._max_age / microseconds(timedelta(days=1)):g} days old"
        )
        lag = f", seen {self._lag} late" if self._lag else ""
        return f"newest snapshot known at the time, {age}{lag}; where none speaks: missing={self._missing!r}"

    def _forget(self) -> None:
        """Start without caches."""
        self._clocks: dict[Market, LaggedClock] = {}
        self._timelines: dict[Moments, Timeline] = {}
        self._quantity_tracks: dict[Any, Track] = {}
        self._tracks: dict[str, dict[Any, Track]] = {
            QUANTITY: self._quantity_tracks,
            FEE: {},
            REBATE: {},
        }

    def __getstate__(self) -> dict[str, Any]:
        # Caches hold views of memory, which do not travel; what is read again gives the same answers.
        clean = object.__new__(type(self))
        clean._forget()
        return {name: value for name, value in vars(self).items() if name not in vars(clean)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._forget()

    def _with_lag(self, lag: timedelta) -> BaseProvider:
        other = object.__new__(type(self))
        other.__setstate__({**self.__getstate__(), "_lag": self._lag + lag})
        return other

    def _find(self, column: str, symbol: Any, local_time: Any) -> tuple[Course | None, int | None]:
        """Return a symbol's statements and the one that speaks, None for silence. Enters what it met in the tracks."""
        key = Symbol.create(symbol)
        moment = as_datetime(local_time)
        history = self._histories[column].get(key.market)
        if history is None:
            return None, None
        course = history.course(key)
        timeline = self._timeline(history, course.moments)
        instant = self._clock(key.market).instant(moment)
        state: int | None = timeline.state_at(instant)
        if state == timeline.silent:
            state = None
        while state is not None and history.unstated(course, state):
            state -= 1
            if state < 0 or (
                self._max_age is not None
                and int(course.moments.instants[state]) < instant - self._max_age
            ):
                state = None
        if state is not None:
            history.cell(course, state, column)
        if course.kept and column in self._tracks:
            self._remember(column, symbol, moment, history, course)
        return course, state

    def _remember(
        self, column: str, symbol: Any, moment: datetime, history: History, course: Course
    ) -> None:
        """Enter a symbol in the tracks, and a naive time's day in their timeline."""
        tracks = self._tracks[column]
        shared = history.main if course.moments is history.main else history.every
        timeline = self._timeline(history, shared)
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

    def _carried(
        self, history: History, course: Course, cells: npt.NDArray[Any]
    ) -> npt.NDArray[Any]:
        """Spread a symbol's own statements over all moments of its market, which many symbols share.

        Where a statement does not speak until the next moment its cell is silence's, which is looked up exactly.
        """
        made, every = course.moments.instants, history.instants
        at = (
            np.searchsorted(made, every, side="right") - 1
        )  # −1, before the first, is the last cell: silence's
        found = cells.take(at)
        if self._max_age is not None and len(made):
            ends = np.minimum(np.append(every[1:] - 1, _LAST), every + self._max_age)
            found[made[at] < ends - self._max_age] = cells[-1]
        return np.append(found, cells[-1])

    def _exact(self, column: str, symbol: Any, local_time: Any) -> Any:
        """Return the value that a column has, None where nothing speaks or nothing is stated."""
        course, state = self._find(column, symbol, local_time)
        if course is None or state is None:
            return None
        value = self._histories[column][course.symbol.market].cell(course, state, column)
        return None if value != value else value

    def _silence(self, symbol: Any, local_time: Any) -> int | None:
        """Answer by the ``missing=`` policy."""
        if self._missing == "raise":
            key = Symbol.create(symbol)
            history = self._histories[QUANTITY].get(key.market)
            raise self._no_data(repr(key), local_time, [] if history is None else [history])
        return 0 if self._missing == "unavailable" else None

    def _no_data(self, what: str, local_time: Any, histories: Sequence[History]) -> NoDataError:
        age = (
            ""
            if self._max_age is None
            else f" (one speaks for {timedelta(microseconds=self._max_age)})"
        )
        there = (
            "; ".join(history.describe() for history in histories) or "there is none of that market"
        )
        return NoDataError(
            f"{self!r}: no snapshot speaks for {what} at {as_datetime(local_time)}{age}; {there}"
        )

    def _clock(self, market: Market) -> LaggedClock:
        clock = self._clocks.get(market)
        if clock is None:
            clock = self._clocks[market] = LaggedClock(market, self._lag)
        return clock

    def _timeline(self, history: History, moments: Moments) -> Timeline:
        timeline = self._timelines.get(moments)
        if timeline is None:
            if len(self._timelines) >= _TIMELINES_KEPT:
                self._forget()
            timeline = self._timelines[moments] = Timeline(
                moments, self._clock(history.market), self._max_age
            )
        return timeline
