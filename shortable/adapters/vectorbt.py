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

from shortable.adapters.desk import ShortDesk
from shortable.adapters.host import host_module
from shortable.adapters.records import NightFee
from shortable.borrow import BorrowFeeModel
from shortable.clock import LookUp, local_times, look_up_times
from shortable.errors import InvalidInputError
from shortable.market_data.labels import at_midnight, read_labels
from shortable.provider import Pairs
from shortable.rule import check_choice
from shortable.symbol import Symbol

__all__ = ["LimitedPortfolio", "from_orders"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LimitedPortfolio:
    """What came of the orders."""

    portfolio: Any
    """The ``vectorbt.Portfolio``; borrow fees are in the fees of its orders, as far as `outstanding` says."""
    desk: ShortDesk
    """The report: ``desk.refusals()``, ``desk.fees()``, ``desk.total_fee``."""
    outstanding: pd.DataFrame
    """Borrow fees that are due and not yet in the portfolio's cash, T × N: the host's cash moves with orders only, so a
    fee is paid with the column's next order, and what is due after its last order stays here."""

    def value(self) -> Any:
        """Return the portfolio's value less what is outstanding, by time and column (or group)."""
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
    on_exceed: Literal["reject", "clip"] = "reject",
    look_up: LookUp | Any = "open",
    borrow_fee: BorrowFeeModel | None = None,
    **portfolio: Any,
) -> LimitedPortfolio:
    """Run orders through ``vectorbt.Portfolio.from_order_func``, held to what could be borrowed.

    Parameters
    ----------
    close : DataFrame, shape (T, N)
        By time (dates, or exchange-local or aware times) and ticker.
    size : DataFrame or array, shape (T, N), or a sequence of them
        Shares, negative to sell, NaN for no order. A sequence holds several orders a bar, filled one after another.
    provider : object
        Whatever `as_provider` takes.
    price : DataFrame or array, shape (T, N), optional
        At which orders fill; default `close`.
    size_type : {"amount", "target"}, or a sequence of them
        Whether `size` says what to trade or what to hold; one for each table of a sequence.
    fees, fixed_fees, slippage : float
        As vectorbt has them.
    on_exceed : {"reject", "clip"}
        Leave an order out that exceeds what can be borrowed, or cut it (S5). Covering buys are never touched.
    look_up : {"open", "close", "label"}, datetime.time or array-like of times, shape (T,)
        When each bar's orders look up what is available: for daily bars at the session's open (default), its close, its label,
        or an exchange-local time; intraday bars at their label; or at the given times, which is what to use
        where orders were decided some bars before they fill.
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
    check_choice("on_exceed", on_exceed, ("reject", "clip"))
    if not isinstance(close, pd.DataFrame):
        raise InvalidInputError("close", type(close).__name__, "be a DataFrame, times × tickers")
    named = isinstance(look_up, (str, time))
    desk = ShortDesk(
        provider, on_exceed=on_exceed, look_up=look_up if named else "label", borrow_fee=borrow_fee
    )
    names = [desk.symbol(c) for c in close.columns]
    market = names[0].market
    labels = read_labels(close.index, market, "close")
    sizes, kinds = _layers(size, size_type, close)
    times = _look_up_times(desk, labels, names, None if named else look_up)
    lent = _table(desk.provider.shortable_quantities(_pairs(names, times)), names).astype(
        np.float64
    )
    closes = close.ffill().to_numpy(dtype=np.float64)
    unit, rates, days = _unit_cost(desk, names, labels, closes)
    compiled = _compiled()
    layers, count = sizes.shape[0], len(names)
    state = _State(
        *(
            np.zeros(shape)
            for shape in (count, closes.shape, closes.shape, closes.shape, sizes.shape, sizes.shape)
        )
    )
    at = (
        closes
        if price is None
        else np.broadcast_to(np.asarray(price, dtype=np.float64), closes.shape)
    )
    vbt = host_module("vectorbt", "vectorbt")
    made = vbt.Portfolio.from_order_func(
        close,
        compiled.order,
        sizes,
        kinds,
        at,
        lent,
        unit,
        days > 0,
        on_exceed == "clip",
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
    _report(desk, names, labels, times, lent, state, closes, rates, days, on_exceed)
    outstanding = pd.DataFrame(
        np.cumsum(state.charged - state.paid, axis=0), close.index, close.columns
    )
    return LimitedPortfolio(made, desk, outstanding)


class _State(NamedTuple):
    """What the compiled functions write."""

    due: Floats
    """Fees due and not paid, by column."""
    short: Floats
    """Shares short over the night before, where a row begins a session."""
    charged: Floats
    """Fee of that night."""
    paid: Floats
    """Fees paid with orders."""
    refused: Floats
    """Shares of refused and cut orders, by table of sizes; 0 elsewhere."""
    held: Floats
    """Shares held then."""


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
    desk: ShortDesk, labels: npt.NDArray[np.datetime64], names: list[Symbol], given: Any
) -> npt.NDArray[np.datetime64]:
    if given is not None:
        times = local_times(pd.DatetimeIndex(given), names[0].market)
        if len(times) != len(labels):
            raise InvalidInputError(
                "look_up", f"{len(times)} times", f"be one for each of {len(labels)} bars"
            )
        return times
    daily = at_midnight(labels)
    return look_up_times(names[0].market, labels, desk.look_up, daily)


def _pairs(names: list[Symbol], times: npt.NDArray[np.datetime64]) -> Pairs:
    codes = np.repeat(np.arange(len(names)), len(times))
    return Pairs(names, codes, np.tile(times.view(np.int64), len(names)), False)


def _table(values: Any, names: list[Symbol]) -> Any:
    return np.ascontiguousarray(values.reshape(len(names), -1).T)


def _unit_cost(
    desk: ShortDesk, names: list[Symbol], labels: npt.NDArray[np.datetime64], closes: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return what one share short costs when a row begins a session, the rates behind it, and the days; 0 in other rows."""
    unit, rates, days = np.zeros(closes.shape), np.full(closes.shape, np.nan), np.zeros(len(labels))
    dates = labels.astype("datetime64[D]")
    first = np.flatnonzero(np.diff(dates).astype(np.int64)) + 1
    kind = desk.borrow_fee.rate_kind
    if kind is None or not len(first):
        return unit, rates, days
    market = names[0].market
    closing = [datetime.combine(day, market.closes) for day in dates[first - 1].tolist()]
    pairs = _pairs(names, np.array(closing, dtype="datetime64[us]"))
    if kind == "fee":
        found = desk.provider.fee_rates(pairs)
    else:
        found = np.array([desk.provider.rebate_rate(s, t) for s, t in pairs.moments()])
    rates[first] = _table(found, names)
    days[first] = np.diff(dates).astype(np.int64)[first - 1]
    known, close, nights = np.nan_to_num(rates[first]), closes[first - 1], days[first][:, None]
    unit[first] = desk.borrow_fee.cost(np.ones_like(known), close, known, nights)
    doubled = desk.borrow_fee.cost(np.full_like(known, 2.0), close, known, nights)
    if not np.allclose(doubled, 2 * unit[first], rtol=1e-9, atol=1e-12, equal_nan=True):
        raise InvalidInputError(
            "borrow_fee",
            desk.borrow_fee,
            "cost twice as much for twice the shares",
            "The order function is compiled.",
        )
    return np.nan_to_num(unit), rates, days


