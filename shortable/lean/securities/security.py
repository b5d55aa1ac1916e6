"""`Security`: one symbol that the algorithm follows, with its models, prices and holdings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shortable.lean.data import Split
from shortable.lean.enums import DataNormalizationMode, Resolution, SecurityType
from shortable.lean.models import method
from shortable.lean.securities.cache import SecurityCache
from shortable.lean.securities.cash import Cash
from shortable.lean.securities.exchange import SecurityExchange
from shortable.lean.securities.holding import SecurityHolding
from shortable.lean.securities.own_properties import OwnProperties
from shortable.lean.securities.properties import (
    AdjustedPriceVariationModel,
    EquityPriceVariationModel,
    SymbolProperties,
)
from shortable.lean.securities.security_models import SecurityModels
from shortable.lean.securities.session import Session

if TYPE_CHECKING:
    from shortable.lean.context import AlgorithmContext
    from shortable.lean.symbols import Symbol

__all__ = ["Equity", "Security"]

_MOMENT, _DAY = timedelta(microseconds=1), timedelta(days=1)

Kind = type
"""`type`, which is the name of a property here."""


class Security(SecurityModels, OwnProperties):
    """One symbol that the algorithm follows. Takes attributes of the user's own.

    Attributes
    ----------
    symbol : Symbol
    cache : SecurityCache
    holdings : SecurityHolding
    exchange : SecurityExchange
    symbol_properties : SymbolProperties
    quote_currency : Cash
    subscriptions : list
        What is subscribed for it; each has ``type``, ``resolution``, ``extended_market_hours``,
        ``is_internal_feed``, ``fill_data_forward`` and ``data_normalization_mode``.
    is_tradable, is_delisted, is_initialized : bool
        Kept by the loop.
    fill_model, fee_model, slippage_model, settlement_model, portfolio_model, volatility_model : object
    price_variation_model, margin_interest_rate_model : object
    """

    def __init__(
        self,
        context: AlgorithmContext,
        symbol: Symbol,
        *,
        properties: SymbolProperties | None = None,
        subscriptions: Iterable[Any] = (),
    ) -> None:
        super().__init__()
        self._context = context
        self.symbol = symbol
        self.cache = SecurityCache()
        self.symbol_properties = properties or SymbolProperties()
        hours = context.source.hours
        self.exchange = SecurityExchange(hours, lambda: context.exchange_time)
        # The first hour's bar begins before the market opens, a day's may last from midnight to midnight.
        self.session = Session(
            lambda start, end: (
                hours.is_open(start, False)
                or hours.is_open(end - _MOMENT, False)
                or end - start >= _DAY
            )
        )
        self.quote_currency: Cash = context.portfolio.cash_book["USD"]
        self.subscriptions: list[Any] = list(subscriptions)
        self.holdings = SecurityHolding(self)
        self.is_tradable = True
        self.is_delisted = False
        self.is_initialized = False
        if self.data_normalization_mode == DataNormalizationMode.RAW:
            self.price_variation_model = EquityPriceVariationModel()

    # -- what it is -----------------------------------------------------------------------------------------------
    @property
    def type(self) -> SecurityType:
        """Kind of security."""
        return self.symbol.security_type

    @property
    def resolution(self) -> Resolution:
        """The finest that is subscribed; a day where nothing is."""
        return min((s.resolution for s in self._public()), default=Resolution.DAILY)

    @property
    def is_extended_market_hours(self) -> bool:
        """Whether data before the open and after the close are subscribed."""
        return any(s.extended_market_hours for s in self._public())

    @property
    def is_fill_data_forward(self) -> bool:
        """Whether bars are repeated where there was no trade."""
        return any(s.fill_data_forward for s in self._public())

    @property
    def subscription_data_config(self) -> Any:
        """The first of the subscriptions, or None; LEAN's newer name is `subscriptions`."""
        return next(iter(self._public()), None)

    @property
    def data_normalization_mode(self) -> DataNormalizationMode:
        """How prices are adjusted."""
        for subscription in self.subscriptions:
            return DataNormalizationMode(subscription.data_normalization_mode)
        return DataNormalizationMode.ADJUSTED

    def set_data_normalization_mode(self, mode: DataNormalizationMode) -> None:
        """Say how prices are adjusted, for all that is subscribed of it."""
        for subscription in self.subscriptions:
            subscription.data_normalization_mode = mode
        raw = mode == DataNormalizationMode.RAW
        self.price_variation_model = (
            EquityPriceVariationModel() if raw else AdjustedPriceVariationModel()
        )

    def add_subscription(self, subscription: Any) -> None:
        """Note one more subscription."""
        if not any(s is subscription for s in self.subscriptions):
            self.subscriptions.append(subscription)

    def remove_subscription(self, subscription: Any) -> None:
        """Forget one."""
        self.subscriptions = [s for s in self.subscriptions if s is not subscription]

    def _public(self) -> list[Any]:
        """Return what the user subscribed, or where there is nothing what we did."""
        return [s for s in self.subscriptions if not s.is_internal_feed] or self.subscriptions

    def subscribed(self, data_type: Kind) -> bool:
        """Whether data of a type may fill orders: fill models ask what is subscribed, not what is cached."""
        return any(issubclass(s.type, data_type) for s in self._public())

    # -- where it stands ------------------------------------------------------------------------------------------
    @property
    def local_time(self) -> datetime:
        """The clock: naive, New York."""
        return self._context.exchange_time

    @property
    def utc_time(self) -> datetime:
        """The clock, UTC."""
        return self._context.utc_time

    @property
    def has_data(self) -> bool:
        """Whether there has been a trade."""
        return self.cache.last is not None

    @property
    def price(self) -> float:
        """Last trade's price, 0.0 before the first."""
        return self.cache.price

    @property
    def open(self) -> float:
        """Of the last bar, or the price."""
        return self.cache.open or self.cache.price

    @property
    def high(self) -> float:
        """Of the last bar, or the price."""
        return self.cache.high or self.cache.price

    @property
    def low(self) -> float:
        """Of the last bar, or the price."""
        return self.cache.low or self.cache.price

    @property
    def close(self) -> float:
        """Of the last bar, or the price."""
        return self.cache.close or self.cache.price

    @property
    def volume(self) -> float:
        """Of the last bar, in shares."""
        return self.cache.volume

    @property
    def bid_price(self) -> float:
        """Last bid; the price where there is no quote."""
        return self.cache.bid_price or self.cache.price

    @property
    def ask_price(self) -> float:
        """Last ask; the price where there is no quote."""
        return self.cache.ask_price or self.cache.price

    @property
    def bid_size(self) -> float:
        """Shares bid for."""
        return self.cache.bid_size

    @property
    def ask_size(self) -> float:
        """Shares offered."""
        return self.cache.ask_size

    @property
    def invested(self) -> bool:
        """Whether shares are held or owed."""
        return self.holdings.invested

    hold_stock = invested

    def get_last_data(self) -> Any:
        """Return its newest trade bar, or None."""
        return self.cache.last

    # -- the loop's entries ---------------------------------------------------------------------------------------
    def update(
        self, data: Sequence[Any], data_type: Kind, contains_fill_forward: bool | None = None
    ) -> None:
        """Take in what one subscription brought in one time step."""
        self.cache.add_data_list(data, data_type, contains_fill_forward)
        if self.session.size:
            self.session.update(data)
        self._update_market_price(data[-1])

    def set_market_price(self, data: Any) -> None:
        """Take in one point, as a seeder does."""
        if data is not None:
            self.cache.add_data(data)
            self._update_market_price(data)

    def _update_market_price(self, data: Any) -> None:
        if data.price:
            self.holdings.update_market_price(self.cache.price)
            method(self.volatility_model, "update")(self, data)

    def apply_split(self, split: Split) -> None:
        """Bring prices into the units after a split."""
        self.cache.apply_split(split)
        self.holdings.update_market_price(self.cache.price)

    def reset(self) -> None:
        """Make it not tradable and forget what is subscribed: it left all universes."""
        self.is_tradable = self.is_initialized = False
        self.session.reset()
        self.subscriptions = []

    def refresh_data_normalization_mode_property(self) -> None:
        """Do nothing: the mode is read where it is needed."""

    def __str__(self) -> str:
        return str(self.symbol)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.symbol.value}>"


class Equity(Security):
    """A US share, ETF or ADR.

    Attributes
    ----------
    DEFAULT_SETTLEMENT_DAYS : int
        Sessions after which a cash account has the proceeds of a sale, in LEAN.
    DEFAULT_SETTLEMENT_TIME : timedelta
        Time of day at which it has them.
    """

    DEFAULT_SETTLEMENT_DAYS = DefaultSettlementDays = 1  # LEAN's pull request 8657, 2025
    DEFAULT_SETTLEMENT_TIME = DefaultSettlementTime = timedelta(hours=6)  # LEAN's pull request 8726
