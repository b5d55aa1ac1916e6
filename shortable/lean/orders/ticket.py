"""OrderTicket: the user's handle on one order."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from shortable.errors import InvalidInputError
from shortable.lean.enums import OrderField, OrderStatus, OrderType, SecurityType
from shortable.lean.generics import generic
from shortable.lean.names import LeanObject
from shortable.lean.numbers import ZERO
from shortable.lean.orders.requests import (
    CancelOrderRequest,
    OrderRequest,
    SubmitOrderRequest,
    UpdateOrderFields,
    UpdateOrderRequest,
)
from shortable.lean.orders.responses import OrderResponse

if TYPE_CHECKING:
    from shortable.lean.orders.events import OrderEvent
    from shortable.lean.orders.order import Order
    from shortable.lean.symbols import Symbol

__all__ = ["OrderTicket"]

_FIELDS = {
    OrderField.LIMIT_PRICE: "limit_price",
    OrderField.STOP_PRICE: "stop_price",
    OrderField.TRIGGER_PRICE: "trigger_price",
    OrderField.TRAILING_AMOUNT: "trailing_amount",
    OrderField.TRAILING_AS_PERCENTAGE: "trailing_as_percentage",
}
_HAS = {
    OrderType.LIMIT: {OrderField.LIMIT_PRICE},
    OrderType.STOP_MARKET: {OrderField.STOP_PRICE},
    OrderType.STOP_LIMIT: {OrderField.LIMIT_PRICE, OrderField.STOP_PRICE},
    OrderType.LIMIT_IF_TOUCHED: {OrderField.LIMIT_PRICE, OrderField.TRIGGER_PRICE},
    OrderType.TRAILING_STOP: {
        OrderField.STOP_PRICE,
        OrderField.TRAILING_AMOUNT,
        OrderField.TRAILING_AS_PERCENTAGE,
    },
}


class _Processor(Protocol):
    """Takes a ticket's requests: the algorithm's `transactions`."""

    @property
    def utc_time(self) -> datetime: ...

    def process_request(self, request: OrderRequest) -> OrderTicket: ...


class OrderTicket(LeanObject):
    """Follow, update and cancel one order. A refused order has a ticket too: its status is invalid.

    Attributes
    ----------
    submit_request : SubmitOrderRequest
    update_requests : list of UpdateOrderRequest
    cancel_request : CancelOrderRequest or None
    order_events : list of OrderEvent
        Oldest first.
    """

    def __init__(self, transactions: _Processor, submit_request: SubmitOrderRequest) -> None:
        self._transactions = transactions
        self._order: Order | None = None
        self._status_override: OrderStatus | None = None
        self._filled = self._value = ZERO
        self.submit_request = submit_request
        self.update_requests: list[UpdateOrderRequest] = []
        self.cancel_request: CancelOrderRequest | None = None
        self.order_events: list[OrderEvent] = []

    @property
    def order_id(self) -> int:
        """Number of the order."""
        return self.submit_request.order_id

    @property
    def status(self) -> OrderStatus:
        """Where the order stands."""
        if self._status_override is not None:
            return self._status_override
        return OrderStatus.NEW if self._order is None else self._order.status

    @property
    def symbol(self) -> Symbol:
        """What is traded."""
        return self.submit_request.symbol

    @property
    def security_type(self) -> SecurityType:
        """The symbol's."""
        return self.submit_request.security_type

    @property
    def exact_quantity(self) -> Decimal:
        """Shares ordered, as a decimal."""
        return (
            self.submit_request.exact_quantity
            if self._order is None
            else self._order.exact_quantity
        )

    @property
    def quantity(self) -> float:
        """Shares ordered, negative to sell."""
        return float(self.exact_quantity)

    @property
    def exact_quantity_filled(self) -> Decimal:
        """Shares filled, as a decimal."""
        return self._filled

    @property
    def quantity_filled(self) -> float:
        """Shares filled, negative for a sale."""
        return float(self._filled)

    @property
    def exact_quantity_remaining(self) -> Decimal:
        """Shares still to fill, as a decimal."""
        return self.exact_quantity - self._filled

    @property
    def quantity_remaining(self) -> float:
        """Shares still to fill, with the order's sign; of a closed order, what never filled."""
        return float(self.exact_quantity_remaining)

    @property
    def average_fill_price(self) -> float:
        """Per share, 0.0 before the order has filled."""
        return float(self._value / self._filled) if self._filled else 0.0

    @property
    def order_type(self) -> OrderType:
        """How the order fills."""
        return self.submit_request.order_type

    @property
    def has_order(self) -> bool:
        """Whether the order has been taken in."""
        return self._order is not None

    @property
    def tag(self) -> str:
        """The order's text: the user's, or why it was refused."""
        return (self.submit_request.tag or "") if self._order is None else self._order.tag

    @property
    def time(self) -> datetime:
        """When the order was submitted, UTC."""
        return self.submit_request.time

    @property
    def order_closed(self) -> bool:
        """Whether nothing more can happen."""
        return self.status.is_closed()

    @generic
    def get(self, field: OrderField, *, kind: type | None = None) -> Any:
        """Return one of the order's prices, or whether its trailing amount is a percentage.

        LEAN asks ``ticket.get[bool](...)`` for the latter; the type named is taken and of no consequence.

        Raises
        ------
        InvalidInputError
            The type of order has none of that name.
        """
        field = OrderField(field)
        if field not in _HAS.get(self.order_type, ()):
            raise InvalidInputError(
                "field", field.name, f"be one that a {self.order_type} order has"
            )
        return getattr(self.submit_request if self._order is None else self._order, _FIELDS[field])

    def update(self, fields: UpdateOrderFields) -> OrderResponse:
        """Change the order; it is carried out at the next step, and the answer says whether it was taken."""
        request = UpdateOrderRequest(self._transactions.utc_time, self.order_id, fields)
        self._transactions.process_request(request)
        return request.response

    def update_quantity(self, quantity: float, tag: str | None = None) -> OrderResponse:
        """Change the number of shares."""
        return self.update(UpdateOrderFields(quantity=quantity, tag=tag))

    def update_limit_price(self, limit_price: float, tag: str | None = None) -> OrderResponse:
        """Change the limit price."""
        return self.update(UpdateOrderFields(limit_price=limit_price, tag=tag))

    def update_stop_price(self, stop_price: float, tag: str | None = None) -> OrderResponse:
        """Change the stop price."""
        return self.update(UpdateOrderFields(stop_price=stop_price, tag=tag))

    def update_trigger_price(self, trigger_price: float, tag: str | None = None) -> OrderResponse:
        """Change the trigger price."""
        return self.update(UpdateOrderFields(trigger_price=trigger_price, tag=tag))

    def update_stop_trailing_amount(
        self, trailing_amount: float, tag: str | None = None
    ) -> OrderResponse:
        """Change the trailing amount."""
        return self.update(UpdateOrderFields(trailing_amount=trailing_amount, tag=tag))

    def update_tag(self, tag: str) -> OrderResponse:
        """Change the text; also of a closed order."""
        return self.update(UpdateOrderFields(tag=tag))

    def cancel(self, tag: str | None = None) -> OrderResponse:
        """Cancel the order; it is carried out at the next step."""
        request = CancelOrderRequest(self._transactions.utc_time, self.order_id, tag)
        self._transactions.process_request(request)
        return request.response

    def get_most_recent_order_request(self) -> OrderRequest:
        """Return the cancellation, else the last update, else the submission."""
        if self.cancel_request is not None:
            return self.cancel_request
        return self.update_requests[-1] if self.update_requests else self.submit_request

    def get_most_recent_order_response(self) -> OrderResponse:
        """Return the answer to the most recent request."""
        return self.get_most_recent_order_request().response

    def set_order(self, order: Order) -> None:
        """Tell the ticket its order; for the transaction handler."""
        self._order = order

    def add_order_event(self, event: OrderEvent) -> None:
        """Note an event; for the transaction handler."""
        self.order_events.append(event)
        if event.exact_fill_quantity:
            self._filled += event.exact_fill_quantity
            self._value += event.exact_fill_price * event.exact_fill_quantity
            if self._order is not None and self._filled:
                self._order.price = self._value / self._filled

    def add_update_request(self, request: UpdateOrderRequest) -> None:
        """Note an update; for the transaction handler."""
        self.update_requests.append(request)

    def try_set_cancel_request(self, request: CancelOrderRequest) -> bool:
        """Note the cancellation unless there is one; for the transaction handler."""
        if self.cancel_request is not None:
            return False
        self.cancel_request = request
        return True

    @classmethod
    def invalid(
        cls,
        transactions: _Processor,
        request: SubmitOrderRequest,
        response: OrderResponse,
    ) -> OrderTicket:
        """Return the ticket of a request that was refused before it became an order."""
        request.set_response(response)
        ticket = cls(transactions, request)
        ticket._status_override = OrderStatus.INVALID
        return ticket

    def __int__(self) -> int:
        """Return the order's number: LEAN takes a ticket wherever a number is asked for."""
        return self.order_id

    __index__ = __int__

    def __str__(self) -> str:
        requests = (
            f"Cancel: {self.cancel_request is not None}, Updates: {len(self.update_requests)}"
        )
        if self._order is None:
            return f"{self.submit_request} {requests}"
        return f"{self._order} {requests}"

    __repr__ = __str__
