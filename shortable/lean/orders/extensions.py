"""LEAN's questions about statuses and types that algorithms ask by a class."""

from __future__ import annotations

from shortable.lean.enums import OrderStatus, OrderType
from shortable.lean.names import LeanObject

__all__ = ["OrderExtensions"]

_LIMITS = (OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED)
_STOPS = (OrderType.STOP_MARKET, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP)


class OrderExtensions(LeanObject):
    """Questions about orders (LEAN: Common/Orders/OrderExtensions.cs).

    Examples
    --------
    >>> OrderExtensions.is_open(OrderStatus.SUBMITTED), OrderExtensions.IsFill(OrderStatus.INVALID)
    (True, False)
    """

    @staticmethod
    def is_closed(status: OrderStatus) -> bool:
        """Whether nothing more can happen to an order."""
        return status.is_closed()

    @staticmethod
    def is_open(status: OrderStatus) -> bool:
        """Whether an order may still fill."""
        return status.is_open()

    @staticmethod
    def is_fill(status: OrderStatus) -> bool:
        """Whether shares changed hands."""
        return status.is_fill()

    @staticmethod
    def is_limit_order(order_type: OrderType) -> bool:
        """Whether orders of a type have a limit price."""
        return order_type in _LIMITS

    @staticmethod
    def is_stop_order(order_type: OrderType) -> bool:
        """Whether orders of a type have a stop price."""
        return order_type in _STOPS
