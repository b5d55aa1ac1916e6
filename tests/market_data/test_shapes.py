"""Prices in every shape that people have them in give the same bars, in memory and from files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from shortable.actions import Dividend, Split
from shortable.errors import MarketDataError, SymbolError
from shortable.market_data import MarketData
from shortable.symbol import Market

DAYS = pd.DatetimeIndex(["2024-01-02", "2024-01-03", "2024-01-04"], name="Date")
FIELDS = {"SPY": 10.0, "BRK-B": 20.0}


def bars(level: float) -> pd.DataFrame:
    """OHLCV in the order of today's yfinance."""
    step = np.arange(3.0)
    return pd.DataFrame(
        {
            "Close": level + 0.5 + step,
            "High": level + 1.0 + step,
            "Low": level - 1.0 + step,
            "Open": level + step,
            "Volume": 100.0 + step,
        },
        index=DAYS,
    )


def downloaded(*tickers: str, adjusted: bool = False, group_by: str = "column") -> pd.DataFrame:
    """What ``yf.download(tickers, group_by=…, auto_adjust=not adjusted)`` returns."""
    frames = {}
    for ticker in tickers:
        frame = bars(FIELDS[ticker])
        if adjusted:
            frame.insert(0, "Adj Close", frame["Close"] * 0.9)
        frames[ticker] = frame
    wide = pd.concat(frames, axis=1, names=["Ticker", "Price"])
    return wide if group_by == "ticker" else wide.swaplevel(axis=1).sort_index(axis=1)


def check(data: MarketData, *tickers: str) -> None:
    assert data.symbols() == sorted(t.replace("-", ".") for t in tickers)
    for ticker in tickers:
        frame = data.frame(ticker, "daily")
        expected = bars(FIELDS[ticker])
        assert frame.index[0] == pd.Timestamp("2024-01-02 16:00")
        for name in ("Open", "High", "Low", "Close", "Volume"):
            assert frame[name.lower()].tolist() == expected[name].tolist()


@pytest.mark.parametrize("tickers", [("SPY",), ("SPY", "BRK-B")])
@pytest.mark.parametrize("group_by", ["column", "ticker"])
@pytest.mark.parametrize("adjusted", [True, False])
class TestYfinanceDownloads:
    def test_in_memory(self, tickers: tuple[str, ...], group_by: str, adjusted: bool) -> None:
        frame = downloaded(*tickers, adjusted=adjusted, group_by=group_by)
        data = MarketData.from_frames(frame)
        check(data, *tickers)
        assert data.basis == ("split_adjusted" if adjusted else "total_return")
        assert data.assumptions == ()

    def test_without_names_of_the_levels(
        self, tickers: tuple[str, ...], group_by: str, adjusted: bool
    ) -> None:
        frame = downloaded(*tickers, adjusted=adjusted, group_by=group_by)
        frame.columns = frame.columns.set_names([None, None])
        check(MarketData.from_frames(frame), *tickers)

    def test_saved_as_csv(
        self, tmp_path: Path, tickers: tuple[str, ...], group_by: str, adjusted: bool
    ) -> None:
        frame = downloaded(*tickers, adjusted=adjusted, group_by=group_by)
        frame.to_csv(tmp_path / "prices.csv")
        lines = (tmp_path / "prices.csv").read_text().splitlines()
        assert [line.split(",")[0] for line in lines[:3]] == [*frame.columns.names, "Date"]
        data = MarketData.from_csv(tmp_path)
        check(data, *tickers)
        assert data.basis == ("split_adjusted" if adjusted else "total_return")

    def test_saved_as_csv_and_read_by_pandas(
        self, tmp_path: Path, tickers: tuple[str, ...], group_by: str, adjusted: bool
    ) -> None:
        frame = downloaded(*tickers, adjusted=adjusted, group_by=group_by)
        frame.to_csv(tmp_path / "prices.csv")
        basis = "split_adjusted" if adjusted else "total_return"
        for read in (
            pd.read_csv(tmp_path / "prices.csv", header=[0, 1], index_col=0, parse_dates=True),
            pd.read_csv(tmp_path / "prices.csv", header=[0, 1], index_col=0),  # dates are text
            pd.read_csv(tmp_path / "prices.csv"),  # tickers are the first row
        ):
            data = MarketData.from_frames(read)
            check(data, *tickers)
            assert data.basis == basis

    def test_saved_as_parquet(
        self, tmp_path: Path, tickers: tuple[str, ...], group_by: str, adjusted: bool
    ) -> None:
        frame = downloaded(*tickers, adjusted=adjusted, group_by=group_by)
        frame.to_parquet(tmp_path / "prices.parquet")
        check(MarketData.from_parquet(tmp_path), *tickers)


