"""The arithmetic under the bulk look-up: clocks, grids and timelines against one look-up at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortable import Market
from shortable.clock import to_instant
from shortable.errors import TimeError
from shortable.provider.pairs import microseconds
from shortable.providers.as_of.timeline import Grid, LaggedClock, Moments, Timeline, before

NEW_YORK = LaggedClock(Market.USA)
# Wall times around New York's two jumps of 2024 and in the years before and after them.
DAY = 86_400_000_000
NEXT = timedelta(microseconds=1)
AROUND = st.one_of(
    st.datetimes(datetime(2024, 3, 9), datetime(2024, 3, 12)),
    st.datetimes(datetime(2024, 11, 2), datetime(2024, 11, 5)),
    st.datetimes(datetime(2022, 1, 1), datetime(2026, 1, 1)),
)
LAG = st.sampled_from(
    [
        timedelta(0),
        timedelta(minutes=30),
        timedelta(hours=21, minutes=30),
        timedelta(days=1),
        timedelta(days=40),
    ]
)
MARKET = st.sampled_from([Market.USA, Market.HKEX, Market.AUSTRALIA, Market.UK])
SETTLED = settings(max_examples=150)


def micro(moments: list[datetime]) -> np.ndarray:
    return np.array(moments, "datetime64[us]").view(np.int64)


@SETTLED
@given(st.lists(AROUND, min_size=1, max_size=30), LAG, MARKET)
def test_s2_many_wall_times_read_as_one_does(
    moments: list[datetime], lag: timedelta, market: Market
) -> None:
    clock = LaggedClock(market, lag)
    first, last = to_instant(datetime(2022, 1, 1), market), to_instant(datetime(2026, 1, 1), market)
    found = clock.wall_instants(micro(moments), first, last)
    assert found.tolist() == [clock.instant(m) for m in moments]


@given(
    st.lists(st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)), min_size=1, max_size=20), LAG
)
def test_wall_times_outside_the_exact_range_keep_their_side_of_it(
    moments: list[datetime], lag: timedelta
) -> None:
    clock = LaggedClock(Market.USA, lag)
    first, last = to_instant(datetime(2024, 3, 8, 23)), to_instant(datetime(2024, 3, 10, 4))
    found = clock.wall_instants(micro(moments), first, last)
    exact = np.array([clock.instant(m) for m in moments])
    assert (found < first).tolist() == (exact < first).tolist()
    assert (found > last).tolist() == (exact > last).tolist()


def test_a_range_of_centuries_is_read_without_a_table() -> None:
    moments = [datetime(2024, 3, 10, 2, 30), datetime(1800, 1, 1), datetime(2024, 11, 3, 1, 30)]
    found = NEW_YORK.wall_instants(
        micro(moments), to_instant(datetime(1700, 1, 1)), to_instant(datetime(2300, 1, 1))
    )
    assert found.tolist() == [to_instant(m) for m in moments]


@SETTLED
@given(AROUND, LAG)
def test_s2_the_first_wall_time_that_sees_an_instant(moment: datetime, lag: timedelta) -> None:
    clock = LaggedClock(Market.USA, lag)
    for instant in (to_instant(moment), to_instant(moment.replace(tzinfo=UTC))):
        wall = clock.first_wall(instant)
        assert clock.instant(wall) >= instant
        assert clock.instant(wall - timedelta(microseconds=1)) < instant


def test_the_second_pass_of_a_repeated_hour_is_first_seen_at_its_end() -> None:
    # 2024-11-03 01:30 EST, the second pass, is 06:30 UTC; naive times of that hour read as EDT, until 02:00.
    instant = to_instant(datetime(2024, 11, 3, 6, 30, tzinfo=UTC))
    assert NEW_YORK.first_wall(instant) == datetime(2024, 11, 3, 2)


@SETTLED
@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=12, unique=True),
    st.lists(st.integers(-60, 5_000), min_size=1, max_size=40),
    st.sampled_from([1, 7, 100, DAY]),
    st.lists(st.integers(0, 99), max_size=4),
)
def test_a_grid_finds_what_a_search_finds(
    steps: list[int], asked: list[int], width: int, odd: list[int]
) -> None:
    regular = np.array(sorted(steps)) * width
    events = np.unique(np.concatenate((regular, regular[0] + np.array(odd, np.int64))))
    values = np.array(asked, np.int64) * max(width // 100, 1)
    values = np.concatenate((values, events - 1, events, events + 1))
    expected = np.searchsorted(events, values, side="right") - 1
    assert Grid.of_events(events, regular).find(values).tolist() == expected.tolist()


def test_a_grid_of_times_without_rhythm_stays_small() -> None:
    events = np.cumsum(np.random.default_rng(5).integers(1, 10**12, 1000))
    grid = Grid.of_events(events, events)
    values = np.random.default_rng(6).integers(0, int(events[-1]) + 10**12, 5000)
    assert grid.size < 10_000
    assert (
        grid.find(values).tolist() == (np.searchsorted(events, values, side="right") - 1).tolist()
    )


@SETTLED
@given(
    st.lists(AROUND, min_size=1, max_size=8, unique=True),
    st.lists(AROUND, min_size=1, max_size=20),
    LAG,
    st.sampled_from([None, 0, 1, DAY // 3, DAY, 7 * DAY]),
)
def test_s2_the_quick_state_is_the_exact_one_or_none(
    made: list[datetime], asked: list[datetime], lag: timedelta, max_age: int | None
) -> None:
    clock = LaggedClock(Market.USA, lag)
    instants = np.unique([to_instant(m) for m in made])
    timeline = Timeline(Moments(instants), clock, max_age)
    for moment in [*asked, *asked]:
        exact = timeline.state_at(clock.instant(moment))
        speaks = [i for i, t in enumerate(instants.tolist()) if t <= clock.instant(moment)]
        silent = not speaks or (
            max_age is not None and clock.instant(moment) - int(instants[speaks[-1]]) > max_age
        )
        assert exact == (timeline.no_data if silent else speaks[-1])
        assert timeline.quick_state(moment) in (exact, -1)
        timeline.learn(moment)
        assert timeline.quick_state(moment) in (exact, -1)
        if moment.date().isoformat() not in ("2024-03-10", "2024-11-03") and not lag and not silent:
            assert timeline.quick_state(moment) == exact


@SETTLED
@given(
    st.lists(AROUND, min_size=1, max_size=8, unique=True),
    st.lists(AROUND, min_size=1, max_size=20),
    LAG,
    MARKET,
    st.sampled_from([None, 0, 1, DAY // 3, DAY, 7 * DAY]),
    st.booleans(),
)
def test_s2_many_wall_times_have_the_states_that_each_has(
    made: list[datetime],
    asked: list[datetime],
    lag: timedelta,
    market: Market,
    max_age: int | None,
    regular: bool,
) -> None:
    clock = LaggedClock(market, lag)
    days = [made[0] + timedelta(days=day) for day in range(0, 40, 3)] if regular else made
    instants = np.unique([to_instant(m, market) for m in days])
    timeline = Timeline(Moments(instants), clock, max_age)
    # At each first sight too, and just before it: the edges of buckets.
    edges = [
        clock.first_wall(at) - step for at in instants.tolist() for step in (NEXT, timedelta(0))
    ]
    times = [m.replace(fold=0) for m in (*asked, *edges)]
    exact = [timeline.state_at(clock.instant(m)) for m in times]
    many = np.tile(micro(times), 5_000 // len(times) + 1)  # from so many on there is a grid
    found = timeline.states_of(many)
    assert timeline._wall_grid is not None
    assert len(many) >= timeline._wall_grid.size
    assert found.reshape(-1, len(times)).tolist() == [exact] * (len(many) // len(times))


def test_a_timeline_forgets_before_it_fills_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shortable.providers.as_of.timeline._TIMES_KEPT", 5)
    monkeypatch.setattr("shortable.providers.as_of.timeline._DAYS_KEPT", 5)
    timeline = Timeline(
        Moments(np.array([to_instant(datetime(2024, 1, 1))])), LaggedClock(Market.USA), None
    )
    for day in range(1, 30):
        timeline.learn(datetime(2024, 1, day, 10))
        assert timeline.quick_state(datetime(2024, 1, day, 10)) == 0
    assert len(timeline.times) <= 5
    assert len(timeline._days) <= 6


@pytest.mark.parametrize(
    "moment", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)]
)
def test_an_aware_time_that_no_exchange_clock_can_show_is_refused(moment: datetime) -> None:
    clock = LaggedClock(Market.USA if moment.year == 1 else Market.JAPAN, timedelta(hours=1))
    with pytest.raises(TimeError, match="years 1 to 9999"):
        clock.instant(moment)


def test_the_ends_of_time_do_not_overflow() -> None:
    assert before(datetime.min, timedelta.max) == datetime.min
    assert LaggedClock(Market.USA, timedelta.max).instant(datetime(2024, 1, 1)) == to_instant(
        datetime.min
    )
    assert microseconds(timedelta.max) == 1 << 59
    found = LaggedClock(Market.USA, timedelta.max).wall_instants(
        micro([datetime(2024, 1, 1)]),
        to_instant(datetime(2024, 1, 1)),
        to_instant(datetime(2024, 2, 1)),
    )
    assert found.tolist() == [to_instant(datetime.min)]
    timeline = Timeline(Moments(np.array([to_instant(datetime(2024, 1, 1))])), NEW_YORK, None)
    for moment, state in ((datetime.min, 1), (datetime.max, 0)):
        timeline.learn(moment)
        assert timeline.state_at(NEW_YORK.instant(moment)) == state
