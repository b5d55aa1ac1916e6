"""MarketData.from_parquet and from_csv: files as users have them, and as they should not be."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from shortable.errors import MarketDataError
from shortable.market_data import MarketData, Resolution
from shortable.symbol import Market

LONG = pd.DataFrame(
    {
        "symbol": ["NA", "NA", "TRUE", "BRK B"],
        "date": ["2024-01-02", "2024-01-03", "2024-01-02", "2024-01-03"],
        "close": [1.0, 2.0, 3.0, 4.0],
    }
)


def check_long(data: MarketData) -> None:
    assert data.symbols() == ["BRK.B", "NA", "TRUE"]
    panel = data.panel(["NA", "TRUE", "BRK.B"], "daily")
    np.testing.assert_array_equal(panel.close, [[1, 3, np.nan], [2, np.nan, 4]])
    assert panel.times[0] == datetime(2024, 1, 2, 16)
    assert not any(panel.has_open)


@pytest.mark.parametrize("dates", ["text", "timestamp", "date"])
@pytest.mark.parametrize("categories", [True, False])
def test_a_long_parquet_file(tmp_path: Path, dates: str, categories: bool) -> None:
    frame = LONG.copy()
    if dates != "text":
        frame["date"] = pd.to_datetime(frame["date"])
    if dates == "date":
        frame["date"] = frame["date"].dt.date
    if categories:
        frame["symbol"] = frame["symbol"].astype("category")
    frame.to_parquet(tmp_path / "prices.parquet")
    check_long(MarketData.from_parquet(tmp_path / "prices.parquet"))
    check_long(MarketData.from_parquet(tmp_path))


def test_a_long_csv_file(tmp_path: Path) -> None:
    LONG.to_csv(tmp_path / "prices.csv", index=False)
    check_long(MarketData.from_csv(tmp_path))
    check_long(MarketData.from_csv(tmp_path / "prices.csv"))


MINUTES = pd.DataFrame(
    {
        "symbol": ["SPY", "SPY", "SPY", "SPY", "GME", "GME"],
        "time": [
            "2024-01-02 09:31",
            "2024-01-02 09:32",
            "2024-01-02 09:33",
            "2024-01-03 09:31",
            "2024-01-02 09:32",
            "2024-01-02 14:32",
        ],
        "close": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
    }
)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_folder_may_hold_days_hours_and_minutes_of_one_symbol(tmp_path: Path, kind: str) -> None:
    hours = MINUTES.iloc[[0, 1, 3]].assign(
        time=["2024-01-02 10:00", "2024-01-02 11:00", "2024-01-03 10:00"]
    )
    days = LONG.assign(symbol=["SPY", "SPY", "GME", "GME"])
    for name, frame in (("minute", MINUTES), ("hour", hours), ("daily", days)):
        if kind == "csv":
            frame.to_csv(tmp_path / f"{name}.csv", index=False)
        else:
            frame.to_parquet(tmp_path / f"{name}.parquet")
    data = MarketData.from_csv(tmp_path) if kind == "csv" else MarketData.from_parquet(tmp_path)
    assert data.resolutions == [Resolution.DAILY, Resolution.HOUR, Resolution.MINUTE]
    # GME's two rows are five hours apart, but they stand in a file of minutes.
    assert (data.symbols("minute"), data.symbols("hour")) == (["GME", "SPY"], ["SPY"])
    panel = data.panel(["SPY", "GME"], "minute")
    assert panel.times[:2] == [datetime(2024, 1, 2, 9, 31), datetime(2024, 1, 2, 9, 32)]
    np.testing.assert_array_equal(
        panel.close, [[1, np.nan], [2, 5], [3, np.nan], [np.nan, 6], [4, np.nan]]
    )
    assert data.frame("SPY", "hour")["close"].tolist() == [1, 2, 4]


def test_a_symbol_that_several_files_hold(tmp_path: Path) -> None:
    LONG.iloc[:1].to_parquet(tmp_path / "2024a.parquet")
    LONG.iloc[1:].to_parquet(tmp_path / "2024b.parquet")
    check_long(MarketData.from_parquet(tmp_path))


@pytest.mark.parametrize("ticker", ["NA", "NAN", "TRUE", "CON", "INF", "E", "brk-b"])
def test_one_csv_a_ticker_named_for_it(tmp_path: Path, ticker: str) -> None:
    (tmp_path / f"{ticker}.csv").write_text(
        "Date,High,Low,Open,Close,Volume,Adj Close\r\n2024-01-02,3,1,1.5,2,100,9\r\n2024-01-03,4,2,2.5,3,,9\r\n"
    )
    data = MarketData.from_csv(tmp_path)
    symbol = ticker.upper().replace("-", ".")
    assert data.symbols() == [symbol]
    frame = data.frame(symbol, "daily")
    assert frame["open"].tolist() == [1.5, 2.5]
    assert np.isnan(frame["volume"].iloc[1])


def test_one_parquet_a_ticker_with_a_named_or_an_unnamed_index(tmp_path: Path) -> None:
    days = pd.DatetimeIndex(["2024-01-02", "2024-01-03"])
    pd.DataFrame({"Close": [1.0, 2.0]}, index=days.rename("Date")).to_parquet(
        tmp_path / "SPY.parquet"
    )
    pd.DataFrame({"Close": [3.0, 4.0]}, index=days).to_parquet(tmp_path / "QQQ.parquet")
    panel = MarketData.from_parquet(tmp_path).panel(["SPY", "QQQ"], "daily")
    np.testing.assert_array_equal(panel.close, [[1, 3], [2, 4]])


def test_a_folder_may_hold_daily_and_hourly_bars_and_market_capitalisations(tmp_path: Path) -> None:
    LONG.to_parquet(tmp_path / "daily.parquet")
    times = pd.to_datetime(["2024-01-02 15:00", "2024-01-02 16:00"])
    pd.DataFrame({"ticker": ["NA", "NA"], "time": times, "close": [1.5, 1.0]}).to_parquet(
        tmp_path / "h.parquet"
    )
    caps = pd.DataFrame(
        {"symbol": ["NA", "BRK B"], "date": ["2024-01-03"] * 2, "market_cap": [5e6, 8e11]}
    )
    caps.to_parquet(tmp_path / "market_cap.parquet")
    data = MarketData.from_parquet(tmp_path)
    assert data.resolutions == [Resolution.DAILY, Resolution.HOUR]
    assert data.symbols("hour") == ["NA"]
    assert data.panel(["NA"], "hour").times[0] == datetime(2024, 1, 2, 15)
    assert data.market_cap is not None
    assert data.market_cap.to_dict("list") == {"NA": [5e6], "BRK.B": [8e11]}


def test_text_with_a_byte_order_mark_and_a_market(tmp_path: Path) -> None:
    (tmp_path / "00700.csv").write_text("\ufeffdate,close\n20240102,300\n", encoding="utf-8")
    data = MarketData.from_csv(tmp_path, market=Market.HKEX)
    assert data.symbols() == ["700.HK"]


def test_made_up_files_say_so(tmp_path: Path) -> None:
    table = pa.Table.from_pandas(LONG, preserve_index=False)
    pq.write_table(table, tmp_path / "true.parquet")
    assert not MarketData.from_parquet(tmp_path).made_up
    pq.write_table(
        table.replace_schema_metadata({"made_up": "made-up sample data"}), tmp_path / "true.parquet"
    )
    assert MarketData.from_parquet(tmp_path).made_up


def test_names_that_are_no_tickers_are_left_out_with_a_note(tmp_path: Path) -> None:
    pd.concat([LONG, LONG.assign(symbol="^VIX")]).to_parquet(tmp_path / "prices.parquet")
    data = MarketData.from_parquet(tmp_path)
    check_long(data)
    assert data.notes == ("4 rows of names that are no tickers left out (^VIX)",)


def parquet(folder: Path, **changes: object) -> None:
    LONG.assign(**changes).to_parquet(folder / "prices.parquet")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, r"must hold .parquet files. It is empty"),
        ({"a.txt": b"x"}, r"must hold .parquet files. It holds .txt files"),
        ({"a.parquet": b""}, r"path='a.parquet' must be a readable Parquet file"),
        (
            {"a.parquet": b"PAR1 and then nothing of the kind PAR1"},
            r"path='a.parquet' must be a readable Parquet",
        ),
    ],
)
def test_folders_without_usable_parquet(
    tmp_path: Path, content: dict[str, bytes], message: str
) -> None:
    for name, data in content.items():
        (tmp_path / name).write_bytes(data)
    with pytest.raises(MarketDataError, match=message):
        MarketData.from_parquet(tmp_path)


def test_nothing_is_there(tmp_path: Path) -> None:
    with pytest.raises(MarketDataError, match="nothing is there"):
        MarketData.from_parquet(tmp_path / "no.parquet")
    with pytest.raises(MarketDataError, match="nothing is there"):
        MarketData.from_csv(tmp_path / "no")


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (LONG.rename(columns={"close": "last"}), "columns of p.parquet=.*must hold a close"),
        (LONG.drop(columns="date"), "columns of p.parquet=.*must hold a date or time"),
        (LONG.iloc[:0], "path='p.parquet' must hold at least one row"),
        (
            LONG.assign(symbol=["NA", None, "A", "B"]),
            "p.parquet.symbol=None must be stated in every row. 1 rows",
        ),
        (LONG.assign(symbol="^VIX"), "p.parquet.symbol='.VIX' must be a ticker"),
        (LONG.assign(close=["1", "2", "x", "3"]), "p.parquet.close='x' must be a number"),
        (
            LONG.assign(close=[1.0, 2.0, -3.0, 4.0]),
            r"TRUE.close\[2024-01-02\]=-3.0 must be a finite price",
        ),
        (LONG.assign(date="someday"), "times of p.parquet='someday' must be times"),
        (LONG.assign(symbol="NA"), r"NA.close\[2024-01-02\]=3.0 must agree .* says 1.0"),
        (
            pd.DataFrame({"symbol": ["A"], "date": ["2024-01-02"], "market_cap": [1.0]}),
            "must hold prices",
        ),
    ],
)
def test_unusable_long_files(tmp_path: Path, frame: pd.DataFrame, message: str) -> None:
    frame.to_parquet(tmp_path / "p.parquet")
    with pytest.raises(MarketDataError, match=message):
        MarketData.from_parquet(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"columns of SPY.csv=\[\] must hold a close"),
        ("date,close\n", "path='SPY.csv' must hold at least one row"),
        (
            "2024-01-02,5\n2024-01-03,6\n",
            r"columns of SPY.csv=\['2024-01-02', '5'\] must hold a close",
        ),
        (
            "date,close\n2024-01-02,five\n",
            "path='SPY.csv' must be a readable CSV file.*invalid value 'five'",
        ),
        (
            "date,close\n2024-01-02,5,6\n",
            "path='SPY.csv' must be a readable CSV file.*Expected 2 columns",
        ),
        (
            "date,close\n2024-01-02,0\n",
            r"SPY.close\[2024-01-02\]=0.0 must be a finite price above 0",
        ),
        ("date,close\n,5\n", "times of SPY.csv='' must be times|NaT"),
    ],
)
def test_unusable_csv_files(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "SPY.csv").write_text(text)
    with pytest.raises(MarketDataError, match=message):
        MarketData.from_csv(tmp_path)


def test_the_same_bars_as_dates_and_as_closing_times_are_refused(tmp_path: Path) -> None:
    LONG.to_parquet(tmp_path / "a.parquet")
    LONG.assign(date=LONG["date"] + " 16:00").to_parquet(tmp_path / "b.parquet")
    with pytest.raises(MarketDataError, match=r"must hold the daily bars of .* once"):
        MarketData.from_parquet(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "Date;Close;Volume\n2024-01-02;17,5;100\n2024-01-03;16,25;100\n",
        "Date;Close;Volume\n2024-01-02;17.5;100\n2024-01-03;16.25;100\n",
        "Date\tClose\n2024-01-02\t17,5\n2024-01-03\t16,25\n",
    ],
)
def test_semicolons_tabs_and_decimal_commas(text: str, tmp_path: Path) -> None:
    (tmp_path / "GME.csv").write_text(text, encoding="utf-8")
    assert MarketData.from_csv(tmp_path).frame("GME", "daily")["close"].tolist() == [17.5, 16.25]


def test_thousands_are_refused_with_what_to_do(tmp_path: Path) -> None:
    for price in ("1.472,10", "1,472"):
        (tmp_path / "GME.csv").write_text(f"Date;Close\n2024-01-02;{price}\n", encoding="utf-8")
        with pytest.raises(MarketDataError, match="no thousands separators"):
            MarketData.from_csv(tmp_path)


@pytest.mark.parametrize("name", ["Close Price", "PX_LAST", "Adj. Close", "Last Price", "settle"])
def test_a_column_of_prices_is_no_ticker(name: str, tmp_path: Path) -> None:
    (tmp_path / "GME.csv").write_text(f"Date,{name}\n2024-01-02,17\n", encoding="utf-8")
    with pytest.raises(MarketDataError, match="must hold a close"):
        MarketData.from_csv(tmp_path)
