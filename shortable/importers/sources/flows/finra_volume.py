"""FINRA's daily short sale volume (``CNMSshvol20210126.txt``): shares sold short in a day, as reported to it.

It covers trades off the exchanges alone and is a flow: it says neither what is short at the end of the day nor what could
be borrowed. Source: FINRA, "Short Sale Volume Data", by which files are published by 6 p.m. on the trade date.
"""

from __future__ import annotations

import re
from datetime import time

import numpy as np
import pyarrow.compute as pc

from shortable.errors import ImportRefusedError
from shortable.importers import values
from shortable.importers.figures import (
    PUBLISHED,
    Published,
    at_time_of_day,
    known_from,
    parsed_figures,
)
from shortable.importers.files import File, read_file
from shortable.importers.headers import find_columns
from shortable.importers.needs import keyword
from shortable.importers.publishers import constant
from shortable.importers.report import Reject
from shortable.importers.source import Option, Parsed, Source
from shortable.importers.tables import Table, open_table
from shortable.importers.times import read_dates
from shortable.market import Market
from shortable.store import SHORT_VOLUME

__all__ = ["SOURCE", "parse_finra_volume"]

_COLUMNS = {
    "date": ("Date",),
    "symbol": ("Symbol",),
    "short": ("ShortVolume",),
    "total": ("TotalVolume",),
}
_OPTIONAL = {
    "exempt": ("ShortExemptVolume",),  # files of the first years lack it
    "venue": ("Market",),
}
_FACILITY = re.compile(r"fn(yx|sq|qc|ra)shvol", re.IGNORECASE)
_TRAILER = re.compile(r"\s*\d{1,18}\s*")


def parse_finra_volume(
    file: File, /, *, published: Published = None, allow_truncated: bool = False
) -> Parsed:
    """Parse one file; nothing is stored.

    Parameters
    ----------
    file : path or bytes
        As FINRA publishes it: the consolidated file, or the one of shares that are traded over the counter.
    published : date, datetime, text or mapping, optional
        When the file was published, in place of 18:00 New York time on its date.
    allow_truncated : bool, default False
        Take a file that does not end with the count of its rows.

    Raises
    ------
    ImportRefusedError
        It is another file, was cut off, holds no row that can be used, or is of one trade reporting facility, whose
        figures are in the consolidated file.

    Examples
    --------
    >>> text = b"Date|Symbol|ShortVolume|ShortExemptVolume|TotalVolume|Market\\n20210127|ABRpA|226412|1121|535905|B,Q,N\\n1\\n"
    >>> ((_, _, table),) = parse_finra_volume(text).figures
    >>> table["symbol"][0].as_py(), table["short_volume"][0].as_py(), str(table["known_at"][0])
    ('ABR.PRA', 226412.0, '2021-01-27 23:00:00+00:00')
    """
    opened = read_file(file)
    if _FACILITY.search(opened.name):
        raise ImportRefusedError(
            f"{opened.name}: the file of one reporting facility, whose trades are in the consolidated file "
            "(CNMSshvol…) too; import that one"
        )
    table = open_table(opened, delimiter="|")
    found = find_columns(table, _COLUMNS, _OPTIONAL, "daily short volume file of FINRA's")
    malformed, count = _trailer(table, allow_truncated=allow_truncated)
    cells = {role: table.cells(name) for role, name in found.items()}
    symbols = values.tickers(pc.utf8_trim_whitespace(cells["symbol"]), Market.USA)
    dates = read_dates(cells["date"], "Date", "%Y%m%d")
    short = values.amounts(cells["short"], name="ShortVolume")
    nothing = constant("", table.n_rows)
    exempt = values.amounts(cells.get("exempt", nothing), name="ShortExemptVolume", empty=None)
    total = values.amounts(cells["total"], name="TotalVolume")
    for row in np.flatnonzero(short.values > total.values).tolist():
        short.bad.setdefault(row, "ShortVolume is above TotalVolume")
    days = dates.values.to_pylist()
    parsed = parsed_figures(
        SHORT_VOLUME,
        Market.USA,
        table.name,
        {
            "symbol": symbols.values,
            "date": dates.values,
            "venue": pc.utf8_trim_whitespace(cells.get("venue", nothing)),
            "short_volume": short.array(),
            "exempt_volume": exempt.array(),
            "total_volume": total.array(),
        },
        values.reasons(symbols, dates, short, exempt, total),
        known_from(days, Market.USA, at_time_of_day(time(18)), published),
        table,
        malformed,
    )
    parsed.pass_over("trailers", count)
    parsed.rows_read += count
    return parsed


def _trailer(table: Table, *, allow_truncated: bool) -> tuple[list[Reject], int]:
    """Check the count of rows in the last line; return the other lines that are no rows, and how many trailers there are."""
    lines = list(table.malformed)
    rows = table.n_rows
    stated = lines.pop() if lines and _TRAILER.fullmatch(lines[-1][1]) else None
    last = table.locate(rows - 1)[0] if rows else 0
    count = int(stated[1].strip()) if stated else 0
    fault = ""
    if stated is None or stated[0] < last:
        fault = "its last line is not the count of its rows"
    elif count != rows + len(lines):
        fault = f"its last line counts {count:,} rows, and {rows + len(lines):,} are there"
    if fault and not allow_truncated:
        raise ImportRefusedError(
            f"{table.name}: the file was cut off: {fault}. Nothing was imported; fetch it anew, or "
            f"{keyword('allow_truncated', True)} takes what is there"
        )
    reason = f"the row does not have the header's {len(table.names)} cells"
    rejects = [Reject(table.name, line, text, reason) for line, text in lines]
    return rejects, int(stated is not None)


SOURCE = Source(
    name="finra-volume",
    about="FINRA's daily short sale volume of US shares (CNMSshvol20210126.txt)",
    states=("short volume",),
    parse=parse_finra_volume,
    columns={
        "Date": "trade date, YYYYMMDD",
        "Symbol": "ticker, such as BRK/B and ABRpA",
        "ShortVolume": "shares sold short that day, as reported to FINRA",
        "ShortExemptVolume": "of these, exempt from the price test",
        "TotalVolume": "shares traded that day, as reported to FINRA",
        "Market": "reporting facilities",
    },
    market=Market.USA,
    time_zone="America/New_York",
    complete="a symbol that was not traded off the exchanges is not in it",
    published="18:00 on the trade date",
    options=(
        PUBLISHED,
        Option("allow_truncated", "Take a file without the count in its last line.", kind=bool),
    ),
)
