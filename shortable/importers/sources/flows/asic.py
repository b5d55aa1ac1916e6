"""ASIC's aggregated short positions of Australian shares: one day a file, or its archives with two columns a day.

Positions are reported gross, and published about four sessions after their day; here they count from the midnight that ends
the fourth business day after it, Australia's holidays left out. A dash is no reported position.
"""

from __future__ import annotations

import csv
import re
from datetime import date, datetime, timedelta

import pyarrow as pa

from shortable.errors import ImportRefusedError
from shortable.importers import values
from shortable.importers.figures import PUBLISHED, Published, known_from, parsed_figures
from shortable.importers.files import File, SourceFile, in_utf8, read_file
from shortable.importers.headers import find_columns, malformed_rejects
from shortable.importers.holidays import australian_holidays, business_day
from shortable.importers.needs import NeedsError, keyword
from shortable.importers.numbers import is_missing
from shortable.importers.publishers import constant, counts, days, percents
from shortable.importers.report import Reject
from shortable.importers.source import Option, Parsed, Source
from shortable.importers.tables import Table, open_table
from shortable.importers.times import parse_stamps
from shortable.market import Market
from shortable.store import NET_SHORT

__all__ = ["SOURCE", "parse_asic"]

_WANTED = {
    "code": ("Product Code",),
    "shares": ("Reported Short Positions", "Reported Gross Short Sales"),
    "percent": (
        "% of Total Product in Issue Reported as Short Positions",
        "%",
        "% of Total Product in Issue",
    ),
}
_OPTIONAL = {"issued": ("Total Product in Issue",)}
_DAY_IN_NAME = re.compile(r"(?<!\d)(20\d{2})[-_]?(\d{2})[-_]?(\d{2})(?!\d)")
_SESSIONS = 4


def published_by_rule(day: date) -> datetime:
    """Return from when the positions of a day count.

    Examples
    --------
    >>> published_by_rule(date(2024, 1, 10)).isoformat()  # a Wednesday; the fourth business day after it is a Tuesday
    '2024-01-17T00:00:00'
    """
    published = business_day(day, _SESSIONS, australian_holidays)
    return datetime.combine(published + timedelta(days=1), datetime.min.time())


def parse_asic(
    file: File, /, *, date: date | str | None = None, published: Published = None
) -> Parsed:
    """Parse one file; nothing is stored.

    Parameters
    ----------
    file : path or bytes
        A day's file, with commas or tabs, in UTF-8 or UTF-16; or an archive, in which a line of days stands above two
        columns for each.
    date : date or str, optional
        Day of a day's file; default what its name states (``RR20240110-001-SSDailyAggShortPos.csv``).
    published : date, datetime, text or mapping, optional
        When the file was published, in place of four business days after each day.

    Raises
    ------
    NeedsError
        Nothing says of which day the positions are.
    ImportRefusedError
        It is another file, or holds no position that can be used.

    Examples
    --------
    >>> text = b"Product,Product Code,2024-01-10,,2024-01-11,\\n,,Shares,%,Shares,%\\nBHP GROUP,BHP ,5000,0.10,-,-\\n"
    >>> parsed = parse_asic(text)
    >>> ((_, _, table),) = parsed.figures
    >>> table["symbol"].to_pylist(), table["shares"].to_pylist(), table["fraction"].to_pylist(), parsed.passed_over
    (['BHP'], [5000], [0.001], {'cells without a position': 1})
    """
    opened = in_utf8(read_file(file), "cp1252")
    archive = _archive(opened)
    parsed = Parsed(opened.name)
    table: Table
    if archive is not None:
        table, rejects, empty = archive
        parsed.pass_over("cells without a position", empty)
        found = {name: name for name in table.names}
    else:
        table = open_table(opened)
        rejects = malformed_rejects(table)
        found = find_columns(table, _WANTED, _OPTIONAL, "file of ASIC's short positions")
    cells = {role: table.cells(name) for role, name in found.items()}
    if "date" not in cells:
        cells["date"] = constant(_stated_day(date, table.name), table.n_rows)
    dated = days(cells["date"], name="date", order="dmy")
    codes = values.tickers(
        pa.array([text.strip() for text in cells["code"].to_pylist()], pa.string()),
        Market.AUSTRALIA,
    )
    shares = counts(cells["shares"], name="Reported Short Positions")
    issued = counts(
        cells.get("issued", constant("", table.n_rows)), name="Total Product in Issue", empty=None
    )
    fraction = percents(cells["percent"], name="%", most=10.0)
    found_rows = parsed_figures(
        NET_SHORT,
        Market.AUSTRALIA,
        table.name,
        {
            "symbol": codes.values,
            "date": dated.values,
            "holder": constant("", table.n_rows),
            "fraction": fraction.array(),
            "shares": shares.array(),
            "issued": issued.array(),
        },
        values.reasons(codes, dated, shares, issued, fraction),
        known_from(dated.values.to_pylist(), Market.AUSTRALIA, published_by_rule, published),
        table,
        rejects,
    )
    found_rows.passed_over |= parsed.passed_over
    found_rows.rows_read += sum(parsed.passed_over.values())
    return found_rows


