"""Trailing stops: golden bars by hand; a bar is held against the stop before it moves it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from shortable.engine import OrderStatus, OrderType, TrailingStopOrder
from shortable.errors import InvalidInputError

from .scenario import Shares, bars, play

BAR = (10.0, 12.0, 9.0, 11.0)  # open, high, low, close


@pytest.mark.parametrize(
    ("quantity", "arguments", "rows", "filled_at", "in_bar", "stop_at_end"),
    [
        # To sell, 2.00 away, sent at a close of 10.00: the stop begins at 8.00.
        (
            -5,
            (2.0, False),
            [BAR],
            None,
            None,
            10.0,
        ),  # 9.00 does not reach 8.00; then the high of 12 moves it to 10
        (-5, (2.0, False), [BAR, BAR], 10.0, 2, 10.0),  # opens at 10.00, the stop: reached exactly
        (-5, (2.0, False), [BAR, (11.0, 11.5, 9.5, 10.0)], 10.0, 2, 10.0),  # the low reaches it
        (-5, (2.0, False), [BAR, (9.0, 9.5, 8.5, 9.0)], 9.0, 2, 10.0),  # opens below it
        (
            -5,
            (2.0, False),
            [BAR, (11.0, 11.0, 10.5, 11.0)],
            None,
            None,
            10.0,
        ),  # a lower high moves nothing
        (-5, (2.0, False), [BAR, (11.0, 13.0, 10.5, 11.0)], None, None, 11.0),
        (
            -5,
            (2.0, False),
            [(10.0, 12.0, 8.0, 9.0)],
            8.0,
            1,
            8.0,
        ),  # reached before the bar's own high counts
        (-5, (1.0, False), [BAR], 9.0, 1, 9.0),
        # Moved to 10.00 by a high of 12.00, the bar's own low of 9.00 is not held against it.
        (-5, (2.0, False), [BAR, None, (10.5, 10.6, 10.4, 10.5)], None, None, 10.0),
        # A quarter away: begins at 7.50; 12.00 × 0.75 = 9.00.
        (-5, (0.25, True), [BAR], None, None, 9.0),
        (-5, (0.25, True), [BAR, BAR], 9.0, 2, 9.0),
        # With a stop price of its own: 9.50 is reached at once; 5.00 is not, and then follows at 2.00.
        (-5, (9.5, 2.0, False), [BAR], 9.5, 1, 9.5),
        (-5, (5.0, 2.0, False), [BAR], None, None, 10.0),
        (-5, (8.9, 20.0, False), [BAR], None, None, 8.9),  # nearer than the distance: it stays
        # To buy, 2.00 away: begins at 12.00, reached exactly; 3.00 away it begins at 13.00 and the low of 9 moves it to 12.
        (5, (2.0, False), [BAR], 12.0, 1, 12.0),
        (5, (3.0, False), [BAR], None, None, 12.0),
        (5, (3.0, False), [BAR, BAR], 12.0, 2, 12.0),
        (5, (3.0, False), [BAR, (13.0, 14.0, 12.5, 13.0)], 13.0, 2, 12.0),  # opens above it
        (
            5,
            (3.0, False),
            [BAR, (10.0, 11.0, 9.5, 11.0)],
            None,
            None,
            12.0,
        ),  # a higher low moves nothing
        (5, (3.0, False), [BAR, (10.0, 11.0, 8.0, 11.0)], None, None, 11.0),
        # Half away: begins at 15.00; 9.00 × 1.5 = 13.50.
        (5, (0.5, True), [BAR], None, None, 13.5),
        (5, (11.5, 2.0, False), [BAR], 11.5, 1, 11.5),
        (5, (30.0, 2.0, False), [BAR], None, None, 11.0),
    ],
)
def test_where_a_trailing_stop_fills(
    quantity: int,
    arguments: Any,
    rows: list[Any],
    filled_at: float | None,
    in_bar: int | None,
    stop_at_end: float,
) -> None:
    data = bars({"GME": [10, *rows], "SPY": [1] * (1 + len(rows))})
    result = play(data, {0: lambda a: a.trailing_stop_order("GME", quantity, *arguments)})
    ticket = result.algorithm.returned[0]
    assert ticket.average_fill_price == (filled_at or 0.0)
    assert result.fills["time"].dt.day.tolist() == ([] if in_bar is None else [2 + in_bar])
    assert ticket.stop_price == pytest.approx(stop_at_end, abs=1e-12)


def test_close_only_data() -> None:
    # 1.00 below the best close: 10 → 9, 12 → 11, 11.5, and 10.8 is below 11.
    result = play(
        bars({"SPY": [10, 12, 11.5, 10.8]}),
        {0: lambda a: a.trailing_stop_order("SPY", -5, 1.0, False)},
    )
    assert result.fills["price"].tolist() == [10.8]


def test_leans_two_forms_by_place_and_by_name() -> None:
    def first(a: Any) -> Any:
        return [
            a.trailing_stop_order("SPY", -1, 0.5, True, False, "tag"),
            a.trailing_stop_order(
                "SPY", -1, trailing_amount=0.5, trailing_as_percentage=True, tag="tag"
            ),
            a.trailing_stop_order("SPY", -1, 5.0, 0.5, True, False, "tag"),
            a.trailing_stop_order(
                "SPY", -1, 5.0, trailing_amount=0.5, trailing_as_percentage=True, tag="tag"
            ),
            a.trailing_stop_order(
                "SPY",
                -1,
                stop_price=5.0,
                trailing_amount=0.5,
                trailing_as_percentage=True,
                tag="tag",
            ),
            a.trailing_stop_order("SPY", -1, 0.5, True, "tag"),
        ]

    result = play(bars({"SPY": [10, 10]}), {0: first})
    assert [
        (t.order_type, t.stop_price, t.trailing_amount, t.order.trailing_as_percentage, t.tag)
        for t in result.algorithm.returned[0]
    ] == [(OrderType.TRAILING_STOP, 5.0, 0.5, True, "tag")] * 6
    assert all(isinstance(t.order, TrailingStopOrder) for t in result.algorithm.returned[0])
    table = result.orders
    assert (table["trailing_amount"].tolist(), table["trailing_as_percentage"].tolist()) == (
        [0.5] * 6,
        [True] * 6,
    )
    assert table["trailing_as_percentage"].dtype == bool


def test_the_result_is_written_with_amount_and_kind(tmp_path: Path) -> None:
    def first(a: Any) -> None:
        a.trailing_stop_order("SPY", -1, 0.5, True)
        a.trailing_stop_order("SPY", -1, 2.0, False)
        a.market_order("SPY", 1)

    folder = play(bars({"SPY": [10, 10]}), {0: first}).to_parquet(tmp_path / "result")
    orders = pd.read_parquet(folder / "orders.parquet")
    assert orders["type"].tolist() == ["TRAILING_STOP", "TRAILING_STOP", "MARKET"]
    assert orders["trailing_as_percentage"].tolist() == [True, False, False]
    assert orders["trailing_amount"].fillna(-1).tolist() == [0.5, 2.0, -1]


def test_a_new_amount_counts_from_the_next_bar_on_and_never_loosens() -> None:
    def tighten(a: Any) -> Any:
        ticket = a.transactions.get_order_ticket(1)
        assert ticket.update_stop_trailing_amount(1.0).is_success
        return ticket.stop_price

    def loosen(a: Any) -> Any:
        ticket = a.transactions.get_order_ticket(1)
        before = ticket.stop_price
        assert ticket.update_stop_trailing_amount(5.0, "wider").is_success
        return before

    quiet = (11.0, 11.5, 10.5, 11.0)
    data = bars({"SPY": [10, BAR, quiet, quiet, (10.8, 10.8, 10.4, 10.6)]})
    steps = {0: lambda a: a.trailing_stop_order("SPY", -5, 2.0, False), 1: tighten, 2: loosen}
    result = play(data, steps)
    # 8 → 10 after BAR; the new amount of 1 makes it 11.5 − 1 = 10.5 after the next bar; 5 leaves it there, and the
    # fourth bar, whose low is 10.50, reaches it exactly.
    assert (result.algorithm.returned[1], result.algorithm.returned[2]) == (10.0, 10.5)
    ticket = result.algorithm.transactions.get_order_ticket(1)
    assert (ticket.average_fill_price, str(ticket.order.last_time.date()), ticket.tag) == (
        10.5,
        "2024-01-05",
        "wider",
    )


def test_a_users_stop_price_goes_on_following() -> None:
    steps = {
        0: lambda a: a.trailing_stop_order("SPY", -5, 2.0, False),
        1: lambda a: a.transactions.get_order_ticket(1).update_stop_price(3.0),
    }
    data = bars({"SPY": [10, BAR, (9.0, 9.0, 8.0, 8.5), (8.5, 8.5, 7.0, 7.5)]})
    # 10 after BAR, 3 by the user, 9 − 2 = 7 after the third bar, whose low of 8 would have met 10; then 7 is reached.
    assert play(data, steps).fills["price"].tolist() == [7.0]


def test_a_stop_at_or_below_zero_waits_until_it_has_followed() -> None:
    result = play(
        bars({"SPY": [1.0, (1.0, 8.0, 0.5, 8.0), (8.0, 8.0, 2.0, 3.0)]}),
        {0: lambda a: a.trailing_stop_order("SPY", -5, 5.0, False)},
    )
    assert result.fills["price"].tolist() == [3.0]  # begins at −4; 8 − 5 = 3


def test_s4_and_s5_with_trailing_stops() -> None:
    def first(a: Any) -> Any:
        return a.trailing_stop_order("SPY", -100, 1.0, False), a.trailing_stop_order(
            "SPY", -1, 1.0, False
        )

    result = play(bars({"SPY": [10, 9]}), {0: first}, provider=Shares(100))
    rests, refused = result.algorithm.returned[0]
    assert (rests.status, refused.status, refused.error_code) == (
        OrderStatus.FILLED,
        OrderStatus.INVALID,
        -31,
    )
    assert result.algorithm.portfolio["SPY"].quantity == -100


def test_recheck_at_the_fill_cancels_a_trailing_stop_that_is_reached() -> None:
    lent = Shares(lambda symbol, time: 5 if time.day == 2 else 0)
    result = play(
        bars({"SPY": [10, 10, 8]}),
        {0: lambda a: a.trailing_stop_order("SPY", -5, 1.0, False)},
        provider=lent,
        recheck="fill",
    )
    ticket = result.algorithm.returned[0]
    assert (ticket.status, ticket.order.last_time.day) == (OrderStatus.CANCELED, 4)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0.0, False), InvalidInputError, "trailing_amount=0.0 must be a finite number above 0"),
        (
            (1.0, True),
            InvalidInputError,
            "trailing_amount=1.0 must be a fraction below 1. 5 % is 0.05.",
        ),
        (
            (9.0, 1.0, "yes"),
            InvalidInputError,
            "trailing_as_percentage='yes' must be True or False",
        ),
        ((0.0, 1.0, False), InvalidInputError, "stop_price=0.0 must be a finite number above 0"),
        ((9.0, 1.0), TypeError, "trailing_as_percentage"),
        ((1.0,), TypeError, "trailing_as_percentage"),
    ],
)
def test_s6_misuse(arguments: Any, error: type[Exception], message: str) -> None:
    def first(a: Any) -> None:
        with pytest.raises(error, match=message):
            a.trailing_stop_order("SPY", -5, *arguments)

    assert len(play(bars({"SPY": [10]}), {0: first}).orders) == 0


def test_s6_an_amount_that_a_fraction_cannot_be_is_refused_in_an_update() -> None:
    def first(a: Any) -> None:
        ticket = a.trailing_stop_order("SPY", -5, 0.1, True)
        with pytest.raises(InvalidInputError, match="be a fraction below 1"):
            ticket.update_stop_trailing_amount(10)
        with pytest.raises(
            InvalidInputError, match="limit_price=9 must be None for a TRAILING_STOP order"
        ):
            ticket.update_limit_price(9)
        with pytest.raises(
            InvalidInputError, match="trailing_amount=1 must be None for a MARKET order"
        ):
            a.market_order("SPY", 1).update_stop_trailing_amount(1)
        assert (ticket.trailing_amount, ticket.update_requests) == (0.1, [])

    play(bars({"SPY": [10]}), {0: first})
