"""Wall time and instants: the one place where shortable converts between them.

An instant is an ``int`` of microseconds since 1970-01-01T00:00Z. A wall time is a naive ``datetime`` on the
clock of a market's exchange. Reading a wall time that the clock skips (spring) or repeats (autumn) never
looks ahead: a skipped time reads as the last instant before the gap, a repeated one as its first occurrence
unless ``fold=1`` says the second.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pandas as pd

from shortable.arrays import Array, Ints, Times
from shortable.errors import InvalidInputError, TimeError
from shortable.symbol import Market

__all__ = [
    "LocalTime",
    "LocalTimes",
    "LookUp",
    "as_datetime",
    "check_look_up",
    "day_of",
    "from_instant",
    "instants",
    "local_times",
    "look_up_time",
    "look_up_times",
    "parse_time",
    "published_instant",
    "time_index",
    "to_instant",
    "to_local",
    "transition_days",
    "zone",
    "zone_named",
]

LocalTime = datetime | date | np.datetime64
"""What a look-up takes as its time: `pd.Timestamp` is a `datetime`."""

LocalTimes = LocalTime | Iterable[LocalTime]
"""One look-up time or many: a list, `pd.DatetimeIndex`, `pd.Series`, or an ndarray of ``datetime64``."""

LookUp = Literal["open", "close", "label"] | time
"""When an order on a daily bar looks up what is available: the session's open, its close, the bar's own label,
or an exchange-local time of day."""

_OFFSET = r":\d\d(?:\.\d+)?\s*(?:Z|[+-]\d\d:?\d\d)$"  # only a time has one: 2024-01-02 does not
_UTC = re.compile(r"(?<![A-Za-z])(?i:utc|gmt)(?![A-Za-z])|(?<=[a-z])(?:UTC|GMT)(?![A-Za-z])")
_COUNTED: dict[int, Literal["ms", "us", "ns"]] = {
    13: "ms",
    16: "us",
    19: "ns",
}  # by digits, from 2001 to 2286
_MIXED = "Some have an offset from UTC and some have none."
_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_NAT = np.iinfo(np.int64).min  # what NaT is as a whole number
_US_PER_DAY = 86_400_000_000


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """Return the IANA time zone of that name.

    Raises
    ------
    TimeError
        There is no such zone, or the system has no time zone data.

    Examples
    --------
    >>> zone("America/New_York").key
    'America/New_York'
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise TimeError(
            "time_zone",
            name,
            "be an IANA time zone such as 'America/New_York'",
            "If it is one, install the package tzdata.",
        ) from None


def as_datetime(value: object, parameter: str = "local_time") -> datetime:
    """Turn a date, `pd.Timestamp` or `np.datetime64` into a plain `datetime`; nanoseconds are cut off.

    Parameters
    ----------
    value : datetime, date, pd.Timestamp or np.datetime64
        A `date` means its midnight.
    parameter : str
        Name shown in the error.

    Raises
    ------
    TimeError
        Anything else, text and ``NaT`` among it.

    Examples
    --------
    >>> as_datetime(np.datetime64("2024-01-02"))
    datetime.datetime(2024, 1, 2, 0, 0)
    """
    if type(value) is datetime:
        return value
    if isinstance(value, np.datetime64):
        value = None if np.isnat(value) else value.astype("datetime64[us]").item()
    if value is pd.NaT:
        value = None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime(warn=False)
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    raise TimeError(
        parameter,
        value,
        "be a datetime, date, pandas Timestamp or numpy datetime64",
        "Text is read by datetime.fromisoformat.",
    )


def day_of(value: LocalTime | str | int, parameter: str = "date") -> date:
    """Return the date of a time, a date, or of ISO 8601 text or digits, as its own clock has it.

    Raises
    ------
    TimeError
        It is none of them; 01/02/2024 could be read in two ways.

    Examples
    --------
    >>> day_of(datetime(2024, 1, 2, 9, 30)) == day_of("2024-01-02") == day_of(20240102)
    True
    """
    if isinstance(value, (str, int, np.integer)) and not isinstance(value, bool):
        try:
            return datetime.fromisoformat(str(value).strip()).date()
        except ValueError:
            raise TimeError(
                parameter, value, "be a date, or ISO 8601 text such as 2024-01-02"
            ) from None
    return as_datetime(value, parameter).date()


