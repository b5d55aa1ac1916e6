"""vectorbt: a portfolio from orders that were held to what could be borrowed, in compiled code.

One line: ``held = shortable.adapters.vectorbt.from_orders(close, size, provider)`` in place of ``vbt.Portfolio.from_orders(close, size)``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from functools import cache
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.adapters.host import HostDesk, host_module
from shortable.borrow import BorrowFeeModel
from shortable.clock import check_look_up, local_times, look_up_times
from shortable.desk import BorrowCost, allowed_sale, has_data_of, night_costs, night_rates
from shortable.errors import InvalidInputError
from shortable.market_data.bar_times import at_midnight, read_labels
from shortable.provider import Pairs
from shortable.rule import OnExceed, allowed_shares, check_choice, sell_capacity
from shortable.symbol import Symbol

__all__ = ["LimitedPortfolio", "from_orders"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LimitedPortfolio:
    """What came of the orders."""

    portfolio: Any
    """The ``vectorbt.Portfolio``; its orders' fees hold the borrow fees, except for what is `outstanding`."""
    desk: HostDesk
    """What was refused and charged: ``desk.report()``, ``desk.refusals``, ``desk.total_borrow_cost``."""
    outstanding: pd.DataFrame
    """Unpaid borrow fees, T × N, in the currency of the prices: the host's cash moves with orders only, so a fee is
    paid with the column's next order, and what is due after its last order stays unpaid."""

    def value(self) -> Any:
        """Return the portfolio's value less unpaid borrow fees, by time and column (or group)."""
        worth = self.portfolio.value()
        if isinstance(worth, pd.Series):
            return worth - self.outstanding.sum(axis=1)
        if worth.shape[1] == self.outstanding.shape[1]:
            return worth - self.outstanding.to_numpy()
        groups = self.portfolio.wrapper.grouper.get_groups()
        due = np.column_stack(
            [self.outstanding.to_numpy()[:, groups == g].sum(axis=1) for g in range(worth.shape[1])]
        )
        return worth - due


