"""Orders: what they have in common, and one class a type."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from shortable.errors import InvalidInputError
from shortable.lean.enums import (
    DataNormalizationMode,
    OrderDirection,
    OrderStatus,
    OrderType,
    SecurityType,
)
from shortable.lean.exact import Exact
from shortable.lean.names import LeanObject
from shortable.lean.numbers import ZERO, decimal_of
from shortable.lean.orders.properties import OrderProperties, TimeInForce

if TYPE_CHECKING:
    from shortable.lean.orders.requests import SubmitOrderRequest, UpdateOrderRequest
    from shortable.lean.symbols import Symbol

__all__ = [
    "LimitIfTouchedOrder",
    "LimitOrder",
    "MarketOnCloseOrder",
    "MarketOnOpenOrder",
    "MarketOrder",
    "Order",
    "OrderSubmissionData",
    "StopLimitOrder",
    "StopMarketOrder",
    "TrailingStopOrder",
    "create_order",
    "trailing_stop_price",
]


class OrderSubmissionData(LeanObject):
    """Prices as an order was sent (LEAN: Common/Orders/OrderSubmissionData.cs).

    Attributes
    ----------
    bid_price, ask_price, last_price : float
    """

    def __init__(self, bid_price: float, ask_price: float, last_price: float) -> None:
        self.bid_price, self.ask_price, self.last_price = bid_price, ask_price, last_price


class Order(LeanObject):
    """One order.

    Attributes
    ----------
    id : int
        From 1, refused orders included.
    symbol : Symbol
    quantity : float
        Shares, negative to sell.
    price : float
        Average of its fills, 0.0 before.
    status : OrderStatus
    time : datetime
        When it was submitted, UTC.
    exchange_time : datetime
        The same, naive New York.
    tag : str
    last_fill_time, last_update_time, canceled_time : datetime or None
    """

    type: ClassVar[OrderType]
    quantity = Exact()
    price = Exact()
    exact_quantity: Decimal
    exact_price: Decimal

    def __init__(
        self,
        symbol: Symbol,
        quantity: float | Decimal,
        time: datetime,
        tag: str | None = "",
        properties: OrderProperties | None = None,
    ) -> None:
        self.id = 0
        self.contingent_id = 0
        self.broker_id: list[str] = []
        self.symbol = symbol
        self.quantity = quantity
        self.price = ZERO
        self.price_currency = "USD"
        self.time = self.created_time = time
        self.exchange_time: datetime = time.replace(tzinfo=None)
        self.expiry: datetime | None = None
        self.last_fill_time: datetime | None = None
        self.last_update_time: datetime | None = None
        self.canceled_time: datetime | None = None
        self.status = OrderStatus.NEW
        self.tag = tag or ""
        self.properties = OrderProperties() if properties is None else properties.clone()
        self.order_submission_data: OrderSubmissionData | None = None
        self.price_adjustment_mode = DataNormalizationMode.ADJUSTED
        self._events = 0

    @property
    def time_in_force(self) -> TimeInForce:
        """How long it rests."""
        return self.properties.time_in_force

    @property
    def security_type(self) -> SecurityType:
        """The symbol's."""
        return self.symbol.security_type

    @property
    def direction(self) -> OrderDirection:
        """Buy, sell, or hold where the quantity is 0."""
        if self.exact_quantity > 0:
            return OrderDirection.BUY
        return OrderDirection.SELL if self.exact_quantity < 0 else OrderDirection.HOLD

    @property
    def absolute_quantity(self) -> float:
        """Shares without sign."""
        return abs(self.quantity)

    @property
    def value(self) -> float:
        """Quantity times price, signed."""
        return float(self.exact_quantity * self.exact_price)

    @property
    def is_marketable(self) -> bool:
        """Whether its price had been reached when it was sent."""
        return self.type == OrderType.MARKET

    def exact_value(self, security: Any) -> Decimal:
        """Return the value that margin is asked for: quantity times what it can fill at, signed."""
        return self.exact_quantity * self._value_price(decimal_of(security.price))

    def _value_price(self, price: Decimal) -> Decimal:
        return price

    def get_value(self, security: Any) -> float:
        """Return the order's value at today's prices, signed."""
        return float(self.exact_value(security))

    def get_default_tag(self) -> str:
        """Return the tag of an order that was given none."""
        return ""

    def next_event_id(self) -> int:
        """Number the order's events from 1."""
        self._events += 1
        return self._events

    def apply_update(self, request: UpdateOrderRequest) -> None:
        """Change what the request changes."""
        if request.exact_quantity is not None:
            self.quantity = request.exact_quantity
        if request.tag is not None:
            self.tag = request.tag

    def apply_update_order_request(self, request: UpdateOrderRequest) -> None:
        """Change what the request changes: of a copy, which is all that algorithms get, without consequence."""
        self.apply_update(request)

    def clone(self) -> Order:
        """Return a copy: changing it changes nothing."""
        copy = type(self).__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy.broker_id = list(self.broker_id)
        return copy

    def __str__(self) -> str:
        tag = f". Tag: {self.tag}" if self.tag else ""
        return (
            f"OrderId: {self.id} (BrokerId: {','.join(self.broker_id)}) {self.status} {self.type} order for "
            f"{self.quantity:g} unit{'' if self.quantity == 1 else 's'} of {self.symbol}{tag}"
        )

    __repr__ = __str__


