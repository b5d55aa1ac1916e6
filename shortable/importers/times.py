"""Columns of times and dates: when a row was known, and of which day it is.

A date without a time is no instant (S2): the caller says at which time of that day the list was published.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shortable.clock import published_instant, to_instant
from shortable.errors import InvalidInputError, TimeError
from shortable.importers.values import Texts
from shortable.market import Market

__all__ = [
    "LIKELY_YEARS",
    "DayTime",
    "Order",
    "Stamp",
    "coded_times",
    "dates_of_midnights",
    "find_order",
    "is_time_of_day",
    "only_dates",
    "parse_stamps",
    "read_dates",
    "read_instant",
    "read_time_of_day",
]

_SERIAL = re.compile(r"[2-6][0-9]{4}(?:\.[0-9]+)?")  # 1954 to 2091
LIKELY_YEARS = range(1980, 2201)
"""Those that a file of short selling can be of."""
Order = Literal["dmy", "mdy", "ymd"]
"""In which order day, month and year stand."""
Stamp = datetime | date
"""A time, or a date without one."""
Written = str | datetime | date | time | None
"""A time as a table has it."""

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_TIME = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?P<half>[AaPp])?(?(half)\.?[Mm]\.?)\s*(?P<offset>Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
)
_TIME_ALONE = re.compile(_TIME)
_TAIL = re.compile(rf"(?P<date>.*?\d)(?:\s*,\s*|\s+|[Tt]){_TIME}")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{2})(\d{2})(\d{2})?)?")
_YEAR_LAST = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_DAY_NAME = re.compile(r"(\d{1,2})[- ]([A-Za-z]{3,9})\.?,?[- ](\d{4})")
_NAME_DAY = re.compile(r"([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})")
_UNIX = re.compile(r"(1\d{9})(\d{3})?(?:\.0*)?")  # seconds or milliseconds, 2001 to 2033
_ORDERS: dict[str, tuple[int, int, int]] = {"dmy": (2, 1, 0), "mdy": (2, 0, 1), "ymd": (0, 1, 2)}


@dataclass(frozen=True, slots=True)
class DayTime:
    """From which time of its day a date without a time counts."""

    at: time | None = None
    """Time of day at which the list is published; None: not stated."""
    start_of_day: bool = False
    """The list is published before the day begins: it counts from midnight."""
    time_zone: str | None = None
    """Zone of `at`; None: the market's own."""

    @property
    def stated(self) -> bool:
        """Whether a date without a time can be read."""
        return self.start_of_day or self.at is not None

    def __str__(self) -> str:
        if self.start_of_day:
            return "the start of their day on the market's clock"
        return f"{self.at:%H:%M} {self.time_zone or 'on the clock of the market'}, on their day"


def read_time_of_day(given: time | str | None, parameter: str = "publish_at") -> time | None:
    """Read a time of day such as ``18:00``.

    Raises
    ------
    TimeError
        It is none.
    """
    if given is None or (isinstance(given, time) and given.tzinfo is None):
        return given
    match = _TIME_ALONE.fullmatch(str(given).strip()) if isinstance(given, str) else None
    try:
        if match is not None and match["offset"] is None:
            return _time_of(match)
    except ValueError:
        pass
    raise TimeError(parameter, given, "be a time of day such as '18:00'")


def is_time_of_day(value: object) -> bool:
    """Return whether a value is a time of day without a date."""
    if isinstance(value, time):
        return True
    match = _TIME_ALONE.fullmatch(value.strip()) if isinstance(value, str) else None
    return match is not None and match["offset"] is None


def coded_times(column: pa.Array) -> tuple[list[Written], pa.Array]:
    """Return the different values of a time column, as Python values, and the code of every row (or null).

    Timestamps become `datetime` (nanoseconds are cut off), whole numbers the text of their digits
    (20210423), everything else stays as it is.
    """
    kind = column.type
    if pa.types.is_timestamp(kind):
        column = pc.cast(column, pa.timestamp("us", kind.tz), safe=False)
    elif pa.types.is_date64(kind):
        column = pc.cast(column, pa.date32())
    elif not (pa.types.is_date(kind) or pa.types.is_time(kind) or pa.types.is_string(kind)):
        column = pc.cast(column, pa.string())
    coded = column.dictionary_encode()
    return coded.dictionary.to_pylist(), coded.indices