def to_local(local_time: LocalTime, market: Market = Market.USA) -> datetime:
    """Return the wall time on the market's clock: naive values as they are, aware ones converted.

    Examples
    --------
    >>> to_local(datetime(2024, 1, 2, 14, 30, tzinfo=UTC))
    datetime.datetime(2024, 1, 2, 9, 30)
    """
    moment = as_datetime(local_time)
    if moment.tzinfo is None:
        return moment
    return moment.astimezone(zone(market.time_zone)).replace(tzinfo=None)


def to_instant(local_time: LocalTime, market: Market = Market.USA) -> int:
    """Return the instant, in microseconds since the epoch, that a look-up time means.

    Naive values are wall time of the market; skipped and repeated ones read as the module says.

    Examples
    --------
    >>> to_instant(datetime(2024, 1, 2, 9, 30)) == to_instant(datetime(2024, 1, 2, 14, 30, tzinfo=UTC))
    True
    """
    moment = as_datetime(local_time)
    if moment.tzinfo is not None:
        return (moment.astimezone(UTC).replace(tzinfo=None) - _EPOCH) // _MICROSECOND
    clock = zone(market.time_zone)
    before, after = _offset(moment, clock, 0), _offset(moment, clock, 1)
    if before < after:
        return _last_instant_before_gap(moment, clock, before, after)
    return (moment.replace(fold=0) - _EPOCH - _offset(moment, clock, moment.fold)) // _MICROSECOND


def published_instant(
    wall: datetime, market: Market = Market.USA, *, time_zone: str | None = None
) -> int:
    """Return the instant at which something that a vendor stamped with its wall time was known.

    Unlike a look-up, a publication must never be read too early: a repeated wall time means its second
    occurrence, and a skipped one is refused.

    Parameters
    ----------
    wall : datetime
        Naive wall time, or an aware time, which is taken as it is.
    market : Market
        Whose clock the stamp is on.
    time_zone : str, optional
        Zone of the stamp where it is not the market's own.

    Raises
    ------
    TimeError
        The wall time does not exist on that clock, or the zone does not.
    """
    moment = as_datetime(wall, "time")
    if moment.tzinfo is not None:
        return to_instant(moment)
    clock = zone(time_zone or market.time_zone)
    first, second = _offset(moment, clock, 0), _offset(moment, clock, 1)
    if first < second:
        raise TimeError(
            "time",
            moment.isoformat(sep=" "),
            f"exist in {clock.key}",
            "The clock skips that hour when summer time begins.",
        )
    return (moment.replace(fold=0) - _EPOCH - second) // _MICROSECOND


def from_instant(instant: int, market: Market = Market.USA) -> datetime:
    """Return the market's naive wall time at an instant; ``fold`` is set in a repeated hour.

    Examples
    --------
    >>> from_instant(to_instant(datetime(2024, 7, 1, 16)))
    datetime.datetime(2024, 7, 1, 16, 0)
    """
    utc = (_EPOCH + timedelta(microseconds=int(instant))).replace(tzinfo=UTC)
    return utc.astimezone(zone(market.time_zone)).replace(tzinfo=None)


def local_times(times: LocalTimes, market: Market = Market.USA) -> Times:
    """Return many look-up times as naive wall times, ``datetime64[us]``, one-dimensional.

    Parameters
    ----------
    times : array-like of times, or one time
        DatetimeIndex, Series, ndarray of ``datetime64``, or a sequence of what `as_datetime` takes.

    Raises
    ------
    TimeError
        A value is missing (``NaT``) or is no time.
    """
    if isinstance(times, (datetime, date, np.datetime64)):
        times = [times]
    if isinstance(times, pd.Series):
        times = (
            pd.DatetimeIndex(times)
            if isinstance(times.dtype, pd.DatetimeTZDtype)
            else times.to_numpy()
        )
    if isinstance(times, pd.DatetimeIndex):
        if times.tz is not None:
            times = times.tz_convert(zone(market.time_zone)).tz_localize(None)
        times = times.to_numpy()
    if not (isinstance(times, np.ndarray) and times.dtype.kind == "M"):
        times = np.array([to_local(t, market) for t in times], dtype="datetime64[us]")
    values: Times = times.ravel().astype("datetime64[us]", copy=False)
    if len(values) and values.view(np.int64).min() == _NAT:
        raise TimeError("times", "NaT", "have no missing value")
    return values


