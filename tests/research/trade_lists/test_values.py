"""Numbers, dates, words and names as people's lists have them."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.errors import InvalidInputError
from shortable.research.trade_lists.dates import date_order_of, read_times
from shortable.research.trade_lists.instruments import kind_of, kind_of_class, share_of
from shortable.research.trade_lists.numbers import decimal_of, numbers
from shortable.research.trade_lists.sides import is_no_trade, read_effects, read_sides


def settled(*texts, separator=",", given=None):
    return decimal_of([pd.Series(texts)], separator=separator, given=given, source="a list")


@pytest.mark.parametrize(
    ("texts", "mark"),
    [
        (("472,10", "-100"), ","),
        (("1.234,50",), ","),
        (("1,234.50",), "."),
        (("1.5", "1,500"), "."),
        (("1,5", "1.500"), ","),
        (("1,234,567",), "."),
        (("1.234.567",), ","),
        (("1,500",), "."),  # in a list that is separated by commas, a comma groups
        (("0,125",), ","),
        (("12345,678",), ","),
        (("100", "-5"), "."),
    ],
)
def test_one_number_settles_the_decimal_separator(texts, mark):
    assert settled(*texts) == mark


def test_where_none_settles_it_a_list_in_semicolons_asks():
    with pytest.raises(InvalidInputError, match="--decimal"):
        settled("1,500", separator=";")
    assert settled("1,500", separator=";", given=",") == ","
    with pytest.raises(InvalidInputError, match="one decimal separator"):
        settled("1,5", "2.5")


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("$1,234.50", ".", 1234.5),
        ("1.234,50 €", ",", 1234.5),
        ("(100)", ".", -100.0),
        ("100-", ".", -100.0),
        ("−1 234", ".", -1234.0),
        ("1'234.5", ".", 1234.5),
        ("12.5 USD", ".", 12.5),
        ("1e-05", ".", 1e-05),
        ("+7", ".", 7.0),
    ],
)
def test_numbers(text, mark, value):
    assert numbers(pd.Series([text]), mark).tolist() == [value]


@pytest.mark.parametrize("text", ["1,23,4", "abc", "", "1.2.3", "12,34"])
def test_what_is_no_number_is_none(text):
    assert numbers(pd.Series([text]), ".").tolist() != numbers(pd.Series(["1"]), ".").tolist()
    assert pd.isna(numbers(pd.Series([text]), ".")[0])


@given(st.decimals(-(10**9), 10**9, places=2), st.booleans())
def test_a_number_written_in_either_way_is_read_back(value, comma):
    text = f"{value:,.2f}"
    if comma:
        text = text.translate(str.maketrans(",.", ".,"))
    mark = "," if comma else "."
    assert numbers(pd.Series([text]), mark).tolist() == [float(value)]


def order_of(*texts, given=None, date_format=None):
    return date_order_of(texts, given=given, date_format=date_format, source="a list")


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (("02/01/2024", "15/01/2024"), "day first"),
        (("01/02/2024", "01/15/2024"), "month first"),
        (("02.01.2024",), "day first"),
        (("02.02.2024",), None),
        (("2024-01-02",), None),
        (("1/2/24 10:00", "1/15/24 10:00"), "month first"),
    ],
)
def test_one_date_settles_a_column(texts, order):
    assert order_of(*texts) == order


def test_dates_that_can_be_read_in_two_ways_are_asked_for():
    with pytest.raises(InvalidInputError, match="--date-format"):
        order_of("02/01/2024", "03/01/2024")
    assert order_of("02/01/2024", given="month first") == "month first"
    assert order_of("02/01/2024", date_format="dmy") == "day first"
    with pytest.raises(InvalidInputError, match="in one order"):
        order_of("15/01/2024", "01/15/2024")


@pytest.mark.parametrize(
    ("text", "order", "time"),
    [
        ("15.01.2024 10:31", "day first", "2024-01-15 10:31"),
        ("1/4/2021 9:31:00 AM", "month first", "2021-01-04 09:31"),
        ("1/4/2021 9:31:00 PM", "month first", "2021-01-04 21:31"),
        ("2021.01.04 09:31:00", None, "2021-01-04 09:31"),
        ("20210104;093100", None, "2021-01-04 09:31"),
        ("20210104", None, "2021-01-04"),
        ("2021-01-04, 09:31:00", None, "2021-01-04 09:31"),
        ("2021-01-04, 09:31:00 EST", None, "2021-01-04 09:31"),
        ("01/05/2021 as of 01/04/2021", "month first", "2021-01-04"),
        ("2021年1月4日 09:31", None, "2021-01-04 09:31"),
        ("1609770660000", None, "2021-01-04 14:31Z"),
    ],
)
def test_times(text, order, time):
    read = read_times([text], order=order, date_format=None, time_zone=None)
    assert read == [pd.Timestamp(time)]


@pytest.mark.parametrize(
    ("words", "signs"),
    [
        (["buy", "sell"], [1, -1]),
        (["B", "S"], [1, -1]),
        (["BOT", "SLD"], [1, -1]),
        (["-1", "1"], [-1, 1]),
        (["0", "1"], [1, -1]),
        (["1", "2"], [1, -1]),
        (["1.0", "-1.0"], [1, -1]),
        (["Short", "Cover"], [0, 1]),
        (["Sell Short", "Buy to Cover"], [-1, 1]),
        (["Entry short", "Exit short", "Entry long", "Exit long"], [-1, 1, 1, -1]),
        (["STO", "BTC", "BTO", "STC"], [-1, 1, 1, -1]),
        (["OrderSide.SELL", "sell_short"], [-1, -1]),
        (["买入", "卖出", "卖空", "买券还券"], [1, -1, -1, 1]),
        (["开空", "平空", "开多", "平多"], [-1, 1, 1, -1]),
        (["融券賣出", "融券買進"], [-1, 1]),
        (["YOU SOLD SHORT SALE GAMESTOP", "YOU BOUGHT APPLE"], [-1, 1]),
    ],
)
def test_side_words(words, signs):
    assert [word.sign for word in read_sides(words, "side", "a list")] == signs


def test_one_unknown_word_is_an_error_that_lists_it():
    with pytest.raises(InvalidInputError, match="flip, flop"):
        read_sides(["buy", "flip", "sell", "flop"], "side", "a list")


def test_effects_and_what_is_no_trade():
    assert read_effects(["开", "平仓", "O;P", "C", "P", "in", "out", ""], "code", "a list") == [
        "open", "close", "open", "close", "", "open", "close", ""
    ]  # fmt: skip
    assert [is_no_trade(word) for word in ("Qualified Dividend", "balance", "", "buy", "zap")] == [
        True, True, True, False, False
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("", ["AAPL", "BRK.B", "BRK-B", "7203.T", "700.HK", "VOD.L", "GME.US", "T", "F", "BTC", "SOL", "CASH"]),
        ("option", ["AAPL  240119C00200000", "AAPL240119P00150000", ".AAPL240119C200", "-AAPL210115P120",
                    "AAPL 19JAN24 200 C", "AAPL 01/19/2024 200.00 C", "AAPL 1/19/2024 Call $200.00"]),
        ("currency", ["EUR.USD", "EURUSD", "EUR/USD", "USDJPY=X", "GBP-USD"]),
        ("future", ["ESH4", "ESH24", "/ES", "ES=F", "ES 03-24", "CLZ3", "ES1!", "NQ H4"]),
        ("coin", ["BTCUSDT", "BTC-USD", "BTC/USD", "ETHUSD", "SOL-PERP", "DOGEUSDT.BINANCE"]),
    ],
)  # fmt: skip
def test_what_a_name_stands_for(kind, names):
    assert {name: kind_of(name) for name in names} == dict.fromkeys(names, kind)


def test_a_list_s_own_class_of_assets():
    words = ["Stocks", "STK", "Equity", "us_equity", "OPT", "Futures", "CASH", "crypto", "CFD", ""]
    kinds = ["", "", "", "", "option", "future", "currency", "coin", "contract for difference", ""]
    assert [kind_of_class(word) for word in words] == kinds


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("Equity(0 [GME])", "GME"),
        ("SPY R735QTJ8XC9X", "SPY"),
        ("SPY.XNAS", "SPY"),
        ("NASDAQ:AAPL", "AAPL"),
        ("GME.US", "GME"),
    ],
)
def test_shares_as_exporters_spell_them(text, symbol):
    assert str(share_of(text)) == symbol
    assert share_of("?!") is None
