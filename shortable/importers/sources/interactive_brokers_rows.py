"""The columns of an Interactive Brokers short stock file, as text, to the rows of a snapshot."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shortable.clock import as_datetime, parse_time
from shortable.errors import ImportRefusedError, InvalidInputError, TimeError
from shortable.importers import values
from shortable.importers.report import Reject
from shortable.market import Market
from shortable.store import SnapshotRows, make_snapshot

__all__ = [
    "COLUMNS",
    "RATES",
    "VENDOR_ZONE",
    "find_columns",
    "has_columns",
    "restore_na",
    "restored_note",
    "snapshot_rows",
    "time_stated",
]

COLUMNS = ("sym", "cur", "rebaterate", "feerate", "available")
"""The columns that are read; the vendor's others (names, masked ISINs, contract ids) are not stored."""

RATES = ("rebaterate", "feerate")
"""Those of them that are percent a year."""

VENDOR_ZONE = "America/New_York"
"""Zone of the vendor's time stamps, whatever country the file is for (FORMATS §1)."""


def has_columns(header: Sequence[str]) -> bool:
    """Return whether a header is the vendor's, at least in part."""
    return {"sym", "available"} <= set(_names(header))


def _names(header: Sequence[str]) -> list[str]:
    return [name.strip().lstrip("#").strip().lower() for name in header]


def time_stated(time: datetime | str | None) -> datetime | None:
    """Return the time that the caller states for a whole file.

    Raises
    ------
    TimeError
        It is no time, or a date without one: the vendor publishes every 15 minutes.
    """
    if time is None:
        return None
    if isinstance(time, str) and re.fullmatch(r"\d{4}-?\d\d-?\d\d", time.strip()):
        raise TimeError("time", time, "have a time of day, such as '2021-04-23 19:00'")
    return parse_time(time) if isinstance(time, str) else as_datetime(time, "time")


def find_columns(header: Sequence[str], source: str) -> dict[str, int]:
    """Return where each of `COLUMNS` stands in a header, whose names may begin with ``#`` and have any case.

    Raises
    ------
    ImportRefusedError
        A column is missing or stands there twice.
    """
    names = _names(header)
    missing = [name.upper() for name in COLUMNS if name not in names]
    if missing:
        raise ImportRefusedError(
            f"{source}: not an Interactive Brokers short stock file: its header lacks {', '.join(missing)}; "
            "a header reads #SYM|CUR|NAME|CON|ISIN|REBATERATE|FEERATE|AVAILABLE|"
        )
    twice = [name.upper() for name in COLUMNS if names.count(name) > 1]
    if twice:
        raise ImportRefusedError(f"{source}: its header names {', '.join(twice)} twice")
    return {name: names.index(name) for name in COLUMNS}


def snapshot_rows(
    table: pa.Table,
    *,
    as_of: int,
    complete: bool,
    market: Market,
    source: str,
    locate: Callable[[int], tuple[int, str]],
    lost: Sequence[str] = (),
) -> tuple[SnapshotRows | None, list[Reject]]:
    """Turn one snapshot's text into validated rows, and every row that cannot be used into a reject.

    Parameters
    ----------
    table : pa.Table
        `COLUMNS`, each a single chunk of strings without nulls; rates in percent a year, which may be numbers.
    as_of : int
        Instant from which the snapshot was known.
    complete : bool
        Whether a symbol that is not in it cannot be borrowed.
    market : Market
        Market of the file.
    source : str
        Name of the file.
    locate : callable
        Row to line number and text.
    lost : sequence of str
        Symbols of rows that are not in `table`, for they could not be read at all.

    Returns
    -------
    SnapshotRows or None, list of Reject
        None where no row can be used.
    """
    column = {name: table[name].combine_chunks() for name in COLUMNS}
    symbol = values.tickers(column["sym"], market)
    currency = values.currencies(column["cur"])
    rebate = values.rates(column["rebaterate"], name="REBATERATE", per_unit=100)
    fee = values.rates(column["feerate"], name="FEERATE", per_unit=100)
    shares = values.quantities(column["available"])
    bad = values.reasons(symbol, currency, rebate, fee, shares)
    rows = pa.table(
        {
            "symbol": symbol.values,
            "currency": currency.values,
            "quantity": shares.array(),
            "quantity_is_floor": pa.array(shares.floor),
            "fee_rate": fee.array(),
            "rebate_rate": rebate.array(),
        }
    )
    unreadable = [*lost, *(column["sym"][row].as_py() for row in bad)] if complete else []
    tickers = sorted({ticker for text in unreadable for ticker in values.nearest_tickers(text)})

    def make(bad: dict[int, str]) -> SnapshotRows | None:
        kept = rows
        if bad:
            keep = np.ones(rows.num_rows, dtype=bool)
            keep[list(bad)] = False
            kept = rows.filter(pa.array(keep))
        if not kept.num_rows:
            return None
        named = set(kept["symbol"].to_pylist()) if tickers else set()
        unknown = [ticker for ticker in tickers if ticker not in named]
        return make_snapshot(as_of, kept, complete=complete, market=market, unreadable=unknown)

    try:
        made = make(bad)
    except InvalidInputError:
        # The one fault that is left is a second row for a symbol. Nearly no file has one, so only the store's
        # check looks for it, and it is looked for row by row after that check has failed.
        bad = _with_duplicates(symbol.values, currency.values, bad, locate)
        made = make(bad)
    return made, [Reject(source, *locate(row), reason) for row, reason in bad.items()]


def _with_duplicates(
    symbol: pa.Array,
    currency: pa.Array,
    bad: dict[int, str],
    locate: Callable[[int], tuple[int, str]],
) -> dict[int, str]:
    """Add to the reasons the rows whose (symbol, currency) stands in an earlier row that can be used."""
    seen: dict[tuple[str, str], int] = {}
    for row, key in enumerate(zip(symbol.to_pylist(), currency.to_pylist(), strict=True)):
        if row not in bad and (first := seen.setdefault(key, row)) != row:
            bad[row] = f"duplicate of line {locate(first)[0]}: {key[0]} in {key[1]}"
    return dict(sorted(bad.items()))


def restore_na(part: pa.Table) -> tuple[pa.Table, bool]:
    """Name the one empty symbol NA, which pandas takes for a missing value, unless a row of that name is there."""
    symbol = part["sym"].combine_chunks()
    bare = pc.utf8_trim_whitespace(symbol)
    empty = pc.equal(bare, "")
    if pc.sum(empty).as_py() != 1 or pc.any(pc.equal(pc.utf8_upper(bare), "NA")).as_py():
        return part, False
    named = pc.replace_with_mask(symbol, empty, pa.array(["NA"]))
    return part.set_column(COLUMNS.index("sym"), "sym", named), True


def restored_note(snapshots: int) -> str:
    """Return the note that names where `restore_na` did so."""
    return (
        f"the one empty symbol of {snapshots} snapshot{'s' * (snapshots > 1)} was read as NA, "
        "the ticker that pandas takes for a missing value"
    )
