"""Brokers of US equities that differ from the default in fees, order types or leverage."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Any

from shortable.errors import InvalidInputError
from shortable.lean.benchmarks import FuncBenchmark
from shortable.lean.brokerages.messages import BrokerageMessageEvent
from shortable.lean.brokerages.models import DefaultBrokerageModel
from shortable.lean.data import Split
from shortable.lean.enums import AccountType, BrokerageName, OrderType
from shortable.lean.models import check_model
from shortable.lean.orders.fees import (
    AlpacaFeeModel,
    AxosFeeModel,
    CharlesSchwabFeeModel,
    InteractiveBrokersFeeModel,
    TastytradeFeeModel,
    TDAmeritradeFeeModel,
    TradeStationFeeModel,
    TradierFeeModel,
)
from shortable.lean.orders.properties import DayTimeInForce, GoodTilCanceledTimeInForce
from shortable.lean.providers import LocalDiskShortableProvider

if TYPE_CHECKING:
    from shortable.lean.orders.order import Order
    from shortable.lean.orders.requests import UpdateOrderRequest
    from shortable.lean.orders.ticket import OrderTicket
    from shortable.lean.securities.security import Security

__all__ = [
    "MODELS",
    "AlpacaBrokerageModel",
    "AxosClearingBrokerageModel",
    "CharlesSchwabBrokerageModel",
    "InteractiveBrokersBrokerageModel",
    "TDAmeritradeBrokerageModel",
    "TastytradeBrokerageModel",
    "TradeStationBrokerageModel",
    "TradierBrokerageModel",
    "brokerage_model",
]

_TYPES = OrderType


class InteractiveBrokersBrokerageModel(DefaultBrokerageModel):
    """Interactive Brokers. As LEAN's own, it attaches no availability, and compares a run with nothing.

    Set a provider for the one, a benchmark for the other.
    """

    def get_fee_model(self, security: Security) -> Any:
        """Return the commission model."""
        return InteractiveBrokersFeeModel()

    def get_benchmark(self, securities: Any) -> Any:
        """Return zero at all times, unless the algorithm sets a benchmark."""
        return FuncBenchmark(lambda time: 0)


class AxosClearingBrokerageModel(DefaultBrokerageModel):
    """Axos: 0.0035 a share, availability from its files; market, limit and on-close orders."""

    supported_order_types = frozenset({_TYPES.MARKET, _TYPES.LIMIT, _TYPES.MARKET_ON_CLOSE})

    def get_fee_model(self, security: Security) -> Any:
        """Return the commission model."""
        return AxosFeeModel()

    def get_shortable_provider(self, security: Security | None = None) -> Any:
        """Return what the broker's files say."""
        return LocalDiskShortableProvider("axos")


class AlpacaBrokerageModel(DefaultBrokerageModel):
    """Alpaca: free, and always a margin account.

    On-open orders are taken from 19:00 to two minutes before the open; neither they nor on-close orders may turn a
    position round.
    """

    supported_order_types = frozenset(
        {
            _TYPES.MARKET,
            _TYPES.LIMIT,
            _TYPES.STOP_MARKET,
            _TYPES.STOP_LIMIT,
            _TYPES.TRAILING_STOP,
            _TYPES.MARKET_ON_OPEN,
            _TYPES.MARKET_ON_CLOSE,
        }
    )

    def __init__(self, account_type: AccountType = AccountType.MARGIN) -> None:
        super().__init__(AccountType.MARGIN)

    def get_fee_model(self, security: Security) -> Any:
        """Return the commission model."""
        return AlpacaFeeModel()

    def can_submit_order(self, security: Security, order: Order, message: Any = None) -> Any:
        """Say whether the broker takes an order."""
        auction = order.type in (_TYPES.MARKET_ON_OPEN, _TYPES.MARKET_ON_CLOSE)
        if auction and _turns_round(security, order):
            return _refused(f"Order type {order.type} may not turn a position round.")
        now = security.local_time.time()
        if order.type == _TYPES.MARKET_ON_OPEN and time(9, 28) < now < time(19):
            return _refused("MarketOnOpen orders are taken from 19:00 to 09:28.")
        return super().can_submit_order(security, order)


class CharlesSchwabBrokerageModel(DefaultBrokerageModel):
    """Charles Schwab: shares are free."""

    supported_order_types = frozenset(
        {
            _TYPES.MARKET,
            _TYPES.LIMIT,
            _TYPES.STOP_MARKET,
            _TYPES.STOP_LIMIT,
            _TYPES.MARKET_ON_OPEN,
            _TYPES.MARKET_ON_CLOSE,
        }
    )

    def get_fee_model(self, security: Security) -> Any:
        """Return the commission model."""
        return CharlesSchwabFeeModel()


class TastytradeBrokerageModel(DefaultBrokerageModel):
    """Tastytrade: shares are free."""

    supported_order_types = frozenset(
        {_TYPES.MARKET, _TYPES.LIMIT, _TYPES.STOP_MARKET, _TYPES.STOP_LIMIT}
    )

    def get_fee_model(self, security: Security) -> Any:
        """Return the commission model."""
        return TastytradeFeeModel()


