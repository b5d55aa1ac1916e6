"""Symbols: vendors' spellings in, one canonical out."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import Market, SecurityType, Symbol
from shortable.errors import SymbolError
from shortable.symbol import canonical_ticker

tickers = st.from_regex(r"[A-Z]{1,5}(\.(PR)?[A-Z])?", fullmatch=True)


@pytest.mark.parametrize(
    ("spelling", "text", "market"),
    [
        ("SPY", "SPY", Market.USA),
        ("spy", "SPY", Market.USA),
        (" SPY ", "SPY", Market.USA),
        ("TSLA.US", "TSLA", Market.USA),
        ("tsla.us", "TSLA", Market.USA),
        ("US.TSLA", "TSLA", Market.USA),
        ("HK.00700", "700.HK", Market.HKEX),
        ("700.HK", "700.HK", Market.HKEX),
        ("00700.hk", "700.HK", Market.HKEX),
        ("BRK B", "BRK.B", Market.USA),
        ("BRK.B", "BRK.B", Market.USA),
        ("BRK/B", "BRK.B", Market.USA),
        ("BRK-B", "BRK.B", Market.USA),
        ("BRK.B.US", "BRK.B", Market.USA),
        ("US.BRK.B", "BRK.B", Market.USA),
        ("ABR PRA", "ABR.PRA", Market.USA),
        ("ABRpA", "ABR.PRA", Market.USA),
        (
            "HK.WS",
            "HK.WS",
            Market.USA,
        ),  # warrants of the NYSE ticker HK: Hong Kong codes are digits
        ("RY.CA", "RY.CA", Market.CANADA),
        ("RY.TO", "RY.CA", Market.CANADA),
        ("AIM.PR.A.CA", "AIM.PR.A.CA", Market.CANADA),
        ("NA", "NA", Market.USA),
        ("TRUE", "TRUE", Market.USA),
        ("CON", "CON", Market.USA),
    ],
)
def test_spellings(spelling: str, text: str, market: Market) -> None:
    symbol = Symbol.create(spelling)
    assert (str(symbol), symbol.market) == (text, market)
    assert Symbol(text) is symbol


def test_the_issues_call() -> None:
    symbol = Symbol.create("SPY", SecurityType.EQUITY, Market.USA)
    assert symbol is Symbol.create("spy", "equity", "usa")
    assert (symbol.value, symbol.ticker, symbol.currency) == ("SPY", "SPY", "USD")
    assert repr(symbol) == "Symbol('SPY')"


@given(tickers, st.sampled_from(list(Market)), st.sampled_from([None, "USD", "EUR", "CAD"]))
def test_text_is_a_faithful_key(ticker: str, market: Market, currency: str | None) -> None:
    symbol = Symbol.create(ticker, market=market, currency=currency)
    assert Symbol(str(symbol)) is symbol
    assert pickle.loads(pickle.dumps(symbol)) is symbol
    assert copy.deepcopy(symbol) is symbol
    assert hash(symbol) == hash(str(symbol))
    assert {str(symbol): 1}[symbol] == 1


@given(tickers, tickers, st.sampled_from(list(Market)), st.sampled_from(list(Market)))
def test_equal_exactly_where_ticker_market_and_currency_are(
    a: str, b: str, one: Market, other: Market
) -> None:
    left, right = Symbol.create(a, market=one), Symbol.create(b, market=other)
    assert (left == right) == ((left.ticker, left.market) == (right.ticker, right.market))


def test_another_currency_is_another_symbol() -> None:
    euro = Symbol.create("RY", currency="EUR")
    assert str(euro) == "RY@EUR"
    assert euro != Symbol.create("RY")
    assert Symbol.create("RY", currency="USD") is Symbol.create("RY")


def test_a_symbol_is_immutable() -> None:
    with pytest.raises(AttributeError, match="immutable"):
        Symbol("SPY").ticker = "QQQ"


@pytest.mark.parametrize(
    "bad", ["", "   ", ".", "SPY\n;", "ÄÖ", "A" * 40, None, 5, float("nan"), b"SPY"]
)
def test_unreadable_tickers_are_refused(bad: object) -> None:
    with pytest.raises(SymbolError, match="ticker="):
        Symbol.create(bad)  # type: ignore[arg-type]


def test_contradictions_and_unknowns_name_the_bound() -> None:
    with pytest.raises(SymbolError, match="says 'hkex'"):
        Symbol.create("700.HK", market=Market.USA)
    with pytest.raises(SymbolError, match=r"market='mars' must be one of usa"):
        Symbol.create("SPY", market="mars")
    with pytest.raises(SymbolError, match="security_type='option' must be 'equity'"):
        Symbol.create("SPY", "option")
    with pytest.raises(SymbolError, match="currency='DOLLAR'"):
        Symbol.create("SPY", currency="dollar")
    with pytest.raises(SymbolError, match="agree with the spelling"):
        Symbol.create("RY@EUR", currency="CAD")


def test_interactive_brokers_names_for_markets_are_read() -> None:
    names = {
        "hongkong": Market.HKEX,
        "dutch": Market.NETHERLANDS,
        "british": Market.UK,
        "USA": Market.USA,
        "usex": Market.USA,
    }
    assert {name: Market(name) for name in names} == names


def test_lower_case_p_means_a_preferred_and_nothing_else() -> None:
    assert canonical_ticker("ABRp") == "ABR.PR"
    assert canonical_ticker("spy") == "SPY"
    assert canonical_ticker("pypl") == "PYPL"