def time_index(
    values: pd.DatetimeIndex | pd.Series | pd.Index | Array, parameter: str = "times"
) -> pd.DatetimeIndex:
    """Return the labels of a table's rows as times; a missing one as NaT.

    Parameters
    ----------
    values : DatetimeIndex, Series, Index or ndarray
        Times, dates, ISO 8601 text, or whole numbers that read as ``yyyymmdd`` or count milli-, micro- or nanoseconds
        since 1970 in UTC (13, 16 or 19 digits).
    parameter : str
        Name shown in the error.

    Raises
    ------
    TimeError
        A label is none of them, or some have an offset from UTC and some have none.

    Examples
    --------
    >>> time_index(pd.Index(["2024-01-02", "2024-01-03"])).tolist() == time_index(pd.Index([20240102, 20240103])).tolist()
    True
    """
    if isinstance(values, pd.DatetimeIndex):
        return values
    series = pd.Series(values).reset_index(drop=True)
    if isinstance(series.dtype, pd.DatetimeTZDtype) or series.dtype.kind == "M":
        return pd.DatetimeIndex(series)
    # Whole numbers read as 20240102, or count from 1970; those that are longer or shorter are no ISO dates.
    texts = series.astype(str) if series.dtype.kind in "iu" else series
    counted = _since_1970(texts)
    if counted is not None:
        return counted
    try:
        if pd.api.types.infer_dtype(texts, skipna=True) == "string":
            return _parsed(texts)
        return pd.DatetimeIndex([t if t is pd.NaT else as_datetime(t) for t in series.tolist()])
    except (ValueError, TypeError) as error:
        first = _first_unread(series)
        mixed = str(error) if str(error) == _MIXED else "pd.to_datetime(...) reads others."
        raise TimeError(
            parameter, first, "be times, dates or ISO 8601 text such as 2024-01-02 09:30", mixed
        ) from None


def zone_named(column: object) -> str | None:
    """Return the zone that a column's name states: UTC, or None.

    Examples
    --------
    >>> zone_named("retrieved_utc"), zone_named("Time (GMT)"), zone_named("timeUTC"), zone_named("time")
    ('UTC', 'UTC', 'UTC', None)
    """
    return "UTC" if _UTC.search(str(column)) else None


def _since_1970(texts: pd.Series) -> pd.DatetimeIndex | None:
    """Return counts since 1970 as UTC times; None where a label is anything else."""
    head = str(texts.iloc[0]) if len(texts) else ""
    unit = _COUNTED.get(len(head)) if head.isdigit() else None
    if (
        unit is None
        or not texts.map(lambda text: str(text).isdigit() and len(str(text)) == len(head)).all()
    ):
        return None
    return pd.DatetimeIndex(pd.to_datetime(texts.astype("int64"), unit=unit, utc=True))


def _first_unread(series: pd.Series) -> object:
    """Return the first label that is no time by itself, else the first of all."""
    for label in series.tolist():
        try:
            if isinstance(label, str):
                _parsed(pd.Series([label]))
            elif label is not pd.NaT:
                as_datetime(label)
        except (ValueError, TypeError):
            return label
    return series.iloc[0] if len(series) else None