@dataclass(frozen=True, slots=True)
class _Compiled:
    order: Any
    after: Any


@cache
def _compiled() -> _Compiled:
    """Compile the order function once a process."""
    numba = host_module("numba", "vectorbt")
    nb, enums = (
        host_module("vectorbt.portfolio.nb", "vectorbt"),
        host_module("vectorbt.portfolio.enums", "vectorbt"),
    )
    order_nb, nothing, filled = nb.order_nb, nb.order_nothing_nb, enums.OrderStatus.Filled

    @numba.njit
    def order(  # type: ignore[no-untyped-def]  # numba infers the types
        c,
        sizes,
        targets,
        price,
        lent,
        unit,
        begins,
        clip,
        fees,
        fixed_fees,
        slippage,
        due,
        short,
        charged,
        paid,
        refused,
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
            return -1, nothing()
        column, layer = c.from_col + c.call_idx // layers, c.call_idx % layers
        position = c.last_position[column]
        amount = sizes[layer, c.i, column]
        if targets[layer]:
            amount -= position
        if np.isnan(amount) or amount == 0:
            return column, nothing()
        available = lent[c.i, column]
        if (
            amount < 0
            and position + amount < 0
            and available >= 0
            and position + amount < -available
        ):
            room = max(position + available, 0.0)
            refused[layer, c.i, column] = amount
            held[layer, c.i, column] = position
            if not clip or room == 0:
                return column, nothing()
            amount = -room
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


def _report(
    desk: ShortDesk,
    names: list[Symbol],
    labels: Any,
    times: Any,
    lent: Floats,
    state: _State,
    closes: Floats,
    rates: Floats,
    days: Floats,
    on_exceed: str,
) -> None:
    """Write down what the compiled functions did."""
    for row, column, layer in np.argwhere(state.refused.transpose(1, 2, 0)).tolist():
        wanted, held, available = (
            -state.refused[layer, row, column],
            state.held[layer, row, column],
            int(lent[row, column]),
        )
        room = max(held + available, 0.0) if on_exceed == "clip" else 0.0
        kind = "clipped" if room else "submission"
        desk.note_refusal(
            times[row].item(), names[column], kind, wanted, room, held, 0.0, available, ""
        )
    for row, column in np.argwhere(state.short).tolist():
        short, close = float(state.short[row, column]), float(closes[row - 1, column])
        rate, fee = float(rates[row, column]), float(state.charged[row, column])
        desk.note_night(
            NightFee(
                labels[row].item().date(), names[column], short, close, rate, int(days[row]), fee
            )
        )
