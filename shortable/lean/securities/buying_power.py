"""How much of the account a position needs (LEAN: Common/Securities/BuyingPowerModel.cs)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from shortable.errors import InvalidInputError
from shortable.lean.enums import OrderDirection
from shortable.lean.models import method
from shortable.lean.names import LeanObject
from shortable.lean.numbers import ZERO, decimal_of
from shortable.lean.orders.order import MarketOrder
from shortable.lean.securities.buying_power_types import (
    BuyingPower,
    BuyingPowerParameters,
    GetMaximumOrderQuantityForDeltaBuyingPowerParameters,
    GetMaximumOrderQuantityForTargetBuyingPowerParameters,
    GetMaximumOrderQuantityResult,
    HasSufficientBuyingPowerForOrderParameters,
    HasSufficientBuyingPowerForOrderResult,
    InitialMargin,
    InitialMarginParameters,
    InitialMarginRequiredForOrderParameters,
    MaintenanceMargin,
    MaintenanceMarginParameters,
    ReservedBuyingPowerForPosition,
    ReservedBuyingPowerForPositionParameters,
    value_of,
)
from shortable.lean.securities.order_size import amount_to_order, no_price, shown

if TYPE_CHECKING:
    from shortable.lean.context import Portfolio, Security

__all__ = [
    "BuyingPowerModel",
    "NullBuyingPowerModel",
    "PatternDayTradingMarginModel",
    "SecurityMarginModel",
]


class BuyingPowerModel(LeanObject):
    """A position needs a constant share of its value, and an order that of its own and the fee.

    Takes LEAN's overloads: a leverage and the share of the account to keep free, or initial margin, maintenance margin
    and that share.

    Attributes
    ----------
    required_free_buying_power_percent : float
        Share of the account's value that no order may use.
    """

    NULL: ClassVar[BuyingPowerModel]
    Null: ClassVar[BuyingPowerModel]
    # Users' subclasses may not call this class's __init__: then there is no leverage, as in LEAN.
    _initial = _maintenance = Decimal(1)
    _free = ZERO

    def __init__(
        self,
        leverage: float | Decimal = 1,
        maintenance_margin_requirement: float | Decimal | None = None,
        required_free_buying_power_percent: float | Decimal | None = None,
    ) -> None:
        first = decimal_of(leverage)
        if (
            required_free_buying_power_percent is not None
            and maintenance_margin_requirement is not None
        ):
            self._initial, self._maintenance = first, decimal_of(maintenance_margin_requirement)
            self._free = decimal_of(required_free_buying_power_percent)
            for name, share in (
                ("initial_margin_requirement", self._initial),
                ("maintenance_margin_requirement", self._maintenance),
            ):
                if not 0 <= share <= 1:
                    raise InvalidInputError(name, float(share), "be between 0 and 1")
        else:
            free = maintenance_margin_requirement or required_free_buying_power_percent or 0
            self._free = decimal_of(free)
            self.set_leverage(None, first)
        if not 0 <= self._free <= 1:
            raise InvalidInputError(
                "required_free_buying_power_percent", float(self._free), "be between 0 and 1"
            )

    @property
    def required_free_buying_power_percent(self) -> float:
        """Share of the account's value that no order may use."""
        return float(self._free)

    def get_leverage(self, security: Security) -> float:
        """Return how many times the account a position may be worth."""
        return float(1 / self._initial)

    def set_leverage(self, security: Security | None, leverage: float | Decimal) -> None:
        """Say so; at least 1."""
        number = decimal_of(leverage)
        if number < 1:
            raise InvalidInputError("leverage", float(leverage), "be at least 1")
        self._initial = self._maintenance = 1 / number

    # -- margins --------------------------------------------------------------------------------------------------
    def get_initial_margin_requirement(self, parameters: InitialMarginParameters) -> Any:
        """Return what a number of shares needs to be opened, signed."""
        price = decimal_of(parameters.security.price)
        return InitialMargin(price * decimal_of(parameters.quantity) * self._initial)

    def get_initial_margin_required_for_order(
        self, parameters: InitialMarginRequiredForOrderParameters
    ) -> Any:
        """Return what an order needs, its fee included, signed."""
        fee = parameters.security.order_fee(parameters.order).value.exact_amount
        margin = self._initial_margin(parameters.security, parameters.order.exact_quantity)
        return InitialMargin(margin + (fee if margin > 0 else -fee if margin < 0 else ZERO))

    def get_maintenance_margin(self, parameters: MaintenanceMarginParameters) -> Any:
        """Return what a position needs."""
        return MaintenanceMargin(abs(parameters.exact_holdings_value) * self._maintenance)

    def _initial_margin(self, security: Security, quantity: Decimal) -> Decimal:
        return value_of(
            self.get_initial_margin_requirement(InitialMarginParameters(security, quantity))
        )

    def _maintenance_margin(self, security: Security) -> Decimal:
        asked = MaintenanceMarginParameters.for_current_holdings(security)
        return value_of(self.get_maintenance_margin(asked))

    def get_margin_remaining(
        self, portfolio: Portfolio, security: Security, direction: OrderDirection
    ) -> Decimal:
        """Return what there is for a trade: against a position, what that frees counts too."""
        total = portfolio.exact_total_value
        result = portfolio.exact_margin_remaining(total)
        held = security.holdings
        against = (held.is_long and direction == OrderDirection.SELL) or (
            held.is_short and direction == OrderDirection.BUY
        )
        if against:
            result += self._maintenance_margin(security)
            result += self._initial_margin(security, abs(held.exact_quantity))
        return max(result - total * self._free, ZERO)

    def get_buying_power(self, parameters: BuyingPowerParameters) -> BuyingPower:
        """Return what there is for a trade."""
        return BuyingPower(
            self.get_margin_remaining(
                parameters.portfolio, parameters.security, parameters.direction
            )
        )

    def get_reserved_buying_power_for_position(
        self, parameters: ReservedBuyingPowerForPositionParameters
    ) -> ReservedBuyingPowerForPosition:
        """Return what a position uses."""
        return ReservedBuyingPowerForPosition(self._maintenance_margin(parameters.security))

    # -- orders ---------------------------------------------------------------------------------------------------
    def has_sufficient_buying_power_for_order(
        self, parameters: HasSufficientBuyingPowerForOrderParameters
    ) -> HasSufficientBuyingPowerForOrderResult:
        """Say whether an order is covered. One that only reduces a position always is."""
        security, order, portfolio = parameters.security, parameters.order, parameters.portfolio
        quantity, held = order.exact_quantity, security.holdings.exact_quantity
        if not quantity:
            return parameters.sufficient()
        ticket = portfolio.transactions.get_order_ticket(order.id)
        if ticket is None:
            return parameters.insufficient(f"Null order ticket for id: {order.id}")
        if held * quantity < 0 and abs(held) >= abs(quantity):
            return parameters.sufficient()
        free = self.get_margin_remaining(portfolio, security, order.direction)
        asked = InitialMarginRequiredForOrderParameters(portfolio.cash_book, security, order)
        needed = value_of(self.get_initial_margin_required_for_order(asked))
        unfilled = (abs(quantity) - abs(ticket.exact_quantity_filled)) / abs(quantity)
        needed *= unfilled
        if abs(needed) > free:
            return parameters.insufficient(
                f"Id: {order.id}, Initial Margin: {shown(needed)}, Free Margin: {shown(free)}"
            )
        return parameters.sufficient()

    def get_maximum_order_quantity_for_delta_buying_power(
        self, parameters: GetMaximumOrderQuantityForDeltaBuyingPowerParameters
    ) -> GetMaximumOrderQuantityResult:
        """Return the order that changes a position's margin by an amount; margin calls ask."""
        security, portfolio = parameters.security, parameters.portfolio
        asked = ReservedBuyingPowerForPositionParameters(security)
        used = method(security.buying_power_model, "get_reserved_buying_power_for_position")(asked)
        signed = decimal_of(used.absolute_used_buying_power) * (
            1 if security.holdings.is_long else -1
        )
        total = portfolio.exact_total_value
        target = (signed + parameters.exact_delta_buying_power) / total if total else ZERO
        return self.get_maximum_order_quantity_for_target_buying_power(
            GetMaximumOrderQuantityForTargetBuyingPowerParameters(
                portfolio,
                security,
                target,
                parameters.minimum_order_margin_portfolio_percentage,
                parameters.silence_non_error_reasons,
            )
        )

    def get_maximum_order_quantity_for_target_buying_power(
        self, parameters: GetMaximumOrderQuantityForTargetBuyingPowerParameters
    ) -> GetMaximumOrderQuantityResult:
        """Return the largest order after which the position's margin is at most a share of the account, fees paid."""
        security, portfolio = parameters.security, parameters.portfolio
        total, held = portfolio.exact_total_value, security.holdings.exact_quantity
        free, target_share = total * self._free, parameters.exact_target_buying_power
        target = target_share * (total - free)
        if not target:
            return GetMaximumOrderQuantityResult(-held, "", False)
        current = self._initial_margin(security, held)
        unit = self._initial_margin(security, Decimal(1))
        if not unit:
            return GetMaximumOrderQuantityResult(0, no_price(security))
        quiet = parameters.silence_non_error_reasons
        margin = abs(target - current)
        minimum = total * decimal_of(parameters.minimum_order_margin_portfolio_percentage)
        if minimum > margin:
            reason = f"The target order margin {shown(margin)} is less than the minimum {shown(minimum)}."
            return GetMaximumOrderQuantityResult(0, "" if quiet else reason, False)
        last = ZERO
        while True:
            quantity, after = amount_to_order(
                held,
                target,
                unit,
                security.symbol_properties.exact_lot_size,
                lambda n: self._initial_margin(security, n),
            )
            if not quantity:
                lot = shown(security.symbol_properties.exact_lot_size)
                reason = (
                    f"The order quantity is less than the lot size of {lot} and has been rounded to zero. Target order "
                    f"margin {shown(target - current)}."
                )
                return GetMaximumOrderQuantityResult(0, "" if quiet else reason, False)
            fee = security.order_fee(
                MarketOrder(security.symbol, quantity, security.utc_time)
            ).value.exact_amount
            target = (total - fee - free) * target_share
            if last == quantity:
                raise InvalidInputError(
                    "target",
                    float(target_share),
                    "be one that an order can reach",
                    f"No order comes within a margin of {shown(target)}; one share needs {shown(unit)}, "
                    f"the fee is {shown(fee)}.",
                )
            last = quantity
            if abs(after) <= abs(target):
                return GetMaximumOrderQuantityResult(quantity)


