"""The mini order engine: event-driven; daily, hour and minute bars, LEAN's names in snake_case."""

from shortable.desk import Refusal, RefusalKind
from shortable.engine.account import SecurityHolding
from shortable.engine.algorithm import Algorithm
from shortable.engine.backtest import Backtest
from shortable.engine.brokerage import (
    AccountType,
    AxosClearingBrokerageModel,
    BrokerageModel,
    BrokerageModelSecurityInitializer,
    BrokerageName,
    DefaultBrokerageModel,
    InteractiveBrokersBrokerageModel,
)
from shortable.engine.exchange import BarFillModel, FillModel
from shortable.engine.feed import Slice, TradeBar
from shortable.engine.lending import BorrowRecalled, BoughtIn
from shortable.engine.maintenance import FinraMaintenance, MaintenanceModel, NullMaintenance
from shortable.engine.models import (
    BuyingPowerModel,
    FeeModel,
    InteractiveBrokersFeeModel,
    NullBuyingPower,
    NullFeeModel,
    RegTBuyingPower,
)
from shortable.engine.orders import (
    Order,
    OrderEvent,
    StopLimitOrder,
    TrailingStopOrder,
)
from shortable.engine.portfolio import SecurityPortfolioManager
from shortable.engine.security import Security, SecurityManager
from shortable.engine.slippage import (
    FractionSlippage,
    NullSlippage,
    SlippageModel,
    VolumeShareSlippage,
)
from shortable.engine.tickets import (
    CancelOrderRequest,
    OrderRequest,
    OrderResponse,
    OrderTicket,
    SubmitOrderRequest,
    UpdateOrderFields,
    UpdateOrderRequest,
)
from shortable.engine.transactions import SecurityTransactionManager
from shortable.engine.volume_limit import NullVolumeLimit, VolumeLimit, VolumeLimitModel
from shortable.market_data import BarPanel, MarketData, Resolution
from shortable.orders import (
    OrderDirection,
    OrderField,
    OrderRequestStatus,
    OrderRequestType,
    OrderResponseErrorCode,
    OrderStatus,
    OrderType,
    TimeInForce,
)
from shortable.results import OpeningBook, OpeningHolding, OpeningOrder, Result, Summary

__all__ = [
    "AccountType",
    "Algorithm",
    "AxosClearingBrokerageModel",
    "Backtest",
    "BarFillModel",
    "BarPanel",
    "BorrowRecalled",
    "BoughtIn",
    "BrokerageModel",
    "BrokerageModelSecurityInitializer",
    "BrokerageName",
    "BuyingPowerModel",
    "CancelOrderRequest",
    "DefaultBrokerageModel",
    "FeeModel",
    "FillModel",
    "FinraMaintenance",
    "FractionSlippage",
    "InteractiveBrokersBrokerageModel",
    "InteractiveBrokersFeeModel",
    "MaintenanceModel",
    "MarketData",
    "NullBuyingPower",
    "NullFeeModel",
    "NullMaintenance",
    "NullSlippage",
    "NullVolumeLimit",
    "OpeningBook",
    "OpeningHolding",
    "OpeningOrder",
    "Order",
    "OrderDirection",
    "OrderEvent",
    "OrderField",
    "OrderRequest",
    "OrderRequestStatus",
    "OrderRequestType",
    "OrderResponse",
    "OrderResponseErrorCode",
    "OrderStatus",
    "OrderTicket",
    "OrderType",
    "Refusal",
    "RefusalKind",
    "RegTBuyingPower",
    "Resolution",
    "Result",
    "Security",
    "SecurityHolding",
    "SecurityManager",
    "SecurityPortfolioManager",
    "SecurityTransactionManager",
    "Slice",
    "SlippageModel",
    "StopLimitOrder",
    "SubmitOrderRequest",
    "Summary",
    "TimeInForce",
    "TradeBar",
    "TrailingStopOrder",
    "UpdateOrderFields",
    "UpdateOrderRequest",
    "VolumeLimit",
    "VolumeLimitModel",
    "VolumeShareSlippage",
]


def __dir__() -> list[str]:
    return sorted(__all__)
