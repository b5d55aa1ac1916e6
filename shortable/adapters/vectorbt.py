"""vectorbt: a portfolio from orders that were held to what could be borrowed, in compiled code.

One line: ``held = shortable.adapters.vectorbt.from_orders(close, size, provider)`` in place of
``vbt.Portfolio.from_orders(close, size)``, and `from_signals` in place of ``vbt.Portfolio.from_signals``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from shortable.actions import ActionsLike
from shortable.adapters.host import HostDesk, host_module
from shortable.adapters.vectorbt_compiled import order_functions
from shortable.arrays import Bools, Floats, Ints, Times
from shortable.borrow import Convention, fee_clock
from shortable.clock import LocalTimes, LookUp, check_look_up, local_times, look_up_times
from shortable.desk import (
    NO_SNAPSHOT,
    BorrowCost,
    allowed_within,
    has_data_of,
    night_costs,
    night_rates,
    rebates_in,
    refuse_courses,
    snapshots_of,
)
from shortable.errors import InvalidInputError
from shortable.market_data.bar_times import at_midnight, read_labels
from shortable.provider import Pairs, ProviderLike
from shortable.rule import OnExceed, OwnUse, flow_capacity, sell_capacity
from shortable.shares import scale_shares
from shortable.symbol import Symbol

__all__ = ["LimitedPortfolio", "from_orders", "from_signals"]

_Scalar = TypeVar("_Scalar", bound=np.generic)
Table = pd.DataFrame | npt.ArrayLike
"""Values by time and ticker, or one for all of them."""
Tables = Table | Sequence[Table]
"""One table, or several orders a bar."""


@dataclass(frozen=True, slots=True)
class LimitedPortfolio:
    """What came of the orders."""

    portfolio: Any
    """The ``vectorbt.Portfolio``; its orders' fees hold the borrow fees, except for what is `outstanding`."""
    desk: HostDesk
    """What was refused and charged: ``desk.report()``, ``desk.refusals``, ``desk.total_borrow_cost``."""
    outstanding: pd.DataFrame
    """Unpaid borrow fees, T × N, in the currency of the prices: the host's cash moves with orders only, so a fee is
    paid with the column's next order whose proceeds or cash cover it, and what is due after its last stays unpaid."""

    def value(self) -> pd.Series | pd.DataFrame:
        """Return the portfolio's value less unpaid borrow fees, by time and column (or group)."""
        worth: pd.Series | pd.DataFrame = self.portfolio.value()
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
    size: Tables,
    provider: ProviderLike,
    *,
    price: Table | None = None,
    size_type: str | int | Sequence[str | int] = "amount",
    direction: str | int = "both",
    on_exceed: OnExceed = "reject",
    look_up: LookUp | LocalTimes | None = None,
    borrow_fee: Convention | None = None,
    own_use: OwnUse = "included",
    share: float = 1,
    actions: ActionsLike | None = None,
    **options: object,
) -> LimitedPortfolio:
    """Run orders as ``vectorbt.Portfolio.from_orders`` does, limited to what could be borrowed.

    Parameters
    ----------
    close : DataFrame, shape (T, N)
        By time (dates, or exchange-local or aware times) and ticker.
    size : DataFrame or array, shape (T, N), or a sequence of them
        As `size_type` says, negative to sell, NaN for no order. A sequence holds several orders a bar, filled one after
        the other.
    provider : IShortableProvider
        Whatever `as_provider` takes.
    price : DataFrame or array, shape (T, N), optional
        Prices at which orders fill; default `close`.
    size_type : str, or a sequence of them
        As vectorbt has them: "amount" (shares), "value" (money), "percent" (of the cash), and "targetamount",
        "targetvalue" and "targetpercent" (of the value); one for each table of a sequence.
    direction : {"both", "longonly", "shortonly"}
    on_exceed : {"reject", "clip", "warn"}
        Leave out an order that exceeds what can be borrowed, cut it, or only report it (S5). Buys are never limited.
    look_up : {"close", "open", "label"}, datetime.time or array-like of times, shape (T,)
        When each bar's orders look up what is available: for daily bars at the session's close, its open, its label
        or an exchange-local time; intraday bars at their label; or at the given times, which you want where orders
        were decided some bars before they fill. The default is the close where orders fill at the close, and the
        open where they fill at a `price`, which may come before the close.
    borrow_fee : BorrowFeeModel or CourseBorrowFee, optional
        Default `FeeOnMarketValue` (S8). It must be proportional to the shares.
    own_use : {"included", "excluded"}
        Whether a pool was recorded while you held nothing, so that your short counts against it, or while you held the
        shares, so that it already lacks them (S16).
    share : float
        Of a daily flow, which is the whole market's: the share of it that this account may take (S15). Orders count in
        the session in which they look up.
    actions : CorporateActions, records, table or path, optional
        By whose splits what is available is restated, as prices are (S11).
    **options
        Of vectorbt, as numbers: ``fees``, ``fixed_fees``, ``slippage``, ``min_size``, ``size_granularity``, ``lock_cash``,
        ``allow_partial``; and ``init_cash``, ``cash_sharing``, ``group_by``, ``freq``. Others are refused by name.

    Returns
    -------
    LimitedPortfolio

    Raises
    ------
    InvalidInputError
        Tables do not fit together, an option cannot be honoured, or the fee model is not proportional.
    MissingDependencyError
        vectorbt is not installed.
    """
    sizes = _tables("size", size, close, np.float64)
    types = _each("size_type", size_type, len(sizes), _enum("SizeType"))
    side = _enum("Direction")("direction", direction)
    desk = HostDesk(
        provider,
        on_exceed=on_exceed,
        borrow_fee=borrow_fee,
        own_use=own_use,
        share=share,
        actions=actions,
    )
    refuse_courses(desk.borrow_fee, "vectorbt, whose order function is compiled")
    return _run(
        desk, close, price, look_up, order_functions().orders, (sizes, types, side), options
    )