def from_orders(
    close: pd.DataFrame,
    size: Any,
    provider: Any,
    *,
    price: Any = None,
    size_type: Literal["amount", "target"] | Sequence[Literal["amount", "target"]] = "amount",
    fees: float = 0.0,
    fixed_fees: float = 0.0,
    slippage: float = 0.0,
    on_exceed: OnExceed = "reject",
    look_up: Any = None,
    borrow_fee: BorrowFeeModel | None = None,
    **portfolio: Any,
) -> LimitedPortfolio:
    """Run orders through ``vectorbt.Portfolio.from_order_func``, limited to what could be borrowed.

    Parameters
    ----------
    close : DataFrame, shape (T, N)
        By time (dates, or exchange-local or aware times) and ticker.
    size : DataFrame or array, shape (T, N), or a sequence of them
        Shares, negative to sell, NaN for no order. A sequence holds several orders a bar, filled one after the other.
    provider : object
        Whatever `as_provider` takes.
    price : DataFrame or array, shape (T, N), optional
        Prices at which orders fill; default `close`.
    size_type : {"amount", "target"}, or a sequence of them
        Whether `size` says what to trade or what to hold; one for each table of a sequence.
    fees, fixed_fees, slippage : float
        As vectorbt has them.
    on_exceed : {"reject", "clip", "warn"}
        Leave out an order that exceeds what can be borrowed, cut it, or only report it (S5). Buys are never limited.
    look_up : {"close", "open", "label"}, datetime.time or array-like of times, shape (T,)
        When each bar's orders look up what is available: for daily bars at the session's close, its open, its label
        or an exchange-local time; intraday bars at their label; or at the given times, which you want where orders
        were decided some bars before they fill. The default is the close where orders fill at the close, and the
        open where they fill at a `price`, which may come before the close.
    borrow_fee : BorrowFeeModel, optional
        Default `FeeOnMarketValue` (S8). It must be proportional to the shares.
    **portfolio
        Of ``from_order_func``: ``init_cash``, ``cash_sharing``, ``group_by``, ``freq`` and so on.

    Returns
    -------
    LimitedPortfolio

    Raises
    ------
    InvalidInputError
        Tables do not fit together, or the fee model is not proportional.
    MissingDependencyError
        vectorbt is not installed.
    """
    if not isinstance(close, pd.DataFrame):
        raise InvalidInputError("close", type(close).__name__, "be a DataFrame, times × tickers")
    if look_up is None:
        look_up = "close" if price is None else "open"
    desk = HostDesk(provider, on_exceed=on_exceed, borrow_fee=borrow_fee)
    symbols = [desk.symbol_of(c) for c in close.columns]
    labels = read_labels(close.index, symbols[0].market, "close")
    sizes, kinds = _layers(size, size_type, close)
    times = _look_up_times(labels, symbols, look_up)
    pairs = _pairs(symbols, times)
    answers = desk.provider.shortable_quantities(pairs)
    available = _table(np.where(answers < 0, np.inf, answers.astype(np.float64)), symbols)
    closes = close.ffill().to_numpy(dtype=np.float64)
    nights = _nights(desk, symbols, labels, closes)
    layers = len(sizes)
    state = _State.empty(closes.shape, layers)
    fill_price = (
        closes
        if price is None
        else np.broadcast_to(np.asarray(price, dtype=np.float64), closes.shape)
    )
    compiled = _compiled()
    vbt = host_module("vectorbt", "vectorbt")
    result = vbt.Portfolio.from_order_func(
        close,
        compiled.order,
        sizes,
        kinds,
        fill_price,
        available,
        nights.unit,
        nights.days > 0,
        on_exceed == "clip",
        on_exceed == "warn",
        fees,
        fixed_fees,
        slippage,
        *state,
        flexible=True,
        max_orders=max(layers * closes.size, 1),
        post_order_func_nb=compiled.after,
        post_order_args=(state.due, state.paid),
        **portfolio,
    )
    has_data = _table(_has_data(desk, pairs, answers, state), symbols)
    _record_checks(desk, symbols, times, available, has_data, state)
    _record_nights(desk, symbols, labels, closes, nights, state)
    outstanding = pd.DataFrame(
        np.cumsum(state.charged - state.paid, axis=0), close.index, close.columns
    )
    return LimitedPortfolio(result, desk, outstanding)


class _State(NamedTuple):
    """What the compiled functions write. Orders are K × T × N, by table of sizes; nights are T × N."""

    due: Floats
    """Unpaid fees, by column."""
    short: Floats
    """Shares short over the night before, where a row begins a session."""
    charged: Floats
    """Fee for that night."""
    paid: Floats
    """Fees paid with orders."""
    wanted: Floats
    """Shares to sell, above 0, of orders that a long does not cover; 0 elsewhere."""
    held: Floats
    """Shares held then."""

    @classmethod
    def empty(cls, shape: tuple[int, int], layers: int) -> _State:
        nights, orders = [shape] * 3, [(layers, *shape)] * 2
        return cls(np.zeros(shape[1]), *(np.zeros(s) for s in (*nights, *orders)))


