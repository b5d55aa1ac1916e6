"""What a slice answers."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from shortable.errors import InvalidInputError
from shortable.lean.data import Bar, Dividend, QuoteBar, TradeBar
from shortable.lean.feed.slices import Slice
from shortable.lean.symbols import Symbol

SPY, AIG, BAC = (Symbol(f"{t} R735QTJ8XC9X", t) for t in ("SPY", "AIG", "BAC"))
NOW = datetime(2024, 1, 2, 10)
MINUTE = timedelta(minutes=1)


def trade(symbol, price, period=MINUTE):
    return TradeBar(NOW - period, symbol, price, price, price, price, 5, period)


def quote(symbol):
    return QuoteBar(NOW - MINUTE, symbol, Bar(1, 1, 1, 1), 7, Bar(3, 3, 3, 3), 8, MINUTE)


@pytest.fixture
def data():
    points = [trade(SPY, 2.0), quote(SPY), quote(AIG), Dividend(BAC, NOW, 0.5, 10)]
    return Slice(NOW, NOW, points)


def test_a_symbol_alone_stands_for_its_trades(data):
    assert data[SPY].close == data["SPY"].Close == data.bars["SPY"].close == 2.0
    assert data.quote_bars[SPY].ask.close == data.QuoteBars["SPY"].Ask.Close == 3
    assert "AIG" not in data
    assert "AIG" in data.quote_bars
    with pytest.raises(KeyError, match="contains_key"):
        data["AIG"]


def test_a_symbol_with_an_event_is_there_without_a_bar(data):
    assert data.ContainsKey("BAC")
    assert data["BAC"] is None
    assert data.dividends["BAC"].distribution == 0.5
    assert [symbol.value for symbol in data.keys()] == ["SPY", "BAC"]  # noqa: SIM118
    assert "BAC" not in data.bars


def test_data_by_type(data):
    assert data.get(TradeBar, SPY).volume == 5
    assert data.get(QuoteBar, "AIG").last_bid_size == 7
    assert data.get(TradeBar, "AIG") is None
    assert len(data.get(Dividend)) == 1
    assert data.get("SPY") is data["SPY"]
    with pytest.raises(InvalidInputError, match="TradeBar"):
        data.get(int)


def test_of_two_resolutions_the_finer_counts():
    both = Slice(NOW, NOW, [trade(SPY, 1.0), trade(SPY, 2.0, timedelta(hours=1))])
    assert both["SPY"].close == both.bars[SPY].close == 1.0
    assert Slice(NOW, NOW, []).has_data is False
    assert bool(Slice(NOW, NOW, [])) is True


def test_tables_iterate_as_pairs(data):
    assert [(pair.key.value, pair.Value.close) for pair in data.bars] == [("SPY", 2.0)]
    assert data.bars.try_get_value("TLT") == (False, None)
    assert [bar.close for bar in data.bars.values()] == [2.0]
    assert data.ticks.count == 0
