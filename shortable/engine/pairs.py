"""Pairs of orders of which the fill of one cancels the other (S31)."""

from __future__ import annotations

from shortable.engine.order_desk import OrderDesk
from shortable.engine.orders import Order
from shortable.engine.tickets import OrderResponse
from shortable.errors import InvalidInputError
from shortable.orders import OrderResponseErrorCode

__all__ = ["Pairs"]


class Pairs:
    """The pairs of a run; false where there are none.

    Parameters
    ----------
    orders : OrderDesk
    """

    def __init__(self, orders: OrderDesk) -> None:
        self._orders = orders
        self._others: dict[int, Order] = {}

    def __bool__(self) -> bool:
        return bool(self._others)

    def make(self, first: Order, second: Order) -> OrderResponse:
        """Let the fill of either order cancel the other.

        Raises
        ------
        InvalidInputError
            They are one order, one of them is the broker's, or is of a pair already.
        """
        if first is second:
            raise InvalidInputError("second", first.id, "be another order than the first")
        for order in (first, second):
            if order.status.is_closed():
                text = f"cannot pair order {order.id}: it is {order.status.name}"
                return OrderResponse(order.id, OrderResponseErrorCode.INVALID_ORDER_STATUS, text)
        for order in (first, second):
            if order.id in self._others and self._others[order.id].status.is_open():
                raise InvalidInputError("order", order.id, "be of one pair only")
            if order.id in self._orders.forced:
                raise InvalidInputError("order", order.id, "be the algorithm's, not the broker's")
        self._others[first.id], self._others[second.id] = second, first
        return OrderResponse(first.id)

    def filled(self, order: Order) -> None:
        """Cancel the other of an order that has filled, where it has one."""
        other = self._others.get(order.id)
        if other is not None and other.status.is_open():
            text = f"order {order.id} of the pair has filled"
            self._orders.cancel_where(lambda one: one is other, text)
