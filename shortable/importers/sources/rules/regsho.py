"""Threshold lists of Regulation SHO, one an exchange and day: securities with lasting fails to deliver.

The list binds: a fail in a listed security must be closed out after thirteen settlement days (17 CFR 242.203(b)(3)). Its last
line is a stamp of fourteen digits, when the file was made, New York time.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shortable.errors import ImportRefusedError, InvalidInputError
from shortable.importers import values
from shortable.importers.figures import known_from
from shortable.importers.files import File, read_file
from shortable.importers.headers import find_columns
from shortable.importers.needs import NeedsError, keyword
from shortable.importers.publishers import constant, same_day
from shortable.importers.report import Reject
from shortable.importers.restrictions import Listed, Whole, parsed_restrictions
from shortable.importers.source import Option, Parsed, Source
from shortable.importers.tables import Table, open_table
from shortable.importers.times import parse_stamps
from shortable.market import Market

__all__ = ["SOURCE", "parse_regsho"]

_WANTED = {"symbol": ("Symbol",), "flag": ("Reg SHO Threshold Flag", "Threshold Flag")}
_STAMP = re.compile(r"\s*(\d{14})\|*\s*")
_DAY_IN_NAME = re.compile(r"(?<!\d)(20\d{2})[-_]?(\d{2})[-_]?(\d{2})(?!\d)")
_VENUES = {"nasdaq": "nasdaq", "nyse": "nyse", "bats": "cboe", "cboe": "cboe", "iex": "iex"}
_VENUE = re.compile(r"[a-z0-9_-]{1,16}")


def parse_regsho(
    file: File, /, *, date: date | str | None = None, venue: str | None = None
) -> Parsed:
    """Parse one list; nothing is stored.

    Parameters
    ----------
    file : path or bytes
        As an exchange publishes it (``nasdaqth20210127.txt``).
    date : date or str, optional
        Day of the list; default what the file's name states, else that of its stamp.
    venue : str, optional
        Exchange whose list it is; default what the file's name states, else nasdaq, whose form it has.

    Raises
    ------
    ImportRefusedError
        It is another file, or was cut off: its stamp is missing.

    Examples
    --------
    >>> text = b"Symbol|Security Name|Market Category|Reg SHO Threshold Flag|Rule 3210|Filler\\n"
    >>> text += b"GME|GameStop|N|Y|N|\\nAAPL|Apple|Q|N|N|\\n20210127230503\\n"
    >>> parsed = parse_regsho(text)
    >>> parsed.figures[0][2]["symbol"].to_pylist(), parsed.also[0][2]["symbol"].to_pylist(), parsed.passed_over
    (['GME'], ['*'], {'rows that are not flagged': 1, 'trailers': 1})
    """
    table = open_table(read_file(file), delimiter="|")
    found = find_columns(table, _WANTED, {}, "threshold list of Regulation SHO")
    made, malformed = _stamp(table)
    day = _day(date, table.name, made)
    if made < datetime.combine(day, time(0)):
        raise InvalidInputError(
            "date", str(day), f"not lie after the list was made, on {made.date()}"
        )
    rule = f"regsho_threshold:{_venue(venue, table.name)}"
    flags = values.flags(table.cells(found["flag"]), name=found["flag"])
    flagged = table.take(np.flatnonzero(flags.values | ~flags.given))
    symbols = values.tickers(pc.utf8_trim_whitespace(flagged.cells(found["symbol"])), Market.USA)
    wrong = values.flags(flagged.cells(found["flag"]), name=found["flag"])
    rows = flagged.n_rows
    parsed = parsed_restrictions(
        Market.USA,
        flagged,
        Listed(
            symbols.values,
            same_day(day, rows),
            constant(rule, rows),
            same_day(day, rows),
            pa.nulls(rows, pa.string()),
        ),
        values.reasons(symbols, wrong),
        known_from([day] * rows, Market.USA, lambda _: made, made),
        wholes=[Whole(day, rule, made, until=day)],
        malformed=malformed,
    )
    for kind, count in (("rows that are not flagged", table.n_rows - rows), ("trailers", 1)):
        parsed.pass_over(kind, count)
        parsed.rows_read += count
    return parsed


def _stamp(table: Table) -> tuple[datetime, list[Reject]]:
    """Return when the list was made, which its last line says, and the other lines that are no rows."""
    lines = list(table.malformed)
    match = _STAMP.fullmatch(lines[-1][1]) if lines else None
    (made,) = parse_stamps([match[1]]) if match else (None,)
    if not isinstance(made, datetime):
        raise ImportRefusedError(
            f"{table.name}: the list was cut off: its last line is no stamp of fourteen digits; nothing was imported"
        )
    reason = f"the row does not have the header's {len(table.names)} cells"
    return made, [Reject(table.name, line, text, reason) for line, text in lines[:-1]]


def _day(given: date | str | None, name: str, made: datetime) -> date:
    """Return the day of the list."""
    match = _DAY_IN_NAME.search(name)
    text = str(given) if given is not None else "-".join(match.groups()) if match else None
    if text is None:
        return made.date()
    (day,) = parse_stamps([text])
    if day is None or isinstance(day, (str, datetime)):
        raise NeedsError(name, [f"{text!r} is no date: give {keyword('date', 'YYYY-MM-DD')}"])
    return day


def _venue(given: str | None, name: str) -> str:
    """Return the exchange whose list it is."""
    if given is None:
        return next((venue for word, venue in _VENUES.items() if word in name.lower()), "nasdaq")
    if not _VENUE.fullmatch(given):
        raise InvalidInputError("venue", given, "be an exchange's short name, such as 'nyse'")
    return given


SOURCE = Source(
    name="regsho",
    about="threshold lists of Regulation SHO (nasdaqth20210127.txt)",
    states=("restrictions",),
    parse=parse_regsho,
    columns={
        "Symbol": "ticker",
        "Reg SHO Threshold Flag": "Y: listed; other rows are passed over",
        "last line": "when the list was made, New York time",
    },
    market=Market.USA,
    time_zone="America/New_York",
    complete="each list is whole for its exchange and day",
    published="the stamp in its last line",
    options=(
        Option(
            "date",
            "Day of the list. Default: the file's name, else its stamp.",
            metavar="YYYY-MM-DD",
        ),
        Option(
            "venue",
            "Exchange whose list it is. Default: the file's name, else nasdaq.",
            metavar="NAME",
        ),
    ),
)
