"""The SFC's aggregated reportable short positions of Hong Kong, published once a week: comma-delimited, DD/MM/YYYY.

These are positions. The stock exchange's daily short selling turnover is a flow, which `hkex_turnover` reads.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shortable.errors import ImportRefusedError
from shortable.importers import values
from shortable.importers.delimited import read_delimited, split_header
from shortable.importers.files import File, read_file
from shortable.importers.publishers import counts, days, hong_kong_codes
from shortable.importers.short_interest import PUBLISHED, Published, short_interest_of
from shortable.importers.source import Option, Parsed, Source
from shortable.market import Market

__all__ = ["SOURCE", "parse_sfc"]

_COLUMNS = {
    "date": re.compile(r"date"),
    "symbol": re.compile(r"stock\s*code"),
    "shares": re.compile(r".*short positions?\s*\(shares\)"),
    "value": re.compile(r".*short positions?\s*\(hk\$\)"),
}
_NAME = re.compile(r"stock\s*name")
_TICKS = 3
"""Decimals of a price on the exchange: the smallest spread is HK$0.001."""
_SATURDAY = 5


def parse_sfc(file: File, /, *, lag: int | None = None, published: Published = None) -> Parsed:
    """Parse one file; nothing is stored.

    The closing price is value ÷ shares: the SFC values positions at the close, and prices have three decimals.

    Parameters
    ----------
    file : path or bytes
        As the SFC publishes it.
    lag : int, optional
        Calendar days from the date of the positions to publication; default 7. They count from that day's midnight in
        Hong Kong.
    published : date, datetime, text or mapping, optional
        When the file was published, in place of that rule: a date, a time (Hong Kong, or aware), or a mapping of the
        positions' date to either.

    Raises
    ------
    ImportRefusedError
        The file is not one of the SFC's positions, or holds no row that can be used.

    Examples
    --------
    >>> head = b"Date,Stock Code,Stock Name,Aggregated Reportable Short Positions (Shares),"
    >>> head += b"Aggregated Reportable Short Positions (HK$)\\n"
    >>> parsed = parse_sfc(head + b"02/12/2022,00001,CKH HOLDINGS,11681802,513999288\\n")
    >>> ((_, _, table),) = parsed.figures
    >>> table["symbol"][0].as_py(), table["close"][0].as_py(), str(table["settlement_date"][0])
    ('1', 44.0, '2022-12-02')
    """
    opened = read_file(file)
    header, body = split_header(opened.data, opened.name, delimiter=",")
    wanted = {
        role: next((h for h in header if pattern.fullmatch(h.strip().lower())), "")
        for role, pattern in _COLUMNS.items()
    }
    if missing := [role for role, column in wanted.items() if not column]:
        raise ImportRefusedError(
            f"{opened.name}: its header lacks a column of {', '.join(missing)}; this is no file of the SFC's "
            "aggregated reportable short positions (the exchange's turnover is a flow, which hkex-turnover reads)"
        )
    named = [h for h in header if _NAME.fullmatch(h.strip().lower())][:1]
    rows = read_delimited(
        body,
        header,
        [*wanted.values(), *named],
        delimiter=",",
        first_line=2,
        quoted=True,
        name=opened.name,
    )
    columns = {role: rows.table[column].combine_chunks() for role, column in wanted.items()}
    symbols = hong_kong_codes(columns["symbol"])
    settled = days(columns["date"], name=wanted["date"], order="dmy")
    for row, day in enumerate(settled.values.to_pylist()):
        if day is not None and day.weekday() >= _SATURDAY:
            settled.bad[row] = f"{wanted['date']} {day} is no day of trading; dates stand day first"
    shares = counts(columns["shares"], name="shares")
    value = counts(columns["value"], name="HK$", empty=None)
    figures = {
        "symbol": symbols.values,
        "settlement_date": settled.values,
        "shares_short": shares.array(),
        "value": pa.array(value.shares.astype(np.float64), mask=~value.given),
        "close": _closes(shares, value),
    }
    for column in named:
        figures["name"] = pc.utf8_trim_whitespace(rows.table[column].combine_chunks())
    bad = values.reasons(symbols, settled, shares, value)
    return short_interest_of(
        figures, bad, rows, opened.name, Market.HKEX, lag=lag, published=published
    )


def _closes(shares: values.Quantities, value: values.Quantities) -> pa.Array:
    """Return the closing price that the value implies, where rounding to the dollar leaves only one possible."""
    count: npt.NDArray[np.float64] = shares.shares.astype(np.float64)
    # Half a dollar over the shares must stay below half a tick.
    exact = (shares.shares > 10**_TICKS) & value.given
    price = np.round(np.divide(value.shares, count, out=np.zeros(len(count)), where=exact), _TICKS)
    return pa.array(price, mask=~(exact & (price > 0)))


SOURCE = Source(
    name="sfc",
    about="the SFC's aggregated short positions of Hong Kong shares, once a week",
    states=("short interest",),
    parse=parse_sfc,
    columns={
        "Date": "date of the positions, DD/MM/YYYY",
        "Stock Code": "code, with or without leading zeros",
        "Stock Name": "name",
        "Aggregated Reportable Short Positions (Shares)": "shares",
        "Aggregated Reportable Short Positions (HK$)": "Hong Kong dollars",
    },
    market=Market.HKEX,
    time_zone="Asia/Hong_Kong",
    complete="each file lists all specified shares",
    published="midnight 7 calendar days after the date of the positions",
    options=(
        Option(
            "lag",
            "Calendar days from the positions' date to publication. Default: 7.",
            kind=int,
            metavar="DAYS",
        ),
        PUBLISHED,
    ),
)
