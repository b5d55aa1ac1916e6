"""The look-up of a daily flow (S15): the limit that was published for that very session, and no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

import numpy as np
import pandas as pd

from shortable.arrays import Bools, Floats, Ints, Numbers, Times
from shortable.clock import LocalTime, as_datetime, local_times, to_local
from shortable.market import Market
from shortable.provider import BorrowQuote, Pairs
from shortable.providers.as_of.bulk import NO_SNAPSHOT, gather, seen_instants
from shortable.providers.as_of.history import (
    QUANTITY,
    UNKNOWN,
    Course,
    History,
    utc,
)
from shortable.providers.as_of.lookup import AsOfLookup
from shortable.providers.as_of.point import Missing
from shortable.providers.as_of.timeline import Moments
from shortable.symbol import Symbol

__all__ = ["SessionLookup", "day_number"]


_AHEAD = 31  # days that a list's session can lie after its publication; Taiwan's longest holidays are twelve
_EPOCH_ORDINAL = 719_163  # date(1970, 1, 1).toordinal()


def day_number(day: date) -> int:
    """Return the days since 1970-01-01."""
    return day.toordinal() - _EPOCH_ORDINAL


class _Ordered(NamedTuple):
    """Statements in the order of their session, and within it of when they were made."""

    keys: Ints
    """Session and rank of the statement in one number, ascending."""
    states: Ints
    """Which statement each is."""
    sessions: Ints
    """The session that each limits, days since 1970-01-01."""


class SessionLookup(AsOfLookup):
    """The look-up of providers whose quantities limit one session each.

    Of several snapshots for a session the newest known at the time answers, however long before the session it was
    made; `max_age` does not apply. A time asks about the session of its day; from the moment after the close at which
    a list for a later session is published, the rest of that day asks about that one, for which an order sent then is.
    Where none is known for the session that is asked about, there are no data (S3).

    Parameters
    ----------
    histories : mapping of str to mapping of Market to History
        As in `PointLookup`. A column that has a history of its own is looked up as of the time, whatever the session.
    sessions : mapping of Market to ndarray of int64
        The session that each of a history's ``instants`` limits, days since 1970-01-01.
    missing, lag
        As in `LocalDiskShortableProvider`. A lag delays what is known; the session stays that of the time asked about.
    max_age : timedelta or None
        Of the columns with a history of their own.
    """

    def __init__(
        self,
        histories: Mapping[str, Mapping[Market, History]],
        sessions: Mapping[Market, Ints],
        missing: Missing,
        max_age: timedelta | None,
        lag: timedelta,
    ) -> None:
        super().__init__(histories, missing, max_age, lag)
        self._sessions = sessions

    @property
    def policy(self) -> str:
        """Which snapshots answer, and what happens where none does, in words."""
        lag = f", seen {self.lag} late" if self.lag else ""
        return (
            f"newest snapshot known at the time for that very session{lag}; where there is none: "
            f"missing={self.missing!r}"
        )

    def _make_caches(self) -> None:
        super()._make_caches()
        self._ordered: dict[Moments, _Ordered] = {}
        self._evenings: dict[Market, Ints] = {}

    def _remember(self, *_: object) -> None:
        """Keep no tracks: they answer as-of."""

    def _by_session(self, column: str, market: Market) -> bool:
        quantities = self.histories[QUANTITY].get(market)
        return self.histories.get(column, {}).get(market) is quantities

    def asked(self, history: History, days: Ints, instants: Ints) -> Ints:
        """Return the session that times ask about: that of their day, or of the list published that evening.

        Parameters
        ----------
        days : ndarray of int64
            Day of each time on the exchange's clock, days since 1970-01-01.
        instants : ndarray of int64
            What the look-up sees at each.
        """
        if not len(history.instants):
            return days
        evenings = self._evenings.get(history.market)
        if evenings is None:
            evenings = self._evenings[history.market] = self._evenings_of(history)
        newest = np.maximum(np.searchsorted(history.instants, instants, side="right") - 1, 0)
        later = self._sessions[history.market][newest]
        takes_over = (
            (history.instants[newest] <= instants) & (evenings[newest] == days) & (later > days)
        )
        return np.where(takes_over, later, days)

    def _evenings_of(self, history: History) -> Ints:
        """Return the day in whose evening each list was seen, −1 where it was seen before the close."""
        utc_times = pd.DatetimeIndex(history.instants.view("datetime64[us]"), tz="UTC")
        seen = local_times(utc_times, history.market) + np.timedelta64(self.lag)
        midnights = seen.astype("datetime64[D]")
        closes = history.market.closes
        after = seen - midnights >= np.timedelta64(closes.hour * 60 + closes.minute, "m")
        return np.where(after, midnights.astype(np.int64), -1)

    def _session_at(self, history: History, moment: datetime) -> int:
        day = day_number(to_local(moment, history.market).date())
        instant = self.clock(history.market).instant(moment)
        return int(self.asked(history, np.array([day]), np.array([instant]))[0])

    def _order(self, history: History, moments: Moments) -> _Ordered:
        known = self._ordered.get(moments)
        if known is None:
            made = moments.instants
            at = np.searchsorted(history.instants, made)
            sessions = self._sessions[history.market][at]
            # The rank of a statement is how many are known from its instant on.
            keys = sessions * (len(made) + 1) + np.searchsorted(made, made, side="right")
            order = np.argsort(keys, kind="stable")
            known = self._ordered[moments] = _Ordered(keys[order], order, sessions[order])
        return known

    def _places(self, history: History, moments: Moments, sessions: Ints, instants: Ints) -> Ints:
        """Return where in `_order` the newest statement of a session stands that is known at an instant; −1 for none."""
        ordered = self._order(history, moments)
        if not len(ordered.keys):
            return np.full(len(sessions), -1)
        known = np.searchsorted(moments.instants, instants, side="right")
        keys = sessions * (len(ordered.keys) + 1) + known
        at = np.searchsorted(ordered.keys, keys, side="right") - 1
        return np.where((at >= 0) & (ordered.sessions[at] == sessions), at, -1)

    def find(
        self, column: str, symbol: Symbol | str, local_time: LocalTime
    ) -> tuple[Course | None, int | None]:
        """Return a symbol's statements and the one that answers, None for no data."""
        key, moment = Symbol.create(symbol), as_datetime(local_time)
        history = self.histories[column].get(key.market)
        if history is None:
            return None, None
        if not self._by_session(column, key.market):
            return super().find(column, symbol, local_time)
        course = history.course(key)
        session = self._session_at(history, moment)
        instant = self.clock(key.market).instant(moment)
        ordered = self._order(history, course.moments)
        (at,) = self._places(history, course.moments, np.array([session]), np.array([instant]))
        while at >= 0 and ordered.sessions[at] == session:
            state = int(ordered.states[at])
            standing = history.standing(course, state)
            if not standing:
                history.cell(course, state, column)
                return course, state
            if standing == UNKNOWN:
                break
            at -= 1  # named without a quantity: an older snapshot for the session answers
        return course, None

    def _states(self, history: History, course: Course, sessions: Ints, instants: Ints) -> Ints:
        """Return the statements that answer; the number of statements where none does."""
        places = self._places(history, course.moments, sessions, instants)
        if not len(course.moments):
            return np.zeros(len(places), np.int64)
        states = self._order(history, course.moments).states
        return np.where(places < 0, len(course.moments), states[places])

    def _gather(self, column: str, pairs: Pairs, instants: bool = False) -> Numbers:
        """Return the cells of many pairs, or when their statements were made; −1, NaN or `NO_SNAPSHOT` for no data."""
        nothing: float = NO_SNAPSHOT if instants else -1 if column == QUANTITY else np.nan
        kind = np.int64 if instants or column == QUANTITY else np.float64
        found = np.full(len(pairs), nothing, kind)
        for market, chosen, part in pairs.by_market():
            history = self.histories[column].get(market)
            if history is None or not len(history.instants):
                continue
            if not self._by_session(column, market):
                found[chosen] = gather(self, column, part)
                continue
            seen = seen_instants(self, history, part)
            sessions = self.asked(history, part.days().astype(np.int64), seen)
            answers = np.full(len(part), nothing, kind)
            for code, symbol in enumerate(part.symbols):
                at = np.flatnonzero(part.codes == code)
                course = history.course(symbol)
                states = self._states(history, course, sessions[at], seen[at])
                stands = history.read(course, QUANTITY, states)[states] >= 0
                if instants:
                    cells = np.append(course.moments.instants, NO_SNAPSHOT)[states]
                else:
                    cells = history.read(course, column, states)[states]
                answers[at] = np.where(stands, cells, nothing)
                doubtful = ~stands & (states < len(course.moments))
                for odd in np.flatnonzero(doubtful).tolist():
                    moment = next(part.take(at[odd : odd + 1]).moments())[1]
                    state = self.find(QUANTITY, symbol, moment)[1]
                    if state is not None:
                        answers[at[odd]] = (
                            course.moments.instants[state]
                            if instants
                            else history.cell(course, state, column)
                        )
            found[chosen] = answers
        return found

    def quantities(self, pairs: Pairs) -> Ints:
        """Return `quantity` of many pairs, −1 for None."""
        found = np.asarray(self._gather(QUANTITY, pairs), np.int64)
        silent = np.flatnonzero(found < 0)
        if len(silent) and self.missing != "unrestricted":
            if self.missing == "raise":
                self.without_data(*next(pairs.take(silent[:1]).moments()))
            found[silent] = 0
        return found

    def have_data(self, pairs: Pairs) -> Bools:
        """Return of many pairs whether a snapshot answers."""
        return np.asarray(self._gather(QUANTITY, pairs) >= 0)

    def rates(self, column: str, pairs: Pairs) -> Floats:
        """Return the rates of many pairs, NaN where none is stated."""
        if column not in self.histories:
            return np.full(len(pairs), np.nan)
        return np.asarray(self._gather(column, pairs), np.float64)

    def share_days(self, pairs: Pairs) -> Times:
        """Return the day on which the limit was published that answers for each of many pairs; of the pair where none does."""
        days, made = pairs.days(), self._gather(QUANTITY, pairs, instants=True)
        for market, at, part in pairs.by_market():
            mine, instants = part.days(), made[at]
            answered = np.flatnonzero(instants != NO_SNAPSHOT)
            times = pd.DatetimeIndex(instants[answered].view("datetime64[us]"), tz="UTC")
            mine[answered] = local_times(times, market).astype("datetime64[D]")
            days[at] = mine
        return days

    def _market_at(self, history: History, moment: datetime) -> dict[Symbol, int] | None:
        """Return a market's list, a new dict; None where no snapshot is known for the session."""
        session = self._session_at(history, moment)
        instant = self.clock(history.market).instant(moment)
        known = history.instants <= instant
        if not (known & (self._sessions[history.market] == session)).any():
            return None
        found = {symbol: self.exact_quantity(symbol, moment) for symbol in history.symbols()}
        return {symbol: quantity for symbol, quantity in found.items() if quantity}

    def quote(self, symbol: Symbol, moment: datetime) -> BorrowQuote:
        """Return everything that is known about a symbol at a time."""
        quote = self.stated_quote(symbol, moment)
        course, state = self.find(QUANTITY, symbol, moment)
        history = self.histories[QUANTITY].get(symbol.market)
        session = quote.local_time.date()
        if history is not None:
            session = date.fromordinal(self._session_at(history, moment) + _EPOCH_ORDINAL)
        if course is None or state is None:
            note = f"no snapshot known by then limits {symbol} in the session of {session}"
            return self.quote_without_data(quote, symbol, moment, note)
        made = int(course.moments.instants[state])
        note = f"the limit of short sales in the session of {session}"
        return replace(quote, as_of=utc(made), note=note)

    def change_times(
        self, symbols: Sequence[Symbol], start: datetime, end: datetime
    ) -> set[datetime]:
        """Return naive wall times at which answers about some symbols may change."""
        found: set[datetime] = set()
        first, last = (day_number(moment.date()) for moment in (start, end))
        for symbol in symbols:
            history = self.histories[QUANTITY].get(symbol.market)
            if history is None:
                continue
            moments, clock = history.course(symbol).moments, self.clock(symbol.market)
            at = np.searchsorted(history.instants, moments.instants)
            sessions = self._sessions[symbol.market][at]
            for state in np.flatnonzero((sessions >= first) & (sessions <= last + _AHEAD)).tolist():
                begins = datetime.fromordinal(int(sessions[state]) + _EPOCH_ORDINAL)
                known = clock.first_wall(int(moments.instants[state]))
                found.update((max(begins, known), begins + timedelta(days=1)))
                if known < begins:  # it answers in the evening of its publication, too
                    evening = datetime.combine(known.date() + timedelta(days=1), time(0))
                    found.update((known, evening))
        return found
