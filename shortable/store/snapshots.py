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
from shortable.store.columns import single, to_numpy
from shortable.store.schema import ROW_SCHEMA, VALUE_COLUMNS
from shortable.symbol import Market

__all__ = ["Snapshot", "SnapshotRows", "digest", "digest_rows", "make_snapshot"]

_TICKER = "^[A-Z0-9][A-Z0-9.+=^*&_]{0,31}$"  # what shortable.symbol calls canonical
_CURRENCY = "^[A-Z]{3}$"
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

    @property
    def rows(self) -> int:
        """Symbols that it names."""
        return int(self.table.num_rows)


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
    if isinstance(as_of, bool) or not isinstance(as_of, (int, np.integer)) or not _FIRST <= as_of <= _LAST:
        raise TimeError("as_of", as_of, "be microseconds since 1970-01-01T00:00Z, an int",
                        "shortable.clock.published_instant makes one of a time.")  # fmt: skip
    given = table if isinstance(table, pa.Table) else _table(table)
    unknown = [name for name in given.column_names if name not in ROW_SCHEMA.names]
    if unknown or len(set(given.column_names)) != given.num_columns:
        raise InvalidInputError("table", given.column_names, f"have columns out of {ROW_SCHEMA.names}, each once")
    size = given.num_rows
    columns = {
        "symbol": _text(given, "symbol", _TICKER, "be a canonical ticker such as 'BRK.B'", None, size),
        "currency": _text(given, "currency", _CURRENCY, "be an ISO 4217 code", market.currency, size),
        "quantity": _quantity(given, size),
        "quantity_is_floor": _flag(given, size),
        "fee_rate": _rate(given, "fee_rate", size),
        "rebate_rate": _rate(given, "rebate_rate", size),
    }
    rows = pa.Table.from_arrays([columns[name] for name in ROW_SCHEMA.names], schema=ROW_SCHEMA)
    order = pc.sort_indices(rows, sort_keys=[("symbol", "ascending"), ("currency", "ascending")])
    rows = rows.take(order).combine_chunks()
    _refuse_duplicates(rows, order)
    return SnapshotRows(int(as_of), bool(complete), rows, bool(made_up))


def digest(table: pa.Table) -> bytes:
    """Return the SHA-256 of a checked table's rows: the same for the same statements, whatever wrote them."""
    columns = {name: to_numpy(table.column(name), name) for name in VALUE_COLUMNS}
    return digest_rows(single(table.column("symbol")), single(table.column("currency")), columns)


