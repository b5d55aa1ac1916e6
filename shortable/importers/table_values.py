"""Quantities, floors and rates of a plain table, whatever type its columns have."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shortable.importers import cells
from shortable.importers.tabular import Tabular, is_text

__all__ = ["Floors", "floor_column", "quantity_column", "rate_column"]

_YES = frozenset({"true", "t", "yes", "y", "1"})
_NO = frozenset({"false", "f", "no", "n", "0", ""})
_LARGEST = 10**18  # what text may say too (cells)


@dataclass
class Floors:
    """Whether each quantity is a floor, and reasons by row."""

    values: npt.NDArray[np.bool_]
    bad: dict[int, str] = field(default_factory=dict)


def quantity_column(table: Tabular, column: str) -> cells.Quantities:
    """Read share counts out of text (where ``>n`` is a floor), whole numbers, or floats that are whole."""
    values = table.values(column)
    kind = values.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        return cells.quantities(table.cells(column), name="quantity", empty="is missing")
    given = ~np.array(values.is_null())
    if pa.types.is_integer(kind):
        raw = np.array(values.fill_null(0))
        shares = raw.astype(np.int64)
        usable = given & (raw >= 0) & (raw <= _LARGEST)
    else:
        raw = np.array(values.cast(pa.float64()).fill_null(np.nan))
        given &= ~np.isnan(raw)
        usable = given & (raw >= 0) & (raw <= _LARGEST) & (raw == np.floor(raw))
        shares = np.where(usable, raw, 0).astype(np.int64)
    read = cells.Quantities(np.where(usable, shares, 0), usable, np.zeros(len(raw), dtype=bool))
    for row in np.flatnonzero(~usable).tolist():
        text = repr(raw[row].item())
        read.bad[row] = (
            cells.quantity_fault("quantity", text) if given[row] else "quantity is missing"
        )
    return read


def floor_column(table: Tabular, column: str | None, said: npt.NDArray[np.bool_]) -> Floors:
    """Read whether quantities are floors: what the quantity itself said (``>n``), or a column of yes and no."""
    if column is None:
        return Floors(said)
    values = table.values(column)
    if pa.types.is_boolean(values.type):
        return Floors(np.array(values.fill_null(False)) | said)
    read = Floors(said.copy())
    for row, text in enumerate(table.cells(column).to_pylist()):
        word = text.strip().lower().removesuffix(".0")
        if word in _YES:
            read.values[row] = True
        elif word not in _NO:
            read.bad[row] = f"quantity_is_floor {text!r} is neither true nor false"
    return read


def rate_column(table: Tabular, column: str | None, name: str, per_unit: float) -> cells.Rates:
    """Read annual rates out of text or numbers; null and NaN are missing."""
    if column is None:
        return cells.Rates(np.full(table.n_rows, np.nan))
    values = table.values(column)
    if is_text(values.type) or pa.types.is_boolean(values.type) or not _is_number(values.type):
        return cells.rates(table.cells(column), name=name, per_unit=per_unit)
    raw = np.array(pc.fill_null(values.cast(pa.float64()), np.nan))
    endless = np.isinf(raw)
    bad = {row: f"{name} {raw[row]} is not finite" for row in np.flatnonzero(endless).tolist()}
    return cells.Rates(cells.fractions(np.where(endless, np.nan, raw), per_unit), bad)


def _is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )
