"""Yahoo's dividends and splits, in the shapes that yfinance gives and saves them in."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from shortable.actions import Dividend, Split, parse_actions, read_actions
from shortable.errors import CorporateActionError

DAYS = pd.DatetimeIndex(
    ["2019-03-14", "2022-07-22", "2022-07-25"], tz="America/New_York", name="Date"
)
# GME's 4 for 1 of 2022; its dividend of 0.38 in 2019 is 0.095 of today's shares.
FRAME = pd.DataFrame({"Dividends": [0.095, 0.0, 0.0], "Stock Splits": [0.0, 4.0, 0.0]}, index=DAYS)
ACTIONS = [Dividend("GME", "2019-03-14", 0.095, "split_adjusted"), Split("GME", "2022-07-22", 4, 1)]


def test_actions_of_a_ticker() -> None:
    assert list(read_actions(FRAME, symbol="GME")) == ACTIONS
    assert read_actions(FRAME, symbol="GME").raw_amount(ACTIONS[0]) == pytest.approx(0.38)
    read = parse_actions(FRAME, symbol="GME")
    assert (read.rows, read.used, read.passed_over) == (6, 2, {"days without an action": 4})


def test_a_history_with_prices_and_capital_gains() -> None:
    frame = FRAME.assign(Open=1.0, Close=1.0, **{"Capital Gains": [0.0, 0.0, 0.5]})
    assert list(read_actions(frame, symbol="GME")) == [
        *ACTIONS,
        Dividend("GME", "2022-07-25", 0.5, "split_adjusted"),
    ]


def test_two_columns_of_one_name_are_refused() -> None:
    frame = FRAME.assign(Symbol="GME", Ticker="AMC").rename(columns={"Ticker": "Symbol"})
    with pytest.raises(CorporateActionError, match="frame='Symbol' must be the name of one column"):
        read_actions(frame)


def test_one_of_the_two_as_a_series() -> None:
    assert list(read_actions(FRAME["Stock Splits"], symbol="GME")) == ACTIONS[1:]
    assert list(read_actions(FRAME["Dividends"], symbol="GME")) == ACTIONS[:1]


@pytest.mark.parametrize("swapped", [True, False])
def test_a_download_of_several_tickers(swapped: bool) -> None:
    both = pd.concat({"GME": FRAME, "QQX": FRAME * 0.0}, axis=1)
    assert list(read_actions(both.swaplevel(axis=1) if swapped else both)) == ACTIONS


def test_saved_as_csv_and_parquet(tmp_path: Path) -> None:
    FRAME.to_csv(tmp_path / "GME.csv")
    assert list(read_actions(tmp_path / "GME.csv")) == ACTIONS  # the file is named for its ticker
    FRAME.tz_localize(None).reset_index().to_parquet(tmp_path / "x.parquet")
    assert list(read_actions(tmp_path / "x.parquet", symbol="GME")) == ACTIONS


def test_ratios_are_exact() -> None:
    days = pd.to_datetime(["2023-08-24", "2024-01-02", "2025-01-02"])
    frame = pd.DataFrame({"Stock Splits": [0.1, 1 / 3, 1.05]}, index=days)
    assert [(s.new, s.old) for s in read_actions(frame, symbol="QQX").splits] == [
        (1, 10),
        (1, 3),
        (21, 20),
    ]


def test_what_cannot_be_read() -> None:
    with pytest.raises(CorporateActionError, match="whose actions are they"):
        read_actions(FRAME)
    with pytest.raises(CorporateActionError, match="be indexed by dates"):
        read_actions(FRAME.reset_index(drop=True), symbol="GME")
    with pytest.raises(CorporateActionError, match="have a column Dividends or Stock Splits"):
        read_actions(pd.DataFrame({"Close": [1.0]}, DAYS[:1]), format="yahoo", symbol="GME")


def test_a_long_table_is_of_the_tickers_in_it(tmp_path: Path) -> None:
    text = "Date,Ticker,Dividends,Stock Splits\n2019-03-14,GME,0.095,0\n2022-07-22,GME,0,4\n2022-08-25,TSLA,0,3\n"
    (tmp_path / "AAPL.csv").write_text(text, encoding="utf-8")
    wanted = [*ACTIONS, Split("TSLA", "2022-08-25", 3, 1)]
    read = parse_actions(tmp_path / "AAPL.csv")
    assert (list(read.records), read.notes) == (wanted, [])
    frame = pd.read_csv(tmp_path / "AAPL.csv", parse_dates=["Date"])
    assert list(read_actions(frame.set_index(["Ticker", "Date"]))) == wanted
    assert list(read_actions(frame.set_index("Date"))) == wanted


def test_cells_that_are_no_plain_numbers_are_read_or_rejected(tmp_path: Path) -> None:
    text = (
        "Date;Dividends;Stock Splits\n2019-03-14;0,095;0,0\n2022-07-22;null;4:1\n2022-07-25;some;\n"
    )
    (tmp_path / "GME.csv").write_text(text, encoding="utf-8")
    read = parse_actions(tmp_path / "GME.csv")
    assert list(read.records) == ACTIONS
    assert [(one.line, one.reason) for one in read.rejected] == [
        (4, "Dividends of GME on 2022-07-25='some' must be a number")
    ]
    assert read.notes == ["GME.csv: taken for the actions of GME, by the file's name"]


def test_dates_that_are_not_iso_are_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "GME.csv").write_text("Date,Dividends\n07.08.2020,0.1\n", encoding="utf-8")
    with pytest.raises(CorporateActionError, match=r"07\.08\.2020.* must be a date"):
        read_actions(tmp_path / "GME.csv")
    (tmp_path / "GME.csv").write_text("Date,Dividends\n20200807,0.1\n", encoding="utf-8")
    assert list(read_actions(tmp_path / "GME.csv")) == [
        Dividend("GME", "2020-08-07", 0.1, "split_adjusted")
    ]


def test_a_file_of_actions_is_not_of_the_ticker_actions(tmp_path: Path) -> None:
    FRAME.to_csv(tmp_path / "actions.csv")
    with pytest.raises(CorporateActionError, match=r"actions\.csv does not say whose actions"):
        read_actions(tmp_path / "actions.csv")
    assert list(read_actions(tmp_path / "actions.csv", symbol="GME")) == ACTIONS
