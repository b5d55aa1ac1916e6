"""Algorithm: the base class of strategies, with LEAN's names in snake_case."""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, SupportsIndex, TypeVar

from shortable.actions import Delisting, Dividend, Rename, Split
from shortable.clock import LocalTime, as_datetime
from shortable.engine.algorithm_orders import OrderMethods
from shortable.engine.brokerage import (
    AccountType,
    BrokerageModel,
    BrokerageModelSecurityInitializer,
    Initializer,
    as_initializer,
    brokerage_model,
)
from shortable.engine.feed import Slice
from shortable.engine.lending import BorrowRecalled, BoughtIn
from shortable.engine.orders import OrderEvent
from shortable.engine.portfolio import SecurityPortfolioManager, SymbolLike
from shortable.engine.run_state import RunState
from shortable.engine.security import Security, SecurityManager
from shortable.engine.tickets import OrderTicket
from shortable.engine.transactions import SecurityTransactionManager
from shortable.errors import EngineError, InvalidInputError, NoSymbolListError, TimeError
from shortable.market_data import MarketData, Resolution
from shortable.provider import ShortableProvider
from shortable.rule import may_sell
from shortable.shares import check_quantity
from shortable.symbol import Market, Symbol

__all__ = ["Algorithm", "as_date", "starting_cash"]


_Value = TypeVar("_Value")


