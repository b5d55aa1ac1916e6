"""What happened to an order, and what it cost."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from shortable.lean.enums import OrderDirection, OrderStatus
from shortable.lean.exact import Exact, OptionalExact
from shortable.lean.names import LeanObject
from shortable.lean.numbers import ZERO

if TYPE_CHECKING:
    from shortable.lean.orders.order import Order
    from shortable.lean.symbols import Symbol

__all__ = ["CashAmount", "OrderEvent", "OrderFee"]

_PRICES = ("exact_limit_price", "exact_stop_price", "exact_trigger_price", "exact_trailing_amount")


class CashAmount(LeanObject):
    """An amount of a currency."""

    amount = Exact()
    exact_amount: Decimal

    def __init__(self, amount: float | Decimal, currency: str = "USD") -> None:
        self.amount = amount
        self.currency = currency

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, CashAmount)
            and self.exact_amount == other.exact_amount
            and self.currency == other.currency
        )

    def __hash__(self) -> int:
        return hash((self.exact_amount, self.currency))

    def __str__(self) -> str:
        return f"{self.exact_amount} {self.currency}"


class OrderFee(LeanObject):
    """What the broker takes for a fill.

    Attributes
    ----------
    value : CashAmount
    """

    ZERO: ClassVar[OrderFee]
    Zero: ClassVar[OrderFee]

    def __init__(self, value: CashAmount) -> None:
        self.value = value

    def __str__(self) -> str:
        return str(self.value)


OrderFee.ZERO = OrderFee.Zero = OrderFee(CashAmount(ZERO))


class OrderEvent(LeanObject):
    """One thing that happened to an order.

    Attributes
    ----------
    id : int
        Number among the order's events, from 1.
    order_id : int
    symbol : Symbol
    utc_time : datetime
    status : OrderStatus
        The order's, after the event.
    order_fee : OrderFee
    fill_price : float
    fill_price_currency : str
    fill_quantity : float
        Signed.
    direction : OrderDirection
    message : str
    quantity, limit_price, stop_price, trigger_price, trailing_amount : float or None
        The order's, at that time.
    ticket : OrderTicket
    """

    fill_price = Exact()
    fill_quantity = Exact()
    quantity = Exact()
    limit_price = OptionalExact()
    stop_price = OptionalExact()
    trigger_price = OptionalExact()
    trailing_amount = OptionalExact()
    exact_fill_price: Decimal
    exact_fill_quantity: Decimal
    exact_quantity: Decimal
    ticket: object
    id: int
    order_id: int
    symbol: Symbol
    utc_time: datetime
    status: OrderStatus
    direction: OrderDirection
    order_fee: OrderFee
    message: str
    fill_price_currency: str

    def __init__(
        self,
        order: Order,
        utc_time: datetime,
        order_fee: OrderFee = OrderFee.ZERO,
        message: str = "",
    ) -> None:
        # In one go: fill models make one event for each resting order at each step.
        self.__dict__.update(
            id=0,
            order_id=order.id,
            symbol=order.symbol,
            utc_time=utc_time,
            status=order.status,
            direction=order.direction,
            order_fee=order_fee,
            message=message,
            is_assignment=False,
            is_in_the_money=False,
            fill_price_currency=order.price_currency,
            exact_fill_price=ZERO,
            exact_fill_quantity=ZERO,
        )
        self.describe(order)

    def describe(self, order: Order) -> None:
        """Note the order's quantity and prices."""
        told, of = self.__dict__, order.__dict__
        told["exact_quantity"] = of["exact_quantity"]
        for name in _PRICES:
            told[name] = of.get(name)

    @property
    def absolute_fill_quantity(self) -> float:
        """Shares filled, without sign."""
        return abs(self.fill_quantity)

    @property
    def absolute_quantity(self) -> float:
        """Shares ordered, without sign."""
        return abs(self.quantity)

    def clone(self) -> Any:
        """Return a copy."""
        copy = type(self).__new__(type(self))
        copy.__dict__.update(self.__dict__)
        return copy

    def __str__(self) -> str:
        filled = self.exact_fill_quantity
        text = (
            f"Time: {self.utc_time:%m/%d/%Y %H:%M:%S} OrderID: {self.order_id} EventID: {self.id} Symbol: "
            f"{self.symbol.value} Status: {self.status} Quantity: {_shown(self.exact_quantity)}"
        )
        if filled:
            text += f" FillQuantity: {_shown(filled)} FillPrice: {_shown(self.exact_fill_price)} {self.fill_price_currency}"
        for label, value in (
            ("LimitPrice", self.limit_price),
            ("StopPrice", self.stop_price),
            ("TrailingAmount", self.trailing_amount),
            ("TriggerPrice", self.trigger_price),
        ):
            if value is not None:
                text += f" {label}: {value:g}"
        if self.order_fee.value.exact_amount:
            text += f" OrderFee: {self.order_fee}"
        return text + (f" Message: {self.message}" if self.message else "")

    __repr__ = __str__


def _shown(number: Decimal) -> str:
    return format(number.normalize(), "f")
