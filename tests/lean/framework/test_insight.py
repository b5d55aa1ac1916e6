"""Insights: how they are made, and when they are over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.errors import InvalidInputError
from shortable.lean.consolidators import Expiry
from shortable.lean.data.hours import ExchangeHours
from shortable.lean.dotnet import Time
from shortable.lean.enums import Resolution
from shortable.lean.framework.close_times import bars_later, from_local, local
from shortable.lean.framework.insight import (
    Insight,
    InsightDirection,
    InsightScoreType,
    InsightType,
)
from shortable.lean.symbols import SecurityIdentifier, Symbol

SPY = Symbol(SecurityIdentifier.generate_equity(datetime(1998, 1, 2), "SPY", "usa"), "SPY")
FRIDAY_CLOSE = datetime(2013, 10, 11, 20, tzinfo=UTC)  # 16:00 in New York's summer


def closes(insight: Insight, made: datetime = FRIDAY_CLOSE) -> tuple[str, timedelta]:
    insight.generated_time_utc = made
    insight.set_period_and_close_time(ExchangeHours())
    return f"{insight.close_time_utc:%d %H:%M:%S}", insight.period


def price(*until, **more) -> Insight:
    return Insight.price(SPY, *until, InsightDirection.UP, **more)


@pytest.mark.parametrize(
    ("until", "closing"),
    [
        ([timedelta(days=1)], "14 20:00:00"),  # Monday's close
        (
            [timedelta(days=1, hours=12)],
            "15 16:45:00",
        ),  # then half of six and a half hours from the open at 13:30
        ([timedelta(minutes=20)], "14 13:50:00"),
        ([timedelta(hours=7)], "15 14:00:00"),  # 390 minutes on Monday and 30 on Tuesday
        ([timedelta(seconds=30)], "14 13:30:30"),
        ([Resolution.DAILY, 5], "18 20:00:00"),
        ([Resolution.HOUR, 1], "14 14:30:00"),
        ([Resolution.MINUTE, 390], "14 20:00:00"),
    ],
)
def test_it_closes_after_so_much_open_market(until, closing):
    assert closes(price(*until))[0] == closing


@given(
    st.datetimes(
        datetime(2013, 11, 27), datetime(2013, 12, 3)
    ),  # Thanksgiving, an early close and a weekend
    st.sampled_from(
        [(Resolution.MINUTE, timedelta(minutes=1)), (Resolution.SECOND, timedelta(seconds=1))]
    ),
    st.integers(1, 500),
)
def test_bars_are_counted_as_if_one_by_one(start, step, count):
    hours, (resolution, length) = ExchangeHours(), step
    now, left = start, count
    while left:  # LEAN's Time.GetEndTimeForTradeBars
        left -= hours.is_open(now, now + length, False)
        now += length
        if not left or hours.is_open(now, now + length, False):
            continue
        now += (hours.next_open(now, False) - now) // length * length  # nothing counts before it
    assert local(bars_later(hours, from_local(start), resolution, count)) == now


def test_it_closes_at_a_time_given_in_new_york():
    insight = price(datetime(2013, 10, 15, 16))
    assert closes(insight) == ("15 20:00:00", timedelta(days=2))
    with pytest.raises(InvalidInputError, match="past"):
        closes(price(datetime(2013, 10, 10)))


def test_a_function_of_the_local_time_says_when_but_never_outside_the_session():
    assert closes(price(Expiry.END_OF_DAY))[0] == "14 13:30:00"  # midnight is closed: the next open
    assert closes(price(lambda now: now + timedelta(days=3, hours=-1)))[0] == "14 19:00:00"


def test_one_without_end():
    insight = price(Time.EndOfTimeTimeSpan)
    closes(insight)
    assert insight.close_time_utc == datetime(2050, 12, 31, tzinfo=UTC)


def test_spellings_and_order_of_arguments():
    assert (
        Insight.Price(
            SPY, timedelta(1), InsightDirection.Down, 0.1, 0.2, "me", 0.3, "t"
        ).SourceModel
        == "me"
    )
    one = Insight(
        SPY,
        timedelta(1),
        InsightType.PRICE,
        InsightDirection.DOWN,
        None,
        None,
        weight=0.25,
        tag="why",
    )
    two = Insight.price(
        SPY, period=timedelta(1), direction=InsightDirection.DOWN, weight=0.25, tag="why"
    )
    assert (one.weight, one.tag, one.direction, one.Period) == (
        two.weight,
        two.tag,
        two.direction,
        two.Period,
    )
    assert one.magnitude is None
    assert str(one).endswith(f": {SPY} Price Down within 1.00:00:00 and 25% weight")
    with pytest.raises(InvalidInputError, match="direction"):
        Insight(SPY, timedelta(1))
    for wrong in ([timedelta()], [Resolution.DAILY, 0]):
        with pytest.raises(InvalidInputError):
            price(*wrong)


def test_active_expired_and_cancelled():
    insight = price(timedelta(days=1))
    closes(insight)
    monday = datetime(2013, 10, 14, 20, tzinfo=UTC)
    assert insight.is_active(monday)  # the closing moment still counts
    assert insight.is_expired(monday + timedelta(seconds=1))
    assert insight.IsActive(monday.replace(tzinfo=None))
    insight.cancel(monday)
    assert insight.is_expired(monday)
    assert insight.close_time_utc == monday - timedelta(seconds=1)
    assert insight.period == timedelta(days=3, seconds=-1)


def test_groups():
    first, second = Insight.group(price(timedelta(1)), price(timedelta(1)))
    assert first.group_id == second.group_id is not None
    with pytest.raises(InvalidInputError, match="group"):
        Insight.group([first])


def test_scores_are_zero_until_somebody_sets_them():
    score = price(timedelta(1)).score
    assert (score.direction, score.magnitude, score.is_final_score) == (0, 0, False)
    score.set_score(InsightScoreType.DIRECTION, 2, FRIDAY_CLOSE)
    score.finalize(FRIDAY_CLOSE)
    score.set_score(InsightScoreType.DIRECTION, 0, FRIDAY_CLOSE)
    assert score.get_score(InsightScoreType.DIRECTION) == 1
