"""Futu's (moomoo's) margin ratios, as ``get_margin_ratio`` of its API returns them, saved as a table."""

from __future__ import annotations

import re
from datetime import datetime

import numpy as np

from shortable.errors import ImportRefusedError, SymbolError
from shortable.importers import values
from shortable.importers.asked import ASKED, asked_at, one_instant, permitted
from shortable.importers.publishers import counts
from shortable.importers.rows import Symbols, add_snapshots
from shortable.importers.source import Parsed, Source
from shortable.importers.tables import Table, TableSource, open_table
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
    cells = {name: table.cells(names[name]) for name in _COLUMNS}
    symbols = _symbols(table, names["code"])
    as_of, note = asked_at(time, time_zone, symbols, table.name)
    parsed = Parsed(table.name)
    parsed.notes += note
    add_snapshots(
        parsed,
        table,
        symbols,
        one_instant(as_of, table.n_rows),
        permitted(
            values.flags(cells["is_short_permit"], name="is_short_permit"),
            counts(cells["short_pool_remain"], name="short_pool_remain", empty=None),
        ),
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
    options=ASKED,
    default_broker="futu",
)
