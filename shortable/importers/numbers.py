"""Numbers as people and web pages write them: ``1,200,000``, ``2.5M``, ``>10000000``, ``18,50 %``.

The decimal sign is settled for a whole file by the cells that leave no doubt; the others are then read with it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shortable.importers import values

__all__ = [
    "PER_UNIT",
    "DecimalSign",
    "RateCells",
    "RateUnit",
    "find_decimal",
    "is_missing",
    "read_quantities",
    "read_rates",
]

DecimalSign = Literal[".", ","]
RateUnit = Literal["fraction", "percent", "bps"]
PER_UNIT = {"fraction": 1.0, "percent": 100.0, "bps": 10_000.0}
"""What rates of each unit are divided by to become annual fractions."""

_MISSING = frozenset(
    {"", "NA", "N/A", "N.A.", "#N/A", "NAN", "NULL", "NONE", "<NA>", "NAT", "-", "--", "---", "."}
)
_CELL = re.compile(
    r"(?P<floor>>=?|≥)?\s*(?P<sign>[+-])?\s*(?P<digits>[0-9][0-9., '’]*|[.,][0-9]+)"
    r"(?P<exponent>e[+-]?[0-9]{1,3})?\s*(?P<unit>%|pct|percent|bps?|k|mm|mn|m|bn|b)?\s*(?P<plus>\+)?",
    re.IGNORECASE,
)
_MAGNITUDES = {"k": 10**3, "m": 10**6, "mm": 10**6, "mn": 10**6, "b": 10**9, "bn": 10**9}
_RATE_UNITS: dict[str, RateUnit] = {
    "%": "percent",
    "pct": "percent",
    "percent": "percent",
    "bp": "bps",
    "bps": "bps",
}
# One to three digits and groups of three: 1.200 may be 1,200 or 1.2.
_DOUBTFUL = re.compile(r"[1-9][0-9]{0,2}(?P<sign>[.,])[0-9]{3}")
_SPACES = re.compile(r"(?<=[0-9])[ '’](?=[0-9]{3}(?![0-9]))")


class _Cell(NamedTuple):
    """A cell split into its parts; `digits` is None where it is no number."""

    digits: str | None
    negative: bool = False
    floor: bool = False
    exponent: int = 0
    unit: str = ""


@dataclass
class RateCells:
    """Annual rates as they are written: the numbers, the unit that each states, and reasons by row."""

    numbers: npt.NDArray[np.float64]
    """Float64, NaN where missing."""
    units: list[RateUnit | None] | None
    """The unit that each cell states; None: no cell states one."""
    bad: dict[int, str] = field(default_factory=dict)

    @property
    def stated(self) -> set[RateUnit]:
        """The units that cells state."""
        return set() if self.units is None else {unit for unit in self.units if unit is not None}

    def needs_unit(self) -> npt.NDArray[np.bool_]:
        """Return where a number other than zero states no unit."""
        given: npt.NDArray[np.bool_] = ~np.isnan(self.numbers) & (self.numbers != 0)
        if self.units is not None:
            given &= np.array([unit is None for unit in self.units], dtype=bool)
        return given

    def as_fractions(self, unit: RateUnit | None) -> values.Rates:
        """Return the rates as annual fractions; cells that state no unit are in `unit`."""
        if self.units is None:
            per_unit = PER_UNIT[unit or "fraction"]
            return values.Rates(values.fractions(self.numbers, per_unit), self.bad)
        read = np.full(len(self.numbers), np.nan)
        of_row = np.array([each or unit or "fraction" for each in self.units])
        for name in set(of_row.tolist()):
            rows = of_row == name
            read[rows] = values.fractions(self.numbers[rows], PER_UNIT[name])
        return values.Rates(read, self.bad)


def is_missing(text: str) -> bool:
    """Return whether a cell states nothing: empty, a dash, ``N/A``."""
    return _plain(text).upper() in _MISSING


def find_decimal(
    quantities: pa.Array | None, rates: Iterable[pa.Array]
) -> tuple[DecimalSign | None, str]:
    """Find the decimal sign of a file by the cells that leave no doubt.

    Parameters
    ----------
    quantities : pa.Array of string, or None
        Cells of shares, which are whole: ``1,200`` there is a thousand and two hundred.
    rates : iterable of pa.Array of string
        Cells of rates, one array a column.

    Returns
    -------
    sign, why : str or None, str
        None where the cells contradict one another or leave it open, and the cells that do.

    Examples
    --------
    >>> find_decimal(pa.array(["1.200", "500"]), [pa.array(["0,25"])])
    (',', '')
    >>> find_decimal(pa.array(["1.200"]), [])
    (None, "'1.200' may be 1200 or 1.2")
    """
    settled: dict[DecimalSign, str] = {}
    doubtful: list[tuple[str, bool]] = []
    columns = [(quantities, True)] if quantities is not None else []
    for column, is_shares in [*columns, *((rate, False) for rate in rates)]:
        for text in _with_separators(column):
            cell = _split(text)
            if cell.digits is None:
                continue
            digits = _SPACES.sub("", cell.digits)
            if _DOUBTFUL.fullmatch(digits) and not (
                cell.exponent or cell.unit.lower() in _MAGNITUDES
            ):
                doubtful.append((digits, is_shares))
            elif (sign := _evidence(digits)) is not None:
                settled.setdefault(sign, text.strip())
    if len(settled) > 1:
        return None, f"{settled['.']!r} and {settled[',']!r} contradict each other"
    if settled:
        return next(iter(settled)), ""
    for digits, is_shares in doubtful:
        # Rates are written with a point unless something says otherwise; shares with commas in thousands.
        if (is_shares and "." in digits) or (not is_shares and "," in digits):
            plain = digits.replace(",", ".")
            return None, f"{digits!r} may be {plain.replace('.', '')} or {float(plain):g}"
    return ".", ""


def _with_separators(column: pa.Array) -> list[str]:
    """Return the different cells that hold a point or a comma."""
    held = column.filter(pc.fill_null(pc.match_substring_regex(column, "[.,，．]"), False))
    texts: list[str] = pc.unique(held).to_pylist()
    return texts


def _evidence(digits: str) -> DecimalSign | None:
    """Return the decimal sign that a number's digits prove, None where they prove none."""
    point, comma = digits.count("."), digits.count(",")
    if point and comma:
        return "." if digits.rfind(".") > digits.rfind(",") else ","
    if point > 1:
        return ","
    if comma > 1:
        return "."
    if digits.endswith((".", ",")):
        return None
    return "." if point else "," if comma else None


