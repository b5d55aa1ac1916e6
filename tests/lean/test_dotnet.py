"""Spans, constants and delegates as .NET has them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from shortable.lean.dotnet import Action, Color, DateTime, Func, Time, TimeSpan


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
