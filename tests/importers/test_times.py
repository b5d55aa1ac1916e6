"""Times and dates as people write them; a date alone is no instant (S2)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.clock import to_instant
from shortable.errors import TimeError
from shortable.importers import times
from shortable.market import Market


@pytest.mark.parametrize(
    ("text", "order", "read"),
    [
        ("2021-04-23", "ymd", date(2021, 4, 23)),
        ("20210423", "ymd", date(2021, 4, 23)),
        ("2021/4/3", "ymd", date(2021, 4, 3)),
        ("2021.04.23 19:00:02", "ymd", datetime(2021, 4, 23, 19, 0, 2)),
        ("2021年4月23日", "ymd", date(2021, 4, 23)),
        ("2021-04-23T19:00", "ymd", datetime(2021, 4, 23, 19)),
        ("2021-04-23 19:00:02.123456789", "ymd", datetime(2021, 4, 23, 19, 0, 2, 123456)),
        ("20210423T190002", "ymd", datetime(2021, 4, 23, 19, 0, 2)),
        ("202104231900", "ymd", datetime(2021, 4, 23, 19)),
        ("2021-04-23T19:00Z", "ymd", datetime(2021, 4, 23, 19, tzinfo=UTC)),
        (
            "2021-04-23 19:00:00-04:00",
            "ymd",
            datetime(2021, 4, 23, 19, tzinfo=timezone(timedelta(hours=-4))),
        ),
        ("04/03/2021", "dmy", date(2021, 3, 4)),
        ("04/03/2021", "mdy", date(2021, 4, 3)),
        ("23.04.2021, 4:30 PM", "dmy", datetime(2021, 4, 23, 16, 30)),
        ("4/23/2021 12:05 am", "mdy", datetime(2021, 4, 23, 0, 5)),
        ("23-Apr-2021", "ymd", date(2021, 4, 23)),
        ("April 23, 2021 16:00", "ymd", datetime(2021, 4, 23, 16)),
        ("1615900000", "ymd", datetime(2021, 3, 16, 13, 6, 40, tzinfo=UTC)),
        ("1615900000123", "ymd", datetime(2021, 3, 16, 13, 6, 40, 123000, tzinfo=UTC)),
        ("\uff12\uff10\uff12\uff11-04-23", "ymd", date(2021, 4, 23)),
    ],
)
def test_a_text_that_is_a_time_or_a_date(text: str, order: times.Order, read: Any) -> None:
    assert times.parse_stamps([text], order=order) == [read]


@pytest.mark.parametrize(
    "text",
    ["soon", "2021-02-30", "2021-13-01", "24:00", "13/13/2021", "23/04/21", "2021-04-23 25:00",
     "2021-04-23 13:00 PM", "202104231", "12345", "2021-04-23 19:00 EST"],
)  # fmt: skip
def test_a_text_that_is_none(text: str) -> None:
    (read,) = times.parse_stamps([text], order="dmy")
    assert isinstance(read, str)
    assert read.startswith(f"time {text!r} is not a date or time")


@pytest.mark.parametrize(
    ("form", "text", "read"),
    [
        ("%d.%m.%y", "03.04.21", date(2021, 4, 3)),
        ("%d.%m.%y", "03.04.21 19:30", datetime(2021, 4, 3, 19, 30)),
        ("%m/%d/%Y %H:%M", "04/03/2021 19:30", datetime(2021, 4, 3, 19, 30)),
        ("%d.%m.%y", "2021-04-03", "time '2021-04-03' is not date_format '%d.%m.%y'"),
    ],
)
def test_a_format_that_is_stated(form: str, text: str, read: Any) -> None:
    assert times.parse_stamps([text], date_format=form) == [read]


@pytest.mark.parametrize(
    ("texts", "order", "why"),
    [
        (["04/03/2021", "04/23/2021"], "mdy", ""),
        (["04/03/2021 12:00", "23/04/2021 12:00"], "dmy", ""),
        (["2021-04-03"], "ymd", ""),
        (["04/04/2021"], "ymd", ""),  # the same day in either order
        (["04/03/2021", "05/03/2021"], None, "'04/03/2021' may be 4 Mar or 3 Apr"),
        (["23/04/2021", "04/23/2021"], None, "'23/04/2021' and '04/23/2021' contradict each other"),
    ],
)
def test_one_date_that_leaves_no_doubt_settles_the_column(
    texts: list[str], order: str | None, why: str
) -> None:
    assert times.find_order([*texts, None, datetime(2021, 1, 1)]) == (order, why)


@given(st.lists(st.dates(date(2000, 1, 1), date(2030, 1, 1)), min_size=1), st.booleans())
def test_a_column_of_dates_reads_as_what_it_was_written_from_or_is_open(
    days: list[date], day_first: bool
) -> None:
    form = "%d/%m/%Y" if day_first else "%m/%d/%Y"
    texts = [day.strftime(form) for day in days]
    order, _ = times.find_order(texts)
    if order is not None:
        assert times.parse_stamps(texts, order=order) == days


def test_midnights_of_a_whole_column_are_dates() -> None:
    midnight, noon = datetime(2021, 4, 23), datetime(2021, 4, 23, 12)
    assert times.dates_of_midnights([midnight, None, "x"]) == [midnight.date(), None, "x"]
    assert times.dates_of_midnights([midnight, noon]) == [midnight, noon]
    aware = datetime(2021, 4, 23, tzinfo=UTC)
    assert times.dates_of_midnights([aware]) == [date(2021, 4, 23)]


@pytest.mark.parametrize(
    ("day_time", "market", "utc"),
    [
        # 18:00 in New York is UTC−4 in April; midnight in Hong Kong is 16:00 UTC of the day before.
        (times.DayTime(at=time(18)), Market.USA, datetime(2021, 4, 23, 22)),
        (times.DayTime(start_of_day=True), Market.USA, datetime(2021, 4, 23, 4)),
        (times.DayTime(start_of_day=True), Market.HKEX, datetime(2021, 4, 22, 16)),
        (times.DayTime(at=time(18), time_zone="UTC"), Market.HKEX, datetime(2021, 4, 23, 18)),
    ],
)
def test_from_when_a_date_counts(day_time: times.DayTime, market: Market, utc: datetime) -> None:
    read = times.read_instant(date(2021, 4, 23), market, None, day_time)
    assert read == to_instant(utc.replace(tzinfo=UTC))


def test_a_date_without_a_time_of_day_is_no_instant_s2() -> None:
    read = times.read_instant(date(2021, 4, 23), Market.USA, None)
    assert read == "time='2021-04-23' must have a time of day, which its date lacks"


def test_the_time_of_day_at_which_a_list_is_published() -> None:
    assert times.read_time_of_day("18:00") == time(18)
    assert times.read_time_of_day("6:30 PM") == time(18, 30)
    assert times.read_time_of_day(time(9, 15)) == time(9, 15)
    assert times.read_time_of_day(None) is None
    for wrong in ("18", "25:00", "evening", "18:00Z", time(18, tzinfo=UTC)):
        with pytest.raises(TimeError, match="must be a time of day such as '18:00'"):
            times.read_time_of_day(wrong)


@pytest.mark.parametrize(
    ("text", "form", "day"),
    [
        (" 20240502\t", "%Y%m%d", date(2024, 5, 2)),
        ("2024052", "%Y%m%d", None),  # a digit was lost; strptime makes 2 May of it
        ("0240502", "%Y%m%d", None),
        ("00240502", "%Y%m%d", None),
        ("99990101", "%Y%m%d", None),
        ("2/12/2022", "%d/%m/%Y", date(2022, 12, 2)),
        ("02/12/0022", "%d/%m/%Y", None),
    ],
)
def test_a_column_of_dates_of_one_form(text: str, form: str, day: date | None) -> None:
    read = times.read_dates(pa.array([text]), "Date", form)
    assert read.values.to_pylist() == [day]
    assert list(read.bad) == ([] if day else [0])


@pytest.mark.parametrize("text", ["45293", "45293.4166"])
def test_a_spreadsheets_count_of_days_is_named(text: str) -> None:
    (stamp,) = times.parse_stamps([text])
    assert isinstance(stamp, str)
    assert "a spreadsheet's count of days" in stamp
