"""When and at what price orders fill: golden bars, worked out by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from shortable.engine import MarketData, OrderStatus, Resolution, TimeInForce

from .scenario import FIRST, Scripted, bars, play

BAR = (10.0, 12.0, 9.0, 11.0)  # open, high, low, close


@pytest.mark.parametrize(
    ("kind", "quantity", "price", "filled_at"),
    [
        ("market", -5, None, 10.0),
        ("market", 5, None, 10.0),
        # A limit to sell fills if the high reaches it, at the better of limit and open.
        ("limit", -5, 11.0, 11.0),
        ("limit", -5, 12.0, 12.0),  # reached exactly
        ("limit", -5, 12.01, None),
        ("limit", -5, 9.5, 10.0),  # the bar opens above it
        ("limit", 5, 9.5, 9.5),
        ("limit", 5, 9.0, 9.0),  # reached exactly
        ("limit", 5, 8.99, None),
        ("limit", 5, 11.0, 10.0),  # the bar opens below it
        # A stop to sell fills if the low reaches it, at the worse of stop and open.
        ("stop", -5, 9.5, 9.5),
        ("stop", -5, 9.0, 9.0),  # reached exactly
        ("stop", -5, 8.99, None),
        ("stop", -5, 10.5, 10.0),  # the bar opens below it
        ("stop", 5, 11.5, 11.5),
        ("stop", 5, 12.0, 12.0),  # reached exactly
        ("stop", 5, 12.01, None),
        ("stop", 5, 9.5, 10.0),  # the bar opens above it
    ],
)
def test_the_price_inside_a_bar(
    kind: str, quantity: int, price: float | None, filled_at: float | None
) -> None:
    def first(a: Any) -> Any:
        if kind == "market":
            return a.market_order("SPY", quantity)
        return (a.limit_order if kind == "limit" else a.stop_market_order)("SPY", quantity, price)

    ticket = play(bars({"SPY": [10, BAR]}), {0: first}).algorithm.returned[0]
    assert (ticket.status == OrderStatus.FILLED) is (filled_at is not None)
    assert ticket.average_fill_price == (filled_at or 0.0)


def test_close_only_data_fills_at_the_close() -> None:
    def first(a: Any) -> Any:
        return (
            a.market_order("SPY", 1),
            a.limit_order("SPY", -1, 10.5),
            a.limit_order("SPY", 1, 10.5),
            a.stop_market_order("SPY", 1, 10.5),
            a.stop_market_order("SPY", -1, 10.5),
        )

    result = play(bars({"SPY": [10.0, 11.0]}), {0: first})
    assert [t.average_fill_price for t in result.algorithm.returned[0]] == [
        11.0,
        11.0,
        0.0,
        11.0,
        0.0,
    ]


def test_nothing_fills_in_the_bar_that_is_being_handled() -> None:
    result = play(
        bars({"SPY": [BAR, (20, 20, 20, 20)]}), {0: lambda a: a.limit_order("SPY", -5, 11.0)}
    )
    assert result.fills["price"].tolist() == [20.0]
    assert result.fills["time"].astype(str).tolist() == ["2024-01-03 09:30:00"]


def test_orders_sent_on_the_last_bar_stay_open() -> None:
    result = play(bars({"SPY": [10, 10]}), {1: lambda a: a.market_order("SPY", 5)})
    assert result.orders["status"].tolist() == [OrderStatus.SUBMITTED]
    assert result.summary()["open"] == 1


def test_a_symbol_without_a_bar_is_not_filled_in_that_row() -> None:
    data = bars({"SPY": [10, 10, 10, 10], "GME": [5, None, None, 6]})
    result = play(data, {0: lambda a: (a.market_order("GME", 1), a.market_order("SPY", 1))})
    assert result.fills[["symbol", "price"]].values.tolist() == [["SPY", 10.0], ["GME", 6.0]]
    assert result.fills["time"].dt.day.tolist() == [3, 5]


def test_fills_of_one_bar_come_in_the_order_of_the_orders_numbers() -> None:
    def first(a: Any) -> None:
        a.limit_order("SPY", -5, 11.0)
        a.market_order("GME", 1)
        a.stop_market_order("SPY", -5, 9.5)
        a.market_order("SPY", 2)

    result = play(bars({"SPY": [10, BAR], "GME": [10, BAR]}), {0: first})
    assert result.fills["order_id"].tolist() == [1, 2, 3, 4]


def test_good_till_cancelled_rests_and_a_day_order_lives_through_the_next_session_only() -> None:
    def first(a: Any) -> Any:
        return a.limit_order("SPY", -5, 11.0), a.limit_order(
            "SPY", -5, 11.0, time_in_force=TimeInForce.DAY
        )

    result = play(bars({"SPY": [10, 10, BAR]}), {0: first})
    rests, day = result.algorithm.returned[0]
    assert (rests.status, day.status, day.order_events[-1].message) == (
        OrderStatus.FILLED,
        OrderStatus.CANCELED,
        "expired at the end of the session",
    )
    assert day.order.last_time.day == 3


def test_an_intraday_day_order_lives_to_the_end_of_its_session() -> None:
    # Six bars a session, 11:00 to 16:00; sent at 12:00 of the first and at its close.
    data = bars({"SPY": [10] * 12}, hourly=True)
    steps = {
        n: lambda a: a.limit_order("SPY", -5, 11.0, time_in_force=TimeInForce.DAY) for n in (1, 5)
    }
    result = play(data, steps, resolution=Resolution.HOUR)
    ended = [str(t) for t in result.orders["last_time"]]
    assert ended == ["2024-01-02 16:00:00", "2024-01-03 16:00:00"]
    assert set(result.orders["status"]) == {OrderStatus.CANCELED}


def test_what_the_algorithm_sends_on_hearing_of_a_fill_waits_for_the_next_bar() -> None:
    class Chains(Scripted):
        def on_order_event(self, event: Any) -> None:
            if event.status == OrderStatus.FILLED and event.order_id < 3:
                self.market_order("SPY", 1)
                # An order that rests already must not profit from what its owner heard of this bar.
                self.transactions.get_order_ticket(2).update_limit_price(11.9)

    def first(a: Any) -> None:
        a.market_order("SPY", 1)
        a.limit_order("SPY", -1, 100.0)

    result = play(bars({"SPY": [10, BAR, BAR, BAR]}), {0: first}, kind=Chains)
    assert result.fills[["order_id", "price"]].values.tolist() == [
        [1, 10.0],
        [2, 11.9],
        [3, 10.0],
        [4, 10.0],
    ]
    assert result.fills["time"].dt.day.tolist() == [3, 4, 4, 5]


def test_s18_a_fill_carries_the_time_at_which_it_happens() -> None:
    # A bar of 10, 12, 8, 11 opens at 09:30 and closes at 16:00; when it reached 12 or 8 it does not say.
    def first(a: Any) -> None:
        a.market_order("SPY", 1)
        a.limit_order("SPY", 1, 10.5)  # better at the open
        a.limit_order("SPY", 1, 9.0)
        a.stop_market_order("SPY", -1, 10.0)  # reached exactly by the open
        a.stop_market_order("SPY", -1, 8.0)
        a.market_on_close_order("SPY", 1)

    result = play(bars({"SPY": [10, (10, 12, 8, 11)]}), {0: first})
    assert [f"{t:%d %H:%M}" for t in result.orders["last_time"]] == [
        "03 09:30",
        "03 09:30",
        "03 16:00",
        "03 09:30",
        "03 16:00",
        "03 16:00",
    ]
    events = [t.order_events[-1] for t in result.algorithm.transactions.get_order_tickets()]
    assert [e.time for e in events] == result.orders["last_time"].tolist()


def test_s18_in_close_only_data_fills_are_at_the_close() -> None:
    closes = pd.DataFrame({"close": [10.0, 11.0]}, index=pd.to_datetime([FIRST, "2024-01-03"]))
    result = play(MarketData.from_frames({"SPY": closes}), {0: lambda a: a.market_order("SPY", 1)})
    assert result.fills["time"].tolist() == [pd.Timestamp("2024-01-03 16:00")]