def from_signals(
    close: pd.DataFrame,
    entries: Table,
    exits: Table,
    provider: ProviderLike,
    *,
    short_entries: Table | None = None,
    short_exits: Table | None = None,
    size: Table = np.inf,
    size_type: str | int = "amount",
    price: Table | None = None,
    direction: str | int = "longonly",
    accumulate: bool | str | int = False,
    upon_long_conflict: str | int = "ignore",
    upon_short_conflict: str | int = "ignore",
    upon_dir_conflict: str | int = "ignore",
    upon_opposite_entry: str | int = "reversereduce",
    on_exceed: OnExceed = "reject",
    look_up: LookUp | LocalTimes | None = None,
    borrow_fee: Convention | None = None,
    own_use: OwnUse = "included",
    share: float = 1,
    actions: ActionsLike | None = None,
    **options: object,
) -> LimitedPortfolio:
    """Run signals as ``vectorbt.Portfolio.from_signals`` does, limited to what could be borrowed.

    A refused entry leaves the position as it is, so that the signals after it meet that position. Stops (``sl_stop``,
    ``tp_stop``) and signal functions are refused by name: they would have to run inside the order function.

    Parameters
    ----------
    close : DataFrame, shape (T, N)
        As in `from_orders`.
    entries, exits : DataFrame or array of bool, shape (T, N)
        Of longs with ``direction="longonly"``, of shorts with "shortonly"; with "both", an exit enters a short.
    provider : IShortableProvider
        Whatever `as_provider` takes.
    short_entries, short_exits : DataFrame or array of bool, shape (T, N), optional
        With them, `entries` and `exits` are of longs.
    size : DataFrame, array or float
        At least 0; infinite for all of the cash.
    size_type : {"amount", "value", "percent"}
    price : DataFrame or array, optional
        As in `from_orders`.
    direction : {"longonly", "shortonly", "both"}
    accumulate, upon_long_conflict, upon_short_conflict, upon_dir_conflict, upon_opposite_entry
        As vectorbt has them.
    on_exceed, look_up, borrow_fee, own_use, share, actions, **options
        As in `from_orders`.

    Returns
    -------
    LimitedPortfolio
    """
    side = _enum("Direction")("direction", direction)
    by_side = short_entries is not None or short_exits is not None
    given = (entries, exits, short_entries, short_exits)
    names = ("entries", "exits", "short_entries", "short_exits")
    first, second, third, fourth = (
        _tables(name, False if table is None else table, close, np.bool_)[0]
        for name, table in zip(names, given, strict=True)
    )
    nothing = np.zeros_like(first)
    kinds = _enum("Direction")
    if by_side:
        signals = (first, second, third, fourth)
    elif side == kinds("direction", "longonly"):
        signals = (first, second, nothing, nothing)
    elif side == kinds("direction", "shortonly"):
        signals = (nothing, nothing, first, second)
    else:
        signals = (first, nothing, second, nothing)
    modes = (
        _enum("AccumulationMode")("accumulate", accumulate),
        _enum("ConflictMode")("upon_long_conflict", upon_long_conflict),
        _enum("ConflictMode")("upon_short_conflict", upon_short_conflict),
        _enum("DirectionConflictMode")("upon_dir_conflict", upon_dir_conflict),
        _enum("OppositeEntryMode")("upon_opposite_entry", upon_opposite_entry),
    )
    sizes = _tables("size", size, close, np.float64)[0]
    types = _enum("SizeType")("size_type", size_type)
    desk = HostDesk(
        provider,
        on_exceed=on_exceed,
        borrow_fee=borrow_fee,
        own_use=own_use,
        share=share,
        actions=actions,
    )
    refuse_courses(desk.borrow_fee, "vectorbt, whose order function is compiled")
    arguments = (signals, sizes, types, modes)
    return _run(desk, close, price, look_up, order_functions().signals, arguments, options)


