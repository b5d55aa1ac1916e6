"""What an algorithm can ask about availability."""

from __future__ import annotations

import numbers
from typing import Any

from shortable.engine.core import Core
from shortable.errors import NoSymbolListError
from shortable.rule import may_sell
from shortable.shares import check_quantity
from shortable.symbol import Symbol

__all__ = ["ShortableMixin"]


class ShortableMixin:
    """The asking half of `Algorithm`; times are the algorithm's clock."""

    _core: Core

    def shortable_quantity(self, symbol: Any) -> int | None:
        """Return what the symbol's provider says can be borrowed: shares, or None for no known restriction (S1)."""
        security = self._core.securities[symbol]
        return security.quantity_of(security.symbol, self._core.book.time)  # type: ignore[no-any-return]

    def shortable(self, symbol: Any, quantity: float = 1) -> bool:
        """Whether an order to sell `quantity` shares would pass the availability check now (S4).

        Shares held and resting sells count, so after shorting all that there is it answers False.

        Parameters
        ----------
        symbol : Symbol, str or Security
        quantity : int, default 1
            Shares to sell; the sign does not matter.
        """
        shares = check_quantity(
            "quantity", abs(quantity) if isinstance(quantity, numbers.Real) else quantity
        )
        security = self._core.securities[symbol]
        available = security.quantity_of(security.symbol, self._core.book.time)
        return may_sell(security.holdings.quantity, security.open_sells, shares, available)

    def all_shortable_symbols(self) -> dict[Symbol, int]:
        """Return shares available of every symbol that can be borrowed, whether subscribed or not.

        The providers of all securities are asked; on a subscribed security its own provider has the word. Of a
        provider without a list, only the subscribed securities are known. A symbol without a known restriction is
        not in it: there is no number for it.
        """
        core, time = self._core, self._core.book.time
        found: dict[Symbol, int] = {}
        asked: list[Any] = []
        for security in core.in_order:
            provider = security.shortable_provider
            if any(provider is p for p in asked):
                continue
            asked.append(provider)
            try:
                found = {**provider.all_shortable_symbols(time), **found}
            except NoSymbolListError:
                continue  # what the securities below answer is all there is
        for security in core.in_order:
            available = security.quantity_of(security.symbol, time)
            found.pop(security.symbol, None)
            if available:
                found[security.symbol] = available
        return {symbol: found[symbol] for symbol in sorted(found)}
