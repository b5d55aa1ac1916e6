"""S14, S22, S23: an account that nothing is left of stops, and one that is short of margin is called before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd
import pytest

from shortable import Symbol
from shortable.actions import Dividend, Split
from shortable.engine import FinraMaintenance, NullMaintenance, OrderStatus
from shortable.errors import InvalidInputError
from shortable.results import read_result

from .scenario import Scripted, Shares, bars, play


def short(shares: int, ticker: str = "AMC") -> Any:
    return lambda a: a.sell(ticker, shares)


# The case of the field: 1,900 short at 10 on 10,000.
SQUEEZE = [10, 10, 20, 40, 60, 90]


def test_s22_an_account_that_nothing_is_left_of_stops_with_its_deficit(tmp_path: Any) -> None:
    called: list[int] = []

    class Watches(Scripted):
        def on_data(self, slice: Any) -> None:
            super().on_data(slice)
            called.append(self.row)

        def on_order_event(self, order_event: Any) -> None:
            called.append(-order_event.order_id)

        def on_end_of_day(self, symbol: Any) -> None:
            called.append(100 + self.row)

        def on_end_of_algorithm(self) -> None:
            called.append(1_000)

    result = play(
        bars({"AMC": SQUEEZE, "SPY": [1] * 6}),
        {0: short(1_900), 1: lambda a: a.limit_order("AMC", 5, 1.0)},
        kind=Watches,
        cash=10_000,
        provider=Shares(None, fee_rate=0.36),
    )
    # At 20: 10,000 − 1,900 × 10 − the night's 1,900 × 10 × 0.001 = −9,019
    assert result.equity["equity"].round(9).tolist() == [10_000, 10_000] + [-9_019] * 4
    assert result.equity["holdings"].tolist() == [0, -19_000, 0, 0, 0, 0]
    assert result.returns.round(9).tolist() == [0.0, 0.0, -1.0]
    assert len(result.borrow_costs) == 1
    assert called == [-1, 0, 100, 100, -1, -2, 1, 101, 101, 1_000]
    orders = result.orders
    assert orders["status"].tolist() == [
        OrderStatus.FILLED,
        OrderStatus.CANCELED,
        OrderStatus.FILLED,
    ]
    assert orders.loc[3, ["quantity", "fill_price", "commission"]].tolist() == [1_900, 20.0, 0.0]
    assert orders.loc[3, "last_time"] == datetime(2024, 1, 4, 16)
    assert result.status == "RUINED"
    figures = result.summary()
    assert (figures["ruined_at"], round(figures["deficit"], 9), figures["ruined_by"]) == (
        "2024-01-04 16:00",
        9_019,
        "AMC",
    )
    assert figures["headline"].startswith(
        "Ruined at 2024-01-04 16:00, mostly by AMC: the equity was -9,019.00"
    )
    again = read_result(result.to_parquet(tmp_path / "out"))
    assert (again.status, again.returns.tolist()) == ("RUINED", result.returns.tolist())


def test_an_account_that_stands_is_completed() -> None:
    result = play(bars({"AMC": [10, 10]}), {})
    assert (result.status, "ruined_at" in result.summary()) == ("COMPLETED", False)


@pytest.mark.parametrize(("last", "status"), [(15.25, "COMPLETED"), (15.27, "RUINED")])
def test_s22_the_bound_is_zero(last: float, status: str) -> None:
    # 1,900 short at 10 on 10,000: nothing is left at 15.263…
    result = play(bars({"AMC": [10, 10, last]}), {0: short(1_900)}, cash=10_000)
    assert result.status == status


def test_s22_a_dividend_owed_and_a_price_given_at_the_end_can_ruin() -> None:
    owed = [Dividend("AMC", "2024-01-04", 6.0, "raw")]
    result = play(bars({"AMC": [10] * 4}), {0: short(1_900)}, cash=10_000, actions=owed)
    assert result.equity["equity"].tolist() == [10_000, 10_000, -1_400, -1_400]
    ended = play(
        bars({"AMC": [10, 10, None, None], "SPY": [1] * 4}),
        {0: short(1_900)},
        cash=10_000,
        on_delisting=20.0,
    )
    assert ended.equity["equity"].tolist() == [10_000, -9_000, -9_000, -9_000]
    assert ended.status == "RUINED"


def test_s23_finras_call_closes_as_many_shares_as_the_equity_asks_for() -> None:
    tickets: list[Any] = []

    class Hears(Scripted):
        def on_margin_call(self, calls: Sequence[Any]) -> None:
            tickets.extend(calls)
            tickets.append([calls[0].cancel().error_code, calls[0].update_quantity(1).error_code])

    result = play(
        bars({"AMC": [10, 10, 14, 15.5, 16, 15]}),
        {0: short(1_000), 2: lambda a: a.limit_order("AMC", 10, 1.0)},
        kind=Hears,
        cash=10_000,
        maintenance=FinraMaintenance(),
        provider=Shares(2_000),
    )
    # 20,000 − 1,000 × 14 = 6,000 covers 5.00 a share. At 15.50: 4,500 are 500 short of 5,000, 100 shares' worth, bought
    # at 16.00: 18,400 − 900 × 16 = 4,000 are 500 short of 4,500: again 100, at 15.00. 16,900 − 800 × 15 = 4,900.
    assert result.equity["equity"].tolist() == [10_000, 10_000, 6_000, 4_500, 4_000, 4_900]
    fills = result.fills[["quantity", "price"]].values.tolist()
    assert fills == [[-1_000, 10.0], [100, 16.0], [100, 15.0]]
    assert result.orders.loc[2, "status"] is OrderStatus.CANCELED
    assert result.orders.loc[3, "tag"] == (
        "margin call: equity 4,500.00 below the maintenance margin of 5,000.00"
    )
    assert [t.order_id for t in tickets if not isinstance(t, list)] == [3, 4]
    assert tickets[1] == [-8, -6]
    assert result.summary()["margin_calls"] == 2
    assert result.summary()["maintenance_margin"].startswith("FINRA 4210")


@pytest.mark.parametrize(
    ("shares", "price", "asked"),
    [
        (1_000, 50.0, 15_000),  # 30 %: 15.00 a share, above 5.00
        (10_000, 5.0, 50_000),  # from 5.00 on: 5.00 a share, above 30 %
        (10_000, 4.5, 45_000),  # below 5.00: 100 %
        (50_000, 1.0, 125_000),  # 2.50 a share, above 100 %
    ],
)
def test_s23_finras_figures_as_brokers_work_them_out(
    shares: int, price: float, asked: float
) -> None:
    """The four examples of a broker's desk in "Margin Calls - Share The Pain" (Silicon Investor, December 2000)."""
    assert FinraMaintenance().requirement(Symbol.create("AMC"), -shares, price) == asked


