"""What all orders have in common."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

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
    from shortable.lean.orders.requests import UpdateOrderRequest
    from shortable.lean.symbols import Symbol

__all__ = ["Order", "OrderSubmissionData"]


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
