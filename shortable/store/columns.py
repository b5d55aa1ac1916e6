"""Columns between Arrow and NumPy: in arrays −1 stands for a missing quantity and NaN for a missing rate."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["DTYPES", "from_numpy", "single", "to_numpy"]

DTYPES: dict[str, type[np.generic]] = {
    "as_of": np.int64,
    "quantity": np.int64,
    "quantity_is_floor": np.bool_,
    "fee_rate": np.float64,
    "rebate_rate": np.float64,
}


def single(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Return a column as one array."""
    if isinstance(column, pa.Array):
        return column
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def to_numpy(column: pa.ChunkedArray | pa.Array, name: str) -> npt.NDArray[Any]:
    """Return one of the columns of `DTYPES` as NumPy; times as int64 microseconds. May be read-only."""
    if isinstance(column, pa.ChunkedArray) and column.num_chunks != 1:
        whole = np.empty(len(column), dtype=DTYPES[name])
        position = 0
        for chunk in column.chunks:
            whole[position : position + len(chunk)] = to_numpy(chunk, name)
            position += len(chunk)
        return whole
    array = single(column)
    if name == "as_of":
        array = array.cast(pa.int64())
    if array.null_count:
        array = pc.fill_null(array, -1 if name == "quantity" else float("nan"))
    return array.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def from_numpy(values: npt.NDArray[Any], name: str) -> pa.Array:
    """Return an array as the column that `to_numpy` reads it from."""
    if name == "as_of":
        return pa.array(values).cast(pa.timestamp("us", "UTC"))
    if name == "quantity_is_floor":
        return pa.array(values)
    missing = values < 0 if name == "quantity" else np.isnan(values)
    return pa.array(values, mask=missing if missing.any() else None)
