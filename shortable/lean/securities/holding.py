"""What is held of one security (LEAN: Common/Securities/SecurityHolding.cs)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from shortable.lean.exact import Exact, market_price
from shortable.lean.names import LeanObject
from shortable.lean.numbers import ZERO, decimal_of
from shortable.lean.orders.order import MarketOrder, Order
from shortable.lean.securities.cash import ConvertibleCashAmount

if TYPE_CHECKING:
    from shortable.lean.enums import SecurityType
    from shortable.lean.orders.events import OrderFee
    from shortable.lean.securities.cash import Cash
    from shortable.lean.symbols import Symbol

__all__ = ["SecurityHolding"]


class _Held(Protocol):
    """What a holding asks of its security."""

    @property
    def symbol(self) -> Symbol: ...

    @property
    def type(self) -> SecurityType: ...

    @property
    def leverage(self) -> float: ...

    @property
    def exact_leverage(self) -> Decimal: ...

    @property
    def quote_currency(self) -> Cash: ...

    @property
    def utc_time(self) -> datetime: ...

    @property
    def price(self) -> float: ...

    @property
    def bid_price(self) -> float: ...

    @property
    def ask_price(self) -> float: ...

    def order_fee(self, order: Order) -> OrderFee: ...


class SecurityHolding(LeanObject):
    """Shares held, what they cost and what they earned.

    Attributes
    ----------
    quantity : float
        Shares, negative for a short.
    average_price : float
        Per share.
    price : float
        Last trade's.
    profit : float
        Realised, before fees, dividends included.
    last_trade_profit, total_fees, total_sale_volume, total_dividends : float
    """

    quantity = Exact()
    average_price = Exact()
    price = Exact()
    profit = Exact()
    last_trade_profit = Exact()
    total_fees = Exact()
    total_sale_volume = Exact()
    total_dividends = Exact()
    exact_quantity: Decimal
    exact_average_price: Decimal
    exact_price: Decimal
    exact_profit: Decimal
    exact_last_trade_profit: Decimal
    exact_total_fees: Decimal
    exact_total_sale_volume: Decimal
    exact_total_dividends: Decimal

    def __init__(self, security: _Held) -> None:
        self._security = security
        self.target: Any = None
        self.quantity = self.average_price = self.price = ZERO
        self.profit = self.last_trade_profit = self.total_fees = self.total_sale_volume = ZERO
        self.total_dividends = ZERO

    @property
    def security(self) -> _Held:
        """What is held."""
        return self._security

    @property
    def symbol(self) -> Symbol:
        """What is held."""
        return self._security.symbol

    @property
    def type(self) -> SecurityType:
        """The security's."""
        return self._security.type

    @property
    def leverage(self) -> float:
        """The security's."""
        return self._security.leverage

    @property
    def absolute_quantity(self) -> float:
        """Shares without sign."""
        return abs(self.quantity)

    @property
    def invested(self) -> bool:
        """Whether shares are held or owed."""
        return self.exact_quantity != 0

    hold_stock = invested

    @property
    def is_long(self) -> bool:
        """Whether shares are held."""
        return self.exact_quantity > 0

    @property
    def is_short(self) -> bool:
        """Whether shares are owed."""
        return self.exact_quantity < 0

    @property
    def exact_holdings_cost(self) -> Decimal:
        """Average price times shares, signed, as a decimal."""
        return self.exact_average_price * self.exact_quantity

    @property
    def holdings_cost(self) -> float:
        """Average price times shares, signed."""
        return float(self.exact_holdings_cost)

    @property
    def absolute_holdings_cost(self) -> float:
        """Average price times shares."""
        return abs(self.holdings_cost)

    @property
    def unlevered_holdings_cost(self) -> float:
        """The cost over the leverage, signed."""
        return float(self.exact_holdings_cost / self._security.exact_leverage)

    @property
    def unlevered_absolute_holdings_cost(self) -> float:
        """The cost over the leverage."""
        return abs(self.unlevered_holdings_cost)

    @property
    def exact_holdings_value(self) -> Decimal:
        """Shares at the last price, signed, as a decimal."""
        return self.exact_quantity * self.exact_price

    @property
    def holdings_value(self) -> float:
        """Shares at the last price, signed."""
        return float(self.exact_holdings_value)

    @property
    def absolute_holdings_value(self) -> float:
        """Shares at the last price."""
        return abs(self.holdings_value)

    @property
    def net_profit(self) -> float:
        """Realised profit less fees."""
        return float(self.exact_profit - self.exact_total_fees)

    @property
    def unrealized_profit(self) -> float:
        """What closing would earn: sold at the bid, bought at the ask, less the fee."""
        return float(self.exact_close_profit())

    unrealised_profit = unrealized_profit

    @property
    def unrealized_profit_percent(self) -> float:
        """The same as a fraction of the cost; 0.0 where nothing is held."""
        cost = abs(self.exact_holdings_cost)
        return float(self.exact_close_profit() / cost) if cost else 0.0

    unrealised_profit_percent = unrealized_profit_percent

    def exact_close_profit(
        self,
        include_fees: bool = True,
        exit_price: Decimal | None = None,
        entry_price: Decimal | None = None,
        quantity: Decimal | None = None,
    ) -> Decimal:
        """Return what closing would earn, as a decimal."""
        security, shares = self._security, self.exact_quantity if quantity is None else quantity
        if not shares:
            return ZERO
        fee = ZERO
        if include_fees:
            order = MarketOrder(security.symbol, -shares, security.utc_time)
            fee = abs(security.order_fee(order).value.exact_amount)
        price = exit_price
        if price is None:
            price = decimal_of(security.bid_price if shares > 0 else security.ask_price)
            price = price or decimal_of(security.price)
        return (
            shares * price
            - shares * (self.exact_average_price if entry_price is None else entry_price)
            - fee
        )

    def total_close_profit(
        self,
        include_fees: bool = True,
        exit_price: float | None = None,
        entry_price: float | None = None,
        quantity: float | None = None,
    ) -> float:
        """Return what closing would earn."""
        given = [None if n is None else decimal_of(n) for n in (exit_price, entry_price, quantity)]
        return float(self.exact_close_profit(include_fees, *given))

    def get_quantity_value(
        self, quantity: float, price: float | None = None
    ) -> ConvertibleCashAmount:
        """Return what a number of shares is worth."""
        each = self.exact_price if price is None else decimal_of(price)
        return ConvertibleCashAmount(decimal_of(quantity) * each, self._security.quote_currency)

    def add_new_fee(self, fee: float | Decimal) -> None:
        """Count a fee."""
        self.total_fees = self.exact_total_fees + decimal_of(fee)

    def add_new_profit(self, profit: float | Decimal) -> None:
        """Count a realised profit."""
        self.profit = self.exact_profit + decimal_of(profit)

    def add_new_sale(self, value: float | Decimal) -> None:
        """Count turnover."""
        self.total_sale_volume = self.exact_total_sale_volume + decimal_of(value)

    def add_new_dividend(self, dividend: float | Decimal) -> None:
        """Count a dividend, which is profit."""
        self.total_dividends = self.exact_total_dividends + decimal_of(dividend)
        self.add_new_profit(dividend)

    def set_last_trade_profit(self, profit: float | Decimal) -> None:
        """Note what the last closing fill earned."""
        self.last_trade_profit = profit

    def set_holdings(self, average_price: float | Decimal, quantity: float | Decimal) -> None:
        """Say what is held; orders do it by themselves."""
        self.average_price = average_price
        self.quantity = quantity

    def update_market_price(self, price: float | Decimal) -> None:
        """Note the last price."""
        self.price = market_price(price)

    def __str__(self) -> str:
        if not self.exact_quantity:
            return f"{self.symbol}: 0 @ ${self.average_price:g}"
        return (
            f"{self.symbol}: {self.quantity:g} @ ${self.average_price:g} - Market: ${self.price:g}"
        )

    __repr__ = __str__