def test_a_download_of_one_ticker_under_the_ticker() -> None:
    check(MarketData.from_frames({"SPY": downloaded("SPY")}), "SPY")
    check(MarketData.from_frames({"SPY": downloaded("SPY", "BRK-B")}), "SPY")
    with pytest.raises(MarketDataError, match=r"columns of GME=.* must be those of GME"):
        MarketData.from_frames({"GME": downloaded("SPY", "BRK-B")})


def test_a_ticker_that_was_not_downloaded_is_named() -> None:
    frame = downloaded("SPY", "BRK-B")
    frame.loc[:, pd.IndexSlice[:, "BRK-B"]] = np.nan
    with pytest.raises(MarketDataError, match=r"bars='BRK.B' must have at least one row"):
        MarketData.from_frames(frame)


def test_days_of_other_tickers_are_no_gaps_and_days_between_are() -> None:
    frame = downloaded("SPY", "BRK-B")
    frame.loc[DAYS[0], pd.IndexSlice[:, "BRK-B"]] = np.nan
    data = MarketData.from_frames(frame)
    assert data.notes == ()
    assert len(data.frame("BRK.B", "daily")) == 2
    frame = downloaded("SPY", "BRK-B")
    frame.loc[DAYS[1], pd.IndexSlice[:, "BRK-B"]] = np.nan
    assert MarketData.from_frames(frame).notes == (
        "1 row without any price left out: BRK.B 2024-01-03",
    )
    frame.loc[DAYS[1], ("Volume", "BRK-B")] = 5.0
    frame.loc[DAYS[1], ("Open", "BRK-B")] = 5.0
    with pytest.raises(MarketDataError, match=r"BRK.B.close\[2024-01-03\]=nan must be a finite"):
        MarketData.from_frames(frame)


def test_repeated_and_unsorted_rows_are_named() -> None:
    frame = downloaded("SPY")
    shuffled = pd.concat([frame, frame.iloc[[0]]]).iloc[[2, 3, 0, 1]]
    data = MarketData.from_frames(shuffled)
    check(data, "SPY")
    assert data.notes == ("1 row the same as another of that time left out: SPY 2024-01-02",)
    other = frame.iloc[[0]].copy()
    other[("Close", "SPY")] += 0.25
    with pytest.raises(MarketDataError, match=r"SPY.close\[2024-01-02\]=10.75 must agree"):
        MarketData.from_frames(pd.concat([frame, other]))


def test_history_of_one_ticker() -> None:
    frame = bars(10.0).assign(Dividends=0.0, **{"Stock Splits": 0.0})
    frame.index = frame.index.tz_localize("America/New_York")
    data = MarketData.from_frames({"SPY": frame})
    check(data, "SPY")
    assert data.basis == "total_return"
    assert MarketData.from_frames({"SPY": frame.assign(**{"Adj Close": 1.0})}).basis == (
        "split_adjusted"
    )


def closes() -> pd.DataFrame:
    return pd.DataFrame({t: bars(level)["Close"] for t, level in FIELDS.items()})


