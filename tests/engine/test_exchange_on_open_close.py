"""On-open and on-close orders: at which bar and price, on daily, hourly and minute bars."""

from __future__ import annotations

from typing import Any

import pytest

from shortable.engine import OrderStatus, OrderType, Resolution, TimeInForce

from .scenario import Scripted, Shares, bars, flat, play

BAR = (10.0, 12.0, 9.0, 11.0)  # open, high, low, close
DAY = TimeInForce.DAY


def fills(result: Any) -> list[tuple[str, float]]:
    return [(f"{f.time:%d %H:%M}", f.price) for f in result.fills.itertuples()]


@pytest.mark.parametrize("quantity", [-5, 5])
def test_on_daily_bars_they_fill_at_the_next_sessions_open_and_close(quantity: int) -> None:
    def first(a: Any) -> Any:
        return a.market_on_open_order("SPY", quantity), a.market_on_close_order("SPY", quantity)

    result = play(bars({"SPY": [8, BAR, 20]}), {0: first})
    assert fills(result) == [("03 09:30", 10.0), ("03 16:00", 11.0)]
    assert [t.order_type for t in result.algorithm.returned[0]] == [
        OrderType.MARKET_ON_OPEN,
        OrderType.MARKET_ON_CLOSE,
    ]
    assert result.orders["type"].tolist() == [OrderType.MARKET_ON_OPEN, OrderType.MARKET_ON_CLOSE]


def test_close_only_data_fill_both_at_the_close() -> None:
    def first(a: Any) -> Any:
        return a.market_on_open_order("SPY", 1), a.market_on_close_order("SPY", 1)

    assert play(bars({"SPY": [10.0, 11.0]}), {0: first}).fills["price"].tolist() == [11.0, 11.0]


# Two sessions of hours, 11:00 to 16:00; the bars open at 1.1, 1.2, … of their number and close a tenth above.
HOURS = [(n + 0.1, n + 0.3, n, n + 0.2) for n in range(1, 13)]


@pytest.mark.parametrize(
    ("row", "on_open", "on_close"),
    [
        (0, ("03 10:00", 7.1), ("02 16:00", 6.2)),  # sent at 11:00 of the first session
        (3, ("03 10:00", 7.1), ("02 16:00", 6.2)),
        (
            4,
            ("03 10:00", 7.1),
            ("02 16:00", 6.2),
        ),  # when the last bar but one is handled: in time for the close
        (
            5,
            ("03 10:00", 7.1),
            ("03 16:00", 12.2),
        ),  # when the last bar is handled: the next session's
    ],
)
@pytest.mark.parametrize("minutes", [False, True])
def test_on_intraday_bars_at_the_first_bars_open_and_the_last_bars_close(
    row: int, on_open: Any, on_close: Any, minutes: bool
) -> None:
    def send(a: Any) -> None:
        a.market_on_open_order("SPY", 5)
        a.market_on_close_order("SPY", -5)

    if minutes:  # the same in six minutes a session, 09:31 to 09:36
        data, resolution = bars({"SPY": HOURS}, minutes=6), Resolution.MINUTE
        at = {"10:00": "09:30", "16:00": "09:36"}
        on_open, on_close = (
            (when[:3] + at[when[3:]], price) for when, price in (on_open, on_close)
        )
    else:
        data, resolution = bars({"SPY": HOURS}, hourly=True), Resolution.HOUR
    assert sorted(fills(play(data, {row: send}, resolution=resolution))) == sorted(
        [on_open, on_close]
    )


def test_first_and_last_bar_are_the_securitys_own() -> None:
    # GME has no bar at 11:00 and 16:00 of the second session, and SPY keeps those rows.
    data = bars({"SPY": [1.0] * 12, "GME": [*HOURS[:6], None, *HOURS[7:11], None]}, hourly=True)

    def send(a: Any) -> None:
        a.market_on_open_order("GME", 5)
        a.market_on_close_order("GME", 5)

    assert fills(play(data, {5: send}, resolution=Resolution.HOUR)) == [
        ("03 11:00", 8.1),
        ("03 15:00", 11.2),
    ]


def test_a_session_in_which_a_security_has_no_bar_is_passed_over() -> None:
    data = bars({"SPY": [10] * 3, "GME": [10, None, BAR]})
    result = play(
        data, {0: lambda a: (a.market_on_close_order("GME", 5), a.market_on_open_order("GME", 5))}
    )
    assert fills(result) == [("04 09:30", 10.0), ("04 16:00", 11.0)]


def test_on_close_orders_fill_after_all_others_of_the_bar() -> None:
    def first(a: Any) -> None:
        a.market_on_close_order("SPY", -1)
        a.limit_order("SPY", -1, 11.5)
        a.market_on_close_order("SPY", -1)
        a.market_order("SPY", 1)
        a.market_on_open_order("SPY", 1)

    result = play(bars({"SPY": [10, BAR]}), {0: first})
    assert result.fills["order_id"].tolist() == [2, 4, 5, 1, 3]
    assert result.fills["price"].tolist() == [11.5, 10.0, 10.0, 11.0, 11.0]


