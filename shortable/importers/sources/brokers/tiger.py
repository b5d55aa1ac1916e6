"""Tiger's contracts (``get_contracts`` of its API): what may be sold short, how many shares, at which fee.

Source: tigeropen, ``tigeropen/trade/domain/contract.py``; the wire spells the same fields in camel case.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pyarrow as pa

from shortable.errors import ImportRefusedError
from shortable.importers import values
from shortable.importers.asked import ASKED, asked_at, one_instant, permitted, yes_note
from shortable.importers.files import File, read_file
from shortable.importers.rows import add_snapshots, read_symbols
from shortable.importers.source import Parsed, Source
from shortable.importers.tables import Table, TableSource, open_table, read_json, records_table
from shortable.json_types import Json, records_of

__all__ = ["SOURCE", "parse_tiger"]

_COLUMNS = ("symbol", "shortable", "shortablecount", "shortfeerate")
_MARKETS = {"HKD": "HK", "AUD": "AU"}
_SHARES = frozenset({"STK", "ETF"})


def parse_tiger(
    file: TableSource,
    /,
    *,
    time: datetime | str | None = None,
    time_zone: str | None = None,
) -> Parsed:
    """Parse one answer; nothing is stored.

    Parameters
    ----------
    file : path, bytes, DataFrame or pa.Table
        JSON of one contract or of many, alone or in ``items`` or ``data``, or the same saved as a table.
    time : datetime or str
        When it was asked for. Naive, without `time_zone`: the latest that the clocks of the markets in it make of it.
    time_zone : str, optional
        Zone of a naive `time`.

    Raises
    ------
    NeedsError
        No time is given.
    ImportRefusedError
        The file holds no contracts, or no row can be used.

    Examples
    --------
    >>> text = b'{"symbol": "NVDA", "market": "US", "shortable": true, "shortableCount": 38061067, "shortFeeRate": 3.75}'
    >>> ((_, snapshot),) = parse_tiger(text, time="2026-07-24 10:00").snapshots
    >>> snapshot.table["quantity"].to_pylist(), snapshot.table["fee_rate"].to_pylist()
    ([38061067], [0.0375])
    """
    table = _opened(file)
    names = {name.replace("_", "").lower(): name for name in table.names}
    if missing := [name for name in _COLUMNS if name not in names]:
        raise ImportRefusedError(
            f"{table.name}: it lacks {', '.join(missing)}; these are no contracts of Tiger's"
        )
    parsed = Parsed(table.name)
    table = _shares(table, names.get("sectype"), parsed)
    if "market" not in names and "currency" in names:
        table = _with_markets(table, names["currency"])
        names["market"] = "market"
    fields = {"symbol": names["symbol"]}
    fields |= {field: names[field] for field in ("market", "currency") if field in names}
    symbols = read_symbols(table, fields, None)
    as_of, notes = asked_at(time, time_zone, symbols, table.name)
    quantities = permitted(
        values.flags(table.cells(names["shortable"]), name="shortable"),
        values.quantities(table.cells(names["shortablecount"]), name="shortable_count", empty=None),
    )
    parsed.notes += [*notes, *yes_note(quantities)]
    add_snapshots(
        parsed,
        table,
        symbols,
        one_instant(as_of, table.n_rows),
        quantities,
        values.rates(table.cells(names["shortfeerate"]), name="short_fee_rate", per_unit=100),
        values.Rates(np.full(table.n_rows, np.nan)),
        complete=False,
    )
    return parsed


def _with_markets(table: Table, currency: str) -> Table:
    """Return contracts that do not name their market with the one that their currency names: 00700 in HKD is Hong Kong's."""
    codes = [text.strip().upper() for text in table.cells(currency).to_pylist()]
    markets = pa.array([_MARKETS.get(code, "") for code in codes], pa.string())
    return replace(
        table, names=[*table.names, "market"], columns={**table.columns, "market": markets}
    )


def _opened(file: TableSource) -> Table:
    if isinstance(file, File):
        file = read_file(file)
        if file.data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            document = read_json(file.data, file.name)
            if isinstance(document, dict) and isinstance(document.get("data"), dict):
                document = document["data"]
            if isinstance(document, dict) and isinstance(document.get("items"), list):
                document = document["items"]
            records: Json = (
                [document] if isinstance(document, dict) and "symbol" in document else document
            )
            if found := records_of(records):
                return records_table(found, file.name)
    return open_table(file)


def _shares(table: Table, column: str | None, parsed: Parsed) -> Table:
    """Leave out futures, options and warrants."""
    if column is None:
        return table
    kinds = [text.strip().upper().rpartition(".")[2] for text in table.cells(column).to_pylist()]
    is_share = np.array([not kind or kind in _SHARES for kind in kinds], dtype=np.bool_)
    others = int(np.count_nonzero(~is_share))
    parsed.pass_over("contracts that are no shares", others)
    parsed.rows_read += others
    if others == table.n_rows:
        raise ImportRefusedError(
            f"{table.name}: none of its contracts is a share; nothing was imported"
        )
    return table.take(np.flatnonzero(is_share)) if others else table


SOURCE = Source(
    name="tiger",
    about="Tiger's contracts, as get_contracts returns them (saved JSON or table)",
    states=("availability",),
    parse=parse_tiger,
    columns={
        "symbol": "ticker",
        "market": "US, HK, AU; empty: US; without the column by the currency",
        "currency": "ISO 4217; default the market's own",
        "sec_type": "STK; others are passed over",
        "shortable": "false: none can be borrowed",
        "shortable_count": "shares; empty: not stated",
        "short_fee_rate": "percent a year",
    },
    market=None,
    time_zone="that of --time",
    complete="an answer has the symbols that were asked for, so its snapshots are partial",
    published="the time that is given",
    options=ASKED,
    default_broker="tiger",
)
