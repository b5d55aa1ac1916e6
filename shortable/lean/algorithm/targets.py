"""Orders by target: a share of the portfolio, or nothing at all (LEAN: QCAlgorithm.Trading.cs, PortfolioTarget.cs)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from shortable.lean.algorithm.base import AlgorithmPart
from shortable.lean.algorithm.orders import OrdersPart, extras
from shortable.lean.enums import OrderType
from shortable.lean.framework.targets import PortfolioTarget, by_margin_impact, order_for
from shortable.lean.numbers import ZERO, decimal_of
from shortable.lean.orders.ticket import OrderTicket
from shortable.lean.symbols import Symbol

__all__ = ["TargetsPart"]

_MARKET = (OrderType.MARKET, OrderType.MARKET_ON_OPEN)


class TargetsPart(AlgorithmPart):
    """``set_holdings``, ``calculate_order_quantity`` and ``liquidate``."""

    def calculate_order_quantity(self, symbol: Any, target: float) -> float:
        """Return the order, in shares, that makes a position a share of the portfolio; 0 where there is none.

        Parameters
        ----------
        symbol : Symbol, str or Security
        target : float
            Fraction of the portfolio, negative for a short.
        """
        return float(order_for(self._lean, symbol, target) or ZERO)

    def set_holdings(self, *arguments: Any, **named: Any) -> list[OrderTicket]:
        """Make a position a share of the portfolio, or several with a list of `PortfolioTarget`.

        Parameters
        ----------
        symbol : Symbol, str or Security
        percentage : float
            Fraction of the portfolio, negative for a short.
        liquidate_existing_holdings, asynchronous : bool, optional
        tag : str, optional
        order_properties : OrderProperties, optional
        """
        given = list(arguments)
        if given and isinstance(given[0], (list, tuple)):
            targets, several = given.pop(0), True
        elif "targets" in named:
            targets, several = named.pop("targets"), True
        else:
            several = False
            symbol = named.pop("symbol", None) if not given else given.pop(0)
            percentage = named.pop("percentage", None) if not given else given.pop(0)
            targets = [PortfolioTarget(self._lean.securities[symbol].symbol, percentage)]
        flags = [given.pop(i) for i in reversed(range(len(given))) if isinstance(given[i], bool)][
            ::-1
        ]
        liquidate = named.pop("liquidate_existing_holdings", flags.pop(0) if flags else False)
        more = extras((*flags, *given), named)
        tickets = []
        if liquidate:
            kept = {t.symbol for t in targets}
            others = [s for s in self._lean.portfolio.keys if s not in kept]
            tickets += self.__liquidate(
                sorted(others, key=lambda s: s.value), {**more, "asynchronous": False}
            )
        orders = [
            PortfolioTarget(t.symbol, order_for(self._lean, t.symbol, t.quantity) or ZERO)
            for t in targets
        ]
        for order in by_margin_impact(self._lean, orders, delta=True) if several else orders:
            tickets += self.__hold(order.symbol, decimal_of(order.quantity), more)
        return tickets

    def __hold(self, symbol: Any, quantity: Decimal, more: dict[str, Any]) -> list[OrderTicket]:
        security = self._lean.securities[symbol]
        open_tickets = self._lean.transactions.get_open_order_tickets(security.symbol)
        quantity -= sum(
            (t.exact_quantity_remaining for t in open_tickets if t.order_type in _MARKET), ZERO
        )
        if not quantity:
            return []
        algorithm = self._lean.algorithm
        named = {
            "asynchronous": more["asynchronous"],
            "tag": more["tag"],
            "order_properties": more["properties"],
        }
        if security.exchange.exchange_open:
            return [OrdersPart.market_order(algorithm, security.symbol, quantity, **named)]
        return [OrdersPart.market_on_open_order(algorithm, security.symbol, quantity, **named)]

    def liquidate(self, *arguments: Any, **named: Any) -> list[OrderTicket]:
        """Close positions and cancel their orders: of a symbol, of several, or of all."""
        given = list(arguments)
        what = named.pop("symbol", named.pop("symbols", None))
        if given and not isinstance(given[0], bool):
            what = given.pop(0)
        more = extras(tuple(given), named)
        securities = self._lean.securities
        if what is None:
            symbols: Iterable[Symbol] = sorted(securities.keys, key=lambda s: s.value)
        elif isinstance(what, (list, tuple, set)):
            symbols = [securities[s].symbol for s in what if s in securities]
        else:
            symbols = [securities[what].symbol] if what in securities else []
        return self.__liquidate(symbols, more)

    def __liquidate(self, symbols: Iterable[Symbol], more: dict[str, Any]) -> list[OrderTicket]:
        kernel, tickets = self._lean, []
        if not kernel.settings.liquidate_enabled:
            kernel.debug(
                "Liquidate() is currently disabled by settings. To re-enable please set "
                "'Settings.LiquidateEnabled' to true"
            )
            return []
        tag = more["tag"] or "Liquidated"
        for symbol in symbols:
            orders = kernel.transactions.get_open_orders(symbol)
            holdings = kernel.securities[symbol].holdings
            quantity = holdings.exact_quantity if holdings.invested else ZERO
            if (
                len(orders) == 1
                and quantity
                and orders[0].exact_quantity == -quantity
                and orders[0].type == OrderType.MARKET
            ):
                continue
            pending = ZERO
            for order in orders:
                if order.type == OrderType.MARKET:
                    ticket = kernel.transactions.get_order_ticket(order.id)
                    pending += ticket.exact_quantity_remaining if ticket is not None else ZERO
                else:
                    kernel.transactions.cancel_order(order.id, tag)
            if quantity:
                tickets.append(
                    OrdersPart.market_order(
                        kernel.algorithm,
                        symbol,
                        -quantity - pending,
                        asynchronous=more["asynchronous"],
                        tag=tag,
                        order_properties=more["properties"],
                    )
                )
        return tickets
