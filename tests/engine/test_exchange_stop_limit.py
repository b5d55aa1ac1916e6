"""Stop-limit orders: golden bars by hand, both ways, with gaps and exact touches."""

from __future__ import annotations

from typing import Any

import pytest

from shortable.engine import OrderStatus, OrderType, StopLimitOrder
from shortable.errors import InvalidInputError

from .scenario import Shares, bars, play

BAR = (10.0, 12.0, 9.0, 11.0)  # open, high, low, close
UP = (11.5, 12.0, 11.0, 12.0)  # opens above
DOWN = (8.0, 8.5, 7.0, 8.2)  # opens below
STILL = (10.0, 10.0, 10.0, 10.0)


@pytest.mark.parametrize(
    ("quantity", "stop", "limit", "rows", "filled_at", "in_bar"),
    [
        # To sell: the low reaches the stop, which the limit allows, so it fills at the stop.
        (-5, 9.5, 9.2, [BAR], 9.5, 1),
        (-5, 9.5, 9.5, [BAR], 9.5, 1),  # limit and stop are one price
        (-5, 9.0, 8.5, [BAR], 9.0, 1),  # reached exactly
        (-5, 8.99, 8.5, [BAR, BAR], None, None),
        # The limit does not allow the stop price: a limit order from the next bar on, though this bar's high is above.
        (-5, 9.5, 9.8, [BAR], None, None),
        (-5, 9.5, 9.8, [BAR, STILL], 10.0, 2),  # opens above the limit
        (-5, 9.5, 10.5, [BAR, BAR], 10.5, 2),  # the high reaches the limit
        (-5, 9.5, 12.0, [BAR, BAR], 12.0, 2),  # reached exactly
        (-5, 9.5, 12.01, [BAR, BAR], None, None),
        (-5, 9.5, 9.8, [BAR, None, STILL], 10.0, 3),  # a row without a bar passes it over
        # The bar opens at or below the stop: a limit order for the whole bar.
        (-5, 8.5, 7.5, [DOWN], 8.0, 1),  # the open is within the limit
        (-5, 8.0, 8.0, [DOWN], 8.0, 1),  # stop, open and limit are one price
        (
            -5,
            9.0,
            8.3,
            [DOWN],
            8.3,
            1,
        ),  # the open is not, and the high, which comes after it, reaches the limit
        (-5, 9.0, 8.5, [DOWN], 8.5, 1),  # reached exactly
        (-5, 9.0, 8.51, [DOWN], None, None),
        (-5, 9.0, 8.51, [DOWN, STILL], 10.0, 2),
        # To buy: the high reaches the stop.
        (5, 11.0, 11.5, [BAR], 11.0, 1),
        (5, 11.0, 11.0, [BAR], 11.0, 1),
        (5, 12.0, 12.5, [BAR], 12.0, 1),  # reached exactly
        (5, 12.01, 12.5, [BAR, BAR], None, None),
        (5, 11.0, 10.5, [BAR], None, None),
        (5, 11.0, 10.5, [BAR, STILL], 10.0, 2),  # opens below the limit
        (5, 11.0, 9.5, [BAR, BAR], 9.5, 2),
        (5, 11.0, 9.0, [BAR, BAR], 9.0, 2),  # reached exactly
        (5, 11.0, 8.99, [BAR, BAR], None, None),
        # The bar opens at or above the stop.
        (5, 11.0, 11.8, [UP], 11.5, 1),
        (5, 11.5, 11.5, [UP], 11.5, 1),
        (5, 11.0, 11.2, [UP], 11.2, 1),
        (5, 11.0, 11.0, [UP], 11.0, 1),  # reached exactly
        (5, 11.0, 10.99, [UP], None, None),
        (5, 11.0, 10.99, [UP, STILL], 10.0, 2),
    ],
)
def test_where_a_stop_limit_fills(
    quantity: int,
    stop: float,
    limit: float,
    rows: list[Any],
    filled_at: float | None,
    in_bar: int | None,
) -> None:
    # SPY keeps the rows in which GME has no bar.
    data = bars({"GME": [10, *rows], "SPY": [1] * (1 + len(rows))})
    result = play(data, {0: lambda a: a.stop_limit_order("GME", quantity, stop, limit)})
    ticket = result.algorithm.returned[0]
    assert ticket.average_fill_price == (filled_at or 0.0)
    assert result.fills["time"].dt.day.tolist() == ([] if in_bar is None else [2 + in_bar])
    assert (ticket.status is OrderStatus.FILLED) is (filled_at is not None)


