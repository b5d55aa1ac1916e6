"""Requests to submit, update or cancel an order."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from shortable.errors import InvalidInputError
from shortable.lean.enums import OrderRequestStatus, OrderRequestType, OrderType, SecurityType
from shortable.lean.exact import Exact, OptionalExact
from shortable.lean.names import Fields, LeanObject
from shortable.lean.orders.properties import OrderProperties
from shortable.lean.orders.responses import OrderResponse

if TYPE_CHECKING:
    from decimal import Decimal

    from shortable.lean.symbols import Symbol

__all__ = [
    "CancelOrderRequest",
    "OrderRequest",
    "SubmitOrderRequest",
    "UpdateOrderFields",
    "UpdateOrderRequest",
]


def _symbol(symbol: Any) -> Any:
    """Return the symbol that a ticker stands for, as C# turns one into the other."""
    if not isinstance(symbol, str):
        return symbol
    from shortable.lean.symbols import SymbolCache

    return SymbolCache.find(symbol) or symbol


class OrderRequest(LeanObject):
    """What is common to all requests.

    Attributes
    ----------
    order_request_type : OrderRequestType
    status : OrderRequestStatus
        Unprocessed, processing (it waits for the next step), processed, or error.
    time : datetime
        When it was made, UTC.
    order_id : int
    tag : str
    response : OrderResponse
    """

    order_request_type: OrderRequestType

    def __init__(self, time: datetime, order_id: int, tag: str | None) -> None:
        self.time = time
        self.order_id = order_id
        self.tag = tag
        self.status = OrderRequestStatus.UNPROCESSED
        self.response = OrderResponse.unprocessed()

    def set_response(
        self, response: OrderResponse, status: OrderRequestStatus = OrderRequestStatus.ERROR
    ) -> None:
        """Answer the request; an answer that is an error makes its status an error."""
        self.response = response
        self.status = OrderRequestStatus.ERROR if response.is_error else status


class SubmitOrderRequest(OrderRequest):
    """A new order.

    Takes LEAN's overloads: type, security type, symbol, quantity, stop price, limit price, then optionally the trigger
    price, then optionally the trailing amount and whether it is a percentage, then time, tag and properties.
    """

    order_request_type = OrderRequestType.SUBMIT
    quantity = Exact()
    limit_price = Exact()
    stop_price = Exact()
    trigger_price = Exact()
    trailing_amount = Exact()
    exact_quantity: Decimal
    exact_limit_price: Decimal
    exact_stop_price: Decimal
    exact_trigger_price: Decimal
    exact_trailing_amount: Decimal

    def __init__(
        self,
        order_type: OrderType,
        security_type: SecurityType,
        symbol: Symbol | str,
        quantity: float | Decimal,
        stop_price: float | Decimal = 0,
        limit_price: float | Decimal = 0,
        *rest: Any,
        trigger_price: float | Decimal = 0,
        trailing_amount: float | Decimal = 0,
        trailing_as_percentage: bool = False,
        time: datetime | None = None,
        tag: str = "",
        properties: OrderProperties | None = None,
        asynchronous: bool = False,
    ) -> None:
        left = list(rest)
        if left:
            where = next((i for i, value in enumerate(left) if isinstance(value, date)), len(left))
            prices, left = left[:where], left[where:]
            trigger_price = prices[0] if prices else trigger_price
            if len(prices) > 2:
                trailing_amount, trailing_as_percentage = prices[1], bool(prices[2])
            time = left.pop(0) if left else time
            tag = left.pop(0) if left else tag
            properties = left.pop(0) if left else properties
        if time is None:
            raise InvalidInputError(
                "time", time, "be the time of the request, in UTC", "Pass self.utc_time."
            )
        super().__init__(time, 0, tag)
        self.order_type = order_type
        self.security_type = security_type
        self.symbol: Symbol = _symbol(symbol)
        self.quantity = quantity
        self.stop_price = stop_price
        self.limit_price = limit_price
        self.trigger_price = trigger_price
        self.trailing_amount = trailing_amount
        self.trailing_as_percentage = trailing_as_percentage
        self.order_properties = properties
        self.asynchronous = asynchronous

    def set_order_id(self, order_id: int) -> None:
        """Give the order its number."""
        self.order_id = order_id

    def __str__(self) -> str:
        return (
            f"{self.time} UTC: Submit Order: ({self.order_id}) - {self.order_type} {self.quantity:g} "
            f"{self.symbol} - {self.tag} Status: {self.status}"
        )


class UpdateOrderFields(Fields):
    """What of an order to change; None leaves it as it is.

    Attributes
    ----------
    quantity, limit_price, stop_price, trigger_price, trailing_amount : float or None
    tag : str or None
    """

    quantity = OptionalExact()
    limit_price = OptionalExact()
    stop_price = OptionalExact()
    trigger_price = OptionalExact()
    trailing_amount = OptionalExact()
    exact_quantity: Decimal | None
    exact_limit_price: Decimal | None
    exact_stop_price: Decimal | None
    exact_trigger_price: Decimal | None
    exact_trailing_amount: Decimal | None

    def __init__(
        self,
        quantity: float | Decimal | None = None,
        limit_price: float | Decimal | None = None,
        stop_price: float | Decimal | None = None,
        trigger_price: float | Decimal | None = None,
        tag: str | None = None,
        trailing_amount: float | Decimal | None = None,
    ) -> None:
        self.quantity = quantity
        self.limit_price = limit_price
        self.stop_price = stop_price
        self.trigger_price = trigger_price
        self.trailing_amount = trailing_amount
        self.tag = tag


class UpdateOrderRequest(OrderRequest):
    """A change of an open order."""

    order_request_type = OrderRequestType.UPDATE
    quantity = OptionalExact()
    limit_price = OptionalExact()
    stop_price = OptionalExact()
    trigger_price = OptionalExact()
    trailing_amount = OptionalExact()
    exact_quantity: Decimal | None
    exact_limit_price: Decimal | None
    exact_stop_price: Decimal | None
    exact_trigger_price: Decimal | None
    exact_trailing_amount: Decimal | None

    def __init__(self, time: datetime, order_id: int, fields: UpdateOrderFields) -> None:
        super().__init__(time, order_id, fields.tag)
        self.quantity = fields.exact_quantity
        self.limit_price = fields.exact_limit_price
        self.stop_price = fields.exact_stop_price
        self.trigger_price = fields.exact_trigger_price
        self.trailing_amount = fields.exact_trailing_amount

    def is_allowed_for_closed_order(self) -> bool:
        """Whether only the tag changes."""
        changes = (
            self.exact_quantity,
            self.exact_limit_price,
            self.exact_stop_price,
            self.exact_trigger_price,
            self.exact_trailing_amount,
        )
        return all(change is None for change in changes) and bool(self.tag)

    def __str__(self) -> str:
        return (
            f"{self.time} UTC: Update Order: ({self.order_id}) - {self.tag} Status: {self.status}"
        )


class CancelOrderRequest(OrderRequest):
    """The end of an open order."""

    order_request_type = OrderRequestType.CANCEL

    def __init__(self, time: datetime, order_id: int, tag: str | None = None) -> None:
        super().__init__(time, order_id, tag)

    def __str__(self) -> str:
        return (
            f"{self.time} UTC: Cancel Order: ({self.order_id}) - {self.tag} Status: {self.status}"
        )