def find_order(stamps: Iterable[Written]) -> tuple[Order | None, str]:
    """Find in which order day and month stand, by the dates that leave no doubt.

    Parameters
    ----------
    stamps : iterable
        The different values of a column.

    Returns
    -------
    order, why : str or None, str
        None where the dates contradict one another or leave it open, and those that do. "ymd" where none begins with a
        day or month.

    Examples
    --------
    >>> find_order(["03/04/2021", "03/16/2021"])
    ('mdy', '')
    >>> find_order(["03/04/2021"])
    (None, "'03/04/2021' may be 3 Apr or 4 Mar")
    """
    doubt = ""
    settled: dict[Order, str] = {}
    for stamp in stamps:
        if not isinstance(stamp, str):
            continue
        text = _plain(stamp)
        match = _YEAR_LAST.match(text)
        if match is None:
            continue
        first, second = int(match[1]), int(match[2])
        if first > 12:
            settled.setdefault("dmy", text)
        elif second > 12:
            settled.setdefault("mdy", text)
        elif first != second and not doubt:
            one, other = f"{first} {_MONTHS[second - 1]}", f"{second} {_MONTHS[first - 1]}"
            doubt = f"{text!r} may be {one.title()} or {other.title()}"
    if len(settled) > 1:
        return None, f"{settled['dmy']!r} and {settled['mdy']!r} contradict each other"
    if settled:
        return next(iter(settled)), ""
    return (None, doubt) if doubt else ("ymd", "")


def parse_stamps(
    stamps: Sequence[Written], *, order: Order = "ymd", date_format: str | None = None
) -> list[Stamp | str | None]:
    """Read the values of a time column, of the years 1980 to 2200.

    Parameters
    ----------
    stamps : sequence
        Text, datetimes, dates, or None.
    order : str
        In which order day and month stand where the year stands last.
    date_format : str, optional
        What the dates look like, as `datetime.strptime` has it; a time may follow.

    Returns
    -------
    list
        For each a datetime, a date where it has no time, None where it is missing, or text that says what is wrong.

    Examples
    --------
    >>> parse_stamps(["16/03/2021", "2021.03.16 4:30 PM", "16-Mar-2021", "soon"], order="dmy")[:3]
    [datetime.date(2021, 3, 16), datetime.datetime(2021, 3, 16, 16, 30), datetime.date(2021, 3, 16)]
    """
    return [_read_stamp(stamp, order, date_format) for stamp in stamps]


def _read_stamp(stamp: Written, order: Order, date_format: str | None) -> Stamp | str | None:
    if isinstance(stamp, time):
        return f"{stamp} is a time of day without a date"
    read = _parse(stamp, order, date_format) if isinstance(stamp, str) else stamp
    if isinstance(read, date) and read.year not in LIKELY_YEARS:
        return f"time {str(stamp).strip()!r} is out of range"
    return read


def dates_of_midnights(stamps: Sequence[Stamp | str | None]) -> list[Stamp | str | None]:
    """Return a column of midnights as one of dates: data frames have no other way to hold dates."""
    if all(stamp.time() == time(0) for stamp in stamps if isinstance(stamp, datetime)):
        return [stamp.date() if isinstance(stamp, datetime) else stamp for stamp in stamps]
    return list(stamps)


def only_dates(stamps: Iterable[Stamp | str | None]) -> int:
    """Return how many values are dates without a time."""
    return sum(type(stamp) is date for stamp in stamps)


@lru_cache(maxsize=1 << 16)
def _parse(text: str, order: Order, date_format: str | None) -> Stamp | str:
    plain = _plain(text)
    try:
        tail = _TAIL.fullmatch(plain)
        if date_format is not None:
            return _by_format(plain, tail, date_format)
        day = _date(tail["date"] if tail else plain, order)
        if day is None or (isinstance(day, datetime) and tail):
            raise ValueError
        return _combine(day, tail) if tail else day
    except (ValueError, OverflowError):
        wanted = f"date_format {date_format!r}" if date_format else "a date or time"
        hint = "" if date_format else "; one reads 2021-04-23 20:00"
        if _SERIAL.fullmatch(text.strip()):
            hint = ", but a spreadsheet's count of days: format its column as dates"
        return f"time {text.strip()!r} is not {wanted}{hint}"


def _plain(text: str) -> str:
    return text.strip() if text.isascii() else unicodedata.normalize("NFKC", text).strip()


def _by_format(text: str, tail: re.Match[str] | None, date_format: str) -> Stamp:
    for whole, form in ((text, date_format), (tail["date"] if tail else "", date_format)):
        try:
            moment = datetime.strptime(whole, form)
        except ValueError:
            continue
        if re.search("%[HIMSpcXTR]", form):
            return moment
        return _combine(moment.date(), tail) if tail and whole != text else moment.date()
    raise ValueError(text)


