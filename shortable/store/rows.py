"""Rows in memory, sorted, and how several batches of them become one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from shortable.store.columns import to_numpy
from shortable.store.schema import VALUE_COLUMNS
from shortable.store.snapshots import SnapshotRows

__all__ = ["Rows", "gather", "merge"]


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows of many snapshots, sorted by symbol, currency and time; arrays of shape (rows,)."""

    tickers: list[str]
    """Of every key, of shape (keys,), ascending; one quoted in two currencies stands twice."""
    currencies: list[str]
    """Of every key, of shape (keys,)."""
    codes: npt.NDArray[np.int32]
    """Key of each row, ascending."""
    as_of: npt.NDArray[np.int64]
    """Microseconds since 1970-01-01T00:00Z."""
    columns: dict[str, npt.NDArray[Any]]
    """`VALUE_COLUMNS`: −1 and NaN stand for what is not stated."""


def gather(snapshots: list[SnapshotRows]) -> Rows:
    """Return the rows of several snapshots."""
    ordered = sorted(snapshots, key=lambda one: one.as_of)
    table = pa.concat_tables([one.table for one in ordered])
    symbols, symbol_codes = _encode(table.column("symbol"))
    currencies, currency_codes = _encode(table.column("currency"))
    width = max(len(currencies), 1)
    codes = symbol_codes * width + currency_codes
    used = np.flatnonzero(np.bincount(codes, minlength=len(symbols) * width))
    rank = np.zeros(len(symbols) * width, dtype=np.int32)
    rank[used] = np.arange(len(used), dtype=np.int32)
    as_of = np.repeat([one.as_of for one in ordered], [one.rows for one in ordered]).astype(np.int64)
    rows = Rows(
        [symbols[i // width] for i in used.tolist()],
        [currencies[i % width] for i in used.tolist()],
        rank[codes],
        as_of,
        {name: to_numpy(table.column(name), name) for name in VALUE_COLUMNS},
    )
    return _take(rows, _stable_order(rows.codes, len(used)))


def merge(batches: list[Rows]) -> Rows:
    """Return several sorted batches as one."""
    keys = sorted({key for one in batches for key in zip(one.tickers, one.currencies, strict=True)})
    code_of = {key: code for code, key in enumerate(keys)}
    codes = []
    for one in batches:
        there = np.array([code_of[key] for key in zip(one.tickers, one.currencies, strict=True)], dtype=np.int32)
        codes.append(there[one.codes])
    rows = Rows(
        [ticker for ticker, _ in keys],
        [currency for _, currency in keys],
        np.concatenate(codes),
        np.concatenate([one.as_of for one in batches]),
        {name: np.concatenate([one.columns[name] for one in batches]) for name in VALUE_COLUMNS},
    )
    return _take(rows, np.lexsort((rows.as_of, rows.codes)))


def _encode(column: pa.ChunkedArray) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Return the sorted distinct values and each row's position among them."""
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    names: list[str] = encoded.dictionary.to_pylist()
    order = sorted(range(len(names)), key=names.__getitem__)
    rank = np.empty(len(names), dtype=np.int64)
    rank[order] = np.arange(len(names))
    return [names[i] for i in order], rank[encoded.indices.to_numpy()]


def _stable_order(codes: npt.NDArray[np.int32], keys: int) -> npt.NDArray[np.int64]:
    # NumPy sorts 16-bit integers by radix, about five times faster than wider ones.
    narrow = codes.astype(np.uint16) if keys <= 1 << 16 else codes
    return np.argsort(narrow, kind="stable")


def _take(rows: Rows, order: npt.NDArray[np.int64]) -> Rows:
    return Rows(
        rows.tickers,
        rows.currencies,
        rows.codes[order],
        rows.as_of[order],
        {name: values[order] for name, values in rows.columns.items()},
    )
