"""iborrowdesk.com's JSON of one symbol: what Interactive Brokers showed through the day, and at the end of each day."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pyarrow as pa

from shortable.errors import ImportRefusedError, SymbolError
from shortable.importers import values
from shortable.importers.files import File, read_file
from shortable.importers.needs import NeedsError, keyword
from shortable.importers.rows import Stamps, add_snapshots, one_symbol, read_instants
from shortable.importers.source import Option, Parsed, Source
from shortable.importers.tables import Table
from shortable.importers.times import DayTime, Stamp, parse_stamps
from shortable.json_types import Json, load_json, records_of
from shortable.market import Market
from shortable.symbol import Symbol

__all__ = ["SOURCE", "parse_iborrowdesk"]

_ZONE = "America/New_York"
_CELLS = ("available", "fee", "rebate")


def parse_iborrowdesk(
    file: File, /, *, market: Market | str | None = None, symbol: str | None = None
) -> Parsed:
    """Parse one file; nothing is stored.

    A row of ``daily`` sums up its day, so it was known when that day was over: from the next midnight.

    Parameters
    ----------
    file : path or bytes
        JSON with ``real_time`` and ``daily``, or one of them.
    market : Market or str, optional
        Default what ``country`` states, else the USA.
    symbol : str, optional
        Default what ``symbol`` states.

    Raises
    ------
    NeedsError
        Nothing states the symbol.
    ImportRefusedError
        The file is no such JSON, or holds no row that can be used.

    Examples
    --------
    >>> text = b'{"symbol": "GME", "daily": [{"available": 500, "fee": 0.25, "rebate": null, "date": "2021-01-04"}]}'
    >>> ((_, snapshot),) = parse_iborrowdesk(text).snapshots
    >>> snapshot.table["fee_rate"].to_pylist(), snapshot.as_of == 1609822800 * 10**6  # 2021-01-05 00:00 in New York
    ([0.0025], True)
    """
    opened = read_file(file)
    document = _document(opened.data, opened.name)
    ticker = symbol or document.get("symbol")
    if not isinstance(ticker, str):
        raise NeedsError(
            opened.name, [f"the JSON does not state the symbol: give {keyword('symbol', 'TICKER')}"]
        )
    stamps: list[Stamp | str | None] = []
    records: list[dict[str, Json]] = []
    for kind, key in (("real_time", "time"), ("daily", "date")):
        for record in _records(document, kind, opened.name):
            (stamp,) = parse_stamps([_text(record.get(key)) or None])
            if kind == "daily" and stamp is not None and not isinstance(stamp, str):
                stamp += timedelta(days=1)
            stamps.append(stamp)
            records.append(record)
    columns = {
        name: pa.array([_text(record.get(name)) for record in records], pa.string())
        for name in (*_CELLS, "time", "date")
    }
    table = Table(opened.name, list(columns), columns, len(records))
    one = Symbol.create(ticker, market=_market(document, market, opened.name))
    symbols = one_symbol(one, len(records))
    of_row = np.arange(len(records), dtype=np.int64)
    parsed = Parsed(opened.name)
    add_snapshots(
        parsed,
        table,
        symbols,
        read_instants(Stamps(stamps, of_row, _ZONE, DayTime(start_of_day=True)), symbols),
        values.quantities(columns["available"], name="available"),
        values.rates(columns["fee"], name="fee", per_unit=100),
        values.rates(columns["rebate"], name="rebate", per_unit=100),
        complete=False,
    )
    return parsed


def _document(data: bytes, name: str) -> dict[str, Json]:
    try:
        document = load_json(data, numbers_as_text=True)
    except ValueError:
        raise ImportRefusedError(f"{name}: not JSON; nothing was imported") from None
    if not isinstance(document, dict) or not {"real_time", "daily"} & set(document):
        raise ImportRefusedError(
            f"{name}: JSON without real_time or daily; this is no file of iborrowdesk"
        )
    return document


def _records(document: dict[str, Json], kind: str, name: str) -> list[dict[str, Json]]:
    records = records_of(document.get(kind) or [])
    if records is None:
        raise ImportRefusedError(f"{name}: its {kind!r} is no list of records")
    return records


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _market(document: dict[str, Json], given: Market | str | None, name: str) -> Market:
    stated = given or document.get("country") or Market.USA
    try:
        return Market(str(stated))
    except SymbolError as error:
        raise ImportRefusedError(f"{name}: {error}") from None


SOURCE = Source(
    name="iborrowdesk",
    about="iborrowdesk's JSON of one symbol, with Interactive Brokers' availability",
    states=("availability",),
    parse=parse_iborrowdesk,
    columns={
        "symbol": "ticker",
        "available": "shares",
        "fee, rebate": "percent a year",
        "time": "of real_time",
        "date": "of daily",
    },
    market=None,
    time_zone=_ZONE,
    complete="each file is of one symbol, so its snapshots are partial",
    published="the time of a row of real_time; the midnight after the date of a row of daily",
    options=(
        Option("market", "Market of the symbol. Default: what the JSON states.", metavar="MARKET"),
        Option("symbol", "The symbol, where the JSON does not state it.", metavar="SYMBOL"),
    ),
    default_broker="iborrowdesk",
)
