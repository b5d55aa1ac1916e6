"""Alpaca's assets (``GET /v2/assets``): which may be sold short, yes or no, never how many shares.

What is easy to borrow may be sold short. What is hard to borrow could not be until 2026 and needs a locate since, so it
counts as none: locates are another answer of the API. Source: Alpaca's documentation, "Margin and Short Selling"; its
changelog of 2026-06-05, by which ``borrow_status`` takes the place of ``easy_to_borrow``.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shortable.errors import ImportRefusedError
from shortable.importers import values
from shortable.importers.asked import ASKED, asked_at, one_instant, permitted, yes_note
from shortable.importers.files import File, read_file
from shortable.importers.rows import add_snapshots, read_symbols
from shortable.importers.source import Option, Parsed, Source
from shortable.importers.tables import Table, TableSource, open_table, read_json, records_table
from shortable.market import Market

__all__ = ["SOURCE", "parse_alpaca"]

_STATUSES = {"easy_to_borrow": True, "hard_to_borrow": False, "not_shortable": False}
_SHARES = frozenset({"us_equity", "assetclass.us_equity"})


def parse_alpaca(
    file: TableSource,
    /,
    *,
    time: datetime | str | None = None,
    time_zone: str | None = None,
    complete: bool = False,
) -> Parsed:
    """Parse one answer; nothing is stored.

    Parameters
    ----------
    file : path, bytes, DataFrame or pa.Table
        JSON of one asset or of many, or the same saved as a table.
    time : datetime or str
        When it was asked for; naive: New York, or `time_zone`.
    time_zone : str, optional
        Zone of a naive `time`.
    complete : bool, default False
        Whether the answer lists all assets, so that what it leaves out cannot be sold short.

    Raises
    ------
    NeedsError
        No time is given.
    ImportRefusedError
        The file is no list of assets, or no row can be used.

    Examples
    --------
    >>> text = b'[{"symbol": "GME", "class": "us_equity", "tradable": true, "shortable": true, "easy_to_borrow": false}]'
    >>> ((_, snapshot),) = parse_alpaca(text, time="2026-07-24 10:00").snapshots
    >>> snapshot.table["symbol"].to_pylist(), snapshot.table["quantity"].to_pylist()
    (['GME'], [0])
    """
    table = _opened(file)
    if missing := [name for name in ("symbol", "shortable") if name not in table.names]:
        raise ImportRefusedError(
            f"{table.name}: it lacks {', '.join(missing)}; this is no list of Alpaca's assets"
        )
    if "borrow_status" not in table.names and "easy_to_borrow" not in table.names:
        raise ImportRefusedError(
            f"{table.name}: it lacks borrow_status and easy_to_borrow, without which nobody knows what may be sold short"
        )
    parsed = Parsed(table.name)
    table = _shares(table, parsed)
    symbols = read_symbols(table, {"symbol": "symbol"}, Market.USA)
    as_of, notes = asked_at(time, time_zone, symbols, table.name)
    easy = _easy(table)
    hard = _flags(table, "shortable").values & easy.given & ~easy.values
    quantities = permitted(_may(table, easy))
    parsed.notes += [*notes, *yes_note(quantities)]
    if count := int(np.count_nonzero(hard)):
        parsed.notes.append(f"{count:,} symbols are hard to borrow: none without a locate, so 0")
    nothing = values.Rates(np.full(table.n_rows, np.nan))
    add_snapshots(
        parsed,
        table,
        symbols,
        one_instant(as_of, table.n_rows),
        quantities,
        nothing,
        nothing,
        complete=complete,
    )
    return parsed


def _opened(file: TableSource) -> Table:
    """Open the table; an answer for one asset is a single object."""
    if isinstance(file, File):
        opened = read_file(file)
        if opened.data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
            document = read_json(opened.data, opened.name)
            if isinstance(document, dict) and "symbol" in document:
                return records_table([document], opened.name)
        file = opened
    return open_table(file)


def _shares(table: Table, parsed: Parsed) -> Table:
    """Leave out coins and options, which are no shares."""
    column = next((name for name in ("class", "asset_class") if name in table.names), None)
    if column is None:
        return table
    is_share = np.array(
        [text.strip().lower() in _SHARES for text in table.cells(column).to_pylist()],
        dtype=np.bool_,
    )
    others = int(np.count_nonzero(~is_share))
    parsed.pass_over("assets that are no shares", others)
    parsed.rows_read += others
    if others == table.n_rows:
        raise ImportRefusedError(
            f"{table.name}: none of its assets is a share; nothing was imported"
        )
    return table.take(np.flatnonzero(is_share)) if others else table


def _flags(table: Table, name: str, empty: str | None = "is missing") -> values.Flags:
    return values.flags(table.cells(name), name=name, empty=empty)


def _easy(table: Table) -> values.Flags:
    """Return whether each asset is easy to borrow: ``borrow_status`` where it is stated, else ``easy_to_borrow``."""
    old = values.Flags(*np.zeros((2, table.n_rows), dtype=np.bool_))
    if "easy_to_borrow" in table.names:
        old = _flags(table, "easy_to_borrow", None)
    if "borrow_status" in table.names:
        for row, text in enumerate(table.cells("borrow_status").to_pylist()):
            word = text.strip().lower().rpartition(".")[2]
            if word in _STATUSES:
                old.values[row], old.given[row] = _STATUSES[word], True
                old.bad.pop(row, None)
            elif word:
                old.bad[row] = f"borrow_status {text!r} is none of {', '.join(_STATUSES)}"
    return old


def _may(table: Table, easy: values.Flags) -> values.Flags:
    """Return whether each asset may be sold short: active, tradable, shortable and easy to borrow."""
    may = _flags(table, "shortable")
    no: npt.NDArray[np.bool_] = may.given & ~may.values
    if "tradable" in table.names:
        tradable = _flags(table, "tradable", None)
        no |= tradable.given & ~tradable.values
    if "status" in table.names:
        status: pa.Array = table.cells("status")
        no |= np.array([s.strip().lower().endswith("inactive") for s in status.to_pylist()])
    for row, reason in easy.bad.items():
        may.bad.setdefault(row, reason)
    for row in np.flatnonzero(may.given & may.values & ~no & ~easy.given).tolist():
        may.bad.setdefault(row, "neither borrow_status nor easy_to_borrow is stated")
    may.values &= easy.values & ~no
    may.given |= no
    for row in np.flatnonzero(no).tolist():
        may.bad.pop(row, None)
    return may


SOURCE = Source(
    name="alpaca",
    about="Alpaca's assets, which say whether a share may be sold short (saved JSON)",
    states=("availability",),
    parse=parse_alpaca,
    columns={
        "symbol": "ticker",
        "class": "us_equity; others are passed over",
        "tradable, shortable": "false: none can be borrowed",
        "borrow_status": "easy_to_borrow: yes, without a number; hard_to_borrow: none without a locate",
        "easy_to_borrow": "the same until September 2026",
    },
    market=Market.USA,
    time_zone="that of --time; naive: America/New_York",
    complete="partial, unless --complete states that the answer lists all assets",
    published="the time that is given",
    options=(*ASKED, Option("complete", "The answer lists all assets.", kind=bool)),
    default_broker="alpaca",
)
