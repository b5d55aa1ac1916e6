"""A desk for trading code: LEAN's securities, portfolio and handler on a clock that the test sets, without a loop."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from shortable.lean.brokerages.initializers import BrokerageModelSecurityInitializer
from shortable.lean.brokerages.models import DefaultBrokerageModel
from shortable.lean.data import QuoteBar, TradeBar
from shortable.lean.data.bars import Bar
from shortable.lean.data.hours import ExchangeHours
from shortable.lean.enums import DataNormalizationMode, OrderType, Resolution, SecurityType
from shortable.lean.orders.handler import TransactionHandler
from shortable.lean.orders.requests import SubmitOrderRequest
from shortable.lean.orders.transactions import SecurityTransactionManager
from shortable.lean.securities.manager import SecurityManager
from shortable.lean.securities.portfolio import SecurityPortfolioManager
from shortable.lean.securities.security import Equity
from shortable.lean.securities.trade_builder import TradeBuilder
from shortable.lean.symbols import Symbol, SymbolCache

MONDAY = datetime(2013, 10, 7)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def at(text: str, day: datetime = MONDAY) -> datetime:
    """Return a time of day."""
    hour, minute = text.split(":")
    return day + timedelta(hours=int(hour), minutes=int(minute))


class Desk:
    """Keeps `AlgorithmContext`. What it was told stands in `events`, `errors` and `warnings`."""

    def __init__(self, cash: float = 100_000, model: Any = None) -> None:
        self.exchange_time = at("9:31")
        self.source = SimpleNamespace(hours=ExchangeHours(), folder=None)
        self.settings = SimpleNamespace(
            stale_price_time_span=HOUR,
            free_portfolio_value=None,
            free_portfolio_value_percentage=0.0025,
            minimum_order_margin_portfolio_percentage=0.0,
        )
        self.is_warming_up = False
        self.brokerage_model = model or DefaultBrokerageModel()
        self.events: list[Any] = []
        self.errors: list[str] = []
        self.margin_warnings = 0
        self.hears: Callable[[Any], None] = lambda event: None
        self.securities = SecurityManager(self)
        self.transactions = SecurityTransactionManager(self)
        self.portfolio = SecurityPortfolioManager(self)
        self.trade_builder = TradeBuilder()
        self.handler = TransactionHandler(self)
        self.transactions.set_order_processor(self.handler)
        self.portfolio.set_cash(cash)

    @property
    def utc_time(self) -> datetime:
        return self.exchange_time.replace(tzinfo=ZoneInfo("America/New_York")).astimezone(
            ZoneInfo("UTC")
        )

    def on_order_event(self, event: Any) -> None:
        self.events.append(event)
        self.hears(event)

    def on_margin_call(self, requests: Any) -> Any:
        return requests

    def on_margin_call_warning(self) -> None:
        self.margin_warnings += 1

    def debug(self, message: str) -> None: ...

    log = debug

    def error(self, message: str) -> None:
        self.errors.append(message)

    # -- for tests ------------------------------------------------------------------------------------------------
    def add(
        self,
        ticker: str,
        resolution: Resolution = Resolution.MINUTE,
        price: float = 0.0,
        *,
        quotes: bool = True,
        mode: DataNormalizationMode = DataNormalizationMode.ADJUSTED,
        extended: bool = False,
    ) -> Any:
        """Follow an equity."""
        symbol = Symbol.create(ticker, SecurityType.EQUITY, "usa")
        SymbolCache.set(ticker, symbol)
        kinds = [TradeBar, QuoteBar] if quotes and resolution == Resolution.MINUTE else [TradeBar]
        configs = [
            SimpleNamespace(
                type=kind,
                resolution=resolution,
                extended_market_hours=extended,
                is_internal_feed=False,
                fill_data_forward=True,
                data_normalization_mode=mode,
            )
            for kind in kinds
        ]
        security = Equity(self, symbol, subscriptions=configs)
        self.securities.add(security)
        BrokerageModelSecurityInitializer(self.brokerage_model).initialize(security)
        if price:
            self.trade(security, price)
        return security

    def trade(
        self, security: Any, *prices: float, period: timedelta = MINUTE, volume: float = 1000
    ) -> None:
        """Let a trade bar end now: open, high, low, close, or one price for all."""
        o, h, low, c = prices if len(prices) == 4 else prices * 4
        bar = TradeBar(self.exchange_time - period, security.symbol, o, h, low, c, volume, period)
        security.update([bar], TradeBar, False)
        self.trade_builder.set_market_price(security.symbol, security.price)

    def quote(self, security: Any, bid: float | None, ask: float | None, size: float = 100) -> None:
        """Let a quote bar end now."""
        sides = [None if side is None else Bar(side, side, side, side) for side in (bid, ask)]
        bar = QuoteBar(
            self.exchange_time - MINUTE, security.symbol, sides[0], size, sides[1], size, MINUTE
        )
        security.update([bar], QuoteBar, False)

    def clock(self, time: datetime) -> None:
        """Set the clock."""
        self.exchange_time = time

    def step(self) -> None:
        """Let the handler do what it does once before and once after the algorithm."""
        self.handler.process_synchronous_events()

    def send(self, kind: OrderType, security: Any, quantity: float, **prices: Any) -> Any:
        """Send an order and return its ticket."""
        names = {name: prices.pop(name) for name in ("tag", "properties") if name in prices}
        stop, limit = prices.pop("stop", 0), prices.pop("limit", 0)
        request = SubmitOrderRequest(
            kind,
            SecurityType.EQUITY,
            security.symbol,
            Decimal(str(quantity)),
            stop,
            limit,
            trigger_price=prices.pop("trigger", 0),
            trailing_amount=prices.pop("trailing", 0),
            trailing_as_percentage=prices.pop("percentage", False),
            time=self.utc_time,
            **names,
        )
        return self.transactions.add_order(request)

    def market(self, security: Any, quantity: float, **more: Any) -> Any:
        return self.send(OrderType.MARKET, security, quantity, **more)

    def limit(self, security: Any, quantity: float, price: float, **more: Any) -> Any:
        return self.send(OrderType.LIMIT, security, quantity, limit=price, **more)


class Shares:
    """A provider of a number of shares, and of rates."""

    def __init__(self, quantity: int | None, fee: float = 0.0, rebate: float = 0.0) -> None:
        self.quantity, self.fee, self.rebate = quantity, fee, rebate

    def shortable_quantity(self, symbol: Any, local_time: datetime) -> int | None:
        return self.quantity

    def fee_rate(self, symbol: Any, local_time: datetime) -> float:
        return self.fee

    def rebate_rate(self, symbol: Any, local_time: datetime) -> float:
        return self.rebate
