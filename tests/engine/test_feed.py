"""One timeline out of several panels; last closes carried on; dates cut off."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from shortable.engine import Algorithm, Backtest, MarketData, Resolution

from .scenario import bars, flat, play


def test_the_last_close_is_carried_on_and_is_zero_before_the_first() -> None:
    data = bars({"SPY": [10, 11, 12, 13], "GME": [None, 5, None, 6]})
    seen = play(
        data,
        {n: lambda a: (a.securities["GME"].price, a.securities["SPY"].price) for n in range(4)},
    )
    assert seen.algorithm.returned == {
        0: (0.0, 10.0),
        1: (5.0, 11.0),
        2: (5.0, 12.0),
        3: (6.0, 13.0),
    }


def test_a_holding_is_valued_at_its_last_close() -> None:
    data = bars({"SPY": [10] * 4, "GME": [5, 5, 6, None]})
    result = play(data, {0: lambda a: a.market_order("GME", 100)})
    assert result.equity["equity"].tolist() == [1_000_000, 1_000_000, 1_000_100, 1_000_100]


def test_a_price_from_before_the_first_date_is_known() -> None:
    data = bars({"SPY": [10, 11, 12], "GME": [7, None, None]})
    result = play(data, {0: lambda a: a.securities["GME"].price}, start="2024-01-03")
    assert (result.algorithm.returned[0], len(result.equity)) == (7.0, 2)


def test_get_last_data_looks_back_to_the_newest_bar() -> None:
    data = bars({"SPY": [10] * 3, "GME": [7, None, None]})
    bar = play(data, {2: lambda a: a.securities["GME"].get_last_data()}).algorithm.returned[2]
    assert (bar.close, bar.end_time) == (7.0, datetime(2024, 1, 2, 16))


@pytest.mark.parametrize("daily_first", [True, False])
def test_daily_and_hourly_securities_share_one_clock(daily_first: bool) -> None:
    daily, hourly = (
        bars({"SPY": [(10, 12, 9, 11), 13]}),
        bars({"GME": [5, 6, 7, 8, 9, 10] * 2}, hourly=True),
    )
    data = MarketData.from_frames(
        {
            "SPY": daily.frame("SPY", "daily")
            .set_axis(["2024-01-02", "2024-01-03"])
            .rename_axis("date")
            .reset_index(),
            "GME": hourly.frame("GME", "hour"),
        }
    )
    seen: list[Any] = []

    class Mixed(Algorithm):
        def initialize(self) -> None:
            order = [("SPY", Resolution.DAILY), ("GME", Resolution.HOUR)]
            for ticker, resolution in order if daily_first else order[::-1]:
                self.add_equity(ticker, resolution)

        def on_data(self, slice: Any) -> None:
            seen.append(
                (
                    self.time.hour,
                    sorted(slice),
                    self.securities["SPY"].price,
                    self.securities["GME"].price,
                )
            )
            if self.time.hour == 11 and self.time.day == 2:
                self.market_order("GME", 1)
            if len(seen) == 6:
                self.market_order("SPY", 1)
                self.market_order("GME", 1)

    result = Backtest(Mixed, data).run()
    # 11:00 to 16:00 on two days; the daily bar is known, and its symbol trades, at the session's close alone.
    assert seen[0] == (11, ["GME"], 0.0, 5.0)
    assert seen[5] == (16, ["GME", "SPY"], 11.0, 10.0)
    assert seen[6] == (11, ["GME"], 11.0, 5.0)
    fills = [(f.symbol, f.price, f.time.day, f.time.hour) for f in result.fills.itertuples()]
    assert fills == [("GME", 6.0, 2, 11), ("GME", 5.0, 3, 10), ("SPY", 13.0, 3, 9)]
    assert len(result.equity) == 2


def test_bars_of_many_symbols_stay_in_the_order_in_which_they_were_added() -> None:
    def setup(a: Any) -> None:
        assert list(a.securities) == ["AMC", "GME", "SPY"]

    result = play(
        flat(2, "SPY", "GME", "AMC"), {0: lambda a: a.market_order("GME", 5)}, setup=setup
    )
    assert {s: h.quantity for s, h in result.algorithm.portfolio.items()} == {
        "AMC": 0,
        "GME": 5,
        "SPY": 0,
    }
