"""Parameters that several routes share: how their text is bounded in the OpenAPI document, and read.

Modules with routes do not postpone their annotations: FastAPI reads them, and their names are imported in functions.
"""

from __future__ import annotations

from datetime import datetime

from shortable.clock import parse_time
from shortable.market import Market

__all__ = [
    "BOUNDS",
    "BROKER_PATTERN",
    "CODES_PATTERN",
    "MARKET_PATTERN",
    "SECURITY_PATTERN",
    "SYMBOL_PATTERN",
    "TIME_PATTERN",
    "market_of",
    "time_of",
]

BROKER_PATTERN = r"^[a-z0-9_-]{1,64}$"
_TICKER = r"[A-Za-z0-9][A-Za-z0-9.+=^*&_/ -]{0,39}"
SYMBOL_PATTERN = rf"^{_TICKER}(@[A-Za-z]{{3}})?$"
SECURITY_PATTERN = rf"^{_TICKER}$"
CODES_PATTERN = r"^[A-Za-z0-9.+=^*&_/, -]{0,1000}$"
MARKET_PATTERN = f"^({'|'.join(m.value for m in Market)}|us|usex|hk)$"
TIME_PATTERN = (
    r"^(19[0-9]{2}|20[0-9]{2}|21[0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"([T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?)?$"
)
_TIME = (
    "be an ISO 8601 date or time such as 2024-01-02T16:00, on the exchange's clock or with an offset "
    "(in an address a + is written %2B)"
)
BOUNDS = {
    "at": _TIME,
    "broker": "be a name of 1 to 64 lower-case letters, digits, '-' or '_'",
    "code": "be codes such as US.AAPL,HK.00700",
    "end": _TIME,
    "market": f"be one of {', '.join(Market)}",
    "pl_ratio_max": "be a number, in percent",
    "pl_ratio_min": "be a number, in percent",
    "start": _TIME,
    "symbol": "be a symbol such as SPY, BRK.B or 700.HK",
}
"""What a text must be that does not fit its parameter's pattern."""


def time_of(text: str | None, parameter: str) -> datetime | None:
    """Read a time; without an offset it is on the exchange's clock.

    Raises
    ------
    TimeError
        It is none.
    """
    return None if text is None else parse_time(text, parameter=parameter)


def market_of(text: str) -> Market:
    """Return the market of that name or alias.

    Raises
    ------
    SymbolError
        There is none; the message names them all.
    """
    return Market(text)
