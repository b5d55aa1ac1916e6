"""Hong Kong's designated securities: only they may be sold short, and the list changes over time.

A list stands from its effective date until the next one. A symbol is designated on a day if it is in the newest list that was
in force then; the list itself is the row of the symbol ``"*"``.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

import pyarrow as pa

from shortable.importers.figures import PUBLISHED, Published, known_from
from shortable.importers.files import File, read_file
from shortable.importers.headers import find_columns, malformed_rejects
from shortable.importers.needs import NeedsError, keyword
from shortable.importers.publishers import constant, hong_kong_codes, same_day
from shortable.importers.restrictions import Listed, Whole, below_prose, parsed_restrictions
from shortable.importers.source import Option, Parsed, Source
from shortable.importers.tables import open_table
from shortable.importers.times import parse_stamps
from shortable.market import Market

__all__ = ["SOURCE", "parse_hkex_designated"]

_WANTED = {"code": ("Stock Code", "Code", "Sec Code")}
_OPTIONAL = {"date": ("Effective Date", "Date")}
_RULE = "hkex_designated"
_EFFECTIVE = re.compile(
    r"(?:effective|with effect from|as of|as at)\D{0,24}?(\d{1,2}[ /.-](?:\d{1,2}|[A-Za-z]{3,9})[ /.-]\d{4}|\d{4}-\d{2}-\d{2})",
    re.IGNORECASE,
)
_FOOTNOTE = re.compile(r"\s*[\"'(]?[^0-9\s]")


def parse_hkex_designated(
    file: File, /, *, date: date | str | None = None, published: Published = None
) -> Parsed:
    """Parse one list; nothing is stored.

    Parameters
    ----------
    file : path or bytes
        The list saved as CSV, with or without lines of prose above its header.
    date : date or str, optional
        First day in force; default what a column or the prose states ("effective from 28/04/2026").
    published : date, datetime or text, optional
        When the list was published; default the midnight at which it comes into force.

    Raises
    ------
    NeedsError
        Nothing says from when it is in force.
    ImportRefusedError
        It is another file, or no row can be used.

    Examples
    --------
    >>> text = b"Designated Securities effective from 28/04/2026\\nNo.,Stock Code,Stock Name,Currency\\n1,00700,TENCENT,HKD\\n"
    >>> parsed = parse_hkex_designated(text)
    >>> ((_, _, table),) = parsed.figures
    >>> table["symbol"].to_pylist(), str(table["date"][0]), parsed.also[0][2]["symbol"].to_pylist()
    (['700'], '2026-04-28', ['*'])
    """
    opened, prose = below_prose(read_file(file), "code")
    table = open_table(opened)
    found = find_columns(table, _WANTED, _OPTIONAL, "list of Hong Kong's designated securities")
    day = _first_day(
        date, prose, table.cells(found["date"]) if "date" in found else None, table.name
    )
    codes = hong_kong_codes(table.cells(found["code"]))
    rows = table.n_rows
    known = known_from([day] * rows, Market.HKEX, _midnight, published)
    rejects = malformed_rejects(table)
    notes = [reject for reject in rejects if _FOOTNOTE.match(reject.text)]
    first = known_from([day], Market.HKEX, _midnight, published)
    made = datetime.fromtimestamp(int(first.instants[0]) / 1e6, tz=UTC)
    parsed = parsed_restrictions(
        Market.HKEX,
        table,
        Listed(
            codes.values,
            same_day(day, rows),
            constant(_RULE, rows),
            same_day(None, rows),
            pa.nulls(rows, pa.string()),
        ),
        dict(codes.bad),
        known,
        wholes=[Whole(day, _RULE, made, by_rule=bool(first.by_rule[0]))],
        malformed=[reject for reject in rejects if reject not in notes],
    )
    parsed.pass_over("lines of prose", len(notes))
    parsed.rows_read += len(notes)
    return parsed


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0))


def _first_day(
    given: date | str | None, prose: list[str], column: pa.Array | None, name: str
) -> date:
    """Return from which day the list is in force."""
    texts = (
        [str(given)]
        if given is not None
        else [m[1] for line in prose for m in _EFFECTIVE.finditer(line)]
    )
    if not texts and column is not None:
        texts = column.unique().to_pylist()
    days = {
        day
        for day in parse_stamps(texts, order="dmy")
        if not isinstance(day, str) and day is not None
    }
    if len(days) != 1:
        what = "nothing says" if not days else "it says more than once"
        raise NeedsError(
            name,
            [f"{what} from which day the list is in force: give {keyword('date', 'YYYY-MM-DD')}"],
        )
    (day,) = days
    return day.date() if isinstance(day, datetime) else day


SOURCE = Source(
    name="hkex-designated",
    about="Hong Kong's designated securities, which alone may be sold short (saved CSV)",
    states=("restrictions",),
    parse=parse_hkex_designated,
    columns={
        "Stock Code": "code, with or without leading zeros",
        "effective from": "first day in force, in the prose above the header or a column",
    },
    market=Market.HKEX,
    time_zone="Asia/Hong_Kong",
    complete="each list is whole, and stands until the next",
    published="the midnight at which it comes into force",
    options=(
        Option(
            "date", "First day in force, where the file does not state it.", metavar="YYYY-MM-DD"
        ),
        PUBLISHED,
    ),
)
