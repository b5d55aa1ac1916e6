"""Rule 201's circuit breaker lists: shares that fell by a tenth, which may then be sold short only above the best bid.

The restriction lasts for the rest of the day and the next session (17 CFR 242.201(b)(1)). It bars no short sale.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shortable.calendars import session_after
from shortable.clock import published_instant
from shortable.importers import values
from shortable.importers.delimited import split_cells
from shortable.importers.figures import Known
from shortable.importers.files import File, SourceFile, read_file
from shortable.importers.headers import find_columns, malformed_rejects
from shortable.importers.publishers import constant
from shortable.importers.restrictions import Listed, Whole, parsed_restrictions
from shortable.importers.source import Option, Parsed, Source
from shortable.importers.tables import Table, open_table
from shortable.importers.times import parse_stamps
from shortable.market import Market

__all__ = ["SOURCE", "parse_rule201"]

_WANTED = {"symbol": ("Symbol",), "time": ("Trigger Time", "Triggered", "Date Time")}
_RULE = "rule_201"
_DAY_IN_NAME = re.compile(r"(?<!\d)(20\d{2})[-_]?(\d{2})[-_]?(\d{2})(?!\d)")
_STAMP = re.compile(r"\s*\d{8,14}[,|]*\s*")


def parse_rule201(file: File, /, *, complete: bool = False) -> Parsed:
    """Parse one list; nothing is stored.

    Parameters
    ----------
    file : path or bytes
        As Nasdaq publishes it, with commas or bars; times are New York's, month first.
    complete : bool, default False
        Whether it was fetched after the close, so that it has all triggers of its days and of the day in the file's name,
        which may be none.

    Raises
    ------
    ImportRefusedError
        It is another file, or no row can be used.

    Examples
    --------
    >>> text = b"Symbol,Security Name,Market Category,Trigger Time\\nGME,GameStop,N,8/21/2026 9:30:00 AM\\n"
    >>> ((_, _, table),) = parse_rule201(text).figures
    >>> [str(table[name][0]) for name in ("date", "until", "known_at")]
    ['2026-08-21', '2026-08-24', '2026-08-21 13:30:00+00:00']
    """
    opened = read_file(file)
    table = _without_rows(opened) if complete else None
    table = table or open_table(opened)
    found = find_columns(table, _WANTED, {}, "list of Rule 201's circuit breaker")
    texts = [text.strip() for text in table.cells(found["time"]).to_pylist()]
    stamps = parse_stamps(texts, order="mdy")
    bad: dict[int, str] = {}
    days: list[date | None] = []
    until: list[date | None] = []
    instants = np.zeros(table.n_rows, dtype=np.int64)
    for row, stamp in enumerate(stamps):
        if not isinstance(stamp, datetime):
            bad[row] = f"{found['time']} {texts[row]!r} is no time such as 8/21/2026 9:30:00 AM"
            days.append(None)
            until.append(None)
            continue
        try:
            instants[row] = published_instant(stamp, Market.USA)
            days.append(stamp.date())
            until.append(session_after(stamp.date()))
        except (ValueError, OverflowError) as error:
            bad[row] = f"{found['time']} {texts[row]!r}: {error}"
            days, until = [*days[:row], None], [*until[:row], None]
    symbols = values.tickers(pc.utf8_trim_whitespace(table.cells(found["symbol"])), Market.USA)
    for row, reason in symbols.bad.items():
        bad[row] = f"{bad[row]}; {reason}" if row in bad else reason
    malformed = malformed_rejects(table)
    trailers = [reject for reject in malformed if _STAMP.fullmatch(reject.text)]
    wholes = [
        Whole(
            day,
            _RULE,
            datetime.combine(day + timedelta(days=1), datetime.min.time()),
            session_after(day),
        )
        for day in sorted({day for day in (*days, _day_of(table.name)) if day is not None})
        if complete
    ]
    parsed = parsed_restrictions(
        Market.USA,
        table,
        Listed(
            symbols.values,
            pa.array(days, pa.date32()),
            constant(_RULE, table.n_rows),
            pa.array(until, pa.date32()),
            pa.array([f"triggered {text}" for text in texts], pa.string()),
        ),
        bad,
        Known(instants, np.zeros(table.n_rows, dtype=np.bool_)),
        wholes=wholes,
        malformed=[reject for reject in malformed if reject not in trailers],
    )
    parsed.pass_over("trailers", len(trailers))
    parsed.rows_read += len(trailers)
    return parsed


def _day_of(name: str) -> date | None:
    """Return the day that a file's name states (``shorthalts20260821.txt``)."""
    match = _DAY_IN_NAME.search(name)
    (day,) = parse_stamps(["-".join(match.groups())]) if match else (None,)
    return day if type(day) is date else None


def _without_rows(file: SourceFile) -> Table | None:
    """Return the list of a day without triggers: a header alone, and the day in the file's name."""
    lines = [line for line in file.data.decode("utf-8-sig", errors="replace").splitlines() if line]
    stamps = [line for line in lines[1:] if _STAMP.fullmatch(line)]
    if _day_of(file.name) is None or len(lines) != 1 + len(stamps):
        return None
    names = split_cells(lines[0], max(",|", key=lines[0].count))
    empty = pa.array([], pa.string())
    return Table(file.name, names, dict.fromkeys(names, empty), 0)


SOURCE = Source(
    name="rule201",
    about="Rule 201's circuit breaker lists: shares whose short sales need a price above the bid",
    states=("restrictions",),
    parse=parse_rule201,
    columns={
        "Symbol": "ticker",
        "Trigger Time": "New York time, month first; in force for the rest of the day and the next session",
    },
    market=Market.USA,
    time_zone="America/New_York",
    complete="not whole, unless --complete states that it was fetched after the close",
    published="the trigger time",
    options=(Option("complete", "It was fetched after the close.", kind=bool),),
)
