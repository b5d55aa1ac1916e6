"""US sessions, early closes and business days: by the exchange's published calendars, and against a calendar package where there is one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from shortable import Market
from shortable.calendars import (
    business_day_after,
    nyse_early_closes,
    session_after,
    sessions_between,
)

# NYSE, "Holidays and Trading Hours".
CLOSED = [
    "2021-01-01",
    "2021-01-18",
    "2021-02-15",
    "2021-04-02",
    "2021-05-31",
    "2021-07-05",
    "2021-09-06",
    "2021-11-25",
    "2021-12-24",
    "2022-01-17",
    "2022-06-20",
    "2023-01-02",
    "2023-06-19",
    "2024-03-29",
    "2025-01-09",
]
# 2021-12-31 was a session: New Year's Day 2022 fell on a Saturday and was not kept on the Friday. Juneteenth became a
# holiday of the exchange in 2022.
OPEN = ["2021-12-31", "2021-06-18", "2021-10-11", "2021-11-11", "2022-12-27"]


@pytest.mark.parametrize("text", CLOSED)
def test_the_exchange_is_closed(text: str) -> None:
    day = date.fromisoformat(text)
    assert session_after(day - timedelta(days=1)) > day
    assert business_day_after(day - timedelta(days=1), 1) > day


@pytest.mark.parametrize("text", OPEN)
def test_the_exchange_is_open(text: str) -> None:
    day = date.fromisoformat(text)
    assert session_after(day - timedelta(days=1)) == day


def test_federal_holidays_are_sessions_and_no_business_days() -> None:
    columbus = date(2021, 10, 11)
    assert session_after(date(2021, 10, 8)) == columbus
    assert business_day_after(date(2021, 10, 8), 1) == date(2021, 10, 12)


def test_sessions_between_two_days_are_those_that_follow_one_another() -> None:
    thanksgiving = day = date(2021, 11, 25)
    for n in range(1, 40):
        day = session_after(day)
        assert sessions_between(thanksgiving, day) == n
        # The day before may be a weekend or a holiday: it adds none.
        assert sessions_between(thanksgiving, day - timedelta(days=1)) == n - 1
    # Wednesday the 24th was a session, and so was Tuesday.
    assert sessions_between(thanksgiving, date(2021, 11, 22)) == -2


def test_business_days_are_counted_by_hand() -> None:
    # After Friday 2021-01-29: 1 to 5 February are five, 8, 9 and 10 three more.
    assert business_day_after(date(2021, 1, 29), 8) == date(2021, 2, 10)
    # From a Saturday the first is Monday.
    assert business_day_after(date(2021, 1, 30), 1) == date(2021, 2, 1)
    assert business_day_after(date(2021, 1, 29), 0) == date(2021, 1, 29)


def test_sessions_agree_with_a_calendar_package() -> None:
    calendars = pytest.importorskip(
        "exchange_calendars", reason="exchange_calendars (extra calendars) is not installed"
    )
    theirs = calendars.get_calendar("XNYS", start="2001-01-01", end="2026-12-31").sessions
    day, ours = date(2000, 12, 31), []
    while (day := session_after(day)) <= date(2026, 12, 31):
        ours.append(day)
    assert ours == [t.date() for t in theirs]


def test_early_closes_agree_with_a_calendar_package() -> None:
    calendars = pytest.importorskip(
        "exchange_calendars", reason="exchange_calendars (extra calendars) is not installed"
    )
    theirs = calendars.get_calendar("XNYS", start="2001-01-01", end="2026-12-31").early_closes
    ours = sorted(d for d in nyse_early_closes(2026) if d >= date(2001, 1, 1))
    assert ours == [t.date() for t in theirs]


def test_taiwans_sessions_agree_with_a_calendar_package() -> None:
    calendars = pytest.importorskip(
        "exchange_calendars", reason="exchange_calendars (extra calendars) is not installed"
    )
    theirs = calendars.get_calendar("XTAI", start="2005-01-01", end="2026-12-31").sessions
    day, ours = date(2004, 12, 31), []
    while (day := session_after(day, Market.TAIWAN)) <= date(2026, 12, 31):
        ours.append(day)
    # The typhoon Kong-rey, which the package lacks.
    assert {t.date() for t in theirs} - set(ours) == {date(2024, 10, 31)}
    assert set(ours) <= {t.date() for t in theirs}


def test_elsewhere_the_next_weekday_is_a_session() -> None:
    friday = date(2021, 2, 12)
    assert session_after(friday, Market.JAPAN) == date(2021, 2, 15)  # Presidents' Day in the USA
    assert session_after(friday, Market.USA) == date(2021, 2, 16)


@pytest.mark.parametrize("market", list(Market))
def test_every_market_names_a_calendar_of_its_own_clock(market: Market) -> None:
    calendars = pytest.importorskip(
        "exchange_calendars", reason="exchange_calendars (extra calendars) is not installed"
    )
    theirs = calendars.get_calendar(market.calendar, start="2025-06-01", end="2025-12-31")
    assert str(theirs.tz) == market.time_zone
    assert (theirs.open_times[-1][1], theirs.close_times[-1][1]) == (market.opens, market.closes)
