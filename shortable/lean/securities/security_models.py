"""A security's models: set by the broker, the user or both, and asked here."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from shortable.errors import InvalidInputError
from shortable.lean.models import check_model, method
from shortable.lean.names import LeanObject
from shortable.lean.numbers import decimal_of
from shortable.lean.orders.events import OrderFee
from shortable.lean.orders.fees import InteractiveBrokersFeeModel, OrderFeeParameters
from shortable.lean.orders.fills import EquityFillModel
from shortable.lean.orders.slippage import NullSlippageModel
from shortable.lean.provider_views import lean_provider, spelled
from shortable.lean.providers import NullShortableProvider
from shortable.lean.securities.buying_power import SecurityMarginModel
from shortable.lean.securities.margin_interest import NullMarginInterestRateModel
from shortable.lean.securities.portfolio_model import SecurityPortfolioModel
from shortable.lean.securities.properties import (
    AdjustedPriceVariationModel,
    GetMinimumPriceVariationParameters,
)
from shortable.lean.securities.settlement import ImmediateSettlementModel
from shortable.lean.securities.volatility import NullVolatilityModel

if TYPE_CHECKING:
    from shortable.lean.orders.order import Order

__all__ = ["SecurityModels"]


class SecurityModels(LeanObject):
    """Base of `Security`: its models, with LEAN's defaults for an equity."""

    def __init__(self) -> None:
        self.fill_model: Any = EquityFillModel()
        self.fee_model: Any = InteractiveBrokersFeeModel()
        self.slippage_model: Any = NullSlippageModel.INSTANCE
        self.settlement_model: Any = ImmediateSettlementModel()
        self.portfolio_model: Any = SecurityPortfolioModel()
        self.volatility_model: Any = NullVolatilityModel()
        self.margin_interest_rate_model: Any = NullMarginInterestRateModel.INSTANCE
        self.price_variation_model: Any = AdjustedPriceVariationModel()
        self.data_filter: Any = None
        self._buying_power_model: Any = SecurityMarginModel(2)
        self.set_shortable_provider(NullShortableProvider.INSTANCE)

    @property
    def buying_power_model(self) -> Any:
        """How much of the account a position needs; also ``margin_model``."""
        return self._buying_power_model

    @buying_power_model.setter
    def buying_power_model(self, value: Any) -> None:
        self.set_buying_power_model(value)

    @property
    def margin_model(self) -> Any:
        """The same as ``buying_power_model``."""
        return self._buying_power_model

    @margin_model.setter
    def margin_model(self, value: Any) -> None:
        self.set_buying_power_model(value)

    @property
    def shortable_provider(self) -> Any:
        """Who says what can be borrowed of it, answering to both spellings."""
        return self._provider

    @shortable_provider.setter
    def shortable_provider(self, value: Any) -> None:
        self.set_shortable_provider(value)

    def set_shortable_provider(self, shortable_provider: Any) -> None:
        """Say who knows what can be borrowed of it.

        Parameters
        ----------
        shortable_provider : object
            One of ours, LEAN's or the user's own, in either spelling; with ``fee_rate`` and ``rebate_rate`` or
            without.
        """
        self.availability = lean_provider(shortable_provider)
        self._provider = spelled(shortable_provider)

    def set_fee_model(self, fee_model: Any) -> None:
        """Set the commission model."""
        self.fee_model = check_model("fee_model", fee_model, "get_order_fee")

    def set_fill_model(self, fill_model: Any) -> None:
        """Set what orders fill at."""
        self.fill_model = check_model("fill_model", fill_model)

    def set_slippage_model(self, slippage_model: Any) -> None:
        """Set what market orders lose."""
        self.slippage_model = check_model(
            "slippage_model", slippage_model, "get_slippage_approximation"
        )

    def set_settlement_model(self, settlement_model: Any) -> None:
        """Set when cash is there."""
        self.settlement_model = check_model("settlement_model", settlement_model, "apply_funds")

    def set_buying_power_model(self, buying_power_model: Any) -> None:
        """Set how much of the account a position needs."""
        self._buying_power_model = check_model("buying_power_model", buying_power_model)

    set_margin_model = set_buying_power_model

    def set_margin_interest_rate_model(self, model: Any) -> None:
        """Set what carrying a position costs or earns."""
        name = "apply_margin_interest_rate"
        self.margin_interest_rate_model = check_model("margin_interest_rate_model", model, name)

    def set_portfolio_model(self, portfolio_model: Any) -> None:
        """Set what a fill does to cash and holdings."""
        self.portfolio_model = check_model("portfolio_model", portfolio_model, "process_fill")

    def set_volatility_model(self, model: Any) -> None:
        """Set the volatility model, which only the user reads."""
        self.volatility_model = check_model("volatility_model", model)

    def set_data_filter(self, data_filter: Any) -> None:
        """Keep a data filter; bars are not filtered."""
        self.data_filter = data_filter

    # -- what models are asked ------------------------------------------------------------------------------------
    @property
    def exact_leverage(self) -> Decimal:
        """How many times the account a position may be worth, as a decimal."""
        return decimal_of(method(self._buying_power_model, "get_leverage")(self))

    @property
    def leverage(self) -> float:
        """How many times the account a position may be worth."""
        return float(self.exact_leverage)

    def set_leverage(self, leverage: float) -> None:
        """Allow positions of `leverage` times the account."""
        method(self._buying_power_model, "set_leverage")(self, leverage)

    def order_fee(self, order: Order) -> OrderFee:
        """Return what the broker takes for an order."""
        security: Any = self  # a base of `Security` and of nothing else
        fee = method(self.fee_model, "get_order_fee")(OrderFeeParameters(security, order))
        if not isinstance(fee, OrderFee):
            raise InvalidInputError(
                "fee_model",
                type(self.fee_model).__name__,
                "answer an OrderFee",
                f"get_order_fee answered {fee!r}.",
            )
        return fee

    def slippage(self, order: Order) -> Decimal:
        """Return what a market order loses, per share."""
        answer = method(self.slippage_model, "get_slippage_approximation")(self, order)
        try:
            if (found := decimal_of(answer)).is_finite():
                return found
        except (TypeError, ValueError):
            pass
        who = type(self.slippage_model).__name__
        raise TypeError(
            f"{who}.get_slippage_approximation answered {answer!r}; it must answer a number"
        )

    def price_step(self, price: Decimal) -> Decimal:
        """Return the step to which order prices are rounded; 0 for none."""
        asked = GetMinimumPriceVariationParameters(self, price)
        return decimal_of(method(self.price_variation_model, "get_minimum_price_variation")(asked))
