"""How sources spell a security: Longbridge's ``TSLA.US`` and counters such as ``ETF/US/SPY``, FINRA's own tickers.

FINRA drops punctuation, so BRK.B is listed as BRKB there, but ``GM.E`` is not GME. The ticker without punctuation is
taken for the one asked for only where nothing contradicts it: it is not on Nasdaq or over the counter (whose tickers
have no punctuation to drop), and where the part before the dot is a company of its own in the list, both have the same
issuer by the first word of their names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from shortable.errors import SymbolError
from shortable.market import Market
from shortable.symbol import Symbol

__all__ = ["Security", "parse_security", "ticker_in"]

_COUNTER = re.compile(r"([A-Z]{1,8})/(US|HK)/(\S.*)", re.IGNORECASE)
_MARKETS = (Market.USA, Market.HKEX)


@dataclass(frozen=True, slots=True)
class Security:
    """A security of the USA or Hong Kong, with Longbridge's names for it."""

    symbol: Symbol
    """The canonical symbol."""
    kind: str = "ST"
    """Longbridge's class: ``ST`` for shares, ``ETF`` for funds; what the counter states, else ``ST``."""

    @property
    def market(self) -> Market:
        """`Market.USA` or `Market.HKEX`."""
        return self.symbol.market

    @property
    def counter_id(self) -> str:
        """The counter: ``ST/US/TSLA``."""
        return f"{self.kind}/{self.market.suffix}/{self.symbol.ticker}"

    @property
    def text(self) -> str:
        """The symbol with its suffix: ``TSLA.US``, ``700.HK``."""
        return f"{self.symbol.ticker}.{self.market.suffix}"


def parse_security(text: str) -> Security:
    """Read a security as Longbridge's clients send it.

    Parameters
    ----------
    text : str
        ``TSLA.US``, ``tsla.us``, ``700.HK``, ``00700.HK``, a counter (``ST/US/TSLA``, ``ETF/US/SPY``, ``ST/HK/700``),
        or any spelling that `Symbol` reads. What names no market is of the USA.

    Returns
    -------
    Security

    Raises
    ------
    SymbolError
        The text holds no ticker, or one of a market other than the USA and Hong Kong.

    Examples
    --------
    >>> [parse_security(t).counter_id for t in ("TSLA.US", "00700.HK", "ETF/US/SPY", "ST/HK/700", "brk-b")]
    ['ST/US/TSLA', 'ST/HK/700', 'ETF/US/SPY', 'ST/HK/700', 'ST/US/BRK.B']
    """
    if not isinstance(text, str) or not text.strip():
        raise SymbolError("symbol", text, "be a symbol such as 'TSLA.US' or '700.HK'")
    kind, spelling = "ST", text
    if text.count("/") > 1:  # one alone stands in BRK/B
        match = _COUNTER.fullmatch(text.strip())
        if match is None:
            raise SymbolError("symbol", text, "be a counter such as 'ST/US/TSLA' or 'ST/HK/700'")
        kind, spelling = match[1].upper(), f"{match[3]}.{match[2].upper()}"
    symbol = Symbol.create(spelling)
    if symbol.market not in _MARKETS or symbol.currency != symbol.market.currency:
        raise SymbolError(
            "symbol",
            text,
            "be of the USA or Hong Kong, such as 'TSLA.US' or '700.HK'",
            "Longbridge has short positions of these two markets.",
        )
    return Security(symbol, kind)


Latest = Callable[[str], Mapping[str, object] | None]
"""Gives a ticker's newest row as a mapping with ``name`` and ``venue``, or None where the source has no such ticker."""

_PUNCTUATION = re.compile(r"[^A-Z0-9]+")
# FINRA's classes of Nasdaq (global select and global, capital market) and of unlisted securities.
_UNPUNCTUATED = {"NNM", "SC", "OTC"}


def ticker_in(latest: Latest, symbol: Symbol) -> tuple[str | None, str]:
    """Return how a source spells a symbol, or None, and why it may not be guessed.

    Examples
    --------
    >>> rows = {"BRKB": ("BERKSHIRE HATHAWAY", "NYSE"), "GM": ("General Motors", "NYSE"), "GME": ("GameStop", "NYSE")}
    >>> find = lambda ticker: dict(zip(("name", "venue"), rows[ticker])) if ticker in rows else None
    >>> ticker_in(find, Symbol.create("BRK B"))
    ('BRKB', '')
    >>> ticker_in(find, Symbol.create("GM.E"))[0] is None
    True
    """
    ticker = symbol.ticker
    if latest(ticker) is not None:
        return ticker, ""
    bare = _PUNCTUATION.sub("", ticker)
    if symbol.market is not Market.USA or bare == ticker or (row := latest(bare)) is None:
        return None, ""
    stem = _PUNCTUATION.split(ticker)[0]
    if row["venue"] in _UNPUNCTUATED:
        return (
            None,
            f"{ticker} is not listed; {bare} is, but trades where tickers have no punctuation to drop",
        )
    company = latest(stem)
    if company is not None and _issuer(company) != _issuer(row):
        whose = f"{row['name'] or 'unnamed'!s}, while {stem} is {company['name'] or 'unnamed'!s}"
        return (
            None,
            f"{ticker} is not listed, and {bare} may be another security ({whose}): ask for it as {bare}",
        )
    return bare, ""


def _issuer(row: Mapping[str, object]) -> object:
    """Return the first word of an issue's name; what has no name is nobody's issue."""
    words = re.findall(r"[A-Z0-9]+", str(row["name"] or "").upper())
    return words[0] if words else object()
