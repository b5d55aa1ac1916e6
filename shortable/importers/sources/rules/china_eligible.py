"""China's lists of securities that may be sold short on margin: yes or no by day, one list an exchange.

Source: akshare's ``stock_margin_underlying_info_szse`` and the Shanghai exchange's list, tushare's ``margin_secs``. Lists are
published before the open of their day; here they count from 09:00. Since 2024-07-11 brokers can borrow no shares for it from
China Securities Finance (securities refinancing is suspended), so that to be eligible says little of what can be borrowed.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

import numpy as np
import pyarrow as pa

from shortable.errors import ImportRefusedError
from shortable.importers import values
from shortable.importers.figures import PUBLISHED, Known, Published, at_time_of_day, known_from
from shortable.importers.files import File, in_utf8, read_file
from shortable.importers.headers import find_columns, malformed_rejects
from shortable.importers.needs import NeedsError, keyword
from shortable.importers.publishers import constant, days
from shortable.importers.restrictions import Listed, Whole, parsed_restrictions
from shortable.importers.source import Option, Parsed, Source
from shortable.importers.tables import Table, TableSource, open_table
from shortable.market import Market

__all__ = ["SOURCE", "parse_china_eligible"]

_WANTED = {"code": ("证券代码", "标的证券代码", "ts_code")}
_OPTIONAL = {
    "date": ("trade_date", "信用交易日期", "日期", "交易日期"),
    "eligible": ("融券标的",),
    "today": ("当日可融券",),
}
_CODE = re.compile(r"(\d{6})(?:\.(?:SH|SZ|BJ|SS))?", re.IGNORECASE)
_DAY_IN_NAME = re.compile(r"(?<!\d)(20\d{2})[-_.]?(\d{2})[-_.]?(\d{2})(?!\d)")
_EXCHANGES = {
    "6": "sse",
    "5": "sse",
    "9": "sse",
    "0": "szse",
    "1": "szse",
    "3": "szse",
    "4": "bse",
    "8": "bse",
}


def parse_china_eligible(
    file: TableSource, /, *, date: date | str | None = None, published: Published = None
) -> Parsed:
    """Parse one list; nothing is stored.

    Parameters
    ----------
    file : path, bytes, DataFrame or pa.Table
        Codes, with flags where the list is of all securities (融券标的, 当日可融券: Y or N).
    date : date or str, optional
        Day of the list, for tables without a column of it; default what the file's name states.
    published : date, datetime, text or mapping, optional
        When it was published, in place of 09:00 on its day.

    Raises
    ------
    NeedsError
        Nothing says of which day the list is.
    ImportRefusedError
        It is another table, or no row can be used.

    Examples
    --------
    >>> text = "证券代码,证券简称,融资标的,融券标的,当日可融资,当日可融券\\n000001,平安银行,Y,Y,Y,Y\\n000004,国华,Y,N,Y,N\\n"
    >>> parsed = parse_china_eligible(text.encode(), date="2024-01-10")
    >>> ((_, _, table),) = parsed.figures
    >>> table["symbol"].to_pylist(), table["rule"].to_pylist(), parsed.passed_over
    (['000001'], ['china_eligible:szse'], {'securities that may not be sold short': 1})
    """
    table = open_table(in_utf8(read_file(file), "gb18030") if isinstance(file, File) else file)
    found = find_columns(table, _WANTED, _OPTIONAL, "list of China's eligible securities")
    if {"融券余量", "rqyl", "融资余额", "rzye"} & set(table.names):
        raise ImportRefusedError(
            f"{table.name}: balances of margin trading, which `china-margin` reads; this is no list of eligible securities"
        )
    kept, no, wrong = _eligible(table, found)
    cells = (
        kept.cells(found["date"])
        if "date" in found
        else constant(_stated_day(date, table.name), kept.n_rows)
    )
    dated = days(cells, name=found.get("date", "date"))
    codes, exchanges, bad = _codes(kept.cells(found["code"]))
    known = known_from(dated.values.to_pylist(), Market.CHINA, at_time_of_day(time(9)), published)
    reasons = values.reasons(values.Texts(codes, bad), dated, wrong)
    rules = [f"china_eligible:{exchange}" if exchange else None for exchange in exchanges]
    parsed = parsed_restrictions(
        Market.CHINA,
        kept,
        Listed(
            codes,
            dated.values,
            pa.array(rules, pa.string()),
            dated.values,
            pa.nulls(kept.n_rows, pa.string()),
        ),
        reasons,
        known,
        wholes=_wholes(dated.values.to_pylist(), rules, known, reasons),
        malformed=malformed_rejects(table),
    )
    parsed.pass_over("securities that may not be sold short", no)
    parsed.rows_read += no
    return parsed


def _wholes(
    stated: list[date | None], rules: list[str | None], known: Known, bad: dict[int, str]
) -> list[Whole]:
    """Return the lists of which the table has a row: each is whole."""
    lists: dict[tuple[date, str], Whole] = {}
    for row, (day, rule) in enumerate(zip(stated, rules, strict=True)):
        if row not in bad and day is not None and rule is not None:
            moment = datetime.fromtimestamp(int(known.instants[row]) / 1e6, tz=UTC)
            lists[day, rule] = Whole(day, rule, moment, until=day, by_rule=bool(known.by_rule[row]))
    return list(lists.values())


def _eligible(table: Table, found: dict[str, str]) -> tuple[Table, int, values.Flags]:
    """Return the rows that say yes or cannot be read, how many say no, and the flags of those that are kept."""
    no = np.zeros(table.n_rows, dtype=np.bool_)
    for role in ("eligible", "today"):
        if role in found:
            flags = values.flags(table.cells(found[role]), name=found[role])
            no |= flags.given & ~flags.values
    kept = table.take(np.flatnonzero(~no)) if no.any() else table
    wrong = values.Flags(*np.zeros((2, kept.n_rows), dtype=np.bool_))
    for role in ("eligible", "today"):
        if role in found:
            wrong.bad |= values.flags(kept.cells(found[role]), name=found[role]).bad
    return kept, int(no.sum()), wrong


def _codes(column: pa.Array) -> tuple[pa.Array, list[str | None], dict[int, str]]:
    """Return codes of six digits, the exchange of each, and why the others are none."""
    codes: list[str | None] = []
    exchanges: list[str | None] = []
    bad: dict[int, str] = {}
    for row, text in enumerate(column.to_pylist()):
        match = _CODE.fullmatch(text.strip())
        exchange = _EXCHANGES.get(match[1][0]) if match else None
        if match and match[1].startswith("92"):
            exchange = "bse"
        codes.append(match[1] if match else None)
        exchanges.append(exchange)
        if exchange is None:
            bad[row] = (
                f"code {text.strip()!r} is not six digits of a mainland exchange; read codes as text"
            )
    return pa.array(codes, pa.string()), exchanges, bad


def _stated_day(day: date | str | None, name: str) -> str:
    if day is not None:
        return str(day)
    match = _DAY_IN_NAME.search(name)
    if match is None:
        raise NeedsError(
            name, [f"no column says of which day the list is: give {keyword('date', 'YYYY-MM-DD')}"]
        )
    return "-".join(match.groups())


SOURCE = Source(
    name="china-eligible",
    about="China's securities that may be sold short on margin, by day and exchange",
    states=("restrictions",),
    parse=parse_china_eligible,
    columns={
        "证券代码, 标的证券代码, ts_code": "six digits",
        "trade_date": "day of the list",
        "融券标的, 当日可融券": "Y or N; without them every row says yes",
    },
    market=Market.CHINA,
    time_zone="Asia/Shanghai",
    complete="each list is whole for its exchange and day",
    published="09:00 on its day",
    options=(
        Option(
            "date",
            "Day of the list, where no column and no file name states it.",
            metavar="YYYY-MM-DD",
        ),
        PUBLISHED,
    ),
)
