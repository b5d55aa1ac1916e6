"""Studies: their figures are those of data that were laid out by hand, and of other tools on the real files."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from shortable import CustomShortableProvider, FrameShortableProvider, LocalDiskShortableProvider
from shortable.errors import InvalidInputError
from shortable.importers import import_source
from shortable.market_data import MarketData
from shortable.studies import borrow_market, daily_limits, leveraged_pairs, snapshot_times

MORNING = datetime(2024, 1, 2, 9)
FEES = {"A": 0.0025, "B": 0.009, "C": 0.02, "D": 0.30, "E": 2.00}


def market() -> FrameShortableProvider:
    shares = pd.DataFrame(
        {"A": [900], "B": [800], "C": [700], "D": [60], "E": [5], "F": [4]}, [MORNING]
    )
    return FrameShortableProvider(shares, pd.DataFrame(FEES, [MORNING]))


def test_the_borrow_market_in_figures():
    """Of five fees (F has none) two are below 1 %; the rest cost (0.02 + 0.30 + 2.00) / 3 = 0.7733 on average."""
    study = borrow_market(market(), [MORNING])
    fees = study.tables["Fees, fractions of a year"]["2024-01-02"]
    assert fees.to_dict() == pytest.approx(
        {
            "names": 5,
            "below 1 %": 0.4,
            "mean of the rest": 2.32 / 3,
            "above 10 %": 0.4,
            "above 100 %": 0.2,
        }
    )
    left = study.tables["What is left, 2024-01-02 09:00"]
    assert left["names"].tolist() == [1, 1, 1, 0, 1, 1]
    assert left["median"].tolist() == pytest.approx([900, 800, 700, np.nan, 60, 5], nan_ok=True)
    assert study.findings[0].startswith("40% of 5 names cost less than 1 % a year (91 % in 2001)")
    assert len(study.plot().lines) == 4


@pytest.mark.parametrize("part", [1.0, 0.1])
def test_daily_limits_in_figures(part):
    """Four limits, 0, 1,000, 20,000 and 5,000,000: orders of 10,000 shares are over two of them, over three of a tenth."""
    limits = pd.DataFrame(
        {"A": [0, 1_000], "B": [20_000, 5_000_000]}, [MORNING, datetime(2024, 1, 3, 9)]
    )
    study = daily_limits(
        FrameShortableProvider(limits, kind="daily_flow"), [MORNING, datetime(2024, 1, 3, 9)]
    )
    refused = study.tables["Part of the orders that is refused"][f"{part:.0%} of the limit"]
    expected = {1.0: [0.25, 0.50, 0.75, 0.75, 1.0], 0.1: [0.50, 0.75, 0.75, 1.0, 1.0]}[part]
    assert refused.tolist() == expected
    assert study.tables["The limits"].loc["no limit left (0)", "figure"] == 0.25
    assert len(study.plot().lines) == 3


def test_leveraged_pairs_on_the_sample():
    provider = LocalDiskShortableProvider("interactivebrokers")
    days = pd.bdate_range("2024-01-02", "2024-03-28") + pd.Timedelta(hours=10)
    study = leveraged_pairs(MarketData.sample(), provider, list(days.to_pydatetime()), draws=0)
    table, lives = study.tables.values()
    assert table.loc["on paper", ["borrow costs", "refused"]].tolist() == [0, 0]
    fees = table["borrow costs"].to_dict()
    assert fees["… / 365"] == pytest.approx(fees["… and its fees, market value / 360"], rel=0.03)
    assert (
        fees["… Interactive Brokers' collateral mark"] > fees["… and its fees, market value / 360"]
    )
    assert table["refused"].iloc[2:].gt(0).all()
    assert any("made-up" in line for line in study.rests_on)
    assert len(study.plot().lines) == 5
    assert lives["recalled"].iloc[:7].tolist() == [0] * 7
    assert lives.loc["market value / 360, recalled on a shortfall", "recalled"] > 0
    assert lives["bought in"].iloc[-2:].gt(0).all()
    assert lives["recalled"].iloc[-1] >= lives["recalled"].iloc[-3:-1].max()
    assert (lives["recalled"] >= lives["bought in"]).all()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: borrow_market(market(), []), "times='none'"),
        (
            lambda: borrow_market(CustomShortableProvider({"A": 5}), [MORNING]),
            "know a fee at 2024-01-02",
        ),
        (lambda: daily_limits(market(), [MORNING]), "Its kind is a pool"),
        (
            lambda: daily_limits(
                FrameShortableProvider(pd.DataFrame({"A": [5]}, [MORNING]), kind="daily_flow"),
                [datetime(2024, 1, 9, 9)],
            ),
            "hold a limit",
        ),
    ],
)
def test_misuse_is_named(call, says):
    with pytest.raises(InvalidInputError, match=says):
        call()


@pytest.fixture(scope="module")
def real_store(real_data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("real")
    import_source(
        "ibkr", real_data / "ibkr" / "usa_history_20260323_20260511.parquet", data_folder=folder
    )
    return folder


@pytest.mark.slow
def test_the_real_borrow_market_against_another_reader(real_data, real_store):
    """The last of 27 files, by pandas on its text: USD rows with a fee, each name once."""
    times = snapshot_times("interactivebrokers", data_folder=real_store)
    assert len(times) == 26  # 2026-04-21 repeats 04-16
    provider = LocalDiskShortableProvider("interactivebrokers", real_store)
    found = borrow_market(provider, times).tables["Fees, fractions of a year"]["2026-05-11"]
    rows = pd.read_parquet(real_data / "ibkr" / "usa_history_20260323_20260511.parquet")
    last = rows[(rows["retrieved_utc"] == rows["retrieved_utc"].max()) & (rows["cur"] == "USD")]
    fees = pd.to_numeric(last["feerate"], errors="coerce").dropna() / 100
    assert found["names"] == pytest.approx(len(fees), rel=0.005)
    assert found["below 1 %"] == pytest.approx((fees < 0.01).mean(), abs=0.002)
    assert found["mean of the rest"] == pytest.approx(fees[fees >= 0.01].mean(), rel=0.01)
    assert found["above 100 %"] == pytest.approx((fees > 1).mean(), abs=0.0005)


@pytest.mark.slow
def test_taiwans_limits_against_another_reader(real_data, tmp_path):
    """By Python's csv module on the 30 files with rows, column 13 of the names that have a limit on some day:

    34,101 limits, of which 0.1466 % are 0, 33.5914 % below 100,000 shares and 78.4464 % below 1,000,000.
    """
    for file in sorted((real_data / "taiwan").glob("TWT93U_2025*.csv")):
        import_source("twse", file, data_folder=tmp_path)
    sessions = pd.bdate_range("2025-01-09", "2025-03-03") + pd.Timedelta(hours=9)
    provider = LocalDiskShortableProvider("twse", tmp_path)
    study = daily_limits(provider, list(sessions.to_pydatetime()))
    limits = study.tables["The limits"]["figure"]
    assert limits["limits"] == 34_101
    assert limits["no limit left (0)"] == pytest.approx(0.001466, abs=1e-6)
    refused = study.tables["Part of the orders that is refused"]["100% of the limit"]
    assert refused.tolist()[2:4] == pytest.approx([0.335914, 0.784464], abs=1e-6)