def _layers(size: Any, size_type: Any, close: pd.DataFrame) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return K × T × N sizes, and which of the K tables hold targets."""
    many = list(size) if isinstance(size, (list, tuple)) else [size]
    kinds = [size_type] * len(many) if isinstance(size_type, str) else list(size_type)
    if len(kinds) != len(many):
        raise InvalidInputError(
            "size_type", size_type, f"be one, or one for each of {len(many)} tables of size"
        )
    for kind in kinds:
        check_choice("size_type", kind, ("amount", "target"))
    tables = []
    for table in many:
        if isinstance(table, pd.DataFrame) and not (
            table.index.equals(close.index) and table.columns.equals(close.columns)
        ):
            raise InvalidInputError("size", "other labels", "have the index and columns of close")
        values = np.asarray(table, dtype=np.float64)
        if values.shape != close.shape:
            raise InvalidInputError(
                "size", f"shape {values.shape}", f"have the shape of close, {close.shape}"
            )
        tables.append(values)
    return np.stack(tables), np.array([kind == "target" for kind in kinds])


def _look_up_times(
    labels: npt.NDArray[np.datetime64], symbols: list[Symbol], look_up: Any
) -> npt.NDArray[np.datetime64]:
    market = symbols[0].market
    if isinstance(look_up, (str, time)):
        return look_up_times(market, labels, check_look_up(look_up), at_midnight(labels))
    times = local_times(pd.DatetimeIndex(look_up), market)
    if len(times) != len(labels):
        raise InvalidInputError(
            "look_up", f"{len(times)} times", f"be one for each of {len(labels)} bars"
        )
    return times


def _pairs(symbols: list[Symbol], times: npt.NDArray[np.datetime64]) -> Pairs:
    codes = np.repeat(np.arange(len(symbols)), len(times))
    return Pairs(symbols, codes, np.tile(times.view(np.int64), len(symbols)), False)


def _table(values: Any, symbols: list[Symbol]) -> Any:
    """Return values of `_pairs`, symbol by symbol, as T × N."""
    return np.ascontiguousarray(values.reshape(len(symbols), -1).T)


class _Nights(NamedTuple):
    """What the night before each row costs; of rows that begin no session, nothing."""

    unit: Floats
    """Cost of one share short, T × N."""
    rates: Floats
    """Annual fractions known at the close before, NaN where none was, T × N."""
    days: Floats
    """Calendar days since the session before, T."""


def _nights(
    desk: HostDesk, symbols: list[Symbol], labels: npt.NDArray[np.datetime64], closes: Floats
) -> _Nights:
    unit, rates, days = np.zeros(closes.shape), np.full(closes.shape, np.nan), np.zeros(len(labels))
    dates = labels.astype("datetime64[D]")
    first = np.flatnonzero(np.diff(dates).astype(np.int64)) + 1
    model = desk.borrow_fee
    if model.rate_kind is None or not len(first):
        return _Nights(unit, rates, days)
    closing = [datetime.combine(day, symbols[0].market.closes) for day in dates[first - 1].tolist()]
    pairs = _pairs(symbols, np.array(closing, dtype="datetime64[us]"))
    rates[first] = _table(night_rates(model, desk.provider, pairs), symbols)
    days[first] = np.diff(dates).astype(np.int64)[first - 1]
    # A share without a close so far is not held.
    close, one = np.nan_to_num(closes[first - 1]), np.ones((len(first), len(symbols)))
    unit[first] = night_costs(model, one, close, rates[first], days[first][:, None])
    doubled = night_costs(model, 2 * one, close, rates[first], days[first][:, None])
    if not np.allclose(doubled, 2 * unit[first], rtol=1e-9, atol=1e-12):
        raise InvalidInputError(
            "borrow_fee",
            model,
            "cost twice as much for twice the shares",
            "The order function is compiled and multiplies the cost of one share.",
        )
    return _Nights(unit, rates, days)


class _Compiled(NamedTuple):
    order: Any
    after: Any


@cache
def _compiled() -> _Compiled:
    """Compile the order function once a process; what may be sold is decided by `rule`'s own functions, compiled."""
    numba = host_module("numba", "vectorbt")
    nb = host_module("vectorbt.portfolio.nb", "vectorbt")
    enums = host_module("vectorbt.portfolio.enums", "vectorbt")
    order_nb, no_order, filled = nb.order_nb, nb.order_nothing_nb, enums.OrderStatus.Filled
    capacity_of, allowed_of = numba.njit(sell_capacity), numba.njit(allowed_shares)

    @numba.njit
    def order(  # type: ignore[no-untyped-def]  # numba infers the types
        c,
        sizes,
        targets,
        price,
        available,
        unit,
        begins,
        clip,
        warn,
        fees,
        fixed_fees,
        slippage,
        due,
        short,
        charged,
        paid,
        wanted,
        held,
    ):
        layers = sizes.shape[0]
        if c.call_idx == 0 and begins[c.i]:
            for column in range(c.from_col, c.to_col):
                if c.last_position[column] < 0:
                    short[c.i, column] = -c.last_position[column]
                    charged[c.i, column] = short[c.i, column] * unit[c.i, column]
                    due[column] += charged[c.i, column]
        if c.call_idx >= layers * (c.to_col - c.from_col):
            return -1, no_order()
        column, layer = c.from_col + c.call_idx // layers, c.call_idx % layers
        position = c.last_position[column]
        amount = sizes[layer, c.i, column]
        if targets[layer]:
            amount -= position
        if np.isnan(amount) or amount == 0:
            return column, no_order()
        if amount < 0 and position + amount < 0:
            wanted[layer, c.i, column] = -amount
            held[layer, c.i, column] = position
            if not warn:
                capacity = capacity_of(position, 0.0, available[c.i, column])
                amount = -allowed_of(-amount, capacity, clip)
                if amount == 0:
                    return column, no_order()
        return column, order_nb(
            size=amount,
            price=price[c.i, column],
            fees=fees,
            fixed_fees=fixed_fees + due[column],
            slippage=slippage,
        )

    @numba.njit
    def after(c, due, paid):  # type: ignore[no-untyped-def] # pragma: no cover
        if c.order_result.status == filled:
            paid[c.i, c.col] += due[c.col]
            due[c.col] = 0.0

    return _Compiled(order, after)


