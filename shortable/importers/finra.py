"""FINRA's consolidated short interest, published twice a month: ``shrt20210115.csv``, pipe-delimited despite its name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shortable.errors import ImportRefusedError
from shortable.importers import cells
from shortable.importers.base import Progress, read_source, source_name
from shortable.importers.delimited import Delimited, read_delimited
from shortable.importers.report import ImportReport
from shortable.importers.short_interest import (
    ParsedShortInterest,
    dates,
    import_files,
    split_header,
    table_of,
)
from shortable.market import Market

__all__ = ["import_finra", "parse_finra"]

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


def import_finra(
    files: str | Path | list[str | Path],
    *,
    data_folder: str | Path | None = None,
    lag: int | None = None,
    published: Any = None,
    replace: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import FINRA's files of short interest; all are parsed before the store is touched.

    Parameters
    ----------
    files : path or list of paths
    data_folder : path, optional
        Default: the environment's ``SHORTABLE_DATA``, else ``./data``.
    lag : int, optional
        Business days from the settlement date to publication; default 8. The figures count from the next session's
        open.
    published : date, datetime, text or mapping, optional
        When the file was published, in place of that rule: a date (its figures count from the next session's open), a
        time (New York, or aware); or a mapping of settlement date to either, for several files.
        A revised file needs it: its figures are then known from there on, beside what was known before. Import
        several revisions of one settlement date in the order of their publication.
    replace : bool, default False
        Let figures that contradict stored ones of the same publication take their place, and let `published` also
        move figures to later than the rule says.
    progress : callable, optional
        Called with ("read" or "write", done, total).

    Returns
    -------
    ImportReport
        One entry for each settlement date and publication.

    Raises
    ------
    ImportRefusedError
        A file is empty, no such file, or something else; nothing was stored.
    SnapshotConflictError
        A figure differs from the stored one of the same publication: say when the revision was published.
    """
    return import_files(
        parse_finra,
        "finra",
        files,
        data_folder=data_folder,
        lag=lag,
        published=published,
        replace=replace,
        progress=progress,
    )


def parse_finra(
    file: str | Path | bytes,
    *,
    lag: int | None = None,
    published: Mapping[date, date | datetime] | date | str | None = None,
) -> ParsedShortInterest:
    """Parse one file; nothing is stored. Parameters and errors are those of `import_finra`.

    Examples
    --------
    >>> text = b"symbolCode|currentShortPositionQuantity|averageDailyVolumeQuantity|daysToCoverQuantity|settlementDate"
    >>> text += b"\\nGME|61782730|29385884|2.10|2021-01-15\\nZZZ|5|0|999.99|2021-01-15\\nX|-1|0|0|2021-01-15"
    >>> parsed = parse_finra(text)
    >>> parsed.table["symbol"].to_pylist(), parsed.table["days_to_cover"].to_pylist()
    (['GME', 'ZZZ'], [2.1, None])
    >>> parsed.rejects[0].line, parsed.rejects[0].reason
    (4, 'currentShortPositionQuantity -1 is negative')
    """
    name, data = source_name(file), read_source(file)
    # The files are pipe-delimited; FINRA's query interface gives the same columns with commas and quotes.
    pipes = b"|" in data.partition(b"\n")[0]
    delimiter = "|" if pipes else ","
    header, body = split_header(data, name, delimiter=delimiter)
    missing = [column for column in _REQUIRED.values() if column not in header]
    if missing:
        raise ImportRefusedError(
            f"{name}: its header lacks {', '.join(missing)}; this is no short interest file of FINRA"
        )
    wanted = _REQUIRED | {role: column for role, column in _OPTIONAL.items() if column in header}
    rows = read_delimited(
        body, header, list(wanted.values()), delimiter=delimiter, first_line=2, quoted=not pipes
    )
    return _parsed(rows, wanted, name, lag, published)


def _parsed(
    rows: Delimited, wanted: dict[str, str], name: str, lag: int | None, published: Any
) -> ParsedShortInterest:
    columns = {role: rows.table[column].combine_chunks() for role, column in wanted.items()}
    nothing = pa.array([""] * rows.table.num_rows, pa.string())
    symbols = cells.tickers(pc.utf8_trim_whitespace(columns["symbol"]), Market.USA)
    settled = dates(columns["date"], wanted["date"], "%Y-%m-%d")
    short = cells.quantities(columns["short"], name=wanted["short"])
    volume = cells.quantities(columns["volume"], name=wanted["volume"], empty=None)
    previous = cells.quantities(
        columns.get("previous", nothing), name=_OPTIONAL["previous"], empty=None
    )
    cover = cells.rates(columns["cover"], name=wanted["cover"], per_unit=1)
    traded = volume.given & (volume.shares > 0)
    stated = traded & ~np.isnan(cover.values) & (cover.values != _NO_NUMBER)
    bad = cells.reasons(symbols, settled, short, volume, cover, previous)
    values = {
        "symbol": symbols.values,
        "settlement_date": settled.values,
        "shares_short": short.array(),
        "avg_daily_volume": volume.array(),
        "days_to_cover": pa.array(cover.values, mask=~stated),
        "previous": previous.array(),
        "revised": pc.equal(columns.get("revision", nothing), "R"),
        "split": pc.equal(columns.get("split", nothing), "S"),
        "venue": columns.get("venue", nothing),
        "name": pc.utf8_trim_whitespace(columns.get("name", nothing)),
    }
    return table_of(values, bad, rows, name, Market.USA, lag=lag, published=published)
