"""Results read from folders: of this version, of the first one, and of the first one's runs of LEAN's rules."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pandas as pd
import pytest

from shortable.orders import OrderStatus
from shortable.report import report_html
from shortable.results import TABLES, read_result
from shortable.symbol import Symbol

from ..plots.runs import run

# Without matplotlib the page has no drawings.
DRAWS = importlib.util.find_spec("matplotlib") is not None
TAG = "Order exceeds maximum shortable quantity for Symbol GME (requested short: 60)"


def test_tables_come_back_as_they_were(tmp_path: Path) -> None:
    result = run(1)
    saved = read_result(result.to_parquet(tmp_path / "out"))
    assert saved.summary() == dict(result.summary())
    assert (saved.folder, saved.algorithm) == (tmp_path / "out", None)
    for name in TABLES:
        assert saved.has_table(name)
        pd.testing.assert_frame_equal(saved.table(name), result.table(name), check_freq=False)
    for column in ("type", "status", "time_in_force"):
        assert saved.orders[column].map(type).tolist() == result.orders[column].map(type).tolist()
    assert saved.refusals["symbol"].map(type).tolist() == [Symbol] * len(saved.refusals)
    assert saved.returns.tolist() == result.returns.tolist()
    assert saved.statement() == result.statement()


def test_a_folder_of_the_first_version_reads_as_one_of_this_version() -> None:
    """Written by the version of November 2026, before this package: `shortable run short_availability --out`."""
    saved = read_result(Path(__file__).parent / "folders" / "before_results")
    assert [(r.symbol, r.requested, r.available, r.kind) for r in saved.refusals.itertuples()] == [
        ("SPY", -2001, 2000, "submission"),
        ("AAPL", -4001, 4000, "submission"),
        ("IBM", -1001, 1000, "submission"),
    ]
    assert saved.refusals["has_data"].tolist() == [True] * 3
    assert saved.borrow_costs["cost"].sum() == pytest.approx(9.48, abs=0.005)
    assert saved.fills["commission"].sum() == saved.orders["commission"].sum() == 70.0
    assert (saved.orders["status"] == OrderStatus.FILLED).sum() == 6
    figures = saved.summary()
    assert (figures["borrow_costs"], figures["made_up"], figures["limited"]) == (
        pytest.approx(9.48, abs=0.005),
        ["prices", "availability"],
        True,
    )
    assert figures["headline"].startswith("3 of 9 orders asked for more than could be borrowed")
    assert dict(saved.assumptions.to_numpy())["on_exceed"] == "reject"
    assert saved.statement().cash == pytest.approx(1_017_340.52, abs=0.005)
    assert ("<svg" in report_html(saved)) is DRAWS


def test_a_folder_without_availability_is_an_older_one(tmp_path: Path) -> None:
    folder = run(1).to_parquet(tmp_path / "out")
    (folder / "availability.parquet").unlink()
    (folder / "opening.parquet").unlink()
    saved = read_result(folder)
    assert len(saved.availability) == len(saved.opening) == 0
    assert ("<svg" in report_html(saved)) is DRAWS


@pytest.fixture
def lean(tmp_path: Path) -> Path:
    """A run of LEAN's: 60 GME refused at 10:00 in New York, 40 sold; equity at each midnight and close, 100,000 to 99,500."""
    folder = tmp_path / "lean"
    folder.mkdir()
    sent = pd.to_datetime(["2024-01-02 15:00", "2024-01-02 15:00"], utc=True)
    orders = {
        "id": [1, 2],
        "time": sent,
        "symbol": "GME",
        "type": "Market",
        "quantity": [-60.0, -40.0],
        "price": [0.0, 17.0],
        "status": ["Invalid", "Filled"],
        "tag": [TAG, ""],
    }
    events = {
        "time": sent,
        "order_id": [1, 2],
        "symbol": "GME",
        "status": ["Invalid", "Filled"],
        "fill_quantity": [0.0, -40.0],
        "fill_price": [0.0, 17.0],
        "fee": [0.0, 1.0],
        "message": [TAG, ""],
    }
    equity = {
        "time": pd.to_datetime(
            [
                "2024-01-02 05:00",
                "2024-01-02 21:00",
                "2024-01-03 05:00",
                "2024-01-03 21:00",
                "2024-01-04 05:00",
            ],
            utc=True,
        ),
        "equity": [100_000.0, 99_900.0, 99_900.0, 99_500.0, 99_500.0],
    }
    for name, table in (("orders", orders), ("order_events", events), ("equity", equity)):
        pd.DataFrame(table).to_parquet(folder / f"{name}.parquet")
    statistics = {
        "Total Orders": "2",
        "Start Equity": "100000",
        "End Equity": "99500",
        "Net Profit": "-0.5%",
        "Total Fees": "$1,000.50",
    }
    (folder / "summary.json").write_text(json.dumps(statistics))
    return folder


def test_a_run_of_lean_has_a_results_tables_on_new_yorks_clock(lean: Path) -> None:
    saved = read_result(lean)
    assert (saved.summary()["engine"], saved.has_table("borrow_costs")) == ("LEAN's rules", False)
    assert saved.refusals[["time", "symbol", "requested"]].to_numpy().tolist() == [
        [pd.Timestamp("2024-01-02 10:00"), "GME", -60.0]
    ]
    assert saved.fills[["time", "symbol", "quantity", "price"]].to_numpy().tolist() == [
        [pd.Timestamp("2024-01-02 10:00"), "GME", -40.0, 17.0]
    ]
    assert saved.equity["equity"].to_dict() == {
        pd.Timestamp("2024-01-02"): 99_900.0,
        pd.Timestamp("2024-01-03"): 99_500.0,
    }
    said = saved.summary()
    assert {
        n: said[n]
        for n in (
            "orders",
            "filled",
            "refused_for_availability",
            "net_profit",
            "commissions",
            "start",
            "end",
            "algorithm",
        )
    } == {
        "orders": 2,
        "filled": 1,
        "refused_for_availability": 1,
        "net_profit": -500.0,
        "commissions": 1000.5,
        "start": "2024-01-02",
        "end": "2024-01-03",
        "algorithm": "lean",
    }


def test_what_an_old_folder_does_not_hold_is_said(lean: Path) -> None:
    text = report_html(read_result(lean))
    assert "1 of 2 orders asked for more than could be borrowed" in text
    assert "This result does not record what was available, what borrowing cost each night" in text
    assert "Borrow costs" not in text
    assert "made up" not in text
    pd.DataFrame({"algorithm": ["Mine"], "prices": ["made by hand"], "made_up": [True]}).to_parquet(
        lean / "run.parquet"
    )
    told = report_html(read_result(lean))
    assert "The prices of this backtest are made up." in told
    assert "Mine, 2024-01-02" in told


def test_a_run_of_lean_in_which_nothing_happened(lean: Path) -> None:
    for name in ("orders", "order_events", "equity"):
        pd.read_parquet(lean / f"{name}.parquet").iloc[:0].to_parquet(lean / f"{name}.parquet")
    pd.DataFrame([]).to_parquet(lean / "order_events.parquet")
    saved = read_result(lean)
    assert len(saved.fills) == len(saved.equity) == len(saved.refusals) == 0
    assert ("nothing to show: no session was run" in report_html(saved)) is DRAWS
