"""Orders and what happens to them: `Order` and its kinds, `OrderEvent`, and the checks on an order's arguments."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shortable.errors import InvalidInputError
from shortable.orders import OrderDirection, OrderStatus, OrderType, TimeInForce
from shortable.shares import positive_price
from shortable.symbol import Symbol

__all__ = [
    "Order",
    "OrderEvent",
    "StopLimitOrder",
    "TrailingStopOrder",
    "text_of",
    "trailing_amount_of",
]

_SUBMITTED = OrderStatus.SUBMITTED


class Order:
    """One order, live: the engine changes it as things happen. To change it yourself, use its ticket.

    Attributes
    ----------
    id : int
        Numbered from 1 in the order of submission, refused orders included.
    symbol : Symbol
        What is traded.
    column : int
        Position of its security among those subscribed.
    type : OrderType
    quantity : int
        Shares, negative to sell.
    limit_price, stop_price : float or None
        Per share, where the type has them.
    time_in_force : TimeInForce
    status : OrderStatus
    tag : str
        Your text, or why the order was refused.
    error_code : int
        An `OrderResponseErrorCode`; 0 where the order was accepted.
    time : datetime
        When it was submitted, exchange-local.
    fill_price : float
        Average price of the filled shares, 0.0 before.
    quantity_filled : int
        Shares filled, negative for a sale.
    commission : float
        In the account's currency.
    last_time : datetime
        When the status last changed, exchange-local.
    expires : int
        Proleptic ordinal of the last session of a ``DAY`` order, else 0.
    trailing_amount : float or None
    trailing_as_percentage : bool
    stop_triggered : bool
        See `TrailingStopOrder` and `StopLimitOrder`; None and False in all other types.
    """

    # Class attributes: most orders are market orders, which have none of these and should not pay for them.
    trailing_amount: float | None = None
    trailing_as_percentage = False
    stop_triggered = False

    __slots__ = (
        "column",
        "commission",
        "error_code",
        "expires",
        "fill_price",
        "id",
        "last_time",
        "limit_price",
        "quantity",
        "quantity_filled",
        "status",
        "stop_price",
        "symbol",
        "tag",
        "time",
        "time_in_force",
        "type",
    )

    def __init__(
        self,
        number: int,
        symbol: Symbol,
        column: int,
        order_type: OrderType,
        quantity: int,
        limit_price: float | None,
        stop_price: float | None,
        time_in_force: TimeInForce,
        tag: str,
        time: datetime,
    ) -> None:
        self.id = number
        self.symbol = symbol
        self.column = column
        self.type = order_type
        self.quantity = quantity
        self.limit_price = limit_price
        self.stop_price = stop_price
        self.time_in_force = time_in_force
        self.tag = tag
        self.time = self.last_time = time
        self.status = _SUBMITTED
        self.error_code = self.quantity_filled = self.expires = 0
        self.fill_price = self.commission = 0.0

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


class StopLimitOrder(Order):
    """A limit order that waits for its stop.

    Attributes
    ----------
    stop_triggered : bool
        Whether the stop has been reached; from then on it is a limit order, and its stop price means nothing.
    """

    __slots__ = ("stop_triggered",)

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.stop_triggered = False


class TrailingStopOrder(Order):
    """A stop whose `stop_price` follows the price at a distance, never away from it.

    Attributes
    ----------
    trailing_amount : float
        The distance: an amount of money a share, or a fraction of the price (0.05 is 5 %).
    trailing_as_percentage : bool
        Whether it is a fraction.
    """

    __slots__ = ("trailing_amount", "trailing_as_percentage")

    trailing_amount: float
    trailing_as_percentage: bool

    def stop_at(self, price: float) -> float:
        """Return the stop price at the trailing distance from `price`: below it to sell, above it to buy.

        Examples
        --------
        >>> order = TrailingStopOrder(1, Symbol.create("SPY"), 0, OrderType.TRAILING_STOP, -5, None, None,
        ...                           TimeInForce.DAY, "", datetime(2024, 1, 2, 16))
        >>> order.trailing_amount, order.trailing_as_percentage = 0.25, True
        >>> order.stop_at(40.0)
        30.0
        """
        distance = (
            price * self.trailing_amount if self.trailing_as_percentage else self.trailing_amount
        )
        return price - distance if self.quantity < 0 else price + distance


class OrderEvent:
    """One thing that happened to an order.

    Attributes
    ----------
    order_id : int
    symbol : Symbol
    time : datetime
        When it happened, exchange-local; see S18 in the engine's README for fills.
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
        The reason where there is one: the tag of a refusal, "expired".
    """

    __slots__ = (
        "fill_price",
        "fill_quantity",
        "message",
        "order_fee",
        "order_id",
        "quantity",
        "status",
        "symbol",
        "time",
    )

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
        reason = f" ({self.message})" if self.message else ""
        return f"<OrderEvent {self.order_id} {self.symbol} {self.status.name}{filled}{reason}>"


def trailing_amount_of(value: object, as_percentage: bool) -> float:
    """Return the distance at which a stop trails.

    Parameters
    ----------
    value : float
        An amount of money a share, or a fraction of the price.
    as_percentage : bool
        Whether it is a fraction.

    Raises
    ------
    InvalidInputError
        Not a finite number above 0, or a fraction of 1 or more.
    """
    amount = positive_price("trailing_amount", value)
    if as_percentage and amount >= 1:
        raise InvalidInputError("trailing_amount", value, "be a fraction below 1", "5 % is 0.05.")
    return amount


def text_of(name: str, value: object) -> str:
    """Return a text.

    Raises
    ------
    InvalidInputError
        Not a string.
    """
    if not isinstance(value, str):
        raise InvalidInputError(name, value, "be a string")
    return value