def check_closes(data: MarketData) -> None:
    panel = data.panel(["SPY", "BRK.B"], "daily")
    assert panel.times[0] == datetime(2024, 1, 2, 16)
    assert panel.close.tolist() == closes().to_numpy().tolist()
    assert not any(panel.has_open)


def test_wide_closes_in_memory_and_in_files(tmp_path: Path) -> None:
    data = MarketData.from_frames(closes())
    check_closes(data)
    assert data.basis == "raw"
    assert "assumed raw" in data.assumptions[0]
    check_closes(MarketData.from_frames(closes().reset_index()))
    for name, index in (("a", "Date"), ("b", None)):
        frame = closes().rename_axis(index)
        frame.to_csv(tmp_path / f"{name}.csv")
        check_closes(MarketData.from_csv(tmp_path / f"{name}.csv"))
        frame.to_parquet(tmp_path / f"{name}.parquet")
        check_closes(MarketData.from_parquet(tmp_path / f"{name}.parquet"))


def test_the_closes_of_a_download_are_total_return() -> None:
    data = MarketData.from_frames(downloaded("SPY", "BRK-B")["Close"])
    check_closes(data)
    assert data.basis == "total_return"
    assert MarketData.from_frames(downloaded("SPY")["Close"], basis="split_adjusted").basis == (
        "split_adjusted"
    )


def test_wide_closes_with_days_before_a_listing() -> None:
    frame = closes()
    frame.loc[DAYS[0], "BRK-B"] = np.nan
    data = MarketData.from_frames(frame)
    assert data.frame("BRK.B", "daily")["close"].tolist() == [21.5, 22.5]
    assert data.notes == ()


def test_an_index_among_the_tickers_is_left_out() -> None:
    data = MarketData.from_frames(closes().assign(**{"^VIX": 13.0}))
    check_closes(data)
    assert data.notes == ("columns that are no tickers left out (^VIX)",)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (
            pd.DataFrame({"price": [1.0]}, index=DAYS[:1]),
            r"columns of frames=\['price'\] must hold a",
        ),
        (pd.DataFrame({"open": [1.0], "SPY": [2.0]}, index=DAYS[:1]), "must hold a close"),
        (pd.DataFrame({"SPY": [1.0]}), "must hold a close"),
        (bars(10.0), "say whose prices they are. Pass {ticker: frame}"),
        (
            pd.DataFrame([[1.0]], DAYS[:1], pd.MultiIndex.from_tuples([("Bid", "SPY")])),
            "be prices",
        ),
        (5, "frames=5 must be a mapping of tickers to DataFrames, a DataFrame or an Arrow table"),
    ],
)
def test_shapes_that_are_none(frame: Any, message: str) -> None:
    with pytest.raises(MarketDataError, match=message):
        MarketData.from_frames(frame)


def test_a_column_of_text_is_no_price() -> None:
    with pytest.raises(MarketDataError, match=r"NAME='x' must be a number|NAME.close='x'"):
        MarketData.from_frames(pd.DataFrame({"SPY": [1.0], "NAME": ["x"]}, index=DAYS[:1]))


def long() -> pd.DataFrame:
    parts = [bars(level).reset_index().assign(symbol=t) for t, level in FIELDS.items()]
    return pd.concat(parts, ignore_index=True)


def test_long_frames() -> None:
    check(MarketData.from_frames(long()), *FIELDS)
    check(MarketData.from_frames(long().sample(frac=1, random_state=1)), *FIELDS)
    check(MarketData.from_frames(long().set_index("Date")), *FIELDS)
    check(MarketData.from_frames(long().set_index(["symbol", "Date"])), *FIELDS)


