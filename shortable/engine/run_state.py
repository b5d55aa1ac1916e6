"""The state of one run, which an algorithm and the simulation that runs it share; private to the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from shortable.actions import CorporateActions
from shortable.borrow import Convention, FeeOnMarketValue
from shortable.engine.account import Account
from shortable.engine.action_calendar import OnDelisting
from shortable.engine.brokerage import (
    BrokerageModel,
    BrokerageModelSecurityInitializer,
    DefaultBrokerageModel,
)
from shortable.engine.corporate_actions import Applied
from shortable.engine.lending import Lending
from shortable.engine.maintenance import MaintenanceModel, NullMaintenance
from shortable.engine.order_desk import OrderDesk
from shortable.engine.pairs import Pairs
from shortable.engine.portfolio import SecurityPortfolioManager
from shortable.engine.security import Security, SecurityManager
from shortable.engine.short_desk import EngineShortDesk
from shortable.engine.solvency import Ruin
from shortable.engine.transactions import SecurityTransactionManager
from shortable.market_data import MarketData, Resolution
from shortable.provider import ShortableProvider
from shortable.providers import ShareBasis, on_split_basis
from shortable.results import OpeningBook, OpeningHolding
from shortable.rule import OnExceed, OwnUse, Recheck
from shortable.symbol import Symbol

__all__ = ["RunState", "Settings"]


@dataclass(slots=True)
class Settings:
    """What a run is given from outside the algorithm: the arguments of `Backtest`."""

    data: MarketData | None = None
    start: date | None = None
    end: date | None = None
    cash: float | None = None
    provider: ShortableProvider | None = None
    borrow_fee: Convention = field(default_factory=FeeOnMarketValue)
    on_exceed: OnExceed = "reject"
    recheck: Recheck = "submission"
    own_use: OwnUse = "included"
    share: float = 1
    parameters: Mapping[str, Any] = field(default_factory=dict)
    opening_book: OpeningBook | None = None
    actions: CorporateActions = CorporateActions()  # noqa: RUF009  it never changes
    on_delisting: OnDelisting = "last_price"
    maintenance: MaintenanceModel = NullMaintenance()  # noqa: RUF009  frozen
    lending: Lending = field(default_factory=Lending.none)
    without_limits: bool = False
    """Every provider is set aside: nothing is refused for availability."""


class RunState:
    """What an algorithm has set up, and where its run stands."""

    # LEAN's default, see QCAlgorithm.SetCash.
    STARTING_CASH = 100_000.0

    def __init__(self, settings: Settings | None = None) -> None:
        settings = settings or Settings()
        self.settings = settings
        self.data = settings.data
        self.actions = settings.actions
        self._views: dict[int, tuple[ShortableProvider, ShortableProvider]] = {}
        self.parameters = dict(settings.parameters)
        self.start, self.end = settings.start, settings.end
        self.account = Account(self.STARTING_CASH if settings.cash is None else settings.cash)
        self.by_column: list[Security] = []
        self.short_desk = EngineShortDesk(
            self.account,
            self.by_column,
            on_exceed=settings.on_exceed,
            recheck=settings.recheck,
            borrow_fee=settings.borrow_fee,
            own_use=settings.own_use,
            share=settings.share,
        )
        self.order_desk = OrderDesk(self.account, self.short_desk, self.by_column)
        self.pairs = Pairs(self.order_desk)
        self.securities = SecurityManager()
        self.portfolio = SecurityPortfolioManager(self.account, self.short_desk)
        self.transactions = SecurityTransactionManager(self.order_desk, self.securities)
        self.default_model: BrokerageModel = DefaultBrokerageModel(settings.provider)
        self.brokerage_model: BrokerageModel = self.default_model
        self.initializer: Callable[[Security], None] = BrokerageModelSecurityInitializer(
            self.default_model
        ).initialize
        self.initializer_replaced = False
        self.more_initializers: list[Callable[[Security], None]] = []
        self.log: list[tuple[datetime, str, str]] = []
        self.quitting = self.finished = False
        self.opening: tuple[OpeningHolding, ...] = ()
        self.starting_equity = self.account.cash
        self.applied: list[Applied] = []
        self.notes: tuple[str, ...] = ()
        self.margin_calls = 0
        self.ruin: Ruin | None = None
        self.widen: Callable[[Symbol, Resolution], None] | None = None
        """Makes a run that has begun ready for one more security; None before."""

    def view(self, provider: ShortableProvider) -> ShortableProvider:
        """Return a provider in the run's shares and by the tickers of the day: the same one for the same provider."""
        actions = self.actions
        if self.data is None or len(actions) == len(actions.dividends):
            return provider
        found = self._views.get(id(provider))
        if found is None:
            basis: ShareBasis = "raw" if self.data.basis == "raw" else "split_adjusted"
            found = self._views[id(provider)] = provider, on_split_basis(provider, actions, basis)
        return found[1]

    def name_company(self, symbol: Symbol) -> None:
        """Let a security be found under all tickers of its company, unless another one is subscribed under one."""
        if self.data is None or not self.actions.renames:
            return
        for name in self.actions.identity(symbol, self.data.last_day(symbol)).names:
            for found in (self.securities, self.portfolio):
                if name.symbol != symbol and name.symbol not in found:
                    found.aliases[name.symbol] = symbol
        if self.account.feed is not None:
            self.account.feed.name_columns(self.securities.aliases)

    def initialize_security(self, security: Security) -> None:
        """Apply the initializers to a security; where they leave it without a provider, it gets the default one."""
        security.set_default_provider(self.default_model.get_shortable_provider(security))
        self.initializer(security)
        for initializer in self.more_initializers:
            initializer(security)
