"""Simulation: one run, bar by bar: the opening book, the night's borrow costs, the fills, the algorithm, the close."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

from shortable.actions import CorporateActions
from shortable.engine.action_calendar import calendar_of
from shortable.engine.algorithm import Algorithm
from shortable.engine.corporate_actions import CorporateActionDesk
from shortable.engine.exchange import BarFillModel, Exchange
from shortable.engine.feed import Feed, Slice, Subscription
from shortable.engine.lending import LendingDesk
from shortable.engine.orders import OrderEvent
from shortable.engine.own_shares import OwnShares
from shortable.engine.result import result_of
from shortable.engine.run_state import RunState
from shortable.engine.solvency import Solvency
from shortable.errors import (
    AlgorithmError,
    EngineError,
    InvalidInputError,
    ShortableError,
    ShortableWarning,
    TimeError,
)
from shortable.market_data import (
    MarketData,
    Resolution,
    check_splits,
    dated_splits,
    follow_renames,
)
from shortable.results import OpeningBook, OpeningHolding, Result
from shortable.symbol import Symbol

__all__ = ["Progress", "Simulation", "Watch", "errors_named"]

Progress = Callable[[int, int], None]
Watch = Callable[["Simulation"], None]

# Orders and events live to the end of the run, and Python's collector would look through all of them again and again:
# with its usual 700 new objects between two collections, workload W1 took 1.8 times as long.
_OBJECTS_BETWEEN_COLLECTIONS = 100_000


class Simulation:
    """One run of a fresh algorithm, bar by bar.

    Parameters
    ----------
    algorithm : Algorithm
        With its run state set; `initialize` is called here.

    Attributes
    ----------
    row : int
        Rows handled so far.
    equity, cash : list of float
        At the close of each session that has been handled.
    """

    def __init__(self, algorithm: Algorithm) -> None:
        self.algorithm = algorithm
        self._state = state = algorithm._run_state
        with errors_named(algorithm, "initialize"):
            algorithm.initialize()
        if not state.by_column or state.data is None:
            raise EngineError(
                f"{type(algorithm).__name__} trades nothing: call add_equity in initialize"
            )
        if state.start and state.end and state.end < state.start:
            raise TimeError("end_date", str(state.end), f"not lie before start_date={state.start}")
        subscriptions = [(s.symbol, s.resolution) for s in state.by_column]
        data, state.actions, undecided = _settled(state.data, state.actions, subscriptions)
        self.feed = feed = Feed(data, subscriptions, state.start, state.end)
        feed.name_columns(state.securities.aliases)
        sessions = [feed.sessions[row] for row in feed.closing_rows.tolist()]
        calendar = calendar_of(data, state.actions, feed, sessions)
        self._own = own = OwnShares(calendar.own, sessions)
        state.notes = (*undecided, *calendar.notes)
        for note in calendar.notes:
            warnings.warn(f"{type(algorithm).__name__}: {note}", ShortableWarning, stacklevel=2)
        state.account.start(feed, [s.initial_margin for s in state.by_column])
        state.starting_equity = state.account.cash
        if state.settings.opening_book is not None:
            _carry_over(state.settings.opening_book, state, feed, type(algorithm).__name__)
        state.short_desk.start(feed, own)
        self._exchange = Exchange(
            state.account, feed, state.by_column, state.order_desk, BarFillModel(), own, state.pairs
        )
        self._lending = self._lending_desk(state, feed)
        self._exchange.lending = state.order_desk.lending = self._lending
        self._actions = CorporateActionDesk(
            calendar,
            state.account,
            state.order_desk,
            state.by_column,
            state.settings.on_delisting,
            {
                name: _named(algorithm, name)
                for name in (
                    "on_splits",
                    "on_dividends",
                    "on_symbol_changed_events",
                    "on_delistings",
                )
                if _overrides(algorithm, name)
            },
        )
        state.applied = self._actions.applied
        self._solvency = Solvency(
            state.account,
            state.order_desk,
            state.by_column,
            state.settings.maintenance,
            own,
            _named(algorithm, "on_margin_call")
            if _overrides(algorithm, "on_margin_call")
            else None,
        )
        self._on_data = algorithm.on_data if _overrides(algorithm, "on_data") else None
        self._on_end_of_day = (
            algorithm.on_end_of_day if _overrides(algorithm, "on_end_of_day") else None
        )
        if _overrides(algorithm, "on_order_event"):
            state.account.handler = _event_handler(algorithm)
        self.row = 0
        self.equity: list[float] = []
        self.cash: list[float] = []
        self._closings = feed.closing_rows.tolist()
        self._first = True
        state.widen = self._widen

    def _lending_desk(self, state: RunState, feed: Feed) -> LendingDesk | None:
        """Return what holds orders and shorts against the run's lending models; None where all are Nulls."""
        if not state.settings.lending.active:
            return None
        callbacks = {
            name: _named(self.algorithm, name)
            for name in ("on_borrow_recalled", "on_buy_in")
            if _overrides(self.algorithm, name)
        }
        return LendingDesk(
            state.settings.lending,
            state.account,
            feed,
            state.by_column,
            state.order_desk,
            callbacks,
        )

    def _widen(self, symbol: Symbol, resolution: Resolution) -> None:
        """Make the run ready for a security that comes later (S32); where that cannot be, nothing has changed.

        Raises
        ------
        EngineError
            The run has no row at one of its bars.
        MarketDataError, CorporateActionError
            Its prices contradict a split; a dividend is in another currency.
        """
        state, feed, column = self._state, self.feed, len(self.feed.symbols)
        subscriptions = [(s.symbol, s.resolution) for s in state.by_column]
        new: Subscription = (symbol, resolution)
        data, _, _ = _settled(state.data, state.actions, [*subscriptions, new])  # type: ignore[arg-type]  # a run has data
        bars = feed.column_of(data, new)
        sessions = [feed.sessions[row] for row in self._closings]
        calendar = calendar_of(data, state.actions, feed.widened(bars), sessions)
        feed.widen(bars)
        for note in calendar.notes:
            if note not in state.notes:
                state.notes = (*state.notes, note)
                name = type(self.algorithm).__name__
                warnings.warn(f"{name}: {note}", ShortableWarning, stacklevel=2)
        if column in calendar.own:
            self._own.widen(column, calendar.own[column])
        state.short_desk.widen()
        self._actions.widen(calendar, column, len(self.equity))

    def step(self) -> bool:
        """Handle the next row; return whether there is another one to handle.

        On a session's first row the borrow costs of the night are charged. The clock moves to when the row's bars
        are known; resting orders fill inside the bars, and the algorithm's `on_order_event` is called; then its
        `on_data`. On a session's last row the account is valued.
        """
        row, state, session, first = self.row, self._state, len(self.equity), self._first
        account = state.account
        last = row == self._closings[session]
        if state.ruin is not None:
            return self._after_ruin(row, last=last)
        if first and session:
            state.short_desk.charge_night(session - 1)
        account.turn_to(row)
        actions = self._actions if first and self._actions.has_due(session) else None
        if account.open or actions is not None or (first and self._lending is not None):
            self._exchange.handle(
                row, session, actions, first_of_session=first, last_of_session=last
            )
        self._solvency.check(session)
        if self._solvency.ruin is None and self._on_data is not None:
            try:
                self._on_data(Slice(self.feed, row))
            except Exception as error:
                _raise_named(self.algorithm, "on_data", error)
        if last and self._actions.ends(session):
            self._actions.close_session(session)
            self._solvency.check(session)
        if last and self._on_end_of_day is not None and self._solvency.ruin is None:
            with errors_named(self.algorithm, "on_end_of_day"):
                for security in state.by_column:
                    self._on_end_of_day(security.symbol)
        ends = row + 1 == len(self.feed) or state.quitting
        if ends and self._solvency.ruin is None and state.short_desk.accrue(session):
            self._solvency.check(session)
        state.ruin, state.margin_calls = self._solvency.ruin, self._solvency.margin_calls
        if last or state.quitting:
            self.equity.append(account.value())
            self.cash.append(account.cash)
        self._first = last
        self.row = row + 1
        return self.row < len(self.feed) and not state.quitting

    def _after_ruin(self, row: int, *, last: bool) -> bool:
        """Let a row pass after the account was stopped: its deficit stays, and the algorithm is not called (S22)."""
        self._state.account.turn_to(row)
        if last:
            self.equity.append(self._state.account.cash)
            self.cash.append(self._state.account.cash)
        self._first = last
        self.row = row + 1
        return self.row < len(self.feed)

    @property
    def finished(self) -> bool:
        """Whether the run has ended."""
        return self._state.finished

    def run(self, progress: Progress | None = None, watch: Watch | None = None) -> Result:
        """Handle the rows that are left."""
        rows = len(self.feed)
        every = max(rows // 100, 1)
        with _rare_collections():
            while self.step():
                if progress is not None and self.row % every == 0:
                    progress(self.row, rows)
                if watch is not None and self._first:  # the row closed a session
                    watch(self)
            with errors_named(self.algorithm, "on_end_of_algorithm"):
                self.algorithm.on_end_of_algorithm()
        self._state.finished = True
        if watch is not None:
            watch(self)
        if progress is not None:
            progress(rows, rows)
        return result_of(self.algorithm, self._state, self.feed, self.equity, self.cash)


@contextmanager
def errors_named(algorithm: Algorithm, callback: str) -> Iterator[None]:
    """Say of an error raised inside in which of the algorithm's callbacks it was raised, and when.

    Raises
    ------
    ShortableError
        One of ours is raised again, with a note.
    AlgorithmError
        Anything else; the cause is what was raised.
    """
    try:
        yield
    except Exception as error:
        _raise_named(algorithm, callback, error)


def _raise_named(algorithm: Algorithm, callback: str, error: Exception) -> NoReturn:
    account = algorithm._run_state.account
    when = f" at {account.time}" if account.started else ""
    where = f"in {type(algorithm).__name__}.{callback}{when}"
    if not isinstance(error, ShortableError):
        raise AlgorithmError(f"{type(error).__name__} {where}: {error}") from error
    if not getattr(error, "__notes__", None):
        error.add_note(where)
    raise error


def _overrides(algorithm: Algorithm, name: str) -> bool:
    return name in vars(algorithm) or getattr(type(algorithm), name) is not getattr(Algorithm, name)


def _named(algorithm: Algorithm, name: str) -> Callable[[Sequence[object]], None]:
    """Return one of the algorithm's callbacks, which says in an error that it was raised there."""

    def call(records: Sequence[object]) -> None:
        with errors_named(algorithm, name):
            getattr(algorithm, name)(records)

    return call


def _settled(
    data: MarketData, actions: CorporateActions, subscriptions: Sequence[Subscription]
) -> tuple[MarketData, CorporateActions, tuple[str, ...]]:
    """Follow renames in the prices, date splits by them, and refuse splits that they contradict (S11, S12).

    Returns
    -------
    data : MarketData
    actions : CorporateActions
    notes : tuple of str
        Which ex-dates stay undecided.
    """
    if not len(actions):
        return data, actions, ()
    data = follow_renames(data, actions, subscriptions)
    actions, notes = dated_splits(data, actions)
    check_splits(data, actions, [symbol for symbol, _ in subscriptions])
    return data, actions, notes


def _event_handler(algorithm: Algorithm) -> Callable[[OrderEvent], None]:
    def handler(event: OrderEvent) -> None:
        with errors_named(algorithm, "on_order_event"):
            algorithm.on_order_event(event)

    return handler


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Make garbage collections rarer, unless they are rarer still in this process, or off."""
    before = gc.get_threshold()
    if 0 < before[0] < _OBJECTS_BETWEEN_COLLECTIONS:
        gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _carry_over(opening: OpeningBook, state: RunState, feed: Feed, algorithm: str) -> None:
    """Let an account begin with an opening book.

    The shares are worth the last close before the first bar; where the data has none, what the book says. They count
    as `held` in the availability rule (S4) from the first order on, and the first night charged is the one after
    the first session.

    Raises
    ------
    EngineError
        The book holds securities that the algorithm has not added.
    InvalidInputError
        A holding has neither price nor cost and no close before the first bar, or the equity is not above 0.
    """
    missing = [s for s in opening.symbols if not dict.__contains__(state.securities, s)]
    if missing:
        raise EngineError(
            f"the opening book holds {', '.join(missing)}, to which {algorithm} is not subscribed: "
            "call add_equity for each in initialize"
        )
    account = state.account
    state.opening = tuple(_held_at_start(held, state, feed) for held in opening.holdings)
    value = sum(
        float(feed.before[state.securities[h.symbol].column]) * h.quantity for h in state.opening
    )
    state.starting_equity = account.cash + value
    if not state.starting_equity > 0:
        raise InvalidInputError(
            "opening_book",
            f"equity {state.starting_equity:,.2f}",
            "be worth more than 0",
            f"Its cash is {account.cash:,.2f} and its shares are worth {value:,.2f}.",
        )
    account.time = feed.session_opens(0)
    for order in opening.orders:
        state.order_desk.rest(
            state.securities[order.symbol],
            order.quantity,
            order.limit_price,
            order.stop_price,
            order.tag,
        )
    account.stale = True


def _held_at_start(held: OpeningHolding, state: RunState, feed: Feed) -> OpeningHolding:
    """Book one holding and return it as it was booked."""
    holding, account = state.securities[held.symbol].holdings, state.account
    column = holding.column
    mark = float(feed.before[column]) or held.price or held.average_price
    if mark is None or mark <= 0:
        raise InvalidInputError(
            "opening_book",
            str(held.symbol),
            "say a price: the data has none before the first bar",
            "Give its OpeningHolding a price or an average_price above 0.",
        )
    feed.mark_until_first_bar(column, mark)
    average = mark if held.average_price is None else held.average_price
    holding.quantity, holding.average_price = held.quantity, average
    account.shares[column] = held.quantity
    account.positions += 1
    return OpeningHolding(held.symbol, held.quantity, average, mark)