@lru_cache(maxsize=1 << 14)
def _split(text: str) -> _Cell:
    plain = _plain(text)
    bracketed = plain.startswith("(") and plain.endswith(")")  # accountants' minus
    match = _CELL.fullmatch(plain[1:-1].strip() if bracketed else plain)
    if match is None or (bracketed and match["sign"]):
        return _Cell(None)
    return _Cell(
        match["digits"].strip(),
        bracketed or match["sign"] == "-",
        bool(match["floor"] or match["plus"]),
        int(match["exponent"][1:]) if match["exponent"] else 0,
        (match["unit"] or "").lower(),
    )


def _plain(text: str) -> str:
    """Return a cell with full-width digits, odd spaces and dashes in their plain form."""
    if text.isascii():
        return text.strip()
    plain = unicodedata.normalize("NFKC", text)
    return plain.translate(
        {0x2212: "-", 0x2010: "-", 0x2013: "-", 0x2014: "-", 0x202F: " "}
    ).strip()


def _number(cell: _Cell, decimal: DecimalSign) -> Decimal | None:
    """Return the number that a cell states, without its unit; None where its separators make no sense."""
    if cell.digits is None:
        return None
    digits = _SPACES.sub("", cell.digits)
    thousands = "," if decimal == "." else "."
    whole, sign, fraction = digits.partition(decimal)
    if thousands in whole:
        groups = whole.split(thousands)
        if not (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])):
            return None
        whole = "".join(groups)
    if not (whole + fraction).isdecimal() or (sign and decimal in fraction):
        return None
    number = Decimal(f"{whole or '0'}.{fraction or '0'}E{cell.exponent}")
    return -number if cell.negative else number


