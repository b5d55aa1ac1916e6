"""S11: on which share basis prices are."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from shortable.errors import MarketDataError
from shortable.market_data import MarketData

DAYS = pd.to_datetime(["2024-01-02", "2024-01-03"])
PLAIN = pd.DataFrame({"Close": [1.0, 2.0]}, index=DAYS)
BESIDE = PLAIN.assign(**{"Adj Close": [0.9, 1.9]})
HISTORY = PLAIN.assign(Dividends=[0.0, 0.1], **{"Stock Splits": [0.0, 0.0]})


@pytest.mark.parametrize(
    ("frames", "basis", "assumed"),
    [
        ({"A": PLAIN}, "raw", "prices assumed raw"),
        ({"A": BESIDE}, "split_adjusted", ""),
        ({"A": HISTORY}, "total_return", ""),
        ({"A": BESIDE, "B": PLAIN}, "split_adjusted", "prices of 1 of 2 tables assumed split-adj"),
        ({"A": HISTORY, "B": PLAIN}, "total_return", ""),
    ],
)
def test_the_basis_is_read_off_the_shape_or_assumed_and_said(frames, basis, assumed) -> None:
    data = MarketData.from_frames(frames)
    assert data.basis == basis
    assert (data.assumptions == ()) == (assumed == "")
    assert all(a.startswith(assumed) for a in data.assumptions)


@pytest.mark.parametrize("basis", ["raw", "split_adjusted", "total_return"])
def test_what_is_stated_is_neither_guessed_nor_assumed(basis, tmp_path: Path) -> None:
    BESIDE.to_csv(tmp_path / "A.csv", index_label="Date")
    PLAIN.to_parquet(tmp_path / "A.parquet")
    for data in (
        MarketData.from_frames({"A": HISTORY}, basis=basis),
        MarketData.from_csv(tmp_path, basis=basis),
        MarketData.from_parquet(tmp_path, basis=basis),
    ):
        assert (data.basis, data.assumptions) == (basis, ())


def test_a_basis_that_is_none() -> None:
    with pytest.raises(MarketDataError, match="basis='adjusted' must be 'raw', 'split_adjusted'"):
        MarketData.from_frames({"A": PLAIN}, basis="adjusted")


def test_two_bases_in_one_are_refused() -> None:
    with pytest.raises(MarketDataError, match="split_adjusted for A, total_return for B"):
        MarketData.from_frames({"A": BESIDE, "B": HISTORY})


def test_total_return_is_refused_where_shares_are_counted() -> None:
    with pytest.raises(MarketDataError, match=r"basis='total_return' .* auto_adjust=False"):
        MarketData.from_frames({"A": HISTORY}).check_share_basis()
    MarketData.from_frames({"A": BESIDE}).check_share_basis()
    MarketData.from_frames({"A": PLAIN}).check_share_basis()


def test_the_sample_is_raw() -> None:
    assert (MarketData.sample().basis, MarketData.sample().assumptions) == ("raw", ())


def test_real_files_with_an_adjusted_close(real_data: Path) -> None:
    data = MarketData.from_csv(real_data / "prices" / "us_small_cap_daily")
    assert (data.basis, data.assumptions) == ("split_adjusted", ())
