"""Business days of regulators err late: every exchange's own holiday is among them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from shortable.importers.holidays import australian_holidays, business_day, european_holidays


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        (date(2024, 12, 23), 1, date(2024, 12, 27)),  # the 24th, 25th and 26th
        (date(2025, 4, 17), 1, date(2025, 4, 22)),  # Good Friday and Easter Monday
        (date(2024, 1, 10), 1, date(2024, 1, 11)),
        (
            date(2021, 12, 24),
            1,
            date(2021, 12, 29),
        ),  # the 27th and 28th stand in for the 25th and 26th
    ],
)
def test_days_in_europe(day: date, n: int, expected: date) -> None:
    assert business_day(day, n, european_holidays) == expected


def test_days_in_australia() -> None:
    # 2025: Good Friday 18 April, Easter Monday the 21st, Anzac Day Friday the 25th.
    assert business_day(date(2025, 4, 16), 4, australian_holidays) == date(2025, 4, 24)
    assert business_day(date(2025, 4, 17), 4, australian_holidays) == date(2025, 4, 28)


@pytest.mark.parametrize(
    ("holidays", "exchange"),
    [
        (european_holidays, "XLON"),
        (european_holidays, "XPAR"),
        (european_holidays, "XAMS"),
        (european_holidays, "XSTO"),
        (european_holidays, "XMAD"),
        (australian_holidays, "XASX"),
    ],
)
def test_every_closed_weekday_of_the_exchanges_is_one(holidays: object, exchange: str) -> None:
    calendars = pytest.importorskip("exchange_calendars", reason="extra calendars")
    calendar = calendars.get_calendar(exchange, start="2012-01-03", end="2026-06-30")
    sessions = {session.date() for session in calendar.sessions}
    day, missing = date(2012, 1, 4), []
    while day < date(2026, 6, 30):
        if day.weekday() < 5 and day not in sessions and day not in holidays(day.year):  # type: ignore[operator]
            missing.append(day)
        day += timedelta(days=1)
    assert missing == []
