"""All securities of an algorithm, by symbol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shortable.lean.collections import LeanDictionary
from shortable.lean.symbols import Symbol, SymbolCache

if TYPE_CHECKING:
    from shortable.lean.context import AlgorithmContext
    from shortable.lean.securities.security import Security

__all__ = ["SecurityManager", "symbol_key"]


def symbol_key(key: Any) -> Any:
    """Return the symbol that a user means by a symbol, a ticker, an identifier's text or a security."""
    if isinstance(key, Symbol):
        return key
    if isinstance(key, str):
        found = SymbolCache.find(key)
        return key if found is None else found
    symbol = getattr(key, "symbol", None)
    return symbol if isinstance(symbol, Symbol) else key


class SecurityManager(LeanDictionary[Symbol, "Security"]):
    """``algorithm.securities``: by symbol or ticker.

    Whoever asks for a security gets it, whether it left all universes, was removed or delisted; counting and going
    through them shows those alone that are there (LEAN: Common/Securities/SecurityManager.cs).

    Attributes
    ----------
    total : list of Security
        All that ever were, those that were removed included.
    """

    def __init__(self, context: AlgorithmContext) -> None:
        super().__init__()
        self._context = context
        self._ever: dict[Symbol, Security] = {}

    def _key(self, key: Any) -> Any:
        found = symbol_key(key)
        if isinstance(found, str):
            return next((s for s in self._ever if s == found), found)
        return found

    def __getitem__(self, key: Any) -> Security:
        try:
            return self._ever[self._key(key)]
        except KeyError:
            raise KeyError(self._missing(key)) from None

    def __contains__(self, key: object) -> bool:
        return self._key(key) in self._ever

    def get(self, key: Any, default: Any = None) -> Any:
        """Return a security that is there, or was, or `default`."""
        return self._ever.get(self._key(key), default)

    def _missing(self, key: Any) -> str:
        known = (
            f"{key.upper()} 0" if isinstance(key, str) and " " not in key else key
        )  # as LEAN makes a symbol of it
        return (
            f"This asset symbol ({known}) was not found in your security list. Please add this security or check "
            f"it exists before using it: self.securities.contains_key({str(key)!r})"
        )

    @property
    def utc_time(self) -> Any:
        """The clock."""
        return self._context.utc_time

    @property
    def total(self) -> list[Security]:
        """All securities that ever were."""
        return list(self._ever.values())

    def add(self, key: Any, value: Security | None = None) -> None:
        """Enter a security."""
        security = key if value is None else value
        self._items.setdefault(security.symbol, security)
        self._ever[security.symbol] = security

    def __setitem__(self, key: Any, value: Security) -> None:
        self.add(value)