def test_s23_the_position_that_asks_for_most_is_closed_first_and_equal_ones_by_symbol() -> None:
    # Three shorts at 10 on 30,000. At 16, 13 and 13 the equity is 30,000 − 6,000 − 3,000 − 3,000 = 18,000; by_security
    # asks for 50 % of AMC, 8,000, and 100 % of the others: 13,000 each. GME (G before K) is closed whole, 13,000; then
    # 34,000 − 13,000 − 18,000 = 3,000 of KOSS: 3,000 / 13,000 × 1,000 = 230.8 shares.
    asks = FinraMaintenance(by_security={"AMC": 0.5, "GME": 1.0, "KOSS": 1.0})
    data = bars({"AMC": [10, 10, 16, 16], "KOSS": [10, 10, 13, 13], "GME": [10, 10, 13, 13]})
    steps = {0: lambda a: [a.sell(t, 1_000) for t in ("AMC", "KOSS", "GME")]}
    result = play(data, steps, cash=30_000, maintenance=asks)
    closing = result.orders.iloc[3:]
    assert closing[["symbol", "quantity"]].values.tolist() == [["GME", 1_000], ["KOSS", 231]]
    assert set(closing["time"]) == {
        datetime(2024, 1, 4, 16)
    }  # of one call, and not of the next day's


def test_s23_what_rests_of_a_call_counts_as_closed() -> None:
    # AMC has no bar for two sessions: the call of the 4th rests, and there is no second one.
    data = bars({"AMC": [10, 10, 15.5, None, None, 16], "SPY": [1] * 6})
    result = play(data, {0: short(1_000)}, cash=10_000, maintenance=FinraMaintenance())
    assert result.fills[["quantity", "price"]].values.tolist()[:2] == [[-1_000, 10.0], [100, 16.0]]
    assert len(result.orders.query("last_time < '2024-01-09'")) == 1


def test_s23_floors_are_in_the_days_own_price() -> None:
    # 100,000 own shares at 1.00, 1 for 100 on the 8th: 2.50 an own share until then, on adjusted prices too.
    steps = {0: short(1_000)}
    split = [Split("AMC", "2024-01-08", 1, 100)]
    data = bars({"AMC": [100.0] * 6}, basis="split_adjusted")
    result = play(data, steps, cash=200_000, maintenance=FinraMaintenance(), actions=split)
    # 2.50 × 100,000 = 250,000 against 200,000: 50,000 / 250,000 × 1,000 = 200 of the run's shares
    assert result.orders["quantity"].tolist() == [-1_000, 200]
    today = play(data, steps, cash=200_000, maintenance=FinraMaintenance())
    assert today.orders["quantity"].tolist() == [-1_000]


def test_s23_longs_are_called_too_and_a_split_restates_the_call() -> None:
    # 150 bought at 100 on 10,000: −5,000 of cash. At 44: 1,600 of equity, 25 % of 6,600 = 1,650: 50 / 1,650 × 150 = 4.5.
    result = play(
        bars({"AMC": [100, 100, 44, 22]}),
        {0: lambda a: a.buy("AMC", 150)},
        cash=10_000,
        maintenance=FinraMaintenance(),
        actions=[Split("AMC", "2024-01-05", 2, 1)],
    )
    assert result.fills[["quantity", "price"]].values.tolist() == [[150, 100.0], [-10, 22.0]]


def test_the_null_model_changes_nothing() -> None:
    data = bars({"AMC": SQUEEZE[:3]})
    plain, null = (
        play(data, {0: short(900)}, cash=20_000, **kwargs)
        for kwargs in ({}, {"maintenance": NullMaintenance()})
    )
    pd.testing.assert_frame_equal(plain.equity, null.equity)
    assert plain.summary()["margin_calls"] == 0


@pytest.mark.parametrize("value", [FinraMaintenance, 0.3, None])
def test_maintenance_takes_models_alone(value: Any) -> None:
    with pytest.raises(InvalidInputError, match="maintenance"):
        play(bars({"AMC": [1.0]}), {}, maintenance=value)


@pytest.mark.parametrize(
    "kwargs",
    [
        {"long": -1},
        {"long": True},
        {"short": float("nan")},
        {"short": "0.3"},
        {"by_security": {"AMC": -1}},
    ],
)
def test_finras_fractions_are_checked(kwargs: Any) -> None:
    with pytest.raises(InvalidInputError, match="fraction of the value"):
        FinraMaintenance(**kwargs)
