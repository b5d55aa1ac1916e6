"""How an algorithm sends orders: one method for each type, and market orders worked out from a target position."""

from __future__ import annotations

import math
from typing import Any, overload

from shortable.engine.orders import (
    text_of,
    trailing_amount_of,
)
from shortable.engine.portfolio import SymbolLike
from shortable.engine.run_state import RunState
from shortable.engine.tickets import OrderResponse, OrderTicket
from shortable.errors import InvalidInputError
from shortable.orders import OrderType, TimeInForce
from shortable.shares import positive_price, traded_quantity

__all__ = ["OrderMethods"]

_MARKET, _GTC = OrderType.MARKET, TimeInForce.GOOD_TIL_CANCELED


class OrderMethods:
    """The order methods of `Algorithm`.

    `symbol` is a `Symbol`, any spelling of one, or a `Security`. Quantities are whole numbers of shares, negative
    to sell. A refused order is a value: its ticket's status and tag say so. Misuse raises: an unknown symbol, a
    fraction of a share, a price that is not a finite number above 0, an order in `initialize`. `asynchronous` is
    LEAN's argument and changes nothing; a text in its place is the tag.
    """

    _run_state: RunState

    def market_order(
        self,
        symbol: SymbolLike,
        quantity: float,
        asynchronous: bool | str = False,
        tag: str = "",
        *,
        time_in_force: TimeInForce = _GTC,
    ) -> OrderTicket:
        """Trade at the next bar's open, or in close-only data at its close."""
        state = self._run_state
        if type(quantity) is not int or not quantity:
            quantity = traded_quantity(quantity)
        if tag or asynchronous or time_in_force is not _GTC:
            tag = _tag(asynchronous, tag, time_in_force)
        return state.order_desk.submit(
            state.securities[symbol], _MARKET, quantity, None, None, time_in_force, tag
        )

    def limit_order(
        self,
        symbol: SymbolLike,
        quantity: float,
        limit_price: float,
        asynchronous: bool | str = False,
        tag: str = "",
        *,
        time_in_force: TimeInForce = _GTC,
    ) -> OrderTicket:
        """Trade at `limit_price` or better, in the first later bar that reaches it."""
        state = self._run_state
        return state.order_desk.submit(
            state.securities[symbol],
            OrderType.LIMIT,
            traded_quantity(quantity),
            positive_price("limit_price", limit_price),
            None,
            time_in_force,
            _tag(asynchronous, tag, time_in_force),
        )

    def stop_market_order(
        self,
        symbol: SymbolLike,
        quantity: float,
        stop_price: float,
        asynchronous: bool | str = False,
        tag: str = "",
        *,
        time_in_force: TimeInForce = _GTC,
    ) -> OrderTicket:
        """Trade at the market once a later bar reaches `stop_price`."""
        state = self._run_state
        return state.order_desk.submit(
            state.securities[symbol],
            OrderType.STOP_MARKET,
            traded_quantity(quantity),
            None,
            positive_price("stop_price", stop_price),
            time_in_force,
            _tag(asynchronous, tag, time_in_force),
        )

    def stop_limit_order(
        self,
        symbol: SymbolLike,
        quantity: float,
        stop_price: float,
        limit_price: float,
        asynchronous: bool | str = False,
        tag: str = "",
        *,
        time_in_force: TimeInForce = _GTC,
    ) -> OrderTicket:
        """Trade at `limit_price` or better once a later bar has reached `stop_price`.

        What happens in the bar that reaches the stop is `BarFillModel`'s rule.
        """
        state = self._run_state
        return state.order_desk.submit(
            state.securities[symbol],
            OrderType.STOP_LIMIT,
            traded_quantity(quantity),
            positive_price("limit_price", limit_price),
            positive_price("stop_price", stop_price),
            time_in_force,
            _tag(asynchronous, tag, time_in_force),
        )

    @overload
    def trailing_stop_order(
        self,
        symbol: SymbolLike,
        quantity: float,
        trailing_amount: float,
        trailing_as_percentage: bool,
        asynchronous: bool | str = False,
        tag: str = "",
        *,
        time_in_force: TimeInForce = _GTC,
    ) -> OrderTicket: ...

    @overload
    def trailing_stop_order(
        self,
        symbol: SymbolLike,
        quantity: float,
        stop_price: float,
        trailing_amount: float,
        trailing_as_percentage: bool,
        asynchronous: bool | str = False,
        tag: str = "",
        *,
        time_in_force: TimeInForce = _GTC,
    ) -> OrderTicket: ...

    def trailing_stop_order(
        self, symbol: SymbolLike, quantity: float, *given: Any, **named: Any
    ) -> OrderTicket:
        """Trade at the market once a later bar reaches a stop that follows the best price since submission.

        A stop to sell follows the high, one to buy the low, and never goes back. Each bar is compared with the stop
        that the bars before it have left, and moves the stop only if it did not fill the order: a bar does not say
        whether its extreme came before or after its touch of the stop. The arguments are those of LEAN's two
        forms, distinguished by the position of the bool.

        Parameters
        ----------
        stop_price : float, optional
            First stop price; default: `trailing_amount` away from the last close.
        trailing_amount : float
            Distance of the stop: an amount of money a share, or a fraction of the price (0.05 is 5 %).
        trailing_as_percentage : bool
            Whether it is a fraction.
        """
        by_stop = "stop_price" in named or (
            not isinstance(given[1], bool)
            if len(given) > 1
            else bool(given) and "trailing_amount" in named
        )
        bound = _from_stop_price(*given, **named) if by_stop else _from_last_close(*given, **named)
        stop_price, amount, as_percentage, asynchronous, tag, time_in_force = bound
        if not isinstance(as_percentage, bool):
            raise InvalidInputError("trailing_as_percentage", as_percentage, "be True or False")
        state = self._run_state
        return state.order_desk.submit(
            state.securities[symbol],
            OrderType.TRAILING_STOP,
            traded_quantity(quantity),
            None,
            None if stop_price is None else positive_price("stop_price", stop_price),
            time_in_force,
            _tag(asynchronous, tag, time_in_force),
            (trailing_amount_of(amount, as_percentage), as_percentage),
        )

    def market_on_open_order(
        self,
        symbol: SymbolLike,
        quantity: float,
        asynchronous: bool | str = False,
        tag: str = "",
        *,
        time_in_force: TimeInForce = _GTC,
    ) -> OrderTicket:
        """Trade at the open of the security's first bar of a session, the next one that is still to come.

        Where the data has bars from before the exchange opens, that is the first of those.
        """
        state = self._run_state
        return state.order_desk.submit(
            state.securities[symbol],
            OrderType.MARKET_ON_OPEN,
            traded_quantity(quantity),
            None,
            None,
            time_in_force,
            _tag(asynchronous, tag, time_in_force),
        )

    def market_on_close_order(
        self,
        symbol: SymbolLike,
        quantity: float,
        asynchronous: bool | str = False,
        tag: str = "",
        *,
        time_in_force: TimeInForce = _GTC,
    ) -> OrderTicket:
        """Trade at the close of the security's last bar of a session, the next one that is still to come.

        There is no deadline before the close: an order sent when the last bar but one is handled is in time. Where
        the data has bars from after the exchange closes, the last bar is the last of those.
        """
        state = self._run_state
        return state.order_desk.submit(
            state.securities[symbol],
            OrderType.MARKET_ON_CLOSE,
            traded_quantity(quantity),
            None,
            None,
            time_in_force,
            _tag(asynchronous, tag, time_in_force),
        )

    def one_cancels_other(self, first: OrderTicket, second: OrderTicket) -> OrderResponse:
        """Make a pair of two resting orders: when one of them fills, the other is cancelled (S31).

        Returns
        -------
        OrderResponse
            An error where one of them is closed already; the other then stays as it is.

        Raises
        ------
        InvalidInputError
            They are one order, one of them is the broker's, or is of a pair already.
        """
        for name, ticket in (("first", first), ("second", second)):
            if not isinstance(ticket, OrderTicket):
                raise InvalidInputError(name, ticket, "be the ticket of an order")
        return self._run_state.pairs.make(first.order, second.order)

    def buy(self, symbol: SymbolLike, quantity: float, tag: str = "") -> OrderTicket:
        """Buy `quantity` shares at the market; the sign does not matter."""
        return self.market_order(symbol, abs(traded_quantity(quantity)), tag=tag)

    def sell(self, symbol: SymbolLike, quantity: float, tag: str = "") -> OrderTicket:
        """Sell `quantity` shares at the market; the sign does not matter."""
        return self.market_order(symbol, -abs(traded_quantity(quantity)), tag=tag)

    def liquidate(
        self, symbol: SymbolLike | None = None, tag: str = "Liquidated"
    ) -> list[OrderTicket]:
        """Cancel resting orders and close positions at the market: of one symbol, or of all.

        Returns
        -------
        list of OrderTicket
            Of the closing orders.
        """
        state = self._run_state
        securities = state.by_column if symbol is None else [state.securities[symbol]]
        state.transactions.cancel_open_orders(symbol, tag)
        return [
            self.market_order(s.symbol, -s.holdings.quantity, tag=tag)
            for s in securities
            if s.holdings.quantity
        ]

    def calculate_order_quantity(self, symbol: SymbolLike, target: float) -> int:
        """Return the shares to trade so that the position is worth `target` × the equity.

        Parameters
        ----------
        symbol : Symbol, str or Security
        target : float
            Fraction of `portfolio.total_portfolio_value`, negative for a short: −0.1 is a short of 10 %.

        Returns
        -------
        int
            The target position, rounded towards zero, less the shares held; 0 before the first bar. Resting
            orders, commissions, buying power and what can be borrowed are not taken into account.
        """
        security = self._run_state.securities[symbol]
        try:
            fraction = float(target)
        except (TypeError, ValueError, OverflowError):
            fraction = math.nan
        if not math.isfinite(fraction) or isinstance(target, (bool, str)):
            raise InvalidInputError("target", target, "be a finite fraction of the equity")
        price = security.price
        if price <= 0:
            return 0
        target_shares = int(fraction * self._run_state.account.value() / price)
        return target_shares - security.holdings.quantity

    def set_holdings(
        self,
        symbol: SymbolLike,
        percentage: float,
        liquidate_existing_holdings: bool = False,
        tag: str = "",
    ) -> OrderTicket | None:
        """Trade to a position worth `percentage` × the equity; see `calculate_order_quantity`.

        Parameters
        ----------
        percentage : float
            A fraction: 0.5 is half of the equity, −0.5 a short of half of it.
        liquidate_existing_holdings : bool
            Close every other position first.

        Returns
        -------
        OrderTicket or None
            None where nothing is to be traded.
        """
        quantity = self.calculate_order_quantity(symbol, percentage)
        if liquidate_existing_holdings:
            keep = self._run_state.securities[symbol]
            for security in self._run_state.by_column:
                if security is not keep and (
                    security.holdings.quantity or security.open_buys or security.open_sells
                ):
                    self.liquidate(security.symbol, tag or "Liquidated")
        return self.market_order(symbol, quantity, tag=tag) if quantity else None

    order = market_order


def _tag(asynchronous: bool | str, tag: str, time_in_force: TimeInForce) -> str:
    if not isinstance(time_in_force, TimeInForce):
        raise InvalidInputError(
            "time_in_force", time_in_force, "be TimeInForce.GOOD_TIL_CANCELED or TimeInForce.DAY"
        )
    return text_of("tag", asynchronous if isinstance(asynchronous, str) else tag)


_Trailing = tuple[float | None, float, bool, bool | str, str, TimeInForce]


def _from_last_close(
    trailing_amount: float,
    trailing_as_percentage: bool,
    asynchronous: bool | str = False,
    tag: str = "",
    *,
    time_in_force: TimeInForce = _GTC,
) -> _Trailing:
    return None, trailing_amount, trailing_as_percentage, asynchronous, tag, time_in_force


def _from_stop_price(
    stop_price: float,
    trailing_amount: float,
    trailing_as_percentage: bool,
    asynchronous: bool | str = False,
    tag: str = "",
    *,
    time_in_force: TimeInForce = _GTC,
) -> _Trailing:
    return stop_price, trailing_amount, trailing_as_percentage, asynchronous, tag, time_in_force
