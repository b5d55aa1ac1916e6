"""FINRA's consolidated short interest, published twice a month: ``shrt20210115.csv``, pipe-delimited despite its name."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shortable.errors import ImportRefusedError
from shortable.importers import values
from shortable.importers.delimited import DelimitedText, read_delimited, split_header
from shortable.importers.files import File, read_file
from shortable.importers.short_interest import PUBLISHED, Published, short_interest_of
from shortable.importers.source import Option, Parsed, Source
from shortable.importers.times import read_dates
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
_NO_NUMBER = 999.99
"""FINRA's days to cover where nothing was traded, or where there are more of them."""


def parse_finra(file: File, /, *, lag: int | None = None, published: Published = None) -> Parsed:
    """Parse one file; nothing is stored.

    Parameters
    ----------
    file : path or bytes
        As FINRA publishes it, or with commas and quotes as FINRA's query interface gives it.
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
    pipes = b"|" in opened.data.partition(b"\n")[0]
    delimiter = "|" if pipes else ","
    header, body = split_header(opened.data, opened.name, delimiter=delimiter)
    missing = [column for column in _REQUIRED.values() if column not in header]
    if missing:
        raise ImportRefusedError(
            f"{opened.name}: its header lacks {', '.join(missing)}; this is no short interest file of FINRA"
        )
    wanted = _REQUIRED | {role: column for role, column in _OPTIONAL.items() if column in header}
    rows = read_delimited(
        body,
        header,
        list(wanted.values()),
        delimiter=delimiter,
        first_line=2,
        quoted=not pipes,
        name=opened.name,
    )
    return _parsed(rows, wanted, opened.name, lag, published)


def _parsed(
    rows: DelimitedText, wanted: dict[str, str], name: str, lag: int | None, published: Published
) -> Parsed:
    columns = {role: rows.table[column].combine_chunks() for role, column in wanted.items()}
    nothing = pa.array([""] * rows.table.num_rows, pa.string())
    symbols = values.tickers(pc.utf8_trim_whitespace(columns["symbol"]), Market.USA)
    settled = read_dates(columns["date"], wanted["date"], "%Y-%m-%d")
    short = values.quantities(columns["short"], name=wanted["short"])
    volume = values.quantities(columns["volume"], name=wanted["volume"], empty=None)
    previous = values.quantities(
        columns.get("previous", nothing), name=_OPTIONAL["previous"], empty=None
    )
    cover = values.amounts(columns["cover"], name=wanted["cover"], empty=None)
    traded = volume.given & (volume.shares > 0)
    stated = traded & ~np.isnan(cover.values) & (cover.values != _NO_NUMBER)
    bad = values.reasons(symbols, settled, short, volume, cover, previous)
    figures = {
        "symbol": symbols.values,
        "settlement_date": settled.values,
        "shares_short": short.array(),
        "avg_daily_volume": volume.array(),
        "days_to_cover": pa.array(cover.values, mask=~stated),
        "previous": previous.array(),
        "revised": pc.equal(pc.utf8_trim_whitespace(columns.get("revision", nothing)), "R"),
        "split": pc.equal(pc.utf8_trim_whitespace(columns.get("split", nothing)), "S"),
        "venue": pc.utf8_trim_whitespace(columns.get("venue", nothing)),
        "name": pc.utf8_trim_whitespace(columns.get("name", nothing)),
    }
    return short_interest_of(figures, bad, rows, name, Market.USA, lag=lag, published=published)


SOURCE = Source(
    name="finra",
    about="FINRA's short interest of US shares, twice a month (shrt20210115.csv)",
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
        Option(
            "lag",
            "Business days from the settlement date to publication. Default: 8.",
            kind=int,
            metavar="DAYS",
        ),
        PUBLISHED,
    ),
)