def test_close_only_data() -> None:
    # To sell at 9.50 or better once 10.00 is reached: 11, 9 (a gap through stop and limit), 9.4, 9.6.
    result = play(
        bars({"SPY": [11, 9, 9.4, 9.6]}), {0: lambda a: a.stop_limit_order("SPY", -5, 10.0, 9.5)}
    )
    assert result.fills["price"].tolist() == [9.6]


def test_the_order_says_whether_its_stop_was_reached() -> None:
    def state(a: Any) -> Any:
        order = a.transactions.get_order_by_id(1)
        return order.stop_triggered, order.status

    steps = {0: lambda a: a.stop_limit_order("SPY", -5, 9.5, 12.5), 1: state, 2: state}
    result = play(bars({"SPY": [10, STILL, BAR]}), steps)
    assert result.algorithm.returned[1] == (False, OrderStatus.SUBMITTED)
    assert result.algorithm.returned[2] == (True, OrderStatus.SUBMITTED)
    order = result.algorithm.transactions.get_order_by_id(1)
    assert isinstance(order, StopLimitOrder)
    assert (order.type, order.limit_price, order.stop_price) == (OrderType.STOP_LIMIT, 12.5, 9.5)
    row = result.orders.loc[1]
    assert (row.type, row.limit_price, row.stop_price) == (OrderType.STOP_LIMIT, 12.5, 9.5)


def test_both_prices_can_be_updated_and_the_new_ones_count() -> None:
    def first(a: Any) -> Any:
        ticket = a.stop_limit_order("SPY", -5, 5.0, 4.0)
        assert ticket.update_stop_price(9.5).is_success
        assert ticket.update_limit_price(9.4).is_success
        return ticket

    ticket = play(bars({"SPY": [10, BAR]}), {0: first}).algorithm.returned[0]
    assert (ticket.average_fill_price, ticket.stop_price, ticket.limit_price) == (9.5, 9.5, 9.4)


def test_a_new_stop_price_does_not_wake_what_was_reached_before() -> None:
    steps = {
        0: lambda a: a.stop_limit_order("SPY", -5, 9.5, 11.0),
        1: lambda a: a.transactions.get_order_ticket(1).update_stop_price(1.0),
    }
    result = play(bars({"SPY": [10, (10, 10, 9, 9), BAR]}), steps)
    assert result.fills["price"].tolist() == [11.0]


def test_s4_a_resting_stop_limit_sell_counts_and_s5_one_too_many_is_refused() -> None:
    def first(a: Any) -> Any:
        rests = a.stop_limit_order("SPY", -60, 9.0, 8.5)
        return (
            rests,
            a.stop_limit_order("SPY", -41, 9.0, 8.5, tag="mine"),
            a.shortable("SPY", 40),
            a.shortable("SPY", 41),
        )

    result = play(bars({"SPY": [10, 10]}), {0: first}, provider=Shares(100))
    rests, refused, forty, more = result.algorithm.returned[0]
    assert (rests.status, refused.status, forty, more) == (
        OrderStatus.SUBMITTED,
        OrderStatus.INVALID,
        True,
        False,
    )
    assert (
        refused.tag
        == "Order exceeds maximum shortable quantity for Symbol SPY (requested short: 41)"
    )
    assert refused.order_events[-1].message == refused.tag


@pytest.mark.parametrize(
    ("stop", "limit", "message"),
    [
        (0.0, 9.0, "stop_price=0.0 must be a finite number above 0"),
        (9.0, float("inf"), "limit_price=inf must be"),
    ],
)
def test_s6_prices_that_are_none_raise(stop: float, limit: float, message: str) -> None:
    def first(a: Any) -> None:
        with pytest.raises(InvalidInputError, match=message):
            a.stop_limit_order("SPY", -5, stop, limit)

    assert len(play(bars({"SPY": [10]}), {0: first}).orders) == 0
