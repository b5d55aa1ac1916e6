"""Commissions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from shortable.engine.orders import Order
from shortable.errors import InvalidInputError

__all__ = ["FeeModel", "InteractiveBrokersFeeModel", "NullFeeModel"]


@runtime_checkable
class FeeModel(Protocol):
    """What a fill costs in commission."""

    def get_order_fee(self, order: Order, price: float) -> float:
        """Return the commission of filling the whole order at `price`, in the account's currency."""
        ...


@dataclass(frozen=True, slots=True)
class InteractiveBrokersFeeModel:
    """Interactive Brokers' fixed pricing for US stocks: 0.005 a share, at least 1.00 an order, at most 1 % of its value.

    Where the maximum is below the minimum, the maximum is charged. Source: Interactive Brokers,
    "Commissions: Stocks, ETFs, Warrants and Structured Products" (interactivebrokers.com/en/pricing/
    commissions-stocks.php), table "United States, Fixed" with its examples, and its note: "In the event the
    calculated maximum per order is less than the minimum per order, the maximum per order will be assessed."
    Exchange, clearing and regulatory fees on sales are not modelled.

    Attributes
    ----------
    per_share : float
        In the account's currency.
    minimum : float
        An order.
    maximum_fraction : float
        Of the order's value.

    Examples
    --------
    The broker's own: 100 shares at 25.00, 1,000 at 25.00, 1,000 at 0.25, and 10 shares at 0.20, where the cap
    beats the minimum.

    >>> order = Order(1, None, 0, 0, None, None, None, "", None, 0)
    >>> model, fees = InteractiveBrokersFeeModel(), []
    >>> for order.quantity, price in [(100, 25.0), (1000, 25.0), (1000, 0.25), (10, 0.2)]:
    ...     fees.append(round(model.get_order_fee(order, price), 10))
    >>> fees
    [1.0, 5.0, 2.5, 0.02]
    """

    per_share: float = 0.005
    minimum: float = 1.0
    maximum_fraction: float = 0.01

    def __post_init__(self) -> None:
        for name in ("per_share", "minimum", "maximum_fraction"):
            value = getattr(self, name)
            if not (isinstance(value, (int, float)) and 0 <= value < math.inf):
                raise InvalidInputError(name, value, "be a finite number, at least 0")

    def get_order_fee(self, order: Order, price: float) -> float:
        """Return the commission of filling the whole order at `price`."""
        shares = abs(order.quantity)
        fee = shares * self.per_share
        if fee < self.minimum:
            fee = self.minimum
        cap = shares * price * self.maximum_fraction
        return fee if fee < cap else cap

    def __str__(self) -> str:
        return (
            f"Interactive Brokers, fixed: {self.per_share:g} a share, at least {self.minimum:g}, "
            f"at most {self.maximum_fraction:.2g} of the value"
        )


@dataclass(frozen=True, slots=True)
class NullFeeModel:
    """No commission."""

    def get_order_fee(self, order: Order, price: float) -> float:
        """Return 0.0."""
        return 0.0

    def __str__(self) -> str:
        return "none"