class TradeStationBrokerageModel(DefaultBrokerageModel):
    """TradeStation: shares are free; the quantity of an order that turns a position round cannot be updated."""

    supported_order_types = frozenset(
        {
            _TYPES.MARKET,
            _TYPES.LIMIT,
            _TYPES.STOP_MARKET,
            _TYPES.STOP_LIMIT,
            _TYPES.TRAILING_STOP,
            _TYPES.MARKET_ON_OPEN,
            _TYPES.MARKET_ON_CLOSE,
        }
    )

    def get_fee_model(self, security: Security) -> Any:
        """Return the commission model."""
        return TradeStationFeeModel()

    def can_update_order(
        self, security: Security, order: Order, request: UpdateOrderRequest, message: Any = None
    ) -> Any:
        """Say whether the broker takes a change."""
        wanted = request.exact_quantity
        if wanted is not None and wanted != order.exact_quantity and _turns_round(security, order):
            text = f"Unfortunately, the {type(self).__name__} brokerage model does not support updating the quantity of Cross Zero Orders."
            return _refused(text, "UpdateRejected")
        return True, None


class TDAmeritradeBrokerageModel(DefaultBrokerageModel):
    """TD Ameritrade: free."""

    supported_order_types = frozenset(
        {_TYPES.MARKET, _TYPES.LIMIT, _TYPES.STOP_MARKET, _TYPES.STOP_LIMIT}
    )

    def get_fee_model(self, security: Security) -> Any:
        """Return the commission model."""
        return TDAmeritradeFeeModel()


class TradierBrokerageModel(DefaultBrokerageModel):
    """Tradier: free; shorts need day orders and five dollars, quantities cannot be updated, nights do not trade."""

    supported_order_types = frozenset(
        {_TYPES.MARKET, _TYPES.LIMIT, _TYPES.STOP_MARKET, _TYPES.STOP_LIMIT}
    )

    def get_fee_model(self, security: Security) -> Any:
        """Return the commission model."""
        return TradierFeeModel()

    def can_submit_order(self, security: Security, order: Order, message: Any = None) -> Any:
        """Say whether the broker takes an order."""
        force = order.time_in_force
        if not isinstance(force, (DayTimeInForce, GoodTilCanceledTimeInForce)):
            return _refused("Only Day and GoodTilCanceled orders are taken.")
        if security.holdings.exact_quantity + order.exact_quantity < 0:
            if isinstance(force, GoodTilCanceledTimeInForce):
                return _refused(
                    "You cannot place short stock orders with GTC, only day orders are allowed.",
                    "ShortOrderIsGtc",
                )
            if security.price < 5:
                text = "Sell Short order cannot be placed for stock priced below $5."
                return _refused(text, "SellShortOrderLastPriceBelow5")
        if not 1 <= abs(order.exact_quantity) <= 10_000_000:
            return _refused(
                "Quantity should be between 1 and 10,000,000.", "IncorrectOrderQuantity"
            )
        return super().can_submit_order(security, order)

    def can_update_order(
        self, security: Security, order: Order, request: UpdateOrderRequest, message: Any = None
    ) -> Any:
        """Say whether the broker takes a change."""
        if request.exact_quantity is not None and request.exact_quantity != order.exact_quantity:
            return _refused("Tradier does not support updating order quantities.", "UpdateRejected")
        return True, None

    def can_execute_order(self, security: Security, order: Order) -> bool:
        """Say whether an order may fill now: in the regular session."""
        return security.exchange.exchange_open

    def apply_split(self, tickets: list[OrderTicket], split: Split) -> None:
        """Cancel open orders at a reverse split; else keep their value."""
        if split.split_factor <= 1:
            super().apply_split(tickets, split)
            return
        for ticket in tickets:
            ticket.cancel("Tradier Brokerage cancels open orders on reverse split symbols")


def _turns_round(security: Security, order: Order) -> bool:
    """Whether an order makes a long position short or a short one long."""
    held = security.holdings.exact_quantity
    return bool(held * (held + order.exact_quantity) < 0)


def _refused(message: str, code: str = "NotSupported") -> tuple[bool, BrokerageMessageEvent]:
    return False, BrokerageMessageEvent(code=code, message=message)


MODELS: dict[BrokerageName, type[DefaultBrokerageModel]] = {
    BrokerageName.DEFAULT: DefaultBrokerageModel,
    BrokerageName.INTERACTIVE_BROKERS_BROKERAGE: InteractiveBrokersBrokerageModel,
    BrokerageName.AXOS: AxosClearingBrokerageModel,
    BrokerageName.ALPACA: AlpacaBrokerageModel,
    BrokerageName.CHARLES_SCHWAB: CharlesSchwabBrokerageModel,
    BrokerageName.INTERACTIVE_BROKERS_FIX: InteractiveBrokersBrokerageModel,
    BrokerageName.TASTYTRADE: TastytradeBrokerageModel,
    BrokerageName.TD_AMERITRADE: TDAmeritradeBrokerageModel,
    BrokerageName.TRADE_STATION: TradeStationBrokerageModel,
    BrokerageName.TRADIER_BROKERAGE: TradierBrokerageModel,
}
"""Which model a broker's name stands for."""


def brokerage_model(model: Any, account_type: AccountType = AccountType.MARGIN) -> Any:
    """Return the model of a `BrokerageName`, or the user's own.

    Raises
    ------
    InvalidInputError
        The broker is not modelled, or the user's model lacks a method.
    """
    if isinstance(model, BrokerageName):
        if model not in MODELS:
            known = ", ".join(str(name) for name in MODELS)
            raise InvalidInputError(
                "brokerage",
                str(model),
                f"be one of {known}",
                "Others do not deal in US equities or are not modelled.",
            )
        return MODELS[model](account_type)
    return check_model(
        "brokerage_model", model, "get_fee_model", "get_fill_model", "get_shortable_provider"
    )
