"""Dictionaries by symbol that take tickers and securities as well."""

from __future__ import annotations

from typing import Any, TypeVar

from shortable.lean.collections import LeanDictionary
from shortable.lean.symbols import Symbol, SymbolCache

__all__ = ["BySymbol", "as_symbol"]

V = TypeVar("V")


def as_symbol(key: Any) -> Symbol | None:
    """Return the symbol that a user means by a symbol, a ticker, an identifier's text or a security; else None."""
    if isinstance(key, Symbol):
        return key
    if isinstance(key, str):
        return SymbolCache.find(key)
    found = getattr(key, "symbol", None)
    return found if isinstance(found, Symbol) else None


class BySymbol(LeanDictionary[Symbol, V]):
    """A dictionary keyed by symbols which also answers to tickers, as LEAN's do."""

    def setdefault(self, key: Symbol, value: V) -> None:
        """Enter a value where there is none."""
        self._items.setdefault(key, value)

    def _key(self, key: Any) -> Any:
        if isinstance(key, Symbol):
            return key
        found = as_symbol(key)
        if found is not None and found in self._items:
            return found
        if isinstance(key, str):
            ticker = key.upper()
            for symbol in self._items:
                if symbol.value == ticker:
                    return symbol
        return key if found is None else found
