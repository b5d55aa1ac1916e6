"""What trading code may ask of a security, of the account, and of the algorithm that it works for.

Orders, models and the account import these protocols, never the classes behind them, which stand above.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from shortable.lean.enums import DataNormalizationMode, SecurityType
    from shortable.lean.orders.events import OrderEvent, OrderFee
    from shortable.lean.orders.order import Order
    from shortable.lean.orders.requests import OrderRequest, SubmitOrderRequest
    from shortable.lean.orders.ticket import OrderTicket
    from shortable.lean.securities.cache import SecurityCache
    from shortable.lean.securities.cash import Cash, CashBook
    from shortable.lean.securities.exchange import SecurityExchange
    from shortable.lean.securities.holding import SecurityHolding
    from shortable.lean.securities.properties import SymbolProperties
    from shortable.lean.securities.trade_builder import TradeBuilder
    from shortable.lean.symbols import Symbol

__all__ = ["AlgorithmContext", "Portfolio", "Securities", "Security", "Sufficiency", "Transactions"]


class Security(Protocol):
    """One security: `shortable.lean.securities.security.Security` has the whole of it."""

    @property
    def symbol(self) -> Symbol:
        """What it is."""
        ...

    @property
    def type(self) -> SecurityType:
        """Kind of security."""
        ...

    @property
    def holdings(self) -> SecurityHolding:
        """What is held of it."""
        ...

    @property
    def cache(self) -> SecurityCache:
        """Its newest data."""
        ...

    @property
    def exchange(self) -> SecurityExchange:
        """Hours of its exchange."""
        ...

    @property
    def symbol_properties(self) -> SymbolProperties:
        """Lot size and price steps."""
        ...

    @property
    def quote_currency(self) -> Cash:
        """The cash in which it is paid."""
        ...

    @property
    def local_time(self) -> datetime:
        """The clock: naive, New York."""
        ...

    @property
    def utc_time(self) -> datetime:
        """The clock, UTC."""
        ...

    @property
    def price(self) -> float:
        """Last trade's price, 0.0 before the first."""
        ...

    @property
    def close(self) -> float:
        """Of the last bar, or the price."""
        ...

    @property
    def bid_price(self) -> float:
        """Last bid; the price where there is no quote."""
        ...

    @property
    def ask_price(self) -> float:
        """Last ask; the price where there is no quote."""
        ...

    @property
    def is_extended_market_hours(self) -> bool:
        """Whether data before the open and after the close are subscribed."""
        ...

    @property
    def data_normalization_mode(self) -> DataNormalizationMode:
        """How prices are adjusted."""
        ...

    @property
    def availability(self) -> Any:
        """Its shortable provider, as `provider_views.lean_provider` shows it."""
        ...

    @property
    def buying_power_model(self) -> Any:
        """How much of the account a position needs; a user's own has any class."""
        ...

    @property
    def portfolio_model(self) -> Any:
        """What a fill does to cash and holdings; a user's own has any class."""
        ...

    @property
    def settlement_model(self) -> Any:
        """When cash is there; a user's own has any class."""
        ...

    @property
    def fill_model(self) -> Any:
        """What orders fill at; a user's own has any class."""
        ...

    def subscribed(self, data_type: Any) -> bool:
        """Whether data of a type may fill orders."""
        ...

    def get_last_data(self) -> Any:
        """Return its newest trade bar, or None."""
        ...

    def order_fee(self, order: Order) -> OrderFee:
        """Return what the broker takes for an order."""
        ...

    def slippage(self, order: Order) -> Decimal:
        """Return what a market order loses, per share."""
        ...

    def price_step(self, price: Decimal) -> Decimal:
        """Return the step to which order prices are rounded; 0 for none."""
        ...


class Securities(Protocol):
    """All securities, by symbol: `securities.manager.SecurityManager`."""

    def __getitem__(self, key: Any) -> Any: ...

    @property
    def values(self) -> Iterable[Any]:
        """Those that are there: not removed."""
        ...

    def get(self, key: Any, default: Any = None) -> Any:
        """Return a security that is there, or was, or `default`."""
        ...


class Sufficiency(Protocol):
    """Whether an order is covered, and why not."""

    is_sufficient: bool
    reason: str


