"""Cells of text to values: share counts, rates, tickers and currencies.

Columns of clean cells are read as a whole, others cell by cell. Every function returns the values and, for each row
that cannot be used, the reason.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shortable.buffers import letters_of
from shortable.errors import SymbolError
from shortable.market import SUFFIXES
from shortable.symbol import Market, Symbol, canonical_ticker, line_currency

__all__ = [
    "Flags",
    "Quantities",
    "Rates",
    "Texts",
    "amounts",
    "currencies",
    "flags",
    "fractions",
    "nearest_tickers",
    "quantities",
    "rates",
    "reasons",
    "tickers",
]

_DIGITS = 18  # that many always fit an int64
_LOOSE_QUANTITY = re.compile(r"(>?)\s*\+?([0-9]{1,18})(?:\.0*)?")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?", re.IGNORECASE)
_LONGEST = 32  # characters of a ticker (Symbol)
_CAPITAL = np.isin(np.arange(256), list(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
_PLAIN = _CAPITAL | np.isin(np.arange(256), list(b"0123456789"))
_YES = frozenset({"true", "t", "yes", "y", "1", "1.0", "是"})
_NO = frozenset({"false", "f", "no", "n", "0", "0.0", "否"})
_MISSING_WORDS = frozenset({"", "NA", "N/A", "NAN", "NULL", "NONE", "<NA>", "-"})


class Checked(Protocol):
    """A column of which some rows cannot be used."""

    @property
    def bad(self) -> dict[int, str]:
        """The reasons by row."""
        ...


@dataclass
class Quantities:
    """Share counts: int64 `shares` (0 where absent), `given`, `floor` and reasons by row."""

    shares: npt.NDArray[np.int64]
    given: npt.NDArray[np.bool_]
    floor: npt.NDArray[np.bool_]
    bad: dict[int, str] = field(default_factory=dict)

    def array(self) -> pa.Array:
        """The counts as int64 with nulls."""
        return pa.array(self.shares, mask=~self.given)


@dataclass
class Rates:
    """Annual fractions: float64, NaN where missing, and reasons by row."""

    values: npt.NDArray[np.float64]
    bad: dict[int, str] = field(default_factory=dict)

    def array(self) -> pa.Array:
        """The rates as float64 with nulls."""
        return pa.array(self.values, mask=np.isnan(self.values))


@dataclass
class Flags:
    """Yes and no: `values` (False where absent), `given`, and reasons by row."""

    values: npt.NDArray[np.bool_]
    given: npt.NDArray[np.bool_]
    bad: dict[int, str] = field(default_factory=dict)


@dataclass
class Texts:
    """A column of text, null where a row cannot be used, and reasons by row."""

    values: pa.Array
    bad: dict[int, str] = field(default_factory=dict)


def quantities(
    column: pa.Array, *, name: str = "AVAILABLE", empty: str | None = "is empty"
) -> Quantities:
    """Read share counts; ``>n`` means at least n.

    Parameters
    ----------
    column : pa.Array of string
        One cell a row.
    name : str
        What the reasons call the column.
    empty : str or None
        Reason for which an empty cell is rejected; None stores it as "named, but quantity not stated".

    Examples
    --------
    >>> read = quantities(pa.array(["100", ">10000000", "-5", "1.5"]))
    >>> read.shares.tolist()[:2], read.floor.tolist()[:2], list(read.bad)
    ([100, 10000000], [False, True], [2, 3])
    """
    # Brokers state round numbers, so that few of a list's cells differ.
    coded = column.dictionary_encode()
    different, of_row = (
        _different_quantities(coded.dictionary, name, empty),
        np.array(coded.indices),
    )
    bad = np.flatnonzero(np.isin(of_row, list(different.bad))).tolist() if different.bad else []
    return Quantities(
        different.shares[of_row],
        different.given[of_row],
        different.floor[of_row],
        {row: different.bad[of_row[row]] for row in bad},
    )


def _different_quantities(column: pa.Array, name: str, empty: str | None) -> Quantities:
    floor = pc.starts_with(column, ">")
    bare = pc.if_else(floor, pc.utf8_slice_codeunits(column, 1), column)
    clean = pc.and_(pc.ascii_is_decimal(bare), pc.less_equal(pc.binary_length(bare), _DIGITS))
    shares = np.array(pc.fill_null(pc.cast(pc.if_else(clean, bare, None), pa.int64()), 0))
    read = Quantities(shares, np.array(clean), np.array(floor))
    for row in np.flatnonzero(~read.given).tolist():
        text = column[row].as_py().strip()
        if match := _LOOSE_QUANTITY.fullmatch(text):
            read.floor[row], read.shares[row], read.given[row] = bool(match[1]), int(match[2]), True
        elif not text and empty is None:
            read.floor[row] = False
        else:
            read.bad[row] = f"{name} {empty}" if not text else quantity_fault(name, text)
    return read


def quantity_fault(name: str, text: str) -> str:
    """Say why a text is no share count."""
    if text.upper() in _MISSING_WORDS:
        return f"{name} {text!r} states no quantity"
    if not _NUMBER.fullmatch(text):
        return f"{name} {text!r} is not a number of shares"
    if text.startswith("-"):
        return f"{name} {text} is negative"
    if float(text) >= 1e18:
        return f"{name} {text} is more shares than can be stored"
    return f"{name} {text} is not a whole number of shares"


def rates(column: pa.Array, *, name: str, per_unit: float) -> Rates:
    """Read annual rates; ``NA`` and empty cells are missing.

    Parameters
    ----------
    column : pa.Array of string or float64
        One cell a row; numbers that were read already are finite, or null where missing.
    name : str
        What the reasons call the column.
    per_unit : float
        What the cells are divided by: 100 for percent, 1 for fractions.

    Examples
    --------
    >>> rates(pa.array(["0.25", "NA", "-5.8577"]), name="FEERATE", per_unit=100).values.tolist()
    [0.0025, nan, -0.058577]
    """
    if pa.types.is_floating(column.type):
        return Rates(fractions(np.array(pc.fill_null(column, np.nan)), per_unit))
    missing = pc.or_(pc.equal(column, "NA"), pc.equal(column, ""))
    try:
        values = np.array(pc.cast(pc.if_else(missing, "nan", column), pa.float64()))
        given = ~missing.to_numpy(zero_copy_only=False)
        if np.isfinite(values[given]).all():
            return Rates(fractions(values, per_unit))
    except pa.ArrowInvalid:
        pass
    values, bad = _one_by_one(column, lambda text: _read_rate(text, name))
    return Rates(fractions(values, per_unit), bad)


def amounts(column: pa.Array, *, name: str, empty: str | None = "is empty") -> Rates:
    """Read amounts of shares or money that may have decimals: finite and not negative.

    Parameters
    ----------
    column : pa.Array of string
        One cell a row.
    name : str
        What the reasons call the column.
    empty : str or None
        Reason for which an empty cell is rejected; None: it is not stated.

    Examples
    --------
    >>> read = amounts(pa.array(["12.5", "-1", ""]), name="TotalVolume")
    >>> read.values.tolist()[0], read.bad
    (12.5, {1: 'TotalVolume -1 is negative', 2: 'TotalVolume is empty'})
    """
    read = rates(column, name=name, per_unit=1)
    for row in np.flatnonzero(read.values < 0).tolist():
        read.bad[row] = f"{name} {column[row].as_py().strip()} is negative"
    if empty is not None:
        for row in np.flatnonzero(np.isnan(read.values)).tolist():
            read.bad.setdefault(row, f"{name} {empty}")
    return read


def flags(column: pa.Array, *, name: str, empty: str | None = "is missing") -> Flags:
    """Read yes and no as programs write them: ``true``, ``False``, ``1``, ``N``.

    Parameters
    ----------
    column : pa.Array of string
        One cell a row.
    name : str
        What the reasons call the column.
    empty : str or None
        Reason for which an empty cell is rejected; None: it says neither.

    Examples
    --------
    >>> read = flags(pa.array(["True", "0", "", "perhaps"]), name="shortable")
    >>> read.values.tolist(), read.given.tolist(), read.bad[3]
    ([True, False, False, False], [True, True, False, False], "shortable 'perhaps' is neither true nor false")
    """
    read = Flags(np.zeros(len(column), dtype=np.bool_), np.zeros(len(column), dtype=np.bool_))
    for row, text in enumerate(column.to_pylist()):
        word = text.strip().lower()
        if word in _YES or word in _NO:
            read.values[row], read.given[row] = word in _YES, True
        elif word.upper() not in _MISSING_WORDS:
            read.bad[row] = f"{name} {text!r} is neither true nor false"
        elif empty is not None:
            read.bad[row] = f"{name} {empty}"
    return read


def fractions(values: npt.NDArray[np.float64], per_unit: float) -> npt.NDArray[np.float64]:
    """Divide by `per_unit` so that up to six decimals of percent become the fraction that they mean.

    5.8577 / 100 is 0.058577000000000004 in binary; the nearest number to 0.058577 comes out of dividing
    whole numbers, 5857700 / 100000000. Without it the same rate, stated once in percent and once as a
    fraction, would be two different numbers.
    """
    if per_unit == 1:
        return values
    with np.errstate(over="ignore"):  # a rate whose millionfold is infinite is not exact
        whole = np.rint(values * 1e6)
    exact = (np.abs(whole) < 2**53) & (whole / 1e6 == values)
    return np.where(exact, whole / (1e6 * per_unit), values / per_unit)


def _one_by_one(
    column: pa.Array, read: Callable[[str], float | str]
) -> tuple[npt.NDArray[np.float64], dict[int, str]]:
    values = np.full(len(column), np.nan)
    bad: dict[int, str] = {}
    for row, text in enumerate(column.to_pylist()):
        answer = read(text)
        if isinstance(answer, str):
            bad[row] = answer
        else:
            values[row] = answer
    return values, bad


def _read_rate(text: str, name: str) -> float | str:
    stripped = text.strip()
    if stripped.upper() in _MISSING_WORDS:
        return math.nan
    if not _NUMBER.fullmatch(stripped):
        return f"{name} {text!r} is not a number"
    value = float(stripped)
    return value if math.isfinite(value) else f"{name} {text!r} is not finite"


def tickers(column: pa.Array, market: Market) -> Texts:
    """Bring a column of bare tickers of one market to the canonical spelling.

    A ticker with the country code of another market (``RY.CA`` in a US file) is not taken; Yahoo's suffixes are
    not read here, because the file says the market and Canadian tickers such as ``ZFS.L`` end like them.

    Examples
    --------
    >>> read = tickers(pa.array(["AMC", "BRK B", "RY.CA", "#?"]), Market.USA)
    >>> read.values.to_pylist(), list(read.bad)
    (['AMC', 'BRK.B', None, None], [2, 3])
    """
    # Capitals, and digits after them, are canonical as they stand.
    letters, begins = letters_of(column)
    lengths = np.diff(begins)
    others = np.searchsorted(begins, np.flatnonzero(~_PLAIN[letters]), side="right") - 1
    plain = (lengths > 0) & (lengths <= _LONGEST)
    plain[others] = False
    plain[plain] = _CAPITAL[letters[begins[:-1][plain]]]
    odd = np.flatnonzero(~plain)
    if not len(odd):
        return Texts(column)
    spelled: list[str | None] = []
    bad: dict[int, str] = {}
    for row, text in zip(odd.tolist(), column.take(pa.array(odd)).to_pylist(), strict=True):
        answer, fault = _canonical(text, market)
        spelled.append(answer)
        if answer is None:
            bad[row] = fault
    at = np.arange(len(column))
    at[odd] = len(column) + np.arange(len(odd))
    return Texts(pa.concat_arrays([column, pa.array(spelled, pa.string())]).take(pa.array(at)), bad)


@lru_cache(maxsize=1 << 16)
def _canonical(text: str, market: Market) -> tuple[str | None, str]:
    """Return the canonical ticker, or None and why not."""
    if not text.strip():
        return None, "the symbol is empty"
    try:
        ticker = canonical_ticker(text, market)
    except SymbolError as error:
        return None, str(error)
    if market is Market.HKEX and ticker.isdigit():
        ticker = str(int(ticker))
    head, _, country = ticker.rpartition(".")
    if (head and country in SUFFIXES) or ticker.startswith(("US.", "HK.")):
        read = Symbol.create(ticker)
        if (read.ticker, read.market) != (ticker, Market.USA):
            return (
                None,
                f"symbol {text!r} would read as {read.ticker!r} of market {read.market.value!r}",
            )
    return Symbol.create(ticker, market=market).ticker, ""


def nearest_tickers(text: str) -> list[str]:
    """Return the tickers that an unreadable symbol may stand for: as written, and as another spelling would read.

    Examples
    --------
    >>> nearest_tickers("BBXQ.US"), nearest_tickers("#?")
    (['BBXQ', 'BBXQ.US'], [])
    """
    found = set()
    for read in (canonical_ticker, lambda text: Symbol.create(text).ticker):
        try:
            found.add(str(read(text)))
        except SymbolError:
            continue
    return sorted(found)


def currencies(column: pa.Array) -> Texts:
    """Bring a column of currencies to ISO 4217 codes in capitals; what is quoted in pence is a line in pounds."""
    coded = column.dictionary_encode()
    codes = [_line_currency(text.strip()) for text in coded.dictionary.to_pylist()]
    if codes == coded.dictionary.to_pylist():
        return Texts(column)
    values = pa.array(codes, pa.string()).take(coded.indices)
    bad = {
        row: f"currency {column[row].as_py()!r} is not an ISO 4217 code"
        for row in np.flatnonzero(np.array(values.is_null())).tolist()
    }
    return Texts(values, bad)


def _line_currency(text: str) -> str | None:
    try:
        return line_currency(text)
    except SymbolError:
        return None


def reasons(*columns: Checked) -> dict[int, str]:
    """Join the reasons of several columns, row by row, in row order."""
    found: dict[int, str] = {}
    for column in columns:
        for row, reason in column.bad.items():
            found[row] = f"{found[row]}; {reason}" if row in found else reason
    return dict(sorted(found.items()))
