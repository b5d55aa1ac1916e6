"""OrderTicket: the user's handle on one order."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from shortable.engine.orders import Order, OrderEvent, OrderStatus, OrderType
from shortable.engine.responses import OrderResponse, UpdateOrderFields

if TYPE_CHECKING:
    from shortable.engine.desk import OrderDesk
    from shortable.symbol import Symbol

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
    def order_type(self) -> OrderType:
        """Market, limit or stop."""
        return self.order.type

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

    def update_tag(self, tag: str) -> OrderResponse:
        """Change the text."""
        return self.update(UpdateOrderFields(tag=tag))

    def cancel(self, tag: str | None = None) -> OrderResponse:
        """Cancel an open order; what it reserved is free at once."""
        return self._desk.cancel(self.order, tag)

    def __repr__(self) -> str:
        return repr(self.order).replace("<Order ", "<OrderTicket ")
