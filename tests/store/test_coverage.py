"""What coverage reports: repeats, missing sessions, silences."""

from __future__ import annotations

import sys
import types
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shortable import Market
from shortable.clock import to_instant
from shortable.errors import (
    InvalidInputError,
    MissingDependencyError,
    TimeError,
    UnknownBrokerError,
)
from shortable.store import append, coverage, make_snapshot


@pytest.fixture
def folder(tmp_path: Path, make: Any) -> Path:
    """January 2024: Tuesday 2, Wednesday 3 (twice), Monday 8, Tuesday 9 repeats the 3rd, Monday 22."""
    ours = [
        make("2024-01-02 09:00", SPY=1),
        make("2024-01-03 09:00", SPY=2, F=1),
        make("2024-01-03 22:30", complete=False, SPY=3),
        make("2024-01-08 09:00", SPY=4),
        make("2024-01-09 09:00", SPY=2, F=1),
        make("2024-01-22 09:00", made_up=True, SPY=2, F=1),
    ]
    append("axos", ours, data_folder=tmp_path)
    return tmp_path


def days(frame: pd.DataFrame) -> list[str]:
    return [str(day.date()) for day in frame["session"]]


def test_the_table_has_a_row_a_snapshot_with_its_local_time(folder: Path) -> None:
    found = coverage("axos", data_folder=folder)
    table = found.snapshots
    assert table["local_time"].tolist()[2] == pd.Timestamp("2024-01-03 22:30")
    assert table["as_of"].tolist()[2] == pd.Timestamp(
        "2024-01-04 03:30", tz="UTC"
    )  # New York is five hours behind
    assert table["complete"].tolist() == [True, True, False, True, True, True]
    assert table["rows"].tolist() == [1, 2, 1, 1, 2, 2]
    assert table["made_up"].tolist() == [False] * 5 + [True]
    assert (found.broker, found.market, found.made_up_fallback) == ("axos", Market.USA, False)


def test_a_stale_repeat_names_the_snapshot_that_it_repeats(folder: Path) -> None:
    found = coverage("axos", data_folder=folder)
    third = pd.Timestamp("2024-01-03 14:00", tz="UTC")  # 09:00 in New York
    assert found.snapshots["repeats"].isna().tolist() == [True, True, True, True, False, False]
    assert found.repeats["repeats"].tolist() == [third, third]


def test_the_repeated_snapshot_may_lie_before_the_window(folder: Path) -> None:
    found = coverage("axos", data_folder=folder, start=date(2024, 1, 9))
    assert found.snapshots["rows"].tolist() == [2, 2]
    assert len(found.repeats) == 2


def test_a_partial_repeat_of_a_complete_snapshot_is_none(tmp_path: Path, make: Any) -> None:
    append(
        "axos",
        [make("2024-01-02", SPY=1), make("2024-01-03", complete=False, SPY=1)],
        data_folder=tmp_path,
    )
    assert coverage("axos", data_folder=tmp_path).repeats.empty


def test_missing_sessions_are_the_weekdays_without_a_snapshot(folder: Path) -> None:
    # From Tuesday the 2nd to Monday the 22nd; the 6th, 7th, 13th, 14th, 20th and 21st are weekend.
    expected = [f"2024-01-{d:02}" for d in (4, 5, 10, 11, 12, 15, 16, 17, 18, 19)]
    assert days(coverage("axos", data_folder=folder).missing) == expected


def test_missing_sessions_of_a_given_list(folder: Path) -> None:
    sessions = pd.DatetimeIndex(
        ["2023-12-29", "2024-01-02", "2024-01-04", "2024-01-06", "2024-01-23"]
    )
    found = coverage("axos", data_folder=folder, sessions=sessions)
    assert days(found.missing) == ["2024-01-04", "2024-01-06"]  # the first and the last lie outside
    wider = coverage(
        "axos",
        data_folder=folder,
        sessions=list(sessions),
        start=date(2023, 12, 1),
        end=date(2024, 2, 1),
    )
    assert days(wider.missing) == ["2023-12-29", "2024-01-04", "2024-01-06", "2024-01-23"]


def test_the_window_takes_whole_days_and_exact_times(folder: Path) -> None:
    found = coverage("axos", data_folder=folder, start=date(2024, 1, 3), end=date(2024, 1, 5))
    assert len(found.snapshots) == 2
    assert days(found.missing) == ["2024-01-04", "2024-01-05"]
    exact = coverage(
        "axos", data_folder=folder, start=datetime(2024, 1, 3, 9), end=datetime(2024, 1, 3, 22, 29)
    )
    assert exact.snapshots["rows"].tolist() == [2]


