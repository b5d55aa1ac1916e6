"""Our own frames and the sample, as LEAN sees its folder."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pandas as pd
import pytest

from shortable.errors import InvalidInputError
from shortable.lean.data import MarketDataSource, PriceSource
from shortable.lean.enums import DataNormalizationMode, Resolution, TickType
from shortable.market_data import MarketData

DAY = date(2024, 1, 2)
TRADE = TickType.TRADE


def frame(times, closes, volumes=None):
    data = {
        "open": [c - 1 for c in closes],
        "high": [c + 2 for c in closes],
        "low": [c - 2 for c in closes],
        "close": closes,
    }
    if volumes is not None:
        data["volume"] = volumes
    return pd.DataFrame(data, index=pd.DatetimeIndex(times))


@pytest.fixture
def source():
    hours = ["2024-01-02 10:00", "2024-01-02 11:00", "2024-01-02 16:00", "2024-01-03 10:00"]
    caps = pd.DataFrame({"HRS": [1e6]}, index=pd.DatetimeIndex(["2024-01-02"]))
    return MarketDataSource(
        MarketData.from_frames(
            {
                "DAYS": frame(["2024-01-02", "2024-01-03"], [10.0, 11.0]),
                "HRS": frame(hours, [5.0, 9.0, 7.0, 8.0], [1, 2, 3, 4]),
                "RY.CA": frame(["2024-01-02"], [100.0]),
            },
            market_cap=caps,
        )
    )


def test_daily_bars_begin_at_midnight(source):
    bars = source.day(source.resolve("days"), Resolution.DAILY, TRADE, DAY)
    assert (bars.starts, bars.close.tolist(), bars.period) == (
        [datetime(2024, 1, 2)],
        [10.0],
        timedelta(days=1),
    )
    assert bars.volume.tolist() == [0.0]  # not stated


def test_hours_begin_an_hour_before_they_are_known(source):
    bars = source.day(source.resolve("HRS"), Resolution.HOUR, TRADE, DAY)
    assert [t.hour for t in bars.starts] == [9, 10, 15]
    assert source.day(source.resolve("DAYS"), Resolution.HOUR, TRADE, DAY) is None
    assert source.day(source.resolve("HRS"), Resolution.HOUR, TickType.QUOTE, DAY) is None


def test_hours_add_up_to_days(source):
    bars = source.day(source.resolve("HRS"), Resolution.DAILY, TRADE, DAY)
    # open of the first, highest high 9 + 2, lowest low 5 - 2, last close, all volumes
    assert [c.tolist() for c in (bars.open, bars.high, bars.low, bars.close, bars.volume)] == [
        [4.0],
        [11.0],
        [3.0],
        [7.0],
        [6.0],
    ]


def test_the_universe(source):
    rows = source.coarse(DAY)
    assert [
        (r.symbol.value, r.price, r.volume, r.dollar_volume, r.market_cap, r.has_fundamental_data)
        for r in rows
    ] == [
        ("DAYS", 10.0, 0, 0.0, 0.0, False),
        ("HRS", 7.0, 6, 42.0, 1e6, True),
    ]
    assert source.coarse(date(2024, 1, 6)) == []


def test_names_never_change(source):
    symbol = source.resolve("hrs")
    assert (
        source.ticker_at(symbol, DAY),
        source.first_date(symbol),
        source.delisting_date(symbol),
    ) == (
        "HRS",
        DAY,
        date(2050, 12, 31),
    )
    assert (source.first_ticker("HRS", DAY), source.first_date(source.resolve("NONE"))) == (
        None,
        None,
    )
    assert [s.value for s in source.symbols] == ["DAYS", "HRS"]  # the USA's alone


def test_no_corporate_actions(source):
    symbol = source.resolve("HRS")
    assert source.factor(symbol, DAY, DataNormalizationMode.ADJUSTED) == 1
    assert source.events(symbol, DAY) == []
    assert source.interest_rate(DAY) == Decimal("0.01")


def test_seconds_are_out_of_scope(source):
    with pytest.raises(InvalidInputError, match="minute, hour or daily"):
        source.day(source.resolve("HRS"), Resolution.SECOND, TRADE, DAY)


def test_the_sample_says_that_it_is_made_up():
    source: PriceSource = MarketDataSource(MarketData.sample())
    assert (source.made_up, source.folder) == (True, None)
    bars = source.day(source.resolve("AQVR"), Resolution.HOUR, TRADE, DAY)
    assert [t.hour for t in bars.starts] == [9, 10, 11, 12, 13, 14, 15]
    caps = {r.symbol.value: r.market_cap for r in source.coarse(DAY)}
    assert caps["AQVR"] > 0


def test_real_small_caps(real_data):
    source = MarketDataSource(MarketData.from_csv(real_data / "prices" / "us_small_cap_daily"))
    day = date(2021, 1, 11)
    bars = source.day(source.resolve("GME"), Resolution.DAILY, TRADE, day)
    # first line of GME.csv: 2021-01-11, high 20.65, low 19.01, open 19.41, close 19.94, volume 14,927,600
    assert [
        round(float(c[0]), 2) for c in (bars.open, bars.high, bars.low, bars.close, bars.volume)
    ] == [
        19.41,
        20.65,
        19.01,
        19.94,
        14927600.0,
    ]
    rows = {row.symbol.value: row for row in source.coarse(day)}
    assert len(rows) == 25
    assert rows["GME"].dollar_volume == rows["GME"].price * 14927600
    assert not source.made_up
