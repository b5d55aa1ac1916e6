"""Why requests are refused, in LEAN's words."""

from __future__ import annotations

from shortable.lean.enums import OrderResponseErrorCode
from shortable.lean.orders.order import Order
from shortable.lean.orders.requests import OrderRequest
from shortable.lean.orders.responses import OrderResponse

__all__ = ["closed", "new_status", "not_found", "warming_up", "zero", "zero_price"]

_CODES = OrderResponseErrorCode


def zero(request: OrderRequest) -> OrderResponse:
    """Return the answer to an order without shares."""
    text = f"Unable to {request.order_request_type} order with id {request.order_id} that has zero quantity."
    return OrderResponse.error(request.order_id, _CODES.ORDER_QUANTITY_ZERO, text)


def warming_up(request: OrderRequest) -> OrderResponse:
    """Return the answer to a request before the algorithm trades."""
    text = (
        "This operation is not allowed in Initialize or during warm up: OrderRequest."
        f"{request.order_request_type}. Please move this code to the OnWarmupFinished() method."
    )
    return OrderResponse.error(request.order_id, _CODES.ALGORITHM_WARMING_UP, text)


def closed(request: OrderRequest, order: Order) -> OrderResponse:
    """Return the answer to a change of an order that is closed."""
    text = (
        f"Unable to update order with id {order.id} because it already has status {order.status}."
    )
    return OrderResponse.error(request.order_id, _CODES.INVALID_ORDER_STATUS, text)


def new_status(request: OrderRequest, order: Order) -> OrderResponse:
    """Return the answer to a change of an order that the broker has not confirmed."""
    text = (
        f"Unable to update or cancel order with id {order.id} and status {order.status} because the submit "
        "confirmation has not been received yet."
    )
    return OrderResponse.error(request.order_id, _CODES.INVALID_NEW_ORDER_STATUS, text)


def not_found(request: OrderRequest) -> OrderResponse:
    """Return the answer to a request about an order that does not exist."""
    text = f"Unable to locate order with id {request.order_id}."
    return OrderResponse.error(request.order_id, _CODES.UNABLE_TO_FIND_ORDER, text)


def zero_price(symbol: object) -> str:
    """Return LEAN's message about a security without a price."""
    return (
        f"{symbol}: The security does not have an accurate price as it has not yet received a bar of data. Before "
        "placing a trade (or using SetHoldings) warm up your algorithm with SetWarmup, or use "
        "slice.Contains(symbol) to confirm the Slice object has price before using the data. Data does not "
        "necessarily all arrive at the same time so your algorithm should confirm the data is ready before using "
        "it. In live trading this can mean you do not have an active subscription to the asset class you're trying "
        "to trade. If using custom data make sure you've set the 'Value' property."
    )
