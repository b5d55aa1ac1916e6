"""How an algorithm says where to, and the orders follow: close what is open, hold a fraction of the equity."""

from __future__ import annotations

import math
from typing import Any

from shortable.engine.algorithm_orders import OrdersMixin
from shortable.engine.tickets import OrderTicket
from shortable.errors import InvalidInputError

__all__ = ["TargetsMixin"]


class TargetsMixin(OrdersMixin):
    """The part of `Algorithm` that works out market orders from where a position is to be."""

    def liquidate(self, symbol: Any = None, tag: str = "Liquidated") -> list[OrderTicket]:
        """Cancel resting orders and close positions at the market: of one symbol, or of all.

        Returns
        -------
        list of OrderTicket
            Of the closing orders.
        """
        core = self._core
        securities = core.in_order if symbol is None else [core.securities[symbol]]
        core.transactions.cancel_open_orders(symbol, tag)
        return [
            self.market_order(s.symbol, -s.holdings.quantity, tag=tag)
            for s in securities
            if s.holdings.quantity
        ]

    def calculate_order_quantity(self, symbol: Any, target: float) -> int:
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
            orders, commissions, buying power and what can be borrowed are not looked at.
        """
        security = self._core.securities[symbol]
        try:
            fraction = float(target)
        except (TypeError, ValueError, OverflowError):
            fraction = math.nan
        if not math.isfinite(fraction) or isinstance(target, (bool, str)):
            raise InvalidInputError("target", target, "be a finite fraction of the equity")
        price = security.price
        if price <= 0:
            return 0
        wanted: int = int(fraction * self._core.book.value() / price) - security.holdings.quantity
        return wanted

    def set_holdings(
        self,
        symbol: Any,
        percentage: float,
        liquidate_existing_holdings: bool = False,
        tag: str = "",
    ) -> OrderTicket | None:
        """Trade to a position worth `percentage` × the equity, as `calculate_order_quantity` has it.

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
            keep = self._core.securities[symbol]
            for security in self._core.in_order:
                if security is not keep and (
                    security.holdings.quantity or security.open_buys or security.open_sells
                ):
                    self.liquidate(security.symbol, tag or "Liquidated")
        return self.market_order(symbol, quantity, tag=tag) if quantity else None
