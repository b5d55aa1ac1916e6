"""Where bars begin and end, which of the data they hold, and when they are handed over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.errors import InvalidInputError
from shortable.lean.consolidators import (
    BaseDataConsolidator,
    Calendar,
    Expiry,
    IdentityDataConsolidator,
    MarketHourAwareConsolidator,
    QuoteBarConsolidator,
    SequentialConsolidator,
    TradeBarConsolidator,
)
from shortable.lean.data import Bar, IndicatorDataPoint, QuoteBar, TradeBar
from shortable.lean.enums import Resolution
from shortable.lean.symbols import Symbol

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MORNING = datetime(2024, 1, 2, 9, 30)


def trade(time: datetime, price: float, span: timedelta = MINUTE, volume: float = 1) -> TradeBar:
    return TradeBar(time, Symbol.empty, price, price + 1, price - 1, price, volume, span)


def collecting(consolidator: Any) -> list[Any]:
    made: list[Any] = []
    consolidator.data_consolidated += lambda sender, bar: made.append(bar)
    return made


def test_a_bar_is_handed_over_with_the_first_data_after_it() -> None:
    fives = TradeBarConsolidator(5 * MINUTE)
    made = collecting(fives)
    for n in range(5):
        fives.update(trade(MORNING + n * MINUTE, 10 + n))
    assert made == []
    assert fives.working_data.close == 14
    fives.update(trade(MORNING + 5 * MINUTE, 99))
    (bar,) = made
    assert (bar.time, bar.end_time) == (MORNING, MORNING + 5 * MINUTE)
    assert (bar.open, bar.high, bar.low, bar.close, bar.volume) == (10, 15, 9, 14, 5)
    assert fives.consolidated is bar


def test_scanning_hands_over_at_the_end_and_once() -> None:
    fives = TradeBarConsolidator(5 * MINUTE)
    made = collecting(fives)
    fives.update(trade(MORNING + MINUTE, 10))
    assert fives.pending_end == MORNING + 5 * MINUTE
    fives.scan(MORNING + 4 * MINUTE)
    assert made == []
    fives.scan(MORNING + 5 * MINUTE)
    fives.scan(MORNING + 6 * MINUTE)
    assert [b.end_time for b in made] == [MORNING + 5 * MINUTE]
    assert fives.pending_end is None


@given(st.sets(st.integers(0, 389), min_size=1), st.sampled_from([2, 5, 15, 30, 60]))
def test_every_minute_is_in_exactly_one_bar(minutes: set[int], length: int) -> None:
    maker = TradeBarConsolidator(length * MINUTE)
    made = collecting(maker)
    for n in sorted(minutes):
        maker.update(trade(MORNING + n * MINUTE, n))
    maker.scan(datetime(2024, 1, 2, 23))
    assert sum(b.volume for b in made) == len(minutes)
    starts = [
        (MORNING + n * MINUTE - datetime(2024, 1, 2)) // (length * MINUTE) for n in sorted(minutes)
    ]
    assert [b.time for b in made] == [
        datetime(2024, 1, 2) + k * length * MINUTE for k in dict.fromkeys(starts)
    ]
    assert all(b.period == length * MINUTE for b in made)


def test_a_number_of_pieces_ends_with_the_last_piece() -> None:
    threes = TradeBarConsolidator(3)
    made = collecting(threes)
    for n in (0, 1, 7, 8):
        threes.update(trade(MORNING + n * MINUTE, n))
    (bar,) = made
    assert (bar.time, bar.end_time, bar.volume) == (MORNING, MORNING + 8 * MINUTE, 3)


def test_a_number_of_pieces_or_a_span_whichever_comes_first() -> None:
    mixed = TradeBarConsolidator(3, 10 * MINUTE)
    made = collecting(mixed)
    for n in (0, 1, 2, 3, 20):
        mixed.update(trade(MORNING + n * MINUTE, n))
    # three pieces; then the piece of minute 20 comes 10 minutes and more after minute 3, and goes in before the end
    assert [(b.time.minute, b.volume) for b in made] == [(30, 3), (33, 2)]


def test_data_must_not_be_longer_than_the_bars_and_of_one_symbol() -> None:
    with pytest.raises(InvalidInputError, match="be at least the data's own"):
        TradeBarConsolidator(MINUTE).update(trade(MORNING, 1, HOUR))
    with pytest.raises(InvalidInputError, match="positive int"):
        TradeBarConsolidator(0)
    with pytest.raises(InvalidInputError, match="not after"):
        TradeBarConsolidator(lambda time: (time + DAY, DAY))
    with pytest.raises(InvalidInputError, match="be one of Minute, Hour, Daily"):
        TradeBarConsolidator(Resolution.TICK)


@pytest.mark.parametrize(
    ("rule", "start", "end"),
    [
        (Calendar.WEEKLY, datetime(2024, 5, 13), datetime(2024, 5, 20)),
        (Calendar.Monthly, datetime(2024, 5, 1), datetime(2024, 6, 1)),
        (Calendar.QUARTERLY, datetime(2024, 4, 1), datetime(2024, 7, 1)),
        (Calendar.YEARLY, datetime(2024, 1, 1), datetime(2025, 1, 1)),
    ],
)
def test_calendar_rules(rule: Any, start: datetime, end: datetime) -> None:
    info = rule(datetime(2024, 5, 17, 10, 3))
    assert (info.start, info.end) == (start, end)
    maker = TradeBarConsolidator(rule)
    made = collecting(maker)
    maker.update(trade(datetime(2024, 5, 17), 10, DAY))
    maker.update(trade(end, 11, DAY))
    assert [(b.time, b.end_time, b.close) for b in made] == [(start, end, 10)]


def test_ends_of_periods() -> None:
    friday = datetime(2024, 1, 31, 10)
    assert Expiry.END_OF_WEEK(friday) == datetime(2024, 2, 5)
    assert Expiry.EndOfMonth(friday) == datetime(2024, 2, 1)
    assert Expiry.ONE_MONTH(friday) == datetime(2024, 2, 29, 10)
    assert Expiry.END_OF_DAY(friday) == datetime(2024, 2, 1)


def test_quotes_keep_their_sides_apart() -> None:
    fives = QuoteBarConsolidator(5 * MINUTE)
    made = collecting(fives)
    fives.update(QuoteBar(MORNING, Symbol.empty, Bar(1, 2, 1, 2), 100, None, 0))
    fives.update(
        QuoteBar(MORNING + MINUTE, Symbol.empty, Bar(2, 3, 0.5, 1), 200, Bar(4, 5, 3, 4), 300)
    )
    fives.scan(MORNING + 5 * MINUTE)
    (bar,) = made
    assert (bar.bid.open, bar.bid.high, bar.bid.low, bar.bid.close, bar.last_bid_size) == (
        1,
        3,
        0.5,
        1,
        200,
    )
    assert (bar.ask.open, bar.ask.high, bar.ask.low, bar.ask.close, bar.last_ask_size) == (
        4,
        5,
        3,
        4,
        300,
    )


def test_the_data_that_went_in_stay_as_they_were() -> None:
    first = QuoteBar(MORNING, Symbol.empty, Bar(1, 2, 1, 2), 100, Bar(3, 4, 3, 4), 100)
    fives = QuoteBarConsolidator(5 * MINUTE)
    fives.update(first)
    fives.update(QuoteBar(MORNING + MINUTE, Symbol.empty, Bar(9, 9, 9, 9), 1, Bar(9, 9, 9, 9), 1))
    assert (first.bid.close, first.ask.high) == (2, 4)


def test_a_market_day_of_hour_bars_begins_at_the_open_and_ends_at_the_close() -> None:
    maker = MarketHourAwareConsolidator(True, Resolution.DAILY, TradeBar)
    made = collecting(maker)
    for hour in [4, *range(9, 17)]:
        maker.update(trade(datetime(2024, 1, 2, hour), hour, HOUR))
    maker.scan(datetime(2024, 1, 2, 16))
    (bar,) = made
    assert (bar.time, bar.end_time) == (MORNING, datetime(2024, 1, 2, 16))
    assert (bar.open, bar.close, bar.volume) == (9, 15, 7)  # the hours of 4 and 16 lie outside


def test_a_market_day_of_minutes_on_an_early_close() -> None:
    maker = MarketHourAwareConsolidator(True, Resolution.DAILY, TradeBar)
    made = collecting(maker)
    eve = datetime(2024, 11, 29, 9, 30)  # the day after Thanksgiving: the exchange closes at 13:00
    for n in range(0, 300, 10):
        maker.update(trade(eve + n * MINUTE, n))
    maker.update(trade(datetime(2024, 12, 2, 9, 30), 1))
    (bar,) = made
    assert (bar.time, bar.end_time, bar.close) == (eve, datetime(2024, 11, 29, 13), 200)


def test_without_strict_ends_a_day_lasts_from_midnight_to_midnight() -> None:
    maker = MarketHourAwareConsolidator(False, Resolution.DAILY, TradeBar)
    made = collecting(maker)
    maker.update(trade(MORNING, 1))
    maker.update(trade(MORNING + DAY, 1))
    assert [(b.time, b.end_time) for b in made] == [(datetime(2024, 1, 2), datetime(2024, 1, 3))]


def test_identity_hands_on_what_is_new() -> None:
    same = IdentityDataConsolidator(TradeBar)
    made = collecting(same)
    bar = trade(MORNING, 1)
    same.update(bar)
    same.update(bar)
    same.update(trade(MORNING + MINUTE, 2))
    assert [b.close for b in made] == [1, 2]
    assert same.input_type is TradeBar


def test_two_in_a_row() -> None:
    threes = SequentialConsolidator(TradeBarConsolidator(5 * MINUTE), TradeBarConsolidator(3))
    made = collecting(threes)
    for n in range(16):
        threes.update(trade(MORNING + n * MINUTE, n))
    (bar,) = made
    assert (bar.time, bar.end_time, bar.open, bar.close, bar.volume) == (
        MORNING,
        MORNING + 15 * MINUTE,
        0,
        14,
        15,
    )


def test_values_become_bars() -> None:
    maker = BaseDataConsolidator(2)
    made = collecting(maker)
    for n, value in enumerate([3.0, 1.0]):
        maker.update(IndicatorDataPoint(Symbol.empty, MORNING + n * MINUTE, value))
    assert [(b.open, b.high, b.low, b.close) for b in made] == [(3, 3, 1, 1)]


def test_reset_forgets_the_bar_that_was_being_made() -> None:
    fives = TradeBarConsolidator(5 * MINUTE)
    made = collecting(fives)
    fives.update(trade(MORNING, 1))
    fives.reset()
    fives.scan(MORNING + DAY)
    assert made == []
    assert fives.working_data is None
