"""`Symbol`: a security's identifier and the ticker by which it goes now; `SymbolCache`: which symbol a bare ticker means."""

from __future__ import annotations

from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from shortable.errors import SymbolError
from shortable.lean.enums import SecurityType
from shortable.lean.market import Market
from shortable.lean.names import LeanObject
from shortable.lean.symbols.identifier import SecurityIdentifier
from shortable.symbol import Symbol as ShortableSymbol

__all__ = ["Symbol", "SymbolCache"]


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


class Symbol(LeanObject):
    """What LEAN calls a security by; immutable, equal and hashed by its identifier alone.

    Parameters
    ----------
    sid : SecurityIdentifier or str
        The name for life, or its text form.
    value : str
        The ticker in force.

    Examples
    --------
    >>> spy = Symbol(SecurityIdentifier.parse("SPY R735QTJ8XC9X"), "SPY")
    >>> spy.value, spy.ID.symbol, spy == "SPY R735QTJ8XC9X", spy == "SPY", spy < "TLT"
    ('SPY', 'SPY', True, True, True)
    """

    empty: Symbol
    Empty: Symbol
    EMPTY: Symbol
    none: Symbol
    NONE: Symbol

    def __init__(self, sid: SecurityIdentifier | str, value: str) -> None:
        identifier = SecurityIdentifier.parse(sid) if isinstance(sid, str) else sid
        # By the first ticker, which outlasts any rename: so pandas finds "SPY" where an index holds this symbol.
        self.__dict__.update(id=identifier, value=value.upper(), _hash=hash(identifier.symbol))

    id: SecurityIdentifier
    """The identifier; also ``.ID``."""
    value: str
    """The ticker in force."""

    @classmethod
    def create(
        cls,
        ticker: str,
        security_type: SecurityType,
        market: str = Market.USA,
        alias: str | None = None,
        base_data_type: Any = None,
    ) -> Symbol:
        """Return the symbol of a ticker as it is known at the latest date.

        Raises
        ------
        SymbolError
            The kind of security is not an equity, or the market is not known.
        """
        if security_type != SecurityType.EQUITY:
            raise SymbolError(
                "security_type",
                str(SecurityType(security_type)),
                "be SecurityType.EQUITY",
                "shortable.lean runs US equities only.",
            )
        return cls(SecurityIdentifier.generate_equity(ticker, market), alias or ticker)

    @staticmethod
    def create_option(*arguments: Any, **named: Any) -> Symbol:
        """Refuse: derivatives and users' own symbols are out of scope.

        Raises
        ------
        SymbolError
            Always.
        """
        raise SymbolError(
            "security_type",
            "an option, future or custom symbol",
            "be SecurityType.EQUITY",
            "shortable.lean runs US equities only.",
        )

    create_future = create_base = create_canonical_option = create_option

    @property
    def security_type(self) -> SecurityType:
        """Kind of security."""
        return self.id.security_type

    @property
    def underlying(self) -> None:
        """None: nothing here is a derivative."""
        return None

    @property
    def has_underlying(self) -> bool:
        """False: nothing here is a derivative."""
        return False

    def is_canonical(self) -> bool:
        """False: nothing here is a derivative."""
        return False

    def update_mapped_symbol(self, ticker: str) -> Symbol:
        """Return the same security under another ticker."""
        return Symbol(self.id, ticker)

    @property
    def shortable(self) -> ShortableSymbol:
        """The same as our own `shortable.Symbol`: what providers are asked with.

        Raises
        ------
        SymbolError
            The ticker in force is none that our symbols can have.
        """
        return _ours(self.value)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if isinstance(other, Symbol):
            return bool(self.id == other.id)
        if isinstance(other, str):
            if self.value == other.upper() or str(self.id) == other:
                return True
            found = SymbolCache.find(other)
            return found is not None and bool(found.id == self.id)
        if other is None:
            return bool(self.id == SecurityIdentifier.Empty)
        return bool(self.id == other)

    def __hash__(self) -> int:
        return int(self.__dict__["_hash"])

    def __lt__(self, other: Symbol | str) -> bool:
        return self.value < _value(other)

    def __le__(self, other: Symbol | str) -> bool:
        return self.value <= _value(other)

    def __gt__(self, other: Symbol | str) -> bool:
        return self.value > _value(other)

    def __ge__(self, other: Symbol | str) -> bool:
        return self.value >= _value(other)

    def compare_to(self, other: Symbol | str) -> int:
        """Return −1, 0 or 1 by the tickers' order, whatever their case."""
        value = _value(other)
        return (self.value > value) - (self.value < value)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a Symbol is immutable: {name!r} cannot be set")

    def __reduce__(self) -> tuple[Any, ...]:
        return Symbol, (str(self.id), self.value)  # hashes of texts differ from process to process

    def __str__(self) -> str:
        return SymbolCache.get_ticker(self)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __repr__(self) -> str:
        return f"<Symbol {self.value} ({self.id})>"

    # Texts' own methods, which LEAN passes on to the ticker.
    def contains(self, text: str) -> bool:
        """Whether the ticker holds a text."""
        return text in self.value

    def starts_with(self, text: str) -> bool:
        """Whether the ticker begins with a text."""
        return self.value.startswith(text)

    def ends_with(self, text: str) -> bool:
        """Whether the ticker ends with a text."""
        return self.value.endswith(text)

    def to_lower(self) -> str:
        """Return the ticker in lower case."""
        return self.value.lower()

    def to_upper(self) -> str:
        """Return the ticker in upper case."""
        return self.value.upper()


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


def _value(other: Symbol | str) -> str:
    return other.value if isinstance(other, Symbol) else str(other).upper()


@lru_cache(maxsize=1 << 16)
def _ours(ticker: str) -> ShortableSymbol:
    return ShortableSymbol.create(ticker, market="usa")


Symbol.empty = Symbol.Empty = Symbol.EMPTY = Symbol(SecurityIdentifier.Empty, "")
Symbol.none = Symbol.NONE = Symbol(SecurityIdentifier.NONE, "NONE")
