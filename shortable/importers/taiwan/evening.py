"""An evening list to what is stored: the next session's limits as availability, the balances as their dataset."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from shortable.arrays import Bools, Ints
from shortable.calendars import TAIWAN_YEARS, session_after
from shortable.clock import from_instant
from shortable.errors import ImportRefusedError, SymbolError
from shortable.importers.figures import (
    PUBLISHED,
    Known,
    Published,
    at_time_of_day,
    known_from,
)
from shortable.importers.files import File, read_file
from shortable.importers.needs import keyword
from shortable.importers.report import Reject
from shortable.importers.source import Option, Parsed
from shortable.importers.taiwan.documents import CELLS, Document, Exchange, read_document
from shortable.importers.times import parse_stamps
from shortable.importers.values import nearest_tickers
from shortable.market import Market
from shortable.store import SHORT_BALANCES, make_snapshot
from shortable.symbol import Symbol

__all__ = [
    "EVENING_COLUMNS",
    "EVENING_OPTIONS",
    "PUBLISHED_AT",
    "Evening",
    "parse_evening",
    "read_code",
    "read_day",
    "share_count",
]

PUBLISHED_AT = time(22, 30)
"""When the second and last list of the evening is out, in Taipei. The first, of about 20:30, can lack stocks."""

EVENING_COLUMNS = {
    "代號": "code",
    "融券 前日餘額, 賣出, 買進, 現券, 今日餘額": "sold short on margin: before, sold, bought, repaid in stock, now; shares",
    "融券 限額": "shares at which short sales on margin stop",
    "借券賣出 前日餘額, 當日賣出, 當日還券, 當日調整, 當日餘額": "borrowed and sold short: before, sold, returned, "
    "adjusted (signed), now; shares",
    "次一營業日可限額": "shares that may be borrowed and sold short in the next session",
    "備註": "X no margin short sales, Y no margin trading, V not lendable, % quota shared out, Z cap reached, ! halted",
}
EVENING_OPTIONS = (
    PUBLISHED,
    Option(
        "session",
        "The session that the limits are for, where it is not the next one.",
        metavar="DATE",
    ),
    Option(
        "allow_breaks",
        "Store balances although an identity that they should keep is broken.",
        kind=bool,
    ),
)
_NUMBER = re.compile(r"-?\d{1,3}(,\d{3})+|-?\d{1,18}")
_FIRST, _LAST = 2, 13  # the numbers among the cells
_ADJUSTED = 11


class _Row(NamedTuple):
    """A row that can be used."""

    line: int
    ticker: str
    numbers: list[int]
    note: str | None


@dataclass
class Evening(Parsed):
    """A list as it was parsed.

    Attributes
    ----------
    day : date
        The session whose balances it states.
    exchange : {"TWSE", "TPEX"}
        Whose list it is.
    session_stated : bool
        The caller said which session its limits are for.
    """

    day: date = date.min
    exchange: Exchange = "TWSE"
    session_stated: bool = False


def parse_evening(
    file: File,
    exchange: Exchange,
    *,
    published: Published = None,
    session: date | str | None = None,
    allow_breaks: bool = False,
) -> Evening:
    """Parse one file; nothing is stored.

    The limits are for the next session, by the exchange's calendar; `settle_sessions` looks again once all files of an
    import are read.

    Parameters
    ----------
    file : path or bytes
        CSV in cp950 or UTF-8, or JSON.
    exchange : {"TWSE", "TPEX"}
        Whose list it has to be.
    published : date, datetime, text or mapping, optional
        When the file was published (Taipei, or aware), in place of 22:30 on its day. A list from before 22:30 can lack
        stocks, so it is stored as partial.
    session : date or str, optional
        The session that the limits are for.
    allow_breaks : bool
        Store balances although an identity is broken.

    Raises
    ------
    ImportRefusedError
        The file is no such list, of the other exchange, cut off, or no row can be used.
    """
    document = read_document(read_file(file))
    if document.exchange != exchange:
        raise ImportRefusedError(
            f"{document.name}: this is the list of {document.exchange}, not of {exchange}: import it as "
            f"{document.exchange.lower()!r}"
        )
    parsed = Evening(document.name, breaks=bool(allow_breaks), day=document.day, exchange=exchange)
    if not document.rows and not document.malformed:
        parsed.notes.append(f"{document.day}: no session, the file holds no rows")
        return parsed
    rows, unreadable = _rows(document, parsed)
    known = known_from([document.day], Market.TAIWAN, at_time_of_day(PUBLISHED_AT), published)
    whole = _is_whole(document, rows, known, parsed)
    stated = None if session is None else read_day(session, "session", document.day)
    parsed.session_stated = stated is not None
    limits = {
        "symbol": pa.array([row.ticker for row in rows], pa.string()),
        "quantity": pa.array([row.numbers[_LAST - _FIRST] for row in rows], pa.int64()),
    }
    snapshot = make_snapshot(
        int(known.instants[0]),
        limits,
        complete=whole,
        market=Market.TAIWAN,
        kind="daily_flow",
        venue=exchange,
        unreadable=sorted(unreadable - {row.ticker for row in rows}) if whole else (),
        session=stated or session_after(document.day, Market.TAIWAN),
    )
    if stated is None and document.day.year not in TAIWAN_YEARS:
        parsed.notes.append(
            f"the exchange's closings of {document.day.year} are not known here: the limits are taken to be for the next "
            f"weekday; give {keyword('session', 'DATE')} where that is a holiday"
        )
    parsed.snapshots.append((Market.TAIWAN, snapshot))
    parsed.also.append((SHORT_BALANCES, Market.TAIWAN, _balances(rows, document.day, known)))
    return parsed


def read_day(given: date | str, parameter: str, after: date | None = None) -> date:
    """Return a day that the caller gave.

    Raises
    ------
    ImportRefusedError
        It is no date, or not after another one.
    """
    (stamp,) = parse_stamps([given])
    day = stamp.date() if isinstance(stamp, datetime) else stamp
    if not isinstance(day, date):
        raise ImportRefusedError(f"{parameter}={given!r} must be a date such as '2025-02-03'")
    if after is not None and day <= after:
        raise ImportRefusedError(f"{parameter}={given!s} must lie after the file's day, {after}")
    return day


def share_count(text: str) -> int | None:
    """Return a number of shares with or without thousands commas, None where the text is none.

    Examples
    --------
    >>> share_count("33,287,421"), share_count("-40,076,000"), share_count("1,23")
    (33287421, -40076000, None)
    """
    if not _NUMBER.fullmatch(text) or not text.isascii():
        return None
    digits = text.replace(",", "")
    return int(digits) if len(digits) <= 18 else None


def _rows(document: Document, parsed: Parsed) -> tuple[list[_Row], set[str]]:
    """Return the rows that can be used, and the tickers of the others; those go to the rejects."""
    rows: list[_Row] = []
    rejects, unreadable = list(document.malformed), set[str]()
    for reject in document.malformed:
        unreadable.update(nearest_tickers(reject.text.partition(",")[0].strip('="')))
    first: dict[str, int] = {}
    for line, cells in document.rows:
        numbers, reason = _numbers(cells)
        ticker, fault = read_code(cells[0])
        reason = fault or reason
        if ticker is not None and not reason and ticker in first:
            reason = f"duplicate of line {first[ticker]}: {ticker}"
        if reason or ticker is None:
            rejects.append(Reject(document.name, line, ",".join(cells), reason))
            unreadable.update([ticker] if ticker else nearest_tickers(cells[0]))
            continue
        first[ticker] = line
        rows.append(_Row(line, ticker, numbers, cells[-1] or None))
    parsed.rejects = sorted(rejects, key=lambda reject: reject.line)
    parsed.rows_read = len(rows) + len(rejects)
    if document.total is not None:
        parsed.rows_read += 1
        parsed.pass_over("totals", 1)
    if not rows:
        first_reject = parsed.rejects[0]
        raise ImportRefusedError(
            f"{document.name}: no row can be used; line {first_reject.line}: {first_reject.reason}"
        )
    return rows, unreadable


def _numbers(cells: Sequence[str]) -> tuple[list[int], str]:
    """Return the numbers of a row, or why they are none."""
    numbers = []
    for at in range(_FIRST, _LAST + 1):
        number = share_count(cells[at])
        if number is None:
            return [], f"{CELLS[at][0]} {cells[at]!r} is no number of shares"
        if number < 0 and at != _ADJUSTED:
            return [], f"{CELLS[at][0]} {cells[at]} is negative"
        numbers.append(number)
    return numbers, ""


def read_code(code: str) -> tuple[str | None, str]:
    """Return the ticker of a stock's code, or None and why it is none."""
    if not re.fullmatch(r"[0-9A-Z]{4,7}", code):
        return None, f"code {code!r} is not 4 to 7 digits and letters"
    try:
        return Symbol.create(code, market=Market.TAIWAN).ticker, ""
    except SymbolError as error:
        return None, str(error)


