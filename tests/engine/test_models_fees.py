"""Commissions."""

from __future__ import annotations

from typing import Any

import pytest

from shortable.actions import Split
from shortable.engine import InteractiveBrokersFeeModel, NullFeeModel
from shortable.errors import InvalidInputError

from .scenario import bars, flat, play


class Order:
    def __init__(self, quantity: int) -> None:
        self.quantity = quantity


@pytest.mark.parametrize(
    ("quantity", "price", "fee"),
    [
        (100, 25.0, 1.0),  # 0.50, up to the minimum; cap 25.00
        (200, 25.0, 1.0),  # exactly the minimum
        (201, 25.0, 1.005),
        (-1000, 25.0, 5.0),  # a sale costs what a purchase costs
        (1000, 0.25, 2.5),  # 5.00, down to 1 % of 250
        (1000, 0.5, 5.0),  # exactly the cap
        (10, 0.2, 0.02),  # the minimum of 1.00, down to 1 % of 2.00: the cap beats the minimum
        (1, 100.0, 1.0),  # minimum and cap are both 1.00
        (1, 99.0, 0.99),
    ],
)
def test_interactive_brokers_fixed_pricing(quantity: int, price: float, fee: float) -> None:
    order: Any = Order(quantity)
    assert InteractiveBrokersFeeModel().get_order_fee(order, price) == pytest.approx(fee, abs=1e-12)


def test_the_commission_leaves_the_cash_and_is_recorded_with_the_fill() -> None:
    # 1,000 × 0.005 = 5.00 at 20.00, then 1.00 for 100 shares at 21.00
    result = play(
        bars({"SPY": [20, 20, 21]}),
        {0: lambda a: a.market_order("SPY", 1000), 1: lambda a: a.market_order("SPY", -100)},
        fees=True,
    )
    assert result.fills["commission"].tolist() == [5.0, 1.0]
    assert result.orders["commission"].tolist() == [5.0, 1.0]
    assert result.algorithm.portfolio.cash == 1_000_000 - 20_000 - 5 + 2_100 - 1
    assert (
        result.algorithm.portfolio.total_fees == result.algorithm.portfolio["SPY"].total_fees == 6.0
    )
    assert result.order_events["commission"].tolist() == [0.0, 5.0, 0.0, 1.0]


def test_a_users_own_model_is_asked_at_each_fill() -> None:
    class PerOrder:
        def get_order_fee(self, order: Any, price: float) -> float:
            return 0.5 + order.id

    result = play(
        flat(3),
        {0: lambda a: (a.market_order("SPY", 1), a.market_order("SPY", -1))},
        setup=lambda a: a.securities["SPY"].set_fee_model(PerOrder()),
    )
    assert result.fills["commission"].tolist() == [1.5, 2.5]


def test_s11_a_users_own_model_counts_the_shares_of_the_day() -> None:
    """3 for 2 later: 150 and 100 of today's shares are 100, and 66 2/3, of the day's; a whole number is an int."""
    asked: list[int | float] = []

    class Asks:
        def get_order_fee(self, order: Any, price: float) -> float:
            asked.append(order.quantity)
            return 0.0

    play(
        bars({"SPY": [10.0] * 4}, basis="split_adjusted"),
        {0: lambda a: (a.market_order("SPY", 150), a.market_order("SPY", 100))},
        setup=lambda a: a.securities["SPY"].set_fee_model(Asks()),
        actions=[Split("SPY", "2024-01-05", 3, 2)],
    )
    assert asked == [100, 200 / 3]
    assert [type(shares) for shares in asked] == [int, float]


def test_no_commission() -> None:
    order: Any = Order(10)
    assert NullFeeModel().get_order_fee(order, 5.0) == 0.0


@pytest.mark.parametrize("name", ["per_share", "minimum", "maximum_fraction"])
@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf"), "1"])
def test_s6_a_schedule_must_be_finite_and_not_negative(name: str, value: Any) -> None:
    with pytest.raises(InvalidInputError, match=name):
        InteractiveBrokersFeeModel(**{name: value})


def test_s6_a_fee_model_needs_its_method() -> None:
    with pytest.raises(InvalidInputError, match="fee_model"):
        play(flat(1), {}, setup=lambda a: a.securities["SPY"].set_fee_model(5))
