"""The columns of a snapshot: each brought to its type, or refused with the row that cannot be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shortable.errors import InvalidInputError
from shortable.store.columns import single

__all__ = [
    "as_table",
    "currencies",
    "flag",
    "is_ascending",
    "quantity",
    "rate",
    "refuse_duplicates",
    "tickers",
]

_TICKER = "^[A-Z0-9][A-Z0-9.+=^*&_]{0,31}$"  # what shortable.symbol calls canonical
_CURRENCY = re.compile("[A-Z]{3}")
_TEXT = ("string", "large_string", "string_view")


def as_table(columns: Mapping[str, Any]) -> pa.Table:
    """Return a mapping of columns as a table; null and NaN stay apart."""
    arrays = {}
    for name, values in columns.items():
        try:
            # Not from_pandas: NaN is a number that nobody may have meant, null is "not stated".
            arrays[str(name)] = pa.array(values, from_pandas=False)
        except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            raise InvalidInputError(
                str(name), values, f"be one column of one type ({error})"
            ) from None
    try:
        return pa.table(arrays)
    except pa.ArrowException as error:
        raise InvalidInputError(
            "table", list(arrays), f"have columns of one length ({error})"
        ) from None


def _refuse(
    name: str, column: pa.Array, bad: npt.NDArray[np.bool_], bound: str, hint: str = ""
) -> None:
    rows = np.flatnonzero(bad)
    if len(rows):
        row = int(rows[0])
        value = column[row].as_py()
        more = f" ({len(rows):,} such rows)" if len(rows) > 1 else ""
        raise InvalidInputError(f"{name} in row {row}", value, bound + more, hint)


def tickers(given: pa.Table) -> pa.Array:
    """Return the tickers, each canonical."""
    if "symbol" not in given.column_names:
        raise InvalidInputError("table", given.column_names, "have a column 'symbol'")
    column = _text(given, "symbol")
    bad = pc.invert(pc.fill_null(pc.match_substring_regex(column, _TICKER), False))
    _refuse(
        "symbol",
        column,
        bad.to_numpy(zero_copy_only=False),
        "be a canonical ticker such as 'BRK.B'",
        "shortable.symbol.canonical_ticker makes one.",
    )
    return column


def currencies(given: pa.Table, default: str) -> pa.Array:
    """Return the currencies, the market's own where none is given."""
    if "currency" not in given.column_names:
        return pa.repeat(pa.scalar(default), given.num_rows)
    column = _text(given, "currency")
    few = [
        name
        for name in pc.unique(column).to_pylist()
        if name is None or not _CURRENCY.fullmatch(name)
    ]
    if few:
        bad = pc.is_in(column, pa.array(few, pa.string()))
        _refuse(
            "currency",
            column,
            bad.to_numpy(zero_copy_only=False),
            "be an ISO 4217 code of three letters",
        )
    return column


def _text(given: pa.Table, name: str) -> pa.Array:
    column = single(given.column(name))
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if not (pa.types.is_null(column.type) or str(column.type) in _TEXT):
        raise InvalidInputError(
            name,
            str(column.type),
            "be text",
            "Read ticker columns as text: NA, TRUE and CON are tickers.",
        )
    return column.cast(pa.string())


def quantity(given: pa.Table) -> pa.Array:
    """Return the quantities as int64; null is not stated."""
    if "quantity" not in given.column_names:
        return pa.nulls(given.num_rows, pa.int64())
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
        bad = pc.fill_null(pc.greater(column, pa.scalar(2**63 - 1, pa.uint64())), False).to_numpy(
            zero_copy_only=False
        )
    else:
        bad = pc.fill_null(pc.less(column, 0), False).to_numpy(zero_copy_only=False)
    _refuse("quantity", column, bad, bound, hint)
    return column.cast(pa.int64())


def flag(given: pa.Table) -> pa.Array:
    """Return which quantities are floors; none, where the table does not say."""
    if "quantity_is_floor" not in given.column_names:
        return pa.repeat(pa.scalar(False), given.num_rows)
    column = single(given.column("quantity_is_floor"))
    if not pa.types.is_boolean(column.type) or column.null_count:
        raise InvalidInputError(
            "quantity_is_floor", str(column.type), "be True or False in every row"
        )
    return column


def rate(given: pa.Table, name: str) -> pa.Array:
    """Return a rate as float64; null is not stated."""
    if name not in given.column_names:
        return pa.nulls(given.num_rows, pa.float64())
    column = single(given.column(name))
    if pa.types.is_null(column.type):
        return column.cast(pa.float64())
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        raise InvalidInputError(name, str(column.type), "be numbers")
    column = column.cast(pa.float64())
    bad = pc.fill_null(pc.invert(pc.is_finite(column)), False).to_numpy(zero_copy_only=False)
    _refuse(
        name,
        column,
        bad,
        "be a finite annual fraction",
        "A rate that is not stated is null (None), not NaN.",
    )
    # The one zero: -0.0 would give equal statements two digests.
    return pc.add(column, 0.0)


def is_ascending(rows: pa.Table) -> bool:
    """Whether the keys ascend, so that none stands twice."""
    if rows.num_rows < 2:
        return True
    symbols, codes = (single(rows.column(name)) for name in ("symbol", "currency"))
    before, after = symbols.slice(0, len(symbols) - 1), symbols.slice(1)
    ascends = pc.less(before, after)
    if pc.all(ascends).as_py():
        return True
    same = pc.and_(pc.equal(before, after), pc.less(codes.slice(0, len(codes) - 1), codes.slice(1)))
    return bool(pc.all(pc.or_(ascends, same)).as_py())


def refuse_duplicates(rows: pa.Table, order: pa.Array) -> None:
    """Refuse sorted rows that name a key twice; `order` says where they stood before."""
    same = np.ones(rows.num_rows - 1, dtype=np.bool_)
    for name in ("symbol", "currency"):
        column = single(rows.column(name))
        same &= pc.equal(column.slice(1), column.slice(0, len(column) - 1)).to_numpy(
            zero_copy_only=False
        )
    again = np.flatnonzero(same)
    if len(again):
        first = int(again[0])
        symbol, currency = (rows.column(n)[first].as_py() for n in ("symbol", "currency"))
        numbers = sorted(order[first + i].as_py() for i in (0, 1))
        raise InvalidInputError(
            "table",
            f"{symbol} ({currency})",
            f"name each symbol once: rows {numbers[0]} and "
            f"{numbers[1]} both name it ({len(again):,} such)",
        )
