"""What buying power models are asked with, and what they answer."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from shortable.lean.enums import OrderDirection
from shortable.lean.exact import Exact
from shortable.lean.names import LeanObject
from shortable.lean.numbers import decimal_of

if TYPE_CHECKING:
    from shortable.lean.context import Portfolio, Security
    from shortable.lean.orders.order import Order

__all__ = [
    "BuyingPower",
    "BuyingPowerParameters",
    "GetMaximumOrderQuantityForDeltaBuyingPowerParameters",
    "GetMaximumOrderQuantityForTargetBuyingPowerParameters",
    "GetMaximumOrderQuantityResult",
    "HasSufficientBuyingPowerForOrderParameters",
    "HasSufficientBuyingPowerForOrderResult",
    "InitialMargin",
    "InitialMarginParameters",
    "InitialMarginRequiredForOrderParameters",
    "MaintenanceMargin",
    "MaintenanceMarginParameters",
    "ReservedBuyingPowerForPosition",
    "ReservedBuyingPowerForPositionParameters",
    "value_of",
]


class InitialMarginParameters(LeanObject):
    """A security and a number of shares."""

    def __init__(self, security: Security, quantity: float | Decimal) -> None:
        self.security = security
        self.quantity = quantity


class InitialMarginRequiredForOrderParameters(LeanObject):
    """A security and an order."""

    def __init__(self, currency_converter: Any, security: Security, order: Order) -> None:
        self.currency_converter = currency_converter
        self.security = security
        self.order = order


class MaintenanceMarginParameters(LeanObject):
    """A security and what a position in it is worth.

    Attributes
    ----------
    quantity, absolute_quantity : float
    holdings_value, absolute_holdings_value, holdings_cost, absolute_holdings_cost : float
    """

    quantity = Exact()
    holdings_value = Exact()
    holdings_cost = Exact()
    exact_quantity: Decimal
    exact_holdings_value: Decimal
    exact_holdings_cost: Decimal

    def __init__(
        self,
        security: Security,
        quantity: float | Decimal,
        holdings_cost: float | Decimal,
        holdings_value: float | Decimal,
    ) -> None:
        self.security = security
        self.quantity = quantity
        self.holdings_cost = holdings_cost
        self.holdings_value = holdings_value

    @property
    def absolute_quantity(self) -> float:
        """Shares without sign."""
        return abs(self.quantity)

    @property
    def absolute_holdings_value(self) -> float:
        """The value without sign."""
        return abs(self.holdings_value)

    @property
    def absolute_holdings_cost(self) -> float:
        """The cost without sign."""
        return abs(self.holdings_cost)

    @classmethod
    def for_current_holdings(cls, security: Security) -> MaintenanceMarginParameters:
        """Return what is held now."""
        held = security.holdings
        return cls(
            security, held.exact_quantity, held.exact_holdings_cost, held.exact_holdings_value
        )

    @classmethod
    def for_quantity_at_current_price(
        cls, security: Security, quantity: float
    ) -> MaintenanceMarginParameters:
        """Return a number of shares at the current price."""
        value = decimal_of(quantity) * decimal_of(security.price)
        return cls(security, quantity, value, value)


class _Valued(LeanObject):
    value = Exact()
    exact_value: Decimal

    def __init__(self, value: float | Decimal) -> None:
        self.value = value


class InitialMargin(_Valued):
    """What an order needs."""


class MaintenanceMargin(_Valued):
    """What a position needs."""


class BuyingPower(_Valued):
    """What there is for a trade."""


class ReservedBuyingPowerForPosition(LeanObject):
    """What a position uses."""

    absolute_used_buying_power = Exact()
    exact_absolute_used_buying_power: Decimal

    def __init__(self, reserved: float | Decimal) -> None:
        self.absolute_used_buying_power = reserved


class ReservedBuyingPowerForPositionParameters(LeanObject):
    """A security."""

    def __init__(self, security: Security) -> None:
        self.security = security

    def result_in_account_currency(
        self, reserved: float | Decimal
    ) -> ReservedBuyingPowerForPosition:
        """Return the answer for an amount."""
        return ReservedBuyingPowerForPosition(reserved)


class BuyingPowerParameters(LeanObject):
    """A portfolio, a security and a side."""

    def __init__(self, portfolio: Portfolio, security: Security, direction: OrderDirection) -> None:
        self.portfolio = portfolio
        self.security = security
        self.direction = direction

    def result(self, value: float | Decimal, currency: str = "USD") -> BuyingPower:
        """Return the answer for an amount."""
        return BuyingPower(value)

    def result_in_account_currency(self, value: float | Decimal) -> BuyingPower:
        """Return the answer for an amount."""
        return BuyingPower(value)


class HasSufficientBuyingPowerForOrderResult(LeanObject):
    """Whether an order is covered, and why not."""

    def __init__(self, is_sufficient: bool, reason: str | None = None) -> None:
        self.is_sufficient = is_sufficient
        self.reason = reason or ""


class HasSufficientBuyingPowerForOrderParameters(LeanObject):
    """A portfolio, a security and an order."""

    def __init__(self, portfolio: Portfolio, security: Security, order: Order) -> None:
        self.portfolio = portfolio
        self.security = security
        self.order = order

    def sufficient(self) -> HasSufficientBuyingPowerForOrderResult:
        """Return yes."""
        return HasSufficientBuyingPowerForOrderResult(True)

    def insufficient(self, reason: str = "") -> HasSufficientBuyingPowerForOrderResult:
        """Return no."""
        return HasSufficientBuyingPowerForOrderResult(False, reason)


class GetMaximumOrderQuantityResult(LeanObject):
    """How many shares to order.

    Attributes
    ----------
    quantity : float
        Signed.
    reason : str
        Why it is zero.
    is_error : bool
        Whether that is an error.
    """

    quantity = Exact()
    exact_quantity: Decimal

    def __init__(
        self, quantity: float | Decimal, reason: str | None = None, is_error: bool | None = None
    ) -> None:
        self.quantity = quantity
        self.reason = reason or ""
        self.is_error = bool(self.reason) if is_error is None else is_error


class _Target(LeanObject):
    def __init__(
        self,
        portfolio: Portfolio,
        security: Security,
        minimum: float | Decimal,
        silence: bool,
    ) -> None:
        self.portfolio = portfolio
        self.security = security
        self.minimum_order_margin_portfolio_percentage = minimum
        self.silence_non_error_reasons = silence


class GetMaximumOrderQuantityForTargetBuyingPowerParameters(_Target):
    """A portfolio, a security and the share of the portfolio that its margin is to be, signed."""

    target_buying_power = Exact()
    exact_target_buying_power: Decimal

    def __init__(
        self,
        portfolio: Portfolio,
        security: Security,
        target_buying_power: float | Decimal,
        minimum_order_margin_portfolio_percentage: float | Decimal = 0,
        silence_non_error_reasons: bool = False,
    ) -> None:
        super().__init__(
            portfolio,
            security,
            minimum_order_margin_portfolio_percentage,
            silence_non_error_reasons,
        )
        self.target_buying_power = target_buying_power


class GetMaximumOrderQuantityForDeltaBuyingPowerParameters(_Target):
    """A portfolio, a security and by how much its margin is to change, in dollars, signed."""

    delta_buying_power = Exact()
    exact_delta_buying_power: Decimal

    def __init__(
        self,
        portfolio: Portfolio,
        security: Security,
        delta_buying_power: float | Decimal,
        minimum_order_margin_portfolio_percentage: float | Decimal = 0,
        silence_non_error_reasons: bool = False,
    ) -> None:
        super().__init__(
            portfolio,
            security,
            minimum_order_margin_portfolio_percentage,
            silence_non_error_reasons,
        )
        self.delta_buying_power = delta_buying_power


def value_of(answer: Any) -> Decimal:
    """Return the number in a model's answer, which may be a number."""
    exact: Decimal | None = getattr(answer, "__dict__", {}).get("exact_value")
    return decimal_of(getattr(answer, "value", answer)) if exact is None else exact