def _has_data(
    desk: HostDesk, pairs: Pairs, answers: npt.NDArray[np.int64], state: _State
) -> npt.NDArray[np.bool_]:
    """Say of each pair whether a check of it rests on data; pairs that no order checked count as True."""
    checked = state.wanted.any(axis=0).T.ravel()
    found = np.ones(len(pairs), dtype=np.bool_)
    found[checked] = has_data_of(desk.provider, pairs.take(checked), answers[checked])
    return found


def _record_checks(
    desk: HostDesk,
    symbols: list[Symbol],
    times: npt.NDArray[np.datetime64],
    available: Floats,
    has_data: npt.NDArray[np.bool_],
    state: _State,
) -> None:
    """Write the compiled functions' checks and refusals into the desk, in the order of the orders."""
    for row, column, layer in np.argwhere(state.wanted.transpose(1, 2, 0)).tolist():
        at, symbol = times[row].item(), symbols[column]
        wanted, held = (
            float(state.wanted[layer, row, column]),
            float(state.held[layer, row, column]),
        )
        limit = available[row, column]
        shares = None if np.isinf(limit) else int(limit)
        desk.checks += 1
        if not has_data[row, column]:
            desk.checks_without_data.append((at, symbol))
        allowed, kind = allowed_sale(held, 0, wanted, shares, desk.on_exceed)
        if kind is not None:
            desk.refuse(symbol, at, kind, -wanted, -allowed, held, 0, shares)


def _record_nights(
    desk: HostDesk,
    symbols: list[Symbol],
    labels: npt.NDArray[np.datetime64],
    closes: Floats,
    nights: _Nights,
    state: _State,
) -> None:
    """Write the nights that the compiled functions charged into the desk."""
    for row, column in np.argwhere(state.short).tolist():
        desk.record_cost(
            BorrowCost(
                date=labels[row].item().date(),
                symbol=symbols[column],
                shares=float(state.short[row, column]),
                close=float(closes[row - 1, column]),
                rate=float(nights.rates[row, column]),
                days=int(nights.days[row]),
                cost=float(state.charged[row, column]),
            )
        )
