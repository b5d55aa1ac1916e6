"""Securities as Longbridge's clients and FINRA spell them: BRK.B is BRKB at FINRA, and GM.E is not GME."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import Market, Symbol
from shortable.errors import SymbolError
from shortable.short_interest.symbols import parse_security, ticker_in

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


ROWS = {
    "BRKA": ("Berkshire Hathaway Inc.", "NYSE"),
    "BRKB": ("BERKSHIRE HATHAWAY Class B", "NYSE"),
    "HEI": ("Heico Corporation", "NYSE"),
    "HEIA": ("HEICO CORP CL A", "NYSE"),
    "ABR": ("Arbor Realty Trust", "NYSE"),
    "ABRPRA": ("Arbor Realty Trust, Inc 8.250%", "NYSE"),
    "GM": ("General Motors Company", "NYSE"),
    "GME": ("GameStop Corp. Class A", "NYSE"),
    "TSLA": ("Tesla, Inc. Common Stock", "NNM"),
    "AACQU": ("Artius Acquisition Inc. Unit", "SC"),
    "XY": ("", "NYSE"),
    "XYZ": ("", "NYSE"),
    "X.W": ("Kept As It Is", None),
}


def find(ticker: str) -> Any:
    return dict(zip(("name", "venue"), ROWS[ticker], strict=True)) if ticker in ROWS else None


@pytest.mark.parametrize(
    ("asked", "stands"),
    [
        ("BRK.B", "BRKB"),  # no BRK in the list that it could be mixed up with
        ("BRK B", "BRKB"),
        ("HEI.A", "HEIA"),  # HEI is in it, and the same issuer
        ("ABR PRA", "ABRPRA"),
        ("ABRpA", "ABRPRA"),
        ("GME", "GME"),
        ("X.W", "X.W"),
    ],
)
def test_found(asked: str, stands: str) -> None:
    assert ticker_in(find, Symbol.create(asked)) == (stands, "")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (
            "GM.E",
            "GME may be another security (GameStop Corp. Class A, while GM is General Motors Company)",
        ),
        ("TSL.A", "TSLA is, but trades where tickers have no punctuation to drop"),
        ("AACQ.U", "trades where tickers have no punctuation to drop"),
        ("XY.Z", "XYZ may be another security (unnamed, while XY is unnamed)"),
    ],
)
def test_not_guessed(asked: str, why: str) -> None:
    ticker, note = ticker_in(find, Symbol.create(asked))
    assert ticker is None
    assert why in note


@pytest.mark.parametrize("asked", ["NOPE", "NO PE", "BRK.C", "700.HK"])
def test_not_there(asked: str) -> None:
    assert ticker_in(find, Symbol.create(asked)) == (None, "")
