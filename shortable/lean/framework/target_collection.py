"""`PortfolioTargetCollection` (LEAN: Common/Algorithm/Framework/Portfolio/PortfolioTargetCollection.cs)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from shortable.lean.algorithm.targets import PortfolioTarget, by_margin_impact
from shortable.lean.collections import LeanDictionary
from shortable.lean.feed.keys import BySymbol
from shortable.lean.numbers import decimal_of

__all__ = ["IPortfolioTarget", "PortfolioTargetCollection"]

IPortfolioTarget = PortfolioTarget


class PortfolioTargetCollection(BySymbol[Any]):
    """One target for each symbol, the newest; iterates as targets.

    Examples
    --------
    >>> targets = PortfolioTargetCollection()
    >>> targets.count, targets.is_empty, list(targets)
    (0, True, [])
    """

    def __iter__(self) -> Iterator[Any]:
        return iter(list(self._items.values()))

    @property
    def is_empty(self) -> bool:
        """Whether there is no target."""
        return not self._items

    def add(self, key: Any, value: Any = None) -> None:
        """Take a target in: ``add(target)`` or ``add(symbol, target)``."""
        target = key if value is None else value
        if target is not None:
            self._items[target.symbol] = target

    def add_range(self, targets: Iterable[Any]) -> None:
        """Take targets in."""
        for target in targets:
            self.add(target)

    def __contains__(self, key: object) -> bool:
        return super().__contains__(getattr(key, "symbol", key))

    def remove(self, key: Any) -> bool:
        """Let a symbol's target go, or a target if it is the one that is there; return whether it did."""
        if hasattr(key, "quantity"):
            return self.get(key.symbol) is key and LeanDictionary.remove(self, key.symbol)
        return LeanDictionary.remove(self, key)

    def clear_fulfilled(self, algorithm: Any) -> None:
        """Let targets go whose position is there, whatever is on order."""
        for target in self:
            security = algorithm.securities[target.symbol]
            missing = abs(decimal_of(target.quantity) - security.holdings.exact_quantity)
            if missing < security.symbol_properties.exact_lot_size:
                self.remove(target.symbol)

    def order_by_margin_impact(self, algorithm: Any) -> list[Any]:
        """Return the targets that are still to be ordered: what makes positions smaller first, then the largest."""
        return by_margin_impact(algorithm._lean, self)
