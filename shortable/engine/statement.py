"""The account of a backtest that runs, as the plain rows of `shortable.results.Statement`."""

from __future__ import annotations

from datetime import date
from typing import Protocol

import numpy as np

from shortable.engine.algorithm import Algorithm
from shortable.engine.run_state import RunState
from shortable.errors import EngineError, InvalidInputError
from shortable.orders import OrderStatus
from shortable.results import Fill, Mark, ShareChange, Statement

__all__ = ["HasAlgorithm", "marks_of", "statement_of"]


# Settlement looks back three sessions at most.
_SESSIONS = 10
_FILLED = OrderStatus.FILLED


class HasAlgorithm(Protocol):
    """A run that has an algorithm, as a `Simulation` has."""

    @property
    def algorithm(self) -> Algorithm:
        """The algorithm that runs."""
        ...


def statement_of(
    run: HasAlgorithm | Algorithm, since: int = 0, actions_since: int = 0
) -> Statement:
    """Return the account of a backtest as it is; that of a `Result` is ``result.statement()``.

    Parameters
    ----------
    run : Simulation or Algorithm
        Ended or running; not while a bar is being handled.
    since : int
        Events that an earlier statement has seen: `Statement.events`. Their fills are left out.
    actions_since : int
        Corporate actions that it has seen: `Statement.actions`.

    Raises
    ------
    EngineError
        The algorithm has not been run.
    """
    algorithm = run if isinstance(run, Algorithm) else getattr(run, "algorithm", None)
    if not isinstance(algorithm, Algorithm):
        raise InvalidInputError("run", run, "be a backtest: its result, simulation or algorithm")
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
        changes=tuple(
            ShareChange(
                state.by_column[a.column].symbol,
                a.time.date(),
                a.kind,
                a.after,
                a.ratio,
                a.price,
                a.cash,
            )
            for a in state.applied[actions_since:]
            if a.kind in ("split", "dividend")
        ),
        actions=len(state.applied),
        marks=marks_of(state),
    )


def marks_of(state: RunState) -> tuple[Mark, ...]:
    """Return what each security is worth, what its resting orders claim and what its borrow has cost."""
    feed = state.account.feed
    if feed is None:
        raise EngineError("the run has not begun")
    row, begun = max(state.account.row, 0), state.account.row >= 0
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
