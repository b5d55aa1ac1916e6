"""The sample data: reproducible, small, honest about being made up, and shaped like real files."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from shortable.market_data import MarketData, Resolution
from shortable.store import open_store

DATA = Path(__file__).parents[2] / "data"
FILES = [
    "daily.parquet",
    "hour.parquet",
    "market_cap.parquet",
    "shortable/axos.parquet",
    "shortable/interactivebrokers.parquet",
    "short_interest/made_up.parquet",
    "reference/shares_outstanding.parquet",
]
PAIRS = [("UPRO", "SPXU"), ("TQQQ", "SQQQ"), ("TNA", "TZA"), ("SOXL", "SOXS"), ("LABU", "LABD")]


@pytest.fixture(scope="module")
def anew(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    run = subprocess.run(
        [sys.executable, str(DATA / "generate.py"), "--out", str(folder)],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture(scope="module")
def sample() -> MarketData:
    return MarketData.sample()


def rows(broker: str) -> pd.DataFrame:
    frame = pq.read_table(DATA / "equity/usa/shortable" / f"{broker}.parquet").to_pandas()
    frame["local"] = frame["as_of"].dt.tz_convert("America/New_York").dt.tz_localize(None)
    return frame


@pytest.mark.parametrize("name", FILES)
def test_s10_the_script_writes_the_committed_tables_again(anew: Path, name: str) -> None:
    """S10. Tables and metadata are compared, not bytes: Parquet's name the version of pyarrow that wrote them."""
    committed, written = (pq.read_table(folder / "equity/usa" / name) for folder in (DATA, anew))
    assert written.equals(committed, check_metadata=True)


def test_nothing_else_is_written(anew: Path) -> None:
    found = {p.relative_to(anew / "equity/usa").as_posix() for p in anew.rglob("*.parquet")}
    assert found == set(FILES)


def test_all_of_it_is_under_3_mb() -> None:
    assert sum(p.stat().st_size for p in DATA.rglob("*") if p.is_file()) < 3_000_000


def test_it_says_that_it_is_made_up(sample: MarketData) -> None:
    assert (DATA / "README.md").read_text().startswith("The numbers in this folder are made up")
    assert sample.made_up
    assert sample.source == "MarketData.sample()"
    for name in (*FILES[:3], *FILES[5:]):
        assert b"made_up" in pq.read_schema(DATA / "equity/usa" / name).metadata
    for broker in ("axos", "interactivebrokers"):
        assert open_store(broker, data_folder=DATA).made_up.all()


def test_daily_bars_of_30_symbols_over_both_years(sample: MarketData) -> None:
    symbols = sample.symbols(Resolution.DAILY)
    assert len(symbols) == 30
    assert {"SPY", "AAPL", "IBM", "BAC", "GME", "AMC", *np.ravel(PAIRS)} <= set(symbols)
    panel = sample.panel(symbols, "daily")
    # NYSE had 250 sessions in 2023 and 252 in 2024.
    assert panel.close.shape == (502, 30)
    assert not np.isnan(panel.close).any()
    assert all(panel.has_open)
    assert (panel.times[0], panel.times[-1]) == (
        datetime(2023, 1, 3, 16),
        datetime(2024, 12, 31, 16),
    )
    days = {t.date() for t in panel.times}
    for holiday in (date(2023, 4, 7), date(2024, 3, 29), date(2024, 6, 19), date(2024, 11, 28)):
        assert holiday not in days
    assert all(d.weekday() < 5 for d in days)


def test_prices_look_like_prices(sample: MarketData) -> None:
    panel = sample.panel(sample.symbols("daily"), "daily")
    returns = pd.DataFrame(np.diff(np.log(panel.close), axis=0), columns=list(panel.symbols))
    volatility = returns.std() * np.sqrt(252)
    assert 0.10 < volatility["SPY"] < 0.25
    assert (volatility < 1.3).all()
    assert returns["SPY"].kurt() > 1  # heavier tails than the normal's 0
    assert returns.corr().loc["SPY", "QQQ"] > 0.7
    assert (panel.volume > 0).all()
    # Bars move within the day: high above low in all but a handful of bars.
    assert (panel.high > panel.low).mean() > 0.99


