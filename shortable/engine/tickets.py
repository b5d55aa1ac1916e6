"""The ticket of an order: what you ask about it afterwards, and what each request was answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from shortable.engine.orders import Order, OrderEvent
from shortable.errors import InvalidInputError
from shortable.orders import (
    OrderField,
    OrderRequestStatus,
    OrderRequestType,
    OrderResponseErrorCode,
    OrderStatus,
    OrderType,
)
from shortable.symbol import SecurityType, Symbol

__all__ = [
    "CancelOrderRequest",
    "OrderRequest",
    "OrderResponse",
    "OrderTicket",
    "RequestLog",
    "SubmitOrderRequest",
    "TicketDesk",
    "UpdateOrderFields",
    "UpdateOrderRequest",
]


@dataclass(frozen=True, slots=True)
class OrderResponse:
    """The answer to a request.

    Examples
    --------
    >>> OrderResponse(1).is_success, str(OrderResponse(1))
    (True, 'Success')
    """

    order_id: int
    """Of the order that the request was about."""
    error_code: OrderResponseErrorCode = OrderResponseErrorCode.NONE
    """Why it was refused."""
    error_message: str = ""
    """The same as text."""

    @property
    def is_success(self) -> bool:
        """Whether the request was carried out."""
        return self.error_code == OrderResponseErrorCode.NONE

    @property
    def is_error(self) -> bool:
        """Whether the request was refused; the order is then as it was."""
        return self.error_code != OrderResponseErrorCode.NONE

    @property
    def is_processed(self) -> bool:
        """Always true: the engine answers when it has decided."""
        return True

    def __str__(self) -> str:
        return (
            f"Error: {self.error_code.name} - {self.error_message}" if self.is_error else "Success"
        )


@dataclass(slots=True)
class UpdateOrderFields:
    """What of an order to change; None leaves it as it is."""

    quantity: float | None = None
    """New number of shares, whole, with the sign that the order has."""
    limit_price: float | None = None
    """Per share."""
    stop_price: float | None = None
    """Per share."""
    trailing_amount: float | None = None
    """Distance of a trailing stop, in the unit that the order has. It counts from the next bar on, and never moves
    the stop away from the price."""
    tag: str | None = None
    """Your text."""


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What the three kinds of request share. They are answered at once, so none is ever unprocessed."""

    order_id: int
    """Number of the order."""
    time: datetime
    """When it was sent, exchange-local."""
    tag: str
    """Your text."""
    response: OrderResponse
    """The answer."""

    @property
    def status(self) -> OrderRequestStatus:
        """``PROCESSED`` where it was carried out, ``ERROR`` where it was refused."""
        return OrderRequestStatus.ERROR if self.response.is_error else OrderRequestStatus.PROCESSED


@dataclass(frozen=True, slots=True)
class SubmitOrderRequest(OrderRequest):
    """The order as it was sent, whatever has become of it since."""

    symbol: Symbol
    """What is traded."""
    order_type: OrderType
    """How it fills."""
    quantity: int
    """Shares, negative to sell."""
    limit_price: float | None
    """Per share, where the type has one."""
    stop_price: float | None
    """Per share, where the type has one; of a trailing stop where it began."""
    trailing_amount: float | None
    """See `TrailingStopOrder`."""
    trailing_as_percentage: bool
    """See `TrailingStopOrder`."""

    @property
    def order_request_type(self) -> OrderRequestType:
        """``SUBMIT``."""
        return OrderRequestType.SUBMIT

    @property
    def security_type(self) -> SecurityType:
        """What kind of security it is."""
        return self.symbol.security_type

    @classmethod
    def of(cls, order: Order, log: RequestLog | None) -> SubmitOrderRequest:
        """Describe the request that an order came from; without a log, the order itself still says all of it."""
        refused = order.status is OrderStatus.INVALID  # only a refused submission is
        code = OrderResponseErrorCode(order.error_code) if refused else OrderResponseErrorCode.NONE
        sent = log or RequestLog.of(order)
        return cls(
            order.id,
            order.time,
            sent.tag,
            OrderResponse(order.id, code, order.tag if refused else ""),
            order.symbol,
            order.type,
            sent.quantity,
            sent.limit_price,
            sent.stop_price,
            sent.trailing_amount,
            order.trailing_as_percentage,
        )


@dataclass(frozen=True, slots=True)
class UpdateOrderRequest(OrderRequest):
    """A requested change; None stands for what it leaves unchanged."""

    quantity: float | None
    """Shares, with the order's sign."""
    limit_price: float | None
    """Per share."""
    stop_price: float | None
    """Per share."""
    trailing_amount: float | None
    """See `TrailingStopOrder`."""

    @property
    def order_request_type(self) -> OrderRequestType:
        """``UPDATE``."""
        return OrderRequestType.UPDATE

    @classmethod
    def of(
        cls, time: datetime, fields: UpdateOrderFields, response: OrderResponse
    ) -> UpdateOrderRequest:
        """Describe an update and its answer."""
        return cls(
            response.order_id,
            time,
            fields.tag or "",
            response,
            fields.quantity,
            fields.limit_price,
            fields.stop_price,
            fields.trailing_amount,
        )


