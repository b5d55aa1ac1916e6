"""When the market is open: the exchange's rules and LEAN's own database."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.errors import MarketDataError, TimeError
from shortable.lean.data import ExchangeHours
from shortable.lean.data.hours_file import read_hours

from ..folder import LeanFolder

HOURS = ExchangeHours()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


# nyse.com, "Holidays and Trading Hours" of the years named
CLOSED_2024 = [
    "01-01",
    "01-15",
    "02-19",
    "03-29",
    "05-27",
    "06-19",
    "07-04",
    "09-02",
    "11-28",
    "12-25",
]
CLOSED_2022 = [
    "01-17",
    "02-21",
    "04-15",
    "05-30",
    "06-20",
    "07-04",
    "09-05",
    "11-24",
    "12-26",
]  # 1 January: Saturday


@pytest.mark.parametrize(("year", "closed"), [(2024, CLOSED_2024), (2022, CLOSED_2022)])
def test_holidays_of_a_year(year, closed):
    days = [date(year, 1, 1) + timedelta(days=i) for i in range(365)]
    found = [f"{d:%m-%d}" for d in days if d.weekday() < 5 and not HOURS.is_date_open(d)]
    assert found == closed


@pytest.mark.parametrize("day", ["2001-09-11", "2012-10-29", "2018-12-05", "2025-01-09"])
def test_days_of_closure_that_no_rule_foresees(day):
    assert not HOURS.is_date_open(at(day))


@pytest.mark.parametrize(
    ("day", "close"),
    [
        ("2024-07-03", 13),
        ("2024-07-05", 16),
        ("2013-07-03", 13),
        ("2002-07-05", 13),
        ("2002-07-03", 16),
        ("2023-11-24", 13),
        ("2021-12-24", None),
        ("2021-12-23", 16),
        ("1999-12-31", 13),
        ("2020-07-02", 16),
    ],
)
def test_early_closes(day, close):
    found = HOURS.regular(at(day).date())
    assert (found and found[1].hour) == close


def test_nothing_trades_after_an_early_close():
    day = date(2024, 7, 3)
    assert HOURS.extended(day) == (at("2024-07-03 04:00"), at("2024-07-03 13:00"))
    assert not HOURS.is_open(at("2024-07-03 13:00"), True)


def test_edges_of_a_session():
    assert HOURS.is_open(at("2024-01-02 09:30"), False)
    assert not HOURS.is_open(at("2024-01-02 16:00"), False)
    assert not HOURS.is_open(at("2024-01-02 09:29"), False)
    assert HOURS.is_open(at("2024-01-02 09:29"), True)
    assert HOURS.is_open(at("2024-01-02 16:00"), True)
    assert HOURS.IsOpen(at("2024-01-02 16:00"), extended_market_hours=True)
    assert HOURS.is_open(at("2024-01-02 09:30"), at("2024-01-02 09:30"), False)
    assert not HOURS.is_open(at("2024-01-02 16:00"), at("2024-01-02 16:00"), False)


def test_a_bar_is_open_if_any_moment_of_it_is():
    assert HOURS.is_open(at("2024-01-02 09:00"), at("2024-01-02 10:00"), False)
    assert not HOURS.is_open(at("2024-01-02 08:00"), at("2024-01-02 09:30"), False)
    assert not HOURS.is_open(at("2024-01-02 16:00"), at("2024-01-03 09:30"), False)
    assert HOURS.is_open(
        at("2024-01-05 17:00"), at("2024-01-09 00:00"), False
    )  # over a weekend into Monday


def test_next_and_previous():
    friday = at("2024-01-05 16:00")
    assert HOURS.get_next_market_open(friday, False) == at("2024-01-08 09:30")
    assert HOURS.GetNextMarketOpen(at("2024-01-08 09:30"), False) == at(
        "2024-01-09 09:30"
    )  # not the moment itself
    assert HOURS.get_next_market_close(friday, False) == at("2024-01-08 16:00")
    assert HOURS.get_next_market_close(friday, True) == at("2024-01-05 20:00")
    assert HOURS.previous_close(friday) == friday
    assert HOURS.get_previous_market_open(at("2024-01-08 09:29"), False) == at("2024-01-05 09:30")
    assert HOURS.get_previous_trading_day(at("2024-01-16")) == at(
        "2024-01-12"
    )  # the 15th is Martin Luther King's
    assert HOURS.get_next_trading_day(date(2024, 1, 12)) == at("2024-01-16")


MOMENTS = st.datetimes(datetime(2019, 1, 1), datetime(2021, 12, 31))


@given(MOMENTS, st.booleans())
def test_the_market_is_open_exactly_between_an_open_and_a_close(moment, extended):
    opened = HOURS.previous_open(moment, extended)
    closed = HOURS.next_close(opened, extended)
    assert HOURS.is_open(moment, extended) == (opened <= moment < closed)
    assert HOURS.next_open(moment, extended) > moment
    assert HOURS.next_close(moment, extended) > moment


@given(MOMENTS, st.integers(0, 5_000))
def test_a_period_is_open_if_one_of_its_minutes_is(moment, minutes):
    start = moment.replace(second=0, microsecond=0)
    end = start + timedelta(minutes=minutes)
    slow = any(HOURS.is_open(start + timedelta(minutes=i), False) for i in range(max(minutes, 1)))
    assert HOURS.is_open(start, end, False) == slow


def test_trading_days_include_both_ends():
    days = HOURS.trading_days(date(2023, 12, 29), date(2024, 1, 3))
    assert days == [date(2023, 12, 29), date(2024, 1, 2), date(2024, 1, 3)]
    assert HOURS.trading_days(date(2024, 1, 6), date(2024, 1, 7)) == []


def test_hours_of_a_day_as_lean_has_them():
    hours = HOURS.GetMarketHours(at("2024-07-03"))
    assert (hours.market_duration, hours.get_market_open(timedelta(), False)) == (
        timedelta(hours=3.5),
        timedelta(hours=9.5),
    )
    assert hours.get_market_close(timedelta(hours=13), False) is None
    assert HOURS.get_market_hours(at("2024-01-01")).is_closed_all_day
    assert HOURS.regular_market_duration == timedelta(hours=6.5)


def test_the_folders_database_goes_before_the_rules(tmp_path):
    LeanFolder(tmp_path).market_hours(
        ["2024-01-03"], {"2024-01-04": "11:00"}, {"2024-01-05": "10:15"}
    )
    hours = read_hours(tmp_path)
    assert hours.is_date_open(date(2024, 1, 1))  # the file does not call it a holiday
    assert not hours.is_date_open(date(2024, 1, 3))
    assert hours.regular(date(2024, 1, 4)) == (at("2024-01-04 09:30"), at("2024-01-04 11:00"))
    assert hours.extended(date(2024, 1, 5)) == (at("2024-01-05 10:15"), at("2024-01-05 20:00"))
    assert hours.regular(date(2024, 1, 6)) is None
    assert at("2024-01-03") in hours.holidays
    assert hours.early_closes == {at("2024-01-04"): timedelta(hours=11)}


def test_without_a_database_the_rules_hold(tmp_path):
    assert read_hours(tmp_path).regular(date(2024, 7, 3)) == (
        at("2024-07-03 09:30"),
        at("2024-07-03 13:00"),
    )


def test_a_stub_of_a_database_has_the_usual_sessions(tmp_path):
    path = tmp_path / "market-hours" / "market-hours-database.json"
    path.parent.mkdir()
    path.write_text(
        json.dumps({"entries": {"Equity-usa-[*]": {"holidays": [], "earlyCloses": {}}}})
    )
    assert read_hours(tmp_path).regular(date(2024, 7, 3)) == (
        at("2024-07-03 09:30"),
        at("2024-07-03 16:00"),
    )


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"entries": {"Equity-usa-[*]": {"holidays": ["13/13/2024"]}}}']
)
def test_a_damaged_database_is_named(tmp_path, text):
    path = tmp_path / "market-hours" / "market-hours-database.json"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(MarketDataError, match="market-hours-database"):
        read_hours(tmp_path)


def test_a_market_that_never_opens_is_an_error():
    with pytest.raises(TimeError, match="have a session"):
        ExchangeHours(week={}).next_open(at("2024-01-02"))


def test_week_days_may_differ():
    hours = ExchangeHours({5: (time(10), time(10), time(12), time(12))}, [], {})
    assert hours.next_open(at("2024-01-01")) == at("2024-01-06 10:00")
