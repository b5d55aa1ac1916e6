"""What a run consists of besides the user's algorithm, and the face that trading code sees of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from shortable.lean.algorithm.clock import Clock
from shortable.lean.algorithm.date_rules import DateRules
from shortable.lean.algorithm.journal import Journal
from shortable.lean.algorithm.last_prices import last_known_prices
from shortable.lean.algorithm.schedule import ScheduleManager
from shortable.lean.algorithm.settings import AlgorithmSettings
from shortable.lean.algorithm.subscriptions import SubscriptionManager
from shortable.lean.algorithm.time_rules import TimeRules
from shortable.lean.benchmarks import SecurityBenchmark
from shortable.lean.brokerages.initializers import BrokerageModelSecurityInitializer
from shortable.lean.brokerages.models import DefaultBrokerageModel
from shortable.lean.enums import AlgorithmStatus, DataNormalizationMode, Resolution
from shortable.lean.feed.config import SubscriptionDataConfig
from shortable.lean.feed.market_time import MarketTime
from shortable.lean.feed.scheduled_universe import ScheduledUniverse
from shortable.lean.feed.slices import Slice
from shortable.lean.feed.universe import Universe, UniverseManager, UniverseSettings
from shortable.lean.framework.pipeline import Framework
from shortable.lean.models import method
from shortable.lean.orders.handler import TransactionHandler
from shortable.lean.orders.properties import OrderProperties
from shortable.lean.orders.transactions import SecurityTransactionManager
from shortable.lean.securities.manager import SecurityManager
from shortable.lean.securities.margin_interest import MarginInterestRateParameters
from shortable.lean.securities.portfolio import SecurityPortfolioManager
from shortable.lean.securities.properties import SymbolProperties
from shortable.lean.securities.security import Equity
from shortable.lean.securities.settlement import ScanSettlementModelParameters
from shortable.lean.securities.trade_builder import TradeBuilder
from shortable.lean.symbols import Symbol, SymbolCache

if TYPE_CHECKING:
    from shortable.lean.data.source import PriceSource

__all__ = ["Kernel", "stated_provider"]

# LEAN: QCAlgorithm's constructor; a run whose algorithm names no dates covers the year before today there, and here
# it has to name them.
_DEFAULT_CASH = 100_000
_BENCHMARK = "SPY"  # DefaultBrokerageModel.GetBenchmark


def stated_provider(model: Any) -> Any:
    """Return the provider that a broker's model has as an attribute, in either spelling, or None."""
    own = vars(model)
    return own.get("shortable_provider", own.get("ShortableProvider"))


