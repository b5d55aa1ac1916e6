"""Sizes of orders (LEAN: Common/Orders/OrderSizing.cs, Common/Securities/BuyingPowerModelExtensions.cs)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from shortable.lean.models import method
from shortable.lean.names import LeanObject
from shortable.lean.numbers import ZERO, decimal_of
from shortable.lean.securities.buying_power_types import InitialMarginParameters, value_of

__all__ = ["BuyingPowerModelExtensions", "OrderSizing", "adjusted_by_lot_size", "unordered"]

_ERROR = Decimal("0.000001")


def adjusted_by_lot_size(security: Any, quantity: Decimal) -> Decimal:
    """Return a quantity in whole lots, towards zero; what lacks a millionth of a lot counts as whole."""
    lot = security.symbol_properties.exact_lot_size
    rest = abs(quantity) % lot
    if lot - rest < lot * _ERROR:
        rest -= lot
    return (abs(quantity) - rest).copy_sign(quantity) if quantity else ZERO


def unordered(algorithm: Any, target: Any, security: Any = None) -> Decimal:
    """Return how much is still to be ordered for a target, beside what is held and on order."""
    security = algorithm.securities[target.symbol] if security is None else security
    on_order = algorithm.transactions.exact_open_quantity(security.symbol)
    return adjusted_by_lot_size(
        security, decimal_of(target.quantity) - security.holdings.exact_quantity - on_order
    )


class OrderSizing(LeanObject):
    """How large an order may be, as execution models ask."""

    @staticmethod
    def get_unordered_quantity(
        algorithm: Any, target: Any, security: Any = None, account_for_fees: bool = False
    ) -> float:
        """Return how much is still to be ordered for a target, signed; fees are never paid in shares here."""
        return float(unordered(algorithm, target, security))

    @staticmethod
    def get_order_size_for_percent_volume(
        security: Any, maximum_percent_current_volume: float, desired_order_size: float
    ) -> float:
        """Return an order no larger than a fraction of the last bar's volume."""
        return OrderSizing.__at_most(
            security,
            decimal_of(maximum_percent_current_volume) * decimal_of(security.volume),
            desired_order_size,
        )

    @staticmethod
    def get_order_size_for_maximum_value(
        security: Any, maximum_order_value_in_account_currency: float, desired_order_size: float
    ) -> float:
        """Return an order worth no more than an amount of dollars."""
        price = decimal_of(security.price)
        return OrderSizing.__at_most(
            security,
            decimal_of(maximum_order_value_in_account_currency) / price if price else ZERO,
            desired_order_size,
        )

    @staticmethod
    def adjust_by_lot_size(security: Any, quantity: float) -> float:
        """Return a quantity in whole lots, towards zero."""
        return float(adjusted_by_lot_size(security, decimal_of(quantity)))

    @staticmethod
    def __at_most(security: Any, most: Decimal, desired: float) -> float:
        wanted = decimal_of(desired)
        return float(adjusted_by_lot_size(security, min(most, abs(wanted)).copy_sign(wanted)))


class BuyingPowerModelExtensions(LeanObject):
    """LEAN's extension methods of buying power models that execution models call by their class."""

    @staticmethod
    def above_minimum_order_margin_portfolio_percentage(
        model: Any,
        security: Any,
        quantity: float,
        portfolio_manager: Any,
        minimum_order_margin_portfolio_percentage: float,
    ) -> bool:
        """Whether an order needs at least a fraction of the portfolio as margin; always where no margin remains."""
        share = decimal_of(minimum_order_margin_portfolio_percentage)
        if not share:
            return True
        total = portfolio_manager.exact_total_value
        if portfolio_manager.exact_margin_remaining(total) <= 0:
            return True
        margin = value_of(
            method(model, "get_initial_margin_requirement")(
                InitialMarginParameters(security, quantity)
            )
        )
        return bool(abs(margin) >= share * total)
