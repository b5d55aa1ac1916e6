"""How an algorithm sends orders."""

from __future__ import annotations

from typing import Any, overload

from shortable.engine.arguments import price_of, share_quantity, text_of, trailing_amount_of
from shortable.engine.core import Core
from shortable.engine.orders import TimeInForce
from shortable.engine.tickets import OrderTicket
from shortable.errors import InvalidInputError
from shortable.orders import OrderType

__all__ = ["OrdersMixin"]

_MARKET, _GTC = OrderType.MARKET, TimeInForce.GOOD_TIL_CANCELED


class OrdersMixin:
    """The ordering half of `Algorithm`.

    `symbol` is a `Symbol`, any spelling of one, or a `Security`. Quantities are whole numbers of shares, negative
    to sell. A refusal is a value, the ticket's status and tag; misuse raises: an unknown symbol, a fraction of a
    share, a price that is no price, an order in `initialize`. `asynchronous` is taken for LEAN's sake and changes
    nothing; a text in its place is the tag.
    """

    _core: Core

    def market_order(
        self,
        symbol: Any,
        quantity: float,
        asynchronous: bool | str = False,
        tag: str = "",
        *,
        time_in_force: TimeInForce = _GTC,
    ) -> OrderTicket:
        """Trade at the next bar's open; in close-only data at its close."""
        core = self._core
        if type(quantity) is not int or not quantity:
            quantity = share_quantity(quantity)
        if tag or asynchronous or time_in_force is not _GTC:
            tag = _tag(asynchronous, tag, time_in_force)
        return core.desk.submit(
            core.securities[symbol], _MARKET, quantity, None, None, time_in_force, tag
        )

    def limit_order(
        self,
        symbol: Any,
        quantity: float,
        limit_price: float,
        asynchronous: bool | str = False,
        tag: str = "",
        *,
        time_in_force: TimeInForce = _GTC,
    ) -> OrderTicket:
        """Trade at `limit_price` or better, in the first later bar that reaches it."""
        core = self._core
        return core.desk.submit(
            core.securities[symbol],
            OrderType.LIMIT,
            share_quantity(quantity),
            price_of("limit_price", limit_price),
            None,
            time_in_force,
            _tag(asynchronous, tag, time_in_force),
        )

    def stop_market_order(
        self,
        symbol: Any,
        quantity: float,
        stop_price: float,
        asynchronous: bool | str = False,
        tag: str = "",
        *,
        time_in_force: TimeInForce = _GTC,
    ) -> OrderTicket:
        """Trade at the market once a later bar reaches `stop_price`."""
        core = self._core
        return core.desk.submit(
            core.securities[symbol],
            OrderType.STOP_MARKET,
            share_quantity(quantity),
            None,
            price_of("stop_price", stop_price),
            time_in_force,
            _tag(asynchronous, tag, time_in_force),
        )

    def stop_limit_order(
        self,
        symbol: Any,
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
        core = self._core
        return core.desk.submit(
            core.securities[symbol],
            OrderType.STOP_LIMIT,
            share_quantity(quantity),
            price_of("limit_price", limit_price),
            price_of("stop_price", stop_price),
            time_in_force,
            _tag(asynchronous, tag, time_in_force),
        )

    @overload
    def trailing_stop_order(
        self,
        symbol: Any,
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
        symbol: Any,
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
        self, symbol: Any, quantity: float, *given: Any, **named: Any
    ) -> OrderTicket:
        """Trade at the market once a later bar reaches a stop that follows the best price since submission.

        A stop to sell follows the high, one to buy the low, and never goes back. A bar is held against the stop
        that the bars before it have left, and moves the stop only if it did not fill the order: a bar does not tell
        whether its extreme came before or after its touch of the stop. The arguments are those of LEAN's two
        forms, told apart by where the bool stands.

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
        core = self._core
        return core.desk.submit(
            core.securities[symbol],
            OrderType.TRAILING_STOP,
            share_quantity(quantity),
            None,
            None if stop_price is None else price_of("stop_price", stop_price),
            time_in_force,
            _tag(asynchronous, tag, time_in_force),
            (trailing_amount_of(amount, as_percentage), as_percentage),
        )

    def market_on_open_order(
        self,
        symbol: Any,
        quantity: float,
        asynchronous: bool | str = False,
        tag: str = "",
        *,
        time_in_force: TimeInForce = _GTC,
    ) -> OrderTicket:
        """Trade at the open of the security's first bar of a session, the next one that is still to come.

        Where the data has bars from before the exchange opens, that is the first of those.
        """
        core = self._core
        return core.desk.submit(
            core.securities[symbol],
            OrderType.MARKET_ON_OPEN,
            share_quantity(quantity),
            None,
            None,
            time_in_force,
            _tag(asynchronous, tag, time_in_force),
        )

    def market_on_close_order(
        self,
        symbol: Any,
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
        core = self._core
        return core.desk.submit(
            core.securities[symbol],
            OrderType.MARKET_ON_CLOSE,
            share_quantity(quantity),
            None,
            None,
            time_in_force,
            _tag(asynchronous, tag, time_in_force),
        )

    def buy(self, symbol: Any, quantity: float, tag: str = "") -> OrderTicket:
        """Buy `quantity` shares at the market; the sign does not matter."""
        return self.market_order(symbol, abs(share_quantity(quantity)), tag=tag)

    def sell(self, symbol: Any, quantity: float, tag: str = "") -> OrderTicket:
        """Sell `quantity` shares at the market; the sign does not matter."""
        return self.market_order(symbol, -abs(share_quantity(quantity)), tag=tag)

    order = market_order


def _tag(asynchronous: bool | str, tag: str, time_in_force: Any) -> str:
    if not isinstance(time_in_force, TimeInForce):
        raise InvalidInputError(
            "time_in_force", time_in_force, "be TimeInForce.GOOD_TIL_CANCELED or TimeInForce.DAY"
        )
    return text_of("tag", asynchronous if isinstance(asynchronous, str) else tag)


_Trailing = tuple[Any, Any, Any, bool | str, str, Any]


def _from_last_close(
    trailing_amount: Any,
    trailing_as_percentage: Any,
    asynchronous: bool | str = False,
    tag: str = "",
    *,
    time_in_force: Any = _GTC,
) -> _Trailing:
    return None, trailing_amount, trailing_as_percentage, asynchronous, tag, time_in_force


def _from_stop_price(
    stop_price: Any,
    trailing_amount: Any,
    trailing_as_percentage: Any,
    asynchronous: bool | str = False,
    tag: str = "",
    *,
    time_in_force: Any = _GTC,
) -> _Trailing:
    return stop_price, trailing_amount, trailing_as_percentage, asynchronous, tag, time_in_force
