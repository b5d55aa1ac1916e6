"""`SecurityIdentifier`: the name that a security keeps for life, as text ``GOOCV VP83T1ZUHROL``."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from shortable.errors import SymbolError
from shortable.lean.enums import SecurityType
from shortable.lean.market import Market
from shortable.lean.names import LeanObject
from shortable.lean.symbols.dates import DEFAULT_DATE, as_datetime
from shortable.names import snake_case

__all__ = ["SecurityIdentifier"]

# Common/SecurityIdentifier.cs: decimal fields of the number, from the right. Equities use type, market and days.
_TYPE_WIDTH = 100
_MARKET_OFFSET, _MARKET_WIDTH = 100, 1000
_DAYS_OFFSET, _DAYS_WIDTH = 10**14, 100_000
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _encode(number: int) -> str:
    text = ""
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text or "0"


class SecurityIdentifier(LeanObject):
    """First ticker and first day of a security, its market and its kind; constant however it is renamed.

    Parameters
    ----------
    symbol : str
        First ticker.
    properties : int
        Kind, market and first day in LEAN's packing.

    Examples
    --------
    >>> spy = SecurityIdentifier.parse("SPY R735QTJ8XC9X")
    >>> spy.symbol, spy.date, spy.market, str(spy.security_type)
    ('SPY', datetime.datetime(1998, 1, 2, 0, 0), 'usa', 'Equity')
    >>> str(SecurityIdentifier.generate_equity(datetime(1998, 1, 2), "spy", Market.USA))
    'SPY R735QTJ8XC9X'
    """

    DefaultDate = DEFAULT_DATE
    Empty: SecurityIdentifier
    EMPTY: SecurityIdentifier
    empty: SecurityIdentifier
    NONE: SecurityIdentifier
    none: SecurityIdentifier

    def __init__(self, symbol: str, properties: int) -> None:
        if "|" in symbol or " " in symbol:
            raise SymbolError("symbol", symbol, "hold neither '|' nor a space")
        self._symbol, self._properties = symbol, properties
        self._text = f"{symbol} {_encode(properties)}"
        self._hash = hash(self._text)

    @property
    def symbol(self) -> str:
        """The first ticker."""
        return self._symbol

    @property
    def date(self) -> datetime:
        """The first day of trading, LEAN's default date (1899-12-30) where it is not known."""
        return DEFAULT_DATE + timedelta(days=self._properties // _DAYS_OFFSET % _DAYS_WIDTH)

    @property
    def market(self) -> str:
        """Name of the market, or its number where LEAN's list as we know it has no name."""
        code = self._properties // _MARKET_OFFSET % _MARKET_WIDTH
        return Market.decode(code) or str(code)

    @property
    def security_type(self) -> SecurityType:
        """Kind of security."""
        return SecurityType(self._properties % _TYPE_WIDTH)

    @property
    def has_underlying(self) -> bool:
        """False: nothing here is a derivative."""
        return False

    @staticmethod
    def generate_equity(*args: Any, **kwargs: Any) -> SecurityIdentifier:
        """Return an equity's identifier; two forms, as LEAN has them.

        Parameters
        ----------
        date : datetime or date
            First form: ``generate_equity(date, symbol, market)`` takes date and first ticker as they are.
        symbol, market : str
            Second form: ``generate_equity(symbol, market, map_symbol=True, map_file_provider=None,
            mapping_resolve_date=None)`` looks the ticker up in the map files of the data folder.
        mapping_resolve_date : datetime, optional
            The day on which the security had that ticker; default the latest.

        Raises
        ------
        SymbolError
            The market is not known.
        """
        if "date" in kwargs or (args and not isinstance(args[0], str)):
            return _of_date(*args, **kwargs)
        return _of_ticker(*args, **{snake_case(name): value for name, value in kwargs.items()})

    @staticmethod
    def generate_option(*arguments: Any, **named: Any) -> SecurityIdentifier:
        """Refuse: only equities have identifiers here.

        Raises
        ------
        SymbolError
            Always.
        """
        raise SymbolError(
            "security_type",
            "another kind of security",
            "be SecurityType.EQUITY",
            "shortable.lean runs US equities only.",
        )

    generate_future = generate_forex = generate_crypto = generate_cfd = generate_index = (
        generate_option
    )
    generate_base = generate_option

    @staticmethod
    @lru_cache(maxsize=1 << 16)
    def parse(value: str) -> SecurityIdentifier:
        """Read the text form.

        Raises
        ------
        SymbolError
            It is none, or one of a security that is not an equity.
        """
        if not value.strip() or value == " 0":
            return SecurityIdentifier.Empty
        parts = value.split()
        if len(parts) != 2 or not (parts[1].isascii() and parts[1].isalnum()):
            raise SymbolError("value", value, "be a security identifier like 'SPY R735QTJ8XC9X'")
        identifier = SecurityIdentifier(parts[0], int(parts[1], 36))
        if identifier._properties % _TYPE_WIDTH not in SecurityType._value2member_map_:
            raise SymbolError("value", value, "be a security identifier like 'SPY R735QTJ8XC9X'")
        return identifier

    @staticmethod
    def try_parse(value: str, *_: Any) -> tuple[bool, SecurityIdentifier | None]:
        """Read the text form; return whether it is one, and the identifier."""
        try:
            return True, SecurityIdentifier.parse(value)
        except SymbolError:
            return False, None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecurityIdentifier) and self._text == other._text

    def __hash__(self) -> int:
        return self._hash

    def __lt__(self, other: SecurityIdentifier) -> bool:
        return self._text < other._text

    def __reduce__(self) -> tuple[Any, ...]:
        return SecurityIdentifier, (
            self._symbol,
            self._properties,
        )  # hashes of texts differ from process to process

    def __str__(self) -> str:
        return self._text

    __repr__ = __str__


SecurityIdentifier.empty = SecurityIdentifier.Empty = SecurityIdentifier.EMPTY = SecurityIdentifier(
    "", 0
)
SecurityIdentifier.none = SecurityIdentifier.NONE = SecurityIdentifier("NONE", 0)


def _of_date(date: Any, symbol: str, market: str) -> SecurityIdentifier:
    code = Market.encode(market)
    if code is None:
        raise SymbolError(
            "market", market, "be one of LEAN's markets", "Equities are run in Market.USA only."
        )
    days = (as_datetime(date) - DEFAULT_DATE).days
    return SecurityIdentifier(
        symbol.upper(), days * _DAYS_OFFSET + code * _MARKET_OFFSET + SecurityType.EQUITY
    )


def _of_ticker(
    symbol: str,
    market: str = Market.USA,
    map_symbol: bool = True,
    map_file_provider: Any = None,
    mapping_resolve_date: Any = None,
) -> SecurityIdentifier:
    from shortable.lean.symbols.resolver import first_ticker

    day = None if mapping_resolve_date is None else as_datetime(mapping_resolve_date).date()
    first = first_ticker(symbol, day) if map_symbol else None
    ticker, since = (symbol, DEFAULT_DATE) if first is None else first
    return _of_date(since, ticker, market)
