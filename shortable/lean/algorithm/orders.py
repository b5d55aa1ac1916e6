"""Sending orders (LEAN: Algorithm/QCAlgorithm.Trading.cs)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from shortable.errors import InvalidInputError
from shortable.lean.algorithm.base import AlgorithmPart
from shortable.lean.algorithm.order_checks import check
from shortable.lean.enums import OrderType, Resolution, SecurityType
from shortable.lean.numbers import decimal_of, given_number
from shortable.lean.orders.properties import GoodTilDateTimeInForce, OrderProperties, TimeInForce
from shortable.lean.orders.requests import SubmitOrderRequest
from shortable.lean.orders.ticket import OrderTicket
from shortable.lean.orders.transactions import SecurityTransactionManager
from shortable.lean.securities.portfolio import SecurityPortfolioManager

__all__ = ["OrdersPart", "extras"]

_WARNING = (
    "Warning: all market orders sent using daily data, or market orders sent after hours are automatically converted "
    "into MarketOnOpen orders."
)


def extras(given: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    """Sort what may follow an order's prices: whether it is asynchronous, its tag, its properties.

    C# tells LEAN's overloads apart by type, so their order does not matter here either.
    """
    found = {"asynchronous": False, "tag": "", "properties": None}
    for value in given:
        if isinstance(value, bool):
            found["asynchronous"] = value
        elif isinstance(value, str) or value is None:
            found["tag"] = value or ""
        elif isinstance(value, OrderProperties):
            found["properties"] = value
        else:
            raise InvalidInputError(
                "argument", value, "be asynchronous (bool), a tag (text) or OrderProperties"
            )
    for name, value in named.items():
        short = name.removeprefix("order_")
        if short not in found:
            raise InvalidInputError("argument", name, "be asynchronous, tag or order_properties")
        found[short] = value
    return found


class OrdersPart(AlgorithmPart):
    """``market_order`` and the other kinds; each returns the order's ticket."""

    @property
    def portfolio(self) -> SecurityPortfolioManager:
        """Cash, holdings and margin."""
        return self._lean.portfolio

    @property
    def transactions(self) -> SecurityTransactionManager:
        """Orders and tickets."""
        return self._lean.transactions

    @property
    def trade_builder(self) -> Any:
        """Closed trades."""
        return self._lean.trade_builder

    def set_trade_builder(self, trade_builder: Any) -> None:
        """Say how fills are paired into closed trades."""
        self._lean.trade_builder = trade_builder

    @property
    def default_order_properties(self) -> Any:
        """What orders ask for that are given no properties of their own."""
        return self._lean.default_order_properties

    @default_order_properties.setter
    def default_order_properties(self, value: Any) -> None:
        self._lean.default_order_properties = value

    def set_maximum_orders(self, max: int) -> None:
        """Stop after so many orders."""
        if not self._lean.initialised:
            self._lean.max_orders = int(max)

    def submit_order_request(self, request: SubmitOrderRequest) -> OrderTicket:
        """Send a request after the checks that precede every order."""
        response = check(self._lean, request)
        if response.is_error:
            self._lean.error(response.error_message)
            return OrderTicket.invalid(self._lean.transactions, request, response)
        return self._lean.transactions.add_order(request)

    def __send(
        self,
        kind: OrderType,
        symbol: Any,
        quantity: Any,
        more: dict[str, Any],
        *,
        stop: Any = 0,
        limit: Any = 0,
        trigger: Any = 0,
        trailing: Any = 0,
        percentage: bool = False,
    ) -> OrderTicket:
        security = self._lean.securities[symbol]
        own = more["properties"]
        properties = self._lean.default_order_properties.clone() if own is None else own
        if kind in (OrderType.MARKET_ON_OPEN, OrderType.MARKET_ON_CLOSE) and isinstance(
            properties.time_in_force, GoodTilDateTimeInForce
        ):
            properties = properties.clone()
            properties.time_in_force = TimeInForce.GOOD_TIL_CANCELED
            self._lean.error(
                "Good-Til-Date(GTD) Time-In-Force is not supported for MOO and MOC orders. The time-in-force "
                "will be reset to Good-Til-Canceled (GTC)."
            )
        request = SubmitOrderRequest(
            kind,
            SecurityType.EQUITY,
            security.symbol,
            given_number("quantity", quantity),
            given_number("stop_price", stop),
            given_number("limit_price", limit),
            trigger_price=given_number("trigger_price", trigger),
            trailing_amount=given_number("trailing_amount", trailing),
            trailing_as_percentage=percentage,
            time=self._lean.clock.utc,
            tag=more["tag"] or "",
            properties=properties,
            asynchronous=bool(more["asynchronous"]),
        )
        return OrdersPart.submit_order_request(self, request)

    def order(
        self, symbol: Any, quantity: float | Decimal, *more: Any, **named: Any
    ) -> OrderTicket:
        """Send a market order."""
        return self.__market(symbol, quantity, extras(more, named))

    def market_order(
        self, symbol: Any, quantity: float | Decimal, *more: Any, **named: Any
    ) -> OrderTicket:
        """Buy (or, negative, sell) at the market; while it is closed, at the next open.

        Parameters
        ----------
        symbol : Symbol, str or Security
        quantity : float
            Shares.
        asynchronous : bool, optional
        tag : str, optional
        order_properties : OrderProperties, optional
        """
        return self.__market(symbol, quantity, extras(more, named))

    def __market(self, symbol: Any, quantity: Any, more: dict[str, Any]) -> OrderTicket:
        security = self._lean.securities[symbol]
        if security.exchange.exchange_open:
            return self.__send(OrderType.MARKET, symbol, quantity, more)
        ticket = self.__send(OrderType.MARKET_ON_OPEN, symbol, quantity, more)
        sent = ticket.submit_request.response.is_success and not self._lean.fixed.get(
            "warned_of_open"
        )
        if sent and all(config.resolution == Resolution.DAILY for config in security.subscriptions):
            self._lean.debug(_WARNING)
            self._lean.fixed["warned_of_open"] = True
        return ticket

    def buy(self, symbol: Any, quantity: float) -> OrderTicket:
        """Buy at the market; the sign of `quantity` does not matter."""
        return self.__market(symbol, abs(given_number("quantity", quantity)), extras((), {}))

    def sell(self, symbol: Any, quantity: float) -> OrderTicket:
        """Sell at the market; the sign of `quantity` does not matter."""
        return self.__market(symbol, -abs(given_number("quantity", quantity)), extras((), {}))

    def limit_order(
        self, symbol: Any, quantity: float | Decimal, limit_price: float, *more: Any, **named: Any
    ) -> OrderTicket:
        """Buy or sell at a price or better."""
        return self.__send(
            OrderType.LIMIT, symbol, quantity, extras(more, named), limit=limit_price
        )

    def stop_market_order(
        self, symbol: Any, quantity: float | Decimal, stop_price: float, *more: Any, **named: Any
    ) -> OrderTicket:
        """Buy or sell at the market once a price is reached."""
        return self.__send(
            OrderType.STOP_MARKET, symbol, quantity, extras(more, named), stop=stop_price
        )

    def stop_limit_order(
        self,
        symbol: Any,
        quantity: float | Decimal,
        stop_price: float,
        limit_price: float,
        *more: Any,
        **named: Any,
    ) -> OrderTicket:
        """Buy or sell at a limit once a price is reached."""
        return self.__send(
            OrderType.STOP_LIMIT,
            symbol,
            quantity,
            extras(more, named),
            stop=stop_price,
            limit=limit_price,
        )

    def limit_if_touched_order(
        self,
        symbol: Any,
        quantity: float | Decimal,
        trigger_price: float,
        limit_price: float,
        *more: Any,
        **named: Any,
    ) -> OrderTicket:
        """Buy or sell at a limit once the market touches a price."""
        return self.__send(
            OrderType.LIMIT_IF_TOUCHED,
            symbol,
            quantity,
            extras(more, named),
            trigger=trigger_price,
            limit=limit_price,
        )

    def trailing_stop_order(
        self, symbol: Any, quantity: float | Decimal, *more: Any, **named: Any
    ) -> OrderTicket:
        """Send a stop that follows the market.

        ``trailing_stop_order(symbol, quantity, trailing_amount, trailing_as_percentage)``, or with a first stop
        price before them.
        """
        prices, rest = [], list(more)
        while rest and not isinstance(rest[0], (bool, str, OrderProperties)):
            prices.append(rest.pop(0))
        percentage = bool(
            named.pop(
                "trailing_as_percentage",
                rest.pop(0) if rest and isinstance(rest[0], bool) else False,
            )
        )
        if "trailing_amount" in named:
            prices.append(named.pop("trailing_amount"))
        if "stop_price" in named:
            prices.insert(0, named.pop("stop_price"))
        if not 1 <= len(prices) <= 2:
            raise InvalidInputError(
                "trailing_amount", prices, "be given, after a stop price or without one"
            )
        amount = decimal_of(prices[-1])
        price = decimal_of(self._lean.securities[symbol].price)
        distance = price * amount if percentage else amount
        stop = (
            decimal_of(prices[0])
            if len(prices) == 2
            else price + (distance if quantity > 0 else -distance)
        )
        return self.__send(
            OrderType.TRAILING_STOP,
            symbol,
            quantity,
            extras(tuple(rest), named),
            stop=stop,
            trailing=amount,
            percentage=percentage,
        )

    def market_on_open_order(
        self, symbol: Any, quantity: float | Decimal, *more: Any, **named: Any
    ) -> OrderTicket:
        """Buy or sell in the next opening auction."""
        return self.__send(OrderType.MARKET_ON_OPEN, symbol, quantity, extras(more, named))

    def market_on_close_order(
        self, symbol: Any, quantity: float | Decimal, *more: Any, **named: Any
    ) -> OrderTicket:
        """Buy or sell in the next closing auction; at the latest 15.5 minutes before it."""
        return self.__send(OrderType.MARKET_ON_CLOSE, symbol, quantity, extras(more, named))
