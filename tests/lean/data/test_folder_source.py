"""A data folder in LEAN's layout, read in place."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.errors import InvalidInputError, MarketDataError
from shortable.lean.data import LeanDataFolder, PriceSource, QuoteBars, TradeBars
from shortable.lean.data.price_files import PriceFiles
from shortable.lean.enums import DataNormalizationMode, Resolution, TickType

from ..folder import LeanFolder

DAY = date(2024, 1, 2)
MINUTE, HOUR, DAILY = Resolution.MINUTE, Resolution.HOUR, Resolution.DAILY
TRADE, QUOTE = TickType.TRADE, TickType.QUOTE


@pytest.fixture
def folder(tmp_path):
    return LeanFolder(tmp_path).map_file("SPY").factor_file("SPY")


def test_minute_trades(folder):
    folder.minute(
        "SPY",
        DAY,
        trades=[("04:00", 1, 2, 0.5, 1.25, 10), ("09:30", 472.1601, 473, 472, 472.65, 1500)],
    )
    source = LeanDataFolder(folder.path)
    bars = source.day(source.resolve("spy"), MINUTE, TRADE, DAY)
    assert isinstance(bars, TradeBars)
    assert bars.starts == [
        datetime(2024, 1, 2, 4),
        datetime(2024, 1, 2, 9, 30),
    ]  # extended hours included
    assert (bars.open.tolist(), bars.high.tolist()) == ([1.0, 472.1601], [2.0, 473.0])
    assert (bars.low.tolist(), bars.close.tolist(), bars.volume.tolist()) == (
        [0.5, 472.0],
        [1.25, 472.65],
        [10.0, 1500.0],
    )
    bar = bars.bar(1, source.resolve("SPY"))
    assert (bar.time, bar.end_time, bar.close, bar.Volume) == (
        datetime(2024, 1, 2, 9, 30),
        datetime(2024, 1, 2, 9, 31),
        472.65,
        1500.0,
    )
    assert source.day(source.resolve("SPY"), MINUTE, QUOTE, DAY) is None
    assert source.day(source.resolve("SPY"), MINUTE, TRADE, date(2024, 1, 3)) is None


def test_minute_quotes_with_a_side_missing(folder):
    folder.minute(
        "SPY", DAY, quotes=[("09:30", (1, 2, 1, 2), 100, None, 0), ("09:31", 9.99, 1, 10.01, 200)]
    )
    source = LeanDataFolder(folder.path)
    bars = source.day(source.resolve("SPY"), MINUTE, QUOTE, DAY)
    assert isinstance(bars, QuoteBars)
    first, second = bars.bars(source.resolve("SPY"))
    assert (first.ask, first.close, first.last_bid_size, first.last_ask_size) == (
        None,
        2.0,
        100.0,
        0,
    )
    assert (second.bid.close, second.ask.close, second.close, second.last_ask_size) == (
        9.99,
        10.01,
        10.0,
        200.0,
    )
    assert bars.bar(1, source.resolve("SPY")).Ask.Open == 10.01


def test_hour_and_daily_histories(folder):
    folder.hour(
        "SPY",
        [
            ("2024-01-02 09:00", 1, 2, 1, 2, 5),
            ("2024-01-02 10:00", 2, 3, 2, 3, 6),
            ("2024-01-03 09:00", 3, 4, 3, 4, 7),
        ],
    )
    folder.daily("SPY", [("2024-01-02", 1, 3, 1, 3, 11), ("2024-01-03", 3, 4, 3, 4, 7)])
    source = LeanDataFolder(folder.path)
    spy = source.resolve("SPY")
    hours = source.day(spy, HOUR, TRADE, DAY)
    assert (hours.starts, hours.period) == (
        [datetime(2024, 1, 2, 9), datetime(2024, 1, 2, 10)],
        timedelta(hours=1),
    )
    days = source.day(spy, DAILY, TRADE, date(2024, 1, 3))
    assert (days.starts, days.close.tolist(), days.period) == (
        [datetime(2024, 1, 3)],
        [4.0],
        timedelta(days=1),
    )
    assert source.day(spy, DAILY, TRADE, date(2024, 1, 4)) is None


def test_prices_are_the_floats_nearest_to_them(tmp_path):
    @given(st.integers(1, 10**9))
    def check(raw):
        price = Decimal(raw) / 10_000
        LeanFolder(tmp_path).daily("X", [(DAY, price, price, price, price, 1)])
        bars = PriceFiles(tmp_path / "equity" / "usa").day("X", DAILY, TRADE, DAY)
        assert bars.close[0] == float(price)

    check()


def test_the_file_is_that_of_the_ticker_in_force(tmp_path):
    folder = LeanFolder(tmp_path)
    folder.map_file("new", [("2010-01-04", "old"), ("2024-01-02", "old"), ("2024-01-04", "new")])
    for ticker, price in (("old", 1.0), ("new", 2.0)):
        for when in ("2024-01-02", "2024-01-03", "2024-01-05"):
            folder.session(ticker, when, price)
        folder.daily(
            ticker, [(when, *[price] * 4, 1) for when in ("2024-01-02", "2024-01-03", "2024-01-05")]
        )
    source = LeanDataFolder(folder.path)
    symbol = source.resolve("NEW")
    for resolution in (MINUTE, DAILY):
        closes = [
            None if bars is None else float(bars.close[-1])
            for when in (2, 3, 5)
            for bars in [source.day(symbol, resolution, TRADE, date(2024, 1, when))]
        ]
        assert closes == [
            1.0,
            2.0,
            None,
        ]  # after its delisting nothing is read, whoever has the ticker then
    assert (source.ticker_at(symbol, DAY), source.ticker_at(symbol, date(2024, 1, 3))) == (
        "OLD",
        "NEW",
    )
    assert (source.first_date(symbol), source.delisting_date(symbol)) == (
        date(2010, 1, 4),
        date(2024, 1, 4),
    )


def test_a_security_without_files_is_read_under_its_ticker(tmp_path):
    folder = LeanFolder(tmp_path).daily("ABC", [(DAY, 1, 1, 1, 1, 1)])
    source = LeanDataFolder(folder.path)
    symbol = source.resolve("abc")
    assert str(symbol.id) == "ABC 2T"
    assert source.day(symbol, DAILY, TRADE, DAY).close.tolist() == [1.0]
    assert (source.first_date(symbol), source.delisting_date(symbol)) == (None, date(2050, 12, 31))
    assert source.factor(symbol, DAY, DataNormalizationMode.ADJUSTED) == 1


def test_nothing_is_read_before_the_first_usable_factor(tmp_path):
    folder = (
        LeanFolder(tmp_path)
        .map_file("SPY")
        .daily("SPY", [(DAY, 1, 1, 1, 1, 1), ("2024-01-08", 2, 2, 2, 2, 1)])
    )
    folder.factor_file(
        "SPY", [("1998-01-02", 1, "inf"), ("2024-01-05", 1, 1, 1), ("2050-12-31", 1, 1)]
    )
    source = LeanDataFolder(folder.path)
    spy = source.resolve("SPY")
    assert source.day(spy, DAILY, TRADE, DAY) is None
    assert source.day(spy, DAILY, TRADE, date(2024, 1, 8)).close.tolist() == [2.0]


@pytest.mark.parametrize("resolution", [Resolution.TICK, Resolution.SECOND])
def test_finer_resolutions_are_out_of_scope(folder, resolution):
    source = LeanDataFolder(folder.path)
    with pytest.raises(InvalidInputError, match="be minute, hour or daily"):
        source.day(source.resolve("SPY"), resolution, TRADE, DAY)


def _zip(folder, text: str, name: str = "20240102_trade.zip"):
    path = folder.equity / "minute" / "spy" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.csv", text)
    return path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("34200000,1,2,3\n", "line 1.*have 6 columns"),
        ("34200000,1,2,3,4,5\n34260000,1,x,3,4,5\n", "hold rows of time,open"),
        ("34200000,1,2,3,4,5\n34260000,1,,3,4,5\n", "line 2.*state a price: high"),
        ("34200000,1,2,3,4,5\n34260000,1,2\n", "hold rows of time,open"),
        (",1,2,3,4,5\n", "line 1.*begin with a time"),
    ],
)
def test_damaged_minutes_are_named(folder, text, message):
    _zip(folder, text)
    source = LeanDataFolder(folder.path)
    with pytest.raises(MarketDataError, match=f"(?s)20240102_trade.*{message}"):
        source.day(source.resolve("SPY"), MINUTE, TRADE, DAY)


def test_a_time_that_is_none_is_named(folder):
    path = folder.equity / "daily" / "spy.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("spy.csv", "20240102 00:00,1,1,1,1,1\n2024-01-03,1,1,1,1,1\n")
    source = LeanDataFolder(folder.path)
    with pytest.raises(MarketDataError, match=r"spy\.zip, line 2.*yyyyMMdd HH:mm"):
        source.day(source.resolve("SPY"), DAILY, TRADE, DAY)


def test_a_zip_that_was_cut_off_is_named(folder):
    path = _zip(folder, "34200000,1,2,3,4,5\n" * 50)
    path.write_bytes(path.read_bytes()[:100])
    source = LeanDataFolder(folder.path)
    with pytest.raises(MarketDataError, match=r"20240102_trade\.zip.*readable zip"):
        source.day(source.resolve("SPY"), MINUTE, TRADE, DAY)


def test_a_zip_that_unpacks_beyond_the_bound_is_named(folder):
    path = _zip(folder, "34200000,1,2,3,4,5\n")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.csv", bytes((1 << 26) + 1))
    assert path.stat().st_size < 1 << 17
    source = LeanDataFolder(folder.path)
    with pytest.raises(MarketDataError, match=r"trade\.zip.*unpacks to more than 67,108,864 bytes"):
        source.day(source.resolve("SPY"), MINUTE, TRADE, DAY)


@pytest.mark.parametrize("text", ["", "\n"])
def test_an_empty_file_is_no_data(folder, text):
    _zip(folder, text)
    source = LeanDataFolder(folder.path)
    assert source.day(source.resolve("SPY"), MINUTE, TRADE, DAY) is None


def test_rows_in_any_order_come_out_in_order(folder):
    _zip(folder, "34260000,20000,20000,20000,20000,2\n34200000,10000,10000,10000,10000,1\n")
    source = LeanDataFolder(folder.path)
    bars = source.day(source.resolve("SPY"), MINUTE, TRADE, DAY)
    assert (bars.close.tolist(), bars.volume.tolist()) == ([1.0, 2.0], [1.0, 2.0])


def test_memory_is_bounded(tmp_path):
    folder = LeanFolder(tmp_path)
    days = [date(2024, 1, d) for d in (2, 3, 4, 5)]
    for when in days:
        folder.session("X", when, float(when.day), spread=None)
    files = PriceFiles(folder.equity, most=800)  # two days of 390 minutes
    assert [float(files.day("X", MINUTE, TRADE, d).close[0]) for d in [*days, *days]] == [
        2.0,
        3.0,
        4.0,
        5.0,
    ] * 2
    assert len(files._cache) == 2


def test_scaling_bars_as_lean_normalises_them(folder):
    folder.minute(
        "SPY", DAY, trades=[("09:30", 100, 110, 90, 105, 1001)], quotes=[("09:30", 100, 5, None, 0)]
    )
    source = LeanDataFolder(folder.path)
    spy = source.resolve("SPY")
    trades = source.day(spy, MINUTE, TRADE, DAY).scaled(0.5, 1.0)
    assert (trades.open[0], trades.high[0], trades.low[0], trades.close[0]) == (
        51.0,
        56.0,
        46.0,
        53.5,
    )
    assert trades.volume[0] == 2002.0  # twice the shares at half the price
    quotes = source.day(spy, MINUTE, QUOTE, DAY).scaled(0.5)
    assert (quotes.bid_close[0], quotes.bid_size[0], np.isnan(quotes.ask_close[0])) == (
        50.0,
        10.0,
        True,
    )


COARSE = """AAPL R735QTJ8XC9X,AAPL,544.99,7213696,3556319284,True
GOOCV VP83T1ZUHROL,GOOCV,1150.5,1000,1150500,False,0.5,0.25
not a line
SPY R735QTJ8XC9X,SPY,186.31,96279654,17916489268
"""


def test_the_universe_of_a_day(folder):
    path = folder.equity / "fundamental" / "coarse" / "20140325.csv"
    path.parent.mkdir(parents=True)
    path.write_text(COARSE)
    source = LeanDataFolder(folder.path)
    rows = source.coarse(date(2014, 3, 25))
    assert [
        (r.symbol.value, r.price, r.volume, r.dollar_volume, r.HasFundamentalData) for r in rows
    ] == [
        ("AAPL", 544.99, 7213696, 3556319284.0, True),
        ("GOOCV", 1150.5, 1000, 1150500.0, False),
        ("SPY", 186.31, 96279654, 17916489268.0, False),
    ]
    assert (rows[1].adjusted_price, rows[0].adjusted_price) == (1150.5 * 0.5 * 0.25, 544.99)
    assert (rows[0].time, rows[0].end_time) == (datetime(2014, 3, 25), datetime(2014, 3, 26))
    assert (rows[0].market, rows[0].market_cap, str(rows[1].symbol.id)) == (
        "usa",
        0.0,
        "GOOCV VP83T1ZUHROL",
    )
    [note] = source.notes
    assert note.endswith("1 of 4 lines cannot be read, the first is line 3")
    assert source.coarse(date(2014, 3, 24)) == []
    with pytest.raises(AttributeError, match="only market_cap is known"):
        _ = rows[0].valuation_ratios


def test_interest_rates(folder):
    source = LeanDataFolder(folder.path)
    assert source.interest_rate(DAY) == Decimal("0.01")  # InterestRateProvider.DefaultRiskFreeRate
    folder.interest_rates([("2020-01-02", 1.75), ("2022-03-17", 0.5)])
    source = LeanDataFolder(folder.path)
    days = [
        date(1999, 1, 4),
        date(2020, 1, 2),
        date(2022, 3, 16),
        date(2022, 3, 17),
        date(2030, 1, 1),
    ]
    assert [source.interest_rate(d) for d in days] == [
        Decimal(x) for x in ("0.0175", "0.0175", "0.0175", "0.005", "0.005")
    ]
    path = folder.path / "alternative" / "interest-rate" / "usa" / "interest-rate.csv"
    path.write_text("DATE,PCREDIT8\n9/1/2003,2.25\n26/6/2003,2\n")  # as LEAN's file was before 2023
    assert LeanDataFolder(folder.path).interest_rate(date(2003, 6, 25)) == Decimal("0.0225")
    path.write_text("Date,Rate\nnever,2.25\n")
    with pytest.raises(MarketDataError, match=r"interest-rate\.csv, line 2"):
        LeanDataFolder(folder.path).interest_rate(DAY)


def test_symbol_properties(folder):
    source = LeanDataFolder(folder.path)
    row = source.symbol_properties(source.resolve("SPY"))
    assert (row.lot_size, row.minimum_price_variation, row.quote_currency) == (
        1,
        Decimal("0.01"),
        "USD",
    )
    folder.symbol_properties(
        [
            "usa,[*],equity,,USD,1,0.01,1",
            "usa,ODD,equity,Odd lots,USD,1,0.05,100",
            "india,[*],equity,,INR,1,0.05,1",
        ]
    )
    source = LeanDataFolder(folder.path)
    odd, spy = (source.symbol_properties(source.resolve(t)) for t in ("ODD", "SPY"))
    assert (odd.lot_size, odd.minimum_price_variation, odd.description) == (
        100,
        Decimal("0.05"),
        "Odd lots",
    )
    assert (spy.lot_size, spy.quote_currency) == (1, "USD")


def test_a_lean_folder_is_recognised_by_its_layout(folder, tmp_path_factory):
    assert LeanDataFolder.recognises(folder.path)
    ours = tmp_path_factory.mktemp("ours")
    (ours / "equity" / "usa" / "shortable").mkdir(parents=True)
    (ours / "equity" / "usa" / "daily.parquet").write_bytes(b"")
    assert not LeanDataFolder.recognises(ours)
    assert not LeanDataFolder.recognises(ours / "nowhere")
    with pytest.raises(InvalidInputError, match="LEAN data folder"):
        LeanDataFolder(ours / "nowhere")


def test_the_folder_keeps_the_protocol(folder):
    source: PriceSource = LeanDataFolder(folder.path)
    assert (source.folder, source.made_up, source.name) == (folder.path, False, str(folder.path))
    assert source.trading_days(date(2024, 1, 1), date(2024, 1, 3)) == [
        date(2024, 1, 2),
        date(2024, 1, 3),
    ]


SIDE = st.none() | st.tuples(*[st.integers(1, 10**7)] * 4)


@given(
    st.dictionaries(
        st.integers(240, 1199), st.tuples(SIDE, SIDE, st.integers(0, 10**6)), max_size=8
    )
)
def test_any_quotes_come_back_as_they_were_written(tmp_path_factory, minutes):
    folder = LeanFolder(tmp_path_factory.getbasetemp() / "quotes")
    rows = [
        (
            time(m // 60, m % 60),
            *(x for side in sides for x in (side and [Decimal(p) / 10_000 for p in side], size)),
        )
        for m, (*sides, size) in minutes.items()
    ]
    folder.minute("X", DAY, quotes=rows)
    source = LeanDataFolder(folder.path)
    bars = source.day(source.resolve("X"), MINUTE, QUOTE, DAY)
    if not minutes:
        assert bars is None
        return
    for (minute, (bid, ask, size)), bar in zip(
        sorted(minutes.items()), bars.bars(source.resolve("X")), strict=True
    ):
        assert (bar.time.hour * 60 + bar.time.minute, bar.period) == (minute, timedelta(minutes=1))
        for prices, side, number in (
            (bid, bar.bid, bar.last_bid_size),
            (ask, bar.ask, bar.last_ask_size),
        ):
            if prices is None:
                assert (side, number) == (None, 0)
            else:
                assert (side.open, side.high, side.low, side.close) == tuple(
                    float(Decimal(p) / 10_000) for p in prices
                )
                assert number == size
