"""Regulation T: half of every position, long or short, is the account's own money."""

from __future__ import annotations

from typing import Any

import pytest

from shortable.engine import NullBuyingPower, OrderResponseErrorCode, OrderStatus, RegTBuyingPower
from shortable.errors import InvalidInputError

from .scenario import Shares, bars, flat, play


def ordered(*orders: tuple[str, int], cash: float = 1_000.0, **kwargs: Any) -> list[OrderStatus]:
    """Send market orders on the first bar, at a price of 10, and return their statuses then."""
    result = play(
        flat(2, "AMC", "GME"),
        {0: lambda a: [a.market_order(t, q).status for t, q in orders]},
        cash=cash,
        **kwargs,
    )
    statuses: list[OrderStatus] = result.algorithm.returned[0]
    return statuses


OK, NO = OrderStatus.SUBMITTED, OrderStatus.INVALID


@pytest.mark.parametrize("sign", [1, -1])
def test_a_position_of_twice_the_equity_and_not_a_share_more(sign: int) -> None:
    # 1,000 of equity carry 2,000 of value: 200 shares at 10.00
    assert ordered(("GME", 200 * sign)) == [OK]
    assert ordered(("GME", 201 * sign)) == [NO]


def test_resting_orders_reserve_and_so_do_longs_and_shorts_of_different_symbols() -> None:
    assert ordered(("GME", 100), ("AMC", -100), ("AMC", -1)) == [OK, OK, NO]


def test_a_refused_order_reserves_nothing() -> None:
    assert ordered(("GME", 500), ("GME", 200)) == [NO, OK]


def test_of_two_opposite_orders_only_the_larger_outcome_is_reserved() -> None:
    # Either the 200 bought or the 200 sold short can come to be the position.
    assert ordered(("GME", 200), ("GME", -200), ("GME", -1)) == [OK, OK, NO]


def test_a_closing_order_needs_no_buying_power() -> None:
    # The price rises from 10 to 14: the short of 200 owes 2,800 against 1,000 + 2,000 of cash. Its margin of 1,400 is more
    # than the equity of 200.
    data = bars({"GME": [10, 10, 14, 14]})
    steps = {
        0: lambda a: a.market_order("GME", -200),
        2: lambda a: (
            a.market_order("GME", -1).status,
            a.market_order("GME", 200).status,
            a.market_order("GME", 201).status,
        ),
    }
    result = play(data, steps, cash=1_000.0)
    assert result.algorithm.returned[2] == (NO, OK, NO)
    assert result.algorithm.portfolio.total_portfolio_value == 200.0


def test_the_refusal_says_what_was_asked_and_what_there_is() -> None:
    result = play(flat(2), {0: lambda a: a.market_order("SPY", 201)}, cash=1_000.0)
    ticket = result.algorithm.returned[0]
    assert ticket.error_code == OrderResponseErrorCode.INSUFFICIENT_BUYING_POWER
    assert ticket.tag == (
        "Insufficient buying power for +201 SPY worth 2,010.00: margin in use 0.00 of 1,000.00"
    )
    assert result.refusals[["kind", "requested", "allowed"]].values.tolist() == [
        ["submission", 201, 0]
    ]
    assert result.summary()["refused_otherwise"] == 1


def test_availability_is_checked_before_buying_power() -> None:
    ticket = play(
        flat(2),
        {0: lambda a: a.market_order("SPY", -201)},
        cash=1_000.0,
        provider=Shares(200),
    ).algorithm.returned[0]
    assert ticket.error_code == OrderResponseErrorCode.EXCEEDS_SHORTABLE_QUANTITY


def test_an_update_that_enlarges_is_checked_and_margin_is_freed_by_cancelling_and_shrinking() -> (
    None
):
    def first(a: Any) -> None:
        ticket = a.limit_order("SPY", 200, 9.0)
        answer = ticket.update_quantity(201)
        assert (answer.error_code, ticket.quantity) == (
            OrderResponseErrorCode.INSUFFICIENT_BUYING_POWER,
            200,
        )
        assert a.portfolio.margin_remaining == 0.0
        ticket.update_quantity(50)
        assert (a.portfolio.total_margin_used, a.portfolio.margin_remaining) == (250.0, 750.0)
        ticket.cancel()
        assert a.portfolio.margin_remaining == 1_000.0

    assert play(flat(2), {0: first}, cash=1_000.0).summary()["refused_otherwise"] == 0


def test_leverage_and_the_null_model() -> None:
    def fourfold(a: Any) -> None:
        a.securities["GME"].set_leverage(4)
        assert a.securities["GME"].leverage == 4.0

    assert ordered(("GME", 400), ("GME", 1), setup=fourfold) == [OK, NO]
    free = NullBuyingPower()
    assert ordered(
        ("GME", 10**9), setup=lambda a: a.securities["GME"].set_buying_power_model(free)
    ) == [OK]


def test_leverage_may_change_while_it_runs() -> None:
    def first(a: Any) -> Any:
        before = a.market_order("GME", 300).status
        a.securities["GME"].set_leverage(4)
        return before, a.market_order("GME", 300).status

    assert play(flat(2, "AMC", "GME"), {0: first}, cash=1_000.0).algorithm.returned[0] == (NO, OK)


@pytest.mark.parametrize("value", [0.0, -0.1, 1.1, float("nan"), "half"])
def test_s6_initial_margin_is_a_fraction(value: Any) -> None:
    with pytest.raises(InvalidInputError, match="initial_margin"):
        RegTBuyingPower(value)


@pytest.mark.parametrize("value", [0.5, float("inf"), float("nan"), None])
def test_s6_leverage_is_at_least_one(value: Any) -> None:
    with pytest.raises(InvalidInputError, match="leverage"):
        RegTBuyingPower.of_leverage(value)


def test_s6_a_model_needs_its_number() -> None:
    with pytest.raises(InvalidInputError, match="buying_power_model"):
        play(flat(1), {}, setup=lambda a: a.securities["SPY"].set_buying_power_model(object()))