@pytest.mark.parametrize(("bull", "bear"), PAIRS)
def test_leveraged_pairs_multiply_the_day_and_decay(
    sample: MarketData, bull: str, bear: str
) -> None:
    index = {"UPRO": "SPY", "TQQQ": "QQQ", "TNA": "IWM", "SOXL": "SOXX", "LABU": "XBI"}[bull]
    closes = {t: sample.frame(t, "daily")["close"] for t in (bull, bear, index)}
    day = {t: c.pct_change().dropna() for t, c in closes.items()}
    # To a few basis points: cents on a price of 5 to 100 dollars, and the funds' cost.
    assert np.abs(day[bull] - 3 * day[index]).max() < 0.003
    assert np.abs(day[bear] + 3 * day[index]).max() < 0.003
    assert (
        closes[bull].iloc[-1] / closes[bull].iloc[0] * closes[bear].iloc[-1] / closes[bear].iloc[0]
        < 0.8
    )


def test_hourly_bars_of_penny_stocks_end_on_the_hour(sample: MarketData) -> None:
    symbols = sample.symbols(Resolution.HOUR)
    assert 12 <= len(symbols) <= 20
    panel = sample.panel(symbols, "hour")
    # 2024-01-02 to 2024-03-28 holds 61 sessions of 7 bars: 10:00, 11:00, … 16:00.
    assert panel.close.shape == (61 * 7, len(symbols))
    assert [t.hour for t in panel.times[:7]] == [10, 11, 12, 13, 14, 15, 16]
    assert {t.minute for t in panel.times} == {0}


def test_penny_stocks_are_pumped_and_fall_back(sample: MarketData) -> None:
    closes = pd.DataFrame({s: sample.frame(s, "hour")["close"] for s in sample.symbols("hour")})
    middle, width = closes.rolling(20).mean(), closes.rolling(20).std()
    above = closes > middle + 2 * width
    pumped = closes.max() / closes.median() > 1.5
    assert above.any().all()
    assert pumped.sum() >= 10
    # Ten bars of rise, then most of it gone within a week.
    for ticker in closes.columns[pumped]:
        top = int(closes[ticker].to_numpy().argmax())
        later = closes[ticker].iloc[top : top + 35].min()
        assert later < closes[ticker].iloc[top] * 0.75


def test_the_universe_has_small_and_cheap_names_and_others(sample: MarketData) -> None:
    caps = sample.market_cap
    assert caps is not None
    closes = pd.DataFrame({s: sample.frame(s, "hour")["close"] for s in sample.symbols("hour")})
    last = closes.groupby(closes.index.normalize()).last()
    own = caps[last.columns].loc[last.index]
    chosen = (own <= 5e6) & (last <= 1)  # the penny stock example's filter
    assert (chosen.sum(axis=1) >= 5).all()
    assert (~chosen).any().sum() >= 5  # a pump carries some of them out of it
    assert caps["AAPL"].min() > 1e12
    assert "SPY" not in caps


def test_sample_spy_at_axos_is_finite_in_january_2024_and_fits_the_issues_cash(
    sample: MarketData,
) -> None:
    """One share more than available must be refused for availability, and all available must be affordable."""
    spy = rows("axos").query("symbol == 'SPY' and '2024-01-02' <= local < '2024-02-01'")
    assert len(spy) == 21
    assert (spy["quantity"] > 0).all()
    closes = sample.frame("SPY", "daily").loc["2024-01-01":"2024-02-01", "close"]
    # Reg T: 1,000,000 of cash carries shorts of 2,000,000.
    assert spy["quantity"].max() * closes.max() < 2_000_000


def test_axos_lists_once_a_session_from_midnight_and_misses_two(sample: MarketData) -> None:
    store = open_store("axos", data_folder=DATA)
    assert store.complete.all()
    local = pd.DatetimeIndex(store.as_of.view("datetime64[us]"), tz="UTC").tz_convert(
        "America/New_York"
    )
    assert {t.hour for t in local} == {0}
    sessions = {t.date() for t in sample.panel(["SPY"], "daily").times}
    assert sessions - {t.date() for t in local} == {date(2023, 8, 14), date(2024, 10, 22)}