_ORDER_OPTIONS: dict[str, float | bool] = {
    "fees": 0.0,
    "fixed_fees": 0.0,
    "slippage": 0.0,
    "min_size": 1e-8,
    "size_granularity": np.nan,
    "lock_cash": False,
    "allow_partial": True,
}
_PORTFOLIO_OPTIONS = ("init_cash", "cash_sharing", "group_by", "freq", "wrapper_kwargs", "seed")


def _run(
    desk: HostDesk,
    close: pd.DataFrame,
    price: Table | None,
    look_up: LookUp | LocalTimes | None,
    order_func: Callable[..., object],
    arguments: tuple[Any, ...],
    options: dict[str, object],
) -> LimitedPortfolio:
    """Run an order function over a table of closes."""
    of_orders, of_portfolio = _options(options)
    if look_up is None:
        look_up = "close" if price is None else "open"
    symbols = [desk.symbol_of(c) for c in close.columns]
    labels = read_labels(close.index, symbols[0].market, "close")
    times = _look_up_times(labels, symbols, look_up)
    pairs = _pairs(symbols, times)
    answers = desk.provider.shortable_quantities(pairs)
    flow = desk.is_flow(None)
    excluded = desk.own_use == "excluded" and not flow
    snapshots = np.full((len(times), len(symbols)), NO_SNAPSHOT)
    if excluded:
        snapshots = _table(snapshots_of(desk.provider, pairs), symbols)
    if flow:
        answers = scale_shares(answers, desk.share)
    available = _table(np.where(answers < 0, np.inf, answers.astype(np.float64)), symbols)
    closes = close.ffill().to_numpy(dtype=np.float64)
    fill_price = closes if price is None else _tables("price", price, close, np.float64)[0]
    nights = _nights(desk, symbols, labels, closes)
    layers = len(arguments[0]) if order_func is order_functions().orders else 1
    state = _State.empty(closes.shape, layers)
    vbt = host_module("vectorbt", "vectorbt")
    result = vbt.Portfolio.from_order_func(
        close,
        order_func,
        arguments,
        fill_price,
        _Limit(
            available,
            desk.on_exceed == "clip",
            desk.on_exceed == "warn",
            flow,
            _begins(times),
            excluded,
            snapshots,
        ),
        nights.unit,
        nights.days > 0,
        of_orders,
        state,
        flexible=True,
        max_orders=max(layers * closes.size, 1),
        # Orders are valued at the price at which they fill, as in vectorbt's own from_orders.
        pre_segment_func_nb=order_functions().before,
        pre_segment_args=(fill_price,),
        post_order_func_nb=order_functions().after,
        post_order_args=(state.due, state.sent, state.paid, state.used),
        **of_portfolio,
    )
    has_data = _table(_has_data(desk, pairs, answers, state), symbols)
    _record_checks(desk, symbols, times, available, has_data, state)
    _record_nights(desk, symbols, labels, closes, nights, state)
    outstanding = pd.DataFrame(
        np.cumsum(state.charged - state.paid, axis=0), close.index, close.columns
    )
    return LimitedPortfolio(result, desk, outstanding)


