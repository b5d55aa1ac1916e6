"""`SymbolCache`: which symbol an algorithm means by a bare ticker."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

from shortable.errors import SymbolError
from shortable.lean.names import LeanObject
from shortable.lean.symbols.identifier import SecurityIdentifier

if TYPE_CHECKING:
    from shortable.lean.symbols.symbol import Symbol

__all__ = ["SymbolCache"]


class _Tables:
    def __init__(self) -> None:
        self.symbols: dict[str, Symbol] = {}
        self.tickers: dict[SecurityIdentifier, str] = {}


_TABLES: ContextVar[_Tables | None] = ContextVar("symbol_cache", default=None)


def _tables() -> _Tables:
    tables = _TABLES.get()
    if tables is None:
        tables = _Tables()
        _TABLES.set(tables)
    return tables


class SymbolCache(LeanObject):
    """Tickers and the symbols that securities were added under; one table a run, in any case of letters.

    Source: Common/SymbolCache.cs.
    """

    @staticmethod
    def set(ticker: str, symbol: Symbol) -> None:
        """Enter a ticker; whatever creates a security does."""
        tables = _tables()
        tables.symbols[ticker.upper()] = symbol
        tables.tickers[symbol.id] = ticker

    @staticmethod
    def find(ticker: str) -> Symbol | None:
        """Return the symbol of a ticker or of an identifier's text, else None."""
        found = _tables().symbols.get(ticker.upper())
        if found is None and " " in ticker:
            from shortable.lean.symbols.symbol import Symbol

            known, identifier = SecurityIdentifier.try_parse(ticker)
            return (
                Symbol(identifier, identifier.symbol) if known and identifier is not None else None
            )
        return found

    @staticmethod
    def try_get_symbol(ticker: str, *_: object) -> tuple[bool, Symbol | None]:
        """Return whether the ticker is known, and its symbol."""
        found = SymbolCache.find(ticker)
        return found is not None, found

    @staticmethod
    def get_symbol(ticker: str) -> Symbol:
        """Return the symbol of a ticker.

        Raises
        ------
        SymbolError
            No security was added under that ticker.
        """
        found = SymbolCache.find(ticker)
        if found is None:
            raise SymbolError("ticker", ticker, "be one that a security was added under")
        return found

    @staticmethod
    def get_ticker(symbol: Symbol) -> str:
        """Return the ticker that the symbol was added under, else its identifier's text."""
        return _tables().tickers.get(symbol.id) or str(symbol.id)

    @staticmethod
    def clear() -> None:
        """Forget everything; a run does as it starts."""
        _TABLES.set(_Tables())
