"""What an algorithm asks about short availability (LEAN: Algorithm/QCAlgorithm.cs, Shortable and its kin)."""

from __future__ import annotations

from typing import Any

from shortable.errors import InvalidInputError
from shortable.lean.algorithm.base import AlgorithmPart
from shortable.lean.feed.keys import BySymbol
from shortable.lean.models import method
from shortable.lean.orders.availability import available, check_short
from shortable.lean.symbols import Symbol

__all__ = ["ShortablePart"]


class ShortablePart(AlgorithmPart):
    """``shortable``, ``shortable_quantity`` and ``all_shortable_symbols``."""

    def shortable(
        self, symbol: Any, quantity: float = 1, update_order_id: int | None = None
    ) -> bool:
        """Whether a number of shares, by default one, may be sold short on top of what is held and on order."""
        return check_short(self._lean, symbol, quantity, update_order_id).accepted

    def shortable_quantity(self, symbol: Any) -> int:
        """Return how many shares the provider has; 0 where it knows no limit, as LEAN answers."""
        return available(self._lean.securities[symbol]) or 0

    def borrow_fee_rate(self, symbol: Any) -> float:
        """Return the borrow fee now, an annual fraction; LEAN's newer way is to ask the security's provider."""
        return self.__rate(symbol, "fee_rate")

    def borrow_rebate_rate(self, symbol: Any) -> float:
        """Return the rebate now, an annual fraction; LEAN's newer way is to ask the security's provider."""
        return self.__rate(symbol, "rebate_rate")

    def __rate(self, symbol: Any, name: str) -> float:
        security = self._lean.securities[symbol]
        return float(getattr(security.availability, name)(security.symbol, security.local_time))

    def all_shortable_symbols(self) -> Any:
        """Return what can be borrowed of every symbol that the broker's provider lists now.

        Returns
        -------
        dictionary of Symbol to int
        """
        from shortable.lean.algorithm.kernel import stated_provider

        model = self._lean.brokerage_model
        provider = stated_provider(model)
        if provider is None:
            provider = method(model, "get_shortable_provider")(None)
        listing = getattr(provider, "all_shortable_symbols", None) or getattr(
            provider, "AllShortableSymbols", None
        )
        if listing is None:
            raise InvalidInputError(
                "brokerage_model", type(provider).__name__, "have a provider that lists all symbols"
            )
        found: BySymbol[int] = BySymbol()
        for symbol, quantity in dict(listing(self._lean.clock.now)).items():
            found[self.__lean_symbol(symbol)] = int(quantity)
        return found

    def __lean_symbol(self, symbol: Any) -> Symbol:
        """Return a listed symbol as LEAN's; our own and tickers are looked up as of now."""
        if isinstance(symbol, Symbol):
            return symbol
        ticker = str(getattr(symbol, "ticker", symbol))
        return self._lean.source.resolve(ticker, self._lean.clock.now.date())
