"""Symbols: vendors' spellings in, one canonical out."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import Market, SecurityType, Symbol
from shortable.errors import SymbolError
from shortable.symbol import canonical_ticker, line_currency

tickers = st.from_regex(r"[A-Z]{1,5}(\.(PR)?[A-Z])?|[0-9]{6}", fullmatch=True)


def create(ticker: str, market: Market, currency: str | None = None) -> Symbol:
    """A symbol of any market: China's tickers are digits, and what stands in for one is made of the letters."""
    if market is Market.CHINA and not ticker.isdigit():
        ticker = f"{sum(map(ord, ticker)):06}"
    return Symbol.create(ticker, market=market, currency=currency)


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
        ("AADI.OLD1", "AADI.OLD1", Market.USA),
        ("TFIN.PR", "TFIN.PR", Market.USA),
        ("AAC.U", "AAC.U", Market.USA),
        ("UUUU WS", "UUUU.WS", Market.USA),
        ("MKC-V", "MKC.V.US", Market.USA),  # no dot: not Toronto Venture's
        # Yahoo's.
        ("VOD.L", "VOD.GB", Market.UK),
        ("vod.l", "VOD.GB", Market.UK),
        ("BT-A.L", "BT.A.GB", Market.UK),
        ("7203.T", "7203.JP", Market.JAPAN),
        ("MC.PA", "MC.FR", Market.FRANCE),
        ("BHP.AX", "BHP.AU", Market.AUSTRALIA),
        ("NESN.SW", "NESN.CH", Market.SWITZERLAND),
        ("VOLV-B.ST", "VOLV.B.SE", Market.SWEDEN),
        ("OMV.VI", "OMV.AT", Market.AUSTRIA),
        ("ABI.BR", "ABI.BE", Market.BELGIUM),
        ("SAP.DE", "SAP.DE", Market.GERMANY),
        ("2330.TW", "2330.TW", Market.TAIWAN),
        ("6488.TWO", "6488.TW", Market.TAIWAN),
        ("00679b.two", "00679B.TW", Market.TAIWAN),
        ("PETR4.SA", "PETR4.SA", Market.BRAZIL),
        ("005930.KS", "005930.KR", Market.KOREA),
        ("035720.KQ", "035720.KR", Market.KOREA),
        ("600519.SS", "600519.CN", Market.CHINA),
        ("600519.SH", "600519.CN", Market.CHINA),
        ("000001.SZ", "000001.CN", Market.CHINA),
        ("ABC.CN", "ABC.CA", Market.CANADA),  # the Canadian Securities Exchange
        ("BMW.F", "BMW.DE", Market.GERMANY),
        ("0700.HK", "700.HK", Market.HKEX),
        ("RELIANCE.NS", "RELIANCE.IN", Market.INDIA),
        ("RELIANCE.BO", "RELIANCE.IN", Market.INDIA),
        ("ENI.MI", "ENI.IT", Market.ITALY),
        ("AMXL.MX", "AMXL.MX", Market.MEXICO),
        ("ASML.AS", "ASML.NL", Market.NETHERLANDS),
        ("SAN.MC", "SAN.ES", Market.SPAIN),
        ("ABC.V", "ABC.CA", Market.CANADA),
        ("TD-PFA.TO", "TD.PF.A.CA", Market.CANADA),
        ("NA", "NA", Market.USA),
        ("TRUE", "TRUE", Market.USA),
        ("CON", "CON", Market.USA),
    ],
)
def test_spellings(spelling: str, text: str, market: Market) -> None:
    symbol = Symbol.create(spelling)
    assert (str(symbol), symbol.market) == (text, market)
    assert Symbol(text) is symbol


@pytest.mark.parametrize("ticker", ["ABC", "60051", "6005190", "700"])
def test_a_ticker_of_china_is_six_digits(ticker: str) -> None:
    with pytest.raises(SymbolError, match="be six digits"):
        Symbol.create(ticker, market="china")


def test_the_issues_call() -> None:
    symbol = Symbol.create("SPY", SecurityType.EQUITY, Market.USA)
    assert symbol is Symbol.create("spy", "equity", "usa")
    assert (symbol.value, symbol.ticker, symbol.currency) == ("SPY", "SPY", "USD")
    assert repr(symbol) == "Symbol('SPY')"


@given(tickers, st.sampled_from(list(Market)), st.sampled_from([None, "USD", "EUR", "CAD"]))
def test_text_is_a_faithful_key(ticker: str, market: Market, currency: str | None) -> None:
    symbol = create(ticker, market, currency)
    assert Symbol(str(symbol)) is symbol
    assert pickle.loads(pickle.dumps(symbol)) is symbol
    assert copy.deepcopy(symbol) is symbol
    assert hash(symbol) == hash(str(symbol))
    assert {str(symbol): 1}[symbol] == 1


