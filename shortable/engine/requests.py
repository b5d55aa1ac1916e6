"""What was asked of the order desk about one order, and what it answered: LEAN's order requests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from shortable.engine.orders import Order
from shortable.engine.responses import OrderResponse, UpdateOrderFields
from shortable.orders import (
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
    "RequestLog",
    "SubmitOrderRequest",
    "UpdateOrderRequest",
]


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """What the three kinds of request share. They are answered at once: none is ever seen unprocessed."""

    order_id: int
    """Number of the order."""
    time: datetime
    """When it was sent, exchange-local."""
    tag: str
    """The user's text."""
    response: OrderResponse
    """What it was answered."""

    @property
    def status(self) -> OrderRequestStatus:
        """``PROCESSED`` where it was carried out, ``ERROR`` where it was refused."""
        return OrderRequestStatus.ERROR if self.response.is_error else OrderRequestStatus.PROCESSED


@dataclass(frozen=True, slots=True)
class SubmitOrderRequest(OrderRequest):
    """The order as it was asked for, whatever has become of it since."""

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
        """Describe the request that an order came from; without a log the order still says all of it."""
        refused = (
            order.status is OrderStatus.INVALID
        )  # which nothing but a refused submission makes of an order
        code = OrderResponseErrorCode(order.error_code) if refused else OrderResponseErrorCode.NONE
        asked = log or RequestLog.of(order)
        return cls(
            order.id,
            order.time,
            asked.tag,
            OrderResponse(order.id, code, order.tag if refused else ""),
            order.symbol,
            order.type,
            asked.quantity,
            asked.limit_price,
            asked.stop_price,
            asked.trailing_amount,
            order.trailing_as_percentage,
        )


@dataclass(frozen=True, slots=True)
class UpdateOrderRequest(OrderRequest):
    """A change that was asked for; None is what it left as it was."""

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
    """A cancellation that was asked for."""

    @property
    def order_request_type(self) -> OrderRequestType:
        """``CANCEL``."""
        return OrderRequestType.CANCEL


@dataclass(slots=True)
class RequestLog:
    """What was asked about one order, where the order itself no longer tells.

    Kept only of orders that need it: most are sent, are filled or refused, and nothing else.
    """

    quantity: int
    """Shares that were asked for when the order was sent."""
    limit_price: float | None
    """Per share, as it was sent."""
    stop_price: float | None
    """Per share, as it was sent."""
    trailing_amount: float | None
    """As it was sent."""
    tag: str
    """The user's text when the order was sent."""
    later: list[UpdateOrderRequest | CancelOrderRequest] = field(default_factory=list)
    """Updates and cancellations, oldest first."""

    @classmethod
    def of(cls, order: Order) -> RequestLog:
        """Take down what an order says now; an invalid one's tag is why, and of those with a text a log was kept."""
        tag = "" if order.status is OrderStatus.INVALID else order.tag
        return cls(order.quantity, order.limit_price, order.stop_price, order.trailing_amount, tag)