def _parsed(series: pd.Series) -> pd.DatetimeIndex:
    """Parse each distinct text once: a long file repeats every date for every symbol."""
    codes, distinct = pd.factorize(series, use_na_sentinel=True)
    texts = pd.Series(distinct, dtype=object)
    if not texts.str.match(r"\s*\d{4}").all():  # pandas takes "now" and "10:00" for today's
        raise ValueError
    aware = texts.str.contains(_OFFSET, regex=True)
    if aware.any() and not aware.all():
        raise ValueError(_MIXED)
    found = pd.DatetimeIndex(pd.to_datetime(texts, format="ISO8601", utc=bool(aware.any())))
    if (codes < 0).any():
        found = pd.DatetimeIndex(found.append(pd.DatetimeIndex([pd.NaT], tz=found.tz)))
    return pd.DatetimeIndex(found[codes])


def instants(times: LocalTimes, market: Market = Market.USA) -> Ints:
    """Return many look-up times as instants: int64 microseconds since the epoch, read as `to_instant` does."""
    if isinstance(times, pd.Series) and isinstance(times.dtype, pd.DatetimeTZDtype):
        times = pd.DatetimeIndex(times)
    if isinstance(times, pd.DatetimeIndex) and times.tz is not None:
        return local_times(times.tz_convert("UTC").tz_localize(None)).view(np.int64)
    if not isinstance(times, (pd.Series, pd.DatetimeIndex, np.ndarray)):
        many = [times] if isinstance(times, (datetime, date, np.datetime64)) else list(times)
        return np.array([to_instant(t, market) for t in many], dtype=np.int64)
    wall = local_times(times, market)
    days = wall.view(np.int64) // _US_PER_DAY
    result = wall.view(np.int64).copy()
    unique, inverse = np.unique(days, return_inverse=True)
    clock = zone(market.time_zone)
    offsets = np.zeros(len(unique), dtype=np.int64)
    for i, day in enumerate(unique.tolist()):
        offsets[i], changes = _offset_of_day(day, clock)
        if changes:
            for at in np.flatnonzero(days == day).tolist():
                result[at] = to_instant(wall[at].item(), market) + offsets[i]
    return result - offsets[inverse]


def check_look_up(look_up: object) -> LookUp:
    """Return `look_up` where it is one of the choices that daily orders have.

    Raises
    ------
    InvalidInputError
        It is none of them, or a time of day with a time zone.

    Examples
    --------
    >>> check_look_up("close"), check_look_up(time(9, 45))
    ('close', datetime.time(9, 45))
    """
    if isinstance(look_up, str) and look_up in ("open", "close", "label"):
        return look_up  # type: ignore[return-value]  # one of the three
    if isinstance(look_up, time) and look_up.tzinfo is None:
        return look_up
    raise InvalidInputError(
        "look_up",
        look_up,
        "be 'open', 'close', 'label' or a datetime.time without a time zone",
        "It is exchange-local.",
    )


def look_up_time(
    market: Market, moment: LocalTime, look_up: LookUp = "close", daily: bool = True
) -> datetime:
    """Return the exchange-local time at which an order looks up what is available.

    Parameters
    ----------
    market : Market
        Whose clock and session apply.
    moment : datetime or date
        When the order is sent: the host's clock or the bar's label. Naive times are exchange-local; a
        midnight stands for its session.
    look_up : {"open", "close", "label"} or datetime.time, default "close"
        What daily orders use; "label" leaves `moment` as it is.
    daily : bool, default True
        Whether the bars are sessions. Orders within a session look up at `moment`, whatever `look_up` is.

    Raises
    ------
    InvalidInputError
        `look_up` is none of the choices.

    Examples
    --------
    >>> look_up_time(Market.USA, date(2024, 1, 2), "close")
    datetime.datetime(2024, 1, 2, 16, 0)
    >>> look_up_time(Market.USA, datetime(2024, 1, 2, 10, 31), "close", daily=False)
    datetime.datetime(2024, 1, 2, 10, 31)
    """
    local = to_local(moment, market)
    clock = _look_up_clock(market, look_up)
    return local if clock is None or not daily else datetime.combine(local.date(), clock)


