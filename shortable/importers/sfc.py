"""The SFC's aggregated reportable short positions of Hong Kong, published once a week: comma-delimited, DD/MM/YYYY.

These are positions. The stock exchange's daily short selling turnover is a flow, and is not read here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shortable.errors import ImportRefusedError
from shortable.importers import cells
from shortable.importers.base import Progress, read_source, source_name
from shortable.importers.delimited import read_delimited
from shortable.importers.report import ImportReport
from shortable.importers.short_interest import (
    ParsedShortInterest,
    dates,
    import_files,
    split_header,
    table_of,
)
from shortable.market import Market

__all__ = ["import_sfc", "parse_sfc"]

_COLUMNS = {
    "date": re.compile(r"date"),
    "symbol": re.compile(r"stock\s*code"),
    "shares": re.compile(r".*short positions?\s*\(shares\)"),
    "value": re.compile(r".*short positions?\s*\(hk\$\)"),
}
_NAME = re.compile(r"stock\s*name")
_TICKS = 3
"""Decimals of a price on the exchange: the smallest spread is HK$0.001."""


def import_sfc(
    files: str | Path | list[str | Path],
    *,
    data_folder: str | Path | None = None,
    lag: int | None = None,
    published: Any = None,
    replace: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Import the SFC's weekly files; all are parsed before the store is touched.

    Parameters
    ----------
    files : path or list of paths
    data_folder : path, optional
        Default: the environment's ``SHORTABLE_DATA``, else ``./data``.
    lag : int, optional
        Calendar days from the date of the positions to publication; default 7. They count from that day's midnight in
        Hong Kong.
    published : date, datetime, text or mapping, optional
        When the file was published, in place of that rule: a date, a time (Hong Kong, or aware), or a mapping of the
        positions' date to either.
    replace : bool, default False
        Let figures that contradict stored ones of the same publication take their place.
    progress : callable, optional
        Called with ("read" or "write", done, total).

    Returns
    -------
    ImportReport

    Raises
    ------
    ImportRefusedError
        A file is empty, no such file, or something else; nothing was stored.
    SnapshotConflictError
        A figure differs from the stored one of the same publication: say when the revision was published.
    """
    return import_files(
        parse_sfc,
        "sfc",
        files,
        data_folder=data_folder,
        lag=lag,
        published=published,
        replace=replace,
        progress=progress,
    )


def parse_sfc(
    file: str | Path | bytes,
    *,
    lag: int | None = None,
    published: Mapping[date, date | datetime] | date | str | None = None,
) -> ParsedShortInterest:
    """Parse one file; nothing is stored. Parameters and errors are those of `import_sfc`.

    The closing price is value ÷ shares: the SFC values positions at the close, and prices have three decimals.

    Examples
    --------
    >>> head = b"Date,Stock Code,Stock Name,Aggregated Reportable Short Positions (Shares),"
    >>> head += b"Aggregated Reportable Short Positions (HK$)\\n"
    >>> parsed = parse_sfc(head + b"02/12/2022,00001,CKH HOLDINGS,11681802,513999288\\n")
    >>> parsed.table["symbol"][0].as_py(), parsed.table["close"][0].as_py(), str(parsed.table["settlement_date"][0])
    ('1', 44.0, '2022-12-02')
    """
    name = source_name(file)
    header, body = split_header(read_source(file), name, delimiter=",")
    wanted = {
        role: next((h for h in header if pattern.fullmatch(h.strip().lower())), "")
        for role, pattern in _COLUMNS.items()
    }
    if missing := [role for role, column in wanted.items() if not column]:
        raise ImportRefusedError(
            f"{name}: its header lacks a column of {', '.join(missing)}; this is no file of the SFC's aggregated "
            "reportable short positions (the exchange's turnover is a flow, and is not read)"
        )
    named = next((h for h in header if _NAME.fullmatch(h.strip().lower())), wanted["symbol"])
    rows = read_delimited(
        body, header, [*wanted.values(), named], delimiter=",", first_line=2, quoted=True
    )
    columns = {role: rows.table[column].combine_chunks() for role, column in wanted.items()}
    symbols = _codes(columns["symbol"])
    settled = dates(columns["date"], wanted["date"], "%d/%m/%Y")
    shares = cells.quantities(columns["shares"], name="shares")
    value = cells.quantities(columns["value"], name="HK$", empty=None)
    values = {
        "symbol": symbols.values,
        "settlement_date": settled.values,
        "shares_short": shares.array(),
        "value": pa.array(value.shares.astype(np.float64), mask=~value.given),
        "close": _closes(shares, value),
        "name": rows.table[named].combine_chunks(),
    }
    bad = cells.reasons(symbols, settled, shares, value)
    return table_of(values, bad, rows, name, Market.HKEX, lag=lag, published=published)


def _codes(column: pa.Array) -> cells.Texts:
    """Bring stock codes to digits without leading zeros; anything but digits is no code of the exchange."""
    codes: list[str | None] = []
    bad: dict[int, str] = {}
    for row, text in enumerate(column.to_pylist()):
        digits = text.strip()
        if digits.isascii() and digits.isdecimal() and len(digits) <= 5 and int(digits):
            codes.append(str(int(digits)))
        else:
            codes.append(None)
            bad[row] = f"stock code {text!r} is not 1 to 5 digits"
    return cells.Texts(pa.array(codes, pa.string()), bad)


def _closes(shares: cells.Quantities, value: cells.Quantities) -> pa.Array:
    """Return the price that the value was reckoned at, where its rounding to the dollar leaves only one."""
    count: npt.NDArray[np.float64] = shares.shares.astype(np.float64)
    # Half a dollar over the shares must stay below half a tick.
    exact = (shares.shares > 10**_TICKS) & value.given
    price = np.round(np.divide(value.shares, count, out=np.zeros(len(count)), where=exact), _TICKS)
    return pa.array(price, mask=~(exact & (price > 0)))
