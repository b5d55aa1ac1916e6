"""What an algorithm says in `initialize`: dates, cash, brokerage, initializers, securities."""

from __future__ import annotations

import difflib
import math
from datetime import date, datetime
from typing import Any

from shortable.clock import as_datetime
from shortable.engine.brokerage import AccountType, BrokerageModel, brokerage_model
from shortable.engine.core import Core
from shortable.engine.initializers import BrokerageModelSecurityInitializer, as_initializer
from shortable.engine.portfolio import SecurityPortfolioManager
from shortable.engine.securities import SecurityManager
from shortable.engine.security import Security
from shortable.errors import EngineError, InvalidInputError, TimeError
from shortable.market_data import MarketData, Resolution
from shortable.symbol import Market, Symbol

__all__ = ["SetupMixin", "as_date", "starting_cash"]


class SetupMixin:
    """The set-up half of `Algorithm`."""

    _core: Core

    @property
    def securities(self) -> SecurityManager:
        """The subscribed securities by symbol."""
        return self._core.securities

    @property
    def portfolio(self) -> SecurityPortfolioManager:
        """The account, and its holdings by symbol."""
        return self._core.portfolio

    @property
    def brokerage_model(self) -> BrokerageModel:
        """Who gives securities their models."""
        return self._core.brokerage_model

    @property
    def start_date(self) -> date | None:
        """First date that is run, None for the data's first."""
        return self._core.start

    @property
    def end_date(self) -> date | None:
        """Last date that is run, None for the data's last."""
        return self._core.end

    def set_start_date(self, year: Any, month: int | None = None, day: int | None = None) -> None:
        """Set the first date, as year, month and day or as one date. `Backtest`'s `start` goes before it."""
        given = self._before_start("set_start_date", as_date("start_date", year, month, day))
        self._core.start = self._core.settings.start or given

    def set_end_date(self, year: Any, month: int | None = None, day: int | None = None) -> None:
        """Set the last date, which is still run. `Backtest`'s `end` goes before it."""
        given = self._before_start("set_end_date", as_date("end_date", year, month, day))
        self._core.end = self._core.settings.end or given

    def set_cash(self, starting_cash_: float) -> None:
        """Set the starting cash, in the market's currency. `Backtest`'s `cash` goes before it."""
        cash = self._before_start("set_cash", starting_cash(starting_cash_))
        if self._core.settings.cash is None:
            self._core.book.cash = self._core.portfolio.starting_cash = cash
            self._core.book.stale = True

    def set_brokerage_model(self, brokerage: Any, account_type: Any = AccountType.MARGIN) -> None:
        """Set who gives securities commission, buying power and shortable provider.

        Securities that were added before get the new models too, unless the initializer was replaced; a
        provider that was set on a security stays.

        Parameters
        ----------
        brokerage : BrokerageName or BrokerageModel
        account_type : AccountType
            Margin: without it nothing can be sold short.
        """
        if not isinstance(account_type, str) or account_type.lower() != "margin":
            raise InvalidInputError(
                "account_type",
                account_type,
                "be AccountType.MARGIN",
                "A cash account cannot sell short.",
            )
        core = self._core
        self._before_start("set_brokerage_model", brokerage)
        core.brokerage_model = brokerage_model(brokerage, core.default_model)
        if not core.initializer_replaced:
            core.initializer = BrokerageModelSecurityInitializer(core.brokerage_model).initialize
            for security in core.in_order:
                core.initialize_security(security)

    def set_security_initializer(self, security_initializer: Any) -> None:
        """Replace everything that is done to each security that is added from now on.

        Parameters
        ----------
        security_initializer : callable or object
            A function of one `Security`, or an object with ``initialize(security)``. To keep the brokerage
            model's models, derive from `BrokerageModelSecurityInitializer`.
        """
        self._core.initializer = as_initializer(security_initializer)
        self._core.initializer_replaced = True
        self._core.more_initializers.clear()

    def add_security_initializer(self, security_initializer: Any) -> None:
        """Do something more to each security that is added from now on, after what is done already."""
        self._core.more_initializers.append(as_initializer(security_initializer))

    def add_equity(
        self,
        ticker: str,
        resolution: Resolution | str = Resolution.DAILY,
        market: Market | str | None = None,
    ) -> Security:
        """Subscribe to an equity.

        Parameters
        ----------
        ticker : str
            In any spelling.
        resolution : Resolution, default ``Resolution.DAILY``
            Length of its bars.
        market : Market, optional
            Default: what the spelling says, else the USA.

        Returns
        -------
        Security
            The one that is there already, where it is.

        Raises
        ------
        EngineError
            After `initialize`, in another currency than the securities before it, or again in another resolution.
        InvalidInputError
            The data has no such bars; the message names those it has.
        """
        core, wanted = self._core, Resolution(resolution)
        symbol = Symbol.create(ticker, market=market)
        self._before_start("add_equity", symbol)
        if (known := dict.get(core.securities, symbol)) is not None:
            if known.resolution is wanted:
                return known  # type: ignore[no-any-return]
            raise EngineError(
                f"{symbol} is subscribed with {known.resolution.value} bars already; one resolution a symbol"
            )
        _check_has_bars(core, symbol, wanted)
        if core.in_order and (first := core.in_order[0].symbol).currency != symbol.currency:
            raise EngineError(
                f"{symbol} is in {symbol.currency} and {first} in {first.currency}; an account has one currency. "
                "Run one backtest a currency."
            )
        security = Security(symbol, wanted, len(core.in_order), core.book)
        core.book.prices.append(0.0)
        core.in_order.append(security)
        core.securities.put(symbol, security)
        core.portfolio.put(symbol, security.holdings)
        core.initialize_security(security)
        return security

    def _before_start(self, method: str, value: Any) -> Any:
        if self._core.data is None:
            raise EngineError(
                f"{method} is lost outside a run: call it in initialize, which Backtest calls"
            )
        if self._core.book.started:
            raise EngineError(
                f"{method} can be called in initialize only; the first bar has been handled"
            )
        return value


