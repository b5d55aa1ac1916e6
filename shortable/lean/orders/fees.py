"""Commission models (LEAN: Common/Orders/Fees)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from shortable.lean.names import LeanObject
from shortable.lean.numbers import ZERO, decimal_of
from shortable.lean.orders.events import CashAmount, OrderFee

if TYPE_CHECKING:
    from shortable.lean.context import Security
    from shortable.lean.orders.order import Order

__all__ = [
    "AlpacaFeeModel",
    "AxosFeeModel",
    "CharlesSchwabFeeModel",
    "ConstantFeeModel",
    "FeeModel",
    "InteractiveBrokersFeeModel",
    "OrderFeeParameters",
    "TDAmeritradeFeeModel",
    "TastytradeFeeModel",
    "TradeStationFeeModel",
    "TradierFeeModel",
]


class OrderFeeParameters(LeanObject):
    """What a fee model is asked with.

    Attributes
    ----------
    security : Security
    order : Order
    account_currency : str
    """

    account_currency = "USD"

    def __init__(self, security: Security, order: Order) -> None:
        self.security = security
        self.order = order


class FeeModel(LeanObject):
    """Base of fee models: nothing is charged."""

    def get_order_fee(self, parameters: OrderFeeParameters) -> OrderFee:
        """Return what the broker takes for an order."""
        return OrderFee(CashAmount(ZERO))


class ConstantFeeModel(FeeModel):
    """The same for every order.

    Parameters
    ----------
    fee : float
        At least 0 after its sign is dropped.
    currency : str, default "USD"
    """

    def __init__(self, fee: float | Decimal, currency: str = "USD") -> None:
        self._fee, self._currency = abs(decimal_of(fee)), currency

    def get_order_fee(self, parameters: OrderFeeParameters) -> OrderFee:
        """Return the fee."""
        return OrderFee(CashAmount(self._fee, self._currency))


class InteractiveBrokersFeeModel(FeeModel):
    """Interactive Brokers' fixed pricing of US equities as LEAN has it: 0.005 a share, at least 1.00, at most 0.5 %.

    The minimum beats the cap: 10 shares at 5.00 cost 1.00, not 0.25. The order's value is that at the security's
    price at the time of asking (`Order.get_value`), not at the fill's price.
    """

    def __init__(
        self,
        monthly_forex_trade_amount_in_us_dollars: float = 0,
        monthly_options_trade_amount_in_contracts: float = 0,
    ) -> None:
        """Take LEAN's arguments, which are about securities that are not modelled."""

    def get_order_fee(self, parameters: OrderFeeParameters) -> OrderFee:
        """Return the commission."""
        order = parameters.order
        fee = Decimal("0.005") * abs(order.exact_quantity)
        cap = Decimal("0.005") * abs(order.exact_value(parameters.security))
        if fee < 1:
            fee = Decimal(1)
        elif fee > cap:
            fee = cap
        return OrderFee(CashAmount(fee))


class AxosFeeModel(FeeModel):
    """Axos Clearing: a rate per share, by default 0.0035.

    Parameters
    ----------
    fees_per_share : float, optional
    """

    def __init__(self, fees_per_share: float | None = None) -> None:
        self._fee = Decimal("0.0035") if fees_per_share is None else decimal_of(fees_per_share)

    def get_order_fee(self, parameters: OrderFeeParameters) -> OrderFee:
        """Return the commission."""
        return OrderFee(CashAmount(self._fee * abs(parameters.order.exact_quantity)))


class AlpacaFeeModel(FeeModel):
    """Alpaca: shares are free."""


class TDAmeritradeFeeModel(FeeModel):
    """TD Ameritrade: shares are free."""


class TradierFeeModel(FeeModel):
    """Tradier's subscription: shares are free."""


class CharlesSchwabFeeModel(FeeModel):
    """Charles Schwab: shares are free."""


class TastytradeFeeModel(FeeModel):
    """Tastytrade: shares are free."""


class TradeStationFeeModel(FeeModel):
    """TradeStation: shares are free to residents of the United States, others pay 5.00 an order.

    Attributes
    ----------
    us_resident : bool
    """

    us_resident = True

    def get_order_fee(self, parameters: OrderFeeParameters) -> OrderFee:
        """Return the commission."""
        return OrderFee(CashAmount(Decimal(0 if self.us_resident else 5)))
