"""Providers that answer from dated snapshots: one look-up as fast as a dict, the other questions by the same rule."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from shortable.arrays import Bools, Floats, Ints, Times
from shortable.clock import LocalTime, as_datetime, from_instant, local_times, to_local
from shortable.market import Market
from shortable.provider import BorrowQuote, Pairs, ShortableProvider
from shortable.provider.pairs import microseconds
from shortable.providers.as_of.bulk import (
    NO_SNAPSHOT,
    gather_instants,
    gather_quantities,
    gather_rates,
)
from shortable.providers.as_of.history import (
    FEE,
    FLOOR,
    QUANTITY,
    REBATE,
    UNSTATED,
    Course,
    History,
    utc,
)
from shortable.providers.as_of.point import CANNOT, PointLookup
from shortable.providers.as_of.timeline import Moments, before
from shortable.symbol import Symbol

__all__ = ["AsOfLookup", "SnapshotProvider"]

_MARKETS_KEPT = 32  # whole markets as dicts: one of 11,000 symbols takes about 1 MB


class AsOfLookup(PointLookup):
    """Answers every question from the newest snapshot known at the time that names the symbol (S2, S3)."""

    @property
    def policy(self) -> str:
        """Which snapshots answer, and what happens where none does, in words."""
        age = (
            "of any age"
            if self.max_age is None
            else f"at most {self.max_age / microseconds(timedelta(days=1)):g} days old"
        )
        lag = f", seen {self.lag} late" if self.lag else ""
        return f"newest snapshot known at the time, {age}{lag}; where there is none: missing={self.missing!r}"

    def _make_caches(self) -> None:
        super()._make_caches()
        self._listed: dict[tuple[Market, int], dict[Symbol, int]] = {}
        self._once: set[tuple[Market, int]] = set()
        self._epochs: dict[Market, Ints] = {}

    def quantity(self, symbol: Symbol | str, local_time: LocalTime) -> int | None:
        """Return shares available, by the ``missing=`` policy where there are no data."""
        found = self.exact_quantity(symbol, local_time)
        return self.without_data(symbol, local_time) if found is None else found

    def all_symbols(self, local_time: LocalTime) -> dict[Symbol, int]:
        """Return shares of every symbol with a quantity above 0, of all markets: a new dict of the caller's own."""
        moment = as_datetime(local_time)
        found: dict[Symbol, int] | None = None
        histories = self.histories[QUANTITY]
        for history in histories.values():
            listed = self._market_at(history, moment)
            if listed is not None:
                found = listed if found is None else found | listed
        if found is None and self.missing == "raise":
            raise self.no_data_error("any symbol", moment, list(histories.values()))
        return found or {}

    def _market_at(self, history: History, moment: datetime) -> dict[Symbol, int] | None:
        """Return a market's list, a new dict; None where there are no data."""
        market = history.market
        instant = self.clock(market).instant(moment)
        events = self._epochs.get(market)
        if events is None:
            events = history.instants
            if self.max_age is not None:
                events = np.union1d(events, events + (self.max_age + 1))
            self._epochs[market] = events
        key = market, int(np.searchsorted(events, instant, side="right"))
        known = self._listed.get(key)
        if known is not None:
            return known.copy()
        found = history.market_at(instant, None if self.max_age is None else instant - self.max_age)
        listed = None
        if found is not None:
            listed, others = found
            for symbol in others:
                listed.pop(symbol, None)
                if quantity := self.exact_quantity(symbol, moment):
                    listed[symbol] = quantity
        if listed is not None and key in self._once:
            # Asked for a second time: to be kept. A backtest that asks once a bar does not pay for copies.
            while len(self._listed) >= _MARKETS_KEPT:
                del self._listed[next(iter(self._listed))]
            self._listed[key] = listed.copy()
        self._once.add(key)
        return listed

    def quote(self, symbol: Symbol, moment: datetime) -> BorrowQuote:
        """Return everything that is known about a symbol at a time."""
        quote = self.stated_quote(symbol, moment)
        course, state = self.find(QUANTITY, symbol, moment)
        if course is not None and state is not None:
            made = int(course.moments.instants[state])
            quote = replace(quote, as_of=utc(made))
            age = self.clock(symbol.market).instant(moment) - made
            last = made == int(self.histories[QUANTITY][symbol.market].instants[-1])
            old = last and age >= microseconds(timedelta(days=1))
            return replace(quote, note=f"the last snapshot is {_age(age)} old") if old else quote
        listed, note = self._why_no_data(symbol, moment)
        return replace(self.quote_without_data(quote, symbol, moment, note), listed_as=listed)

    def quote_without_data(
        self, stated: BorrowQuote, symbol: Symbol, moment: datetime, note: str
    ) -> BorrowQuote:
        """Return a quote of which no data say the quantity, and why."""
        return replace(
            stated,
            quantity=self.without_data(symbol, moment),
            quantity_is_floor=False,
            has_data=False,
            note=note,
        )

    def stated_quote(self, symbol: Symbol, moment: datetime) -> BorrowQuote:
        """Return the quantity and rates that the data state, None where they state none."""
        stated = {
            column: self.exact(column, symbol, moment)
            for column in (FLOOR, FEE, REBATE)
            if column in self.histories
        }
        return BorrowQuote(
            symbol,
            to_local(moment, symbol.market),
            self.exact_quantity(symbol, moment),
            quantity_is_floor=bool(stated.get(FLOOR)),
            fee_rate=stated.get(FEE),
            rebate_rate=stated.get(REBATE),
        )

    def _why_no_data(self, symbol: Symbol, moment: datetime) -> tuple[tuple[Symbol, ...], str]:
        """Return in which other currencies shares are listed, and in words why there are no data of a symbol."""
        history = self.histories[QUANTITY].get(symbol.market)
        if history is None or not len(history.instants):
            return (), f"there is no snapshot of market {symbol.market.value}"
        course = history.course(symbol)
        made = course.moments.instants
        instant = self.clock(symbol.market).instant(moment)
        state = int(np.searchsorted(made, instant, side="right")) - 1
        while state >= 0 and history.standing(course, state) == UNSTATED:
            state -= 1
        if state < 0:
            note = (
                f"no snapshot up to then names {symbol}, and none is a complete list of its venue"
            )
            if len(made) and int(made[0]) > instant:
                note = f"the first snapshot is of {from_instant(int(made[0]), symbol.market)}"
        elif self.max_age is not None and (age := instant - int(made[state])) > self.max_age:
            note = (
                f"the last snapshot before it, of {from_instant(int(made[state]), symbol.market)}, is {_age(age)} old, "
                f"more than max_age={_age(self.max_age)}"
            )
        else:
            note = history.why_unknown(symbol, course, state)
        listed = {
            other: quantity
            for other in history.other_currencies(symbol)
            if (quantity := self.exact_quantity(other, moment))
        }
        shares = [
            f"{quantity:,} shares are listed as {other}" for other, quantity in listed.items()
        ]
        return tuple(listed), "; ".join([note, *shares])

    def quantities(self, pairs: Pairs) -> Ints:
        """Return `quantity` of many pairs, −1 for None."""
        found = gather_quantities(self, pairs)
        if self.missing == "unavailable":
            np.maximum(found, 0, out=found)
        elif self.missing == "raise" and len(found) and found.min() < 0:
            symbol, moment = next(pairs.take(np.array([found.argmin()])).moments())
            self.without_data(symbol, moment)
        return found

    def have_data(self, pairs: Pairs) -> Bools:
        """Return of many pairs whether a snapshot answers."""
        return gather_quantities(self, pairs) >= 0

    def share_days(self, pairs: Pairs) -> Times:
        """Return the day of the snapshot that answers for each of many pairs; of the pair where none does."""
        days = pairs.days()
        for market, at, part in pairs.by_market():
            instants = gather_instants(self, part)
            answered = np.flatnonzero(instants != NO_SNAPSHOT)
            utc_times = pd.DatetimeIndex(instants[answered].view("datetime64[us]"), tz="UTC")
            mine = days[at]
            mine[answered] = local_times(utc_times, market).astype("datetime64[D]")
            days[at] = mine
        return days

    def rates(self, column: str, pairs: Pairs) -> Floats:
        """Return the rates of many pairs, NaN where none is stated."""
        if column not in self.histories:
            return np.full(len(pairs), np.nan)
        return gather_rates(self, column, pairs)

    def change_times(
        self, symbols: Sequence[Symbol], start: datetime, end: datetime
    ) -> set[datetime]:
        """Return naive wall times at which answers about some symbols may change."""
        found: set[datetime] = set()
        done: set[Moments] = set()
        for symbol in symbols:
            history = self.histories[QUANTITY].get(symbol.market)
            if history is None:
                continue
            course = history.course(symbol)
            clock = self.clock(symbol.market)
            # An hour that the clock repeats may show a snapshot up to an hour after it was made.
            first, last = clock.instant(before(start, timedelta(days=1))), clock.instant(end)
            events: set[int] = set()
            if course.moments not in done:
                done.add(course.moments)
                events.update(self.timeline(history, course.moments).events_between(first, last))
            events.update(self._ends_behind_unstated(history, course, first, last))
            found.update(clock.first_wall(event) for event in events)
        return found

    def _ends_behind_unstated(
        self, history: History, course: Course, first: int, last: int
    ) -> list[int]:
        """Return when older statements end that answer for ones without a quantity."""
        made = course.moments.instants
        if self.max_age is None or not len(made):
            return []
        low = max(int(np.searchsorted(made, first - self.max_age)) - 1, 0)
        states = np.arange(low, np.searchsorted(made, last, side="right"))
        cells = history.read(course, QUANTITY, states)[states]
        if not (cells == UNSTATED).any():
            return []
        ends = made[: int(states[-1]) + 1] + (self.max_age + 1)
        found: list[int] = ends[(ends > first) & (ends <= last)].tolist()
        return found


