"""The SEC's fails to deliver (``cnsfails202101b.txt``): shares that were not delivered, in total, at the end of each day.

Source: SEC, "Fails-to-Deliver Data": the first half of a month is available at the end of the month, the second half at
about the 15th of the next. Here a file of the first half counts from the next month on, one of the second from the midnight
after its 16th. The second half begins with the 15th: so it does in ``cnsfails202101b.txt``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from shortable.errors import ImportRefusedError
from shortable.importers import values
from shortable.importers.figures import PUBLISHED, Published, Schedule, known_from, parsed_figures
from shortable.importers.files import File
from shortable.importers.headers import find_columns
from shortable.importers.report import Reject
from shortable.importers.source import Parsed, Source
from shortable.importers.tables import Table, open_table
from shortable.importers.times import read_dates
from shortable.market import Market
from shortable.store import FAILS

__all__ = ["SOURCE", "parse_sec_fails"]

_COLUMNS = {
    "date": ("SETTLEMENT DATE",),
    "cusip": ("CUSIP",),
    "symbol": ("SYMBOL",),
    "shares": ("QUANTITY (FAILS)",),
    "price": ("PRICE",),
}
_HALF = re.compile(r"cnsfails\d{6}([ab])", re.IGNORECASE)
_SECOND_HALF = 15  # first day of it
_TRAILERS = {
    "rows": re.compile(r"\s*trailer record count\s+(\d{1,18})\s*", re.IGNORECASE),
    "shares": re.compile(r"\s*trailer total quantity of shares\s+(\d{1,18})\s*", re.IGNORECASE),
}


def published_by_rule(name: str, days: Sequence[date | None]) -> Schedule:
    """Return the schedule of one file: all of its days are published together.

    Parameters
    ----------
    name : str
        Name of the file, whose last letter says which half of the month it is of.
    days : sequence of date or None
        Of its rows, where the name does not say it: a file that reaches the 15th is of the second half.

    Examples
    --------
    >>> late = published_by_rule("cnsfails202101b.txt", [])
    >>> late(date(2021, 1, 15)).isoformat()
    '2021-02-17T00:00:00'
    >>> published_by_rule("fails.txt", [date(2021, 1, 14)])(date(2021, 1, 14)).isoformat()
    '2021-02-01T00:00:00'
    """
    half = _HALF.search(name)
    latest = max((day for day in days if day is not None), default=date.min)
    second = half[1].lower() == "b" if half else latest.day >= _SECOND_HALF
    second = second or latest.day > _SECOND_HALF

    def published(day: date) -> datetime:
        next_month = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        return datetime(next_month.year, next_month.month, 17 if second else 1)

    return published


def parse_sec_fails(file: File, /, *, published: Published = None) -> Parsed:
    """Parse one file; nothing is stored.

    Parameters
    ----------
    file : path or bytes
        As the SEC publishes it, zipped or not. Where its two trailer lines are there, they are held against its rows.
    published : date, datetime, text or mapping, optional
        When the file was published, in place of the SEC's schedule.

    Raises
    ------
    ImportRefusedError
        It is another file, its trailers contradict its rows, or it holds no row that can be used.

    Examples
    --------
    >>> text = b"SETTLEMENT DATE|CUSIP|SYMBOL|QUANTITY (FAILS)|DESCRIPTION|PRICE\\n20210129|36467W109|GME|138179|GAMESTOP|.\\n"
    >>> ((_, _, table),) = parse_sec_fails(text).figures
    >>> table["shares"][0].as_py(), table["price"][0].as_py()
    (138179, None)
    """
    table = open_table(file, delimiter="|")
    found = find_columns(table, _COLUMNS, {}, "file of the SEC's fails to deliver")
    cells = {role: table.cells(name) for role, name in found.items()}
    shares = values.quantities(cells["shares"], name="QUANTITY (FAILS)")
    malformed, trailers = _trailers(table, shares)
    symbols = values.tickers(pc.utf8_trim_whitespace(cells["symbol"]), Market.USA)
    dates = read_dates(cells["date"], "SETTLEMENT DATE", "%Y%m%d")
    price_text = pc.utf8_trim_whitespace(cells["price"])
    price = values.amounts(
        pc.if_else(pc.equal(price_text, "."), "", price_text), name="PRICE", empty=None
    )
    cusips = values.Texts(pc.utf8_trim_whitespace(cells["cusip"]))
    for row in pc.indices_nonzero(pc.equal(cusips.values, "")).to_pylist():
        cusips.bad[row] = "CUSIP is empty"
    days = dates.values.to_pylist()
    parsed = parsed_figures(
        FAILS,
        Market.USA,
        table.name,
        {
            "symbol": symbols.values,
            "date": dates.values,
            "cusip": cusips.values,
            "shares": shares.array(),
            "price": price.array(),
        },
        values.reasons(symbols, dates, cusips, shares, price),
        known_from(days, Market.USA, published_by_rule(table.name, days), published),
        table,
        malformed,
    )
    parsed.pass_over("trailers", trailers)
    parsed.rows_read += trailers
    if not trailers:
        parsed.notes.append("it has no trailer lines, so nothing says whether the file is whole")
    return parsed


def _trailers(table: Table, shares: values.Quantities) -> tuple[list[Reject], int]:
    """Hold the trailers against the rows; return the other lines that are no rows, and how many trailers there are."""
    reason = f"the row does not have the header's {len(table.names)} cells"
    rejects, stated = [], {}
    for line, text in table.malformed:
        kind = next((k for k, pattern in _TRAILERS.items() if pattern.fullmatch(text)), None)
        if kind is None:
            rejects.append(Reject(table.name, line, text, reason))
        else:
            stated[kind] = int(_TRAILERS[kind].fullmatch(text)[1])  # type: ignore[index]  # it matched
    here = {"rows": table.n_rows + len(rejects), "shares": pc.sum(pa.array(shares.shares)).as_py()}
    for kind, count in stated.items():
        if count != here[kind] and not (kind == "shares" and (rejects or shares.bad)):
            raise ImportRefusedError(
                f"{table.name}: its trailer counts {count:,} {kind}, and {here[kind] or 0:,} are there; the file was "
                "cut off or damaged, and nothing was imported"
            )
    return rejects, len(stated)


SOURCE = Source(
    name="sec-fails",
    about="the SEC's fails to deliver of US shares, twice a month (cnsfails202101b.txt)",
    states=("fails to deliver",),
    parse=parse_sec_fails,
    columns={
        "SETTLEMENT DATE": "YYYYMMDD",
        "CUSIP": "a symbol can have two on one day",
        "SYMBOL": "ticker",
        "QUANTITY (FAILS)": "shares not delivered, in total",
        "PRICE": "closing price of the day before, US dollars; a point is none",
    },
    market=Market.USA,
    time_zone="America/New_York",
    complete="a symbol without fails is not in it",
    published="the first of the next month for a file of the first half of a month, its 17th for one of the second half",
    options=(PUBLISHED,),
)