def _is_whole(document: Document, rows: Sequence[_Row], known: Known, parsed: Parsed) -> bool:
    """Say whether the list names every stock of its exchange; where it may not, a note says why."""
    early = from_instant(int(known.instants[0]), Market.TAIWAN)
    if early < datetime.combine(document.day, PUBLISHED_AT):
        parsed.notes.append(
            f"the list of {early:%Y-%m-%d %H:%M} is not the last of its evening ({PUBLISHED_AT:%H:%M}) and can lack "
            "stocks: it is stored as partial"
        )
        return False
    if not document.ends:
        parsed.notes.append(
            "the row of totals is missing, so rows may be: the list is stored as partial"
        )
        return False
    if document.total is None or parsed.rejects:
        return True
    for at in (*range(_FIRST, 7), *range(8, _LAST)):
        stated = share_count(document.total[at])
        found = sum(row.numbers[at - _FIRST] for row in rows)
        if stated != found:
            parsed.notes.append(
                f"the rows' {CELLS[at][0]} add up to {found:,} and the total states {document.total[at]}: rows are missing "
                "or altered, and the list is stored as partial"
            )
            return False
    return True


def _balances(rows: Sequence[_Row], day: date, known: Known) -> pa.Table:
    """Return the balances of both books."""
    numbers = np.array([row.numbers for row in rows], dtype=np.int64)
    books: dict[str, dict[str, int]] = {
        "borrowed": {"previous": 8, "sold": 9, "covered": 10, "adjusted": 11, "balance": 12},
        "margin": {"previous": 2, "sold": 3, "covered": 4, "repaid": 5, "balance": 6, "limit": 7},
    }
    tables = []
    for book, places in books.items():
        columns: dict[str, Sequence[object] | pa.Array | Bools | Ints] = {
            "symbol": [row.ticker for row in rows],
            "date": [day] * len(rows),
            "book": [book] * len(rows),
            "note": [row.note for row in rows],
            "known_at": pa.array(np.repeat(known.instants, len(rows))).cast(
                pa.timestamp("us", "UTC")
            ),
            "by_rule": np.repeat(known.by_rule, len(rows)),
        }
        columns |= {name: numbers[:, at - _FIRST] for name, at in places.items()}
        arrays = [
            pa.array(columns[field.name], field.type)
            if field.name in columns
            else pa.nulls(len(rows), field.type)
            for field in SHORT_BALANCES.schema
        ]
        tables.append(pa.Table.from_arrays(arrays, schema=SHORT_BALANCES.schema))
    return pa.concat_tables(tables)
