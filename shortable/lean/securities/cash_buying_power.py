"""LEAN's model of cash accounts for currencies, which takes no equities (LEAN: Common/Securities/CashBuyingPowerModel.cs)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from shortable.errors import InvalidInputError
from shortable.lean.numbers import ZERO, decimal_of
from shortable.lean.securities.buying_power import BuyingPowerModel
from shortable.lean.securities.buying_power_types import (
    GetMaximumOrderQuantityForTargetBuyingPowerParameters,
    GetMaximumOrderQuantityResult,
    HasSufficientBuyingPowerForOrderParameters,
    HasSufficientBuyingPowerForOrderResult,
    ReservedBuyingPowerForPosition,
    ReservedBuyingPowerForPositionParameters,
)

if TYPE_CHECKING:
    from shortable.lean.context import Security

__all__ = ["CashBuyingPowerModel"]


class CashBuyingPowerModel(BuyingPowerModel):
    """Refuses every order of an equity, as LEAN's does; a cash account's equities have a `SecurityMarginModel` of 1."""

    def __init__(self) -> None:
        super().__init__(1)

    def set_leverage(self, security: Security | None, leverage: float | Decimal) -> None:
        """Accept 1."""
        if decimal_of(leverage) != 1:
            raise InvalidInputError(
                "leverage", float(leverage), "be 1", "Cash accounts have no leverage."
            )

    def has_sufficient_buying_power_for_order(
        self, parameters: HasSufficientBuyingPowerForOrderParameters
    ) -> HasSufficientBuyingPowerForOrderResult:
        """Return no."""
        return parameters.insufficient(
            f"The '{parameters.security.symbol.value}' security is not supported by this cash model. Currently only "
            "SecurityType.Crypto and SecurityType.Forex are supported."
        )

    def get_maximum_order_quantity_for_target_buying_power(
        self, parameters: GetMaximumOrderQuantityForTargetBuyingPowerParameters
    ) -> GetMaximumOrderQuantityResult:
        """Return 0, and why."""
        if parameters.exact_target_buying_power < 0:
            return GetMaximumOrderQuantityResult(0, "The cash model does not allow shorting.")
        reason = "The security type must be SecurityType.Crypto or SecurityType.Forex."
        return GetMaximumOrderQuantityResult(0, reason)

    def get_reserved_buying_power_for_position(
        self, parameters: ReservedBuyingPowerForPositionParameters
    ) -> ReservedBuyingPowerForPosition:
        """Return 0: what was bought is paid."""
        return ReservedBuyingPowerForPosition(ZERO)
