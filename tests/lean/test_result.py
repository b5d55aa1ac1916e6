"""A run's result: the tables of every result, LEAN's statistics and objects, and what a saved one reads back with."""

from __future__ import annotations

import pickle
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from shortable.desk import RefusalKind
from shortable.errors import EngineError
from shortable.lean import LeanResult
from shortable.orders import OrderStatus, OrderType, TimeInForce
from shortable.results import TABLES, read_result

from .algorithm.folders import bars_folder, minute_folder, run

# SPY at 145: 1,000 can be borrowed on the 7th, 500 on the 8th, and there is no row of the 9th.
SHORTS = """
class Shorts(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 9)
        self.set_cash(10_000_000)
        self.spy = self.add_equity("SPY")
        self.spy.set_shortable_provider(LocalDiskShortableProvider("testbrokerage"))
        self.log("ready")

    def on_data(self, data):
        clock = f"{self.time:%d %H:%M}"
        if clock == "07 10:00":
            self.market_order("SPY", -300)
            self._resting = self.limit_order("SPY", -200, 10_000, "rests")
            self.market_order("SPY", -501)          # 1,000 - 300 - 200 = 500 are left
        if clock == "08 10:00":
            self._resting.update_quantity(-201)     # 500 - 300 = 200 are left for it
        if clock == "09 10:00":
            self.market_order("SPY", -5_000)        # no row: LEAN knows no limit
        if clock == "09 11:00":
            self.market_order("SPY", -10**7)        # no margin for it
"""


@pytest.fixture
def result(tmp_path: Path) -> LeanResult:
    folder = minute_folder(tmp_path / "data", SPY=145.0)
    folder.shortable("testbrokerage", "SPY", [("2013-10-07", 1000, 1, 3.6), ("2013-10-08", 500)])
    return run(tmp_path, SHORTS, folder)


def at(day: int, hour: int) -> pd.Timestamp:
    return pd.Timestamp(2013, 10, day, hour)


def test_a_refusal_has_what_was_held_on_order_and_available(result: LeanResult) -> None:
    refusals = result.refusals
    short, update, margin = refusals.drop(columns=["tag"]).to_dict("records")
    assert short == {
        "order_id": 3,
        "time": at(7, 10),
        "symbol": "SPY",
        "kind": RefusalKind.SUBMISSION,
        "requested": -501,
        "allowed": 0,
        "held": -300,
        "open_sells": 200,
        "available": 1000,
        "has_data": True,
        "error_code": -31,
    }
    assert update == short | {
        "order_id": 2,
        "time": at(8, 10),
        "kind": RefusalKind.UPDATE,
        "requested": -201,
        "allowed": -200,
        "open_sells": 0,  # of the others
        "available": 500,
    }
    assert (margin["order_id"], margin["requested"], margin["error_code"]) == (5, -(10**7), -3)
    assert margin["available"] is None
    assert refusals["tag"].tolist()[:2] == [
        f"Order exceeds maximum shortable quantity for Symbol SPY (requested short: {n})"
        for n in (501, 201)
    ]


def test_checks_without_data_are_counted(result: LeanResult) -> None:
    # 5,000 and 10 million shares, of the 9th, of which the file has no row
    assert result.checks_without_data["time"].tolist() == [at(9, 10), at(9, 11)]
    figures = result.summary()
    assert (figures["availability_checks"], figures["checks_without_data"]) == (6, 2)
    assert (figures["refused_for_availability"], figures["updates_refused_for_availability"]) == (
        1,
        1,
    )


def test_orders_fills_equity_and_log(result: LeanResult) -> None:
    orders = result.orders
    assert orders["type"].tolist() == [OrderType.MARKET, OrderType.LIMIT] + [OrderType.MARKET] * 3
    assert orders["status"].tolist() == [
        OrderStatus.FILLED,
        OrderStatus.SUBMITTED,
        OrderStatus.INVALID,
        OrderStatus.FILLED,
        OrderStatus.INVALID,
    ]
    assert orders["error_code"].tolist() == [0, 0, -31, 0, -3]
    assert orders.loc[2, ["limit_price", "tag"]].tolist() == [10_000.0, "rests"]
    assert set(orders["time_in_force"]) == {TimeInForce.GOOD_TIL_CANCELED}
    # at the bid, a cent under 145; half a cent a share
    assert result.fills.to_numpy().tolist() == [
        [1, at(7, 10), "SPY", -300, 144.99, 1.5],
        [4, at(9, 10), "SPY", -5000, 144.99, 25.0],
    ]
    # 300 x 0.01 + 1.50 = 4.50, then 5,000 x 0.01 + 25 = 75 more
    assert result.equity["equity"].to_dict() == {
        pd.Timestamp(2013, 10, 7): 9_999_995.5,
        pd.Timestamp(2013, 10, 8): 9_999_995.5,
        pd.Timestamp(2013, 10, 9): 9_999_920.5,
    }
    assert result.log[["level", "text"]].to_numpy().tolist()[0] == ["log", "ready"]
    assert len(result.order_events) == len(result.objects.order_events)