class MarketOrder(Order):
    """Fills at once, at the market."""

    type = OrderType.MARKET


class MarketOnOpenOrder(Order):
    """Fills in the next opening auction."""

    type = OrderType.MARKET_ON_OPEN


class MarketOnCloseOrder(Order):
    """Fills in the next closing auction."""

    type = OrderType.MARKET_ON_CLOSE

    # LEAN's default: an order later than this many seconds before the close is refused (15.5 minutes).
    DEFAULT_SUBMISSION_TIME_BUFFER_SECONDS: ClassVar[float] = 930.0


class LimitOrder(Order):
    """Fills at its limit price or better."""

    type = OrderType.LIMIT
    limit_price = Exact()
    exact_limit_price: Decimal

    def __init__(
        self,
        symbol: Symbol,
        quantity: float | Decimal,
        limit_price: float | Decimal,
        time: datetime,
        tag: str | None = "",
        properties: OrderProperties | None = None,
    ) -> None:
        super().__init__(symbol, quantity, time, tag, properties)
        self.limit_price = limit_price

    def _value_price(self, price: Decimal) -> Decimal:
        return _limited(self.exact_quantity, self.exact_limit_price, price)

    def get_default_tag(self) -> str:
        """Return the tag of an order that was given none."""
        return f"Limit Price: ${_money(self.exact_limit_price)}"

    def apply_update(self, request: UpdateOrderRequest) -> None:
        """Change what the request changes."""
        super().apply_update(request)
        if request.exact_limit_price is not None:
            self.limit_price = request.exact_limit_price


class StopMarketOrder(Order):
    """Becomes a market order once its stop price is reached."""

    type = OrderType.STOP_MARKET
    stop_price = Exact()
    exact_stop_price: Decimal

    def __init__(
        self,
        symbol: Symbol,
        quantity: float | Decimal,
        stop_price: float | Decimal,
        time: datetime,
        tag: str | None = "",
        properties: OrderProperties | None = None,
    ) -> None:
        super().__init__(symbol, quantity, time, tag, properties)
        self.stop_price = stop_price

    def _value_price(self, price: Decimal) -> Decimal:
        return _limited(self.exact_quantity, self.exact_stop_price, price)

    def get_default_tag(self) -> str:
        """Return the tag of an order that was given none."""
        return f"Stop Price: ${_money(self.exact_stop_price)}"

    def apply_update(self, request: UpdateOrderRequest) -> None:
        """Change what the request changes."""
        super().apply_update(request)
        if request.exact_stop_price is not None:
            self.stop_price = request.exact_stop_price


class TrailingStopOrder(StopMarketOrder):
    """A stop that follows the market at a distance.

    Attributes
    ----------
    trailing_amount : float
        The distance, in dollars or as a fraction.
    trailing_as_percentage : bool
        Whether it is a fraction.
    """

    type = OrderType.TRAILING_STOP
    trailing_amount = Exact()
    exact_trailing_amount: Decimal

    def __init__(
        self,
        symbol: Symbol,
        quantity: float | Decimal,
        stop_price: float | Decimal,
        trailing_amount: float | Decimal,
        trailing_as_percentage: bool,
        time: datetime,
        tag: str | None = "",
        properties: OrderProperties | None = None,
    ) -> None:
        super().__init__(symbol, quantity, stop_price, time, tag, properties)
        self.trailing_amount = trailing_amount
        self.trailing_as_percentage = trailing_as_percentage

    def follow(self, market: Decimal) -> bool:
        """Move the stop after the market where that brings it nearer; return whether it moved.

        Examples
        --------
        A sell stop 2 below: the market at 105 moves it from 98 to 103, the market at 101 leaves it there.

        >>> order = TrailingStopOrder(None, -1, 98, 2, False, datetime(2024, 1, 2))
        >>> order.follow(Decimal(105)), order.stop_price, order.follow(Decimal(101)), order.stop_price
        (True, 103.0, False, 103.0)
        """
        sell = self.direction == OrderDirection.SELL
        stop = trailing_stop_price(
            market, self.exact_trailing_amount, self.trailing_as_percentage, sell
        )
        if stop <= self.exact_stop_price if sell else stop >= self.exact_stop_price:
            return False
        self.stop_price = stop
        return True

    def get_default_tag(self) -> str:
        """Return the tag of an order that was given none."""
        amount = self.exact_trailing_amount
        shown = f"{_money(amount * 100)}%" if self.trailing_as_percentage else f"${_money(amount)}"
        return f"Trailing Amount: {shown}"

    def apply_update(self, request: UpdateOrderRequest) -> None:
        """Change what the request changes."""
        super().apply_update(request)
        if request.exact_trailing_amount is not None:
            self.trailing_amount = request.exact_trailing_amount