def _date(text: str, order: Order) -> Stamp | None:
    """Return the date that a text states (with a time for ``yyyyMMddHHmm``); None where it states none."""
    if match := _YEAR_FIRST.fullmatch(text):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := _COMPACT.fullmatch(text):
        day = date(int(match[1]), int(match[2]), int(match[3]))
        if match[4] is None:
            return day
        return datetime.combine(day, time(int(match[4]), int(match[5]), int(match[6] or 0)))
    if match := _YEAR_LAST.fullmatch(text):
        year, month, at = (
            int(match[1 + place]) for place in _ORDERS[order if order != "ymd" else "dmy"]
        )
        return date(year, month, at)
    if match := _UNIX.fullmatch(text):
        return datetime.fromtimestamp(int(match[1]), UTC) + timedelta(
            milliseconds=int(match[2] or 0)
        )
    if match := _DAY_NAME.fullmatch(text):
        return _named(match[3], match[2], match[1])
    if match := _NAME_DAY.fullmatch(text):
        return _named(match[3], match[1], match[2])
    return None


def _named(year: str, month: str, day: str) -> date | None:
    name = month[:3].lower()
    return date(int(year), _MONTHS.index(name) + 1, int(day)) if name in _MONTHS else None


def _combine(day: date, match: re.Match[str]) -> datetime:
    """Return a date with the time of day, and the offset, of a match of `_TIME`."""
    moment = datetime.combine(day, _time_of(match))
    offset = match["offset"]
    if offset is None:
        return moment
    if offset[0] in "ZUG":
        return moment.replace(tzinfo=UTC)
    minutes = int(offset[1:3]) * 60 + int(offset[-2:])
    return moment.replace(
        tzinfo=timezone(timedelta(minutes=minutes if offset[0] == "+" else -minutes))
    )


def _time_of(match: re.Match[str]) -> time:
    hour, half = int(match["hour"]), (match["half"] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + 12 * (half == "p")
    micros = int((match["fraction"] or "0")[:6].ljust(6, "0"))
    return time(hour, int(match["minute"]), int(match["second"] or 0), micros)


@lru_cache(maxsize=1 << 16)
def read_instant(
    stamp: Stamp, market: Market, time_zone: str | None, day_time: DayTime | None = None
) -> int | str:
    """Return the instant from which a row was known, or why the value is none.

    Parameters
    ----------
    stamp : datetime or date
        When it was known.
    market : Market
        Market of the row.
    time_zone : str or None
        Zone of a naive time; None for the market's own. An hour that this clock repeats is read as its
        second occurrence, so that nothing is known too early, and one that it skips is refused.
    day_time : DayTime, optional
        From which time of its day a date without a time counts.

    Examples
    --------
    >>> evening = DayTime(at=time(18))
    >>> read_instant(date(2021, 4, 23), Market.USA, None, evening) == read_instant(
    ...     datetime(2021, 4, 23, 22, tzinfo=UTC), Market.USA, None
    ... )
    True
    >>> read_instant(datetime(2024, 3, 10, 2, 30), Market.USA, None)
    "time='2024-03-10 02:30:00' must exist in America/New_York. The clock skips that hour ..."
    """
    try:
        if isinstance(stamp, datetime):
            return published_instant(stamp, market, time_zone=time_zone)
        if day_time is None or not day_time.stated:
            raise InvalidInputError("time", str(stamp), "have a time of day, which its date lacks")
        if day_time.at is None:
            return to_instant(stamp, market)
        moment = datetime.combine(stamp, day_time.at)
        return published_instant(moment, market, time_zone=day_time.time_zone)
    except InvalidInputError as error:
        return str(error)
    except (OverflowError, ValueError):
        return f"time={stamp!s} is out of range"


def read_dates(column: pa.Array, name: str, form: str) -> Texts:
    """Read a column of dates from 1980 to 2200; the values are date32, null where a row cannot be used.

    Parameters
    ----------
    column : pa.Array of string
        One cell a row.
    name : str
        What the reasons call the column.
    form : str
        As `datetime.strptime` has it.

    Examples
    --------
    >>> read = read_dates(pa.array(["15/01/2021", "2021-01-15"]), "Date", "%d/%m/%Y")
    >>> read.values.to_pylist(), read.bad
    ([datetime.date(2021, 1, 15), None], {1: "Date '2021-01-15' is not a date (%d/%m/%Y)"})
    """
    coded = column.dictionary_encode()
    read = [_date_of(text, form) for text in coded.dictionary.to_pylist()]
    dates = pa.array(read, pa.date32()).take(coded.indices)
    rows = np.flatnonzero(np.asarray(dates.is_null())).tolist()
    return Texts(
        dates, {row: f"{name} {column[row].as_py()!r} is not a date ({form})" for row in rows}
    )


def _date_of(text: str, form: str) -> date | None:
    plain = text.strip()
    if form == "%Y%m%d" and len(plain) != 8:
        return None  # strptime takes 2024052, which lost a digit, for the second of May
    try:
        day = datetime.strptime(plain, form).date()
    except ValueError:
        return None
    return day if day.year in LIKELY_YEARS else None