@given(tickers, tickers, st.sampled_from(list(Market)), st.sampled_from(list(Market)))
def test_equal_exactly_where_ticker_market_and_currency_are(
    a: str, b: str, one: Market, other: Market
) -> None:
    left, right = create(a, one), create(b, other)
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


PREFERRED = [
    "ABR PRA",
    "ABR-PA",
    "ABR-PRA",
    "ABR.PR.A",
    "ABR.PRA",
    "ABR PR A",
    "ABR/PRA",
    "ABRpA",
    "ABR^A",
    "abr-pa",
]


@pytest.mark.parametrize("spelling", PREFERRED)
def test_a_preferred_share_is_one_symbol_in_all_spellings(spelling: str) -> None:
    assert str(Symbol.create(spelling)) == "ABR.PRA"
    assert str(Symbol.create(spelling, market="usa")) == "ABR.PRA"
    canadian = Symbol.create(spelling, market="canada")
    assert (canadian.ticker, str(canadian)) == ("ABR.PR.A", "ABR.PR.A.CA")


@pytest.mark.parametrize(
    ("spelling", "text"),
    [
        ("C PRR", "C.PRR"),
        ("C-PR", "C.PRR"),  # Yahoo's series R
        ("C-P", "C.PR"),  # Yahoo's without a series
        ("C PR", "C.PR"),
        ("RF-PF", "RF.PRF"),
        ("BRK-B", "BRK.B"),
        ("PRE PRI", "PRE.PRI"),
    ],
)
def test_series_that_look_like_the_mark_of_preferred_shares(spelling: str, text: str) -> None:
    assert str(Symbol.create(spelling)) == text


@pytest.mark.parametrize("suffix", ["XX", "CO", "OL", "NZ", "SI", "JK", "BK"])
def test_an_unknown_suffix_is_never_a_us_share(suffix: str) -> None:
    with pytest.raises(
        SymbolError, match=rf"ticker='ABC.{suffix}' must end in the suffix of a market"
    ):
        Symbol.create(f"ABC.{suffix}")
    assert Symbol.create(f"ABC.{suffix}", market="usa") is Symbol(f"ABC.{suffix}.US")


@pytest.mark.parametrize(
    ("ticker", "market", "text"),
    [
        ("ZFS.L", "canada", "ZFS.L.CA"),
        ("QQC.F", "canada", "QQC.F.CA"),
        ("ZUS.V", "canada", "ZUS.V.CA"),
        ("BAM.PR.T", "canada", "BAM.PR.T.CA"),
        ("RY.TO", "canada", "RY.CA"),
        ("MKC V", "usa", "MKC.V.US"),
        ("VOD.L", "usa", "VOD.L.US"),
        ("ABR.PA", "usa", "ABR.PRA"),
        ("VOD.L", "uk", "VOD.GB"),
        ("BA.", "uk", "BA.GB"),
        ("BT.A", "uk", "BT.A.GB"),
        ("7203.T", "japan", "7203.JP"),
        ("BMW.F", "germany", "BMW.DE"),
    ],
)
def test_where_the_market_is_given_only_its_own_suffix_is_read(
    ticker: str, market: str, text: str
) -> None:
    symbol = Symbol.create(ticker, market=market)
    assert (str(symbol), symbol.market.value) == (text, market)
    assert Symbol(text) is symbol


def test_pence_are_not_pounds() -> None:
    for spelling in ("GBp", "GBX", "gbx"):
        symbol = Symbol.create("VOD.L", currency=spelling)
        assert (symbol.currency, str(symbol)) == ("GBX", "VOD.GB@GBX")
        assert symbol is Symbol.create(f"VOD.L@{spelling}")
    assert Symbol.create("VOD.L", currency="GBP") is Symbol.create("VOD.L")
    assert Symbol.create("VOD.L", currency="gbp") is Symbol.create("VOD.L")
    assert line_currency("GBp") == "GBP"


@pytest.mark.parametrize(
    ("market", "files"),
    [("usa", ["usa_20210423.txt", "usa_20220806.txt"]), ("canada", ["canada_20210427.txt"])],
)
def test_every_symbol_of_real_files_goes_on_working(
    real_data: Path, market: str, files: list[str]
) -> None:
    folder = real_data / "ibkr"
    lines = [line for file in files for line in (folder / file).read_text("latin1").splitlines()]
    keys = {tuple(line.split("|")[:2]) for line in lines if not line.startswith("#")}
    symbols = [Symbol.create(ticker, market=market, currency=currency) for ticker, currency in keys]
    assert len(set(symbols)) == len(keys) > 1_900
    assert {s.market for s in symbols} == {Market(market)}
    assert all(Symbol(str(s)) is s for s in symbols)
