"""Securities as Longbridge's clients spell them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import Market, Symbol
from shortable.errors import SymbolError
from shortable.short_interest.security import parse_security

SPELLINGS = [
    ("TSLA.US", "ST/US/TSLA", "TSLA.US", Market.USA),
    ("tsla.us", "ST/US/TSLA", "TSLA.US", Market.USA),
    ("TSLA", "ST/US/TSLA", "TSLA.US", Market.USA),
    ("US.TSLA", "ST/US/TSLA", "TSLA.US", Market.USA),
    ("ST/US/TSLA", "ST/US/TSLA", "TSLA.US", Market.USA),
    ("etf/us/spy", "ETF/US/SPY", "SPY.US", Market.USA),
    ("BRK.B.US", "ST/US/BRK.B", "BRK.B.US", Market.USA),
    ("BRK B", "ST/US/BRK.B", "BRK.B.US", Market.USA),
    ("700.HK", "ST/HK/700", "700.HK", Market.HKEX),
    ("00700.hk", "ST/HK/700", "700.HK", Market.HKEX),
    ("HK.00700", "ST/HK/700", "700.HK", Market.HKEX),
    ("ST/HK/00700", "ST/HK/700", "700.HK", Market.HKEX),
    ("82800.HK", "ST/HK/82800", "82800.HK", Market.HKEX),
    ("ST/US/HK", "ST/US/HK", "HK.US", Market.USA),
]


@pytest.mark.parametrize(("text", "counter", "symbol", "market"), SPELLINGS)
def test_spellings(text: str, counter: str, symbol: str, market: Market) -> None:
    read = parse_security(text)
    assert (read.counter_id, read.text, read.market) == (counter, symbol, market)


@given(
    st.from_regex(r"[A-Z][A-Z0-9]{0,4}(\.[A-Z])?", fullmatch=True), st.sampled_from(["ST", "ETF"])
)
def test_what_is_written_is_read_back(ticker: str, kind: str) -> None:
    read = parse_security(f"{kind}/US/{ticker}")
    assert parse_security(read.counter_id) == read
    assert parse_security(read.text).symbol == read.symbol == Symbol.create(f"{ticker}.US")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        None,
        700,
        "RY.CA",
        "AIR.FR",
        "TSLA@EUR",
        "#?",
        "ST/US/",
        "ST/SG/D05",
        "ST/US/RY@CAD",
        "a/b/c",
    ],
)
def test_what_is_no_security_of_the_two_markets(text: object) -> None:
    with pytest.raises(SymbolError, match=r"symbol=|ticker=|currency="):
        parse_security(text)