class TestArrow:
    """Any library with the Arrow PyCapsule interface, without a dependency on it."""

    def test_pyarrow(self) -> None:
        check(MarketData.from_frames(pa.Table.from_pandas(long())), *FIELDS)
        table = pa.Table.from_pandas(bars(10.0).reset_index())
        check(MarketData.from_frames({"SPY": table}), "SPY")
        check_closes(MarketData.from_frames(pa.Table.from_pandas(closes().reset_index())))

    def test_the_capsule_alone(self) -> None:
        class Foreign:
            """A library that has nothing but the capsule."""

            def __init__(self, table: pa.Table) -> None:
                self.table = table

            def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
                return self.table.__arrow_c_stream__(requested_schema)

        check(MarketData.from_frames(Foreign(pa.Table.from_pandas(long()))), *FIELDS)

    def test_polars(self) -> None:
        polars = pytest.importorskip("polars")
        frame = polars.from_pandas(long())
        check(MarketData.from_frames(frame), *FIELDS)
        dates = frame.with_columns(polars.col("Date").cast(polars.Date))
        check(MarketData.from_frames(dates), *FIELDS)
        named = frame.with_columns(polars.col("symbol").cast(polars.Categorical))
        check(MarketData.from_frames(named), *FIELDS)
        zoned = frame.with_columns(polars.col("Date").dt.replace_time_zone("America/New_York"))
        check(MarketData.from_frames(zoned), *FIELDS)
        one = polars.from_pandas(bars(10.0).reset_index())
        check(MarketData.from_frames({"SPY": one}), "SPY")
        check_closes(MarketData.from_frames(polars.from_pandas(closes().reset_index())))

    def test_duckdb(self) -> None:
        duckdb = pytest.importorskip("duckdb")
        prices = long()
        relation = duckdb.sql("SELECT * FROM prices ORDER BY Volume")
        check(MarketData.from_frames(relation), *FIELDS)
        assert len(prices) == 6


def test_markets_by_suffix() -> None:
    frame = closes().set_axis(["VOD.L", "7203.T"], axis=1)
    data = MarketData.from_frames(frame)
    assert data.symbols() == ["7203.JP", "VOD.GB"]
    assert data.panel(["7203.T"], "daily").times[0] == datetime(2024, 1, 2, 15, 30)
    assert data.panel(["VOD.L"], "daily").times[0] == datetime(2024, 1, 2, 16, 30)
    with pytest.raises(SymbolError, match="suffix of a market"):
        MarketData.from_frames({"TEVA.TA": bars(10.0)})
    with pytest.raises(SymbolError, match="suffix of a market"):
        MarketData.from_frames(long().assign(symbol="TEVA.TA"))
    canada = MarketData.from_frames({"ZFS.L": bars(10.0)}, market=Market.CANADA)
    assert canada.symbols() == ["ZFS.L.CA"]


@pytest.mark.parametrize("pence", ["GBp", "GBX"])
def test_pence_become_pounds(pence: str) -> None:
    data = MarketData.from_frames({"VOD.L": bars(70.0)}, currency=pence)
    assert data.symbols() == ["VOD.GB"]
    frame = data.frame("VOD.GB", "daily")
    assert frame["close"].tolist() == pytest.approx([0.705, 0.715, 0.725])
    assert frame["volume"].tolist() == [100.0, 101.0, 102.0]  # shares are no pence
    spelled = MarketData.from_frames({f"VOD.L@{pence}": bars(70.0)})
    pd.testing.assert_frame_equal(spelled.frame("VOD.L", "daily"), frame)
    column = MarketData.from_frames({"VOD.L": bars(70.0).assign(currency=pence)})
    pd.testing.assert_frame_equal(column.frame("VOD.L", "daily"), frame)
    stated = MarketData.from_frames({"VOD.L": bars(7.0)}, currency="GBP")
    assert stated.frame("VOD.L", "daily")["open"].tolist() == [7.0, 8.0, 9.0]


