"""OrderTicket: the user's handle on one order."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from shortable.engine.orders import Order, OrderEvent
from shortable.engine.requests import (
    CancelOrderRequest,
    OrderRequest,
    SubmitOrderRequest,
    UpdateOrderRequest,
)
from shortable.engine.responses import OrderResponse, UpdateOrderFields
from shortable.errors import InvalidInputError
from shortable.orders import OrderField, OrderStatus, OrderType

if TYPE_CHECKING:
    from shortable.engine.desk import OrderDesk
    from shortable.symbol import SecurityType, Symbol

__all__ = ["OrderTicket"]


class OrderTicket:
    """Follow, update and cancel one order.

    A refused order has a ticket too: its status is ``INVALID`` and its tag says why.
    """

    __slots__ = ("_desk", "order")

    def __init__(self, order: Order, desk: OrderDesk) -> None:
        self.order = order
        self._desk = desk

    @property
    def order_id(self) -> int:
        """Number of the order, from 1."""
        return self.order.id

    @property
    def symbol(self) -> Symbol:
        """What is traded."""
        return self.order.security.symbol

    @property
    def security_type(self) -> SecurityType:
        """What kind of security is traded."""
        return self.order.security.symbol.security_type

    @property
    def order_type(self) -> OrderType:
        """How the order fills."""
        return self.order.type

    @property
    def has_order(self) -> bool:
        """Always true: the order is there when its ticket is."""
        return True

    @property
    def status(self) -> OrderStatus:
        """Where the order stands."""
        return self.order.status

    @property
    def quantity(self) -> int:
        """Shares ordered, negative to sell."""
        return self.order.quantity

    @property
    def quantity_filled(self) -> int:
        """Shares filled, negative for a sale."""
        return self.order.quantity_filled

    @property
    def quantity_remaining(self) -> int:
        """Shares still to fill, with the order's sign; 0 once it is closed."""
        order = self.order
        return 0 if order.status.is_closed() else order.quantity - order.quantity_filled

    @property
    def average_fill_price(self) -> float:
        """Per share; 0.0 before the order has filled."""
        return self.order.fill_price

    @property
    def limit_price(self) -> float | None:
        """Per share, where the order has one."""
        return self.order.limit_price

    @property
    def stop_price(self) -> float | None:
        """Per share, where the order has one."""
        return self.order.stop_price

    @property
    def trailing_amount(self) -> float | None:
        """Distance of a trailing stop: money a share, or a fraction of the price; None for other orders."""
        return self.order.trailing_amount

    @property
    def tag(self) -> str:
        """The user's text, or why the order was refused or cancelled."""
        return self.order.tag

    @property
    def time(self) -> datetime:
        """When the order was submitted, exchange-local."""
        return self.order.time

    @property
    def error_code(self) -> int:
        """An `OrderResponseErrorCode`; 0 where the order was accepted."""
        return self.order.error_code

    @property
    def order_events(self) -> list[OrderEvent]:
        """Everything that has happened to the order, oldest first."""
        return self._desk.book.events_of(self.order)

    def get(self, field: OrderField) -> float | bool:
        """Return what some types of order have and others have not.

        Raises
        ------
        InvalidInputError
            The order's type has no such field.
        """
        order = self.order
        found: float | bool | None = None
        if field == OrderField.LIMIT_PRICE:
            found = order.limit_price
        elif field == OrderField.STOP_PRICE:
            found = order.stop_price
        elif order.type is OrderType.TRAILING_STOP and field == OrderField.TRAILING_AMOUNT:
            found = order.trailing_amount
        elif order.type is OrderType.TRAILING_STOP and field == OrderField.TRAILING_AS_PERCENTAGE:
            found = order.trailing_as_percentage
        if found is None:
            raise InvalidInputError(
                "field", field, f"be a field that a {order.type.name} order has"
            )
        return found

    @property
    def submit_request(self) -> SubmitOrderRequest:
        """The order as it was asked for, and what that was answered; updates and cuts do not change it."""
        return SubmitOrderRequest.of(self.order, self._desk.book.requests.get(self.order.id))

    @property
    def update_requests(self) -> list[UpdateOrderRequest]:
        """The updates that were asked for, oldest first, refused ones included."""
        return [r for r in self._later() if isinstance(r, UpdateOrderRequest)]

    @property
    def cancel_request(self) -> CancelOrderRequest | None:
        """The request that cancelled the order, else the last that was refused; None where none was sent."""
        sent = [r for r in self._later() if isinstance(r, CancelOrderRequest)]
        done = [r for r in sent if r.response.is_success]
        return (done or sent)[-1] if sent else None

    def get_most_recent_order_request(self) -> OrderRequest:
        """Return the newest of what was asked about this order."""
        return [self.submit_request, *self._later()][-1]

    def get_most_recent_order_response(self) -> OrderResponse:
        """Return what the newest request was answered."""
        return self.get_most_recent_order_request().response

    def _later(self) -> list[UpdateOrderRequest | CancelOrderRequest]:
        log = self._desk.book.requests.get(self.order.id)
        return [] if log is None else log.later

    def update(self, fields: UpdateOrderFields) -> OrderResponse:
        """Change an open order.

        Parameters
        ----------
        fields : UpdateOrderFields
            What to change. Only an update that enlarges the order is checked against what can be borrowed and
            against buying power (S4).

        Returns
        -------
        OrderResponse
            Not successful where the order is closed or may not grow; the order is then as it was.

        Raises
        ------
        InvalidInputError
            The quantity is zero, not whole or of the other sign, or a price is not a finite number above 0
            or not one that this type of order has.
        """
        return self._desk.update(self.order, fields)

    def update_quantity(self, quantity: float, tag: str | None = None) -> OrderResponse:
        """Change the number of shares; see `update`."""
        return self.update(UpdateOrderFields(quantity=quantity, tag=tag))

    def update_limit_price(self, limit_price: float, tag: str | None = None) -> OrderResponse:
        """Change the limit price; see `update`."""
        return self.update(UpdateOrderFields(limit_price=limit_price, tag=tag))

    def update_stop_price(self, stop_price: float, tag: str | None = None) -> OrderResponse:
        """Change the stop price; see `update`."""
        return self.update(UpdateOrderFields(stop_price=stop_price, tag=tag))

    def update_stop_trailing_amount(
        self, trailing_amount: float, tag: str | None = None
    ) -> OrderResponse:
        """Change the distance of a trailing stop, in the unit that it has; see `update`."""
        return self.update(UpdateOrderFields(trailing_amount=trailing_amount, tag=tag))

    def update_tag(self, tag: str) -> OrderResponse:
        """Change the text."""
        return self.update(UpdateOrderFields(tag=tag))

    def cancel(self, tag: str | None = None) -> OrderResponse:
        """Cancel an open order; what it reserved is free at once."""
        return self._desk.cancel(self.order, tag)

    def __repr__(self) -> str:
        return repr(self.order).replace("<Order ", "<OrderTicket ")
