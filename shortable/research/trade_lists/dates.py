"""Dates and times as platforms write them; one date that can be read in one way settles the whole column."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from datetime import date, datetime
from typing import Literal

import numpy as np
import pandas as pd

from shortable.clock import zone
from shortable.errors import InvalidInputError

__all__ = ["DateOrder", "date_order_of", "is_clock", "joined", "read_times"]

DateOrder = Literal["day first", "month first"]
"""How dates such as 02/01/2024 are written."""

_ORDERS: dict[str, DateOrder | None] = {"dmy": "day first", "mdy": "month first", "ymd": None}
# 02.01.2024, 15/1/24, 1-2-2024, with a time or without.
_NUMERIC = re.compile(r"^(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})\b(.*)$", re.DOTALL)
_DOTTED_YEAR = re.compile(r"^(\d{4})[./](\d{1,2})[./](\d{1,2})(.*)$", re.DOTALL)  # MetaTrader
_COMPACT = re.compile(r"^(\d{4})(\d\d)(\d\d)[;, T]*(\d{2}:?\d{2}:?\d{2})?$")  # Interactive Brokers
_CHINESE = re.compile(r"^(\d{4})年(\d{1,2})月(\d{1,2})日(.*)$")
_ZONE_NAME = re.compile(r"\s+(EST|EDT|ET|US/Eastern|America/New_York)$")
_AS_OF = re.compile(r"^(\S+) as of (\S+)$")  # Schwab: booked, and traded
_CLOCK_ONLY = re.compile(r"^\d{1,2}:\d\d")


def date_order_of(
    texts: Sequence[str], *, given: DateOrder | None, date_format: str | None, source: str
) -> DateOrder | None:
    """Say how a column writes its dates; None where it does not matter.

    `date_format` is "dmy", "mdy" or "ymd", or a format for `datetime.strptime`.

    Raises
    ------
    InvalidInputError
        Two dates contradict one another, or none settles it.
    """
    if date_format is not None:
        return _ORDERS.get(date_format)
    found: dict[DateOrder, str] = {}
    doubtful, dotted = "", False
    for text in dict.fromkeys(texts):
        match = _NUMERIC.match(_traded(text))
        if match is None:
            continue
        first, mark, second = int(match[1]), match[2], int(match[3])
        dotted = dotted or mark == "."
        if first > 12 or second > 12:
            found.setdefault("day first" if first > 12 else "month first", text)
        elif first != second:
            doubtful = doubtful or text
    if len(found) > 1:
        raise InvalidInputError(
            "trades",
            " and ".join(found.values()),
            f"write dates in one order in {source}",
            "Say which by date_format='dmy' or 'mdy' (--date-format).",
        )
    if found:
        return next(iter(found))
    if given is not None or not doubtful:
        return given
    if dotted:
        return "day first"  # nobody writes the month first with dots
    raise InvalidInputError(
        "trades",
        doubtful,
        f"be read in one way, and no other date of {source} says whether the day comes first",
        "Say so by date_format='dmy' or 'mdy' (--date-format).",
    )


def read_times(
    values: Sequence[Hashable],
    *,
    order: DateOrder | None,
    date_format: str | None,
    time_zone: str | None,
) -> list[pd.Timestamp | None]:
    """Return times, None where a value is none; times without a zone get `time_zone`, or stay naive."""
    clock = None if time_zone is None else zone(time_zone)
    known: dict[Hashable, pd.Timestamp | None] = {}
    times = []
    for value in values:
        if value not in known:
            time = _time(value, order, date_format)
            if time is not None and clock is not None and time.tz is None:
                time = time.tz_localize(clock, ambiguous=False, nonexistent="shift_backward")
            known[value] = time
        times.append(known[value])
    return times


def joined(dates: Sequence[object], clocks: Sequence[object]) -> list[object]:
    """Return dates with the times of day of another column."""
    return [
        f"{str(day).strip()} {str(clock).strip()}" if str(clock).strip() else day
        for day, clock in zip(dates, clocks, strict=True)
    ]


def is_clock(values: Sequence[object]) -> bool:
    """Say whether values are times of day without a date."""
    return any(_CLOCK_ONLY.match(str(value).strip()) for value in values)


def _time(value: object, order: DateOrder | None, date_format: str | None) -> pd.Timestamp | None:
    try:
        if isinstance(value, (date, np.datetime64)):
            time = pd.Timestamp(value)
        elif isinstance(value, (str, int, np.integer)) and not isinstance(value, bool):
            text = _ZONE_NAME.sub("", _traded(str(value).strip()))
            if date_format is not None and date_format not in _ORDERS:
                return pd.Timestamp(datetime.strptime(text, date_format))
            text = _as_iso(text, order)
            if _CLOCK_ONLY.match(text):  # pandas would take it for today's
                return None
            time = _since_1970(int(text)) if text.isdigit() else pd.Timestamp(text)
        else:
            return None
    except (ValueError, TypeError, OverflowError, KeyError):
        return None
    return None if pd.isna(time) else time


def _as_iso(text: str, order: DateOrder | None) -> str:
    numeric = _NUMERIC.match(text)
    if numeric is not None:
        first, second = numeric[1], numeric[3]
        day, month = (second, first) if order == "month first" else (first, second)
        year = numeric[4] if len(numeric[4]) == 4 else f"20{numeric[4]}"
        return f"{year}-{month:0>2}-{day:0>2}{_clock(numeric[5])}"
    for pattern in (_DOTTED_YEAR, _CHINESE):
        match = pattern.match(text)
        if match is not None:
            return f"{match[1]}-{match[2]:0>2}-{match[3]:0>2}{_clock(match[4])}"
    compact = _COMPACT.match(text)
    if compact is not None:
        clock = (compact[4] or "").replace(":", "")
        time = f" {clock[:2]}:{clock[2:4]}:{clock[4:]}" if clock else ""
        return f"{compact[1]}-{compact[2]}-{compact[3]}{time}"
    return text.replace(", ", " ").replace(";", " ")


_UNITS = {10: "s", 13: "ms", 16: "us", 19: "ns"}


def _since_1970(number: int) -> pd.Timestamp:
    return pd.Timestamp(number, unit=_UNITS[len(str(number))], tz="UTC")


def _clock(rest: str) -> str:
    rest = rest.strip().lstrip(",;T ").strip()
    return f" {rest}" if rest else ""


def _traded(text: str) -> str:
    """Return the date on which it was traded, where a list also has the one on which it was booked."""
    match = _AS_OF.match(text.strip())
    return match[2] if match else text.strip()