class Algorithm(OrderMethods):
    """A strategy: derive from it, override `initialize` and `on_data`, and run it with `Backtest`.

    A daily bar is handled at its session's close, an intraday bar at its end; orders sent then fill from the
    next bar on. Where securities have bars of several lengths, that is the next bar that begins then or later: a
    daily bar that began before an order of the same day fills it only if it is an order on the close. You
    may set attributes of your own, and an ``__init__`` of yours need not call this one's.

    Examples
    --------
    >>> import pandas as pd
    >>> from shortable.engine import Backtest, MarketData
    >>> class ShortOnce(Algorithm):
    ...     def initialize(self):
    ...         self.spy = self.add_equity("SPY")
    ...     def on_data(self, slice):
    ...         if not self.portfolio.invested:
    ...             self.sell("SPY", 100)
    >>> bars = pd.DataFrame({"close": [470.0, 465.0]}, index=pd.to_datetime(["2024-01-02", "2024-01-03"]))
    >>> result = Backtest(ShortOnce, MarketData.from_frames({"SPY": bars})).run()
    >>> result.algorithm.portfolio["SPY"].quantity
    -100
    """

    def __new__(cls, *args: object, **kwargs: object) -> Algorithm:
        """Make the run's state here rather than in ``__init__``, which subclasses forget to call."""
        self = super().__new__(cls)
        self._run_state = RunState()
        return self

    def initialize(self) -> None:
        """Set dates, cash, securities and providers; called once, before the first bar."""

    def on_data(self, slice: Slice) -> None:
        """Handle the bars that have just become known; send orders here."""

    def on_order_event(self, order_event: OrderEvent) -> None:
        """Called for each order event."""

    def on_splits(self, splits: Sequence[Split]) -> None:
        """Called in the session from which splits are in force, before `on_data`; shares and orders are restated."""

    def on_dividends(self, dividends: Sequence[Dividend]) -> None:
        """Called in the session of ex-dates, before `on_data`; dividends have been paid, or owed by a short."""

    def on_symbol_changed_events(self, symbols_changed: Sequence[Rename]) -> None:
        """Called in the session from which securities have another ticker, before `on_data`."""

    def on_delistings(self, delistings: Sequence[Delisting]) -> None:
        """Called at the end of the session in which securities end, and what was held of them has been closed."""

    def on_margin_call(self, tickets: Sequence[OrderTicket]) -> None:
        """Called when the equity does not cover the maintenance margin, before `on_data` (S23).

        Parameters
        ----------
        tickets : sequence of OrderTicket
            Of the orders that the broker has sent to close positions; you cannot change them.
        """

    def on_borrow_recalled(self, recalls: Sequence[BorrowRecalled]) -> None:
        """Called in the session in which lenders recall shares, before `on_data` (S27); cover them to escape the buy-in."""

    def on_buy_in(self, buy_ins: Sequence[BoughtIn]) -> None:
        """Called after recalled shares have been bought in, before `on_data` (S27)."""

    def on_end_of_day(self, symbol: Symbol) -> None:
        """Called at each session's end, once for each subscribed symbol, after its last bar was handled."""

    def on_end_of_algorithm(self) -> None:
        """Called after the last bar was handled."""

    @property
    def securities(self) -> SecurityManager:
        """The subscribed securities by symbol."""
        return self._run_state.securities

    @property
    def portfolio(self) -> SecurityPortfolioManager:
        """The account, and its holdings by symbol."""
        return self._run_state.portfolio

    @property
    def brokerage_model(self) -> BrokerageModel:
        """What gives securities their models."""
        return self._run_state.brokerage_model

    @property
    def start_date(self) -> date | None:
        """First date that is run, None for the data's first."""
        return self._run_state.start

    @property
    def end_date(self) -> date | None:
        """Last date that is run, None for the data's last."""
        return self._run_state.end

    def set_start_date(
        self, year: int | LocalTime | str, month: int | None = None, day: int | None = None
    ) -> None:
        """Set the first date, as year, month and day or as one date. `Backtest`'s `start` overrides it."""
        value = self._before_start("set_start_date", as_date("start_date", year, month, day))
        self._run_state.start = self._run_state.settings.start or value

    def set_end_date(
        self, year: int | LocalTime | str, month: int | None = None, day: int | None = None
    ) -> None:
        """Set the last date, which is still run. `Backtest`'s `end` overrides it."""
        value = self._before_start("set_end_date", as_date("end_date", year, month, day))
        self._run_state.end = self._run_state.settings.end or value

    def set_cash(self, starting_cash_: float) -> None:
        """Set the starting cash, in the market's currency. `Backtest`'s `cash` overrides it."""
        cash = self._before_start("set_cash", starting_cash(starting_cash_))
        if self._run_state.settings.cash is None:
            self._run_state.account.cash = self._run_state.portfolio.starting_cash = cash
            self._run_state.account.stale = True

    def set_brokerage_model(
        self, brokerage: str | BrokerageModel, account_type: str = AccountType.MARGIN
    ) -> None:
        """Set which commission, buying power and shortable provider securities get.

        Securities that were added before get the new models too, unless the initializer was replaced; a
        provider that was set on a security stays.

        Parameters
        ----------
        brokerage : BrokerageName or BrokerageModel
        account_type : AccountType
            ``MARGIN``, because a cash account cannot sell short.
        """
        if not isinstance(account_type, str) or account_type.lower() != "margin":
            raise InvalidInputError(
                "account_type",
                account_type,
                "be AccountType.MARGIN",
                "A cash account cannot sell short.",
            )
        state = self._run_state
        self._before_start("set_brokerage_model", brokerage)
        state.brokerage_model = brokerage_model(brokerage, state.default_model)
        if not state.initializer_replaced:
            state.initializer = BrokerageModelSecurityInitializer(state.brokerage_model).initialize
            for security in state.by_column:
                state.initialize_security(security)

    def set_security_initializer(self, security_initializer: Initializer) -> None:
        """Replace what is done to each security that you add from now on.

        Parameters
        ----------
        security_initializer : callable or object
            A function of one `Security`, or an object with ``initialize(security)``. To keep the brokerage
            model's models, derive from `BrokerageModelSecurityInitializer`.
        """
        self._run_state.initializer = as_initializer(security_initializer)
        self._run_state.initializer_replaced = True
        self._run_state.more_initializers.clear()

    def add_security_initializer(self, security_initializer: Initializer) -> None:
        """Add a step to what is done to each security that you add from now on."""
        self._run_state.more_initializers.append(as_initializer(security_initializer))

    def add_equity(
        self,
        ticker: str,
        resolution: Resolution | str = Resolution.DAILY,
        market: Market | str | None = None,
    ) -> Security:
        """Subscribe to an equity, in `initialize` or later (S32).

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
            The existing one where it was subscribed before, under this ticker or another one of the company.

        Raises
        ------
        EngineError
            In another currency than the securities before it, again in another resolution, or after `initialize` where
            one of its bars lies at a time at which the run has no row.
        InvalidInputError
            The data has no such bars; the message names those it has.
        """
        state, wanted = self._run_state, Resolution.of(resolution)
        symbol = Symbol.create(ticker, market=market)
        self._in_a_run("add_equity")
        if symbol in state.securities:
            existing = state.securities[symbol]
            if existing.resolution is wanted:
                return existing
            raise EngineError(
                f"{symbol} is subscribed with {existing.resolution.value} bars already; one resolution a symbol"
            )
        _check_has_bars(state, symbol, wanted)
        if state.by_column and (first := state.by_column[0].symbol).currency != symbol.currency:
            raise EngineError(
                f"{symbol} is in {symbol.currency} and {first} in {first.currency}; an account has one currency. "
                "Run one backtest a currency."
            )
        if state.widen is not None:
            state.widen(symbol, wanted)
        security = Security(
            symbol,
            wanted,
            state.account,
            view=state.view,
            without_limits=state.settings.without_limits,
        )
        state.by_column.append(security)
        state.securities.put(symbol, security)
        state.portfolio.put(symbol, security.holdings)
        state.name_company(symbol)
        state.initialize_security(security)
        return security

    def _in_a_run(self, method: str) -> None:
        if self._run_state.data is None:
            raise EngineError(
                f"{method} has no effect outside a run: call it in initialize, which Backtest calls"
            )

    def _before_start(self, method: str, value: _Value) -> _Value:
        self._in_a_run(method)
        if self._run_state.account.started:
            raise EngineError(
                f"{method} can be called in initialize only; the first bar has been handled"
            )
        return value

    def shortable_quantity(self, symbol: SymbolLike) -> int | None:
        """Return what can be borrowed by the security's provider: shares, or None for no known restriction (S1)."""
        security = self._run_state.securities[symbol]
        return security.quantity_of(security.symbol, self._run_state.account.time)

    def shortable(self, symbol: SymbolLike, quantity: float = 1) -> bool:
        """Whether an order to sell `quantity` shares would pass the availability check now (S4).

        Shares held and resting sells count, so once you have shorted all that is available it returns False.

        Parameters
        ----------
        symbol : Symbol, str or Security
        quantity : int, default 1
            Shares to sell; the sign does not matter.
        """
        shares = check_quantity(
            "quantity", abs(quantity) if isinstance(quantity, numbers.Real) else quantity
        )
        security = self._run_state.securities[symbol]
        available = security.quantity_of(security.symbol, self._run_state.account.time)
        return may_sell(security.holdings.quantity, security.open_sells, shares, available)

    def all_shortable_symbols(self) -> dict[Symbol, int]:
        """Return shares available of every symbol that can be borrowed, whether subscribed or not.

        The providers of all securities are asked; for a subscribed security its own provider takes precedence. A
        provider without a list is asked about the subscribed securities alone. A symbol without a known restriction
        is left out, because there is no number for it.
        """
        state, time = self._run_state, self._run_state.account.time
        shares: dict[Symbol, int] = {}
        asked: list[ShortableProvider] = []
        for security in state.by_column:
            provider = security.lender
            if any(provider is p for p in asked):
                continue
            asked.append(provider)
            try:
                shares = {**provider.all_shortable_symbols(time), **shares}
            except NoSymbolListError:
                continue  # only its securities can be asked, below
        for security in state.by_column:
            available = security.quantity_of(security.symbol, time)
            shares.pop(security.symbol, None)
            if available:
                shares[security.symbol] = available
        return {symbol: shares[symbol] for symbol in sorted(shares)}

    @property
    def time(self) -> datetime:
        """The clock, exchange-local and naive: when the bars being handled became known."""
        return self._run_state.account.time

    @property
    def transactions(self) -> SecurityTransactionManager:
        """The orders and their tickets."""
        return self._run_state.transactions

    @property
    def log_lines(self) -> list[tuple[datetime, str, str]]:
        """Logged lines: time, level, text."""
        return self._run_state.log

    def log(self, message: object) -> None:
        """Log a line, which the result keeps."""
        self._run_state.log.append((self._run_state.account.time, "log", str(message)))

    def debug(self, message: object) -> None:
        """Log a line at level "debug"."""
        self._run_state.log.append((self._run_state.account.time, "debug", str(message)))

    def error(self, message: object) -> None:
        """Log a line at level "error"."""
        self._run_state.log.append((self._run_state.account.time, "error", str(message)))

    def quit(self, message: str = "") -> None:
        """End the run when the callback that is running has returned."""
        self._run_state.log.append((self._run_state.account.time, "quit", str(message)))
        self._run_state.quitting = True

    def get_parameter(self, name: str, default_value: Any = None) -> Any:
        """Return one of the `Backtest`'s parameters, as the type of `default_value` where that is a number.

        Raises
        ------
        InvalidInputError
            The parameter is text that is no such number.

        Examples
        --------
        >>> Algorithm().get_parameter("lookback", 20)
        20
        """
        value = self._run_state.parameters.get(name, default_value)
        kind = type(default_value)
        if kind not in (int, float) or isinstance(value, kind):
            return value
        try:
            return kind(value)
        except (TypeError, ValueError):
            raise InvalidInputError(
                f"parameters[{name!r}]", value, f"be readable as {kind.__name__}"
            ) from None


def as_date(
    name: str, year: int | LocalTime | str, month: int | None = None, day: int | None = None
) -> date:
    """Return a date from year, month and day, from one date or time, or from ISO text.

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
            if not isinstance(year, SupportsIndex):
                raise TypeError
            return date(year, month, day)
        if isinstance(year, str):
            return datetime.fromisoformat(year).date()
    except (TypeError, ValueError):
        shown = year if month is None else (year, month, day)
        raise TimeError(name, shown, "be a date that exists, such as 2024, 1, 2") from None
    return as_datetime(year, name).date()


def starting_cash(value: float) -> float:
    """Return an amount of starting cash.

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


def _check_has_bars(state: RunState, symbol: Symbol, resolution: Resolution) -> None:
    data: MarketData = state.data  # type: ignore[assignment]  # a run has data
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
