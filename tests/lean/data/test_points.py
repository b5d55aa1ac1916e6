"""Bars and other points as algorithms see them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from shortable.lean.data import (
    Bar,
    BaseData,
    CoarseFundamental,
    Delisting,
    Dividend,
    Fundamental,
    IndicatorDataPoint,
    PythonData,
    QuoteBar,
    Split,
    SymbolChangedEvent,
    TradeBar,
)
from shortable.lean.enums import DelistingType, MarketDataType, SplitType
from shortable.lean.symbols import Symbol

SPY = Symbol("SPY R735QTJ8XC9X", "SPY")
OPEN = datetime(2024, 1, 2, 9, 30)


def test_a_trade_bar_in_both_spellings():
    bar = TradeBar(OPEN, SPY, 1.0, 4.0, 0.5, 2.0, 100.0, timedelta(hours=1))
    assert (bar.Open, bar.High, bar.Low, bar.Close, bar.Volume, bar.Value, bar.Price) == (
        1,
        4,
        0.5,
        2,
        100,
        2,
        2,
    )
    assert (bar.EndTime, bar.Period, bar.DataType) == (
        datetime(2024, 1, 2, 10, 30),
        timedelta(hours=1),
        MarketDataType.TradeBar,
    )
    bar.Close = 3.0
    assert (bar.value, bar.price) == (3.0, 3.0)
    bar.EndTime = OPEN + timedelta(minutes=5)
    assert bar.period == timedelta(minutes=5)


def test_a_bar_that_grows():
    bar = TradeBar(OPEN, SPY)
    for price, shares in ((10.0, 1), (12.0, 2), (9.0, 3)):
        bar.update(price, 0, 0, shares)
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (10.0, 12.0, 9.0, 9.0, 6)
    side = Bar()
    for price in (0.0, 10.0, 12.0, 0.0):  # zero is no price
        side.update(price)
    assert (side.open, side.high, side.low, side.close) == (10.0, 12.0, 10.0, 12.0)


@pytest.mark.parametrize(
    ("bid", "ask", "expected"),
    [
        ((10, 12, 8, 11), (20, 22, 18, 21), (15, 17, 13, 16)),
        ((10, 12, 8, 11), None, (10, 12, 8, 11)),
        (None, (20, 22, 18, 21), (20, 22, 18, 21)),
        ((0, 0, 0, 0), (20, 22, 18, 21), (20, 22, 18, 21)),
        (None, None, (0, 0, 0, 0)),
    ],
)
def test_a_quote_bar_lies_in_the_middle(bid, ask, expected):
    bar = QuoteBar(OPEN, SPY, bid and Bar(*bid), 5, ask and Bar(*ask), 7)
    assert (bar.open, bar.high, bar.low, bar.close) == expected
    assert bar.value == bar.price == bar.Close
    assert (bar.last_bid_size, bar.LastAskSize) == (5 if bid else 0, 7 if ask else 0)
    trade = bar.collapse()
    assert (trade.close, trade.volume, trade.period) == (expected[3], 0, timedelta(minutes=1))


def test_quotes_that_come_in():
    bar = QuoteBar(OPEN, SPY)
    bar.update(0, 9.0, 0, 0, 100, 0)
    bar.update(0, 10.0, 12.0, 0, 0, 50)
    assert (bar.bid.open, bar.bid.close, bar.ask.close, bar.last_bid_size, bar.last_ask_size) == (
        9,
        10,
        12,
        100,
        50,
    )


def test_a_copy_shares_nothing():
    bar = QuoteBar(OPEN, SPY, Bar(1, 1, 1, 1), 1, Bar(2, 2, 2, 2), 1)
    twin = bar.clone(True)
    twin.bid.close = 9.0
    assert (twin.is_fill_forward, bar.is_fill_forward, bar.bid.close, twin.symbol) == (
        True,
        False,
        1,
        SPY,
    )
    copied = BaseData()
    copied.Value = 3.0
    assert copied.Clone().value == 3.0


def test_corporate_events():
    day = datetime(2024, 1, 8)
    dividend = Dividend(SPY, day, 0.5, 100.0)
    split = Split(SPY, day, 120.0, 0.5, SplitType.SplitOccurred)
    delisting = Delisting(SPY, day, 3.0, DelistingType.Delisted)
    renamed = SymbolChangedEvent(SPY, day, "OLD", "NEW")
    assert (dividend.Distribution, dividend.value, dividend.ReferencePrice) == (0.5, 0.5, 100.0)
    assert (split.SplitFactor, split.ReferencePrice, split.Type) == (
        0.5,
        120.0,
        SplitType.SPLIT_OCCURRED,
    )
    assert (delisting.Type, delisting.price, delisting.ticket) == (
        DelistingType.DELISTED,
        3.0,
        None,
    )
    assert (renamed.OldSymbol, renamed.NewSymbol) == ("OLD", "NEW")
    assert {e.data_type for e in (dividend, split, delisting, renamed)} == {
        MarketDataType.AUXILIARY
    }
    assert all(e.end_time == e.time == day for e in (dividend, split, delisting, renamed))


def test_indicator_points():
    point = IndicatorDataPoint(OPEN, 1.5)
    assert (point.symbol, IndicatorDataPoint(SPY, OPEN, 2.5).symbol) == (Symbol.empty, SPY)
    assert point < 2 <= IndicatorDataPoint(OPEN, 2.0)
    assert float(point) == 1.5
    with pytest.raises(TypeError, match="time, value"):
        IndicatorDataPoint(1.5)


def test_a_fundamental_is_a_coarse_one_too():
    row = Fundamental(SPY, datetime(2024, 1, 2), 10.0, 5, 50.0, True, 0.5, 0.5, market_cap=7.0)
    assert isinstance(row, CoarseFundamental)
    assert (row.MarketCap, row.AdjustedPrice, row.EndTime.date(), row.DollarVolume) == (
        7.0,
        2.5,
        date(2024, 1, 3),
        50.0,
    )


def test_users_own_data():
    class Rate(PythonData):
        pass

    rate = Rate()
    rate["Fee"] = 0.25
    rate.value = 1.0
    assert (rate.fee, rate["fee"], rate.Fee, rate.GetProperty("fee")) == (0.25,) * 4
    with pytest.raises(KeyError):
        rate["nothing"]


def test_a_name_that_there_is_not_says_what_is_near():
    with pytest.raises(AttributeError, match=r"volum.*near: .*[Vv]olume"):
        _ = TradeBar(OPEN, SPY).volum