def as_date(name: str, year: Any, month: int | None = None, day: int | None = None) -> date:
    """Return a date given as year, month and day, as one date or time, or as ISO text.

    Raises
    ------
    TimeError
        There is no such date.

    Examples
    --------
    >>> as_date("start_date", 2024, 1, 2), as_date("start_date", "2024-01-02")
    (datetime.date(2024, 1, 2), datetime.date(2024, 1, 2))
    """
    try:
        if month is not None and day is not None:
            return date(year, month, day)
        if isinstance(year, str):
            return datetime.fromisoformat(year).date()
    except (TypeError, ValueError):
        shown = year if month is None else (year, month, day)
        raise TimeError(name, shown, "be a date that exists, such as 2024, 1, 2") from None
    return as_datetime(year, name).date()


def starting_cash(value: Any) -> float:
    """Return an amount of cash to start with.

    Raises
    ------
    InvalidInputError
        Not a finite number above 0.
    """
    try:
        cash = float(value)
    except (TypeError, ValueError, OverflowError):
        cash = math.nan
    if not 0 < cash < math.inf or isinstance(value, (bool, str)):
        raise InvalidInputError("cash", value, "be a finite amount above 0")
    return cash


def _check_has_bars(core: Core, symbol: Symbol, resolution: Resolution) -> None:
    data: MarketData = core.data  # type: ignore[assignment]
    have = data.symbols(resolution)
    if symbol in have:
        return
    others = [r for r in data.resolutions if symbol in data.symbols(r)]
    if others:
        hint = f"It has Resolution.{others[0].name}."
    else:
        near = difflib.get_close_matches(symbol, have, n=3)
        names = ", ".join(near or have[:8]) + (", …" if not near and len(have) > 8 else "")
        hint = f"{'Near' if near else 'There are'}: {names}." if have else ""
    raise InvalidInputError(
        "ticker", str(symbol), f"have {resolution.value} bars in {data.source}", hint
    )