def read_quantities(
    column: pa.Array, decimal: DecimalSign, *, name: str = "quantity", empty: str = "is missing"
) -> values.Quantities:
    """Read share counts; ``>n`` and ``n+`` mean at least n, and K, M and B multiply.

    Parameters
    ----------
    column : pa.Array of string
        One cell a row.
    decimal : "." or ","
        The decimal sign.
    name : str
        What the reasons call the column.
    empty : str
        Reason for which an empty cell is rejected.

    Examples
    --------
    >>> read = read_quantities(pa.array(["1,200,000", "2.5M", ">10000000", "1.5"]), ".")
    >>> read.shares.tolist()[:3], read.floor.tolist(), read.bad
    ([1200000, 2500000, 10000000], [False, False, True, False], {3: 'quantity 1.5 is not a whole number of shares'})
    """
    read = values.quantities(column, name=name, empty=empty)
    # A point is no decimal sign where the comma is, so cells with one are read again.
    again = set(read.bad)
    if decimal == ",":
        pointed = pc.fill_null(pc.match_substring(column, "."), False)
        again |= set(np.flatnonzero(np.array(pointed)).tolist())
    for row in sorted(again):
        text = column[row].as_py()
        read.bad.pop(row, None)
        read.given[row], read.shares[row] = False, 0
        cell = _split(text)
        number = None if cell.unit in _RATE_UNITS else _number(cell, decimal)
        if number is not None:
            number *= _MAGNITUDES.get(cell.unit, 1)
        if number is None or number != number.to_integral_value() or not 0 <= number < 10**18:
            read.bad[row] = _fault(name, text, number, empty)
            read.floor[row] = False
        else:
            read.shares[row], read.floor[row], read.given[row] = int(number), cell.floor, True
    return read


def _fault(name: str, text: str, number: Decimal | None, empty: str) -> str:
    shown = text.strip()
    if not shown:
        return f"{name} {empty}"
    if number is None:
        if _split(text).unit in _RATE_UNITS:
            return f"{name} {shown!r} is a percentage, not a number of shares"
        return values.quantity_fault(name, "NA" if is_missing(shown) else shown).replace(
            "'NA'", repr(shown)
        )
    if number < 0:
        return f"{name} {shown} is negative"
    if number >= 10**18:
        return f"{name} {shown} is more shares than can be stored"
    return f"{name} {shown} is not a whole number of shares"


def read_rates(column: pa.Array, decimal: DecimalSign, *, name: str) -> RateCells:
    """Read annual rates as they are written, with the unit that each cell states; dashes and ``N/A`` are missing.

    Examples
    --------
    >>> read = read_rates(pa.array(["18.50%", "59 bps", "0.25", "N/A"]), ".", name="fee")
    >>> read.numbers.tolist(), read.units
    ([18.5, 59.0, 0.25, nan], ['percent', 'bps', None, None])
    """
    strict = values.rates(column, name=name, per_unit=1)
    if not strict.bad and decimal == ".":
        return RateCells(strict.values, None)
    numbers = np.full(len(column), np.nan)
    units: list[RateUnit | None] = []
    bad: dict[int, str] = {}
    for row, text in enumerate(column.to_pylist()):
        cell = _split(text)
        units.append(_RATE_UNITS.get(cell.unit))
        number = None if cell.unit in _MAGNITUDES or cell.floor else _number(cell, decimal)
        if number is not None and np.isfinite(float(number)):
            numbers[row] = float(number)
        elif number is not None:
            bad[row] = f"{name} {text!r} is not finite"
        elif not is_missing(text):
            bad[row] = f"{name} {text!r} is not a number"
    return RateCells(numbers, units if any(units) else None, bad)
