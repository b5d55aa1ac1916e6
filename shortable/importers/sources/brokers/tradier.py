"""Tradier's list of what may be sold short (``GET /v1/markets/etb``): membership, never a number of shares.

Source: Tradier's documentation, "ETB Securities": the list contains the securities that can be sold short with an account.
"""

from __future__ import annotations

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
from shortable.json_types import records_of
from shortable.market import Market

__all__ = ["SOURCE", "parse_tradier"]


def parse_tradier(
    file: TableSource,
    /,
    *,
    time: datetime | str | None = None,
    time_zone: str | None = None,
) -> Parsed:
    """Parse one list; nothing is stored.

    Parameters
    ----------
    file : path, bytes, DataFrame or pa.Table
        JSON as the API answers (a list of one arrives as a single object), or its securities saved as a table.
    time : datetime or str
        When it was asked for; naive: New York, or `time_zone`.
    time_zone : str, optional
        Zone of a naive `time`.

    Raises
    ------
    NeedsError
        No time is given.
    ImportRefusedError
        The file is no such list, or empty.

    Examples
    --------
    >>> text = b'{"securities": {"security": {"symbol": "SPY", "exchange": "P", "type": "etf"}}}'
    >>> ((_, snapshot),) = parse_tradier(text, time="2026-07-24 10:00").snapshots
    >>> snapshot.table["symbol"].to_pylist(), snapshot.table["quantity"].to_pylist(), snapshot.complete
    (['SPY'], [None], True)
    """
    table = _opened(file)
    if "symbol" not in table.names:
        raise ImportRefusedError(
            f"{table.name}: it lacks symbol; this is no list of Tradier's securities"
        )
    if table.n_rows > 1 and {"quantity", "date_acquired"} & set(table.names):
        raise ImportRefusedError(f"{table.name}: these are positions, not the list of /markets/etb")
    symbols = read_symbols(table, {"symbol": "symbol"}, Market.USA)
    as_of, notes = asked_at(time, time_zone, symbols, table.name)
    listed = permitted(values.flags(pa.array(["yes"] * table.n_rows, pa.string()), name="listed"))
    parsed = Parsed(table.name, notes=[*notes, *yes_note(listed)])
    nothing = values.Rates(np.full(table.n_rows, np.nan))
    add_snapshots(
        parsed,
        table,
        symbols,
        one_instant(as_of, table.n_rows),
        listed,
        nothing,
        nothing,
        complete=True,
    )
    return parsed


def _opened(file: TableSource) -> Table:
    if not isinstance(file, File):
        return open_table(file)
    opened = read_file(file)
    if not opened.data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return open_table(opened)
    document = read_json(opened.data, opened.name)
    securities = document.get("securities") if isinstance(document, dict) else None
    listed = securities.get("security") if isinstance(securities, dict) else None
    records = records_of([listed] if isinstance(listed, dict) else listed)
    if records is None:
        raise ImportRefusedError(
            f"{opened.name}: JSON without securities.security; this is no answer of Tradier's /markets/etb"
        )
    if not records:
        raise ImportRefusedError(
            f"{opened.name}: the list is empty; a failed request looks like that, so nothing was imported"
        )
    return records_table(records, opened.name)


SOURCE = Source(
    name="tradier",
    about="Tradier's easy-to-borrow list (saved JSON): membership, without numbers",
    states=("availability",),
    parse=parse_tradier,
    columns={"symbol": "ticker: it may be sold short, how many shares is not stated"},
    market=Market.USA,
    time_zone="that of --time; naive: America/New_York",
    complete="each list is whole: what it leaves out cannot be sold short",
    published="the time that is given",
    options=ASKED,
    default_broker="tradier",
)
