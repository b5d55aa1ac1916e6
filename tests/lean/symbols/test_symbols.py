"""Identifiers, symbols and the table of tickers, against identifiers that LEAN publishes."""

from __future__ import annotations

import contextvars
import pickle
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.errors import SymbolError
from shortable.lean.enums import SecurityType
from shortable.lean.market import Market
from shortable.lean.symbols import SecurityIdentifier, Symbol, SymbolCache, resolving_with

# Identifiers as they stand in LEAN's own coarse universe and tests, and the first rows of the map files that say when
# each security was first traded: goog.csv begins 20140327,goocv; googl.csv begins 20040819,goog.
PUBLISHED = [
    ("AAPL R735QTJ8XC9X", "AAPL", datetime(1998, 1, 2)),
    ("NB R735QTJ8XC9X", "NB", datetime(1998, 1, 2)),
    ("GOOCV VP83T1ZUHROL", "GOOCV", datetime(2014, 3, 27)),
    ("GOOG T1AZ164W5VTX", "GOOG", datetime(2004, 8, 19)),
]


@pytest.fixture(autouse=True)
def _own_cache():
    context = contextvars.copy_context()
    SymbolCache.clear()
    yield context
    SymbolCache.clear()


@pytest.mark.parametrize(("text", "ticker", "first"), PUBLISHED)
def test_published_identifiers_both_ways(text, ticker, first):
    sid = SecurityIdentifier.parse(text)
    assert (sid.symbol, sid.date, sid.market, sid.security_type) == (
        ticker,
        first,
        "usa",
        SecurityType.EQUITY,
    )
    assert str(SecurityIdentifier.generate_equity(first, ticker.lower(), Market.USA)) == text


@given(
    st.dates(date(1900, 1, 1), date(2170, 1, 1)),
    st.from_regex(r"[A-Z][A-Z0-9.]{0,9}", fullmatch=True),
)
def test_any_identifier_comes_back_from_its_text(first, ticker):
    sid = SecurityIdentifier.GenerateEquity(first, ticker, "usa")
    again = SecurityIdentifier.parse(str(sid))
    assert again == sid
    assert hash(again) == hash(sid)
    assert (again.date.date(), again.symbol) == (first, ticker)


@pytest.mark.parametrize("text", ["SPY", "SPY R735 Q", "SPY !!!", "SPY ÀÀ"])
def test_what_is_no_identifier_is_refused(text):
    with pytest.raises(SymbolError, match="security identifier"):
        SecurityIdentifier.parse(text)
    assert SecurityIdentifier.TryParse(text) == (False, None)


def test_unknown_market_is_refused():
    with pytest.raises(SymbolError, match="LEAN's markets"):
        SecurityIdentifier.generate_equity(datetime(2024, 1, 2), "SPY", "mars")


class Renamed:
    """GOOG is one security until 2 April 2014 and another one since 3 April."""

    def first_ticker(self, ticker, on):
        if ticker.upper() != "GOOG":
            return None
        if on is not None and on <= date(2014, 4, 2):
            return "GOOG", datetime(2004, 8, 19)
        return "GOOCV", datetime(2014, 3, 27)


def test_tickers_are_resolved_as_of_a_date():
    with resolving_with(Renamed()):
        today = SecurityIdentifier.generate_equity("GOOG", Market.USA)
        then = SecurityIdentifier.GenerateEquity(
            "GOOG", Market.USA, mappingResolveDate=datetime(2014, 3, 25)
        )
        unmapped = SecurityIdentifier.generate_equity("GOOG", Market.USA, False)
        unknown = SecurityIdentifier.generate_equity(
            "XYZ", Market.USA, mapping_resolve_date=datetime(2014, 3, 25)
        )
        symbol = Symbol.Create("goog", SecurityType.Equity, Market.USA)
    assert [str(s) for s in (today, then, unmapped, unknown)] == [
        "GOOCV VP83T1ZUHROL",
        "GOOG T1AZ164W5VTX",
        "GOOG 2T",
        "XYZ 2T",
    ]
    assert (symbol.value, symbol.id) == ("GOOG", today)
    assert (
        str(SecurityIdentifier.generate_equity("GOOG", Market.USA)) == "GOOG 2T"
    )  # the run is over


def test_symbols_are_equal_by_identifier_alone():
    goog = Symbol("GOOCV VP83T1ZUHROL", "GOOG")
    other_name = Symbol(SecurityIdentifier.parse("GOOCV VP83T1ZUHROL"), "GOOCV")
    namesake = Symbol("GOOG T1AZ164W5VTX", "GOOG")
    assert goog == other_name
    assert len({goog, other_name, namesake}) == 2
    assert goog != namesake
    assert goog == goog.ID
    assert goog == "goog"
    assert goog == "GOOCV VP83T1ZUHROL"
    assert goog != "AAPL"
    assert {goog: 1}[other_name] == 1
    assert {namesake: 1}[
        "GOOG"
    ] == 1  # by the first ticker, as pandas looks a ticker up in an index


def test_the_empty_symbol_is_none():
    assert Symbol.empty == None  # noqa: E711 - LEAN's operator
    assert Symbol.Empty == Symbol("", "")
    assert Symbol("AAPL R735QTJ8XC9X", "AAPL") != None  # noqa: E711


def test_symbols_sort_by_ticker_and_compare_with_texts():
    names = ["TLT", "aapl", "SPY"]
    symbols = sorted(Symbol(SecurityIdentifier.generate_equity(n, "usa"), n) for n in names)
    assert [s.value for s in symbols] == ["AAPL", "SPY", "TLT"]
    assert symbols[0] < "spy" <= symbols[1]
    assert symbols[0].CompareTo(symbols[1]) == -1


def test_a_symbol_is_written_as_the_ticker_it_was_added_under():
    goog = Symbol("GOOCV VP83T1ZUHROL", "GOOG")
    assert str(goog) == "GOOCV VP83T1ZUHROL"  # SymbolCache.GetTicker, before any security was added
    SymbolCache.set("GOOG", goog)
    assert (str(goog), f"{goog:>6}", SymbolCache.get_symbol("goog")) == ("GOOG", "  GOOG", goog)
    assert SymbolCache.try_get_symbol("AAPL") == (False, None)
    assert SymbolCache.try_get_symbol("AAPL R735QTJ8XC9X")[1].value == "AAPL"


def test_symbols_are_immutable_and_pickle():
    spy = Symbol("SPY R735QTJ8XC9X", "spy")
    with pytest.raises(AttributeError, match="immutable"):
        spy.value = "X"
    for one in (spy, spy.id, Symbol.empty):
        again = pickle.loads(pickle.dumps(one))
        assert (again, hash(again)) == (one, hash(one))
        assert b"_hash" not in pickle.dumps(one)  # another process hashes texts differently


def test_our_own_symbol_stands_behind():
    assert str(Symbol("BRKB R735QTJ8XC9X", "BRK.B").shortable) == "BRK.B"


def test_other_kinds_of_security_are_out_of_scope():
    with pytest.raises(SymbolError, match="US equities only"):
        Symbol.create("BTCUSD", SecurityType.CRYPTO, "coinbase")
    with pytest.raises(SymbolError, match="US equities only"):
        Symbol.CreateOption("SPY", Market.USA)
    with pytest.raises(SymbolError, match="US equities only"):
        SecurityIdentifier.generate_forex("EURUSD", Market.OANDA)