def digest_rows(symbols: pa.Array, currencies: pa.Array, columns: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Return the digest of rows in the order of the store, `columns` as `shortable.store.columns.to_numpy` gives them."""
    state = hashlib.sha256(f"{len(symbols)}\n".encode())
    for names in (symbols, currencies):
        whole = pa.ListArray.from_arrays(pa.array([0, len(names)], pa.int32()), names)
        state.update(pc.binary_join(whole, "\n")[0].as_buffer())
    for name in VALUE_COLUMNS:
        state.update(columns[name].astype(_CANONICAL[name]).tobytes())
    return state.digest()


def _table(columns: Mapping[str, Any]) -> pa.Table:
    arrays = {}
    for name, values in columns.items():
        try:
            # Not from_pandas: NaN is a number that nobody may have meant, null is "not stated".
            arrays[str(name)] = pa.array(values, from_pandas=False)
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            raise InvalidInputError(str(name), values, f"be one column of one type ({error})") from None
    try:
        return pa.table(arrays)
    except pa.ArrowException as error:
        raise InvalidInputError("table", list(arrays), f"have columns of one length ({error})") from None


def _refuse(name: str, column: pa.Array, bad: pa.Array | npt.NDArray[np.bool_], bound: str, hint: str = "") -> None:
    rows = np.flatnonzero(np.asarray(bad))
    if len(rows):
        row = int(rows[0])
        value = column[row].as_py()
        more = f" ({len(rows):,} such rows)" if len(rows) > 1 else ""
        raise InvalidInputError(f"{name} in row {row}", value, bound + more, hint)


def _text(given: pa.Table, name: str, pattern: str, bound: str, default: str | None, size: int) -> pa.Array:
    if name not in given.column_names:
        if default is None:
            raise InvalidInputError("table", given.column_names, f"have a column {name!r}")
        return pa.repeat(pa.scalar(default), size)
    column = single(given.column(name))
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_null(column.type):
        column = column.cast(pa.string())
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
            or str(column.type) == "string_view"):  # fmt: skip
        raise InvalidInputError(name, str(column.type), "be text",
                                "Read ticker columns as text: NA, TRUE and CON are tickers.")  # fmt: skip
    column = column.cast(pa.string())
    good = pc.fill_null(pc.match_substring_regex(column, pattern), False)
    _refuse(name, column, pc.invert(good).to_numpy(zero_copy_only=False), bound)
    return column


def _quantity(given: pa.Table, size: int) -> pa.Array:
    if "quantity" not in given.column_names:
        return pa.nulls(size, pa.int64())
    column = single(given.column("quantity"))
    if pa.types.is_null(column.type):
        return column.cast(pa.int64())
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        raise InvalidInputError("quantity", str(column.type), "be numbers of shares")
    bound = "be a whole number of shares, at least 0 and below 2**63"
    hint = "A quantity that is not stated is null (None), not NaN."
    if pa.types.is_floating(column.type):
        numbers = pc.fill_null(column.cast(pa.float64()), 0).to_numpy(zero_copy_only=False)
        with np.errstate(invalid="ignore"):
            bad = ~((numbers >= 0) & (numbers < 2.0**63) & (np.floor(numbers) == numbers))
    elif column.type == pa.uint64():
        bad = pc.fill_null(pc.greater(column, 2**63 - 1), False).to_numpy(zero_copy_only=False)
    else:
        bad = pc.fill_null(pc.less(column, 0), False).to_numpy(zero_copy_only=False)
    _refuse("quantity", column, bad, bound, hint)
    return column.cast(pa.int64())


def _flag(given: pa.Table, size: int) -> pa.Array:
    if "quantity_is_floor" not in given.column_names:
        return pa.repeat(pa.scalar(False), size)
    column = single(given.column("quantity_is_floor"))
    if not pa.types.is_boolean(column.type) or column.null_count:
        raise InvalidInputError("quantity_is_floor", str(column.type), "be True or False in every row")
    return column


def _rate(given: pa.Table, name: str, size: int) -> pa.Array:
    if name not in given.column_names:
        return pa.nulls(size, pa.float64())
    column = single(given.column(name))
    if pa.types.is_null(column.type):
        return column.cast(pa.float64())
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        raise InvalidInputError(name, str(column.type), "be numbers")
    column = column.cast(pa.float64())
    bad = pc.fill_null(pc.invert(pc.is_finite(column)), False).to_numpy(zero_copy_only=False)
    _refuse(name, column, bad, "be a finite annual fraction", "A rate that is not stated is null (None), not NaN.")
    # The one zero: -0.0 would give equal statements two digests.
    return pc.add(column, 0.0)


def _refuse_duplicates(rows: pa.Table, order: pa.Array) -> None:
    if rows.num_rows < 2:
        return
    same = np.ones(rows.num_rows - 1, dtype=np.bool_)
    for name in ("symbol", "currency"):
        column = single(rows.column(name))
        same &= pc.equal(column.slice(1), column.slice(0, len(column) - 1)).to_numpy(zero_copy_only=False)
    again = np.flatnonzero(same)
    if len(again):
        first = int(again[0])
        symbol, currency = (rows.column(n)[first].as_py() for n in ("symbol", "currency"))
        numbers = sorted(order[first + i].as_py() for i in (0, 1))
        raise InvalidInputError("table", f"{symbol} ({currency})", f"name each symbol once: rows {numbers[0]} and "
                                f"{numbers[1]} both name it ({len(again):,} such)")  # fmt: skip
