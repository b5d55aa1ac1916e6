"""The engine's short desk: what its orders may sell short and what its nights cost, asked of providers ahead of time.

A provider whose data does not change during a run is asked about many times at once, which costs far less for each.
A user's provider may change between two bars, so only shortable's own are asked ahead. What a provider knows at a time
does not depend on when it is asked (S2), so nothing is seen early.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.arrays import Floats, Numbers
from shortable.borrow import Convention
from shortable.desk import BorrowCost, ShortDesk, night_costs, rebates_in
from shortable.engine.account import Account
from shortable.engine.feed import Feed
from shortable.engine.own_shares import OwnShares
from shortable.engine.security import Security
from shortable.errors import NoDataError
from shortable.provider import ShortableProvider
from shortable.rule import OnExceed, OwnUse, Recheck, may_sell
from shortable.symbol import Symbol

__all__ = [
    "PAYS_AFTER",
    "ROWS_AT_ONCE",
    "ROWS_A_QUESTION",
    "EngineShortDesk",
    "Night",
    "Nights",
    "answers_ahead",
]


PAYS_AFTER = 8
"""Questions one by one before all the rest is asked at once. Ten years of days at once cost as much as about ten
first questions (0.3 ms against 30 µs each, measured), and of most of a large universe only a few are asked."""

ROWS_AT_ONCE = 4_096
"""The most rows that are asked about at once: sixteen years of days, ten sessions of minutes. Ten years of minutes of
50 symbols at once would be 49 million answers."""

ROWS_A_QUESTION = 32
"""Where more rows than that are to come, questions must be this dense. A row costs 0.07 µs at once and a question 2 µs
by itself, where the rows are minutes (measured)."""


class Night(NamedTuple):
    """What the shorts of one night cost; arrays hold one element for each."""

    session: int
    """Index of the session at whose close they were short."""
    charged: int
    """Index of the session in which it is charged: the next one, or the same one for what is accrued at the end (S29)."""
    columns: npt.NDArray[np.int64]
    """Which securities were short."""
    shares: Floats
    """Shares short; 0 where a cover has not settled."""
    costs: Floats
    """Paid, in the account's currency; negative where the short received."""
    received: Floats | None = None
    """In `costs`, rebates and interest on the proceeds, shape (2, n); None where nights are priced by themselves."""


_NO_SHORTS = Night(0, 0, np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0), np.zeros((2, 0)))


class Nights(NamedTuple):
    """The costs of all nights, one element for each short and night, oldest first."""

    session: npt.NDArray[np.int64]
    """Index of the session at whose close it was short."""
    charged: npt.NDArray[np.int64]
    """Index of the session in which it was charged."""
    column: npt.NDArray[np.int64]
    """Which security."""
    shares: Floats
    """Shares short; 0 where a cover had not settled."""
    close: Floats
    """Close of the session, per share."""
    rate: Floats
    """Annual fraction known at that close, NaN where none was."""
    days: npt.NDArray[np.int64]
    """Calendar days to the session in which it was charged."""
    cost: Floats
    """Paid, in the account's currency; negative where the short received."""
    rebate: Floats
    """Received in `cost` as a rebate on the proceeds."""
    interest: Floats
    """Received in `cost` as interest on the proceeds."""