@dataclass(frozen=True, slots=True)
class CancelOrderRequest(OrderRequest):
    """A requested cancellation."""

    @property
    def order_request_type(self) -> OrderRequestType:
        """``CANCEL``."""
        return OrderRequestType.CANCEL


@dataclass(slots=True)
class RequestLog:
    """The requests about one order, where the order itself no longer says what was sent.

    Kept only for orders that need it: most are sent, then filled or refused, and nothing else.
    """

    quantity: int
    """Shares requested when the order was sent."""
    limit_price: float | None
    """Per share, as it was sent."""
    stop_price: float | None
    """Per share, as it was sent."""
    trailing_amount: float | None
    """As it was sent."""
    tag: str
    """Your text when the order was sent."""
    later: list[UpdateOrderRequest | CancelOrderRequest] = field(default_factory=list)
    """Updates and cancellations, oldest first."""

    @classmethod
    def of(cls, order: Order) -> RequestLog:
        """Record an order as it is now. An invalid order's tag says why it was refused, and is not your text."""
        tag = "" if order.status is OrderStatus.INVALID else order.tag
        return cls(order.quantity, order.limit_price, order.stop_price, order.trailing_amount, tag)


class TicketDesk(Protocol):
    """What a ticket needs of the desk that took its order."""

    requests: dict[int, RequestLog]
    """By order number; see `RequestLog`."""

    def update(self, order: Order, fields: UpdateOrderFields) -> OrderResponse:
        """Change an open order."""
        ...

    def cancel(self, order: Order, tag: str | None = None) -> OrderResponse:
        """Cancel an open order."""
        ...

    def events_of(self, order: Order) -> list[OrderEvent]:
        """Return what has happened to an order, oldest first."""
        ...


class OrderTicket:
    """Follow, update and cancel one order.

    A refused order has a ticket too: its status is ``INVALID`` and its tag says why.
    """

    __slots__ = ("_desk", "order")

    def __init__(self, order: Order, desk: TicketDesk) -> None:
        self.order = order
        self._desk = desk

    @property
    def order_id(self) -> int:
        """Number of the order, from 1."""
        return self.order.id

    @property
    def symbol(self) -> Symbol:
        """What is traded."""
        return self.order.symbol

    @property
    def security_type(self) -> SecurityType:
        """What kind of security is traded."""
        return self.order.symbol.security_type

    @property
    def order_type(self) -> OrderType:
        """How the order fills."""
        return self.order.type

    @property
    def has_order(self) -> bool:
        """Always true: a ticket is made with its order."""
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
        """Your text, or why the order was refused or cancelled."""
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
        return self._desk.events_of(self.order)

    def get(self, field: OrderField) -> float | bool:
        """Return a field that only some types of order have.

        Raises
        ------
        InvalidInputError
            The order's type has no such field.
        """
        order = self.order
        value: float | bool | None = None
        if field == OrderField.LIMIT_PRICE:
            value = order.limit_price
        elif field == OrderField.STOP_PRICE:
            value = order.stop_price
        elif order.type is OrderType.TRAILING_STOP and field == OrderField.TRAILING_AMOUNT:
            value = order.trailing_amount
        elif order.type is OrderType.TRAILING_STOP and field == OrderField.TRAILING_AS_PERCENTAGE:
            value = order.trailing_as_percentage
        if value is None:
            raise InvalidInputError(
                "field", field, f"be a field that a {order.type.name} order has"
            )
        return value

    @property
    def submit_request(self) -> SubmitOrderRequest:
        """The order as you sent it, and the answer; updates and cuts do not change it."""
        return SubmitOrderRequest.of(self.order, self._desk.requests.get(self.order.id))

    @property
    def update_requests(self) -> list[UpdateOrderRequest]:
        """The requested updates, oldest first, refused ones included."""
        return [r for r in self._later() if isinstance(r, UpdateOrderRequest)]

    @property
    def cancel_request(self) -> CancelOrderRequest | None:
        """The request that cancelled the order, else the last that was refused; None where none was sent."""
        sent = [r for r in self._later() if isinstance(r, CancelOrderRequest)]
        done = [r for r in sent if r.response.is_success]
        return (done or sent)[-1] if sent else None

    def get_most_recent_order_request(self) -> OrderRequest:
        """Return the newest request about this order."""
        return [self.submit_request, *self._later()][-1]

    def get_most_recent_order_response(self) -> OrderResponse:
        """Return the answer to the newest request."""
        return self.get_most_recent_order_request().response

    def _later(self) -> list[UpdateOrderRequest | CancelOrderRequest]:
        log = self._desk.requests.get(self.order.id)
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
