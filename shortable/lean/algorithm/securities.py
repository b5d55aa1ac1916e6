"""Adding securities, and finding them."""

from __future__ import annotations

from typing import Any

from shortable.errors import InvalidInputError
from shortable.lean.algorithm.base import AlgorithmPart
from shortable.lean.algorithm.targets import TargetsPart
from shortable.lean.enums import DataNormalizationMode, Resolution, SecurityType
from shortable.lean.feed.config import SubscriptionDataConfig, data_types, known_resolution
from shortable.lean.feed.slices import Slice
from shortable.lean.market import Market
from shortable.lean.securities.manager import SecurityManager
from shortable.lean.securities.security import Equity
from shortable.lean.symbols import Symbol, SymbolCache

__all__ = ["SecuritiesPart", "symbol_of"]

_SCOPE = "shortable.lean runs US equities: options, futures, crypto, forex, indices, CFDs and custom data are out of its scope."


def symbol_of(ticker: str) -> Symbol:
    """Return what a ticker was added as, else what it means today, as LEAN does."""
    return SymbolCache.find(ticker) or Symbol.create(ticker, SecurityType.EQUITY, Market.USA)


def _out_of_scope(name: str) -> Any:
    def refuse(self: Any, *arguments: Any, **named: Any) -> Any:
        raise InvalidInputError(name, arguments[0] if arguments else "", "be a US equity", _SCOPE)

    refuse.__doc__ = "Say that such securities are out of scope."
    refuse.__name__ = name
    return refuse


class SecuritiesPart(AlgorithmPart):
    """``add_equity`` and what belongs to it."""

    def add_equity(
        self,
        ticker: Any,
        resolution: Resolution | None = None,
        market: str | None = None,
        fill_forward: bool = True,
        leverage: float = 0,
        extended_market_hours: bool = False,
        data_normalization_mode: DataNormalizationMode | None = None,
    ) -> Equity:
        """Subscribe to a US equity.

        Parameters
        ----------
        ticker : str or Symbol
            As it is at the run's date, or was (LEAN resolves it by the map files).
        resolution : Resolution, optional
            Minute, hour or daily; default the universe settings', which is minute.
        market : str, optional
            ``Market.USA``.
        fill_forward : bool
            Whether bars are repeated where nothing was traded.
        leverage : float
            0 leaves it to the broker's model.
        extended_market_hours : bool
            Whether bars before the open and after the close are wanted.
        data_normalization_mode : DataNormalizationMode, optional
            Default the universe settings', which is adjusted.

        Returns
        -------
        Equity
        """
        if market is not None and str(market).lower() != Market.USA:
            raise InvalidInputError("market", market, "be Market.USA", _SCOPE)
        kernel = self._lean
        settings = kernel.universe_settings
        wanted = known_resolution(settings.resolution if resolution is None else resolution)
        mode = (
            settings.data_normalization_mode
            if data_normalization_mode is None
            else data_normalization_mode
        )
        symbol = self.__symbol_of(ticker)
        configs = [
            SubscriptionDataConfig(
                symbol,
                kind,
                tick_type,
                wanted,
                fill_forward=fill_forward,
                extended_market_hours=extended_market_hours,
                data_normalization_mode=DataNormalizationMode(mode),
            )
            for kind, tick_type in data_types(wanted)
        ]
        for config in configs:
            kernel.universe_manager.user_defined.add(config)
        security = kernel.create_security(symbol, configs, leverage)
        for config in configs:
            if config not in security.subscriptions:
                security.add_subscription(config)
        security.is_tradable = True
        kernel.user_universe_changed = True
        return security  # type: ignore[no-any-return]

    def __symbol_of(self, ticker: Any) -> Symbol:
        if isinstance(ticker, Symbol):
            return ticker
        if not isinstance(ticker, str):
            raise InvalidInputError("ticker", repr(ticker), "be a text or a Symbol")
        return symbol_of(ticker)

    def add_security(self, *arguments: Any, **named: Any) -> Equity:
        """Subscribe to a security: ``add_security(SecurityType.EQUITY, ticker, …)`` or ``add_security(symbol, …)``.

        Further arguments are `add_equity`'s.
        """
        given = list(arguments)
        kind = named.pop("security_type", None)
        if given and isinstance(given[0], SecurityType):
            kind = given.pop(0)
        if kind is not None and kind != SecurityType.EQUITY:
            raise InvalidInputError(
                "security_type", str(SecurityType(kind)), "be SecurityType.EQUITY", _SCOPE
            )
        if "symbol" in named:
            named["ticker"] = named.pop("symbol")
        if len(given) > 2 and isinstance(given[2], bool):
            # the overload without a market: ticker, resolution, fill forward, leverage, extended market hours
            given.insert(2, None)
        named.pop("data_mapping_mode", None)  # of futures
        if len(given) > 6:
            del given[6]
        return SecuritiesPart.add_equity(self, *given, **named)

    add_option = _out_of_scope("add_option")
    add_option_contract = _out_of_scope("add_option_contract")
    add_future = _out_of_scope("add_future")
    add_future_contract = _out_of_scope("add_future_contract")
    add_future_option = _out_of_scope("add_future_option")
    add_index = _out_of_scope("add_index")
    add_index_option = _out_of_scope("add_index_option")
    add_crypto = _out_of_scope("add_crypto")
    add_crypto_future = _out_of_scope("add_crypto_future")
    add_forex = _out_of_scope("add_forex")
    add_cfd = _out_of_scope("add_cfd")
    add_data = _out_of_scope("add_data")
    option_chain = _out_of_scope("option_chain")
    future_chain = _out_of_scope("future_chain")

    def remove_security(self, symbol: Any, tag: str | None = None) -> bool:
        """Close a position, cancel its orders and unsubscribe; return whether the security was there."""
        security = self._lean.securities.get(symbol)
        if security is None:
            return False
        self._lean.transactions.cancel_open_orders(security.symbol, tag)
        if security.invested:
            TargetsPart.liquidate(self._lean.algorithm, security.symbol, tag=tag)
        security.is_tradable = False
        if not self._lean.universe_manager.user_defined.remove(security.symbol):
            return False
        self._lean.user_universe_changed = True
        return True

    def symbol(self, ticker: str) -> Symbol:
        """Return the symbol of a ticker that was added, or would be."""
        return symbol_of(ticker)

    def ticker(self, symbol: Symbol) -> str:
        """Return the ticker of a symbol."""
        return str(symbol)

    def is_market_open(self, symbol: Any) -> bool:
        """Whether the regular session of a security's exchange is on."""
        return bool(self._lean.source.hours.is_open(self._lean.clock.now, False))

    def market_hours(self, symbol: Any) -> Any:
        """Return the hours of a security's exchange, whether it was added or not."""
        return self._lean.source.hours

    @property
    def securities(self) -> SecurityManager:
        """All securities, by symbol."""
        return self._lean.securities

    @property
    def active_securities(self) -> Any:
        """Members of all universes, by symbol."""
        return self._lean.universe_manager.active_securities

    @property
    def subscription_manager(self) -> Any:
        """Which subscriptions feed which consolidators."""
        return self._lean.subscription_manager

    @property
    def current_slice(self) -> Slice | None:
        """The data of this moment."""
        return self._lean.current_slice
