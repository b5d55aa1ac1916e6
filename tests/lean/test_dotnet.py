"""Spans, constants and delegates as .NET has them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.errors import InvalidInputError
from shortable.lean.dotnet import Action, Color, DateTime, Func, Time, TimeSpan
from shortable.lean.dotnet_random import Random


@pytest.mark.parametrize(
    ("made", "span"),
    [
        (TimeSpan(0, 30, 0), timedelta(minutes=30)),
        (TimeSpan(1, 2, 3, 4), timedelta(days=1, hours=2, minutes=3, seconds=4)),
        (TimeSpan(10_000_000), timedelta(seconds=1)),
        (TimeSpan.FromDays(2), timedelta(days=2)),
        (TimeSpan.from_seconds(90), timedelta(seconds=90)),
        (TimeSpan.Zero, timedelta()),
        (Time.OneDay, timedelta(days=1)),
        (Time.ONE_MINUTE, timedelta(minutes=1)),
    ],
)
def test_spans(made: timedelta, span: timedelta) -> None:
    assert made == span


def test_moments_delegates_and_colours() -> None:
    assert DateTime(2013, 10, 7, 9, 30, 0) == datetime(2013, 10, 7, 9, 30)
    assert DateTime.MinValue == datetime.min
    assert Func[int, int](abs)(-3) == 3
    assert Action[int](abs) is Action(abs) is abs
    assert Color.LightGray == "lightgray"
    with pytest.raises(AttributeError, match="TimeSpan has no 'FromFortnights'"):
        TimeSpan.FromFortnights(1)


@pytest.mark.parametrize(
    ("seed", "drawn"),
    [
        # what every .NET since 1.0 draws for these seeds
        (0, [1559595546, 1755192844, 1649316166, 1198642031, 442452829]),
        (1, [534011718, 237820880, 1002897798, 1657007234, 1412011072]),
        (42, [1434747710, 302596119, 269548474, 1122627734, 361709742]),
    ],
)
def test_random_draws_what_dot_net_draws(seed: int, drawn: list[int]) -> None:
    assert [Random(seed).next(), Random(-seed).Next()] == [drawn[0]] * 2
    generator, double = Random(seed), Random(seed)
    assert [generator.next() for _ in drawn] == drawn
    assert [double.NextDouble() for _ in drawn] == [n / (2**31 - 1) for n in drawn]


@given(
    st.integers(-(2**31), 2**31 - 1), st.integers(-(2**31), 2**31 - 1), st.integers(1, 2**31 - 1)
)
def test_random_stays_within_its_bounds(seed: int, least: int, span: int) -> None:
    generator = Random(seed)
    for _ in range(20):
        assert least <= generator.next(least, least + span) < least + span
        assert 0 <= generator.next(span) < span
    assert Random(seed).next(5, 5) == 5


def test_random_refuses_bounds_in_the_wrong_order() -> None:
    with pytest.raises(InvalidInputError, match="least first"):
        Random(1).next(2, 1)