class StopLimitOrder(LimitOrder):
    """Becomes a limit order once its stop price is reached."""

    type = OrderType.STOP_LIMIT
    stop_price = Exact()
    exact_stop_price: Decimal

    def __init__(
        self,
        symbol: Symbol,
        quantity: float | Decimal,
        stop_price: float | Decimal,
        limit_price: float | Decimal,
        time: datetime,
        tag: str | None = "",
        properties: OrderProperties | None = None,
    ) -> None:
        super().__init__(symbol, quantity, limit_price, time, tag, properties)
        self.stop_price = stop_price
        self.stop_triggered = False

    def get_default_tag(self) -> str:
        """Return the tag of an order that was given none."""
        return f"Stop Price: ${_money(self.exact_stop_price)} Limit Price: ${_money(self.exact_limit_price)}"

    def apply_update(self, request: UpdateOrderRequest) -> None:
        """Change what the request changes."""
        super().apply_update(request)
        if request.exact_stop_price is not None:
            self.stop_price = request.exact_stop_price


class LimitIfTouchedOrder(LimitOrder):
    """Becomes a limit order once its trigger price is touched."""

    type = OrderType.LIMIT_IF_TOUCHED
    trigger_price = Exact()
    exact_trigger_price: Decimal

    def __init__(
        self,
        symbol: Symbol,
        quantity: float | Decimal,
        trigger_price: float | Decimal,
        limit_price: float | Decimal,
        time: datetime,
        tag: str | None = "",
        properties: OrderProperties | None = None,
    ) -> None:
        super().__init__(symbol, quantity, limit_price, time, tag, properties)
        self.trigger_price = trigger_price
        self.trigger_touched = False

    def get_default_tag(self) -> str:
        """Return the tag of an order that was given none."""
        return f"Trigger Price: ${_money(self.exact_trigger_price)} Limit Price: ${_money(self.exact_limit_price)}"

    def apply_update(self, request: UpdateOrderRequest) -> None:
        """Change what the request changes."""
        super().apply_update(request)
        if request.exact_trigger_price is not None:
            self.trigger_price = request.exact_trigger_price


def create_order(request: SubmitOrderRequest) -> Order:
    """Return the order that a request asks for.

    Raises
    ------
    InvalidInputError
        Its type is not modelled.
    """
    symbol, quantity, time = request.symbol, request.exact_quantity, request.time
    rest = (time, request.tag, request.order_properties)
    limit, stop = request.exact_limit_price, request.exact_stop_price
    order: Order
    match request.order_type:
        case OrderType.MARKET:
            order = MarketOrder(symbol, quantity, *rest)
        case OrderType.LIMIT:
            order = LimitOrder(symbol, quantity, limit, *rest)
        case OrderType.STOP_MARKET:
            order = StopMarketOrder(symbol, quantity, stop, *rest)
        case OrderType.STOP_LIMIT:
            order = StopLimitOrder(symbol, quantity, stop, limit, *rest)
        case OrderType.TRAILING_STOP:
            order = TrailingStopOrder(
                symbol,
                quantity,
                stop,
                request.exact_trailing_amount,
                request.trailing_as_percentage,
                *rest,
            )
        case OrderType.LIMIT_IF_TOUCHED:
            order = LimitIfTouchedOrder(symbol, quantity, request.exact_trigger_price, limit, *rest)
        case OrderType.MARKET_ON_OPEN:
            order = MarketOnOpenOrder(symbol, quantity, *rest)
        case OrderType.MARKET_ON_CLOSE:
            order = MarketOnCloseOrder(symbol, quantity, *rest)
        case _:
            raise InvalidInputError(
                "order_type",
                request.order_type,
                "be one for equities",
                "Modelled: market, limit, stop, stop-limit, trailing stop, limit if touched, on open, on close.",
            )
    order.id = request.order_id
    return order


def trailing_stop_price(
    market: Decimal, amount: Decimal, as_percentage: bool, sell: bool
) -> Decimal:
    """Return the stop at its distance from the market: below it for a sale, above it for a purchase."""
    distance = market * amount if as_percentage else amount
    return market - distance if sell else market + distance


def _limited(quantity: Decimal, limit: Decimal, price: Decimal) -> Decimal:
    """Return the price at which LEAN values an order: of a sale the higher, of a purchase the lower of the two."""
    return min(limit, price) if quantity > 0 else max(limit, price)


def _money(number: Decimal) -> str:
    return format(number.normalize(), "f")
