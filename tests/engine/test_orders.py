"""An order and its events record its life."""

from __future__ import annotations

from typing import Any

from shortable.engine import (
    OrderDirection,
    OrderEvent,
    OrderStatus,
    TimeInForce,
)

from .scenario import Scripted, Shares, flat, play


class Listens(Scripted):
    def on_order_event(self, order_event: OrderEvent) -> None:
        self.__dict__.setdefault("heard", []).append(order_event)


def test_an_order_and_its_events_tell_its_life() -> None:
    def first(a: Any) -> Any:
        return a.limit_order("SPY", -10, 10.5, tag="mine", time_in_force=TimeInForce.DAY)

    result = play(flat(3), {0: first}, kind=Listens, provider=Shares(100))
    heard = result.algorithm.heard
    order = result.algorithm.transactions.get_order_by_id(1)
    assert (order.symbol, order.direction, order.absolute_quantity, order.price) == (
        "SPY",
        OrderDirection.SELL,
        10,
        0.0,
    )
    assert (order.tag, order.status, order.limit_price, order.stop_price) == (
        "mine",
        OrderStatus.CANCELED,
        10.5,
        None,
    )
    assert [(e.status, e.message, e.direction) for e in heard] == [
        (OrderStatus.SUBMITTED, "", OrderDirection.SELL),
        (OrderStatus.CANCELED, "expired at the end of the session", OrderDirection.SELL),
    ]
    assert repr(order) == "<Order 1 LIMIT -10 SPY CANCELED>"
    assert repr(heard[1]) == "<OrderEvent 1 SPY CANCELED (expired at the end of the session)>"