class Transactions(Protocol):
    """Orders and tickets: `orders.transactions.SecurityTransactionManager`."""

    def get_increment_order_id(self) -> int:
        """Number the next order."""
        ...

    @property
    def utc_time(self) -> datetime:
        """The clock."""
        ...

    def process_request(self, request: OrderRequest) -> OrderTicket:
        """Send a request; a new order is numbered here."""
        ...

    def add_order(self, request: SubmitOrderRequest) -> OrderTicket:
        """Send a new order."""
        ...

    def cancel_open_orders(self, symbol: Any = None, tag: str | None = None) -> list[OrderTicket]:
        """Cancel all open orders, or those of a symbol, and return their tickets."""
        ...

    def get_order_ticket(self, order_id: Any) -> OrderTicket | None:
        """Return an order's ticket, or None."""
        ...

    def get_open_order_tickets(self, filter: Any = None) -> list[OrderTicket]:
        """Return the open orders' tickets, of a symbol or for which a condition holds."""
        ...

    def add_transaction_record(self, time: datetime, profit: Decimal, is_win: bool) -> None:
        """Record what a closing fill earned."""
        ...


class Portfolio(Protocol):
    """Cash, holdings and margin: `securities.portfolio.SecurityPortfolioManager`."""

    @property
    def cash_book(self) -> CashBook:
        """Settled cash by currency."""
        ...

    @property
    def unsettled_cash_book(self) -> CashBook:
        """Cash that is still to come from sales, by currency."""
        ...

    @property
    def transactions(self) -> Transactions:
        """Orders and tickets."""
        ...

    @property
    def exact_total_value(self) -> Decimal:
        """Cash, settled or not, and all holdings at their last price, as a decimal."""
        ...

    @property
    def exact_margin_used(self) -> Decimal:
        """What all positions need, as a decimal."""
        ...

    def exact_margin_remaining(self, total: Decimal | None = None) -> Decimal:
        """Return what is left for positions, as a decimal."""
        ...

    @property
    def securities(self) -> Securities:
        """All securities, by symbol."""
        ...

    def __getitem__(self, key: Any) -> SecurityHolding: ...

    def has_sufficient_buying_power_for_order(self, order: Order) -> Sufficiency:
        """Say whether an order is covered."""
        ...

    def process_fills(self, fills: Sequence[OrderEvent]) -> None:
        """Apply fills."""
        ...


class AlgorithmContext(Protocol):
    """The algorithm as orders, securities and the portfolio see it.

    Whoever runs an algorithm (`shortable.lean.algorithm`) keeps it; trading code keeps a reference and asks.
    """

    @property
    def exchange_time(self) -> datetime:
        """The clock: naive, New York. Users may see another zone; trading code never does."""
        ...

    @property
    def utc_time(self) -> datetime:
        """The same instant as users see it: UTC, with its time zone, as LEAN's Python has it."""
        ...

    @property
    def securities(self) -> Securities:
        """All securities, by symbol."""
        ...

    @property
    def portfolio(self) -> Portfolio:
        """Cash, holdings and margin."""
        ...

    @property
    def transactions(self) -> Transactions:
        """Orders and tickets."""
        ...

    @property
    def trade_builder(self) -> TradeBuilder:
        """Pairs fills into closed trades."""
        ...

    @property
    def brokerage_model(self) -> Any:
        """The models that a new security is given, and which orders the broker takes; a user's own has any class."""
        ...

    @property
    def settings(self) -> Any:
        """Algorithm settings: ``stale_price_time_span`` and ``minimum_order_margin_portfolio_percentage`` are read."""
        ...

    @property
    def source(self) -> Any:
        """Where prices come from (`shortable.lean.data.source.PriceSource`): hours, interest rates, data folder."""
        ...

    @property
    def is_warming_up(self) -> bool:
        """Whether the algorithm has not begun to trade."""
        ...

    def on_order_event(self, event: OrderEvent) -> None:
        """Hand an event to the user's ``on_order_event``; after the portfolio and the ticket know it."""
        ...

    def on_margin_call(self, requests: list[SubmitOrderRequest]) -> Sequence[SubmitOrderRequest]:
        """Let the user amend the orders of a margin call; returns what to submit."""
        ...

    def on_margin_call_warning(self) -> None:
        """Tell the user that little margin remains."""
        ...

    def debug(self, message: str) -> None:
        """Tell the user."""
        ...

    def log(self, message: str) -> None:
        """Write to the log."""
        ...

    def error(self, message: str) -> None:
        """Tell the user that something was refused."""
        ...
