"""Brokerage models (LEAN: Common/Brokerages/DefaultBrokerageModel.cs and those beside it)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from shortable.lean.brokerages.messages import BrokerageMessageEvent
from shortable.lean.data import Split
from shortable.lean.enums import AccountType, OrderField, OrderType, SecurityType
from shortable.lean.market import Market
from shortable.lean.names import LeanObject
from shortable.lean.numbers import decimal_of
from shortable.lean.orders.fees import InteractiveBrokersFeeModel
from shortable.lean.orders.fills import EquityFillModel
from shortable.lean.orders.requests import UpdateOrderFields
from shortable.lean.orders.slippage import NullSlippageModel
from shortable.lean.providers import NullShortableProvider
from shortable.lean.securities.buying_power import SecurityMarginModel
from shortable.lean.securities.margin_interest import NullMarginInterestRateModel
from shortable.lean.securities.security import Equity
from shortable.lean.securities.settlement import DelayedSettlementModel, ImmediateSettlementModel

if TYPE_CHECKING:
    from shortable.lean.orders.order import Order
    from shortable.lean.orders.requests import UpdateOrderRequest
    from shortable.lean.orders.ticket import OrderTicket
    from shortable.lean.securities.security import Security

__all__ = ["DefaultBrokerageModel"]

# DefaultBrokerageModel.cs, DefaultMarketMap. Only equities can be run.
_MARKETS = {
    SecurityType.BASE: Market.USA,
    SecurityType.EQUITY: Market.USA,
    SecurityType.OPTION: Market.USA,
    SecurityType.FUTURE: Market.CME,
    SecurityType.FUTURE_OPTION: Market.CME,
    SecurityType.FOREX: Market.OANDA,
    SecurityType.CFD: Market.OANDA,
    SecurityType.CRYPTO: Market.COINBASE,
    SecurityType.INDEX: Market.USA,
    SecurityType.INDEX_OPTION: Market.USA,
}
_LIMITED = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED})
_STOPPED = frozenset({OrderType.STOP_MARKET, OrderType.STOP_LIMIT, OrderType.TRAILING_STOP})


class DefaultBrokerageModel(LeanObject):
    """Takes all orders; equities get Interactive Brokers' fees and twice the account.

    Subclasses override the ``get_..._model`` methods and `get_shortable_provider`.

    Parameters
    ----------
    account_type : AccountType, default margin

    Attributes
    ----------
    account_type : AccountType
    required_free_buying_power_percent : float
    """

    # At class level too: users' subclasses may not call this class's __init__.
    account_type = AccountType.MARGIN
    required_free_buying_power_percent = 0.0
    supported_order_types: frozenset[OrderType] | None = None

    def __init__(self, account_type: AccountType = AccountType.MARGIN) -> None:
        self.account_type = AccountType(account_type)

    @property
    def default_markets(self) -> dict[SecurityType, str]:
        """Market of each kind of security."""
        return dict(_MARKETS)

    # -- orders ---------------------------------------------------------------------------------------------------
    def can_submit_order(self, security: Security, order: Order, message: Any = None) -> Any:
        """Say whether the broker takes an order: a bool, or a bool and a `BrokerageMessageEvent`."""
        known = self.supported_order_types
        if known is None or order.type in known:
            return True, None
        text = f"The {type(self).__name__} does not support {order.type} order type. Only supports "
        names = ", ".join(str(kind) for kind in sorted(known))
        return False, BrokerageMessageEvent(code="NotSupported", message=f"{text}[{names}]")

    def can_update_order(
        self, security: Security, order: Order, request: UpdateOrderRequest, message: Any = None
    ) -> Any:
        """Say whether the broker takes a change: a bool, or a bool and a `BrokerageMessageEvent`."""
        return True, None

    def can_execute_order(self, security: Security, order: Order) -> bool:
        """Say whether an order may fill now."""
        return True

    def apply_split(self, tickets: list[OrderTicket], split: Split) -> None:
        """Change open orders so that they keep their value."""
        factor = decimal_of(split.split_factor)
        for ticket in tickets:
            kind = ticket.order_type

            def scaled(
                field: OrderField, wanted: bool, ticket: OrderTicket = ticket
            ) -> Decimal | None:
                return decimal_of(ticket.get(field)) * factor if wanted else None

            trailing = kind == OrderType.TRAILING_STOP and not ticket.get(
                OrderField.TRAILING_AS_PERCENTAGE
            )
            ticket.update(
                UpdateOrderFields(
                    quantity=int(ticket.exact_quantity / factor),
                    limit_price=scaled(OrderField.LIMIT_PRICE, kind in _LIMITED),
                    stop_price=scaled(OrderField.STOP_PRICE, kind in _STOPPED),
                    trigger_price=scaled(
                        OrderField.TRIGGER_PRICE, kind == OrderType.LIMIT_IF_TOUCHED
                    ),
                    trailing_amount=scaled(OrderField.TRAILING_AMOUNT, trailing),
                )
            )

    # -- models ---------------------------------------------------------------------------------------------------
    def get_leverage(self, security: Security) -> float:
        """Return how many times the account a position may be worth."""
        return 1.0 if self.account_type == AccountType.CASH else 2.0

    def get_fill_model(self, security: Security) -> Any:
        """Return what orders fill at."""
        return EquityFillModel()

    def get_fee_model(self, security: Security) -> Any:
        """Return the commission model."""
        return InteractiveBrokersFeeModel()

    def get_slippage_model(self, security: Security) -> Any:
        """Return what market orders lose."""
        return NullSlippageModel.INSTANCE

    def get_settlement_model(self, security: Security) -> Any:
        """Return when cash is there: at once, or in a cash account some sessions after a sale."""
        if self.account_type == AccountType.CASH:
            return DelayedSettlementModel(
                Equity.DEFAULT_SETTLEMENT_DAYS, Equity.DEFAULT_SETTLEMENT_TIME
            )
        return ImmediateSettlementModel()

    def get_buying_power_model(self, security: Security) -> Any:
        """Return how much of the account a position needs."""
        return SecurityMarginModel(
            self.get_leverage(security), self.required_free_buying_power_percent
        )

    def get_shortable_provider(self, security: Security | None = None) -> Any:
        """Return who says what can be borrowed: nobody, so everything.

        LEAN's older way, an attribute ``shortable_provider`` set by a subclass, is heard too.
        """
        own = vars(self)
        return (
            own.get("shortable_provider")
            or own.get("ShortableProvider")
            or NullShortableProvider.INSTANCE
        )

    def get_margin_interest_rate_model(self, security: Security) -> Any:
        """Return what carrying a position costs: nothing."""
        return NullMarginInterestRateModel.INSTANCE

    def get_benchmark(self, securities: Any) -> Any:
        """Return None: the benchmark is SPY unless the algorithm sets one."""
        return
