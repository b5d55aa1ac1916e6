"""Korea's net short balances (순보유잔고) by share, as KRX publishes them or pykrx returns them.

They are what investors above the reporting threshold are short, two sessions earlier; never what can be borrowed. Here they
count from the midnight that ends the second weekday after their day.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta

import pyarrow as pa

from shortable.calendars import session_after
from shortable.importers import values
from shortable.importers.figures import PUBLISHED, Published, known_from, parsed_figures
from shortable.importers.files import File, in_utf8, read_file
from shortable.importers.headers import find_columns, malformed_rejects
from shortable.importers.needs import NeedsError, keyword
from shortable.importers.publishers import constant, counts, days, percents
from shortable.importers.source import Option, Parsed, Source
from shortable.importers.tables import TableSource, open_table
from shortable.market import Market
from shortable.store import NET_SHORT
from shortable.symbol import Symbol

__all__ = ["SOURCE", "parse_krx"]

_WANTED = {
    "shares": (
        "순보유잔고수량",
        "공매도잔고",
        "공매도 순보유 잔고수량",
        "Net short balance quantity",
    ),
}
_OPTIONAL = {
    "code": ("종목코드", "단축코드", "티커", "ticker", "Issue code"),
    "date": ("공시의무발생일", "일자", "날짜", "date"),
    "issued": ("상장주식수", "Listed shares"),
    "percent": ("비중(%)", "비중", "순보유잔고비중(%)", "Ratio (%)"),
}
_CODE = re.compile(r"[A-Z]?([0-9][0-9A-Z]{5})")


def published_by_rule(day: date) -> datetime:
    """Return from when the balances of a day count.

    Examples
    --------
    >>> published_by_rule(date(2024, 1, 11)).isoformat()  # a Thursday; two weekdays later is Monday
    '2024-01-16T00:00:00'
    """
    second = session_after(session_after(day, Market.KOREA), Market.KOREA)
    return datetime.combine(second + timedelta(days=1), datetime.min.time())


def parse_krx(
    file: TableSource,
    /,
    *,
    date: date | str | None = None,
    symbol: str | None = None,
    published: Published = None,
) -> Parsed:
    """Parse one table; nothing is stored.

    Parameters
    ----------
    file : path, bytes, DataFrame or pa.Table
        KRX's list of a day or history of a share (UTF-8 or cp949), or pykrx's ``get_shorting_balance`` tables.
    date : date or str, optional
        Day of the balances, where no column has it.
    symbol : str, optional
        The share, where no column has it.
    published : date, datetime, text or mapping, optional
        When they were published, in place of the second weekday after each day.

    Raises
    ------
    NeedsError
        The table leaves share or day open.
    ImportRefusedError
        It is another table, or no row can be used.

    Examples
    --------
    >>> text = "일자,종목코드,순보유잔고수량,상장주식수,비중(%)\\n2024/01/10,005930,\\"3,045,123\\",5969782550,0.05\\n".encode("cp949")
    >>> ((_, _, table),) = parse_krx(text).figures
    >>> table["symbol"][0].as_py(), table["shares"][0].as_py(), table["fraction"][0].as_py()
    ('005930', 3045123, 0.0005)
    """
    table = open_table(in_utf8(read_file(file), "cp949") if isinstance(file, File) else file)
    found = find_columns(table, _WANTED, _OPTIONAL, "table of Korea's net short balances")
    cells = {role: table.cells(name) for role, name in found.items()}
    needs = []
    if "date" not in cells and date is None:
        needs.append(
            f"no column says of which day the balances are: give {keyword('date', 'YYYY-MM-DD')}"
        )
    if "code" not in cells and symbol is None:
        needs.append(f"no column says of which share they are: give {keyword('symbol', 'TICKER')}")
    if needs:
        raise NeedsError(table.name, needs)
    cells.setdefault("date", constant(str(date), table.n_rows))
    if symbol is not None:
        one = Symbol.create(symbol, market=Market.KOREA)
        cells["code"] = constant(one.ticker, table.n_rows)
    dated = days(cells["date"], name=found.get("date", "date"), order="ymd")
    codes = _codes(cells["code"])
    nothing = constant("", table.n_rows)
    shares = counts(cells["shares"], name=found["shares"])
    issued = counts(cells.get("issued", nothing), name="상장주식수", empty=None)
    fraction = percents(cells.get("percent", nothing), name="비중")
    return parsed_figures(
        NET_SHORT,
        Market.KOREA,
        table.name,
        {
            "symbol": codes.values,
            "date": dated.values,
            "holder": nothing,
            "fraction": fraction.array(),
            "shares": shares.array(),
            "issued": issued.array(),
        },
        values.reasons(codes, dated, shares, issued, fraction),
        known_from(dated.values.to_pylist(), Market.KOREA, published_by_rule, published),
        table,
        malformed_rejects(table),
    )


def _codes(column: pa.Array) -> values.Texts:
    """Return short codes: six characters, of which the first is a digit; A005930 has the class before it."""
    codes: list[str | None] = []
    bad: dict[int, str] = {}
    for row, text in enumerate(column.to_pylist()):
        match = _CODE.fullmatch(text.strip().upper())
        codes.append(match[1] if match else None)
        if match is None:
            bad[row] = (
                f"code {text.strip()!r} is not six characters; read codes as text, with their leading zeros"
            )
    return values.Texts(pa.array(codes, pa.string()), bad)


SOURCE = Source(
    name="krx",
    about="Korea's net short balances by share, as KRX publishes them",
    states=("net short positions",),
    parse=parse_krx,
    columns={
        "종목코드": "six characters",
        "일자": "day of the balances",
        "순보유잔고수량, 공매도잔고": "shares, net short",
        "상장주식수": "shares listed",
        "비중(%)": "percent of the shares listed",
    },
    market=Market.KOREA,
    time_zone="Asia/Seoul",
    complete="positions below the reporting threshold are not in it",
    published="the midnight that ends the second weekday after the day",
    options=(
        Option("date", "Day of the balances, where no column has it.", metavar="YYYY-MM-DD"),
        Option("symbol", "The share, where no column has it.", metavar="TICKER"),
        PUBLISHED,
    ),
)
