"""Futu's (moomoo's) margin ratios, as ``get_margin_ratio`` of its API returns them, saved as a table."""

from __future__ import annotations

import re
from datetime import datetime

import numpy as np
import pyarrow as pa

from shortable.clock import published_instant, zone
from shortable.errors import ImportRefusedError, InvalidInputError, SymbolError
from shortable.importers import values
from shortable.importers.needs import NeedsError, keyword
from shortable.importers.rows import Instants, Symbols, add_snapshots
from shortable.importers.source import TIME_ZONE, Option, Parsed, Source
from shortable.importers.tables import Table, TableSource, open_table
from shortable.importers.times import parse_stamps
from shortable.market import Market
from shortable.symbol import Symbol

__all__ = ["SOURCE", "parse_futu"]

_COLUMNS = ("code", "is_short_permit", "short_pool_remain", "short_fee_rate")
_MARKETS = {"US": Market.USA, "HK": Market.HKEX}
_CODE = re.compile(r"([A-Z]{2})\.(.+)")


def parse_futu(
    file: TableSource,
    /,
    *,
    time: datetime | str | None = None,
    time_zone: str | None = None,
) -> Parsed:
    """Parse one table; nothing is stored.

    Parameters
    ----------
    file : path, bytes, DataFrame or pa.Table
        Columns ``code``, ``is_short_permit``, ``short_pool_remain``, ``short_fee_rate``.
    time : datetime or str
        When it was asked for. One instant for the rows of all markets: without an offset and without `time_zone`, the
        latest that the clocks of these markets make of it.
    time_zone : str, optional
        Zone of a naive `time`.

    Raises
    ------
    NeedsError
        No time is given.
    ImportRefusedError
        The table lacks a column, or no row can be used.

    Examples
    --------
    >>> text = b"code,is_short_permit,short_pool_remain,short_fee_rate\\nUS.GME,True,1200.0,0.89\\nUS.AMC,False,,\\n"
    >>> ((_, snapshot),) = parse_futu(text, time="2026-07-24 10:00").snapshots
    >>> snapshot.table["symbol"].to_pylist(), snapshot.table["quantity"].to_pylist()
    (['AMC', 'GME'], [0, 1200])
    """
    table = open_table(file)
    names = {name.strip().lower(): name for name in table.names}
    if missing := [name for name in _COLUMNS if name not in names]:
        raise ImportRefusedError(
            f"{table.name}: its header lacks {', '.join(missing)}; this is no table of Futu's margin ratios"
        )
    if time is None:
        raise NeedsError(
            table.name, [f"no column has a time: give {keyword('time')}, when it was asked for"]
        )
    cells = {name: table.cells(names[name]) for name in _COLUMNS}
    symbols = _symbols(table, names["code"])
    as_of, note = _instant(time, time_zone, symbols)
    parsed = Parsed(table.name)
    parsed.notes += note
    add_snapshots(
        parsed,
        table,
        symbols,
        Instants(np.full(table.n_rows, as_of, dtype=np.int64)),
        _quantities(cells["is_short_permit"], cells["short_pool_remain"]),
        values.rates(cells["short_fee_rate"], name="short_fee_rate", per_unit=100),
        values.Rates(np.full(table.n_rows, np.nan)),
        complete=False,
    )
    return parsed


def _symbols(table: Table, column: str) -> Symbols:
    """Read codes such as ``US.BRK.B`` and ``HK.00700``."""
    texts = table.cells(column).to_pylist()
    named: dict[Symbol, int] = {}
    of_row = np.full(len(texts), -1, dtype=np.int64)
    bad: dict[int, str] = {}
    for row, text in enumerate(texts):
        match = _CODE.fullmatch(text.strip().upper())
        market = _MARKETS.get(match[1]) if match else None
        if match is None or market is None:
            bad[row] = f"code {text!r} is of no market that is read; one reads US.GME or HK.00700"
            continue
        try:
            symbol = Symbol.create(match[2], market=market)
        except SymbolError as error:
            bad[row] = str(error)
            continue
        of_row[row] = named.setdefault(symbol, len(named))
    return Symbols(list(named), of_row, Market.USA, lambda row: str(texts[row]), column, bad)


def _instant(
    time: datetime | str, time_zone: str | None, symbols: Symbols
) -> tuple[int, list[str]]:
    """Return the one instant of all rows, and how a time that does not state it was read."""
    (stamp,) = parse_stamps([time])
    if not isinstance(stamp, datetime):
        raise InvalidInputError("time", time, "be a date and time such as '2021-04-23 20:00'")
    if time_zone is not None:
        zone(time_zone)
    markets = list(dict.fromkeys(symbol.market for symbol in symbols.named)) or [Market.USA]
    if stamp.tzinfo is not None or time_zone is not None:
        return published_instant(stamp, time_zone=time_zone), []
    at = {published_instant(stamp, market): market for market in markets}
    latest = max(at)
    if len(at) == 1:
        return latest, []
    return latest, [
        f"the time was read on the clock of {at[latest].time_zone}, the latest of the markets in it; give "
        f"{keyword('time_zone', 'ZONE')} or a time with an offset to state another"
    ]


def _quantities(permit: pa.Array, pool: pa.Array) -> values.Quantities:
    """Read the pool; none where shorting is not permitted, not stated where it is and the pool is empty."""
    read = values.quantities(pool, name="short_pool_remain", empty=None)
    for row, text in enumerate(permit.to_pylist()):
        word = text.strip().lower()
        if word in ("false", "0", "0.0"):
            read.bad.pop(row, None)
            read.shares[row], read.given[row], read.floor[row] = 0, True, False
        elif word not in ("true", "1", "1.0"):
            read.bad[row] = f"is_short_permit {text!r} is neither True nor False"
    return read


SOURCE = Source(
    name="futu",
    about="Futu's (moomoo's) margin ratios, as get_margin_ratio returns them (a saved table)",
    states=("availability",),
    parse=parse_futu,
    columns={
        "code": "US.GME, HK.00700",
        "is_short_permit": "False: none can be borrowed",
        "short_pool_remain": "shares; empty: not stated",
        "short_fee_rate": "percent a year",
    },
    market=None,
    time_zone="that of --time",
    complete="a table has the codes that were asked for, so its snapshots are partial",
    published="the time that is given",
    options=(
        Option("time", "When it was asked for.", kind=datetime, metavar="TIME"),
        TIME_ZONE,
    ),
    default_broker="futu",
)