def look_up_times(
    market: Market,
    labels: Times,
    look_up: LookUp = "close",
    daily: bool = True,
) -> Times:
    """Return `look_up_time` of many labels at once.

    Parameters
    ----------
    market : Market
        Of the labels.
    labels : ndarray of datetime64, any shape
        Exchange-local wall times.
    look_up : {"close", "open", "label"} or datetime.time
        As in `look_up_time`.
    daily : bool
        As in `look_up_time`.

    Returns
    -------
    ndarray of datetime64[us]
        Of the labels' shape.
    """
    clock = _look_up_clock(market, look_up)
    times: Times = labels.astype("datetime64[us]", copy=False)
    if clock is None or not daily:
        return times
    since_midnight = (datetime.combine(_EPOCH, clock) - _EPOCH) // _MICROSECOND
    midnights = times.astype("datetime64[D]").astype("datetime64[us]").view(np.int64)
    return (midnights + since_midnight).view("datetime64[us]")


def _look_up_clock(market: Market, look_up: LookUp) -> time | None:
    """Return the time of day that a choice means in a market; None for the label itself."""
    checked = check_look_up(look_up)
    if isinstance(checked, time):
        return checked
    return {"open": market.opens, "close": market.closes, "label": None}[checked]


def transition_days(market: Market, first: int, last: int) -> list[int]:
    """Return the days, as proleptic ordinals in [first, last], on which the market's clock jumps.

    Examples
    --------
    >>> year = date(2024, 1, 1).toordinal(), date(2024, 12, 31).toordinal()
    >>> [str(date.fromordinal(day)) for day in transition_days(Market.USA, *year)]
    ['2024-03-10', '2024-11-03']
    """
    clock = zone(market.time_zone)

    def at_midnight(ordinal: int) -> timedelta:
        return _offset(datetime.fromordinal(ordinal), clock, 0)

    found = []
    for start in range(first, last + 1, 7):  # no zone of ours jumps there and back within a week
        stop = min(start + 7, last + 1)
        if at_midnight(start) != at_midnight(stop):
            found.append(
                next(d for d in range(start, stop) if at_midnight(d) != at_midnight(d + 1))
            )
    return found


def parse_time(text: str, *, parameter: str = "time", time_zone: str | None = None) -> datetime:
    """Read an ISO 8601 time as a person types it ("2021-04-23 20:00", "2021-04-23T20:00-04:00").

    Parameters
    ----------
    text : str
        Date or date and time. Without an offset it is wall time.
    parameter : str
        Name shown in the error.
    time_zone : str, optional
        IANA zone that a text without an offset is in; the result is then aware.

    Raises
    ------
    TimeError
        The text is not a time, or the zone does not exist.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except (ValueError, AttributeError, TypeError):
        raise TimeError(
            parameter, text, "be an ISO 8601 date or time such as '2021-04-23 20:00'"
        ) from None
    if time_zone is not None and moment.tzinfo is None:
        return moment.replace(tzinfo=zone(time_zone))
    return moment


@lru_cache(maxsize=1 << 16)
def _offset_of_day(day: int, clock: ZoneInfo) -> tuple[int, bool]:
    """Return the offset in microseconds at which a day since the epoch begins, and whether another one ends it."""
    midnight = _EPOCH + timedelta(days=day)
    offset = _offset(midnight, clock, 0)
    return offset // _MICROSECOND, offset != _offset(midnight + timedelta(days=1), clock, 0)


def _offset(wall: datetime, clock: tzinfo, fold: int) -> timedelta:
    offset = wall.replace(tzinfo=clock, fold=fold).utcoffset()
    return offset if offset is not None else timedelta(0)


def _last_instant_before_gap(
    wall: datetime, clock: ZoneInfo, before: timedelta, after: timedelta
) -> int:
    """Bisect for the jump: at `low` the clock still shows the old offset, at `high` the new one."""
    low = (wall.replace(fold=0) - _EPOCH - after) // _MICROSECOND
    high = (wall.replace(fold=0) - _EPOCH - before) // _MICROSECOND
    while high - low > 1:
        middle = (low + high) // 2
        utc = (_EPOCH + timedelta(microseconds=middle)).replace(tzinfo=UTC)
        if utc.astimezone(clock).utcoffset() == before:
            low = middle
        else:
            high = middle
    return low