def test_silences_longer_than_max_age(folder: Path) -> None:
    # Complete ones: 2, 3, 8, 9 and 22 January at 09:00; only from the 9th to the 22nd are more than 7 days.
    gaps = coverage("axos", data_folder=folder).gaps
    assert gaps["from_local"].tolist() == [pd.Timestamp("2024-01-09 09:00")]
    assert gaps["to_local"].tolist() == [pd.Timestamp("2024-01-22 09:00")]
    assert gaps["length"].tolist() == [pd.Timedelta(days=13)]
    assert gaps["silent_from_local"].tolist() == [pd.Timestamp("2024-01-16 09:00")]
    two_days = coverage("axos", data_folder=folder, max_age=timedelta(days=2)).gaps
    assert two_days["from_local"].dt.day.tolist() == [3, 9]
    assert coverage("axos", data_folder=folder, max_age=None).gaps.empty
    assert coverage("axos", data_folder=folder, max_age=timedelta(days=13)).gaps.empty


def test_a_silence_across_the_edge_of_the_window_counts(folder: Path) -> None:
    found = coverage("axos", data_folder=folder, start=date(2024, 1, 18), end=date(2024, 1, 30))
    assert len(found.gaps) == 1
    assert coverage("axos", data_folder=folder, end=date(2024, 1, 8)).gaps.empty


def test_silences_of_a_store_of_partial_snapshots(tmp_path: Path, make: Any) -> None:
    append(
        "axos",
        [make(f"2024-01-{d}", complete=False, SPY=1) for d in (10, 30)],
        data_folder=tmp_path,
    )
    assert len(coverage("axos", data_folder=tmp_path).gaps) == 1


def test_local_times_are_those_of_the_market(tmp_path: Path) -> None:
    at = to_instant(datetime(2024, 1, 3, 8), Market.HKEX)
    append(
        "axos",
        [make_snapshot(at, {"symbol": ["700"]}, complete=True)],
        data_folder=tmp_path,
        market=Market.HKEX,
    )
    found = coverage("axos", data_folder=tmp_path, market=Market.HKEX)
    assert found.snapshots["local_time"].tolist() == [pd.Timestamp("2024-01-03 08:00")]
    assert found.snapshots["as_of"].tolist() == [
        pd.Timestamp("2024-01-03", tz="UTC")
    ]  # Hong Kong is eight ahead


def test_a_window_without_a_snapshot_is_all_missing(folder: Path) -> None:
    found = coverage("axos", data_folder=folder, start=date(2024, 3, 2), end=date(2024, 3, 5))
    assert found.snapshots.empty
    assert days(found.missing) == ["2024-03-04", "2024-03-05"]
    assert coverage("axos", data_folder=folder, start=date(2030, 1, 1)).missing.empty


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"start": date(2024, 2, 1), "end": date(2024, 1, 1)}, TimeError, "start="),
        ({"start": "2024-01-01"}, TimeError, "start="),
        ({"end": 5}, TimeError, "end="),
        ({"max_age": timedelta(0)}, InvalidInputError, "max_age="),
        ({"max_age": 7}, InvalidInputError, "max_age="),
        ({"sessions": ["soon"]}, TimeError, "sessions="),
        ({"sessions": [], "calendar": "XNYS"}, InvalidInputError, "calendar="),
    ],
)
def test_arguments_without_a_meaning_are_refused(
    folder: Path, arguments: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        coverage("axos", data_folder=folder, **arguments)


def test_an_unknown_broker_has_no_coverage(folder: Path) -> None:
    with pytest.raises(UnknownBrokerError, match="axos"):
        coverage("other", data_folder=folder)


def test_a_calendar_needs_its_package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "exchange_calendars", None)
    with pytest.raises(MissingDependencyError, match=r"shortable-provider\[calendars\]"):
        coverage("axos", data_folder=folder, calendar="XNYS")


