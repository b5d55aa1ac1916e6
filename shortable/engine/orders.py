"""Orders and what happens to them: types, statuses and directions with LEAN's numbers, `Order`, `OrderEvent`."""

from __future__ import annotations

from datetime import datetime
from enum import Enum, IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shortable.engine.security import Security
    from shortable.symbol import Symbol

__all__ = ["Order", "OrderDirection", "OrderEvent", "OrderField", "OrderStatus", "OrderType", "TimeInForce"]


class OrderType(IntEnum):
    """How an order fills; LEAN's names and numbers, of which these are modelled.

    LEAN's 6 to 10 (option exercise, limit if touched, combinations) are not.
    """

    MARKET = 0
    LIMIT = 1
    STOP_MARKET = 2
    STOP_LIMIT = 3
    MARKET_ON_OPEN = 4
    MARKET_ON_CLOSE = 5
    TRAILING_STOP = 11


class OrderField(IntEnum):
    """What some types of order have and others have not; LEAN's numbers, for `OrderTicket.get`."""

    LIMIT_PRICE = 0
    STOP_PRICE = 1
    TRIGGER_PRICE = 2
    """Of LEAN's limit-if-touched orders, which are not modelled: no order here has one."""
    TRAILING_AMOUNT = 3
    TRAILING_AS_PERCENTAGE = 4


class OrderDirection(IntEnum):
    """Which way an order goes; LEAN's numbers."""

    BUY = 0
    SELL = 1
    HOLD = 2


class OrderStatus(IntEnum):
    """Where an order stands; LEAN's numbers."""

    NEW = 0
    SUBMITTED = 1
    PARTIALLY_FILLED = 2
    FILLED = 3
    CANCELED = 5
    NONE = 6
    INVALID = 7
    CANCEL_PENDING = 8
    UPDATE_SUBMITTED = 9

    def is_closed(self) -> bool:
        """Whether nothing more can happen to the order: filled, cancelled or invalid.

        Examples
        --------
        >>> OrderStatus.INVALID.is_closed(), OrderStatus.SUBMITTED.is_closed()
        (True, False)
        """
        return self in _CLOSED

    def is_open(self) -> bool:
        """Whether the order may still fill."""
        return not self.is_closed() and self is not OrderStatus.NONE

    def is_fill(self) -> bool:
        """Whether shares changed hands."""
        return self in (OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED)


_CLOSED = frozenset({OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.INVALID})


class TimeInForce(Enum):
    """How long an order rests.

    ``DAY`` expires at the end of the first session in which the order could fill: an order sent at a session's
    close lives through the next session.
    """

    GOOD_TIL_CANCELED = "gtc"
    DAY = "day"


class Order:
    """One order, live: the engine changes it as things happen; change it through its ticket.

    Attributes
    ----------
    id : int
        Numbered from 1 in the order of submission, refused orders included.
    security : Security
        What is traded.
    type : OrderType
    quantity : int
        Shares, negative to sell.
    limit_price, stop_price : float or None
        Per share, where the type has them.
    time_in_force : TimeInForce
    status : OrderStatus
    tag : str
        The user's, or why the order was refused.
    error_code : int
        An `OrderResponseErrorCode`; 0 where the order was accepted.
    time : datetime
        When it was submitted, exchange-local.
    fill_price : float
        Average price of the filled shares, 0.0 before.
    quantity_filled : int
        Shares filled, negative for a sale.
    fee : float
        Commission, in the account's currency.
    last_time : datetime
        When the status last changed.
    expires : int
        Proleptic ordinal of the last session of a ``DAY`` order, else 0.
    """

    __slots__ = (
        "error_code", "expires", "fee", "fill_price", "id", "last_time", "limit_price", "quantity",
        "quantity_filled", "security", "status", "stop_price", "tag", "time", "time_in_force", "type",
    )  # fmt: skip

    def __init__(
        self,
        number: int,
        security: Security,
        order_type: OrderType,
        quantity: int,
        limit_price: float | None,
        stop_price: float | None,
        time_in_force: TimeInForce,
        tag: str,
        time: datetime,
        status: OrderStatus,
    ) -> None:
        self.id = number
        self.security = security
        self.type = order_type
        self.quantity = quantity
        self.limit_price = limit_price
        self.stop_price = stop_price
        self.time_in_force = time_in_force
        self.tag = tag
        self.time = self.last_time = time
        self.status = status
        self.error_code = self.quantity_filled = self.expires = 0
        self.fill_price = self.fee = 0.0

    @property
    def symbol(self) -> Symbol:
        """What is traded."""
        return self.security.symbol

    @property
    def direction(self) -> OrderDirection:
        """Buy or sell."""
        return OrderDirection.BUY if self.quantity > 0 else OrderDirection.SELL

    @property
    def absolute_quantity(self) -> int:
        """Shares, without sign."""
        return abs(self.quantity)

    @property
    def price(self) -> float:
        """Average fill price, 0.0 before; LEAN's name for it."""
        return self.fill_price

    def __repr__(self) -> str:
        return f"<Order {self.id} {self.type.name} {self.quantity:+d} {self.symbol} {self.status.name}>"


class OrderEvent:
    """One thing that happened to an order.

    Attributes
    ----------
    order_id : int
    symbol : Symbol
    time : datetime
        Exchange-local time of the bar in which it happened.
    status : OrderStatus
        The order's, after the event.
    quantity : int
        The order's shares, signed.
    fill_quantity : int
        Shares filled in this event, signed.
    fill_price : float
        Per share; 0.0 where nothing filled.
    order_fee : float
        Commission charged with this event.
    message : str
        Why, where there is a why: the tag of a refusal, "expired".
    """

    __slots__ = (
        "fill_price", "fill_quantity", "message", "order_fee", "order_id", "quantity", "status", "symbol", "time",
    )  # fmt: skip

    def __init__(
        self,
        order_id: int,
        symbol: Symbol,
        time: datetime,
        status: OrderStatus,
        quantity: int,
        fill_quantity: int,
        fill_price: float,
        order_fee: float,
        message: str,
    ) -> None:
        self.order_id = order_id
        self.symbol = symbol
        self.time = time
        self.status = status
        self.quantity = quantity
        self.fill_quantity = fill_quantity
        self.fill_price = fill_price
        self.order_fee = order_fee
        self.message = message

    @property
    def direction(self) -> OrderDirection:
        """Buy or sell."""
        return OrderDirection.BUY if self.quantity > 0 else OrderDirection.SELL

    @property
    def absolute_fill_quantity(self) -> int:
        """Shares filled, without sign."""
        return abs(self.fill_quantity)

    def __repr__(self) -> str:
        filled = f" {self.fill_quantity:+d} at {self.fill_price:g}" if self.fill_quantity else ""
        why = f" ({self.message})" if self.message else ""
        return f"<OrderEvent {self.order_id} {self.symbol} {self.status.name}{filled}{why}>"
