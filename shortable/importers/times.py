"""Columns of times and dates: when a row was known, and of which day it is."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shortable.clock import parse_time, published_instant, to_instant
from shortable.errors import TimeError
from shortable.importers.values import Texts
from shortable.market import Market

__all__ = ["coded_times", "read_dates", "read_instant"]

_DATE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")


def coded_times(column: pa.Array) -> tuple[list[Any], pa.Array]:
    """Return the different values of a time column, as Python values, and the code of every row (or null).

    Timestamps become `datetime` (nanoseconds are cut off), whole numbers the text of their digits
    (20210423), everything else stays as it is.
    """
    kind = column.type
    if pa.types.is_timestamp(kind):
        column = pc.cast(column, pa.timestamp("us", kind.tz), safe=False)
    elif pa.types.is_date64(kind):
        column = pc.cast(column, pa.date32())
    elif not (pa.types.is_date(kind) or pa.types.is_string(kind)):
        column = pc.cast(column, pa.string())
    coded = column.dictionary_encode()
    return coded.dictionary.to_pylist(), coded.indices


@lru_cache(maxsize=1 << 16)
def read_instant(value: Any, market: Market, time_zone: str | None) -> int | str:
    """Return the instant from which a row was known, or why the value is none.

    Parameters
    ----------
    value : datetime, date or str
        Text is ISO 8601. A date alone means its midnight on the market's own clock (S2).
    market : Market
        Market of the row.
    time_zone : str or None
        Zone of a naive time; None for the market's own. An hour that this clock repeats is read as its
        second occurrence, so that nothing is known too early, and one that it skips is refused.

    Examples
    --------
    >>> read_instant("2021-04-23", Market.USA, None) == read_instant("2021-04-23T04:00Z", Market.USA, None)
    True
    >>> read_instant("2024-03-10 02:30", Market.USA, None)
    "time='2024-03-10 02:30:00' must exist in America/New_York. The clock skips that hour ..."
    """
    try:
        if isinstance(value, str):
            value = _date(value.strip()) or parse_time(value)
        if isinstance(value, date) and not isinstance(value, datetime):
            return to_instant(value, market)
        return published_instant(value, market, time_zone=time_zone)
    except TimeError as error:
        return str(error)
    except (OverflowError, ValueError):
        return f"time={value!s} is out of range"


def _date(text: str) -> date | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise TimeError("time", text, "be a day of the calendar") from None


def read_dates(column: pa.Array, name: str, form: str) -> Texts:
    """Read a column of dates; the values are date32, null where a row cannot be used.

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
    values = pa.array(read, pa.date32()).take(coded.indices)
    rows = np.flatnonzero(np.asarray(values.is_null())).tolist()
    return Texts(
        values, {row: f"{name} {column[row].as_py()!r} is not a date ({form})" for row in rows}
    )


def _date_of(text: str, form: str) -> date | None:
    try:
        return datetime.strptime(text.strip(), form).date()
    except ValueError:
        return None
