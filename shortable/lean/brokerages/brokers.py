"""Brokers of US equities that differ from the default in fees, order types or leverage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shortable.lean.brokerages.models import DefaultBrokerageModel
from shortable.lean.enums import BrokerageName, OrderType
from shortable.lean.orders.fees import (
    AlpacaFeeModel,
    AxosFeeModel,
    InteractiveBrokersFeeModel,
    TDAmeritradeFeeModel,
    TradierFeeModel,
)
from shortable.lean.providers import LocalDiskShortableProvider

if TYPE_CHECKING:
    from shortable.lean.securities.security import Security

__all__ = [
    "MODELS",
    "AlpacaBrokerageModel",
    "AxosClearingBrokerageModel",
    "InteractiveBrokersBrokerageModel",
    "TDAmeritradeBrokerageModel",
    "TradierBrokerageModel",
]

_TYPES = OrderType


class InteractiveBrokersBrokerageModel(DefaultBrokerageModel):
    """Interactive Brokers. As LEAN's own, it attaches no availability: set a provider for that."""

    def get_fee_model(self, security: Security) -> Any:
        """Return the commission model."""
        return InteractiveBrokersFeeModel()


class AxosClearingBrokerageModel(DefaultBrokerageModel):
    """Axos: 0.0035 a share, availability from its files; market, limit and on-close orders."""

    supported_order_types = frozenset({_TYPES.MARKET, _TYPES.LIMIT, _TYPES.MARKET_ON_CLOSE})

    def get_fee_model(self, security: Security) -> Any:
        """Return the commission model."""
        return AxosFeeModel()

    def get_shortable_provider(self, security: Security) -> Any:
        """Return what the broker's files say."""
        return LocalDiskShortableProvider("axos")


class AlpacaBrokerageModel(DefaultBrokerageModel):
    """Alpaca: free; four times the account is for day traders and not given, twice is."""

    supported_order_types = frozenset(
        {_TYPES.MARKET, _TYPES.LIMIT, _TYPES.STOP_MARKET, _TYPES.STOP_LIMIT, _TYPES.TRAILING_STOP,
         _TYPES.MARKET_ON_OPEN, _TYPES.MARKET_ON_CLOSE}
    )  # fmt: skip

    def get_fee_model(self, security: Security) -> Any:
        """Return the commission model."""
        return AlpacaFeeModel()


class TDAmeritradeBrokerageModel(DefaultBrokerageModel):
    """TD Ameritrade: free."""

    supported_order_types = frozenset({_TYPES.MARKET, _TYPES.LIMIT, _TYPES.STOP_MARKET, _TYPES.STOP_LIMIT})

    def get_fee_model(self, security: Security) -> Any:
        """Return the commission model."""
        return TDAmeritradeFeeModel()


class TradierBrokerageModel(DefaultBrokerageModel):
    """Tradier: free by subscription."""

    supported_order_types = frozenset({_TYPES.MARKET, _TYPES.LIMIT, _TYPES.STOP_MARKET, _TYPES.STOP_LIMIT})

    def get_fee_model(self, security: Security) -> Any:
        """Return the commission model."""
        return TradierFeeModel()


MODELS: dict[BrokerageName, type[DefaultBrokerageModel]] = {
    BrokerageName.DEFAULT: DefaultBrokerageModel,
    BrokerageName.INTERACTIVE_BROKERS_BROKERAGE: InteractiveBrokersBrokerageModel,
    BrokerageName.AXOS: AxosClearingBrokerageModel,
    BrokerageName.ALPACA: AlpacaBrokerageModel,
    BrokerageName.TD_AMERITRADE: TDAmeritradeBrokerageModel,
    BrokerageName.TRADIER_BROKERAGE: TradierBrokerageModel,
}
"""Which model a broker's name stands for."""

