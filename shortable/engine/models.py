"""A security's own models: what its fills cost in commission, and what margin its positions need."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from shortable.engine.orders import Order
from shortable.errors import InvalidInputError

__all__ = [
    "BuyingPowerModel",
    "FeeModel",
    "InteractiveBrokersFeeModel",
    "NullBuyingPower",
    "NullFeeModel",
    "RegTBuyingPower",
]


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
        Per order.
    maximum_fraction : float
        Of the order's value.

    Examples
    --------
    The broker's own: 100 shares at 25.00, 1,000 at 25.00, 1,000 at 0.25, and 10 shares at 0.20, where the cap
    beats the minimum.

    >>> from datetime import datetime
    >>> from shortable.engine import OrderType, TimeInForce
    >>> from shortable.symbol import Symbol
    >>> def fee(quantity, price):
    ...     order = Order(1, Symbol.create("SPY"), 0, OrderType.MARKET, quantity, None, None,
    ...                   TimeInForce.DAY, "", datetime(2024, 1, 2, 16))
    ...     return round(InteractiveBrokersFeeModel().get_order_fee(order, price), 10)
    >>> fee(100, 25.0), fee(1_000, 25.0), fee(1_000, 0.25), fee(10, 0.2)
    (1.0, 5.0, 2.5, 0.02)
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


@runtime_checkable
class BuyingPowerModel(Protocol):
    """Initial margin of one security.

    An order is accepted iff the margin in use after it is at most the account's equity, or the order adds none.
    Margin in use is, summed over securities, `initial_margin` × last price × the largest position, long or short,
    to which the shares held and the resting orders can lead: max(held + open buys, open sells − held). So a
    resting order reserves margin, a closing one needs none, and commissions are not reserved. The check is made
    at submission and when an update enlarges an order, not at the fill; there are no margin calls.
    """

    @property
    def initial_margin(self) -> float:
        """Fraction of a position's value, at least 0; the same for longs and shorts; 0 is never refused."""
        ...


@dataclass(frozen=True, slots=True)
class RegTBuyingPower:
    """Regulation T: half of a position's value, long or short.

    Source: 12 CFR 220.12: 50 % of the market value of a long; 150 % of a short's, of which the sale's own proceeds
    are 100 %.

    Attributes
    ----------
    initial_margin : float
        Above 0 and at most 1.

    Examples
    --------
    >>> RegTBuyingPower().initial_margin, RegTBuyingPower.of_leverage(4).initial_margin
    (0.5, 0.25)
    """

    initial_margin: float = 0.5

    def __post_init__(self) -> None:
        if not (isinstance(self.initial_margin, (int, float)) and 0 < self.initial_margin <= 1):
            raise InvalidInputError(
                "initial_margin", self.initial_margin, "be above 0 and at most 1"
            )

    @classmethod
    def of_leverage(cls, leverage: float) -> RegTBuyingPower:
        """Return the model by which positions worth `leverage` times the equity can be opened."""
        if not (isinstance(leverage, (int, float)) and 1 <= leverage < float("inf")):
            raise InvalidInputError("leverage", leverage, "be a finite number, at least 1")
        return cls(1.0 / leverage)

    def __str__(self) -> str:
        return f"initial margin {self.initial_margin:.0%}"


@dataclass(frozen=True, slots=True)
class NullBuyingPower:
    """Buying power is not checked: no order is refused for want of money."""

    @property
    def initial_margin(self) -> float:
        """Always 0.0."""
        return 0.0

    def __str__(self) -> str:
        return "not checked"