def test_quantities_are_bucketed_and_floors_are_flagged() -> None:
    frame = pd.concat([rows("axos"), rows("interactivebrokers")])
    quantity = frame["quantity"]
    assert (quantity > 0).all()
    steps = [
        (100, 1_000, 100),
        (1_000, 10_000, 1_000),
        (10_000, 100_000, 5_000),
        (100_000, 1_000_000, 50_000),
        (1_000_000, 10_000_000, 100_000),
    ]
    for low, high, step in steps:
        inside = quantity[(quantity >= low) & (quantity < high)]
        assert len(inside) > 50
        assert (inside % step == 0).all()
    floors = frame[frame["quantity_is_floor"]]
    assert (floors["quantity"] == 10_000_000).all()
    assert 0.05 < len(floors) / len(rows("interactivebrokers")) < 0.4


def test_symbols_are_omitted_rates_are_missing_and_rebates_negative() -> None:
    frame = rows("interactivebrokers")
    snapshots = frame["local"].nunique()
    listed = frame.groupby("symbol").size()
    assert not {"DVLN", "KRVN"} & set(listed.index)
    for ticker in ("BYND", "SQQQ", "LABU", "AMC", "GME"):
        assert 0.7 * snapshots < listed[ticker] < snapshots
    assert listed["SPY"] == snapshots
    assert 0.003 < frame["fee_rate"].isna().mean() < 0.02
    assert (frame.loc[frame["fee_rate"].isna(), "rebate_rate"].isna()).all()
    assert (frame["fee_rate"].dropna() >= 0.0025).all()
    assert 0.2 < (frame["rebate_rate"] < 0).mean() < 0.7
    benchmark = (
        (frame["fee_rate"] + frame["rebate_rate"])
        .dropna()
        .round(6)
        .groupby(frame["local"])
        .nunique()
    )
    assert (benchmark == 1).all()
    axos = rows("axos")
    assert axos["fee_rate"].isna().any()
    assert (axos["fee_rate"].isna() != axos["rebate_rate"].isna()).any()


def test_availability_collapses_within_a_day_of_the_squeeze(sample: MarketData) -> None:
    frame = rows("interactivebrokers")
    day = frame[frame["local"].dt.date == date(2024, 5, 13)]
    times = sorted(day["local"].unique())
    assert len(times) == 7
    gme = day[day["symbol"] == "GME"].set_index("local")["quantity"].reindex(times)
    assert gme.iloc[0] >= 500_000
    assert gme.dropna().is_monotonic_decreasing
    assert gme.iloc[-3:].isna().all()
    assert frame.loc[frame["symbol"] == "GME", "fee_rate"].max() > 1.0
    closes = sample.frame("GME", "daily")["close"]
    assert (
        closes.loc["2024-05-14":"2024-05-15"].iloc[0]
        > 2 * closes.loc["2024-05-10":"2024-05-11"].iloc[0]
    )


def test_one_list_repeats_the_day_before() -> None:
    store = open_store("interactivebrokers", data_folder=DATA)
    digests = [s.digest for s in store.snapshots]
    repeated = [i for i in range(1, len(digests)) if digests[i] == digests[i - 1]]
    days = {pd.Timestamp(store.snapshots[i].as_of, unit="us").date() for i in repeated}
    assert date(2024, 8, 6) in days


def test_short_interest_is_published_late_and_once_revised() -> None:
    frame = pq.read_table(DATA / "equity/usa/short_interest/made_up.parquet").to_pandas()
    # Two settlement dates a month over 24 months, 20 symbols, and one figure told twice.
    assert len(frame) == 48 * 20 + 1
    days = (
        frame["known_at"].dt.tz_localize(None) - pd.to_datetime(frame["settlement_date"])
    ).dt.days
    assert (
        days.min() >= 11
    )  # 8 business days are 10 calendar days at least, and then the next session
    (twice,) = frame[frame.duplicated(["symbol", "settlement_date"], keep="last")].itertuples()
    assert (twice.symbol, twice.settlement_date) == ("AMC", date(2023, 6, 15))
    told = frame[(frame["symbol"] == "AMC") & (frame["settlement_date"] == date(2023, 6, 15))]
    assert told["by_rule"].tolist() == [True, False]
    assert told["shares_short"].is_monotonic_increasing
    after = frame[
        (frame["symbol"] == "AMC") & (frame["settlement_date"] == date(2023, 6, 30))
    ].iloc[0]
    assert (after["revised"], after["previous"]) == (True, told["shares_short"].iloc[-1])
    assert (frame["days_to_cover"] >= 1).all()
