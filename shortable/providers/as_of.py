"""Providers with dated data: one look-up as fast as a dict, and every other question by the same rule (S1, S2, S3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from shortable.clock import as_datetime, to_local
from shortable.market import Market
from shortable.provider import BorrowQuote
from shortable.providers.bulk import gather
from shortable.providers.exact import ExactLookup
from shortable.providers.history import FEE, FLOOR, QUANTITY, REBATE, UNSTATED, Course, History, utc
from shortable.providers.lagged_clock import before
from shortable.providers.pairs import Pairs
from shortable.providers.timeline import Moments
from shortable.symbol import Symbol

__all__ = ["AsOfProvider"]

# What a quick look-up runs into where it has to be done the exact way: a symbol not met before or unhashable, a
# date or NumPy time without tzinfo, NaT.
_NOT_SO = (KeyError, AttributeError, TypeError, ValueError)
_MARKETS_KEPT = 32  # whole markets as dicts: one of 11,000 symbols takes about 1 MB


class AsOfProvider(ExactLookup):
    """Base of the providers with dated data; see `LocalDiskShortableProvider` for the parameters."""

    def _forget(self) -> None:
        super()._forget()
        self._listed: dict[tuple[Market, int], dict[Symbol, int]] = {}
        self._once: set[tuple[Market, int]] = set()
        self._epochs: dict[Market, npt.NDArray[np.int64]] = {}

    def shortable_quantity(self, symbol: Symbol, local_time: datetime) -> int | None:
        """Return shares available (S1): of the newest snapshot known then that speaks of the symbol (S2).

        Parameters
        ----------
        symbol : Symbol or str
            In any vendor's spelling.
        local_time : datetime, date, pd.Timestamp or np.datetime64
            Naive: wall time of the symbol's market.

        Returns
        -------
        int or None
            0 where a complete snapshot leaves the symbol out; what ``missing=`` says where no snapshot speaks (S3).

        Raises
        ------
        NoDataError
            No snapshot speaks and the provider was made with ``missing="raise"``.
        """
        try:
            times, cells, timeline, _ = self._quantity_tracks[symbol]
            # The last cell is silence's and below 0: what a time not met before, and any other failure, leads to.
            quantity: int = cells[times.get(local_time, -1)]
            if quantity >= 0:
                return quantity
            quantity = cells[timeline.quick_state(local_time)]
            if quantity >= 0:
                return quantity
        except _NOT_SO:
            pass
        found: int | None = self._exact(QUANTITY, symbol, local_time)
        return self._silence(symbol, local_time) if found is None else found

    def fee_rate(self, symbol: Symbol, local_time: datetime) -> float:
        """Return the borrow fee as an annual fraction, of the snapshot that gives the quantity; 0.0 where unknown."""
        return self._known(FEE, symbol, local_time) or 0.0

    def rebate_rate(self, symbol: Symbol, local_time: datetime) -> float:
        """Return the rebate as an annual fraction, of the snapshot that gives the quantity; 0.0 where unknown."""
        return self._known(REBATE, symbol, local_time) or 0.0

    def has_quantity(self, symbol: Symbol, local_time: datetime) -> bool:
        """Return False where no snapshot speaks, so that the quantity comes from the ``missing=`` policy (S3)."""
        return self._known(QUANTITY, symbol, local_time) is not None

    def has_fee_rate(self, symbol: Symbol, local_time: datetime) -> bool:
        """Return False where the fee rate reads as 0 only because none is known."""
        return self._known(FEE, symbol, local_time) is not None

    def _known(self, column: str, symbol: Any, local_time: Any) -> Any:
        """Return what the data say, None where nothing speaks or it is not stated."""
        found = self._cell(column, symbol, local_time)
        # Unread or unstated cells are below 0 for a quantity, NaN or inf for a rate.
        if found is None or (found < 0 if column is QUANTITY else found - found != 0.0):
            return self._exact(column, symbol, local_time)
        return found

    def _cell(self, column: str, symbol: Any, local_time: Any) -> Any:
        """Return the cell of a symbol at a time, None where that takes the exact way."""
        try:
            times, cells, timeline, _ = self._tracks[column][symbol]
            state = times.get(local_time)
            return cells[timeline.quick_state(local_time) if state is None else state]
        except _NOT_SO:
            return None

    def all_shortable_symbols(self, local_time: datetime) -> dict[Symbol, int]:
        """Return shares of every symbol with a quantity above 0, of all markets: a new dict of the caller's own.

        A naive time is each market's own wall time.

        Raises
        ------
        NoDataError
            Nothing speaks in any market and the provider was made with ``missing="raise"``.
        """
        moment = as_datetime(local_time)
        found: dict[Symbol, int] | None = None
        histories = self._histories[QUANTITY]
        for history in histories.values():
            listed = self._market_at(history, moment)
            if listed is not None:
                found = listed if found is None else found | listed
        if found is None and self._missing == "raise":
            raise self._no_data("any symbol", moment, list(histories.values()))
        return found or {}

    def _market_at(self, history: History, moment: datetime) -> dict[Symbol, int] | None:
        """Return a market's list, a new dict; None where nothing speaks."""
        market = history.market
        instant = self._clock(market).instant(moment)
        events = self._epochs.get(market)
        if events is None:
            events = history.instants
            if self._max_age is not None:
                events = np.union1d(events, events + (self._max_age + 1))
            self._epochs[market] = events
        key = market, int(np.searchsorted(events, instant, side="right"))
        known = self._listed.get(key)
        if known is not None:
            return known.copy()
        found = history.market_at(
            instant, None if self._max_age is None else instant - self._max_age
        )
        listed = None
        if found is not None:
            listed, others = found
            for symbol in others:
                listed.pop(symbol, None)
                if quantity := self._exact(QUANTITY, symbol, moment):
                    listed[symbol] = quantity
        if listed is not None and key in self._once:
            # Asked for a second time: to be kept. A backtest that asks once a bar does not pay for copies.
            while len(self._listed) >= _MARKETS_KEPT:
                del self._listed[next(iter(self._listed))]
            self._listed[key] = listed.copy()
        self._once.add(key)
        return listed

    def _quote(self, symbol: Symbol, moment: datetime) -> BorrowQuote:
        columns = [column for column in (QUANTITY, FLOOR, FEE, REBATE) if column in self._histories]
        found = {column: self._exact(column, symbol, moment) for column in columns}
        course, state = self._find(QUANTITY, symbol, moment)
        as_of = None
        if course is not None and state is not None:
            as_of = utc(int(course.moments.instants[state]))
        else:
            found[QUANTITY] = self._silence(symbol, moment)
        floor = bool(found.pop(FLOOR, False))
        return BorrowQuote(
            symbol, to_local(moment, symbol.market), as_of=as_of, quantity_is_floor=floor, **found
        )

    def _quantities(self, pairs: Pairs) -> npt.NDArray[np.int64]:
        found: npt.NDArray[np.int64] = gather(self, QUANTITY, pairs)
        if self._missing == "unavailable":
            np.maximum(found, 0, out=found)
        elif self._missing == "raise" and len(found) and found.min() < 0:
            symbol, moment = next(pairs.take(np.array([found.argmin()])).moments())
            self._silence(symbol, moment)
        return found

    def _fee_rates(self, pairs: Pairs) -> npt.NDArray[np.float64]:
        return gather(self, FEE, pairs)

    def _change_times(
        self, symbols: Sequence[Symbol], start: datetime, end: datetime
    ) -> set[datetime]:
        found: set[datetime] = set()
        met: set[Moments] = set()
        for symbol in symbols:
            history = self._histories[QUANTITY].get(symbol.market)
            if history is None:
                continue
            course = history.course(symbol)
            clock = self._clock(symbol.market)
            # An hour that the clock repeats may show a snapshot up to an hour after it was made.
            first, last = clock.instant(before(start, timedelta(days=1))), clock.instant(end)
            events: set[int] = set()
            if course.moments not in met:
                met.add(course.moments)
                events.update(self._timeline(history, course.moments).events_between(first, last))
            events.update(self._ends_behind_unstated(history, course, first, last))
            found.update(clock.first_wall(event) for event in events)
        return found

    def _ends_behind_unstated(
        self, history: History, course: Course, first: int, last: int
    ) -> list[int]:
        """Return when older statements fall silent that speak for ones without a quantity."""
        made = course.moments.instants
        if self._max_age is None or not len(made):
            return []
        low = max(int(np.searchsorted(made, first - self._max_age)) - 1, 0)
        states = np.arange(low, np.searchsorted(made, last, side="right"))
        cells = history.read(course, QUANTITY, states)[states]
        if not (cells == UNSTATED).any():
            return []
        ends = made[: int(states[-1]) + 1] + (self._max_age + 1)
        found: list[int] = ends[(ends > first) & (ends <= last)].tolist()
        return found
