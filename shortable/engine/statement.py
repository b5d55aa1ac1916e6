"""Statement: what an account has done and stands at, as plain rows, of a backtest that has ended or still runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from shortable.engine.algorithm import Algorithm
from shortable.engine.opening import OpeningHolding
from shortable.errors import EngineError
from shortable.orders import OrderStatus
from shortable.symbol import Symbol

if TYPE_CHECKING:
    from shortable.engine.feed import Feed
    from shortable.engine.result import Result
    from shortable.engine.run_state import RunState
    from shortable.engine.simulation import Simulation

__all__ = ["Fill", "Mark", "Statement", "statement_of"]


class Fill(NamedTuple):
    """One trade."""

    symbol: Symbol
    session: date
    """In which it was done."""
    quantity: int
    """Shares, negative for a sale."""
    price: float
    """Per share."""
    commission: float
    """In the account's currency."""


class Mark(NamedTuple):
    """What one security is worth, and what its resting orders claim."""

    symbol: Symbol
    price: float | None
    """Last close; None before the first."""
    previous_close: float | None
    """Last close before the session; None where the data has none."""
    open_buys: int
    """Unfilled shares of resting buys, at least 0."""
    open_sells: int
    """Unfilled shares of resting sells, at least 0."""
    borrow_fees: float
    """Paid so far."""


@dataclass(frozen=True, slots=True)
class Statement:
    """An account at one moment, between two bars."""

    algorithm: str
    """Name of its class."""
    currency: str
    """Of every amount."""
    time: datetime
    """The moment, exchange-local."""
    finished: bool
    """Whether the backtest has ended."""
    cash: float
    """Short sale proceeds included."""
    first: date
    """The first session."""
    sessions: tuple[date, ...]
    """The last ones up to that moment, oldest first."""
    opening: tuple[OpeningHolding, ...]
    """Held before the first bar."""
    fills: tuple[Fill, ...]
    """Oldest first; only those that `statement_of` was asked for."""
    events: int
    """How many of the account's events have been looked at for fills."""
    marks: tuple[Mark, ...]
    """One for each security, in the order in which they were added."""


# Settlement looks back three sessions at most; more is for whoever wants to look further.
_SESSIONS = 10
_FILLED = OrderStatus.FILLED


def statement_of(run: Result | Simulation | Algorithm, since: int = 0) -> Statement:
    """Return the account of a backtest as it stands.

    Parameters
    ----------
    run : Result, Simulation or Algorithm
        Ended or running; not while a bar is being handled.
    since : int
        Events that an earlier statement has seen: `Statement.events`. Their fills are left out.

    Raises
    ------
    EngineError
        The algorithm has not been run.
    """
    algorithm = run if isinstance(run, Algorithm) else run.algorithm
    state = algorithm._run_state
    account, feed = state.account, state.account.feed
    if feed is None:
        raise EngineError(f"{type(algorithm).__name__} has no account yet: it has not been run")
    row = max(account.row, 0)
    begun = account.row >= 0
    sessions = feed.sessions_until(row)
    return Statement(
        algorithm=type(algorithm).__name__,
        currency=feed.symbols[0].currency,
        time=account.time if begun else feed.session_opens(0),
        finished=state.finished,
        cash=account.cash,
        first=date.fromordinal(sessions[0]),
        sessions=tuple(date.fromordinal(day) for day in sessions[-_SESSIONS:]),
        opening=state.opening,
        fills=tuple(
            Fill(symbol, time.date(), quantity, price, fee)
            for _, symbol, time, status, _, quantity, price, fee, _ in account.events[since:]
            if status is _FILLED
        ),
        events=len(account.events),
        marks=_marks(state, feed, row, begun),
    )


def _marks(state: RunState, feed: Feed, row: int, begun: bool) -> tuple[Mark, ...]:
    before = feed.closes_before(row)
    now = feed.last_close[row] if begun else before
    paid: list[float] = [0.0] * len(state.by_column)
    if state.short_desk.nights:
        columns = np.concatenate([night.columns for night in state.short_desk.nights])
        fees = np.concatenate([night.costs for night in state.short_desk.nights])
        paid = np.bincount(columns, weights=fees, minlength=len(paid)).tolist()
    return tuple(
        Mark(
            security.symbol,
            float(now[security.column]) or None,
            float(before[security.column]) or None,
            security.open_buys,
            security.open_sells,
            paid[security.column],
        )
        for security in state.by_column
    )
