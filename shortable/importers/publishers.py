"""Cells of what exchanges and regulators publish: days, counts with separators, percent of capital, Hong Kong's codes."""

from __future__ import annotations

import re
from datetime import date, datetime

import numpy as np
import pyarrow as pa

from shortable.importers import numbers, values
from shortable.importers.times import Order, find_order, parse_stamps

__all__ = ["constant", "counts", "days", "hong_kong_codes", "isins", "percents", "same_day"]

_ISIN = re.compile(r"[A-Z]{2}[A-Z0-9]{9}[0-9]")


def days(column: pa.Array, *, name: str, order: Order | None = None) -> values.Texts:
    """Read a column of dates from 1980 to 2200, with or without a time of day; date32, null where a row cannot be used.

    Parameters
    ----------
    column : pa.Array of string
        One cell a row.
    name : str
        What the reasons call the column.
    order : str, optional
        In which order day and month stand where the year stands last. Default: what the dates of the column settle;
        where they leave it open, those that could be either are rejected.

    Examples
    --------
    >>> days(pa.array(["05 FEB 2026", "20260205", "soon"]), name="date").values.to_pylist()
    [datetime.date(2026, 2, 5), datetime.date(2026, 2, 5), None]
    >>> days(pa.array(["03/04/2021"]), name="date").bad
    {0: "date '03/04/2021': '03/04/2021' may be 3 Apr or 4 Mar"}
    """
    coded = column.dictionary_encode()
    texts: list[str] = coded.dictionary.to_pylist()
    doubt = ""
    if order is None:
        order, doubt = find_order(texts)
    read: list[date | None] = []
    faults: list[str] = []
    for text, stamp in zip(texts, parse_stamps(texts, order=order or "dmy"), strict=True):
        day = stamp.date() if isinstance(stamp, datetime) else stamp
        unsure = order is None and re.match(r"\s*\d{1,2}[-/.]\d{1,2}[-/.]\d{4}", text) is not None
        good = isinstance(day, date) and not unsure
        read.append(day if good and isinstance(day, date) else None)
        faults.append(f"{name} {text.strip()!r}" + (f": {doubt}" if unsure else " is not a date"))
    found = pa.array(read, pa.date32()).take(coded.indices)
    codes = coded.indices.to_pylist()
    rows = np.flatnonzero(np.array(found.is_null())).tolist()
    return values.Texts(found, {row: faults[codes[row]] for row in rows})


def counts(column: pa.Array, *, name: str, empty: str | None = "is empty") -> values.Quantities:
    """Read share counts with thousands separators; a dash or ``N/A`` is as good as an empty cell.

    Examples
    --------
    >>> read = counts(pa.array(["1,118,900", "-", "1.5"]), name="shares", empty=None)
    >>> read.array().to_pylist(), read.bad
    ([1118900, None, None], {2: 'shares 1.5 is not a whole number of shares'})
    """
    plain = pa.array(
        ["" if numbers.is_missing(text) else text for text in column.to_pylist()], pa.string()
    )
    read = numbers.read_quantities(plain, ".", name=name, empty=empty or "is empty")
    for row, text in enumerate(plain.to_pylist()):
        if not text and empty is None:
            read.bad.pop(row, None)
        elif read.floor[row]:
            read.bad[row] = f"{name} {text!r} is a bound, not a number"
    return read


def percents(
    column: pa.Array, *, name: str, unit: numbers.RateUnit = "percent", most: float = 1.0
) -> values.Rates:
    """Read parts of a whole as fractions; cells may have a percent sign, and commas for points where the column does.

    Parameters
    ----------
    column : pa.Array of string
        One cell a row.
    name : str
        What the reasons call the column.
    unit : "percent", "fraction" or "bps"
        Of cells that state none.
    most : float
        The largest fraction that there can be.

    Examples
    --------
    >>> percents(pa.array(["0,51", "0,6 %"]), name="position").values.tolist()
    [0.0051, 0.006]
    """
    sign, _ = numbers.find_decimal(None, [column])
    read = numbers.read_rates(column, sign or ".", name=name)
    found = read.as_fractions(unit)
    for row in np.flatnonzero((found.values < 0) | (found.values > most)).tolist():
        found.bad[row] = f"{name} {column[row].as_py().strip()!r} is not between 0 and {most:.0%}"
    return found


def hong_kong_codes(column: pa.Array) -> values.Texts:
    """Bring stock codes to digits without leading zeros; anything but digits is no code of the exchange.

    Examples
    --------
    >>> read = hong_kong_codes(pa.array(["00700", "ABC"]))
    >>> read.values.to_pylist(), read.bad
    (['700', None], {1: "stock code 'ABC' is not 1 to 5 digits"})
    """
    codes: list[str | None] = []
    bad: dict[int, str] = {}
    for row, text in enumerate(column.to_pylist()):
        digits = text.strip()
        if digits.isascii() and digits.isdecimal() and len(digits) <= 5 and int(digits):
            codes.append(str(int(digits)))
        else:
            codes.append(None)
            bad[row] = f"stock code {text!r} is not 1 to 5 digits"
    return values.Texts(pa.array(codes, pa.string()), bad)


def isins(column: pa.Array, *, name: str = "ISIN") -> values.Texts:
    """Read ISINs: two letters, nine letters or digits, and the check digit that follows from them.

    Examples
    --------
    >>> read = isins(pa.array([" gb00bh4hks39", "GB00BH4HKS38"]))
    >>> read.values.to_pylist(), read.bad
    (['GB00BH4HKS39', None], {1: "ISIN 'GB00BH4HKS38' is none: its check digit is wrong"})
    """
    found: list[str | None] = []
    bad: dict[int, str] = {}
    for row, text in enumerate(column.to_pylist()):
        code = text.strip().upper()
        if not _ISIN.fullmatch(code):
            bad[row] = f"{name} {text.strip()!r} is none"
        elif _check_digit(code[:-1]) != int(code[-1]):
            bad[row] = f"{name} {text.strip()!r} is none: its check digit is wrong"
        found.append(None if row in bad else code)
    return values.Texts(pa.array(found, pa.string()), bad)


def _check_digit(code: str) -> int:
    """Return the digit that makes the sum of ISO 6166 a multiple of ten: letters are 10 to 35, every second digit doubled."""
    digits = [int(digit) for letter in code for digit in str(int(letter, 36))]
    doubled = (digit * (2 if at % 2 == 0 else 1) for at, digit in enumerate(reversed(digits)))
    return -sum(number // 10 + number % 10 for number in doubled) % 10


def constant(text: str | None, rows: int) -> pa.Array:
    """Return a column that says the same in every row."""
    return pa.array([text] * rows, pa.string())


def same_day(day: date | None, rows: int) -> pa.Array:
    """Return a column of one date."""
    return pa.array([day] * rows, pa.date32())
