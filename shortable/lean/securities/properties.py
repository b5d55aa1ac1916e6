"""What trading a symbol is like: lot size, currency and the steps of its price."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from shortable.lean.exact import Exact
from shortable.lean.names import LeanObject
from shortable.lean.numbers import ZERO, decimal_of

__all__ = [
    "AdjustedPriceVariationModel",
    "EquityPriceVariationModel",
    "GetMinimumPriceVariationParameters",
    "SymbolProperties",
]


class SymbolProperties(LeanObject):
    """What trading a symbol is like; the defaults are a US equity's.

    Attributes
    ----------
    quote_currency : str
    lot_size : float
        Orders are rounded towards zero to a multiple of it.
    contract_multiplier, minimum_price_variation, price_magnifier : float
    minimum_order_size : float or None
    """

    lot_size = Exact()
    contract_multiplier = Exact()
    exact_lot_size: Decimal
    exact_contract_multiplier: Decimal

    def __init__(
        self,
        description: str = "",
        quote_currency: str = "USD",
        contract_multiplier: float | Decimal = 1,
        minimum_price_variation: float | Decimal = Decimal("0.01"),
        lot_size: float | Decimal = 1,
        market_ticker: str = "",
        minimum_order_size: float | None = None,
        price_magnifier: float = 1.0,
        strike_multiplier: float = 1.0,
    ) -> None:
        self.description = description
        self.quote_currency = quote_currency
        self.contract_multiplier = contract_multiplier
        self.minimum_price_variation = float(minimum_price_variation)
        self.lot_size = lot_size
        self.market_ticker = market_ticker
        self.minimum_order_size = minimum_order_size
        self.price_magnifier = price_magnifier
        self.strike_multiplier = strike_multiplier


class GetMinimumPriceVariationParameters(LeanObject):
    """What a price variation model is asked with."""

    def __init__(self, security: Any, reference_price: float | Decimal) -> None:
        self.security = security
        self.reference_price = reference_price


class EquityPriceVariationModel(LeanObject):
    """Steps of a US equity's price: a cent from one dollar on, a hundredth of one below (Regulation NMS, rule 612)."""

    def get_minimum_price_variation(
        self, parameters: GetMinimumPriceVariationParameters
    ) -> Decimal:
        """Return the step."""
        return Decimal("0.0001") if decimal_of(parameters.reference_price) < 1 else Decimal("0.01")


class AdjustedPriceVariationModel(LeanObject):
    """No steps: adjusted prices are not those at which anybody traded, so orders on them are not rounded."""

    def get_minimum_price_variation(
        self, parameters: GetMinimumPriceVariationParameters
    ) -> Decimal:
        """Return zero."""
        return ZERO
