"""Splits and dividends from LEAN's factor files, renames and delistings from its map files.

A factor file has a row for each span of unchanged factors: its last day, what dividends leave of a price, what splits
leave of it, and the close of that day. A map file has the first day of trading, then the last day of every ticker; a
last day in 2050 means that the share still trades.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path

from shortable.actions.ratio import simplest_between
from shortable.actions.reading import ActionsRead, read_bytes
from shortable.actions.records import Delisting, Dividend, Listing, Rename, Split
from shortable.calendars import session_after
from shortable.errors import CorporateActionError, SymbolError
from shortable.market import Market
from shortable.symbol import Symbol

__all__ = ["is_lean_file", "read_factor_file", "read_lean_folder", "read_map_file"]

_FOLDERS = ("factor_files", "map_files")
_STILL_TRADES = date(2050, 1, 1)
_MAP = re.compile(r"\d{8},[A-Za-z][^,]*(?:,[A-Za-z]*)?")
_FACTOR = re.compile(r"\d{8},[0-9.eE+-]+,[0-9.eE+-]+(?:,[0-9.]*)?")
_NAMESAKE = re.compile(r"(.+?)\.\d+")  # spwr.1: another company had the ticker before
_CENTS = 4  # decimals of a dividend that seven digits of a factor leave
_CHANGED = 1e-6
_DIGITS = 19  # before and after the point: more than any factor or price has


def is_lean_file(data: bytes) -> str | None:
    """Return "map" or "factor" where a file's first line is one of LEAN's, None for any other file."""
    line = data.lstrip().split(b"\n", 1)[0].decode("ascii", errors="replace").strip()
    if _FACTOR.fullmatch(line):
        return "factor"
    return "map" if _MAP.fullmatch(line) else None


def read_lean_folder(folder: str | Path, *, market: Market = Market.USA) -> ActionsRead:
    """Read every factor and map file of a folder: LEAN's data folder, a market's in it, or one of the two in that.

    Raises
    ------
    CorporateActionError
        It holds neither.
    """
    place = Path(folder)
    homes = [place, place / market.value, place / "equity" / market.value, place.parent]
    found = next((h for h in homes if any((h / name).is_dir() for name in _FOLDERS)), None)
    if found is None or (found == place.parent and place.name not in _FOLDERS):
        raise CorporateActionError("folder", str(place), "hold LEAN's factor_files or map_files")
    names = [place.name] if found == place.parent else list(_FOLDERS)
    read = ActionsRead(place.name, one_each=False)
    for name in names:
        for file in sorted((found / name).glob("*.csv")):
            one = (read_map_file if name == "map_files" else read_factor_file)(file, market=market)
            read.records += one.records
            read.rows += one.rows
            read.used += one.used
            read.rejected += one.rejected
            for kind, count in one.passed_over.items():
                read.passed_over[kind] = read.passed_over.get(kind, 0) + count
    return read


def read_map_file(
    source: str | Path | bytes, *, symbol: str | None = None, market: Market = Market.USA
) -> ActionsRead:
    """Read the tickers that one company has had.

    Parameters
    ----------
    source : path or bytes
    symbol : str, optional
        Not needed: the rows name the tickers.
    market : Market, default ``Market.USA``
    """
    name, data = read_bytes(source)
    read = ActionsRead(name, one_each=False)
    rows: list[tuple[date, Symbol]] = []
    for line, text in _lines(data):
        read.rows += 1
        cells = [cell.strip() for cell in text.split(",")]
        try:
            row = (
                _day(cells[0]),
                Symbol.create(_ticker(cells[1] if len(cells) > 1 else ""), market=market),
            )
        except (CorporateActionError, SymbolError) as error:
            read.reject(line, text, error)
            continue
        if row not in rows:
            rows.append(row)
        read.used += 1
    if not rows:
        return read
    (first_day, first), *_ = rows
    read.records.append(Listing(first, first_day))
    spans = rows[1:] or rows
    for (last_day, symbol_then), (_, new) in itertools.pairwise(spans):
        if symbol_then != new:
            read.records.append(Rename(symbol_then, session_after(last_day, market), new))
    end, last = spans[-1]
    if end < _STILL_TRADES and len(rows) > 1:
        read.records.append(Delisting(last, end))
    return read


def read_factor_file(
    source: str | Path | bytes, *, symbol: str | None = None, market: Market = Market.USA
) -> ActionsRead:
    """Read the splits and dividends of one company; dividends are a share of their own day.

    Parameters
    ----------
    source : path or bytes
    symbol : str, optional
        Whose they are; default the name of the file.
    market : Market, default ``Market.USA``

    Raises
    ------
    CorporateActionError
        Bytes without a symbol.
    """
    name, data = read_bytes(source)
    ticker = symbol or (None if isinstance(source, bytes) else Path(source).stem)
    if ticker is None:
        raise CorporateActionError("symbol", None, "be given: a factor file does not say it")
    key = Symbol.create(_ticker(ticker), market=market)
    read = ActionsRead(name, one_each=False)
    rows: dict[date, tuple[Decimal, Decimal, Decimal]] = {}
    for line, text in _lines(data):
        read.rows += 1
        if "inf" in text or "e+" in text.lower():
            read.pass_over("rows whose factors are not exact")
            continue
        cells = text.split(",")
        try:
            day = _day(cells[0])
            price, split, reference = _decimals([*cells[1:], "0"], text)
        except CorporateActionError as error:
            read.reject(line, text, error)
            continue
        if price * split <= 0:
            read.reject(line, text, "its factors are not above 0")
            continue
        rows.setdefault(day, (price, split, reference))
        read.used += 1
    days = sorted(rows)
    for day, after in itertools.pairwise(days):
        _between(read, key, day, rows[day], rows[after])
    return read


def _between(
    read: ActionsRead,
    symbol: Symbol,
    day: date,
    now: tuple[Decimal, Decimal, Decimal],
    then: tuple[Decimal, Decimal, Decimal],
) -> None:
    """Add what happened on the session after the last day of a row."""
    ex_date = session_after(day, symbol.market)
    ratio = _quotient(then[1], now[1])
    if ratio != 1:
        read.records.append(Split(symbol, ex_date, ratio.numerator, ratio.denominator))
    kept = float(now[0] / then[0])
    reference = float(now[2])
    if abs(kept - 1) > _CHANGED and kept < 1:
        amount = round(reference * (1 - kept) * ratio.denominator / ratio.numerator, _CENTS)
        if amount > 0:
            read.records.append(Dividend(symbol, ex_date, amount, "raw"))
        else:
            read.notes.append(
                f"{symbol} on {ex_date}: a dividend, but no reference price to tell its amount by"
            )


def _quotient(a: Decimal, b: Decimal) -> Fraction:
    """Return the simplest ratio of two rounded factors."""
    if a == b:
        return Fraction(1)
    low = (Fraction(a) - _error(a)) / (Fraction(b) + _error(b))
    high = (Fraction(a) + _error(a)) / (Fraction(b) - _error(b))
    return simplest_between(low, high)


def _error(factor: Decimal) -> Fraction:
    exponent = factor.as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return Fraction(0) if factor == factor.to_integral_value() else Fraction(1, 2 * 10**places)


def _lines(data: bytes) -> list[tuple[int, str]]:
    lines = data.decode("utf-8-sig", errors="replace").splitlines()
    return [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]


def _day(text: str) -> date:
    try:
        return datetime.strptime(text.strip(), "%Y%m%d").date()
    except ValueError:
        raise CorporateActionError("date", text, "be of the form yyyymmdd") from None


def _decimals(cells: Sequence[str], text: str) -> tuple[Decimal, Decimal, Decimal]:
    try:
        price, split, reference = (Decimal(cell.strip() or "0") for cell in cells[:3])
        if not all(map(_is_plain, (price, split, reference))):
            raise ValueError
    except (InvalidOperation, ValueError):
        raise CorporateActionError(
            "row", text, "be date, price factor, split factor and perhaps reference price"
        ) from None
    return price, split, reference


def _is_plain(number: Decimal) -> bool:
    """Whether it is of a size that factors and prices have; what is not fits neither a ratio nor a float."""
    return number.is_finite() and -_DIGITS < number.adjusted() < _DIGITS


def _ticker(text: str) -> str:
    namesake = _NAMESAKE.fullmatch(text.strip())
    return namesake[1] if namesake else text
