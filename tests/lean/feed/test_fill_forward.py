"""Bars repeated where nothing was traded."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.lean.data import Dividend, TradeBar
from shortable.lean.data.hours import ExchangeHours
from shortable.lean.enums import Resolution, TickType
from shortable.lean.feed.config import INCREMENT, SubscriptionDataConfig
from shortable.lean.feed.fill_forward import FillForwardResolution, fill_forward
from shortable.lean.feed.market_time import MarketTime
from shortable.lean.symbols import Symbol

SPY = Symbol("SPY R735QTJ8XC9X", "SPY")
MARKET = MarketTime(ExchangeHours())
TUESDAY = datetime(2024, 1, 2)
END = datetime(2024, 1, 4, 23, 59, 59)


def config(resolution, extended=False):
    return SubscriptionDataConfig(
        SPY, TradeBar, TickType.TRADE, resolution, extended_market_hours=extended
    )


def bar(start, price, period):
    return TradeBar(start, SPY, price, price, price, price, 1, period)


def filled(bars, resolution, *, step=None, end=END, strict=False, extended=False):
    fill = FillForwardResolution(step or INCREMENT[resolution])
    return list(
        fill_forward(iter(bars), config(resolution, extended), MARKET, fill, end, strict=strict)
    )


def at(day, hour, minute=0):
    return TUESDAY + timedelta(days=day, hours=hour, minutes=minute)


def test_minutes_without_trades_repeat_the_last_bar_until_the_close():
    one = timedelta(minutes=1)
    got = filled(
        [bar(at(0, 9, 30), 10, one), bar(at(0, 9, 33), 11, one)],
        Resolution.MINUTE,
        end=at(0, 23, 59),
    )
    assert [(b.end_time, b.close, b.is_fill_forward) for b in got[:5]] == [
        (at(0, 9, 31), 10, False),
        (at(0, 9, 32), 10, True),
        (at(0, 9, 33), 10, True),
        (at(0, 9, 34), 11, False),
        (at(0, 9, 35), 11, True),
    ]
    assert got[-1].end_time == at(0, 16)
    assert len(got) == 390


def test_a_night_is_passed_over_and_the_next_session_begins_with_a_repeat():
    one = timedelta(minutes=1)
    got = filled(
        [bar(at(0, 15, 59), 10, one), bar(at(1, 9, 32), 11, one)],
        Resolution.MINUTE,
        end=at(1, 9, 33),
    )
    assert [b.end_time for b in got] == [at(0, 16), at(1, 9, 31), at(1, 9, 32), at(1, 9, 33)]


def test_a_bar_before_the_open_is_what_the_first_regular_minutes_repeat():
    one = timedelta(minutes=1)
    got = filled(
        [bar(at(0, 8, 0), 9, one), bar(at(0, 9, 31), 10, one)], Resolution.MINUTE, end=at(0, 9, 32)
    )
    assert [(b.end_time, b.close) for b in got] == [
        (at(0, 8, 1), 9),
        (at(0, 9, 31), 9),
        (at(0, 9, 32), 10),
    ]


def test_a_missing_day_is_repeated_from_open_to_close():
    day = timedelta(hours=6, minutes=30)
    got = filled(
        [bar(at(0, 9, 30), 10, day), bar(at(2, 9, 30), 12, day)], Resolution.DAILY, strict=True
    )
    assert [(b.time, b.end_time, b.close) for b in got] == [
        (at(0, 9, 30), at(0, 16), 10),
        (at(1, 9, 30), at(1, 16), 10),
        (at(2, 9, 30), at(2, 16), 12),
    ]


def test_days_among_minutes_are_repeated_every_minute_of_the_next_session():
    day = timedelta(hours=6, minutes=30)
    got = filled(
        [bar(at(0, 9, 30), 10, day), bar(at(1, 9, 30), 11, day)],
        Resolution.DAILY,
        step=timedelta(minutes=1),
        end=at(1, 16),
        strict=True,
    )
    assert [b.end_time for b in got[:3]] == [at(0, 16), at(1, 9, 31), at(1, 9, 32)]
    assert [(b.end_time, b.close, b.is_fill_forward) for b in got[-2:]] == [
        (at(1, 15, 59), 10, True),
        (at(1, 16), 11, False),
    ]
    assert len(got) == 391


def test_days_from_midnight_to_midnight_without_precise_ends():
    day = timedelta(days=1)
    got = filled([bar(at(0, 0), 10, day), bar(at(2, 0), 12, day)], Resolution.DAILY)
    assert [(b.end_time, b.close) for b in got] == [(at(1, 0), 10), (at(2, 0), 10), (at(3, 0), 12)]


def test_corporate_events_pass_and_are_not_repeated():
    day = timedelta(hours=6, minutes=30)
    events = [
        bar(at(0, 9, 30), 10, day),
        Dividend(SPY, at(1, 0), 0.5, 10),
        bar(at(1, 9, 30), 9.5, day),
    ]
    got = filled(events, Resolution.DAILY, end=at(1, 23), strict=True)
    assert [type(b).__name__ for b in got] == ["TradeBar", "Dividend", "TradeBar"]


@given(st.sets(st.integers(0, 389), min_size=1, max_size=40))
def test_every_minute_of_a_session_from_the_first_trade_on_has_one_bar(minutes):
    one = timedelta(minutes=1)
    raw = [bar(at(0, 9, 30) + m * one, 100 + m, one) for m in sorted(minutes)]
    got = filled(raw, Resolution.MINUTE, end=at(0, 23, 59))
    first = min(minutes)
    assert [b.end_time for b in got] == [at(0, 9, 31) + m * one for m in range(first, 390)]
    for b in got:
        latest = max(m for m in minutes if at(0, 9, 31) + m * one <= b.end_time)
        assert b.close == 100 + latest
        assert b.is_fill_forward == (b.end_time != at(0, 9, 31) + latest * one)


@pytest.mark.parametrize(("extended", "inside"), [(False, False), (True, True)])
def test_market_time_knows_the_early_session(extended, inside):
    assert MARKET.open_during(at(0, 8), at(0, 8, 1), extended) is inside
    assert not MARKET.open_during(at(4, 9, 30), at(4, 16), extended)  # a Saturday
    assert MARKET.next_open(at(3, 16), False) == at(6, 9, 30)