class EngineShortDesk(ShortDesk[Security]):
    """The desk of `shortable.desk` for securities that each have a provider of their own.

    Parameters
    ----------
    account : Account
    securities : list of Security
        By column; the list may grow until the run starts.
    on_exceed, recheck, borrow_fee, own_use, share
        As in `ShortDesk`.

    Attributes
    ----------
    nights : list of Night
        Those with a short, oldest first: the record of `borrow_costs`, in arrays.
    days : ndarray of int64, shape (sessions,)
        Calendar days from each session to the next, 0 for the last.
    """

    _asks_after_cover = True

    def __init__(
        self,
        account: Account,
        securities: list[Security],
        *,
        on_exceed: OnExceed,
        recheck: Recheck,
        borrow_fee: Convention,
        own_use: OwnUse = "included",
        share: float = 1,
    ) -> None:
        super().__init__(
            on_exceed=on_exceed,
            recheck=recheck,
            borrow_fee=borrow_fee,
            own_use=own_use,
            share=share,
        )
        self._account, self._securities = account, securities
        self.nights: list[Night] = []
        self.days = np.zeros(0, dtype=np.int64)
        self._unsettled: set[int] = set()

    def start(self, feed: Feed, own: OwnShares) -> None:
        """Make ready for the first row; `own` says in which shares nights are charged."""
        self._feed, self._own = feed, own
        self._kind = self.borrow_fee.rate_kind
        self._follows = bool(self._night_courses)
        self._closing_rows: list[int] = feed.closing_rows.tolist()
        self._closes = [feed.times[row] for row in self._closing_rows]
        ordinals = np.array(feed.sessions)[feed.closing_rows]
        self._sessions: list[int] = ordinals.tolist()
        self.days = np.diff(ordinals, append=ordinals[-1])
        self._days: list[float] = self.days.astype(np.float64).tolist()
        # By session and security. The system gives out zeroed memory page by page: what is never short costs none.
        shape = (len(self._closes), len(self._securities))
        self._rates: Floats = np.zeros(shape)
        self._unknown: npt.NDArray[np.bool_] = np.zeros(shape, dtype=bool)
        self._to_ask = set(range(len(self._securities)))
        self._rates_asked = [0] * len(self._securities)

    def widen(self) -> None:
        """Take in a security that comes later, as the last column (S32)."""
        column = self._rates.shape[1]
        self._rates = np.pad(self._rates, ((0, 0), (0, 1)))
        self._unknown = np.pad(self._unknown, ((0, 0), (0, 1)))
        self._to_ask.add(column)
        self._rates_asked.append(0)

    def symbol_of(self, instrument: Security) -> Symbol:
        """Return a security's symbol."""
        return instrument.symbol

    def is_flow(self, instrument: Security) -> bool:
        """Return whether what is available of a security is a daily flow (S15)."""
        return instrument.is_flow

    def provider_of(self, instrument: Security) -> ShortableProvider:
        """Return a security's own provider, in the run's shares."""
        return instrument.lender

    def allowed(
        self,
        instrument: Security,
        at: datetime,
        quantity: float,
        held: float,
        open_sells: float,
        *,
        floor: float = 0,
        order_id: int | str = "",
    ) -> float:
        """Say how many of an order's shares may be sold, see `ShortDesk.allowed`; the usual case takes a short cut."""
        ahead, account = instrument.quantities_ahead, self._account
        row = account.row - instrument.ahead_from
        if (
            ahead is not None
            and row < len(ahead)
            and at is account.time
            and not instrument.is_flow
            and self.own_use == "included"
        ):
            shares: int = ahead[row]
            available = shares if shares > 0 else None if shares < 0 else 0
            if may_sell(held, open_sells, quantity, available):
                self.count_check(instrument, at, available)
                return quantity
        return super().allowed(
            instrument, at, quantity, held, open_sells, floor=floor, order_id=order_id
        )

    def available(self, instrument: Security, at: datetime) -> int | None:
        """Ask what can be borrowed at a time, and count the check; None for no known restriction."""
        account = self._account
        if at is account.time:
            ahead = instrument.quantities_ahead
            if ahead is not None:
                row = account.row - instrument.ahead_from
                if row < len(ahead):
                    shares: int = ahead[row]
                    available = shares if shares > 0 else None if shares < 0 else 0
                    self.count_check(instrument, at, available)
                    return available
                # The rows that were asked about at once are over.
                instrument.quantities_ahead = instrument.has_quantity_ahead = None
                instrument.times_asked = 0
            if not instrument.times_asked:
                instrument.asked_since = account.row
            instrument.times_asked += 1
            if instrument.times_asked == PAYS_AFTER:
                self._ask_ahead(instrument)
        available = instrument.quantity_of(instrument.symbol, at)
        self.count_check(instrument, at, available)
        return available

    def charge_night(self, session: int) -> None:
        """Charge the night after the session of that index (S8)."""
        account = self._account
        if self._follows:
            self._charge_courses(session)
            return
        if self._kind is None or not account.positions:
            return
        columns = (account.shares < 0).nonzero()[0]
        if not len(columns):
            return
        self._ask_rates(session, columns)
        shares = -account.shares[columns]
        close = self._feed.last_close[self._closing_rows[session]][columns]
        rates = self._rates[session][columns]  # 0 where none is known (S7)
        own, mark = shares, close
        if self._own:
            own, mark = self._own.night(session, columns, shares, close)
        costs = night_costs(self.borrow_fee, own, mark, rates, self._days[session])
        if self._fee_clock:
            costs *= self._fee_clock.charged(columns.tolist(), session, session + 1, rates.tolist())
        self._book(Night(session, session + 1, columns, shares, costs))

    def accrue(self, session: int) -> bool:
        """Charge what was covered and has not settled when the run ends in a session (S29); return whether that was any."""
        account, day = self._account, date.fromordinal(self._sessions[session])
        columns = [c for c in sorted(self._unsettled) if account.shares[c] >= 0]
        close = account.closes[columns]
        _, marks = self._own.night(session, np.array(columns), close, close)
        nothing, charges = np.zeros(len(columns)), np.zeros((3, len(columns)))
        for at, column in enumerate(columns):
            security = self._securities[column]
            rate = self.rate_at(security, account.time)
            self._keep_rate(session, column, rate)
            charges[0, at] = self._night_courses.accrued(
                security.symbol, day, 0.0, float(marks[at]), rate
            )
        return self._book_courses(session, session, np.array(columns, np.int64), nothing, charges)

    def end(self, instrument: Security) -> None:
        """Charge nothing more for a security that has ended (S21)."""
        self._night_courses.restate(instrument.symbol, 0)
        self._unsettled.discard(instrument.column)

    def _charge_courses(self, session: int) -> None:
        """Charge a night by a convention that follows each borrow; what it was charged by becomes the night's rate."""
        account, courses = self._account, self._night_courses
        columns = (account.shares < 0).nonzero()[0]
        if self._unsettled:
            columns = np.union1d(columns, sorted(self._unsettled)).astype(np.int64)
        if self._kind is not None:
            self._ask_rates(session, columns)
        shares = np.maximum(-account.shares[columns], 0.0)
        close = self._feed.last_close[self._closing_rows[session]][columns]
        own, mark = self._own.night(session, columns, shares, close)
        charges = np.zeros((3, len(columns)))
        night = [date.fromordinal(self._sessions[at]) for at in (session, session + 1)]
        for at, column in enumerate(columns.tolist()):
            known = self._kind is not None and not self._unknown[session, column]
            rate = float(self._rates[session, column]) if known else np.nan
            symbol = self._securities[column].symbol
            cost, rate, *received = courses.night(
                symbol, night[0], night[1], float(own[at]), float(mark[at]), rate
            )
            charges[:, at] = cost, *received
            self._keep_rate(session, column, rate)
            if courses.outstanding(symbol):
                self._unsettled.add(column)
            else:
                self._unsettled.discard(column)
        self._book_courses(session, session + 1, columns, shares, charges)
        for column, factors in self._own.items():
            old, new = factors[session], factors[session + 1]
            if old != new:
                courses.restate(self._securities[column].symbol, float(old / new))

    def _book_courses(
        self,
        session: int,
        charged: int,
        columns: npt.NDArray[np.int64],
        shares: Floats,
        charges: Floats,
    ) -> bool:
        """Book what is short, and of the rest what cost something; return whether that is anything.

        `charges` has the rows costs, rebates and interest.
        """
        noted = (shares > 0) | (charges[0] != 0)
        if noted.any():
            self._book(
                Night(
                    session,
                    charged,
                    columns[noted],
                    shares[noted],
                    charges[0, noted],
                    charges[1:, noted],
                )
            )
        return bool(noted.any())

    def _book(self, night: Night) -> None:
        total = float(np.add.reduce(night.costs))
        self.nights.append(night)
        self._account.cash -= total
        self._account.stale = True
        self.total_borrow_cost += total

    def _keep_rate(self, session: int, column: int, rate: float) -> None:
        self._rates[session, column] = np.nan_to_num(rate)
        self._unknown[session, column] = np.isnan(rate)

    def all_nights(self) -> Nights:
        """Return the costs of all nights."""
        nights = self.nights or [_NO_SHORTS]
        columns = np.concatenate([n.columns for n in nights])
        sessions = np.repeat([n.session for n in nights], [len(n.columns) for n in nights])
        rates = np.where(self._unknown[sessions, columns], np.nan, self._rates[sessions, columns])
        charged = np.repeat([n.charged for n in nights], [len(n.columns) for n in nights])
        costs = np.concatenate([n.costs for n in nights])
        received = [n.received for n in nights if n.received is not None]
        rebates, interest = (
            np.concatenate(received, axis=1)
            if received
            else (rebates_in(self.borrow_fee, costs), np.zeros_like(costs))
        )
        return Nights(
            sessions,
            charged,
            columns,
            np.concatenate([n.shares for n in nights]),
            self._feed.last_close[self._feed.closing_rows[sessions], columns],
            rates,
            np.where(charged > sessions, self.days[sessions], 0),
            costs,
            rebates,
            interest,
        )

    @property
    def borrow_costs(self) -> list[BorrowCost]:
        """Every night's cost of every short, oldest first."""
        symbols = self._feed.symbols
        return [
            BorrowCost(date.fromordinal(self._sessions[charged]), symbols[column], *figures)
            for _, charged, column, *figures in zip(
                *(part.tolist() for part in self.all_nights()), strict=True
            )
        ]

    def count_check(self, instrument: Security, at: datetime, available: int | None) -> None:
        """Count an answer, and whether it was only the provider's ``missing=`` policy."""
        self.checks += 1
        if not available and not self._rests_on_data(instrument, at):
            self.checks_without_data.append((at, instrument.symbol))

    def _rests_on_data(self, instrument: Security, at: datetime) -> bool:
        account, ahead = self._account, instrument.has_quantity_ahead
        row = account.row - instrument.ahead_from
        if ahead is not None and row < len(ahead) and at is account.time:
            return bool(ahead[row])
        return instrument.has_quantity(instrument.symbol, at)

    def _ask_ahead(self, instrument: Security) -> None:
        row, feed = self._account.row, self._feed
        rows = range(row, len(feed))
        if len(rows) > ROWS_AT_ONCE:
            if row - instrument.asked_since > PAYS_AFTER * ROWS_A_QUESTION:
                instrument.times_asked = 0
                return
            rows = rows[:ROWS_AT_ONCE]
        one_by_one = [s for s in self._securities if s.quantities_ahead is None]
        together = _in_use(one_by_one, instrument, lambda s: s.times_asked)
        if together:
            for security, answers in zip(
                together, answers_ahead(together, feed, rows), strict=False
            ):
                security.quantities_ahead, security.has_quantity_ahead = answers
                security.ahead_from = row

    def _ask_rates(self, session: int, columns: npt.NDArray[np.int64]) -> None:
        """Ask for the rates at that session's close that have not been asked for ahead."""
        account = self._account
        if account.new_providers:
            self._to_ask.update(account.new_providers)
            for column in account.new_providers:
                self._rates_asked[column] = 0
            account.new_providers.clear()
        if self._to_ask:
            for column in columns.tolist():
                if column in self._to_ask:
                    self._ask_rate(session, column)

    def _ask_rate(self, session: int, column: int) -> None:
        """Ask for one security's rate at that session's close; once it pays, for those of all later closes."""
        security = self._securities[column]
        provider = security.lender
        self._rates_asked[column] += 1
        if self._kind == "fee" and self._rates_asked[column] == PAYS_AFTER:
            one_by_one = [self._securities[c] for c in sorted(self._to_ask)]
            together = _in_use(one_by_one, security, lambda s: self._rates_asked[s.column])
            if together:
                columns = [s.column for s in together]
                times = self._feed.utc[self._feed.closing_rows[session:]]
                rates = _ask_at_once(provider.fee_rates, together, times).T
                self._rates[session:, columns] = np.nan_to_num(rates)
                self._unknown[session:, columns] = np.isnan(rates)
                self._to_ask.difference_update(columns)
                return
        self._keep_rate(session, column, self.rate_at(security, self._closes[session]))