def test_currencies_of_a_long_frame_are_each_row_s_own() -> None:
    frame = long().replace({"symbol": {"SPY": "VOD.L", "BRK-B": "BHP.L"}})
    frame["currency"] = np.where(frame["symbol"] == "VOD.L", "GBp", "USD")
    data = MarketData.from_frames(frame)
    assert data.symbols() == ["BHP.GB@USD", "VOD.GB"]
    assert data.frame("VOD.L", "daily")["open"].tolist() == pytest.approx([0.1, 0.11, 0.12])
    assert data.frame("BHP.L@USD", "daily")["open"].tolist() == [20.0, 21.0, 22.0]
    frame.loc[0, "currency"] = "GBP"
    with pytest.raises(
        MarketDataError, match=r"frames.currency='GB.' must be one for all rows of VOD.GB"
    ):
        MarketData.from_frames(frame)


def test_yfinance_s_intraday_bars_are_moved_to_their_end() -> None:
    # yfinance labels hours by their beginning, in the exchange's zone; the last is half an hour long.
    starts = pd.DatetimeIndex(
        [f"2024-01-02 {t}" for t in ("13:30", "14:30", "15:30")], tz="America/New_York"
    )
    frame = downloaded("SPY", adjusted=True)
    frame.index = starts.rename("Datetime")
    data = MarketData.from_frames(frame)
    ends = [datetime(2024, 1, 2, h, m) for h, m in ((14, 30), (15, 30), (16, 0))]
    assert data.panel(["SPY"], "hour").times == ends
    assert data.notes == ("bars labelled by their beginning moved to their end, 60 minutes later",)
    flat = bars(10.0).set_index(starts)
    assert (
        MarketData.from_frames({"SPY": flat}, labels="start").panel(["SPY"], "hour").times == ends
    )
    kept = MarketData.from_frames(frame, labels="end").panel(["SPY"], "hour").times
    assert kept[0] == datetime(2024, 1, 2, 13, 30)
    with pytest.raises(MarketDataError, match="labels='begin' must be 'end' or 'start'"):
        MarketData.from_frames(frame, labels="begin")  # type: ignore[arg-type]  # on purpose


def test_dividends_and_splits_beside_the_prices() -> None:
    extra = {"Dividends": [0.0, 0.5, 0.0], "Stock Splits": [0.0, 0.0, 4.0]}
    history = bars(10.0).assign(**{"Adj Close": 1.0}, **extra)
    expected = [
        Dividend("SPY", "2024-01-03", 0.5, "split_adjusted"),
        Split("SPY", "2024-01-04", 4, 1),
    ]
    assert list(MarketData.from_frames({"SPY": history}).actions) == expected
    several = pd.concat({"SPY": history, "GME": history.assign(Dividends=0.0)}, axis=1)
    actions = MarketData.from_frames(several).actions
    assert set(actions) == {*expected, Split("GME", "2024-01-04", 4, 1)}
    long_table = history.reset_index().assign(symbol="SPY")
    assert list(MarketData.from_frames(long_table).actions) == expected
    assert list(MarketData.from_frames({"SPY": bars(10.0)}).actions) == []
    pence = MarketData.from_frames({"VOD.L": history}, currency="GBp").actions
    assert pence.dividends[0].amount == pytest.approx(0.005)


def test_an_index_of_dates_in_any_type() -> None:
    frame = bars(10.0)
    for index in (
        pd.Index([d.date() for d in DAYS]),
        pd.Index([f"{d:%Y-%m-%d}" for d in DAYS]),
        DAYS.to_period("D"),
    ):
        check(MarketData.from_frames({"SPY": frame.set_axis(index, axis=0)}), "SPY")
    with pytest.raises(MarketDataError, match="times of SPY='first' must be times"):
        MarketData.from_frames({"SPY": frame.set_axis(["first", "second", "third"], axis=0)})


