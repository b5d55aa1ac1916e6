"""Columns of one length that grow by blocks: millions of lines in as few bytes as they need."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from shortable.arrays import Array

__all__ = ["Columns"]


class Columns:
    """Columns by name.

    Examples
    --------
    >>> found = Columns(row=np.int32, cost=np.float64)
    >>> found.add(row=np.array([1, 2]), cost=np.array([0.5, 0.25]))
    >>> len(found), found["cost"].tolist()
    (2, [0.5, 0.25])
    """

    def __init__(self, **types: npt.DTypeLike) -> None:
        self._types = types
        self._blocks: dict[str, list[Array]] = {name: [] for name in types}
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, **values: Array) -> None:
        """Append a block: one array for each column, all of one length."""
        lengths = {len(values[name]) for name in self._types}
        (length,) = lengths
        if length:
            for name, kind in self._types.items():
                given = np.asarray(values[name], dtype=kind)
                narrow = _narrow(given)
                self._blocks[name].append(narrow.copy() if narrow is values[name] else narrow)
            self._length += length

    def __getitem__(self, name: str) -> npt.NDArray[Any]:  # of the type that was declared
        """Return a column, its blocks put together, as the type that it was declared."""
        blocks = self._blocks[name]
        if len(blocks) > 1:
            blocks[:] = [np.concatenate(blocks)]
        kind = self._types[name]
        return blocks[0].astype(kind, copy=False) if blocks else np.empty(0, dtype=kind)


def _narrow(values: Array) -> Array:
    """Return whole numbers in the narrowest type that holds every one of the block, to the last bit; shares, rows, columns."""
    for kind in (np.int16, np.int32):
        if values.dtype == np.bool_ or values.dtype.itemsize <= np.dtype(kind).itemsize:
            continue
        # Most prices are told by the first few.
        if _as(values[:64], kind) is not None and (narrow := _as(values, kind)) is not None:
            return narrow
    return values


def _as(values: Array, kind: type[np.int16 | np.int32]) -> Array | None:
    """Return values in a narrower type, None where it does not hold each of them, to the last bit."""
    with np.errstate(invalid="ignore"):
        narrow = values.astype(kind)
    bits = np.dtype(f"u{values.dtype.itemsize}")
    same = narrow.astype(values.dtype).view(bits) == values.view(bits)
    return narrow if same.all() else None
