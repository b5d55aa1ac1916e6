"""S31: one of two orders cancels the other; by hand, and against runs of either order alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortable.engine import OrderStatus
from shortable.errors import InvalidInputError
from shortable.orders import OrderResponseErrorCode

from .scenario import Shares, bars, play


def bracket(algorithm: Any) -> None:
    """Cover a short at a profit or at a loss, whichever comes first."""
    target = algorithm.limit_order("GME", 100, 8.0)
    stop = algorithm.stop_market_order("GME", 100, 12.0)
    assert algorithm.one_cancels_other(target, stop).is_success


def short(algorithm: Any) -> None:
    algorithm.market_order("GME", -100)


@pytest.mark.parametrize(
    ("bar", "kept"),
    [
        ((10, 12.5, 10, 11), 3),  # the stop at 12.00: the target is cancelled
        ((10, 10, 7.5, 9), 2),
        ((10, 12.5, 7.5, 9), 2),  # both are reached: the one with the smaller number fills
    ],
)
def test_s31_the_one_that_fills_cancels_the_other(bar: Any, kept: int) -> None:
    later = (10, 13, 7, 10)  # would fill either
    result = play(bars({"GME": [10, 10, bar, later]}), {0: short, 1: bracket})
    status = result.orders["status"].to_dict()
    other = 5 - kept
    assert status == {1: OrderStatus.FILLED, kept: OrderStatus.FILLED, other: OrderStatus.CANCELED}
    last = result.algorithm.transactions.get_order_ticket(other).order_events[-1]
    assert last.message == f"order {kept} of the pair has filled"
    assert result.algorithm.portfolio["GME"].quantity == 0
    assert result.algorithm.portfolio["GME"].quantity == result.fills["quantity"].sum()


def test_s31_an_order_on_the_close_of_the_same_bar_is_cancelled_too() -> None:
    def pair(algorithm: Any) -> None:
        close = algorithm.market_on_close_order("GME", 100)
        algorithm.one_cancels_other(close, algorithm.limit_order("GME", 100, 9.0))

    result = play(bars({"GME": [10, 10, (10, 10, 8, 9)]}), {0: short, 1: pair})
    assert result.orders["status"].tolist()[1:] == [OrderStatus.CANCELED, OrderStatus.FILLED]


def test_s31_a_cancelled_order_leaves_the_other_and_a_closed_one_makes_no_pair() -> None:
    answers: list[Any] = []

    def pairs(algorithm: Any) -> None:
        first, second = (algorithm.limit_order("GME", 10, price) for price in (5.0, 6.0))
        algorithm.one_cancels_other(first, second)
        with pytest.raises(InvalidInputError, match="be of one pair only"):
            algorithm.one_cancels_other(second, algorithm.limit_order("GME", 10, 4.0))
        first.cancel()
        answers.append(algorithm.one_cancels_other(first, second).error_code)
        with pytest.raises(InvalidInputError, match="another order than the first"):
            algorithm.one_cancels_other(second, second)
        with pytest.raises(InvalidInputError, match="be the ticket of an order"):
            algorithm.one_cancels_other(second, 2)
        # The first's partner is free again.
        third = algorithm.limit_order("GME", 10, 3.0)
        answers.append(algorithm.one_cancels_other(second, third).is_success)

    result = play(bars({"GME": [10, 10, (6, 6, 2, 6), 6]}), {0: pairs})
    assert answers == [OrderResponseErrorCode.INVALID_ORDER_STATUS, True]
    assert result.orders["status"].tolist() == [
        OrderStatus.CANCELED,
        OrderStatus.FILLED,
        OrderStatus.FILLED,  # at 4.00, of no pair
        OrderStatus.CANCELED,
    ]


def test_s31_both_of_a_pair_count_against_what_can_be_borrowed() -> None:
    def pair(algorithm: Any) -> None:
        algorithm.limit_order("GME", -60, 12.0)
        algorithm.stop_market_order("GME", -60, 9.0)

    result = play(bars({"GME": [10, 10]}), {0: pair}, provider=Shares(100))
    assert result.orders["status"].tolist() == [OrderStatus.SUBMITTED, OrderStatus.INVALID]


PRICE = st.integers(28, 52).map(lambda n: n / 4)
BAR = st.tuples(PRICE, PRICE, PRICE, PRICE).map(lambda p: (p[0], max(p), min(p), p[3]))
ORDER = st.tuples(
    st.sampled_from(["limit", "stop", "market", "close"]), st.sampled_from([-20, 30]), PRICE
)


@settings(deadline=None, max_examples=60)
@given(st.lists(BAR, min_size=3, max_size=7), ORDER, ORDER)
def test_s31_a_pair_is_the_one_that_would_fill_first_alone(
    rows: list[Any], first: Any, second: Any
) -> None:
    def send(algorithm: Any, kind: str, shares: int, price: float) -> Any:
        if kind == "limit":
            return algorithm.limit_order("GME", shares, price)
        if kind == "stop":
            return algorithm.stop_market_order("GME", shares, price)
        if kind == "market":
            return algorithm.market_order("GME", shares)
        return algorithm.market_on_close_order("GME", shares)

    def both(algorithm: Any) -> None:
        algorithm.one_cancels_other(send(algorithm, *first), send(algorithm, *second))

    data = bars({"GME": rows})
    alone = [play(data, {0: lambda a, o=o: send(a, *o)}).fills for o in (first, second)]
    # Orders on the close fill after all others of their bar.
    when = [
        (fills["time"].iloc[0].date(), order[0] == "close", number, fills)
        for number, (order, fills) in enumerate(zip((first, second), alone, strict=True))
        if len(fills)
    ]
    found = play(data, {0: both})
    status = found.orders["status"].tolist()
    if not when:
        assert not len(found.fills)
        return
    _, _, number, fills = min(when, key=lambda one: one[:3])
    assert found.fills[["time", "quantity", "price"]].values.tolist() == (
        fills[["time", "quantity", "price"]].values.tolist()
    )
    assert status[number] is OrderStatus.FILLED
    assert status[1 - number] is OrderStatus.CANCELED
