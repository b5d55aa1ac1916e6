"""What the engine hands to `shortable.results`: the tables of a run, made when they are looked at, and its `RunInfo`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from operator import itemgetter

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.arrays import Array
from shortable.engine.algorithm import Algorithm
from shortable.engine.exchange import BarFillModel
from shortable.engine.feed import Feed
from shortable.engine.ledger import RunLedger
from shortable.engine.run_state import RunState
from shortable.engine.security import Security
from shortable.engine.solvency import Ruin
from shortable.engine.statement import marks_of
from shortable.errors import NoDataError
from shortable.orders import OrderStatus
from shortable.provider import Pairs
from shortable.providers import NullShortableProvider
from shortable.results import MADE_UP, Result, RuinInfo, RunInfo
from shortable.results.schema import of_columns, of_records, of_tuples
from shortable.symbol import Symbol

__all__ = ["result_of"]

# Where the fields of `account.EventFields` stand.
_STATUS, _FILLED = 3, OrderStatus.FILLED
_OF_FILL = {"order_id": 0, "time": 2, "symbol": 1, "quantity": 5, "price": 6, "commission": 7}


def result_of(
    algorithm: Algorithm, state: RunState, feed: Feed, equity: list[float], cash: list[float]
) -> Result:
    """Return the result of a run that has ended.

    Parameters
    ----------
    algorithm, state, feed
        The run's.
    equity, cash : list of float
        At each session's close.
    """
    desk, events = state.short_desk, state.account.events
    ledger = RunLedger(state, feed, len(equity), _dates(feed, feed.closing_rows[: len(equity)]))
    tables = {
        "orders": lambda: of_records("orders", [t.order for t in state.order_desk.tickets]),
        "fills": lambda: _fills(state),
        "refusals": lambda: of_records("refusals", desk.refusals),
        "borrow_costs": lambda: _borrow_costs(state, feed),
        "equity": lambda: _equity(feed, equity, cash),
        "availability": lambda: _availability(state, feed),
        "checks_without_data": lambda: of_tuples("checks_without_data", desk.checks_without_data),
        "order_events": lambda: of_tuples("order_events", events),
        "holdings": lambda: _holdings(state),
        "borrows": lambda: ledger.borrows,
        "borrow_events": lambda: ledger.borrow_events,
        "attribution": lambda: ledger.attribution,
        "corporate_actions": lambda: _corporate_actions(state),
        "opening": lambda: of_records("opening", state.opening),
        "log": lambda: of_tuples("log", state.log),
    }
    return Result(tables, partial(_info, algorithm, state, feed, ledger), algorithm=algorithm)


def _fills(state: RunState) -> pd.DataFrame:
    filled = [event for event in state.account.events if event[_STATUS] is _FILLED]
    return of_columns(
        "fills", {name: list(map(itemgetter(at), filled)) for name, at in _OF_FILL.items()}
    )


def _corporate_actions(state: RunState) -> pd.DataFrame:
    return of_tuples(
        "corporate_actions",
        [
            (
                a.time,
                state.by_column[a.column].symbol,
                a.kind,
                a.before,
                a.after,
                a.ratio,
                a.price,
                a.cash,
                a.text,
            )
            for a in state.applied
        ],
    )


def _borrow_costs(state: RunState, feed: Feed) -> pd.DataFrame:
    nights = state.short_desk.all_nights()
    return of_columns(
        "borrow_costs",
        {
            "date": _dates(feed, feed.closing_rows[nights.charged]),
            "symbol": [feed.symbols[c] for c in nights.column.tolist()],
            "shares": nights.shares,
            "close": nights.close,
            "rate": nights.rate,
            "days": nights.days,
            "cost": nights.cost,
            "rebate": nights.rebate,
            "interest": nights.interest,
        },
    )


def _equity(feed: Feed, equity: list[float], cash: list[float]) -> pd.DataFrame:
    total, free = np.array(equity), np.array(cash)
    dates = _dates(feed, feed.closing_rows[: len(total)])
    return of_columns(
        "equity",
        {"date": dates, "equity": total, "cash": free, "holdings": total - free},
    )


def _availability(state: RunState, feed: Feed) -> pd.DataFrame:
    """Ask providers about every session's close, of every security that was short or refused.

    A security has a row for the first session and for each whose answer differs from the one before. Providers are
    asked after the run, also about times at which the algorithm asked nothing; a security whose provider raises then is
    left out: what the run itself asked is in its own tables.
    """
    concerned = {r.symbol for r in state.short_desk.refusals} | _shorted(state)
    times = [feed.times[row] for row in feed.closing_rows.tolist()]
    dates = _dates(feed, feed.closing_rows)
    rows: list[tuple[object, ...]] = []
    for security in state.by_column:
        if security.symbol not in concerned:
            continue
        try:
            available, has_data, fees = _answers(security, times)
        except Exception:  # nosec B112  # the user's code, asked what it may never have been meant to answer
            continue
        for row in _changes(available, has_data, fees).tolist():
            shares = int(available[row])
            known = None if shares < 0 else shares
            rows.append((dates[row], security.symbol, known, bool(has_data[row]), float(fees[row])))
    return of_tuples("availability", rows)


def _changes(*columns: Array) -> npt.NDArray[np.int64]:
    """Return the rows that differ from the one before, the first among them; NaN is like NaN."""
    differs = np.zeros(len(columns[0]), dtype=bool)
    differs[:1] = True
    for column in columns:
        before, after = column[:-1], column[1:]
        differs[1:] |= (after != before) & ~((after != after) & (before != before))
    return np.flatnonzero(differs)


def _answers(
    security: Security, times: Sequence[datetime]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """Return shares available, −1 for None, whether a snapshot answered, and the fee, at each time."""
    provider = security.lender
    moments = np.array(times, dtype="datetime64[us]").view(np.int64)
    pairs = Pairs([security.symbol], np.zeros(len(moments), dtype=np.int64), moments, False)
    try:
        shares = provider.shortable_quantities(pairs)
        has_data = np.ones(len(times), dtype=bool)
        # Only an answer of 0 or None can be the missing= policy's.
        for row in np.flatnonzero(shares <= 0).tolist():
            has_data[row] = _has_data(security, times[row])
    except NoDataError:  # missing="raise", at a session in which the algorithm did not ask
        has_data = np.array([_has_data(security, time) for time in times], dtype=bool)
        shares = np.full(len(times), -1, dtype=np.int64)
        for row in np.flatnonzero(has_data).tolist():
            answer = security.quantity_of(security.symbol, times[row])
            shares[row] = -1 if answer is None else answer
    return shares, has_data, provider.fee_rates(pairs)


def _has_data(security: Security, time: datetime) -> bool:
    return security.has_quantity(security.symbol, time)


def _shorted(state: RunState) -> set[Symbol]:
    """Return the symbols that were short at any time."""
    held: dict[Symbol, int] = {h.symbol: h.quantity for h in state.opening}
    short = {symbol for symbol, quantity in held.items() if quantity < 0}
    splits = [a for a in state.applied if a.kind == "split"][::-1]
    for at, (_, symbol, _, status, _, quantity, _, _, _) in enumerate(state.account.events):
        while splits and splits[-1].events <= at:
            split = splits.pop()
            held[state.by_column[split.column].symbol] = split.after
        if status is _FILLED:
            held[symbol] = held.get(symbol, 0) + quantity
            if held[symbol] < 0:
                short.add(symbol)
    return short


def _holdings(state: RunState) -> pd.DataFrame:
    marks, held = marks_of(state), [s.holdings for s in state.by_column]
    return of_columns(
        "holdings",
        {
            "symbol": [m.symbol for m in marks],
            "time": [state.account.time] * len(marks),
            "quantity": [h.quantity for h in held],
            "average_price": [h.average_price for h in held],
            "close": [m.price for m in marks],
            "previous_close": [m.previous_close for m in marks],
            "open_buys": [m.open_buys for m in marks],
            "open_sells": [m.open_sells for m in marks],
            "profit": [h.profit for h in held],
            "commission": [h.total_fees for h in held],
            "borrow_cost": [m.borrow_cost for m in marks],
        },
    )


def _info(algorithm: Algorithm, state: RunState, feed: Feed, ledger: RunLedger) -> RunInfo:
    providers = [s.shortable_provider for s in state.by_column]
    data = state.data
    made_up = [p.made_up(feed.times[0], feed.times[-1]) for p in providers]
    named = [
        f"{MADE_UP}: {provider.name}" if flag else provider.name
        for provider, flag in zip(providers, made_up, strict=True)
    ]
    parts = {"prices": data is not None and data.made_up, "availability": any(made_up)}
    return RunInfo(
        algorithm=type(algorithm).__name__,
        engine="shortable",
        start=f"{feed.times[0]:%Y-%m-%d}",
        currency=feed.symbols[0].currency,
        start_equity=state.starting_equity,
        prices="" if data is None else data.description,
        availability=_distinct(named),
        made_up=tuple(name for name, flag in parts.items() if flag),
        limited=any(type(p.wrapped) is not NullShortableProvider for p in providers),
        availability_checks=state.short_desk.checks,
        opening_book=_opening_book(state),
        status="COMPLETED" if state.ruin is None else "RUINED",
        ruin=None if state.ruin is None else _ruin(ledger, state.ruin),
        margin_calls=state.margin_calls,
        assumptions={
            "borrow_fee_convention": repr(state.short_desk.borrow_fee),
            "commission_model": _distinct(str(s.fee_model) for s in state.by_column),
            "buying_power_model": _distinct(str(s.buying_power_model) for s in state.by_column),
            "fill_model": BarFillModel.__name__,
            "brokerage_model": type(state.brokerage_model).__name__,
            "look_up": _distinct(s.lender.policy for s in state.by_column),
            "on_exceed": state.short_desk.on_exceed,
            "recheck": state.short_desk.recheck,
            "maintenance_margin": str(state.settings.maintenance),
            "corporate_actions": repr(state.actions)[len("<CorporateActions: ") : -1]
            if len(state.actions)
            else "none given",
            "on_delisting": str(state.settings.on_delisting),
            **({"in_doubt": "; ".join(state.notes)} if state.notes else {}),
            **_counted(state),
            **state.settings.lending.in_force(),
            **_fill_models(state),
        },
    )


def _ruin(ledger: RunLedger, ruin: Ruin) -> RuinInfo:
    """Say when an account was stopped, how deep it was, and what lost most in that session."""
    table = ledger.attribution
    lost = table[table["date"] == ledger.dates[ruin.session]].groupby("symbol", sort=True)["total"]
    return RuinInfo(f"{ruin.time:%Y-%m-%d %H:%M}", ruin.equity, str(lost.sum().idxmin()))


def _dates(feed: Feed, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.datetime64]:
    """Return the dates of rows."""
    return feed.times64[rows].astype("datetime64[D]").astype("datetime64[ns]")


def _opening_book(state: RunState) -> str:
    given = state.settings.opening_book
    if given is None:
        return ""
    shorts = sum(held.quantity < 0 for held in state.opening)
    return (
        f"{len(state.opening)} holdings, {shorts} of them short; {len(given.orders)} resting orders"
    )


def _counted(state: RunState) -> dict[str, str]:
    """Return how availability was counted, where that is not the rule for a pool that was recorded without the shorts."""
    desk = state.short_desk
    found: dict[str, str] = {}
    if desk.own_use == "excluded":
        found["own_use"] = desk.own_use
    if any(security.is_flow for security in state.by_column):
        found["share_of_daily_flow"] = f"{float(desk.share):g}"
    return found


def _fill_models(state: RunState) -> dict[str, str]:
    """Return what fills are worse by and limited to, where that is not the Null."""
    models = {
        "slippage_model": [repr(s.slippage_model) for s in state.by_column if s.slips],
        "volume_limit": [repr(s.volume_limit) for s in state.by_column if s.limits_volume],
    }
    return {name: _distinct(texts) for name, texts in models.items() if texts}


def _distinct(texts: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(texts))
