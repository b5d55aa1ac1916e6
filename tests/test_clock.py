"""Wall time and instants: never looking ahead."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import Market
from shortable.clock import (
    as_datetime,
    check_look_up,
    day_of,
    from_instant,
    instants,
    local_times,
    look_up_time,
    look_up_times,
    parse_time,
    published_instant,
    to_instant,
    to_local,
    transition_days,
    zone,
)
from shortable.errors import InvalidInputError, TimeError

walls = st.datetimes(datetime(1990, 1, 1), datetime(2037, 12, 31))
markets = st.sampled_from(list(Market))


def micro(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def test_new_york_by_hand() -> None:
    # January: UTC-5. July: UTC-4.
    assert to_instant(datetime(2024, 1, 2, 9, 30)) == micro(
        datetime(2024, 1, 2, 14, 30, tzinfo=UTC)
    )
    assert to_instant(datetime(2024, 7, 2, 9, 30)) == micro(
        datetime(2024, 7, 2, 13, 30, tzinfo=UTC)
    )


def test_a_skipped_wall_time_reads_as_the_last_instant_before_the_gap() -> None:
    # 2024-03-10 New York: 02:00 EST is followed by 03:00 EDT, at 07:00 UTC.
    gap = micro(datetime(2024, 3, 10, 7, tzinfo=UTC)) - 1
    assert {to_instant(datetime(2024, 3, 10, 2, m)) for m in (0, 1, 30, 59)} == {gap}
    assert to_instant(datetime(2024, 3, 10, 1, 59)) < gap < to_instant(datetime(2024, 3, 10, 3, 0))


def test_a_repeated_wall_time_reads_as_the_first_unless_fold_says_so() -> None:
    # 2024-11-03 New York: 01:30 EDT is 05:30 UTC, 01:30 EST is 06:30 UTC.
    assert to_instant(datetime(2024, 11, 3, 1, 30)) == micro(
        datetime(2024, 11, 3, 5, 30, tzinfo=UTC)
    )
    assert to_instant(datetime(2024, 11, 3, 1, 30, fold=1)) == micro(
        datetime(2024, 11, 3, 6, 30, tzinfo=UTC)
    )


def test_a_publication_in_a_repeated_hour_counts_from_the_second_and_a_skipped_one_is_refused() -> (
    None
):
    assert published_instant(datetime(2024, 11, 3, 1, 30)) == micro(
        datetime(2024, 11, 3, 6, 30, tzinfo=UTC)
    )
    with pytest.raises(TimeError, match="2024-03-10 02:30:00' must exist in America/New_York"):
        published_instant(datetime(2024, 3, 10, 2, 30))
    with pytest.raises(TimeError, match="time_zone='Mars/Olympus'"):
        published_instant(datetime(2024, 3, 10), time_zone="Mars/Olympus")


@given(walls, markets)
def test_a_look_up_never_reads_later_than_a_publication_at_the_same_wall_time(
    wall: datetime, market: Market
) -> None:
    try:
        published = published_instant(wall, market)
    except TimeError:
        return
    assert to_instant(wall, market) <= published


@given(
    st.integers(micro(datetime(1990, 1, 1, tzinfo=UTC)), micro(datetime(2037, 1, 1, tzinfo=UTC))),
    markets,
)
def test_instants_survive_the_round_trip_through_wall_time(instant: int, market: Market) -> None:
    assert to_instant(from_instant(instant, market), market) == instant


@given(st.lists(walls, min_size=1, max_size=30), markets)
def test_many_read_as_one_by_one(many: list[datetime], market: Market) -> None:
    many = [m.replace(fold=0) for m in many]
    expected = [to_instant(m, market) for m in many]
    assert instants(np.array(many, dtype="datetime64[us]"), market).tolist() == expected
    assert instants(pd.DatetimeIndex(many), market).tolist() == expected
    assert instants(many, market).tolist() == expected
    aware = pd.DatetimeIndex([from_instant(e, Market.UK) for e in expected])
    utc = pd.DatetimeIndex(pd.to_datetime(expected, unit="us", utc=True))
    assert instants(utc, market).tolist() == expected
    assert local_times(utc, Market.UK).tolist() == aware.to_pydatetime().tolist()


@given(markets, st.integers(1995, 2036))
def test_transition_days_are_those_on_which_the_offset_changes(market: Market, year: int) -> None:
    first, last = date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()
    clock = zone(market.time_zone)

    def offset(day: int) -> timedelta | None:
        return datetime.fromordinal(day).replace(tzinfo=clock).utcoffset()

    assert transition_days(market, first, last) == [
        d for d in range(first, last + 1) if offset(d) != offset(d + 1)
    ]


def test_a_span_that_ends_with_the_day_of_the_jump_holds_it() -> None:
    """Clocks jump on 2024-03-10 and 2024-11-03; spans of 1 to 15 days that end there, and that end the day before."""
    for day in (date(2024, 3, 10).toordinal(), date(2024, 11, 3).toordinal()):
        for length in range(15):
            assert transition_days(Market.USA, day - length, day) == [day]
            assert transition_days(Market.USA, day - length - 1, day - 1) == []


def test_every_kind_of_time_is_taken() -> None:
    noon = datetime(2024, 1, 2, 12)
    kinds = [noon, pd.Timestamp(noon), np.datetime64(noon), np.datetime64(noon, "ns")]
    assert [as_datetime(k) for k in kinds] == [noon] * 4
    assert as_datetime(date(2024, 1, 2)) == datetime(2024, 1, 2)
    assert to_local(pd.Timestamp("2024-01-02 17:00", tz="UTC")) == noon
    assert as_datetime(pd.Timestamp("2024-01-02 12:00:00.000000999")) == noon


@pytest.mark.parametrize(
    "bad", [None, "2024-01-02", 20240102, pd.NaT, np.datetime64("NaT", "us"), float("nan")]
)
def test_what_is_no_time_is_refused(bad: object) -> None:
    with pytest.raises(TimeError, match="local_time="):
        as_datetime(bad)
    with pytest.raises(TimeError):
        instants([datetime(2024, 1, 1), bad])


def test_missing_values_in_arrays_are_refused() -> None:
    with pytest.raises(TimeError, match="no missing value"):
        local_times(np.array(["2024-01-01", "NaT"], dtype="datetime64[us]"))


def test_text_is_read_by_parse_time_only() -> None:
    assert parse_time("2021-04-23 20:00") == datetime(2021, 4, 23, 20)
    assert parse_time("2021-04-23T20:00-04:00").utcoffset() == timedelta(hours=-4)
    assert parse_time("2021-04-23", time_zone="America/New_York").utcoffset() == timedelta(hours=-4)
    with pytest.raises(TimeError, match="at='tomorrow' must be an ISO 8601"):
        parse_time("tomorrow", parameter="at")
    with pytest.raises(TimeError, match="Nowhere/Land"):
        parse_time("2021-04-23", time_zone="Nowhere/Land")


def test_when_daily_orders_look_up_what_is_available() -> None:
    label = datetime(2024, 1, 2)
    assert look_up_time(Market.USA, label) == datetime(2024, 1, 2, 16)  # the default: the close
    assert look_up_time(Market.USA, label, "open") == datetime(2024, 1, 2, 9, 30)
    assert look_up_time(Market.JAPAN, label, "close") == datetime(2024, 1, 2, 15, 30)
    assert look_up_time(Market.USA, label, "label") == label
    assert look_up_time(Market.USA, label, time(10, 15, 30)) == datetime(2024, 1, 2, 10, 15, 30)


def test_orders_within_a_session_look_up_at_their_own_time() -> None:
    moment = datetime(2024, 1, 2, 10, 31)
    assert look_up_time(Market.USA, moment, "open", daily=False) == moment


def test_an_aware_moment_means_its_session_on_the_markets_clock() -> None:
    evening = datetime(2024, 1, 3, 1, 0, tzinfo=UTC)  # 2 January, 20:00 in New York
    assert look_up_time(Market.USA, evening, "close") == datetime(2024, 1, 2, 16)


@pytest.mark.parametrize("wrong", ["now", "Close", None, 16, time(16, tzinfo=UTC), ["open"]])
def test_any_other_look_up_is_refused(wrong: object) -> None:
    with pytest.raises(InvalidInputError, match="look_up="):
        check_look_up(wrong)
    with pytest.raises(InvalidInputError, match="look_up="):
        look_up_time(Market.USA, datetime(2024, 1, 2), wrong, daily=False)  # type: ignore[arg-type]  # on purpose


@given(
    st.lists(walls, min_size=1, max_size=20),
    markets,
    st.sampled_from(["open", "close", "label"]) | st.times(),
    st.booleans(),
)
def test_many_labels_look_up_as_each_does(labels, market, look_up, daily) -> None:
    many = look_up_times(market, np.array(labels, dtype="datetime64[us]"), look_up, daily)
    assert many.tolist() == [look_up_time(market, label, look_up, daily) for label in labels]


@pytest.mark.parametrize("text", ["2024-01-02", " 2024-01-02 10:00", "20240102", 20240102])
def test_dates_in_tables_are_read_as_iso_8601(text: str | int) -> None:
    """pandas reads the number as nanoseconds of 1970."""
    assert day_of(text) == date(2024, 1, 2)


@pytest.mark.parametrize(
    "text", ["01/02/2024", "10:00", "now", "", 45293, 1, True, None, 20240102.0]
)
def test_what_could_be_another_date_is_refused(text: object) -> None:
    with pytest.raises(TimeError, match="be a date"):
        day_of(text)  # type: ignore[arg-type]  # what a table may hold
