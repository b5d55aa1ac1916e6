"""From a symbol to a source's own ticker: FINRA drops punctuation, so BRK.B stands as BRKB.

``GM.E`` is not GME. The ticker without punctuation is taken for the one asked for only where nothing speaks against
it: it is not on Nasdaq or over the counter (whose tickers have no punctuation to drop), and where the part before the
dot is a company of its own in the list, both have the same issuer by the first word of their names.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from shortable.market import Market
from shortable.symbol import Symbol

__all__ = ["ticker_in"]

Latest = Callable[[str], Any]
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


def _issuer(row: Any) -> Any:
    """Return the first word of an issue's name; what has no name is nobody's issue."""
    words = re.findall(r"[A-Z0-9]+", (row["name"] or "").upper())
    return words[0] if words else object()
