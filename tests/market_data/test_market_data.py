"""MarketData.from_frames: what is taken, what is refused, and in which words."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from shortable.errors import MarketDataError
from shortable.market_data import MarketData, Resolution
from shortable.symbol import Market, Symbol

DAYS = pd.to_datetime(["2024-01-02", "2024-01-03", "2024-01-04"])


def ohlcv(index: pd.DatetimeIndex = DAYS, **changes: list[float]) -> pd.DataFrame:
    columns = {
        "Open": [10.0, 11.0, 12.0],
        "High": [10.5, 11.5, 12.5],
        "Low": [9.5, 10.5, 11.5],
        "Close": [10.2, 11.2, 12.2],
        "Volume": [100.0, 200.0, 300.0],
        "Adj Close": [1.0, 1.0, 1.0],
    }
    return pd.DataFrame(columns | changes, index=index)


def closes(values: list[float], index: pd.DatetimeIndex = DAYS) -> pd.DataFrame:
    return pd.DataFrame({"close": values}, index=index)


def test_columns_in_any_case_and_adjusted_close_is_ignored() -> None:
    frame = MarketData.from_frames({"SPY": ohlcv()}).frame("SPY", Resolution.DAILY)
    assert list(frame.columns) == ["open", "high", "low", "close", "volume"]
    assert frame["close"].tolist() == [10.2, 11.2, 12.2]
    assert frame["volume"].tolist() == [100.0, 200.0, 300.0]
    assert frame.index[0] == pd.Timestamp("2024-01-02 16:00")


def test_close_only_data_repeat_the_close_and_say_so() -> None:
    panel = MarketData.from_frames({"SPY": closes([10, 11, 12])}).panel(["SPY"], "daily")
    assert panel.has_open == (False,)
    for name in ("open", "high", "low", "close"):
        assert getattr(panel, name)[:, 0].tolist() == [10, 11, 12]
    assert np.isnan(panel.volume).all()


def test_high_and_low_that_the_source_lacks_span_open_and_close() -> None:
    frame = pd.DataFrame({"open": [10.0, 12.0], "close": [11.0, 11.0]}, index=DAYS[:2])
    bars = MarketData.from_frames({"SPY": frame}).frame("SPY", "daily")
    assert bars["high"].tolist() == [11.0, 12.0]
    assert bars["low"].tolist() == [10.0, 11.0]


def test_the_users_frame_is_never_changed() -> None:
    # A close above the high by rounding is widened, in a copy.
    frame = ohlcv(Close=[10.5000001, 11.2, 12.2])
    before = frame.copy(deep=True)
    bars = MarketData.from_frames({"SPY": frame}).frame("SPY", "daily")
    assert bars["high"].iloc[0] == 10.5000001
    pd.testing.assert_frame_equal(frame, before)


def test_midnight_labels_are_daily_and_are_known_at_the_close() -> None:
    data = MarketData.from_frames({"SPY": closes([1, 2, 3]), "700.HK": closes([1, 2, 3])})
    assert data.resolutions == [Resolution.DAILY]
    assert data.panel(["SPY"], "daily").times[0] == datetime(2024, 1, 2, 16)
    assert data.panel(["700.HK"], "daily").times[0] == datetime(2024, 1, 2, 16)
    spy = Symbol.create("SPY")
    assert MarketData.from_frames({spy: closes([1, 2, 3])}, market=Market.UK).symbols() == [spy]
    london = MarketData.from_frames({"VOD": closes([1, 2, 3])}, market=Market.UK)
    assert london.symbols() == [Symbol.create("VOD.GB")]
    assert london.panel(["VOD.GB"], "daily").times[0] == datetime(2024, 1, 2, 16, 30)


def test_one_label_a_day_is_daily_whatever_its_hour() -> None:
    data = MarketData.from_frames(
        {"SPY": closes([1, 2, 3], DAYS + pd.Timedelta(hours=9, minutes=30))}
    )
    assert data.panel(["SPY"], "daily").times[0] == datetime(2024, 1, 2, 16)


def test_hourly_labels_are_kept_as_the_bars_ends() -> None:
    hours = pd.date_range("2024-01-02 10:00", periods=3, freq="h")
    data = MarketData.from_frames({"SPY": closes([1, 2, 3], hours)})
    assert data.resolutions == [Resolution.HOUR]
    assert data.panel(["SPY"], "hour").times == list(hours.to_pydatetime())


def test_minute_labels_are_kept_as_the_bars_ends() -> None:
    minutes = pd.date_range("2024-01-02 09:31", periods=3, freq="min")
    data = MarketData.from_frames({"SPY": closes([1, 2, 3], minutes)})
    assert data.resolutions == [Resolution.MINUTE]
    assert data.panel(["SPY"], "minute").times == list(minutes.to_pydatetime())
    assert data.frame("SPY", Resolution.MINUTE)["close"].tolist() == [1, 2, 3]


def test_minutes_without_a_trade_nights_and_half_hours_do_not_hide_the_resolution() -> None:
    # Steps of 1, 1, 4 minutes, a night, 1, 300 minutes: most are a minute.
    thin = [
        "01-02 09:31",
        "01-02 09:32",
        "01-02 09:33",
        "01-02 09:37",
        "01-03 09:31",
        "01-03 09:32",
        "01-03 14:32",
    ]
    # Steps of 30, 60, 60 minutes, a night, 30: as many half hours as hours.
    hours = [
        "01-02 10:00",
        "01-02 10:30",
        "01-02 11:30",
        "01-02 12:30",
        "01-03 10:00",
        "01-03 10:30",
    ]
    frames = {
        name: closes([1.0] * len(labels), pd.to_datetime([f"2024-{label}" for label in labels]))
        for name, labels in (("THIN", thin), ("HOURS", hours))
    }
    data = MarketData.from_frames(frames)
    assert (data.symbols("minute"), data.symbols("hour")) == (["THIN"], ["HOURS"])


@pytest.mark.parametrize(
    ("step", "said"), [("5min", "every 5 minutes"), ("10s", "of less than a minute")]
)
def test_bars_of_another_length_are_refused_with_what_to_do(step: str, said: str) -> None:
    times = pd.date_range("2024-01-02 09:35", periods=3, freq=step)
    with pytest.raises(
        MarketDataError,
        match=rf"bars of SPY {said}.*daily, hourly or of a minute.*Aggregate.*\"minute\"",
    ):
        MarketData.from_frames({"SPY": closes([1, 2, 3], times)})
    # Minutes of which most had no trade are what the user says they are.
    assert MarketData.from_frames({"SPY": closes([1, 2, 3], times)}, resolution="minute").symbols(
        "minute"
    ) == ["SPY"]


def test_two_rows_of_one_minute_must_agree() -> None:
    times = pd.to_datetime(["2024-01-02 09:31", "2024-01-02 09:32", "2024-01-02 09:32"])
    with pytest.raises(MarketDataError, match=r"SPY.close\[2024-01-02 09:32\]=3.0 must agree"):
        MarketData.from_frames({"SPY": closes([1, 2, 3], times)})


def test_aware_labels_are_converted_and_daily_ones_keep_their_date() -> None:
    # 15:00 UTC is 10:00 in New York in January, 11:00 in July.
    winter = pd.DatetimeIndex(["2024-01-02 15:00", "2024-01-02 16:00"], tz="UTC")
    summer = pd.DatetimeIndex(["2024-07-02 15:00", "2024-07-02 16:00"], tz="UTC")
    hourly = MarketData.from_frames({"SPY": closes([1, 2, 3, 4], winter.append(summer))})
    assert [t.hour for t in hourly.panel(["SPY"], "hour").times] == [10, 11, 11, 12]
    # Midnight UTC is 19:00 of the evening before in New York; as a daily label it means its own date.
    daily = MarketData.from_frames({"SPY": closes([1, 2, 3], DAYS.tz_localize("UTC"))})
    assert daily.panel(["SPY"], "daily").times[0] == datetime(2024, 1, 2, 16)
    new_york = MarketData.from_frames(
        {"SPY": closes([1, 2, 3], DAYS.tz_localize("America/New_York"))}
    )
    assert new_york.panel(["SPY"], "daily").times[0] == datetime(2024, 1, 2, 16)


@pytest.mark.parametrize("column", ["Date", "date", "time", "Datetime", "timestamp"])
@pytest.mark.parametrize("as_text", [True, False])
def test_times_may_be_a_column(column: str, as_text: bool) -> None:
    frame = closes([1, 2, 3]).reset_index(names=column)
    if as_text:
        frame[column] = frame[column].dt.strftime("%Y-%m-%d")
    panel = MarketData.from_frames({"SPY": frame}).panel(["SPY"], "daily")
    assert panel.times[0] == datetime(2024, 1, 2, 16)


def test_text_times_with_offsets_of_summer_and_winter() -> None:
    texts = [
        "2024-03-08T15:00:00-05:00",
        "2024-03-08T16:00:00-05:00",
        "2024-03-11T15:00:00-04:00",
        "2024-03-11T16:00:00-04:00",
    ]
    frame = pd.DataFrame({"time": texts, "close": [1.0, 2.0, 3.0, 4.0]})
    panel = MarketData.from_frames({"SPY": frame}).panel(["SPY"], "hour")
    assert panel.times[2] == datetime(2024, 3, 11, 15)


def test_whole_number_dates() -> None:
    frame = pd.DataFrame({"date": [20240102, 20240103], "close": [1.0, 2.0]})
    assert MarketData.from_frames({"SPY": frame}).panel(["SPY"], "daily").times[1] == datetime(
        2024, 1, 3, 16
    )


def test_yfinance_columns_of_two_levels() -> None:
    frame = ohlcv().drop(columns="Adj Close")
    frame.columns = pd.MultiIndex.from_product([frame.columns, ["SPY"]])
    assert MarketData.from_frames({"SPY": frame}).frame("SPY", "daily")["open"].tolist() == [
        10.0,
        11.0,
        12.0,
    ]


def test_shuffled_rows_give_the_same_bars() -> None:
    frame = ohlcv()
    shuffled = MarketData.from_frames({"SPY": frame.iloc[[2, 0, 1]]}).frame("SPY", "daily")
    pd.testing.assert_frame_equal(
        shuffled, MarketData.from_frames({"SPY": frame}).frame("SPY", "daily")
    )


def test_exact_repeats_are_left_out_and_counted() -> None:
    frame = pd.concat([ohlcv(), ohlcv().iloc[[1, 1]]])
    data = MarketData.from_frames({"SPY": frame})
    assert len(data.frame("SPY", "daily")) == 3
    assert data.notes == ("2 rows the same as another of that time left out: SPY 2024-01-03",)


def test_contradicting_repeats_are_refused() -> None:
    frame = pd.concat([ohlcv(), ohlcv(Close=[10.2, 11.3, 12.2]).iloc[[1]]])
    with pytest.raises(
        MarketDataError, match=r"SPY.close\[2024-01-03\]=11.3 must agree .* says 11.2"
    ):
        MarketData.from_frames({"SPY": frame})


def test_rows_without_any_price_are_no_bars() -> None:
    data = MarketData.from_frames({"SPY": closes([1, np.nan, 3])})
    assert data.frame("SPY", "daily")["close"].tolist() == [1, 3]
    assert data.notes == ("1 row without any price left out: SPY 2024-01-03",)


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"Close": [10.2, NAN, 12.2]},
            r"SPY.close\[2024-01-03\]=nan must be a finite price above 0",
        ),
        ({"Open": [NAN, 11.0, 12.0]}, r"SPY.open\[2024-01-02\]=nan must be a finite price above 0"),
        (
            {"Close": [10.2, 0.0, 12.2]},
            r"SPY.close\[2024-01-03\]=0.0 must be a finite price above 0",
        ),
        (
            {"Close": [10.2, 11.2, -1.0]},
            r"SPY.close\[2024-01-04\]=-1.0 must be a finite price above 0",
        ),
        ({"High": [INF, 11.5, 12.5]}, r"SPY.high\[2024-01-02\]=inf must be a finite price above 0"),
        ({"High": [9.0, 11.5, 12.5]}, r"SPY.high\[2024-01-02\]=9.0 must be at least the low"),
        (
            {"Open": [10.6, 11.6, 12.0]},
            r"SPY.open\[2024-01-02\]=10.6 must be at most the high.*2 such rows",
        ),
        ({"Close": [10.2, 10.4, 12.2]}, r"SPY.close\[2024-01-03\]=10.4 must be at least the low"),
        (
            {"Volume": [-1.0, 2.0, 3.0]},
            r"SPY.volume\[2024-01-02\]=-1.0 must be a finite number of shares",
        ),
        ({"Close": ["ten", 11.2, 12.2]}, r"SPY.close='ten' must be a number"),
    ],
)
def test_impossible_values_are_refused_by_ticker_column_time_and_value(
    changes: dict[str, list[float]], message: str
) -> None:
    with pytest.raises(MarketDataError, match=message):
        MarketData.from_frames({"GOOD": ohlcv(), "SPY": ohlcv(**changes)})


def test_volume_that_is_not_stated_is_no_fault() -> None:
    frame = MarketData.from_frames({"SPY": ohlcv(Volume=[NAN, 2.0, 3.0])}).frame("SPY", "daily")
    assert np.isnan(frame["volume"].iloc[0])


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        ({}, r"frames=\{\} must be a non-empty mapping"),
        ({"SPY": [1, 2]}, r"frames\['SPY'\]=\[1, 2\] must be a DataFrame"),
        (
            {"SPY": pd.DataFrame({"price": [1.0]}, index=DAYS[:1])},
            r"columns of SPY=\['price'\] must hold a close",
        ),
        (
            {"SPY": pd.DataFrame({"close": [1.0]})},
            r"index of SPY='RangeIndex' must be a DatetimeIndex",
        ),
        (
            {"SPY": pd.DataFrame({"close": [1.0], "Close": [1.0]}, index=DAYS[:1])},
            "name one close column",
        ),
        ({"SPY": closes([], DAYS[:0])}, r"bars='SPY' must have at least one row with a price"),
        (
            {"SPY": closes([1, 2, 3], pd.DatetimeIndex([*DAYS[:2], pd.NaT]))},
            r"times of SPY='NaT'.*row 2",
        ),
        (
            {"BRK B": closes([1, 2, 3]), "BRK.B": closes([1, 2, 3])},
            r"'BRK.B' must be one frame a symbol",
        ),
        (
            {"SPY": pd.DataFrame({"date": ["soon"], "close": [1.0]})},
            r"times of SPY='soon' must be times, dates",
        ),
        (
            {
                "SPY": pd.DataFrame(
                    {"date": ["2024-01-02T10:00Z", "2024-01-02T11:00"], "close": [1.0, 2.0]}
                )
            },
            "Some have an offset from UTC",
        ),
    ],
)
def test_unusable_frames_are_refused(frames: dict[str, pd.DataFrame], message: str) -> None:
    with pytest.raises(MarketDataError, match=message):
        MarketData.from_frames(frames)


def test_two_daily_bars_of_one_date_are_refused() -> None:
    hours = pd.date_range("2024-01-02 10:00", periods=3, freq="h")
    with pytest.raises(MarketDataError, match=r"SPY\[2024-01-02\]=3 must be one daily bar a date"):
        MarketData.from_frames({"SPY": closes([1, 2, 3], hours)}, resolution="daily")


def test_an_unknown_resolution_is_refused() -> None:
    with pytest.raises(
        MarketDataError,
        match=r"resolution='weekly' must be Resolution.DAILY, Resolution.HOUR or Resolution.MINUTE",
    ):
        MarketData.from_frames({"SPY": closes([1, 2, 3])}, resolution="weekly")


def test_nullable_columns_and_tickers_that_look_like_missing_values() -> None:
    frame = pd.DataFrame({"close": pd.array([1.0, None, 3.0], dtype="Float64")}, index=DAYS)
    data = MarketData.from_frames(
        {"NA": frame, "TRUE": closes([1, 2, 3]), "CON": closes([1, 2, 3])}
    )
    assert data.symbols() == ["CON", "NA", "TRUE"]
    assert data.frame("NA", "daily")["close"].tolist() == [1, 3]


def test_market_capitalisations_are_sorted_and_checked() -> None:
    caps = pd.DataFrame({"brk b": [2e12, 1e12]}, index=DAYS[[1, 0]])
    data = MarketData.from_frames({"SPY": closes([1, 2, 3])}, market_cap=caps)
    assert data.market_cap is not None
    assert data.market_cap["BRK.B"].tolist() == [1e12, 2e12]
    with pytest.raises(
        MarketDataError, match=r"BRK.B.market_cap\[2024-01-03\]=-1.0 must be a finite amount"
    ):
        MarketData.from_frames({"SPY": closes([1, 2, 3])}, market_cap=caps.where(caps < 2e12, -1))
    with pytest.raises(MarketDataError, match="market_cap='A' must have each ticker once"):
        MarketData.from_frames(
            {"SPY": closes([1, 2, 3])}, market_cap=pd.DataFrame({"A": [1], "a": [1]}, DAYS[:1])
        )
    with pytest.raises(MarketDataError, match=r"market_cap='RangeIndex'|DatetimeIndex"):
        MarketData.from_frames({"SPY": closes([1, 2, 3])}, market_cap=pd.DataFrame({"A": [1]}))