class SecurityMarginModel(BuyingPowerModel):
    """The same: LEAN's name for it where the leverage is constant."""


class PatternDayTradingMarginModel(SecurityMarginModel):
    """Four times the account during the session, twice otherwise.

    Parameters
    ----------
    closed_market_leverage, open_market_leverage : float
    """

    def __init__(
        self, closed_market_leverage: float = 2.0, open_market_leverage: float = 4.0
    ) -> None:
        super().__init__(open_market_leverage)
        self._closed = decimal_of(open_market_leverage) / decimal_of(closed_market_leverage)

    def set_leverage(self, security: Security | None, leverage: float | Decimal) -> None:
        """Keep the leverage: this model's is constant."""
        if security is None:
            super().set_leverage(None, leverage)

    def _correction(self, security: Security) -> Decimal:
        exchange = security.exchange
        return Decimal(1) if exchange.exchange_open and not exchange.closing_soon else self._closed

    def get_leverage(self, security: Security) -> float:
        """Return how many times the account a position may be worth now."""
        return float(decimal_of(super().get_leverage(security)) / self._correction(security))

    def get_initial_margin_requirement(self, parameters: InitialMarginParameters) -> Any:
        """Return what a number of shares needs to be opened now, signed."""
        margin = value_of(super().get_initial_margin_requirement(parameters))
        return InitialMargin(margin * self._correction(parameters.security))

    def get_maintenance_margin(self, parameters: MaintenanceMarginParameters) -> Any:
        """Return what a position needs now."""
        margin = value_of(super().get_maintenance_margin(parameters))
        return MaintenanceMargin(margin * self._correction(parameters.security))


class NullBuyingPowerModel(BuyingPowerModel):
    """Every order is covered and no position needs anything: LEAN's ``BuyingPowerModel.NULL``."""

    def get_initial_margin_required_for_order(
        self, parameters: InitialMarginRequiredForOrderParameters
    ) -> Any:
        """Return zero."""
        return InitialMargin(ZERO)

    def get_maintenance_margin(self, parameters: MaintenanceMarginParameters) -> Any:
        """Return zero."""
        return MaintenanceMargin(ZERO)

    def has_sufficient_buying_power_for_order(
        self, parameters: HasSufficientBuyingPowerForOrderParameters
    ) -> HasSufficientBuyingPowerForOrderResult:
        """Return yes."""
        return parameters.sufficient()


BuyingPowerModel.NULL = BuyingPowerModel.Null = NullBuyingPowerModel()