def test_availability_is_that_of_each_close_while_it_changes(result: LeanResult) -> None:
    found = result.availability
    assert found["available"].tolist() == [1000, 500, pd.NA]
    assert found["has_data"].tolist() == [True, True, False]
    # a rate of 3.6 % on the 7th, none in the row of the 8th, no row of the 9th
    assert found["fee_rate"].fillna(-1).tolist() == [0.036, -1, -1]


@pytest.fixture
def charged(tmp_path: Path) -> LeanResult:
    folder = bars_folder(tmp_path / "data", "SPY")
    rows = [("2013-10-07", 0.0), ("2013-10-08", 3.6), ("2013-10-09", None), ("2013-10-10", 3.6)]
    folder.shortable(
        "testbrokerage", "SPY", [(d, 5000, 1, fee) for d, fee in [*rows, ("2013-10-11", 7.2)]]
    )
    body = """
class Charged(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 3)
        self.set_end_date(2013, 10, 11)
        self.set_cash(10_000_000)
        self.spy = self.add_equity("SPY", Resolution.DAILY)
        self.spy.set_shortable_provider(LocalDiskShortableProvider("testbrokerage"))
        self.spy.margin_interest_rate_model = ShortMarginInterestRateModel()
        self.set_benchmark(lambda time: 1)  # SPY's hours would let the model look every hour

    def on_data(self, data):
        if self.time.day == 3:
            self.market_order("SPY", -100)
"""
    return run(tmp_path, body, folder)


def test_borrow_costs_are_the_nights_that_lean_charges(charged: LeanResult) -> None:
    # Sold at the open of the 4th, which LEAN's model sees on the 7th, where its clock starts. Closes: 102.5 on the 7th
    # and 1 more each day. The 8th is charged one night at 3.6 %: 10,350 x 0.036 / 360 = 1.035. The 9th has no rate: the
    # clock stops, and starts anew on the 10th. The 11th is charged one night at 7.2 %: 10,650 x 0.072 / 360 = 2.13.
    costs = charged.borrow_costs
    assert costs["date"].tolist() == [at(8, 0), at(9, 0), at(11, 0)]
    assert costs["shares"].tolist() == [100, 100, 100]
    assert costs["close"].tolist() == [103.5, 104.5, 106.5]
    assert costs["rate"].fillna(-1).tolist() == [0.036, -1, 0.072]
    assert costs["days"].tolist() == [1, 1, 1]
    assert costs["cost"].tolist() == pytest.approx([1.035, 0.0, 2.13], abs=1e-12)
    assert charged.nights_without_rate == 1
    assert charged.short_interest == pytest.approx(-3.165, abs=1e-12)


def test_a_saved_run_reads_back_whole(result: LeanResult, tmp_path: Path) -> None:
    saved = read_result(result.to_parquet(tmp_path / "saved"))
    for name in TABLES:
        assert saved.has_table(name) is result.has_table(name), name
        pd.testing.assert_frame_equal(saved.table(name), result.table(name))
    assert dict(saved.summary()) == dict(result.summary())
    assert saved.summary()["statistics"] == result.statistics


def test_a_result_can_be_pickled_and_leaves_the_algorithm_behind(result: LeanResult) -> None:
    copy = pickle.loads(pickle.dumps(result))
    assert (copy.statistics, copy.start, copy.exit_code) == (
        result.statistics,
        datetime(2013, 10, 7),
        0,
    )
    pd.testing.assert_frame_equal(copy.refusals, result.refusals)
    assert (copy.algorithm, copy.objects.orders) == (None, [])
    with pytest.raises(EngineError, match="ask the one that the run returned"):
        copy.trade_statistics()


def test_a_provider_of_the_users_own_is_not_asked_once_more_after_the_run(tmp_path: Path) -> None:
    body = """
class Lender(NullShortableProvider):
    asked = 0

    def shortable_quantity(self, symbol, local_time):
        type(self).asked += 1
        return 0


class Asks(QCAlgorithm):
    def initialize(self):
        self.set_start_date(2013, 10, 7)
        self.set_end_date(2013, 10, 7)
        self.add_equity("SPY", Resolution.HOUR).set_shortable_provider(Lender())
        self.lender = Lender

    def on_data(self, data):
        if self.time.hour == 10:
            self.market_order("SPY", -1)
"""
    ran = run(tmp_path, body, bars_folder(tmp_path / "data", "SPY"))
    assert (len(ran.refusals), len(ran.availability), ran.algorithm.lender.asked) == (1, 0, 1)
