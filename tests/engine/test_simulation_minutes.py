"""Minute bars: the clock, bars, fills, fees and availability, alone and beside hours and days."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import pytest

from shortable.engine import Algorithm, Backtest, MarketData, OrderStatus, Resolution, TimeInForce

from .scenario import Shares, bars, play

# Two sessions of four minutes, 09:31 to 09:34; open, high, low, close.
ROWS = [(n, n + 0.5, n - 0.5, n + 0.25) for n in range(10, 18)]


def times(result: Any) -> list[str]:
    return [f"{t:%d %H:%M}" for t in result.fills["time"]]


def test_the_clock_stands_at_each_minutes_end_and_bars_say_when_they_began() -> None:
    steps = {n: lambda a: (a.time, a.securities["SPY"].get_last_data()) for n in range(8)}
    seen = play(
        bars({"SPY": ROWS}, minutes=4), steps, resolution=Resolution.MINUTE
    ).algorithm.returned
    assert [f"{seen[n][0]:%d %H:%M}" for n in range(8)] == [
        f"{d} 09:3{m}" for d in ("02", "03") for m in (1, 2, 3, 4)
    ]
    bar = seen[5][1]
    assert (bar.time, bar.end_time) == (datetime(2024, 1, 3, 9, 31), datetime(2024, 1, 3, 9, 32))
    assert (bar.open, bar.high, bar.low, bar.close) == ROWS[5]


def test_orders_fill_in_the_next_minute_and_day_and_fee_follow_the_session() -> None:
    # Short 100 in the second minute at 11.00. The session closes at 13.25: 100 × 13.25 × 0.36 × 1 / 360 = 1.325.
    def send(a: Any) -> None:
        a.market_order("SPY", -100)
        a.limit_order("SPY", 50, 9.0)
        a.stop_market_order("SPY", 50, 15.5)

    result = play(
        bars({"SPY": ROWS}, minutes=4),
        {0: send},
        resolution=Resolution.MINUTE,
        provider=Shares(100, 0.36),
    )
    assert (times(result), result.fills["price"].tolist()) == (
        ["02 09:31", "03 09:32"],  # at an open; inside the bar known at 09:32
        [11.0, 15.5],
    )
    assert result.borrow_costs["cost"].tolist() == pytest.approx([1.325])
    assert result.equity.index.strftime("%d").tolist() == ["02", "03"]
    # 1,000,000 + 100 × 11.00 − 100 × 13.25 = 999,775; then less the fee, + 50 × (13.25 − 15.5) + 50 × (13.25 − 17.25)
    assert result.equity["equity"].tolist() == pytest.approx(
        [999_775, 999_775 - 1.325 - 112.5 - 200]
    )


def test_availability_is_asked_at_the_minute() -> None:
    lent = Shares(lambda symbol, time: 100 if time < datetime(2024, 1, 2, 9, 33) else 0)
    steps = {n: lambda a: a.market_order("SPY", -10).status for n in range(4)}
    result = play(
        bars({"SPY": ROWS}, minutes=4), steps, resolution=Resolution.MINUTE, provider=lent
    )
    assert (
        list(result.algorithm.returned.values())
        == [OrderStatus.SUBMITTED] * 2 + [OrderStatus.INVALID] * 2
    )


def test_a_fill_is_looked_at_again_as_of_the_minutes_beginning() -> None:
    lent = Shares(100)
    play(
        bars({"SPY": ROWS}, minutes=4),
        {0: lambda a: a.market_order("SPY", -10), 3: lambda a: a.market_order("SPY", -10)},
        resolution=Resolution.MINUTE,
        provider=lent,
        recheck="fill",
    )
    # At submission; at the beginning of the next minute; and of the next session's first, which is its open.
    assert [f"{t:%d %H:%M}" for _, t in lent.asked] == [
        "02 09:31",
        "02 09:31",
        "02 09:34",
        "03 09:30",
    ]


def daily_hour_and_minute() -> MarketData:
    """SPY daily, GME in hours and AMC in minutes, 2 to 4 January; GME's last bar of a day is half an hour long.

    The n-th bar of a ticker, from 0, closes at its base + n and opens half a dollar below.
    """
    days = ["2024-01-02", "2024-01-03", "2024-01-04"]
    minutes = [
        f"{d} {t}"
        for d in days
        for t in ("10:58", "10:59", "11:00", "11:01", "11:02", "15:59", "16:00")
    ]
    hours = [f"{d} {t}" for d in days for t in ("11:00", "15:30", "16:00")]
    frames = {}
    for ticker, at, base in (("SPY", days, 100), ("GME", hours, 50), ("AMC", minutes, 5)):
        closes = [base + n for n in range(len(at))]
        frames[ticker] = pd.DataFrame(
            {"open": [c - 0.5 for c in closes], "close": closes},
            index=pd.to_datetime(at),
            dtype=float,
        )
    return MarketData.from_frames(frames)


class Beside(Algorithm):
    """Sends what `orders` say at a time."""

    orders: dict[str, list[tuple[str, str]]]

    def initialize(self) -> None:
        self.seen: list[tuple[str, list[str]]] = []
        for ticker, resolution in (("SPY", "daily"), ("GME", "hour"), ("AMC", "minute")):
            self.add_equity(ticker, resolution)

    def on_data(self, slice: Any) -> None:
        now = f"{self.time:%d %H:%M}"
        self.seen.append((now, sorted(slice)))
        for method, ticker in self.orders.get(now, ()):
            price = {"limit_order": [1000.0], "stop_market_order": [1.0]}.get(method, [])
            getattr(self, method)(ticker, 1, *price)


def run(**orders: list[tuple[str, str]]) -> Any:
    Beside.orders = {when.replace("_", " ", 1).lstrip("d"): what for when, what in orders.items()}
    return Backtest(Beside, daily_hour_and_minute()).run()


def filled(result: Any) -> list[tuple[str, str, float]]:
    return [(f.symbol, f"{f.time:%d %H:%M}", f.price) for f in result.fills.itertuples()]


def test_days_hours_and_minutes_share_one_clock() -> None:
    seen = run().algorithm.seen
    # Seven minutes, and the hour known at 15:30 that has no minute beside it, on three days.
    assert [now for now, _ in seen] == [
        f"{d} {t}"
        for d in ("02", "03", "04")
        for t in ("10:58", "10:59", "11:00", "11:01", "11:02", "15:30", "15:59", "16:00")
    ]
    assert dict(seen)["02 11:00"] == ["AMC", "GME"]
    assert dict(seen)["02 15:30"] == ["GME"]
    assert dict(seen)["02 16:00"] == ["AMC", "GME", "SPY"]


@pytest.mark.parametrize("method", ["market_order", "limit_order", "stop_market_order"])
def test_a_bar_that_began_before_the_order_does_not_fill_it(method: str) -> None:
    # On the 3rd at 10:58 SPY's day and GME's hour to 11:00 have long begun: what they opened at cannot be had any more.
    # AMC's next minute can, and GME's bar to 15:30 and SPY's next day.
    result = run(**{"d03_10:58": [(method, t) for t in ("SPY", "GME", "AMC")]})
    assert filled(result) == [
        ("AMC", "03 10:58", 12.5),
        ("GME", "03 14:30", 53.5),
        ("SPY", "04 09:30", 101.5),
    ]


def test_an_order_at_a_bars_end_fills_in_the_next_bar_however_short_that_is() -> None:
    # GME's bar known at 16:00 began at 15:30, when the one before it ended: an order of then is in time, one of 15:59 not.
    assert filled(run(**{"d03_15:30": [("market_order", "GME")]})) == [("GME", "03 15:30", 54.5)]
    assert filled(run(**{"d03_15:59": [("market_order", "GME")]})) == [("GME", "04 10:00", 55.5)]
    assert filled(run(**{"d03_16:00": [("market_order", "SPY")]})) == [("SPY", "04 09:30", 101.5)]


def test_todays_close_is_still_to_come_whatever_has_begun() -> None:
    result = run(**{"d03_10:58": [("market_on_close_order", t) for t in ("SPY", "GME", "AMC")]})
    assert sorted(filled(result)) == [
        ("AMC", "03 16:00", 18.0),
        ("GME", "03 16:00", 55.0),
        ("SPY", "03 16:00", 101.0),
    ]


def test_todays_open_is_over() -> None:
    result = run(**{"d03_10:58": [("market_on_open_order", t) for t in ("SPY", "GME", "AMC")]})
    assert filled(result) == [
        ("AMC", "04 10:57", 18.5),
        ("GME", "04 10:00", 55.5),
        ("SPY", "04 09:30", 101.5),
    ]


def test_a_fill_of_a_daily_bar_beside_minutes_is_looked_at_again_as_of_its_open() -> None:
    lent = Shares(100)

    class Sells(Beside):
        def on_data(self, slice: Any) -> None:
            if f"{self.time:%d %H:%M}" == "02 16:00":
                for ticker in ("SPY", "GME", "AMC"):
                    self.market_order(ticker, -1)
                lent.asked.clear()

    Backtest(Sells, daily_hour_and_minute(), provider=lent, recheck="fill").run()
    # AMC's first minute of the 3rd ends at 10:58, GME's first hour at 11:00, SPY's day opened at 09:30.
    assert [(s, f"{t:%d %H:%M}") for s, t in lent.asked] == [
        ("AMC", "03 10:57"),
        ("GME", "03 10:00"),
        ("SPY", "03 09:30"),
    ]


def test_a_day_order_for_a_daily_bar_that_has_begun_lives_through_the_next_session() -> None:
    class Day(Beside):
        def on_data(self, slice: Any) -> None:
            if f"{self.time:%d %H:%M}" == "03 10:58":
                for price in (1000.0, 0.5):
                    self.limit_order("SPY", 1, price, time_in_force=TimeInForce.DAY)

    result = Backtest(Day, daily_hour_and_minute()).run()
    assert [
        (s, f"{t:%d %H:%M}")
        for s, t in zip(result.orders["status"], result.orders["last_time"], strict=True)
    ] == [
        (OrderStatus.FILLED, "04 09:30"),
        (OrderStatus.CANCELED, "04 16:00"),
    ]


def test_get_last_data_looks_back_over_minutes_without_a_bar() -> None:
    data = bars({"SPY": [10] * 8, "GME": [7, None, 8, None, None, None, None, None]}, minutes=4)
    steps = {n: lambda a: a.securities["GME"].get_last_data() for n in range(8)}
    seen = play(data, steps, resolution=Resolution.MINUTE).algorithm.returned
    assert [seen[n].end_time.minute for n in range(8)] == [31, 31, 33, 33, 33, 33, 33, 33]
    late = bars({"SPY": [10] * 2, "GME": [None, 5]}, minutes=4)
    assert play(late, {0: steps[0]}, resolution=Resolution.MINUTE).algorithm.returned[0] is None
