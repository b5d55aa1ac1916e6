"""Massive's (Polygon's) short interest of US shares, which passes on FINRA's: saved JSON, or a table of its fields."""

from __future__ import annotations

from shortable.importers.headers import find_columns
from shortable.importers.short_interest import LAG, PUBLISHED, Published, us_short_interest
from shortable.importers.source import Parsed, Source
from shortable.importers.tables import TableSource, open_table
from shortable.market import Market

__all__ = ["SOURCE", "parse_massive"]

_WANTED = {
    "symbol": ("ticker",),
    "short": ("short_interest",),
    "volume": ("avg_daily_volume",),
    "cover": ("days_to_cover",),
    "date": ("settlement_date",),
}


def parse_massive(
    source: TableSource, /, *, lag: int | None = None, published: Published = None
) -> Parsed:
    """Parse one answer; nothing is stored.

    Parameters
    ----------
    source : path, bytes, DataFrame or pa.Table
        JSON as the API answers, or its records as a table.
    lag, published : optional
        As in `shortable.importers.sources.finra.parse_finra`.

    Raises
    ------
    ImportRefusedError
        The source is no such answer, or holds no row that can be used.

    Examples
    --------
    >>> text = b'{"results": [{"ticker": "GME", "settlement_date": "2021-01-15", "short_interest": 61782730, '
    >>> text += b'"avg_daily_volume": 29385884, "days_to_cover": 2.1}], "status": "OK"}'
    >>> ((_, _, table),) = parse_massive(text).figures
    >>> table["symbol"].to_pylist(), table["shares_short"].to_pylist()
    (['GME'], [61782730])
    """
    table = open_table(source)
    wanted = find_columns(table, _WANTED, {}, "short interest of Massive's")
    cells = {role: table.cells(column) for role, column in wanted.items()}
    return us_short_interest(cells, wanted, table, table.name, lag=lag, published=published)


SOURCE = Source(
    name="massive",
    about="Massive's (Polygon's) short interest of US shares, which is FINRA's (saved JSON or table)",
    states=("short interest",),
    parse=parse_massive,
    columns={
        "ticker": "ticker",
        "settlement_date": "date of the positions, YYYY-MM-DD",
        "short_interest": "shares",
        "avg_daily_volume": "shares a day",
        "days_to_cover": "days",
    },
    market=Market.USA,
    time_zone="America/New_York",
    complete="an answer has the symbols and dates that were asked for",
    published="as finra",
    options=(LAG, PUBLISHED),
)
