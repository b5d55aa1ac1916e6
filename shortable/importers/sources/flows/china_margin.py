"""China's margin trading by security, as the exchanges publish it through akshare, or as tushare's ``margin_detail``.

What stands in 融券余量 (``rqyl``) is already short; it is never what can be borrowed. Financed purchases (融资) are amounts of
money, not shares, and are not stored. Sources: akshare's ``stock_margin_detail_sse`` and ``stock_margin_detail_szse``,
tushare's interface 59. Both exchanges publish on the morning after; here figures count from 09:00 on the next weekday.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time

import pyarrow as pa

from shortable.calendars import session_after
from shortable.importers import values
from shortable.importers.figures import PUBLISHED, Published, known_from, parsed_figures
from shortable.importers.files import File, in_utf8, read_file
from shortable.importers.headers import find_columns, malformed_rejects
from shortable.importers.needs import NeedsError, keyword
from shortable.importers.publishers import constant, counts, days
from shortable.importers.source import Option, Parsed, Source
from shortable.importers.tables import TableSource, open_table
from shortable.market import Market
from shortable.store import SHORT_BALANCES

__all__ = ["SOURCE", "parse_china_margin"]

_WANTED = {
    "code": ("标的证券代码", "证券代码", "ts_code"),
    "balance": ("融券余量", "rqyl"),
}
_OPTIONAL = {
    "date": ("信用交易日期", "trade_date", "日期", "交易日期"),
    "sold": ("融券卖出量", "rqmcl"),
    "covered": ("融券偿还量", "rqchl"),
    "value": ("融券余额", "rqye"),
}
_CODE = re.compile(r"(\d{6})(?:\.(?:SH|SZ|BJ|SS|XSHG|XSHE))?", re.IGNORECASE)
_DAY_IN_NAME = re.compile(r"(?<!\d)(20\d{2})[-_.]?(\d{2})[-_.]?(\d{2})(?!\d)")


def _morning_after(day: date) -> datetime:
    return datetime.combine(session_after(day, Market.CHINA), time(9))


def parse_china_margin(
    file: TableSource, /, *, date: date | str | None = None, published: Published = None
) -> Parsed:
    """Parse one table; nothing is stored.

    Parameters
    ----------
    file : path, bytes, DataFrame or pa.Table
        Columns by akshare's names (SSE or SZSE) or tushare's; text in UTF-8 or GB 18030 (GBK).
    date : date or str, optional
        Day of the figures, for tables without a column of it (SZSE); default what the file's name states.
    published : date, datetime, text or mapping, optional
        When they were published, in place of 09:00 on the next weekday.

    Raises
    ------
    NeedsError
        Nothing says of which day the figures are.
    ImportRefusedError
        It is another table, or no row can be used.

    Examples
    --------
    >>> text = b"trade_date,ts_code,rzye,rqye,rzmre,rqyl,rzche,rqchl,rqmcl,rzrqye\\n"
    >>> text += b"20240110,600519.SH,1,1,1,27800,1,1200,900,1\\n"
    >>> ((_, _, table),) = parse_china_margin(text).figures
    >>> [table[name][0].as_py() for name in ("symbol", "book", "balance", "sold", "covered")]
    ['600519', 'margin', 27800, 900, 1200]
    """
    table = open_table(in_utf8(read_file(file), "gb18030") if isinstance(file, File) else file)
    found = find_columns(table, _WANTED, _OPTIONAL, "table of China's margin trading")
    cells = {role: table.cells(name) for role, name in found.items()}
    if "date" not in cells:
        cells["date"] = constant(_stated_day(date, table.name), table.n_rows)
    dated = days(cells["date"], name=found.get("date", "date"))
    codes = _codes(cells["code"])
    nothing = constant("", table.n_rows)
    balance = counts(cells["balance"], name="融券余量")
    sold = counts(cells.get("sold", nothing), name="融券卖出量", empty=None)
    covered = counts(cells.get("covered", nothing), name="融券偿还量", empty=None)
    value = values.amounts(_plain(cells.get("value", nothing)), name="融券余额", empty=None)
    parsed = parsed_figures(
        SHORT_BALANCES,
        Market.CHINA,
        table.name,
        {
            "symbol": codes.values,
            "date": dated.values,
            "book": constant("margin", table.n_rows),
            "balance": balance.array(),
            "sold": sold.array(),
            "covered": covered.array(),
            "change": pa.array(sold.shares - covered.shares, mask=~(sold.given & covered.given)),
            "value": value.array(),
        },
        values.reasons(codes, dated, balance, sold, covered, value),
        known_from(dated.values.to_pylist(), Market.CHINA, _morning_after, published),
        table,
        malformed_rejects(table),
    )
    # Splits and corrections move balances too, and no column says so: what does not go on is counted, not refused.
    parsed.breaks = True
    return parsed


def _plain(column: pa.Array) -> pa.Array:
    """Return amounts without thousands separators and without dashes for nothing."""
    texts = (text.strip().replace(",", "") for text in column.to_pylist())
    return pa.array(["" if text in ("-", "--") else text for text in texts], pa.string())


def _codes(column: pa.Array) -> values.Texts:
    """Return codes of six digits: those of several exchanges are one series, so their suffix says nothing more."""
    codes: list[str | None] = []
    bad: dict[int, str] = {}
    for row, text in enumerate(column.to_pylist()):
        match = _CODE.fullmatch(text.strip())
        codes.append(match[1] if match else None)
        if match is None:
            bad[row] = (
                f"code {text.strip()!r} is not six digits; read codes as text, with their leading zeros"
            )
    return values.Texts(pa.array(codes, pa.string()), bad)


def _stated_day(day: date | str | None, name: str) -> str:
    """Return the day of a table that has no column of it."""
    if day is None:
        match = _DAY_IN_NAME.search(name)
        if match is None:
            raise NeedsError(
                name,
                [
                    f"no column says of which day the figures are: give {keyword('date', 'YYYY-MM-DD')}"
                ],
            )
        return "-".join(match.groups())
    return str(day)


SOURCE = Source(
    name="china-margin",
    about="China's margin short balances by security, with akshare's or tushare's column names",
    states=("short balances",),
    parse=parse_china_margin,
    columns={
        "标的证券代码, 证券代码, ts_code": "six digits, with or without the exchange",
        "信用交易日期, trade_date": "day of the figures",
        "融券余量, rqyl": "shares that are short, never what can be borrowed",
        "融券卖出量, rqmcl": "shares sold short that day",
        "融券偿还量, rqchl": "shares returned that day",
        "融券余额, rqye": "their value, yuan",
    },
    market=Market.CHINA,
    time_zone="Asia/Shanghai",
    complete="a security without margin trading is not in it",
    published="09:00 on the next weekday",
    options=(
        Option(
            "date",
            "Day of the figures, where no column and no file name states it.",
            metavar="YYYY-MM-DD",
        ),
        PUBLISHED,
    ),
)