def _stated_day(day: date | str | None, name: str) -> str:
    if day is not None:
        return str(day)
    match = _DAY_IN_NAME.search(name)
    if match is None:
        raise NeedsError(
            name,
            [f"nothing says of which day the positions are: give {keyword('date', 'YYYY-MM-DD')}"],
        )
    return "-".join(match.groups())


class _Cells(Table):
    """Cells of an archive as rows, each with the line that it stands in."""

    lines: list[tuple[int, str]]

    def locate(self, row: int) -> tuple[int, str]:
        """Return the line number and the cells of a row."""
        return self.lines[row]


def _archive(file: SourceFile) -> tuple[_Cells, list[Reject], int] | None:
    """Return an archive as rows of one product and day, its bad lines, and how many cells hold no position; None for other files."""
    text = file.data.decode("utf-8-sig", errors="replace")
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    try:
        rows = list(csv.reader(text.splitlines(), delimiter=delimiter))
    except csv.Error as error:
        raise ImportRefusedError(f"{file.name}: its cells cannot be read ({error})") from None
    head = next((at for at, row in enumerate(rows[:5]) if _days_of(row)), None)
    if head is None:
        return None
    at_days = _days_of(rows[head])
    first = head + 1
    while first < len(rows) and not (len(rows[first]) > 1 and rows[first][1].strip()):
        first += 1
    if first < len(rows) and rows[first][1].strip().lower().replace(" ", "") == "productcode":
        first += 1
    width = len(rows[head])
    found: list[tuple[str, str, str, str]] = []
    lines: list[tuple[int, str]] = []
    rejects: list[Reject] = []
    empty = 0
    for number, row in enumerate(rows[first:], first + 1):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) < max(at_days) + 2 or len(row) > width + 1:
            reason = f"the row does not have the {width} cells of the line of days"
            rejects.append(Reject(file.name, number, delimiter.join(row), reason))
            continue
        for at, day in at_days.items():
            if is_missing(row[at]) and is_missing(row[at + 1]):
                empty += 1
                continue
            found.append((row[1], day, row[at], row[at + 1]))
            lines.append((number, f"{row[1].strip()} {day}: {row[at]}, {row[at + 1]}"))
    names = ["code", "date", "shares", "percent"]
    columns = list(zip(*found, strict=True)) if found else [()] * len(names)
    arrays = {name: pa.array(c, pa.string()) for name, c in zip(names, columns, strict=True)}
    table = _Cells(file.name, names, arrays, len(found))
    table.lines = lines
    return table, rejects, empty


def _days_of(row: list[str]) -> dict[int, str]:
    """Return where in a line of days the two columns of each begin; none where it is no such line."""
    stamps = parse_stamps([cell.strip() or None for cell in row], order="dmy")
    found: dict[int, str] = {}
    for at, (cell, stamp) in enumerate(zip(row, stamps, strict=True)):
        day = stamp.date() if isinstance(stamp, datetime) else stamp
        if at > 1 and day is not None and not isinstance(day, str) and cell not in found.values():
            found[at] = cell
    rest = [
        cell for at, cell in enumerate(row) if at > 1 and at not in found and at - 1 not in found
    ]
    return (
        {} if any(cell.strip() for cell in rest) or any(at + 1 in found for at in found) else found
    )


SOURCE = Source(
    name="asic",
    about="ASIC's aggregated short positions of Australian shares, a day or an archive",
    states=("net short positions",),
    parse=parse_asic,
    columns={
        "Product Code": "ticker of the ASX",
        "Reported Short Positions": "shares, gross; a dash: none",
        "Total Product in Issue": "shares",
        "%": "percent of the product in issue",
        "days (archives)": "above two columns each: shares and percent",
    },
    market=Market.AUSTRALIA,
    time_zone="Australia/Sydney",
    complete="a product without reported positions is not in it",
    published="the midnight that ends the fourth business day after the day",
    options=(
        Option(
            "date", "Day of a day's file, where its name does not state it.", metavar="YYYY-MM-DD"
        ),
        PUBLISHED,
    ),
)
