"""India's National Stock Exchange: traded fees of stock loans (SLBM bhavcopy), and the quantity that is out on loan.

A fee is rupees a share for the whole contract, until its reverse leg, never for a year or a day. One stock trades in several
series a day, one for each reverse-leg date.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime

from shortable.errors import ImportRefusedError
from shortable.importers.cells import (
    CellReader,
    Cells,
    arrays_of,
    csv_lines,
    heading,
    read_code,
    read_number,
    read_shares,
)
from shortable.importers.figures import (
    PUBLISHED,
    Published,
    known_from,
    midnight_after,
    parsed_figures,
)
from shortable.importers.files import File, read_file
from shortable.importers.needs import NeedsError, keyword
from shortable.importers.report import Reject
from shortable.importers.source import Option, Parsed, Source
from shortable.importers.times import parse_stamps
from shortable.market import Market
from shortable.store import LENDING, SHORT_BALANCES

__all__ = ["SOURCE", "parse_nse"]

_INDIA = Market.INDIA
_FIELDS = (
    "name",
    "symbol",
    "series",
    "reverse leg",
    "market type",
    "previous close",
    "open",
    "high",
    "low",
    "close",
    "empty",
    "quantity",
    "value",
    "year high",
    "year low",
    "trade date",
    "trades",
)
_POSITIONS = ("security", "series", "outstandingquantityattheendoftheday")
_CODE = read_code(_INDIA, "(?=[0-9&-]*[A-Z])[A-Z0-9][A-Z0-9&-]{0,31}")
_SERIES = re.compile("[A-Z0-9]{1,4}")
_PAISE = 0.01
"""By how much the average fee may lie outside lowest and highest: those are rounded, the value is too."""
_NAMED_DAY = re.compile(r"(?<![0-9])([0-9]{2})([0-9]{2})(20[0-9]{2})(?![0-9])")


def parse_nse(
    file: File, /, *, published: Published = None, day: date | str | None = None
) -> Parsed:
    """Parse one file; nothing is stored.

    Parameters
    ----------
    file : path or bytes
        ``SLBM_BC_ddmmyyyy.DAT``, which has no header; or open positions with the columns Security, Series and Outstanding
        Quantity at the end of the day.
    published : date, datetime, text or mapping, optional
        When the file was published (India, or aware), in place of the midnight that ends its day.
    day : date or str, optional
        The day of open positions, which state none. Default: what the file's name says (ddmmyyyy).

    Raises
    ------
    NeedsError
        Neither the file nor its name states the day.
    ImportRefusedError
        The file is none of these, or no row can be used.
    """
    opened = read_file(file)
    lines = csv_lines(opened, encodings=("utf-8-sig", "cp1252"))
    for at, (_, given) in enumerate(lines):
        names = [heading(cell).lower() for cell in given]
        if set(_POSITIONS) <= set(names):
            return _positions(opened.name, lines[at + 1 :], names, published, day)
    if lines and len(lines[0][1]) == len(_FIELDS) and _day(lines[0][1][3]):
        return _fees(opened.name, lines, published)
    raise ImportRefusedError(
        f"{opened.name}: neither 17 fields without a header (SLBM) nor open positions (Security, Series, Outstanding "
        "Quantity …); nothing was imported"
    )


def _cells(
    name: str, lines: list[tuple[int, list[str]]], columns: tuple[str, ...], width: int
) -> Cells:
    cells = Cells(name, columns, [], [])
    for line, given in lines:
        if len(given) != width:
            reason = f"the row does not have {width} cells"
            cells.malformed.append(Reject(name, line, ",".join(given), reason))
            continue
        cells.rows.append(given)
        cells.lines.append(line)
    return cells


def _fees(name: str, lines: list[tuple[int, list[str]]], published: Published) -> Parsed:
    cells = _cells(name, lines, _FIELDS, len(_FIELDS))
    reader = CellReader(cells)
    symbols = reader.read("symbol", _CODE, "a symbol")
    series = reader.read("series", _series, "a series")
    until = reader.read("reverse leg", _day, "a date such as 03-NOV-2026")
    days = reader.read("trade date", _day, "a date such as 18-SEP-2026")
    quantity = reader.read("quantity", read_shares, "a number of shares")
    fees = reader.read("value", read_number, "rupees")
    low = reader.read("low", read_number, "rupees a share")
    high = reader.read("high", read_number, "rupees a share")
    trades = reader.read("trades", read_shares, "a number of trades")
    average: list[float | None] = []
    for row, (shares, value) in enumerate(zip(quantity, fees, strict=True)):
        mean = value / shares if shares and value is not None else None
        average.append(mean)
        if mean is not None and not _between(mean, low[row], high[row]):
            reader.reject(
                row,
                f"value / quantity {mean:.4f} lies outside the lowest and highest fee, {low[row]} and {high[row]}",
            )
        ends, day = until[row], days[row]
        if ends and day and ends < day:
            reader.reject(row, f"reverse leg {ends} lies before the trade date {day}")
    traded = [bool(shares) for shares in quantity]
    columns: dict[str, Sequence[object]] = {
        "symbol": symbols,
        "date": days,
        "contract": series,
        "shares": quantity,
        "fee_per_share": average,
        "fee_per_share_min": [
            fee if any_loan else None for fee, any_loan in zip(low, traded, strict=True)
        ],
        "fee_per_share_max": [
            fee if any_loan else None for fee, any_loan in zip(high, traded, strict=True)
        ],
        "until": until,
        "fees": fees,
        "trades": trades,
    }
    known = known_from(days, _INDIA, midnight_after, published)
    return parsed_figures(
        LENDING,
        _INDIA,
        name,
        arrays_of(LENDING, columns),
        reader.bad,
        known,
        cells,
        cells.malformed,
    )


def _between(mean: float, low: float | None, high: float | None) -> bool:
    """Say whether an average lies between lowest and highest, where these are stated."""
    return (low is None or low - _PAISE <= mean) and (high is None or mean <= high + _PAISE)


def _positions(
    name: str,
    lines: list[tuple[int, list[str]]],
    names: list[str],
    published: Published,
    day: date | str | None,
) -> Parsed:
    stated = _stated_day(name, day)
    cells = _cells(name, lines, tuple(names), len(names))
    reader = CellReader(cells)
    symbols = reader.read("security", _CODE, "a symbol")
    series = reader.read("series", _series, "a series")
    quantity = reader.read(_POSITIONS[-1], read_shares, "a number of shares")
    days = [stated] * len(symbols)
    columns: dict[str, Sequence[object]] = {
        "symbol": symbols,
        "date": days,
        "book": [None if one is None else f"on_loan:{one}" for one in series],
        "balance": quantity,
    }
    known = known_from(days, _INDIA, midnight_after, published)
    parsed = parsed_figures(
        SHORT_BALANCES,
        _INDIA,
        name,
        arrays_of(SHORT_BALANCES, columns),
        reader.bad,
        known,
        cells,
        cells.malformed,
    )
    if day is None:
        parsed.notes.append(f"the day of the positions, {stated}, was read from the file's name")
    return parsed


def _stated_day(name: str, day: date | str | None) -> date:
    if day is not None:
        (stamp,) = parse_stamps([day])
        found = stamp.date() if isinstance(stamp, datetime) else stamp
        if not isinstance(found, date):
            raise ImportRefusedError(f"day={day!r} must be a date such as '2026-09-18'")
        return found
    if match := _NAMED_DAY.search(name):
        try:
            return date(int(match[3]), int(match[2]), int(match[1]))
        except ValueError:
            pass
    raise NeedsError(
        name, [f"neither it nor its name states the day: give {keyword('day', 'DATE')}"]
    )


def _series(text: str) -> str | None:
    return text if _SERIES.fullmatch(text) else None


def _day(text: str) -> date | None:
    """Read 18-SEP-2026."""
    if not re.fullmatch(r"\d{1,2}-[A-Za-z]{3}-\d{4}", text):
        return None
    (stamp,) = parse_stamps([text])
    return stamp if type(stamp) is date else None


SOURCE = Source(
    name="nse",
    about="NSE's traded fees of stock loans (SLBM_BC_ddmmyyyy.DAT) and quantities on loan, India",
    states=("lending", "short balances"),
    parse=parse_nse,
    columns={
        "symbol, series": "fields 2 and 3: the stock, and the contract by its reverse-leg month",
        "reverse leg": "field 4: last day of the loan, DD-MON-YYYY",
        "high, low": "fields 8 and 9: rupees a share for the whole contract",
        "quantity": "field 12: shares lent that day",
        "value": "field 13: rupees of fees; value / quantity is the average fee",
        "trade date, trades": "fields 16 and 17",
        "Outstanding Quantity at the end of the day": "shares on loan, by series",
    },
    market=_INDIA,
    time_zone="Asia/Kolkata",
    complete="stocks that were not lent are left out",
    published="the midnight that ends the day",
    options=(
        PUBLISHED,
        Option(
            "day",
            "The day of open positions. Default: what the file's name says (ddmmyyyy).",
            metavar="DATE",
        ),
    ),
)
