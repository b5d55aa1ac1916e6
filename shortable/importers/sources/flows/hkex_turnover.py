"""HKEX's daily short selling turnover: the page as text, or the same figures as JSON or CSV. A flow, never a position.

A mark ``%`` before a code says that the counter is not traded in Hong Kong dollars: its turnover is in its own currency.
Before the close the page is a placeholder, and at noon it holds the morning alone; neither is a day's turnover.
"""

from __future__ import annotations

import html
import re

import pyarrow as pa

from shortable.errors import ImportRefusedError
from shortable.importers import values
from shortable.importers.figures import (
    PUBLISHED,
    Published,
    known_from,
    midnight_after,
    parsed_figures,
)
from shortable.importers.files import File, SourceFile, read_file
from shortable.importers.headers import find_columns, malformed_rejects
from shortable.importers.publishers import constant, counts, days, hong_kong_codes
from shortable.importers.report import Reject
from shortable.importers.source import Parsed, Source
from shortable.importers.tables import Table, open_table, read_json, records_table
from shortable.json_types import records_of
from shortable.market import Market
from shortable.store import SHORT_VOLUME

__all__ = ["SOURCE", "parse_hkex_turnover"]

_ROW = re.compile(r"\s*(%?)\s*(\d{1,5})\s+(\S.*?)\s{2,}([\d,]+|-)\s+([\d,]+|-)\s*")
_LIKE_A_ROW = re.compile(r"\s*%?\s*\d{1,5}\s+\S")
_DATE = re.compile(r"TRADING\s+DATE\s*:?\s*([0-9A-Z/ -]*?\d{4}(?:-\d\d-\d\d)?)", re.IGNORECASE)
_NOT_YET = re.compile(r"will\s+be\s+available", re.IGNORECASE)
_MORNING = re.compile(r"up\s+to\s+morning\s+close|morning\s+session", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_WANTED = {
    "code": ("code", "stock code", "symbol"),
    "shares": (
        "shares",
        "(SH)",
        "short shares",
        "short selling turnover (SH)",
        "short selling turnover (shares)",
        "short volume",
        "volume",
    ),
}
_OPTIONAL = {
    "value": (
        "value",
        "turnover",
        "amount",
        "short selling turnover ($)",
        "short selling turnover (HK$)",
    ),
    "date": ("date", "trading date", "trade date"),
    "mark": ("mark",),
}
_CURRENCY_NOTE = "% not traded in HKD: value in the currency of the counter"


def parse_hkex_turnover(file: File, /, *, published: Published = None) -> Parsed:
    """Parse one day's page or JSON; nothing is stored.

    Parameters
    ----------
    file : path or bytes
        The page's text, with or without its HTML; or JSON or CSV: records of code, shares and value, with a date in each
        or (JSON) beside them.
    published : date, datetime, text or mapping, optional
        When it was published, in place of the midnight that ends its date.

    Raises
    ------
    ImportRefusedError
        It is a placeholder, of the morning alone, without a date, or holds no row that can be used.

    Examples
    --------
    >>> text = b'''SHORTSELL REPORT   TRADING DATE : 28 APR 2026 (TUESDAY)
    ...       CODE   NAME OF STOCK               (SH)            ($)
    ...         700  TENCENT                1,118,900    533,560,040
    ...       %80016  SHK PPT-R                  2,500        300,000'''
    >>> ((_, _, table),) = parse_hkex_turnover(text).figures
    >>> table["symbol"].to_pylist(), table["short_volume"].to_pylist(), table["note"].to_pylist()
    (['700', '80016'], [1118900.0, 2500.0], [None, '% not traded in HKD: value in the currency of the counter'])
    """
    opened = read_file(file)
    first = opened.data.lstrip(b"\xef\xbb\xbf \t\r\n").partition(b"\n")[0]
    if first[:1] in (b"{", b"["):
        table, rejects = _records(opened), []
    elif b"," in first and b"code" in first.lower():
        table = open_table(opened)
        rejects = malformed_rejects(table)
    else:
        table, rejects = _page(opened)
    found = find_columns(table, _WANTED, _OPTIONAL, "short selling turnover of HKEX")
    cells = {role: table.cells(name) for role, name in found.items()}
    if "date" not in cells:
        raise ImportRefusedError(
            f"{table.name}: nothing says of which day it is; nothing was imported"
        )
    dated = days(cells["date"], name="date", order="dmy")
    texts = [text.strip() for text in cells["code"].to_pylist()]
    marked = [text.startswith("%") for text in texts]
    codes = hong_kong_codes(pa.array([text.removeprefix("%") for text in texts], pa.string()))
    shares = counts(cells["shares"], name="shares")
    value = counts(cells.get("value", constant("", table.n_rows)), name="turnover", empty=None)
    return parsed_figures(
        SHORT_VOLUME,
        Market.HKEX,
        table.name,
        {
            "symbol": codes.values,
            "date": dated.values,
            "venue": constant("HKEX", table.n_rows),
            "short_volume": shares.array().cast(
                pa.float64(), safe=False
            ),  # above 2**53 the nearest
            "value": value.array().cast(pa.float64(), safe=False),
            "note": pa.array([_CURRENCY_NOTE if mark else None for mark in marked], pa.string()),
        },
        values.reasons(codes, dated, shares, value),
        known_from(dated.values.to_pylist(), Market.HKEX, midnight_after, published),
        table,
        rejects,
    )


class _Page(Table):
    """Rows of a page, each with its line."""

    lines: list[tuple[int, str]]

    def locate(self, row: int) -> tuple[int, str]:
        """Return the line number and the text of a row."""
        return self.lines[row]


def _page(file: SourceFile) -> tuple[Table, list[Reject]]:
    """Return the rows of the page's text, and the lines that look like rows but are none."""
    text = html.unescape(_TAG.sub("", file.data.decode("utf-8-sig", errors="replace")))
    if _NOT_YET.search(text):
        raise ImportRefusedError(
            f"{file.name}: a placeholder: the turnover was not published yet when it was fetched; nothing was imported"
        )
    if _MORNING.search(text):
        raise ImportRefusedError(
            f"{file.name}: the turnover of the morning alone, which is no day's; fetch the page after the close"
        )
    dates = list(dict.fromkeys(match[1].strip() for match in _DATE.finditer(text)))
    if len(dates) != 1:
        raise ImportRefusedError(
            f"{file.name}: {'no line states a trading date' if not dates else 'it is of several days'}; this is no page "
            "of HKEX's short selling turnover"
        )
    rows: list[tuple[str, str, str]] = []
    lines: list[tuple[int, str]] = []
    rejects: list[Reject] = []
    for number, line in enumerate(text.splitlines(), 1):
        if match := _ROW.fullmatch(line):
            rows.append((match[1] + match[2], match[4], match[5]))
            lines.append((number, line.strip()))
        elif _LIKE_A_ROW.match(line) and not _DATE.search(line):
            reason = "the line does not have a code, a name, shares and turnover"
            rejects.append(Reject(file.name, number, line.strip(), reason))
    names = ["code", "shares", "value", "date"]
    columns = [*zip(*rows, strict=True)] if rows else [(), (), ()]
    arrays = [pa.array(column, pa.string()) for column in columns]
    arrays.append(constant(dates[0], len(rows)))
    page = _Page(file.name, names, dict(zip(names, arrays, strict=True)), len(rows))
    page.lines = lines
    return page, rejects


def _records(file: SourceFile) -> Table:
    """Return the records of JSON; a date beside them is every record's."""
    document = read_json(file.data, file.name)
    beside: dict[str, str] = {}
    if isinstance(document, dict):
        beside = {key: value for key, value in document.items() if isinstance(value, str)}
        lists = [v for v in document.values() if isinstance(v, list) and v]
        document = lists[0] if len(lists) == 1 else None
    records = records_of(document)
    if records is None:
        raise ImportRefusedError(
            f"{file.name}: JSON without one list of records; this is no short selling turnover of HKEX"
        )
    return records_table([{**beside, **record} for record in records], file.name)


SOURCE = Source(
    name="hkex-turnover",
    about="HKEX's daily short selling turnover, the page's text, JSON or CSV",
    states=("short volume",),
    parse=parse_hkex_turnover,
    columns={
        "CODE": "stock code; % before it: not traded in Hong Kong dollars",
        "(SH)": "shares sold short that day",
        "($)": "their turnover in the currency of the counter",
        "TRADING DATE": "28 APR 2026",
    },
    market=Market.HKEX,
    time_zone="Asia/Hong_Kong",
    complete="a symbol without short sales is not in it",
    published="the midnight that ends the trading date",
    options=(PUBLISHED,),
)