def _age(microseconds: int) -> str:
    """Return a span in words: the largest unit of which it holds two, or days."""
    span = timedelta(microseconds=microseconds)
    for unit, name in ((timedelta(days=2), "days"), (timedelta(hours=2), "hours")):
        if span >= unit:
            return f"{span // (unit / 2)} {name}"
    return f"{span // timedelta(minutes=1)} minutes"


class SnapshotProvider(ShortableProvider):
    """Base of the providers that answer from dated snapshots; see `LocalDiskShortableProvider` for the parameters.

    Parameters
    ----------
    lookup : AsOfLookup
        How the snapshot that answers is found.
    """

    def __init__(self, lookup: AsOfLookup) -> None:
        self._use(lookup)
        lookup.name = self.name

    def _use(self, lookup: AsOfLookup) -> None:
        self._lookup = lookup
        self._quick = lookup.tracks[QUANTITY]

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in vars(self).items() if name != "_quick"}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state)
        self._use(self._lookup)

    @property
    def policy(self) -> str:
        """Which snapshots answer, and what happens where none does, in words.

        Examples
        --------
        >>> import pandas as pd
        >>> from shortable import FrameShortableProvider
        >>> FrameShortableProvider(pd.DataFrame({"SPY": [1]}, index=pd.to_datetime(["2024-01-02"]))).policy
        "newest snapshot known at the time, at most 7 days old; where there is none: missing='unavailable'"
        """
        return self._lookup.policy

    @property
    def at_rest(self) -> bool:
        """True: what was known is fixed when the provider is made."""
        return True

    def shortable_quantity(self, symbol: Symbol | str, local_time: LocalTime) -> int | None:
        """Return shares available (S1): of the newest snapshot known then that names the symbol (S2).

        Parameters
        ----------
        symbol : Symbol or str
            In any vendor's spelling.
        local_time : datetime, date, pd.Timestamp or np.datetime64
            Naive: wall time of the symbol's market.

        Returns
        -------
        int or None
            0 where a complete snapshot leaves the symbol out; what ``missing=`` says where there are no data (S3).

        Raises
        ------
        NoDataError
            There are no data and the provider was made with ``missing="raise"``.
        """
        try:
            times, cells, timeline, _ = self._quick[symbol]
            # The last cell is the one for no data and below 0: a time not met before, and any other failure, reads it.
            quantity: int = cells[times.get(local_time, -1)]  # type: ignore[arg-type]  # any other type is no key
            if quantity >= 0:
                return quantity
            quantity = cells[timeline.quick_state(local_time)]  # type: ignore[arg-type]  # raises one of CANNOT
            if quantity >= 0:
                return quantity
        except CANNOT:
            pass
        return self._lookup.quantity(symbol, local_time)

    def all_shortable_symbols(self, local_time: LocalTime) -> dict[Symbol, int]:
        """Return shares of every symbol with a quantity above 0, of all markets: a new dict of the caller's own.

        A naive time is each market's own wall time.

        Raises
        ------
        NoDataError
            There are no data of any market and the provider was made with ``missing="raise"``.
        """
        return self._lookup.all_symbols(local_time)

    def fee_rate(self, symbol: Symbol | str, local_time: LocalTime) -> float:
        """Return the borrow fee as an annual fraction, of the snapshot that gives the quantity; 0.0 where unknown."""
        return self._lookup.stated(FEE, symbol, local_time) or 0.0

    def rebate_rate(self, symbol: Symbol | str, local_time: LocalTime) -> float:
        """Return the rebate as an annual fraction, of the snapshot that gives the quantity; 0.0 where unknown."""
        return self._lookup.stated(REBATE, symbol, local_time) or 0.0

    def has_quantity(self, symbol: Symbol | str, local_time: LocalTime) -> bool:
        """Return False where no snapshot answers, so that the quantity comes from the ``missing=`` policy (S3)."""
        return self._lookup.stated(QUANTITY, symbol, local_time) is not None

    def has_fee_rate(self, symbol: Symbol | str, local_time: LocalTime) -> bool:
        """Return False where the fee rate reads as 0 only because none is known."""
        return self._lookup.stated(FEE, symbol, local_time) is not None

    def _quote(self, symbol: Symbol, moment: datetime) -> BorrowQuote:
        return self._lookup.quote(symbol, moment)

    def _quantities(self, pairs: Pairs) -> Ints:
        return self._lookup.quantities(pairs)

    def _fee_rates(self, pairs: Pairs) -> Floats:
        return self._lookup.rates(FEE, pairs)

    def _rebate_rates(self, pairs: Pairs) -> Floats:
        return self._lookup.rates(REBATE, pairs)

    def _has_quantities(self, pairs: Pairs) -> Bools:
        return self._lookup.have_data(pairs)

    def _share_days(self, pairs: Pairs) -> Times:
        return self._lookup.share_days(pairs)

    def _change_times(
        self, symbols: Sequence[Symbol], start: datetime, end: datetime
    ) -> set[datetime]:
        return self._lookup.change_times(symbols, start, end)

    def _with_lag(self, lag: timedelta) -> ShortableProvider:
        other = copy.copy(self)
        other._use(self._lookup.lagged(lag))
        return other
