"""What an algorithm and the loop that runs it share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from shortable.engine.availability import Availability
from shortable.engine.book import Book
from shortable.engine.brokerage import BrokerageModel, DefaultBrokerageModel
from shortable.engine.desk import OrderDesk
from shortable.engine.initializers import BrokerageModelSecurityInitializer
from shortable.engine.opening import OpeningBook, OpeningHolding
from shortable.engine.portfolio import SecurityPortfolioManager
from shortable.engine.securities import SecurityManager
from shortable.engine.security import Security
from shortable.engine.transactions import SecurityTransactionManager
from shortable.market_data import MarketData
from shortable.rule import OnExceed, Recheck

if TYPE_CHECKING:
    from shortable.engine.financing import Financing

__all__ = ["Core", "Settings"]


@dataclass(slots=True)
class Settings:
    """What a run is given from outside the algorithm."""

    data: MarketData | None = None
    start: date | None = None
    end: date | None = None
    cash: float | None = None
    shortable_provider: Any = None
    on_exceed: OnExceed = "reject"
    recheck: Recheck = "submission"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    opening_book: OpeningBook | None = None


class Core:
    """The state behind one algorithm; private to the engine."""

    # LEAN's default, see QCAlgorithm.SetCash.
    STARTING_CASH = 100_000.0

    def __init__(self, settings: Settings | None = None) -> None:
        settings = settings or Settings()
        self.settings = settings
        self.data = settings.data
        self.parameters = dict(settings.parameters)
        self.start, self.end = settings.start, settings.end
        self.book = Book(self.STARTING_CASH if settings.cash is None else settings.cash)
        self.in_order: list[Security] = []
        self.availability = Availability(
            self.book, self.in_order, settings.on_exceed, settings.recheck
        )
        self.desk = OrderDesk(self.book, self.availability)
        self.securities = SecurityManager()
        self.portfolio = SecurityPortfolioManager(self.book)
        self.transactions = SecurityTransactionManager(self.desk, self.securities)
        self.default_model: BrokerageModel = DefaultBrokerageModel(settings.shortable_provider)
        self.brokerage_model: BrokerageModel = self.default_model
        self.initializer: Callable[[Security], None] = BrokerageModelSecurityInitializer(
            self.default_model
        ).initialize
        self.initializer_replaced = False
        self.more_initializers: list[Callable[[Security], None]] = []
        self.log: list[tuple[datetime, str, str]] = []
        self.quitting = self.finished = False
        self.opening: tuple[OpeningHolding, ...] = ()
        self.starting_equity = self.book.cash
        self.financing: Financing | None = None

    def initialize_security(self, security: Security) -> None:
        """Apply the initializers to a security; where they leave it without a provider, the default one."""
        security.set_default_provider(self.default_model.get_shortable_provider(security))
        self.initializer(security)
        for initializer in self.more_initializers:
            initializer(security)
