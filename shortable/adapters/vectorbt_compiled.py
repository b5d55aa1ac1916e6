"""The order functions that vectorbt calls, compiled by numba; the decision in them is `shortable.rule`'s own, compiled."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np

from shortable.adapters.host import host_module
from shortable.desk import NO_SNAPSHOT
from shortable.rule import allowed_shares, flow_capacity, sell_capacity, short_part

__all__ = ["OrderFunctions", "order_functions"]


class OrderFunctions(NamedTuple):
    """Compiled functions that ``Portfolio.from_order_func`` calls."""

    orders: Callable[..., object]
    signals: Callable[..., object]
    before: Callable[..., object]
    after: Callable[..., object]


@cache
def order_functions() -> OrderFunctions:
    """Compile the order functions once a process.

    What may be sold is decided by `rule`'s own functions, compiled; what an order would sell, by vectorbt's, which is
    asked before the order is sent.
    """
    numba = host_module("numba", "vectorbt")
    nb = host_module("vectorbt.portfolio.nb", "vectorbt")
    enums = host_module("vectorbt.portfolio.enums", "vectorbt")
    order_nb, no_order, execute = nb.order_nb, nb.order_nothing_nb, nb.execute_order_nb
    before_order = enums.ProcessOrderState
    filled, sell = enums.OrderStatus.Filled, enums.OrderSide.Sell
    cannot_pay = enums.OrderStatusInfo.CantCoverFees
    amount_type, both, short_only = (
        enums.SizeType.Amount,
        enums.Direction.Both,
        enums.Direction.ShortOnly,
    )
    resolve_signals, resolve_direction = nb.resolve_signal_conflict_nb, nb.resolve_dir_conflict_nb
    resolve_opposite, size_of_signals = nb.resolve_opposite_entry_nb, nb.signals_to_size_nb
    long_only = enums.Direction.LongOnly
    of_pool, of_flow, allowed_of, part_of = map(
        numba.njit, (sell_capacity, flow_capacity, allowed_shares, short_part)
    )

    @numba.njit
    def make(size, size_type, direction, price, options, due):  # type: ignore[no-untyped-def]  # numba infers types
        return order_nb(
            size=size,
            size_type=size_type,
            direction=direction,
            price=price,
            fees=options[0],
            fixed_fees=options[1] + due,
            slippage=options[2],
            min_size=options[3],
            size_granularity=options[4],
            lock_cash=options[5],
            allow_partial=options[6],
        )

    @numba.njit
    def with_fees(now, column, order, options, state):  # type: ignore[no-untyped-def]  # numba infers types
        """Return an order that pays what is due; where its proceeds do not cover that, it pays nothing.

        The host would leave it out without a word.
        """
        state.sent[column] = state.due[column]
        if execute(now, order)[1].status_info != cannot_pay:
            return order
        state.sent[column] = 0.0
        return make(order.size, order.size_type, order.direction, order.price, options, 0.0)

    @numba.njit
    def limited(c, column, layer, order, limit, options, state):  # type: ignore[no-untyped-def]  # numba infers types
        """Return an order as far as it may be sold."""
        owner = c.group if c.cash_sharing else column
        position = c.last_position[column]
        now = before_order(
            cash=c.last_cash[owner],
            position=position,
            debt=c.last_debt[column],
            free_cash=c.last_free_cash[owner],
            val_price=c.last_val_price[column],
            value=c.last_value[owner],
            oidx=0,
            lidx=0,
        )
        order = with_fees(now, column, order, options, state)
        _, result = execute(now, order)
        if result.status != filled or result.side != sell or position - result.size >= 0:
            return order
        wanted = result.size
        state.wanted[layer, c.i, column] = wanted
        state.held[layer, c.i, column] = position
        state.before[layer, c.i, column] = state.used[column]
        available = limit.available[c.i, column]
        counted = position
        if limit.excluded and not np.isinf(available):
            snapshot = limit.snapshots[c.i, column]
            if snapshot == NO_SNAPSHOT or snapshot != state.asked[column]:
                state.asked[column] = snapshot
                state.own[column] = max(-position, 0.0)
            counted = position + state.own[column]
        state.counted[layer, c.i, column] = counted
        if limit.warn:
            return order
        if limit.flow:
            capacity = of_flow(position, 0.0, state.used[column], available)
        else:
            capacity = of_pool(counted, 0.0, available)
        allowed = allowed_of(wanted, capacity, limit.clip)
        if allowed == wanted:
            return order
        if allowed == 0:
            return no_order()
        clipped = make(-allowed, amount_type, both, order.price, options, state.due[column])
        return with_fees(now, column, clipped, options, state)

    @numba.njit
    def charge(c, limit, unit, begins, state):  # type: ignore[no-untyped-def]  # numba infers types
        """Add the night's fees of a group to what is due, before its first order of a session; a daily flow begins anew."""
        if c.call_idx == 0 and limit.fresh[c.i]:
            state.used[c.from_col : c.to_col] = 0.0
        if c.call_idx == 0 and begins[c.i]:
            for column in range(c.from_col, c.to_col):
                if c.last_position[column] < 0:
                    state.short[c.i, column] = -c.last_position[column]
                    state.charged[c.i, column] = state.short[c.i, column] * unit[c.i, column]
                    state.due[column] += state.charged[c.i, column]

    @numba.njit
    def orders(c, arguments, price, limit, unit, begins, options, state):  # type: ignore[no-untyped-def]  # numba infers types
        sizes, types, direction = arguments
        layers = sizes.shape[0]
        charge(c, limit, unit, begins, state)
        if c.call_idx >= layers * (c.to_col - c.from_col):
            return -1, no_order()
        column, layer = c.from_col + c.call_idx // layers, c.call_idx % layers
        size = sizes[layer, c.i, column]
        if np.isnan(size):
            return column, no_order()
        order = make(size, types[layer], direction, price[c.i, column], options, state.due[column])
        return column, limited(c, column, layer, order, limit, options, state)

    @numba.njit
    def signals(c, arguments, price, limit, unit, begins, options, state):  # type: ignore[no-untyped-def]  # numba infers types
        (long_entries, long_exits, short_entries, short_exits), sizes, size_type, modes = arguments
        accumulate, upon_long, upon_short, upon_direction, upon_opposite = modes
        charge(c, limit, unit, begins, state)
        if c.call_idx >= c.to_col - c.from_col:
            return -1, no_order()
        column = c.from_col + c.call_idx
        position = c.last_position[column]
        long_entry, long_exit = long_entries[c.i, column], long_exits[c.i, column]
        short_entry, short_exit = short_entries[c.i, column], short_exits[c.i, column]
        if long_entry or short_entry:
            long_entry, long_exit = resolve_signals(
                position, long_entry, long_exit, long_only, upon_long
            )
            short_entry, short_exit = resolve_signals(
                position, short_entry, short_exit, short_only, upon_short
            )
            long_entry, short_entry = resolve_direction(
                position, long_entry, short_entry, upon_direction
            )
            long_entry, long_exit, short_entry, short_exit, accumulate = resolve_opposite(
                position, long_entry, long_exit, short_entry, short_exit, upon_opposite, accumulate
            )
        size, kind, direction = size_of_signals(
            position,
            long_entry,
            long_exit,
            short_entry,
            short_exit,
            sizes[c.i, column],
            size_type,
            accumulate,
            c.last_val_price[column],
        )
        if size == 0 or np.isnan(size):
            return column, no_order()
        if direction == short_only:
            size = -size
        order = make(size, kind, direction, price[c.i, column], options, state.due[column])
        return column, limited(c, column, 0, order, limit, options, state)

    @numba.njit
    def before(c, price):  # type: ignore[no-untyped-def]  # numba infers types  # pragma: no cover
        for column in range(c.from_col, c.to_col):
            if not np.isnan(price[c.i, column]):
                c.last_val_price[column] = price[c.i, column]
        return ()

    @numba.njit
    def after(c, due, sent, paid, used):  # type: ignore[no-untyped-def]  # numba infers types  # pragma: no cover
        if c.order_result.status == filled:
            if c.order_result.side == sell:
                used[c.col] += part_of(c.position_before, 0.0, c.order_result.size)
            paid[c.i, c.col] += sent[c.col]
            due[c.col] -= sent[c.col]

    return OrderFunctions(orders, signals, before, after)
