"""What the algorithm is shown: only what is known, made when it is looked at, never changing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from shortable.engine import MarketData, Resolution, Slice, TradeBar

from .scenario import Scripted, bars, flat, play

BAR = (10.0, 12.0, 9.0, 11.0)


def shown(data: MarketData, resolution: Resolution = Resolution.DAILY) -> list[Slice]:
    seen: list[Slice] = []

    class Keeps(Scripted):
        def on_data(self, slice: Any) -> None:
            seen.append(slice)

    play(data, {}, kind=Keeps, resolution=resolution)
    return seen


def test_a_slice_is_a_mapping_of_the_bars_of_one_moment() -> None:
    first, second = shown(bars({"BRK.B": [BAR, 13], "GME": [None, 5]}))
    assert (list(first), len(first), first.time) == (["BRK.B"], 1, datetime(2024, 1, 2, 16))
    assert ("BRK.B" in first, "brk/b" in first, "GME" in first, "TSLA" in first, 5 in first) == (
        True,
        True,
        False,
        False,
        False,
    )
    assert first["brk b"].close == first.bars["BRK.B"].close == first.get("BRK.B").close == 11.0
    assert (first.get("GME"), second["GME"].close, second.contains_key("GME")) == (None, 5.0, True)
    with pytest.raises(KeyError, match="GME has no bar at 2024-01-02 16:00:00"):
        first["GME"]
    # A slice that was kept still shows its own moment.
    assert (first["BRK.B"].close, second["BRK.B"].close) == (11.0, 13.0)
    assert repr(first) == "<Slice 2024-01-02 16:00:00 1 bars>"


def test_a_daily_bar_begins_at_the_open_and_ends_at_the_close() -> None:
    bar = shown(bars({"SPY": [BAR]}))[0]["SPY"]
    # Without a volume it is NaN, which equals nothing.
    assert replace(bar, volume=0.0) == TradeBar(
        "SPY", datetime(2024, 1, 2, 9, 30), datetime(2024, 1, 2, 16), 10.0, 12.0, 9.0, 11.0, 0.0
    )
    assert (bar.price, bar.value, bar.volume != bar.volume) == (11.0, 11.0, True)


def test_an_hour_bar_begins_an_hour_before_it_ends() -> None:
    bar = shown(bars({"SPY": [BAR, BAR]}, hourly=True), Resolution.HOUR)[1]["SPY"]
    assert (bar.time, bar.end_time) == (datetime(2024, 1, 2, 11), datetime(2024, 1, 2, 12))


def test_a_moment_at_which_nothing_trades_is_no_moment() -> None:
    assert [s.time.day for s in shown(bars({"SPY": [10, None, 10]}))] == [2, 4]


def test_slices_of_flat_bars() -> None:
    assert [s["SPY"].open for s in shown(flat(3))] == [10.0] * 3