def answers_ahead(
    securities: Sequence[Security], feed: Feed, rows: range
) -> list[tuple[memoryview, memoryview]]:
    """Return for each security shares available at each of `rows`, −1 for None, and whether that rests on data.

    They are views, which give Python's own numbers quickly; there are none if a row has no answer.
    """
    provider, times = securities[0].lender, feed.utc[rows.start : rows.stop]
    try:
        quantities = _ask_at_once(provider.shortable_quantities, securities, times)
    except NoDataError:
        return []  # missing="raise", at a row that may never be asked about
    has_data = _ask_at_once(provider.has_quantities, securities, times)
    return [(shares.data, known.data) for shares, known in zip(quantities, has_data, strict=True)]


def _in_use(
    securities: Iterable[Security], like: Security, times_asked: Callable[[Security], int]
) -> list[Security]:
    """Return which of `securities` to ask ahead about together with `like`, itself among them; none if that cannot be.

    Those of the same provider that have been asked about half as often as pays: they will be due soon, and one
    call for 50 securities takes a tenth of 50 calls.
    """
    provider = like.lender
    if not provider.at_rest:
        return []
    return [s for s in securities if s.lender is provider and times_asked(s) >= PAYS_AFTER // 2]


def _ask_at_once(
    ask: Callable[[pd.Categorical, pd.DatetimeIndex], Numbers],
    securities: Sequence[Security],
    times: pd.DatetimeIndex,
) -> Numbers:
    names = [s.symbol for s in securities]
    codes = np.repeat(np.arange(len(names)), len(times))
    symbols = pd.Categorical.from_codes(codes, categories=pd.Index(names, dtype=object))
    answers = ask(symbols, times[np.tile(np.arange(len(times)), len(names))])
    return answers.reshape(len(names), len(times))
