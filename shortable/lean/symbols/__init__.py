"""What LEAN calls securities by: identifiers for life, symbols, and the table of tickers."""

from shortable.lean.symbols.identifier import SecurityIdentifier
from shortable.lean.symbols.resolver import TickerResolver, resolving_with
from shortable.lean.symbols.symbol import Symbol, SymbolCache

__all__ = ["SecurityIdentifier", "Symbol", "SymbolCache", "TickerResolver", "resolving_with"]
