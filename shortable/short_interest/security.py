"""A security as Longbridge spells it: ``TSLA.US``, ``700.HK``, or a counter such as ``ETF/US/SPY``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from shortable.errors import SymbolError
from shortable.market import Market
from shortable.symbol import Symbol

__all__ = ["Security", "parse_security"]

_COUNTER = re.compile(r"([A-Z]{1,8})/(US|HK)/(\S.*)", re.IGNORECASE)
_MARKETS = (Market.USA, Market.HKEX)


@dataclass(frozen=True, slots=True)
class Security:
    """A security of the USA or Hong Kong, with Longbridge's names for it."""

    symbol: Symbol
    """The canonical symbol."""
    kind: str = "ST"
    """Longbridge's class: ``ST`` for shares, ``ETF`` for funds; what the counter said, else ``ST``."""

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


def parse_security(text: Any) -> Security:
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