def _options(
    options: dict[str, object],
) -> tuple[tuple[float | bool, ...], dict[str, object]]:
    """Return the options of orders, in the order in which the compiled functions take them, and those of the portfolio."""
    known = dict(_ORDER_OPTIONS)
    of_portfolio = {}
    for name, value in options.items():
        if name in known:
            if not isinstance(value, (bool, int, float, np.number)):
                raise InvalidInputError(name, type(value).__name__, "be one number for all orders")
            known[name] = bool(value) if isinstance(_ORDER_OPTIONS[name], bool) else float(value)
        elif name in _PORTFOLIO_OPTIONS:
            of_portfolio[name] = value
        else:
            raise InvalidInputError(
                name,
                value,
                "be left out",
                "The adapter cannot honour it; it takes "
                + ", ".join([*known, *_PORTFOLIO_OPTIONS])
                + ".",
            )
    return tuple(known.values()), of_portfolio


class _Limit(NamedTuple):
    """What limits sales."""

    available: Floats
    """Shares that could be borrowed, infinite for no known restriction, T × N."""
    clip: bool
    """Cut an order over it."""
    warn: bool
    """Only note it."""
    flow: bool
    """`available` limits what is sold short in a session (S15), not what is short."""
    fresh: Bools
    """Which rows look up in another session than the row before, T."""
    excluded: bool
    """A pool lacks what was short when its snapshot was first asked about (S16)."""
    snapshots: Ints
    """When the snapshot behind each answer was known, `NO_SNAPSHOT` where it is not known or nobody asks, T × N."""


class _State(NamedTuple):
    """What the compiled functions write. Orders are K × T × N, by table of sizes; nights are T × N."""

    due: Floats
    """Unpaid fees, by column."""
    sent: Floats
    """Of those, what the column's newest order pays if it fills."""
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
    counted: Floats
    """Of these, what counts against what is available (S16)."""
    before: Floats
    """Sold short in the session then."""
    used: Floats
    """Sold short in the session so far, by column."""
    own: Floats
    """Short when the snapshot was first asked about, by column."""
    asked: Ints
    """The snapshot that was asked about last, by column."""

    @classmethod
    def empty(cls, shape: tuple[int, int], layers: int) -> _State:
        column, nights, orders = (shape[1],), [shape] * 3, [(layers, *shape)] * 4
        numbers = [np.zeros(s) for s in (column, column, *nights, *orders, column, column)]
        return cls._make([*numbers, np.full(column, NO_SNAPSHOT)])


def _tables(
    name: str, given: Tables, close: pd.DataFrame, dtype: type[_Scalar]
) -> npt.NDArray[_Scalar]:
    """Return K × T × N values of one table or of a sequence of them."""
    if not isinstance(close, pd.DataFrame):
        raise InvalidInputError("close", type(close).__name__, "be a DataFrame, times × tickers")
    many = list(given) if isinstance(given, (list, tuple)) else [given]
    tables = []
    for table in many:
        if isinstance(table, pd.DataFrame) and not (
            table.index.equals(close.index) and table.columns.equals(close.columns)
        ):
            raise InvalidInputError(name, "other labels", "have the index and columns of close")
        values = np.asarray(table, dtype=dtype)
        if values.ndim and values.shape != close.shape:
            raise InvalidInputError(
                name, f"shape {values.shape}", f"have the shape of close, {close.shape}"
            )
        tables.append(np.broadcast_to(values, close.shape))
    return np.ascontiguousarray(np.stack(tables))


def _enum(kind: str) -> Callable[[str, object], int]:
    """Return what turns a member's name, number or truth value into its number, as vectorbt does."""
    members = getattr(host_module("vectorbt.portfolio.enums", "vectorbt"), kind)
    numbers = {name.lower(): int(value) for name, value in members._asdict().items()}

    def number_of(parameter: str, value: object) -> int:
        if isinstance(value, (bool, np.bool_)) and kind == "AccumulationMode":
            return int(value)
        if isinstance(value, str) and value.lower() in numbers:
            return numbers[value.lower()]
        if isinstance(value, (int, np.integer)) and int(value) in numbers.values():
            return int(value)
        raise InvalidInputError(parameter, value, f"be one of {', '.join(numbers)}")

    return number_of