def test_bars_that_stand_at_the_open_and_never_at_the_close_are_labelled_by_their_beginning() -> (
    None
):
    # An hour that ended at 09:30 is none of the session's; 15:30 is the half hour before the close.
    starts = pd.DatetimeIndex([f"2024-01-0{d} {h:02}:30" for d in (2, 3) for h in range(9, 16)])
    frame = pd.DataFrame({"close": range(1, 15)}, index=starts)
    data = MarketData.from_frames({"SPY": frame})
    times = data.panel(["SPY"], "hour").times
    assert (times[0], times[6]) == (datetime(2024, 1, 2, 10, 30), datetime(2024, 1, 2, 16))
    assert data.notes == ("bars labelled by their beginning moved to their end, 60 minutes later",)
    stated = MarketData.from_frames({"SPY": frame}, labels="end").panel(["SPY"], "hour").times
    assert stated[0] == datetime(2024, 1, 2, 9, 30)
    # With the close among them, or extended hours, the labels say nothing, and are ends as documented.
    for more in ("2024-01-02 16:00", "2024-01-02 08:30"):
        longer = pd.concat([frame, pd.DataFrame({"close": [9]}, index=[pd.Timestamp(more)])])
        kept = MarketData.from_frames({"SPY": longer}).panel(["SPY"], "hour").times
        assert datetime(2024, 1, 2, 9, 30) in kept


@pytest.mark.parametrize(
    "head",
    [
        "symbol,timestamp,open,high,low,close,volume,trade_count,vwap",
        "ticker,timestamp,open,high,low,close,volume,transactions,vwap",
        "symbol,window_start,open,high,low,close,volume,transactions,otc",
        "symbol,t,o,h,l,c,v,n,vw",
    ],
)
def test_alpaca_s_and_polygon_s_bars_are_moved_to_their_end(head: str, tmp_path: Path) -> None:
    # 2024-01-02 08:30 in New York, before the open: that is 1704202200 s since 1970.
    text = "".join(
        f"\nGME,{(1704202200 + 60 * minute) * 1000},1,2,0.5,1.5,100,5,1" for minute in range(3)
    )
    (tmp_path / "bars.csv").write_text(head + text + "\n", encoding="utf-8")
    expected = [datetime(2024, 1, 2, 8, 31 + minute) for minute in range(3)]
    assert MarketData.from_csv(tmp_path).panel(["GME"], "minute").times == expected
    frame = pd.read_csv(tmp_path / "bars.csv")
    assert MarketData.from_frames(frame).panel(["GME"], "minute").times == expected
    frame.to_parquet(tmp_path / "bars.parquet", index=False)
    assert MarketData.from_parquet(tmp_path).panel(["GME"], "minute").times == expected


def test_single_letters_are_tickers_where_there_are_dates() -> None:
    frame = pd.DataFrame({t: [1.0] for t in "TOHLCV"}, pd.to_datetime(["2024-01-02"]))
    assert len(MarketData.from_frames(frame).symbols()) == 6


@pytest.mark.parametrize(
    ("beside", "basis"),
    [
        ({"Adj Close": 1.0}, "split_adjusted"),
        ({"closeadj": 1.0, "closeunadj": 9.0}, "split_adjusted"),  # Sharadar
        ({"adjClose": 1.0, "divCash": 0.0, "splitFactor": 1.0}, "raw"),  # Tiingo
        ({"adjusted_close": 1.0, "split_coefficient": 1.0}, "raw"),  # Alpha Vantage
    ],
)
def test_the_basis_by_what_stands_beside_the_close(beside: dict[str, float], basis: str) -> None:
    data = MarketData.from_frames({"SPY": bars(10.0).assign(**beside)})
    assert data.basis == basis
    assert bool(data.assumptions) == (basis == "raw")


def test_a_label_that_cannot_be_read_is_the_one_that_is_named(tmp_path: Path) -> None:
    (tmp_path / "SPY.csv").write_text("Date,Close\n2024-01-02,4\n\nSource: x,\n", encoding="utf-8")
    with pytest.raises(MarketDataError, match=r"times of SPY\.csv='Source: x' must be times"):
        MarketData.from_csv(tmp_path)