def test_a_calendar_of_the_package_gives_the_sessions(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stand-in with the package's interface, so that the test runs where the extra is not installed."""

    class InvalidCalendarName(ValueError):
        pass

    class Calendar:
        def sessions_in_range(self, first: pd.Timestamp, last: pd.Timestamp) -> pd.DatetimeIndex:
            every = pd.bdate_range(first, last)
            return every[every != pd.Timestamp("2024-01-15")]  # Martin Luther King day

    def get_calendar(name: str, start: date, end: date) -> Calendar:
        if name != "XNYS":
            raise InvalidCalendarName(name)
        assert start < end
        return Calendar()

    stand_in = types.SimpleNamespace(
        get_calendar=get_calendar,
        errors=types.SimpleNamespace(InvalidCalendarName=InvalidCalendarName),
    )
    monkeypatch.setitem(sys.modules, "exchange_calendars", stand_in)
    found = coverage("axos", data_folder=folder, calendar="XNYS")
    assert days(found.missing) == [f"2024-01-{d:02}" for d in (4, 5, 10, 11, 12, 16, 17, 18, 19)]
    with pytest.raises(InvalidInputError, match="calendar='NYSE2'"):
        coverage("axos", data_folder=folder, calendar="NYSE2")


def test_the_real_new_york_calendar(folder: Path) -> None:
    pytest.importorskip("exchange_calendars")
    found = coverage("axos", data_folder=folder, calendar="XNYS")
    assert "2024-01-15" not in days(found.missing)
    assert "2024-01-16" in days(found.missing)
    with pytest.raises(InvalidInputError, match="calendar="):
        coverage("axos", data_folder=folder, calendar="NO SUCH")


def test_times_have_microseconds_in_every_pandas(folder: Path) -> None:
    found = coverage("axos", data_folder=folder)
    assert found.snapshots["local_time"].dtype == np.dtype("datetime64[us]")
    assert str(found.snapshots["as_of"].dtype) == "datetime64[us, UTC]"
    assert found.missing["session"].dtype == np.dtype("datetime64[us]")


def test_the_result_says_which_days_are_sessions(folder: Path) -> None:
    assert coverage("axos", data_folder=folder).calendar == "weekdays"
    given = coverage("axos", data_folder=folder, sessions=[date(2024, 1, 2)])
    assert given.calendar == "given"


@pytest.mark.parametrize("market", list(Market))
def test_every_market_has_expected_sessions(tmp_path: Path, market: Market) -> None:
    pytest.importorskip("exchange_calendars", reason="the extra calendars is not installed")
    ends = [
        to_instant(datetime.fromisoformat(day), market)
        for day in ("2024-12-23", "2025-01-03 12:00")
    ]
    append(
        "axos",
        [make_snapshot(t, {"symbol": ["1"]}, complete=True, market=market) for t in ends],
        market=market,
        data_folder=tmp_path,
    )
    found = coverage("axos", market=market, data_folder=tmp_path, calendar="exchange")
    assert found.calendar == market.calendar
    missing = days(found.missing)
    assert "2024-12-27" in missing  # a Friday on which all of them trade
    # India trades on New Year's day, Japan and China on Christmas day; nobody on all of these three.
    assert {"2024-12-25", "2025-01-01", "2025-01-02"} - set(missing)


def test_a_calendar_that_does_not_know_those_years_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("exchange_calendars", reason="the extra calendars is not installed")
    at = to_instant(datetime(1990, 1, 3), Market.JAPAN)  # its Tokyo begins with 1997
    append(
        "axos",
        [make_snapshot(at, {"symbol": ["1"]}, complete=True, market=Market.JAPAN)],
        market=Market.JAPAN,
        data_folder=tmp_path,
    )
    with pytest.raises(InvalidInputError, match="know the sessions from 1990-01-03"):
        coverage("axos", market=Market.JAPAN, data_folder=tmp_path, calendar="exchange")


def test_jumps_compare_complete_snapshots_of_one_venue(folder: Path) -> None:
    # Rows of the complete ones: 1, 2, 1, 2, 2. The partial one of the 3rd in the evening does not count.
    found = coverage("axos", data_folder=folder)
    assert found.snapshots["change"].fillna(9).tolist() == [9, 1, 9, -0.5, 1, 0]
    assert found.jumps["local_time"].dt.day.tolist() == [3, 8, 9]
    assert coverage("axos", data_folder=folder, jump=0.6).jumps["local_time"].dt.day.tolist() == [
        3,
        9,
    ]
    assert found.partial["local_time"].dt.day.tolist() == [3]
    with pytest.raises(InvalidInputError, match="jump=0"):
        coverage("axos", data_folder=folder, jump=0)


def test_the_snapshot_before_the_window_counts_for_a_jump(folder: Path) -> None:
    found = coverage("axos", data_folder=folder, start=date(2024, 1, 9))
    assert found.snapshots["change"].tolist() == [1, 0]