def _each(
    parameter: str,
    given: str | int | Sequence[str | int],
    count: int,
    number_of: Callable[[str, object], int],
) -> Ints:
    many = list(given) if isinstance(given, (list, tuple)) else [given] * count
    if len(many) != count:
        raise InvalidInputError(
            parameter, given, f"be one, or one for each of {count} tables of size"
        )
    return np.array([number_of(parameter, one) for one in many])


def _look_up_times(labels: Times, symbols: list[Symbol], look_up: LookUp | LocalTimes) -> Times:
    market = symbols[0].market
    if isinstance(look_up, (str, time)):
        return look_up_times(market, labels, check_look_up(look_up), at_midnight(labels))
    times = local_times(look_up, market)
    if len(times) != len(labels):
        raise InvalidInputError(
            "look_up", f"{len(times)} times", f"be one for each of {len(labels)} bars"
        )
    return times


def _pairs(symbols: list[Symbol], times: Times) -> Pairs:
    codes = np.repeat(np.arange(len(symbols)), len(times))
    return Pairs(symbols, codes, np.tile(times.view(np.int64), len(symbols)), False)


def _table(values: npt.NDArray[_Scalar], symbols: list[Symbol]) -> npt.NDArray[_Scalar]:
    """Return values of `_pairs`, symbol by symbol, as T × N."""
    return np.ascontiguousarray(values.reshape(len(symbols), -1).T)


def _begins(times: Times) -> Bools:
    """Return which rows look up in another session than the row before."""
    days = times.astype("datetime64[D]")
    return np.concatenate([[True], days[1:] != days[:-1]])


class _Nights(NamedTuple):
    """What the night before each row costs; of rows that begin no session, nothing."""

    unit: Floats
    """Cost of one share short, T × N."""
    rates: Floats
    """Annual fractions known at the close before, NaN where none was, T × N."""
    days: Floats
    """Calendar days since the session before, T."""


def _nights(desk: HostDesk, symbols: list[Symbol], labels: Times, closes: Floats) -> _Nights:
    unit, rates, days = np.zeros(closes.shape), np.full(closes.shape, np.nan), np.zeros(len(labels))
    dates = labels.astype("datetime64[D]")
    first = np.flatnonzero(np.diff(dates).astype(np.int64)) + 1
    model = desk.borrow_fee
    if model.rate_kind is None or not len(first):
        return _Nights(unit, rates, days)
    if fee_clock(model):
        raise InvalidInputError(
            "borrow_fee",
            model,
            "charge each night by itself",
            "LEAN's clock depends on the nights before, which the compiled order function does not see; "
            "use FeeOnMarketValue().",
        )
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


def _has_data(desk: HostDesk, pairs: Pairs, answers: Ints, state: _State) -> Bools:
    """Say of each pair whether a check of it rests on data; pairs that no order checked count as True."""
    checked = state.wanted.any(axis=0).T.ravel()
    found = np.ones(len(pairs), dtype=np.bool_)
    found[checked] = has_data_of(desk.provider, pairs.take(checked), answers[checked])
    return found


def _record_checks(
    desk: HostDesk,
    symbols: list[Symbol],
    times: Times,
    available: Floats,
    has_data: Bools,
    state: _State,
) -> None:
    """Write the compiled functions' checks and refusals into the desk, in the order of the orders."""
    for row, column, layer in np.argwhere(state.wanted.transpose(1, 2, 0)).tolist():
        at, symbol = times[row].item(), symbols[column]
        wanted, held, counted, used = (
            float(table[layer, row, column])
            for table in (state.wanted, state.held, state.counted, state.before)
        )
        limit = available[row, column]
        shares = None if np.isinf(limit) else int(limit)
        desk.checks += 1
        if not has_data[row, column]:
            desk.checks_without_data.append((at, symbol))
        if desk.is_flow(symbol):
            capacity = flow_capacity(held, 0, used, shares)
        else:
            capacity = sell_capacity(counted, 0, shares)
        allowed, kind = allowed_within(wanted, capacity, desk.on_exceed)
        if kind is not None:
            desk.refuse(symbol, at, kind, -wanted, -allowed, held, 0, shares)


def _record_nights(
    desk: HostDesk,
    symbols: list[Symbol],
    labels: Times,
    closes: Floats,
    nights: _Nights,
    state: _State,
) -> None:
    """Write the nights that the compiled functions charged into the desk."""
    rebates = rebates_in(desk.borrow_fee, state.charged)
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
                rebate=float(rebates[row, column]),
            )
        )
