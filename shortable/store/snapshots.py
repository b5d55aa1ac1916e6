"""Snapshots: what a broker said about one market at one instant, checked before it may enter the store."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shortable.errors import InvalidInputError, TimeError
from shortable.store.checks import (
    as_table,
    currencies,
    flag,
    is_ascending,
    quantity,
    rate,
    refuse_duplicates,
    tickers,
)
from shortable.store.columns import single, to_numpy
from shortable.store.schema import ROW_SCHEMA, VALUE_COLUMNS
from shortable.symbol import Market

__all__ = ["Snapshot", "SnapshotRows", "digest", "digest_rows", "make_snapshot"]

_CANONICAL = {"quantity": "<i8", "quantity_is_floor": "u1", "fee_rate": "<f8", "rebate_rate": "<f8"}
# datetime's own range, so that every instant in the store can be shown as a date.
_FIRST, _LAST = -62_135_596_800_000_000, 253_402_300_799_999_999


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One entry of the list of snapshots."""

    market: Market
    """Market that it speaks of."""
    as_of: int
    """Microseconds since 1970-01-01T00:00Z from which it was known."""
    complete: bool
    """A symbol that it does not name cannot be borrowed (S3)."""
    rows: int
    """Symbols that it names."""
    digest: str
    """SHA-256, hex, of its rows without the time: a stale repeat has the digest of what it repeats."""
    made_up: bool
    """Sample data, not a vendor's."""


@dataclass(frozen=True, slots=True, eq=False)
class SnapshotRows:
    """A snapshot on its way into the store. Made by `make_snapshot`, which checks and sorts it."""

    as_of: int
    """Microseconds since 1970-01-01T00:00Z from which it was known."""
    complete: bool
    """A symbol that it does not name cannot be borrowed (S3)."""
    table: pa.Table
    """Columns of `ROW_SCHEMA`, sorted by symbol and currency."""
    made_up: bool = False
    """Sample data, not a vendor's."""

    def __post_init__(self) -> None:
        check_instant(self.as_of)
        if not (
            isinstance(self.table, pa.Table)
            and self.table.schema.equals(ROW_SCHEMA)
            and is_ascending(self.table)
        ):
            raise InvalidInputError(
                "table",
                type(self.table).__name__,
                "be checked and sorted",
                "shortable.store.make_snapshot does both.",
            )

    @property
    def rows(self) -> int:
        """Symbols that it names."""
        return int(self.table.num_rows)


def check_instant(as_of: Any) -> None:
    """Refuse what is no instant.

    Raises
    ------
    TimeError
        Not a whole number, or outside the years 1 to 9999.
    """
    if (
        isinstance(as_of, bool)
        or not isinstance(as_of, (int, np.integer))
        or not _FIRST <= as_of <= _LAST
    ):
        raise TimeError(
            "as_of",
            as_of,
            "be microseconds since 1970-01-01T00:00Z, an int",
            "shortable.clock.published_instant makes one of a time.",
        )


def make_snapshot(
    as_of: int,
    table: pa.Table | Mapping[str, Any],
    *,
    complete: bool,
    made_up: bool = False,
    market: Market = Market.USA,
) -> SnapshotRows:
    """Check and sort what a broker said at one instant.

    Parameters
    ----------
    as_of : int
        Microseconds since 1970-01-01T00:00Z from which it was known (`shortable.clock.published_instant`).
    table : pa.Table, or mapping of column names to arrays
        ``symbol`` (canonical ticker without market) and, each optional, ``currency`` (default the market's
        own), ``quantity`` (whole shares, null: not stated), ``quantity_is_floor`` (default False),
        ``fee_rate`` and ``rebate_rate`` (annual fractions, null: not stated). Other columns are refused.
    complete : bool
        Whether a symbol that is not named cannot be borrowed.
    made_up : bool
        Sample data.
    market : Market
        Only for the default currency.

    Raises
    ------
    InvalidInputError
        Names the column, the value and the row (0 is the first): a ticker or currency that is none, a quantity
        that is negative, fractional or not a number, a rate that is not finite, a symbol named twice.

    Examples
    --------
    >>> made = make_snapshot(0, {"symbol": ["SPY", "AAPL"], "quantity": [300, None]}, complete=True)
    >>> made.table.column("symbol").to_pylist(), made.table.column("quantity").to_pylist()
    (['AAPL', 'SPY'], [None, 300])
    """
    check_instant(as_of)
    given = table if isinstance(table, pa.Table) else as_table(table)
    unknown = [name for name in given.column_names if name not in ROW_SCHEMA.names]
    if unknown or len(set(given.column_names)) != given.num_columns:
        raise InvalidInputError(
            "table", given.column_names, f"have columns out of {ROW_SCHEMA.names}, each once"
        )
    columns = {
        "symbol": tickers(given),
        "currency": currencies(given, market.currency),
        "quantity": quantity(given),
        "quantity_is_floor": flag(given),
        "fee_rate": rate(given, "fee_rate"),
        "rebate_rate": rate(given, "rebate_rate"),
    }
    rows = pa.Table.from_arrays([columns[name] for name in ROW_SCHEMA.names], schema=ROW_SCHEMA)
    if not is_ascending(rows):
        order = pc.sort_indices(
            rows, sort_keys=[("symbol", "ascending"), ("currency", "ascending")]
        )
        rows = rows.take(order).combine_chunks()
        refuse_duplicates(rows, order)
    return SnapshotRows(int(as_of), bool(complete), rows, bool(made_up))


def digest(table: pa.Table) -> bytes:
    """Return the SHA-256 of a checked table's rows: the same for the same statements, whatever wrote them."""
    columns = {name: to_numpy(table.column(name), name) for name in VALUE_COLUMNS}
    return digest_rows(single(table.column("symbol")), single(table.column("currency")), columns)


def digest_rows(
    symbols: pa.Array, currencies: pa.Array, columns: Mapping[str, npt.NDArray[Any]]
) -> bytes:
    """Return the digest of rows in the order of the store, `columns` as `shortable.store.columns.to_numpy` gives them."""
    state = hashlib.sha256(f"{len(symbols)}\n".encode())
    for names in (symbols, currencies):
        whole = pa.ListArray.from_arrays(pa.array([0, len(names)], pa.int32()), names)
        state.update(pc.binary_join(whole, "\n")[0].as_buffer())
    for name in VALUE_COLUMNS:
        state.update(columns[name].astype(_CANONICAL[name]).tobytes())
    return state.digest()
