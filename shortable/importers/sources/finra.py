"""FINRA's consolidated short interest, published twice a month: ``shrt20210115.csv``, pipe-delimited despite its name.

FINRA's query interface has the same figures as CSV and JSON.
"""

from __future__ import annotations

from shortable.errors import ImportRefusedError
from shortable.importers.delimited import read_delimited, split_header
from shortable.importers.files import File, read_file
from shortable.importers.short_interest import LAG, PUBLISHED, Published, us_short_interest
from shortable.importers.source import Parsed, Source
from shortable.importers.tables import open_table
from shortable.market import Market

__all__ = ["SOURCE", "parse_finra"]

_REQUIRED = {
    "symbol": "symbolCode",
    "short": "currentShortPositionQuantity",
    "volume": "averageDailyVolumeQuantity",
    "cover": "daysToCoverQuantity",
    "date": "settlementDate",
}
_OPTIONAL = {
    "previous": "previousShortPositionQuantity",
    "revision": "revisionFlag",
    "split": "stockSplitFlag",
    "venue": "marketClassCode",
    "name": "issueName",
}


def parse_finra(file: File, /, *, lag: int | None = None, published: Published = None) -> Parsed:
    """Parse one file; nothing is stored.

    Parameters
    ----------
    file : path or bytes
        As FINRA publishes it, with commas and quotes or in JSON as FINRA's query interface gives it.
    lag : int, optional
        Business days from the settlement date to publication; default 8. The figures count from the next session's
        open.
    published : date, datetime, text or mapping, optional
        When the file was published, in place of that rule: a date (its figures count from the next session's open), a
        time (New York, or aware); or a mapping of settlement date to either, for several files.
        A revised file needs it: its figures are then known from there on, beside what was known before. Import
        several revisions of one settlement date in the order of their publication.

    Raises
    ------
    ImportRefusedError
        The file is not one of FINRA's short interest, or holds no row that can be used.

    Examples
    --------
    >>> text = b"symbolCode|currentShortPositionQuantity|averageDailyVolumeQuantity|daysToCoverQuantity|settlementDate"
    >>> text += b"\\nGME|61782730|29385884|2.10|2021-01-15\\nZZZ|5|0|999.99|2021-01-15\\nX|-1|0|0|2021-01-15"
    >>> parsed = parse_finra(text)
    >>> ((_, _, table),) = parsed.figures
    >>> table["symbol"].to_pylist(), table["days_to_cover"].to_pylist()
    (['GME', 'ZZZ'], [2.1, None])
    >>> parsed.rejects[0].line, parsed.rejects[0].reason
    (4, 'currentShortPositionQuantity -1 is negative')
    """
    opened = read_file(file)
    if opened.data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        table = open_table(opened)
        wanted = _wanted(table.names, opened.name)
        cells = {role: table.cells(column) for role, column in wanted.items()}
        return us_short_interest(cells, wanted, table, opened.name, lag=lag, published=published)
    pipes = b"|" in opened.data.partition(b"\n")[0]
    delimiter = "|" if pipes else ","
    header, body = split_header(opened.data, opened.name, delimiter=delimiter)
    wanted = _wanted(header, opened.name)
    rows = read_delimited(
        body,
        header,
        list(wanted.values()),
        delimiter=delimiter,
        first_line=2,
        quoted=not pipes,
        name=opened.name,
    )
    cells = {role: rows.table[column].combine_chunks() for role, column in wanted.items()}
    return us_short_interest(cells, wanted, rows, opened.name, lag=lag, published=published)


def _wanted(header: list[str], name: str) -> dict[str, str]:
    """Return the columns by role.

    Raises
    ------
    ImportRefusedError
        One is missing.
    """
    missing = [column for column in _REQUIRED.values() if column not in header]
    if missing:
        raise ImportRefusedError(
            f"{name}: its header lacks {', '.join(missing)}; this is no short interest file of FINRA"
        )
    return _REQUIRED | {role: column for role, column in _OPTIONAL.items() if column in header}


SOURCE = Source(
    name="finra",
    about="FINRA's short interest of US shares, twice a month (shrt20210115.csv, JSON)",
    states=("short interest",),
    parse=parse_finra,
    columns={
        "symbolCode": "ticker",
        "settlementDate": "date of the positions, YYYY-MM-DD",
        "currentShortPositionQuantity": "shares",
        "previousShortPositionQuantity": "shares at the settlement date before, not adjusted for splits",
        "averageDailyVolumeQuantity": "shares a day",
        "daysToCoverQuantity": "days; 999.99 is none",
        "revisionFlag": "R: the previous figure was revised",
        "stockSplitFlag": "S: split since the previous figure",
        "marketClassCode": "venue",
        "issueName": "name",
    },
    market=Market.USA,
    time_zone="America/New_York",
    complete="each file lists all securities",
    published="the open of the session after the 8th business day from the settlement date",
    options=(
        LAG,
        PUBLISHED,
    ),
)
