"""Symbols: vendors' spellings in, one canonical spelling out."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import Any

from shortable.errors import SymbolError
from shortable.market import SUFFIXES, Market

__all__ = ["Market", "SecurityType", "Symbol", "canonical_ticker"]


class SecurityType(StrEnum):
    """Kinds of security; shortable models equities (shares, ETFs, ADRs) only."""

    EQUITY = "equity"


_TICKER = re.compile(r"[A-Z0-9][A-Z0-9.+=^*&_]{0,31}")
_SUFFIXED = re.compile(rf"(.+)\.({'|'.join(SUFFIXES)})", re.IGNORECASE)
# Only Longbridge's and Futu's prefixes are read; Hong Kong codes are digits, so the US ticker HK keeps its warrants.
_PREFIXED = re.compile(r"(US)\.(.+)|(HK)\.(\d+)", re.IGNORECASE)
_CQS_PREFERRED = re.compile(r"([A-Z]+)p([A-Z]?)")  # FINRA's ABRpA, a preferred of series A
_CURRENCY = re.compile(r"[A-Z]{3}")


def canonical_ticker(text: str) -> str:
    """Bring one ticker, without market, to the canonical spelling.

    Parameters
    ----------
    text : str
        Ticker as a vendor spells it: ``BRK B``, ``BRK/B``, ``brk-b``, ``ABRpA``.

    Returns
    -------
    str
        Upper case, parts joined by dots.

    Raises
    ------
    SymbolError
        The text holds no ticker, or characters that no ticker has.

    Examples
    --------
    >>> [canonical_ticker(t) for t in ("BRK B", "BRK/B", "brk-b", "ABRpA", "ABR PRA")]
    ['BRK.B', 'BRK.B', 'BRK.B', 'ABR.PRA', 'ABR.PRA']
    """
    if not isinstance(text, str):
        raise SymbolError(
            "ticker",
            text,
            "be a string",
            "Read ticker columns as text: NA, TRUE and CON are tickers.",
        )
    stripped = text.strip()
    if preferred := _CQS_PREFERRED.fullmatch(stripped):
        stripped = f"{preferred[1]}.PR{preferred[2]}"
    ticker = re.sub(r"[ /\-]+", ".", stripped.upper())
    if not _TICKER.fullmatch(ticker):
        raise SymbolError(
            "ticker",
            text,
            "be 1 to 32 letters, digits or one of ' ./-+=^*&_', and begin with a letter or digit",
        )
    return ticker


class Symbol(str):
    """One equity in one market and currency.

    A `Symbol` is a `str` whose text is the canonical spelling, so it prints, sorts, pickles and serves as a
    dict key or column label like its text: the bare ticker in the USA (``SPY``, ``BRK.B``), ticker and
    country elsewhere (``700.HK``, ``RY.CA``), and ``@EUR`` where the currency is not the market's own.

    Attributes
    ----------
    ticker : str
        Canonical ticker without market; Hong Kong codes without leading zeros.
    market : Market
        Market whose clock and currency apply.
    currency : str
        ISO code; the market's own unless another was asked for.
    security_type : SecurityType
        Always ``SecurityType.EQUITY``.

    Examples
    --------
    >>> Symbol.create("SPY", SecurityType.EQUITY, Market.USA)
    Symbol('SPY')
    >>> [str(Symbol.create(s)) for s in ("TSLA.US", "US.TSLA", "HK.00700", "700.HK", "BRK B", "BRK/B")]
    ['TSLA', 'TSLA', '700.HK', '700.HK', 'BRK.B', 'BRK.B']
    """

    __slots__ = ("currency", "market", "security_type", "ticker")

    ticker: str
    market: Market
    currency: str
    security_type: SecurityType

    def __new__(cls, text: str) -> Symbol:
        """Read any vendor's spelling; the same as `create`."""
        return cls.create(text)

    @classmethod
    def create(
        cls,
        ticker: str,
        security_type: SecurityType | str = SecurityType.EQUITY,
        market: Market | str | None = None,
        currency: str | None = None,
    ) -> Symbol:
        """Make a symbol from any vendor's spelling.

        Parameters
        ----------
        ticker : str
            ``SPY``, ``spy``, ``TSLA.US``, ``US.TSLA``, ``HK.00700``, ``700.HK``, ``BRK B``, ``BRK.B``, ``BRK/B``, …
        security_type : SecurityType, default ``SecurityType.EQUITY``
            Only equities are modelled.
        market : Market or str, optional
            Default: what the spelling says, else the USA.
        currency : str, optional
            ISO code; default the market's own.

        Returns
        -------
        Symbol
            The same object for the same symbol.

        Raises
        ------
        SymbolError
            Unreadable ticker, unknown market or currency, a market that contradicts the spelling, or a
            security type other than equity.
        """
        if (
            type(ticker) is Symbol
            and market is None
            and currency is None
            and security_type == "equity"
        ):
            return ticker
        if security_type != SecurityType.EQUITY:
            raise SymbolError(
                "security_type",
                security_type,
                "be 'equity'",
                "shortable models shares, ETFs and ADRs only.",
            )
        if not isinstance(ticker, str):
            canonical_ticker(ticker)
        return _parse(str(ticker), None if market is None else Market(market), currency)

    @property
    def value(self) -> str:
        """The ticker: LEAN's name for it."""
        return self.ticker

    def __repr__(self) -> str:
        return f"Symbol({str.__str__(self)!r})"

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(
            f"a Symbol is immutable; make another one with Symbol.create instead of setting {name!r}"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _make, (self.ticker, self.market, self.currency)


@lru_cache(maxsize=1 << 16)
def _parse(text: str, market: Market | None, currency: str | None) -> Symbol:
    bare, _, tail = text.strip().partition("@")
    if tail:
        if currency is not None and currency.upper() != tail.upper():
            raise SymbolError("currency", currency, f"agree with the spelling {text!r}")
        currency = tail
    said: Market | None = None
    if match := _PREFIXED.fullmatch(bare):
        said, bare = SUFFIXES[(match[1] or match[3]).upper()], match[2] or match[4]
    elif match := _SUFFIXED.fullmatch(bare):
        said, bare = SUFFIXES[match[2].upper()], match[1]
    if said is not None and market is not None and said is not market:
        raise SymbolError(
            "market", market.value, f"agree with the spelling {text!r}, which says {said.value!r}"
        )
    return _make(canonical_ticker(bare), said or market or Market.USA, currency)


@lru_cache(maxsize=1 << 16)
def _make(ticker: str, market: Market, currency: str | None) -> Symbol:
    currency = market.currency if currency is None else currency.upper()
    if not _CURRENCY.fullmatch(currency):
        raise SymbolError("currency", currency, "be an ISO 4217 code of three letters")
    if market is Market.HKEX and ticker.isdigit():
        ticker = str(int(ticker))
    text = ticker if market is Market.USA else f"{ticker}.{market.suffix}"
    if currency != market.currency:
        text += f"@{currency}"
    if text in _interned:
        return _interned[text]
    symbol = str.__new__(Symbol, text)
    for name, value in (
        ("ticker", ticker),
        ("market", market),
        ("currency", currency),
        ("security_type", SecurityType.EQUITY),
    ):
        object.__setattr__(symbol, name, value)
    return _interned.setdefault(text, symbol)


_interned: dict[str, Symbol] = {}