class Kernel:
    """State of one run.

    Parameters
    ----------
    algorithm : QCAlgorithm
        The user's, of any class.
    source : PriceSource
    parameters : dict
        For ``get_parameter``.
    """

    def __init__(self, algorithm: Any, source: PriceSource, parameters: dict[str, str]) -> None:
        self.algorithm, self.source, self.parameters = algorithm, source, dict(parameters)
        self.market = MarketTime(source.hours)
        self.clock = Clock(datetime(1998, 1, 2))
        self.start: datetime | None = None
        self.end: datetime | None = None
        self.fixed: dict[str, Any] = {}
        self.settings = AlgorithmSettings()
        self.journal = Journal(self.clock)
        self.universe_settings = UniverseSettings()
        self.universe_manager = UniverseManager()
        self.date_rules = DateRules(self.market, lambda: self.clock.face.date())
        self.time_rules = TimeRules(self.market, self.clock)
        self.schedule = ScheduleManager(self.date_rules, self.time_rules)
        self.subscription_manager = SubscriptionManager(self)
        self.pending_universes: list[Any] = []
        self.user_universe_changed = False
        self.initialised = self.is_warming_up = False
        self.warm_up: tuple[Any, Any] | None = None
        self.status = AlgorithmStatus.INITIALIZING
        self.current_slice: Slice | None = None
        self.max_orders = 10**9
        self.brokerage_model: Any = DefaultBrokerageModel()
        self.brokerage_named = self.initializer_named = False
        self.initializers: list[Any] = []
        self.default_order_properties: Any = OrderProperties()
        self.benchmark: Any = None
        self.benchmark_security: Any = None
        self.figures: Callable[[], tuple[dict[str, str], Any]] | None = None
        self.start_cash_set = False
        self.securities: SecurityManager = SecurityManager(self)
        self.transactions = SecurityTransactionManager(self)
        self.portfolio = SecurityPortfolioManager(self)
        self.trade_builder: TradeBuilder = TradeBuilder()
        self.handler = TransactionHandler(self)
        self.transactions.set_order_processor(self.handler)
        self.portfolio.set_cash(_DEFAULT_CASH)
        self.framework = Framework(self)
        self.security_initializer: Any = BrokerageModelSecurityInitializer(self.brokerage_model)

    # -- AlgorithmContext -----------------------------------------------------------------------------------------
    @property
    def exchange_time(self) -> datetime:
        """The clock: naive, New York."""
        return self.clock.now

    @property
    def utc_time(self) -> datetime:
        """The clock, UTC."""
        return self.clock.utc

    def on_order_event(self, event: Any) -> None:
        """Hand an event to the user."""
        self.journal.order_events.append(event)
        self.framework.order_event(event)
        self.algorithm.on_order_event(event)

    def on_margin_call(self, requests: list[Any]) -> Sequence[Any]:
        """Let the user amend a margin call: the list itself, or what is returned."""
        answer = self.algorithm.on_margin_call(requests)
        return requests if answer is None else answer

    def on_margin_call_warning(self) -> None:
        """Tell the user that little margin remains."""
        self.algorithm.on_margin_call_warning()

    def debug(self, message: str) -> None:
        """Tell the user."""
        self.journal.write("debug", message)

    def log(self, message: str) -> None:
        """Write to the log."""
        self.journal.write("log", message)

    def error(self, message: str) -> None:
        """Tell the user that something was refused."""
        self.journal.write("error", message)

    # -- securities (feed.selection.Host) -------------------------------------------------------------------------
    def create_security(
        self, symbol: Symbol, configs: list[SubscriptionDataConfig], leverage: float = 0
    ) -> Any:
        """Return the security of a symbol: the one that is there or was, or a new one, its models set.

        One that was removed comes back with its profits, fees and the user's attributes, and is initialised once more
        (Engine/.../SecurityService.cs).
        """
        security = self.securities.get(symbol)
        if security is not None and security.is_initialized:
            return security
        new = security is None
        if security is None:
            security = self._new_security(symbol, configs)
        for config in configs:
            security.add_subscription(config)
        security.is_tradable = security.is_initialized = True
        self.securities.add(security)
        self.initialise(security)
        if new and leverage:
            security.set_leverage(leverage)
        if self.settings.seed_initial_prices and security.price == 0:
            for data in last_known_prices(self, symbol):
                security.set_market_price(data)
        return security

    def _new_security(self, symbol: Symbol, configs: list[SubscriptionDataConfig]) -> Equity:
        row = self.source.symbol_properties(symbol)
        SymbolCache.set(symbol.value, symbol)
        return Equity(
            self,
            symbol,
            properties=SymbolProperties(
                row.description,
                row.quote_currency,
                row.contract_multiplier,
                row.minimum_price_variation,
                row.lot_size,
                row.market_ticker,
            ),
            subscriptions=configs,
        )

    def initialise(self, security: Any) -> None:
        """Set a security's models: the initializer in force, then those that were added."""
        for initializer in (self.security_initializer, *self.initializers):
            if callable(initializer) and not hasattr(initializer, "initialize"):
                initializer(security)
            else:
                method(initializer, "initialize")(security)
            if initializer is self.security_initializer and not self.initializer_named:
                self._older_provider(security)

    def _older_provider(self, security: Any) -> None:
        """Give a security the provider of a broker's model of LEAN's older kind, which has it as an attribute."""
        model = self.brokerage_model
        if type(model).get_shortable_provider is DefaultBrokerageModel.get_shortable_provider:
            provider = stated_provider(model)
            if provider is not None:
                security.set_shortable_provider(provider)

    def make_benchmark(self) -> None:
        """Follow the benchmark's prices: by default SPY's, hourly, which the algorithm does not see."""
        if self.benchmark is not None:
            return
        own = method(self.brokerage_model, "get_benchmark")(self.securities)
        if own is None:
            self.follow(self.source.resolve(_BENCHMARK, self.clock.now.date()))
        elif isinstance(own, SecurityBenchmark):
            self.follow(own.security.symbol)
        else:
            self.benchmark = own

    def follow(self, symbol: Symbol) -> None:
        """Make a security the benchmark: one of its own, even where the user has the same (SecurityService.cs).

        So its hours do not touch the prices and volumes that the algorithm sees.
        """
        cached = SymbolCache.find(symbol.value)
        security = self._new_security(symbol, [])
        if cached is not None:
            SymbolCache.set(symbol.value, cached)
        security.is_tradable = False
        self.benchmark_security = security
        self.benchmark = SecurityBenchmark(security)

    def benchmark_config(self) -> SubscriptionDataConfig | None:
        """Return the internal subscription of the benchmark (UniverseSelection.AddPendingInternalDataFeeds)."""
        from shortable.lean.data import TradeBar
        from shortable.lean.enums import TickType

        if self.benchmark_security is None:
            return None
        symbol = self.benchmark_security.symbol
        holds = getattr(
            self.source, "holds", None
        )  # prices of ours need not have hours; LEAN's folder is read as LEAN does
        daily = holds is not None and not holds(symbol, Resolution.HOUR)
        return SubscriptionDataConfig(
            symbol,
            TradeBar,
            TickType.TRADE,
            Resolution.DAILY if daily else Resolution.HOUR,
            fill_forward=False,
            is_internal_feed=True,
            data_normalization_mode=DataNormalizationMode.ADJUSTED,
        )

    def add_universe(self, universe: Universe) -> None:
        """Enter a universe; its members are selected when it is next looked at."""
        if isinstance(universe, ScheduledUniverse):
            universe.defaults_to(lambda: self.universe_settings)
        self.pending_universes.append(universe)

    def may_go(self, security: Any) -> bool:
        """Whether nothing is held and no order is open."""
        return not security.invested and not self.transactions.get_open_order_tickets(
            security.symbol
        )

    def forget(self, security: Any) -> None:
        """Take a security out."""
        self.securities.remove(security.symbol)

    def scan_models(self, security: Any) -> None:
        """Charge or pay a security's interest, and settle what is due."""
        model = security.margin_interest_rate_model
        method(model, "apply_margin_interest_rate")(
            MarginInterestRateParameters(security, self.clock.utc)
        )
        due = ScanSettlementModelParameters(self.portfolio, security, self.clock.utc)
        method(security.settlement_model, "scan")(due)
