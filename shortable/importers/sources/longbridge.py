"""Longbridge's short positions, saved as JSON files of one security each."""

from __future__ import annotations

from datetime import datetime

from shortable.clock import parse_time
from shortable.errors import ImportRefusedError, InvalidInputError
from shortable.importers.files import File, read_file
from shortable.importers.source import Option, Parsed, Source
from shortable.importers.times import LIKELY_YEARS
from shortable.json_types import load_json
from shortable.short_interest.positions import to_table
from shortable.short_interest.wire import from_json
from shortable.store import SHORT_INTEREST

__all__ = ["SOURCE", "parse_longbridge"]


def parse_longbridge(
    file: File, /, *, symbol: str | None = None, fetched: datetime | str | None = None
) -> Parsed:
    """Parse one response, in the documented form or the wire's; nothing is stored.

    Parameters
    ----------
    file : path or bytes
        JSON of one security.
    symbol : str, optional
        The security, where the response does not name it: the documented form does not.
    fetched : datetime or text, optional
        When it was fetched, aware or exchange-local: the latest that its rows were known.

    Raises
    ------
    ImportRefusedError
        The file is no JSON, an error response, or has a row that cannot be read.
    """
    opened = read_file(file)
    moment = parse_time(fetched, parameter="fetched") if isinstance(fetched, str) else fetched
    try:
        document = load_json(opened.data)
    except ValueError:
        raise ImportRefusedError(f"{opened.name}: not JSON; nothing was imported") from None
    if not isinstance(document, (dict, list)):
        raise ImportRefusedError(f"{opened.name}: JSON that is no answer; nothing was imported")
    try:
        positions = from_json(document, symbol)
        table = to_table(positions, moment)
    except InvalidInputError as error:
        raise ImportRefusedError(f"{opened.name}: {error}") from None
    for row in positions:
        if row.settlement_date.year not in LIKELY_YEARS:
            raise ImportRefusedError(
                f"{opened.name}: the settlement date {row.settlement_date} is out of range"
            )
    parsed = Parsed(opened.name, rows_read=len(positions))
    parsed.figures.append((SHORT_INTEREST, positions.market, table))
    return parsed


SOURCE = Source(
    name="longbridge",
    about="Longbridge's short positions of one security, US or Hong Kong (saved JSON)",
    states=("short interest",),
    parse=parse_longbridge,
    columns={
        "timestamp": "settlement date: RFC 3339 or unix seconds",
        "current_shares_short, amount": "shares",
        "avg_daily_share_volume": "shares a day",
        "days_to_cover": "days",
        "rate": "fraction of the shares outstanding",
        "close, cost": "price in the market's currency",
        "balance": "market value in the market's currency",
    },
    market=None,
    time_zone="the exchange's",
    complete="each file is of one security",
    published="the publisher's schedule, or when the response was fetched if that was earlier",
    options=(
        Option("symbol", "The security, where the response does not name it.", metavar="SYMBOL"),
        Option(
            "fetched",
            "When the files were fetched: the latest that their rows were known.",
            kind=datetime,
            metavar="TIME",
            flag="--time",
        ),
    ),
)