@pytest.mark.parametrize(
    ("row", "on_open_ends", "on_close_ends"),
    [
        # GME has no bar until the end of the third session, so neither can fill: when do they expire?
        (2, "03 16:00", "02 16:00"),  # at 13:00: that session's open is over, its close is not
        (5, "03 16:00", "03 16:00"),  # at the close
    ],
)
def test_a_day_order_lives_through_the_first_session_in_which_it_could_fill(
    row: int, on_open_ends: str, on_close_ends: str
) -> None:
    def send(a: Any) -> None:
        a.market_on_open_order("GME", 5, time_in_force=DAY)
        a.market_on_close_order("GME", 5, time_in_force=DAY)

    own = [*HOURS[: row + 1], *[None] * (16 - row), 1.0]
    result = play(
        bars({"SPY": [1.0] * 18, "GME": own}, hourly=True), {row: send}, resolution=Resolution.HOUR
    )
    assert set(result.orders["status"]) == {OrderStatus.CANCELED}
    assert [f"{t:%d %H:%M}" for t in result.orders["last_time"]] == [on_open_ends, on_close_ends]


def test_an_on_open_day_order_of_the_last_session_stays_open() -> None:
    def send(a: Any) -> None:
        a.market_on_open_order("SPY", 5, time_in_force=DAY)

    result = play(bars({"SPY": [1.0] * 6}, hourly=True), {2: send}, resolution=Resolution.HOUR)
    assert result.orders["status"].tolist() == [OrderStatus.SUBMITTED]


def test_what_is_sent_on_hearing_of_the_last_bars_fill_waits_for_the_next_session() -> None:
    class Chains(Scripted):
        def on_order_event(self, event: Any) -> None:
            if event.status == OrderStatus.FILLED and event.order_id == 1:
                self.market_on_close_order("SPY", 1)

    result = play(
        bars({"SPY": [10, BAR, 20]}), {0: lambda a: a.market_on_close_order("SPY", 1)}, kind=Chains
    )
    assert fills(result) == [("03 16:00", 11.0), ("04 16:00", 20.0)]


@pytest.mark.parametrize("method", ["market_on_open_order", "market_on_close_order"])
def test_s4_they_rest_and_count_and_s5_one_too_many_is_refused(method: str) -> None:
    def first(a: Any) -> Any:
        send = getattr(a, method)
        margin = a.portfolio.total_margin_used
        rests = send("SPY", -60)
        reserved = a.portfolio.total_margin_used - margin
        return (
            rests,
            send("SPY", -41),
            a.limit_order("SPY", -41, 20.0),
            a.limit_order("SPY", -40, 20.0),
            reserved,
        )

    result = play(flat(2), {0: first}, provider=Shares(100))
    rests, refused, also, fits, reserved = result.algorithm.returned[0]
    assert [t.status for t in (refused, also)] == [OrderStatus.INVALID] * 2
    assert (
        refused.tag
        == "Order exceeds maximum shortable quantity for Symbol SPY (requested short: 41)"
    )
    assert (rests.status, fits.status) == (OrderStatus.FILLED, OrderStatus.SUBMITTED)
    assert reserved == 60 * 10 / 2  # half of the value


@pytest.mark.parametrize("method", ["market_on_open_order", "market_on_close_order"])
@pytest.mark.parametrize("recheck", ["daily", "fill"])
def test_they_are_looked_at_again(method: str, recheck: Any) -> None:
    lent = Shares(lambda symbol, time: 100 if time.day == 2 else 99)
    result = play(
        flat(3),
        {0: lambda a: getattr(a, method)("SPY", -100)},
        provider=lent,
        recheck=recheck,
    )
    ticket = result.algorithm.returned[0]
    assert (ticket.status, ticket.order.last_time.day, ticket.error_code) == (
        OrderStatus.CANCELED,
        3,
        -31,
    )


def test_they_can_be_made_smaller_and_cancelled_and_have_no_price() -> None:
    def first(a: Any) -> Any:
        rests, gone = a.market_on_close_order("SPY", -10), a.market_on_open_order("SPY", -10)
        return rests, rests.update_quantity(-4), gone.cancel(), rests.limit_price, rests.stop_price

    result = play(flat(2), {0: first}, provider=Shares(20))
    rests, smaller, cancelled, *prices = result.algorithm.returned[0]
    assert (smaller.is_success, cancelled.is_success, rests.quantity_filled, prices) == (
        True,
        True,
        -4,
        [None, None],
    )
    assert result.algorithm.portfolio["SPY"].quantity == -4
