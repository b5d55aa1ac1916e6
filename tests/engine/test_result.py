"""Tables, returns, summary and files of a result."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shortable import FrameShortableProvider
from shortable.engine import OrderStatus, OrderType, Result, Summary, TimeInForce
from shortable.errors import InvalidInputError

from .scenario import Shares, bars, flat, play

EMPTY = (
    "orders",
    "fills",
    "refusals",
    "order_events",
    "borrow_costs",
    "checks_without_data",
    "availability",
)


def eventful() -> Result:
    """A fill, a refusal, a borrow fee, a check without data; 1,000,000 of cash.

    Short 100 at 50.00 on Wednesday the 3rd, closing at 48.00; covered at 47.00 on Thursday:
    fee 100 × 48.00 × 0.36 / 360 = 4.80; commissions 1.00 each; P&L 300 − 6.80 = 293.20.
    """
    data = bars({"GME": [50, (50, 50, 48, 48), (47, 47, 45, 45), 45]})
    lent = Shares(100, fee_rate=0.36)

    def third(a: Any) -> None:
        lent.quantity, lent.known = 0, False
        a.limit_order("GME", -5, 60.0, tag="late")

    steps = {
        0: lambda a: (a.market_order("GME", -100), a.market_order("GME", -101)),
        1: lambda a: a.market_order("GME", 100),
        2: third,
        3: lambda a: a.limit_order("GME", 1, 40.0, time_in_force=TimeInForce.DAY),
    }
    return play(data, steps, fees=True, provider=lent)


def test_orders_hold_members_and_the_last_state() -> None:
    orders = eventful().orders
    assert orders.index.tolist() == [1, 2, 3, 4, 5]
    assert orders["status"].tolist() == [
        OrderStatus.FILLED,
        OrderStatus.INVALID,
        OrderStatus.FILLED,
        OrderStatus.INVALID,
        OrderStatus.SUBMITTED,
    ]
    assert all(isinstance(s, OrderStatus) for s in orders["status"])
    row = orders.iloc[0]
    assert (
        row.symbol,
        row.type,
        row.quantity,
        row.quantity_filled,
        row.fill_price,
        row.commission,
    ) == (
        "GME",
        OrderType.MARKET,
        -100,
        -100,
        50.0,
        1.0,
    )
    assert (row.time, row.last_time) == (
        pd.Timestamp("2024-01-02 16:00"),
        pd.Timestamp("2024-01-03 09:30"),
    )
    assert np.isnan(row.limit_price)
    assert orders.loc[5, "time_in_force"] is TimeInForce.DAY


def test_equity_and_returns() -> None:
    result = eventful()
    assert result.equity.columns.tolist() == ["equity", "cash", "holdings"]
    # Wednesday: cash 1,000,000 + 5,000 − 1, 4,800 owed. Thursday: − 4.80 fee − 4,700 − 1, flat.
    assert result.equity["cash"].round(2).tolist() == [
        1_000_000,
        1_004_999,
        1_000_293.2,
        1_000_293.2,
    ]
    assert result.equity["holdings"].round(2).tolist() == [0, -4_800, 0, 0]
    assert result.equity["equity"].round(2).tolist() == [
        1_000_000,
        1_000_199,
        1_000_293.2,
        1_000_293.2,
    ]
    returns = result.returns
    assert returns.tolist() == pytest.approx([0, 199 / 1_000_000, 94.2 / 1_000_199, 0], abs=1e-15)
    assert isinstance(returns.index, pd.DatetimeIndex)
    assert (returns.index.tz, returns.dtype, returns.name) == (None, np.float64, "returns")
    assert (returns.index == returns.index.normalize()).all()
    assert (1 + returns).prod() == pytest.approx(1_000_293.2 / 1_000_000, abs=1e-12)


def test_the_first_return_is_on_the_starting_cash() -> None:
    result = play(
        bars({"SPY": [10, (10, 20, 10, 20)]}),
        {0: lambda a: a.market_order("SPY", 100)},
        cash=1_000,
        end="2024-01-03",
    )
    assert result.returns.tolist() == [0.0, 1.0]


def test_returns_are_what_empyrical_takes() -> None:
    empyrical = pytest.importorskip("empyrical")
    returns = eventful().returns
    assert empyrical.cum_returns_final(returns) == pytest.approx(293.2 / 1_000_000)
    assert empyrical.max_drawdown(returns) == 0.0
    assert empyrical.annual_volatility(returns) == pytest.approx(returns.std() * np.sqrt(252))


def test_the_summary() -> None:
    summary = eventful().summary()
    expected = {
        "start": "2024-01-02",
        "end": "2024-01-05",
        "sessions": 4,
        "orders": 5,
        "filled": 2,
        "refused_for_availability": 2,
        "refused_otherwise": 0,
        "canceled": 0,
        "open": 1,
        "availability_checks": 3,
        "checks_without_data": 1,
        "currency": "USD",
        "start_equity": 1_000_000.0,
        "commissions": 2.0,
        "nights_short": 1,
        "nights_without_rate": 0,
        "on_exceed": "reject",
        "recheck": "submission",
        "borrow_fee_convention": "FeeOnMarketValue(day_count=360)",
        "commission_model": "Interactive Brokers, fixed: 0.005 a share, at least 1, at most 0.01 of the value",
        "buying_power_model": "initial margin 50%",
        "fill_model": "BarFillModel",
        "brokerage_model": "DefaultBrokerageModel",
        "look_up": "Shares's own",
        "prices": "frames, assumed raw (as traded)",
        "availability": "Shares",
    }
    assert {name: summary[name] for name in expected} == expected
    assert (
        round(summary["borrow_costs"], 2),
        round(summary["net_profit"], 2),
        round(summary["end_equity"], 2),
    ) == (4.8, 293.2, 1_000_293.2)
    assert summary["net_profit_percent"] == pytest.approx(0.02932)
    assert isinstance(summary, Summary)
    assert json.loads(json.dumps(summary)) == dict(summary)


def test_the_summary_prints_as_a_table() -> None:
    lines = str(eventful().summary()).splitlines()
    assert [
        line.split()[-1] for line in lines if line.startswith("  refused for availability")
    ] == ["2"]
    assert any(line.startswith("Borrow costs") and line.endswith("4.80") for line in lines)
    assert any(
        line.startswith("Borrow fee convention") and "FeeOnMarketValue" in line for line in lines
    )
    assert not any("made-up" in line for line in lines)


def test_the_largest_drawdown_counts_from_the_starting_cash() -> None:
    # 100 shares from 10: equity 1,000 − 100 (at 9), then 1,100 at 11, then 880 at 8.80: 220 of 1,100 is 20 %
    data = bars({"SPY": [10, (10, 10, 9, 9), (9, 11, 9, 11), (11, 11, 8.8, 8.8)]})
    summary = play(data, {0: lambda a: a.market_order("SPY", 100)}, cash=1_000).summary()
    assert summary["max_drawdown_percent"] == pytest.approx(20.0)


def test_made_up_availability_is_called_by_its_name() -> None:
    class MadeUp(Shares):
        def made_up(self, start: datetime, end: datetime) -> bool:
            return (start, end) == (datetime(2024, 1, 2, 16), datetime(2024, 1, 3, 16))

    result = play(flat(2), {}, provider=MadeUp(5))
    assert result.made_up
    assert result.summary()["availability"] == "made-up sample data: MadeUp"
    assert not play(flat(2), {}, provider=Shares(5)).made_up


def test_an_empty_result_has_the_same_types_as_a_full_one() -> None:
    empty, full = play(flat(2), {}), eventful()
    for name in EMPTY:
        table = getattr(empty, name)
        assert len(table) == 0
        assert (
            table.dtypes.astype(str).to_dict() == getattr(full, name).dtypes.astype(str).to_dict()
        )
    assert str(empty.summary())


def test_results_go_to_parquet_and_come_back(tmp_path: Path) -> None:
    result = eventful()
    folder = result.to_parquet(tmp_path / "out")
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        [
            f"{n}.parquet"
            for n in (
                *(*EMPTY, "equity", "holdings", "opening", "corporate_actions"),
                *("borrows", "borrow_events", "attribution", "assumptions", "log", "returns"),
            )
        ]
        + ["summary.json"]
    )
    orders = pd.read_parquet(folder / "orders.parquet")
    assert orders["status"].tolist() == ["FILLED", "INVALID", "FILLED", "INVALID", "SUBMITTED"]
    assert orders.loc[2, "tag"] == result.orders.loc[2, "tag"]
    pd.testing.assert_series_equal(
        pd.read_parquet(folder / "returns.parquet")["returns"], result.returns, check_freq=False
    )
    pd.testing.assert_frame_equal(
        pd.read_parquet(folder / "fills.parquet").drop(columns="symbol"),
        result.fills.drop(columns="symbol"),
    )
    assert json.loads((folder / "summary.json").read_text(encoding="utf-8")) == dict(
        result.summary()
    )


def test_a_folder_is_replaced_only_on_request_and_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = eventful()
    folder = result.to_parquet(tmp_path / "out")
    (folder / "mine.txt").write_text("kept")
    with pytest.raises(InvalidInputError, match="replace=True"):
        result.to_parquet(folder)
    assert (folder / "mine.txt").exists()

    def fails(*args: Any, **kwargs: Any) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(pd.DataFrame, "to_parquet", fails)
        with pytest.raises(OSError, match="disk full"):
            result.to_parquet(folder, replace=True)
    assert (folder / "mine.txt").exists()
    result.to_parquet(folder, replace=True)
    assert not (folder / "mine.txt").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_s6_a_folder_must_be_able_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InvalidInputError, match="not a file"):
        eventful().to_parquet(tmp_path / "file", replace=True)
    with pytest.raises(InvalidInputError, match="be inside a folder that exists"):
        eventful().to_parquet(tmp_path / "none" / "out")


def test_tables_are_made_once_and_describe_themselves() -> None:
    result = eventful()
    assert result.orders is result.orders
    assert repr(result) == "<Result of Scripted: 5 orders, 4 sessions>"


def test_availability_of_what_was_short_has_a_row_for_each_change() -> None:
    """GME and AMC are short, TLRY is refused, SPY is bought: three of the four are in the table, in the order in which they were added."""
    days = pd.bdate_range("2024-01-02", periods=4)
    shares = pd.DataFrame(
        {"GME": [500, 500, 300, 300], "AMC": [10, 0, 0, 0], "TLRY": 0, "SPY": 1}, index=days
    )
    rates = pd.DataFrame({"GME": [0.1, 0.1, 0.1, 0.2]}, index=days)
    provider = FrameShortableProvider(shares, rates)
    steps = {
        0: lambda a: [
            a.market_order(*o) for o in (("GME", -5), ("AMC", -5), ("TLRY", -5), ("SPY", 5))
        ]
    }
    result = play(flat(4, "GME", "AMC", "TLRY", "SPY"), steps, provider=provider)
    rows = [
        (str(r.date.date()), r.symbol, r.available, r.has_data, r.fee_rate)
        for r in result.availability.fillna({"fee_rate": -1.0}).itertuples()
    ]
    assert rows == [
        ("2024-01-02", "AMC", 10, True, -1.0),
        ("2024-01-03", "AMC", 0, True, -1.0),
        ("2024-01-02", "GME", 500, True, 0.1),
        ("2024-01-04", "GME", 300, True, 0.1),
        ("2024-01-05", "GME", 300, True, 0.2),
        ("2024-01-02", "TLRY", 0, True, -1.0),
    ]
    assert result.summary()["look_up"].endswith("missing='unavailable'")


def test_availability_says_where_no_snapshot_spoke_also_of_a_provider_that_raises_there() -> None:
    late = pd.DataFrame({"GME": [500]}, index=pd.to_datetime(["2024-01-03"]))
    for missing, silent in (("unavailable", 0), ("unrestricted", None), ("raise", None)):
        provider = FrameShortableProvider(late, missing=missing)
        result = play(flat(3, "GME"), {1: lambda a: a.market_order("GME", -5)}, provider=provider)
        table = result.availability
        assert table["has_data"].tolist() == [False, True]
        assert [None if n is pd.NA else n for n in table["available"].tolist()] == [silent, 500]


def test_a_provider_that_cannot_answer_afterwards_costs_its_rows_and_not_the_result(
    tmp_path: Path,
) -> None:
    def first_day_alone(symbol: Any, time: datetime) -> int:
        if time.day > 2:
            raise LookupError("nobody was to ask")
        return 100

    result = play(
        flat(2, "GME"),
        {0: lambda a: a.market_order("GME", -5)},
        provider=Shares(first_day_alone),
    )
    assert result.availability.empty
    assert (result.to_parquet(tmp_path / "out") / "availability.parquet").exists()
