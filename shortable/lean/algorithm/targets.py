"""Orders by target: a share of the portfolio, or nothing at all (LEAN: QCAlgorithm.Trading.cs, PortfolioTarget.cs)."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Any

from shortable.lean.algorithm.base import AlgorithmPart
from shortable.lean.algorithm.order_checks import zero_price
from shortable.lean.algorithm.orders import OrdersPart, extras
from shortable.lean.enums import OrderType
from shortable.lean.feed.keys import as_symbol
from shortable.lean.models import method
from shortable.lean.names import LeanObject
from shortable.lean.numbers import DECIMALS, ZERO, decimal_of, given_number
from shortable.lean.orders.ticket import OrderTicket
from shortable.lean.securities.buying_power_types import (
    GetMaximumOrderQuantityForTargetBuyingPowerParameters,
)
from shortable.lean.securities.order_sizing import adjusted_by_lot_size
from shortable.lean.symbols import Symbol

if TYPE_CHECKING:
    from shortable.lean.algorithm.kernel import Kernel

__all__ = ["PortfolioTarget", "TargetsPart", "by_margin_impact"]

_MARKET = (OrderType.MARKET, OrderType.MARKET_ON_OPEN)


def order_for(kernel: Kernel, symbol: Any, target: Any) -> Decimal | None:
    """Return the order that makes a position a share of the portfolio; None where it cannot be told, which is logged."""
    percent = given_number("target", target)
    limits = kernel.settings
    if abs(percent) > decimal_of(limits.max_absolute_portfolio_target_percentage) or (
        percent and abs(percent) < decimal_of(limits.min_absolute_portfolio_target_percentage)
    ):
        kernel.error(
            f"The portfolio target percent: {percent}, does not comply with the current 'Algorithm.Settings' "
            f"'MaxAbsolutePortfolioTargetPercentage': {limits.max_absolute_portfolio_target_percentage:g} or "
            f"'MinAbsolutePortfolioTargetPercentage': {limits.min_absolute_portfolio_target_percentage:g}. Skipping"
        )
        return None
    security = kernel.securities.get(symbol)
    if security is None:
        kernel.error(
            f"{symbol} not found in portfolio. Request this data when initializing the algorithm."
        )
        return None
    if security.price == 0:
        kernel.error(zero_price(security.symbol))
        return None
    with localcontext(DECIMALS):
        total = kernel.portfolio.exact_total_value
        adjusted = percent * kernel.portfolio.exact_total_value_less_free_buffer / total
        margin = adjusted / security.exact_leverage
        answer = method(
            security.buying_power_model, "get_maximum_order_quantity_for_target_buying_power"
        )(
            GetMaximumOrderQuantityForTargetBuyingPowerParameters(
                kernel.portfolio,
                security,
                margin,
                decimal_of(limits.minimum_order_margin_portfolio_percentage),
            )
        )
    if answer.is_error:
        kernel.error(
            f"Unable to compute order quantity of {security.symbol}. Reason: {answer.reason} Returning null."
        )
        return None
    return decimal_of(getattr(answer, "exact_quantity", answer.quantity))


def by_margin_impact(kernel: Kernel, targets: Iterable[Any], *, delta: bool = False) -> list[Any]:
    """Return targets in the order in which they are sent: what makes positions smaller first, then the largest.

    None while the algorithm warms up, and none of securities without data, that do not trade, or that are there already
    with what is on order (Common/Extensions.cs, OrderTargetsByMarginImpact). `delta` says that the quantities are
    orders, not positions.
    """
    found = []
    for target in () if kernel.is_warming_up else targets:
        security = kernel.securities[target.symbol]
        wanted = adjusted_by_lot_size(security, decimal_of(target.quantity))
        held = security.holdings.exact_quantity + kernel.transactions.exact_open_quantity(
            security.symbol
        )
        change, after = (wanted, wanted + held) if delta else (wanted - held, wanted)
        if (
            security.has_data
            and security.is_tradable
            and abs(change) >= security.symbol_properties.exact_lot_size
        ):
            reduces = held != 0 and abs(after) < abs(held)
            found.append((not reduces, -abs(change * decimal_of(security.price)), target))
    return [target for *_, target in sorted(found, key=lambda one: one[:2])]


class PortfolioTarget(LeanObject):
    """A symbol and how much of it there should be."""

    minimum_order_margin_percentage_warning_sent: bool | None = None

    def __init__(self, symbol: Any, quantity: float | Decimal, tag: str = "") -> None:
        self.symbol, self.quantity, self.tag = as_symbol(symbol) or symbol, float(quantity), tag

    @staticmethod
    def percent(
        algorithm: Any,
        symbol: Any,
        percent: float,
        return_delta_quantity: bool = False,
        tag: str = "",
    ) -> Any:
        """Return the target of a share of the portfolio, in shares; None where it cannot be told."""
        quantity = order_for(algorithm._lean, symbol, percent)
        if quantity is None:
            return None
        security = algorithm.securities[symbol]
        held = ZERO if return_delta_quantity else security.holdings.exact_quantity
        return PortfolioTarget(security.symbol, float(quantity + held), tag)

    def __str__(self) -> str:
        return f"{self.symbol}: {self.quantity:g}" + (f" ({self.tag})" if self.tag else "")


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
