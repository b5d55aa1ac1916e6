"""The sessions of the sample: weekdays of 2023 and 2024 that are no NYSE holiday."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

FIRST, LAST = date(2023, 1, 1), date(2024, 12, 31)

# NYSE, "Holidays and Trading Hours", 2023 and 2024.
HOLIDAYS = {
    date(year, month, day)
    for year, days in {
        2023: (
            (1, 2),
            (1, 16),
            (2, 20),
            (4, 7),
            (5, 29),
            (6, 19),
            (7, 4),
            (9, 4),
            (11, 23),
            (12, 25),
        ),
        2024: (
            (1, 1),
            (1, 15),
            (2, 19),
            (3, 29),
            (5, 27),
            (6, 19),
            (7, 4),
            (9, 2),
            (11, 28),
            (12, 25),
        ),
    }.items()
    for month, day in days
}

# Regular session 09:30 to 16:00. Hour bars end on the hour and are labelled by their end, so the first is half an
# hour long. Early closes are not imitated.
BAR_ENDS = tuple(time(hour) for hour in range(10, 17))


def sessions(first: date = FIRST, last: date = LAST) -> list[date]:
    """Return the sessions from `first` to `last`, both included."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5 and day not in HOLIDAYS]


def hour_labels(days: list[date]) -> list[datetime]:
    """Return the ends of the hour bars of those sessions, exchange-local."""
    return [datetime.combine(day, end) for day in days for end in BAR_ENDS]
