"""The mini order engine: event-driven; daily, hour and minute bars, LEAN's names in snake_case."""

from shortable.engine.algorithm import Algorithm
from shortable.engine.availability import Refusal, RefusalKind
from shortable.engine.backtest import Backtest
from shortable.engine.brokerage import (
    AccountType,
    AxosClearingBrokerageModel,
    BrokerageModel,
    BrokerageName,
    DefaultBrokerageModel,
    InteractiveBrokersBrokerageModel,
)
from shortable.engine.buying_power import BuyingPowerModel, NullBuyingPower, RegTBuyingPower
from shortable.engine.fees import FeeModel, InteractiveBrokersFeeModel, NullFeeModel
from shortable.engine.fills import BarFillModel, FillModel
from shortable.engine.holdings import SecurityHolding
from shortable.engine.initializers import BrokerageModelSecurityInitializer
from shortable.engine.opening import OpeningBook, OpeningHolding, OpeningOrder
from shortable.engine.orders import (
    Order,
    OrderEvent,
    StopLimitOrder,
    TimeInForce,
    TrailingStopOrder,
)
from shortable.engine.portfolio import SecurityPortfolioManager
from shortable.engine.requests import (
    CancelOrderRequest,
    OrderRequest,
    SubmitOrderRequest,
    UpdateOrderRequest,
)
from shortable.engine.responses import OrderResponse, UpdateOrderFields
from shortable.engine.result import Result
from shortable.engine.securities import SecurityManager
from shortable.engine.security import Security
from shortable.engine.slices import Slice, TradeBar
from shortable.engine.summary import Summary
from shortable.engine.tickets import OrderTicket
from shortable.engine.transactions import SecurityTransactionManager
from shortable.market_data import BarPanel, MarketData, Resolution
from shortable.orders import (
    OrderDirection,
    OrderField,
    OrderRequestStatus,
    OrderRequestType,
    OrderResponseErrorCode,
    OrderStatus,
    OrderType,
)

__all__ = [
    "AccountType",
    "Algorithm",
    "AxosClearingBrokerageModel",
    "Backtest",
    "BarFillModel",
    "BarPanel",
    "BrokerageModel",
    "BrokerageModelSecurityInitializer",
    "BrokerageName",
    "BuyingPowerModel",
    "CancelOrderRequest",
    "DefaultBrokerageModel",
    "FeeModel",
    "FillModel",
    "InteractiveBrokersBrokerageModel",
    "InteractiveBrokersFeeModel",
    "MarketData",
    "NullBuyingPower",
    "NullFeeModel",
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
    "StopLimitOrder",
    "SubmitOrderRequest",
    "Summary",
    "TimeInForce",
    "TradeBar",
    "TrailingStopOrder",
    "UpdateOrderFields",
    "UpdateOrderRequest",
]
