"""Margin calls (LEAN: Common/Securities/DefaultMarginCallModel.cs)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from shortable.lean.enums import OrderType
from shortable.lean.models import method
from shortable.lean.names import LeanObject
from shortable.lean.numbers import ZERO, decimal_of
from shortable.lean.orders.requests import SubmitOrderRequest
from shortable.lean.securities.buying_power_types import (
    GetMaximumOrderQuantityForDeltaBuyingPowerParameters,
    ReservedBuyingPowerForPositionParameters,
)

if TYPE_CHECKING:
    from shortable.lean.context import Portfolio, Security
    from shortable.lean.orders.properties import OrderProperties
    from shortable.lean.orders.ticket import OrderTicket

__all__ = ["DefaultMarginCallModel", "MarginCallModel", "NullMarginCallModel"]

_WARNING = Decimal("0.05")


class NullMarginCallModel(LeanObject):
    """Never calls."""

    def get_margin_call_orders(self) -> tuple[list[SubmitOrderRequest], bool]:
        """Return no orders and no warning."""
        return [], False

    def execute_margin_call(self, requests: Iterable[SubmitOrderRequest]) -> list[OrderTicket]:
        """Do nothing."""
        return []


class MarginCallModel(LeanObject):
    """Where the model that never calls is found: ``MarginCallModel.NULL``."""

    NULL: ClassVar[NullMarginCallModel] = NullMarginCallModel()
    Null: ClassVar[NullMarginCallModel] = NULL


class DefaultMarginCallModel(LeanObject):
    """Warns when 5 % of the portfolio remains, calls when nothing remains and usage exceeds its value by the buffer.

    Parameters
    ----------
    portfolio : SecurityPortfolioManager
    default_order_properties : OrderProperties, optional
    margin_buffer : float, default 0.10
    """

    def __init__(
        self,
        portfolio: Portfolio,
        default_order_properties: OrderProperties | None = None,
        margin_buffer: float | Decimal = Decimal("0.10"),
    ) -> None:
        self.portfolio = portfolio
        self.default_order_properties = default_order_properties
        self._buffer = decimal_of(margin_buffer)

    def get_margin_call_orders(self) -> tuple[list[SubmitOrderRequest], bool]:
        """Return the orders of a margin call, and whether a warning is due."""
        used = self.portfolio.exact_margin_used
        if used <= 0:
            return [], False
        total = self.portfolio.exact_total_value
        remaining = self.portfolio.exact_margin_remaining(total)
        if remaining > 0:
            return [], remaining <= total * _WARNING
        requests = []
        if used > total * (1 + self._buffer):
            held = [s for s in self.portfolio.securities.values if s.holdings.invested]
            requests = [
                r
                for r in (self.generate_margin_call_order(s, total, used) for s in held)
                if r is not None
            ]
        return requests, bool(requests)

    def generate_margin_call_order(
        self, security: Security, total_portfolio_value: Any, total_used_margin: Any
    ) -> SubmitOrderRequest | None:
        """Return the order that brings the account within its margin by one security alone, or as near as it can."""
        total, margin_used = decimal_of(total_portfolio_value), decimal_of(total_used_margin)
        model = security.buying_power_model
        reserved = method(model, "get_reserved_buying_power_for_position")(
            ReservedBuyingPowerForPositionParameters(security)
        )
        used = decimal_of(reserved.absolute_used_buying_power)
        keep = max(ZERO, used - (margin_used - total))
        delta = (used - keep) * (-1 if security.holdings.is_long else 1)
        found = method(model, "get_maximum_order_quantity_for_delta_buying_power")(
            GetMaximumOrderQuantityForDeltaBuyingPowerParameters(self.portfolio, security, delta, 0)
        )
        quantity = abs(decimal_of(found.quantity)) * (-1 if security.holdings.is_long else 1)
        if not quantity:
            return None
        properties = self.default_order_properties
        return SubmitOrderRequest(
            OrderType.MARKET,
            security.type,
            security.symbol,
            quantity,
            0,
            0,
            time=security.utc_time,
            tag="Margin Call",
            properties=None if properties is None else properties.clone(),
        )

    def execute_margin_call(self, requests: Iterable[SubmitOrderRequest]) -> list[OrderTicket]:
        """Send the orders, losers first, until the account is within its margin."""
        if self.portfolio.exact_margin_remaining() >= 0:
            return []
        executed = []
        for request in sorted(
            requests, key=lambda r: self.portfolio[r.symbol].exact_close_profit()
        ):
            executed.append(self.portfolio.transactions.add_order(request))
            if self.portfolio.exact_margin_remaining() >= 0:
                break
        return executed
