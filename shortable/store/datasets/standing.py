"""Rows that stand until the same party states another: on every day of a symbol, what each party stated last.

A holder's net short position of 3 January stands on the 10th, when another holder states a position: the symbol's sum of
that day is of both. A file holds each statement once, so they are carried forward when it is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shortable.store.dataset import Dataset

__all__ = ["carried_forward"]


def carried_forward(table: pa.Table, dataset: Dataset) -> pa.Table:
    """Return a source's rows with what stands on each date of a symbol beside what is stated on it.

    A row that ends a position (all its numbers are 0 or not stated) stands on its own date alone. A carried row was known
    from the first statement of the date to which it is carried, or from its own publication where that came later.

    Parameters
    ----------
    table : pa.Table
        Of `dataset`, sorted by its key.
    dataset : Dataset
    """
    numbers = [c.name for c in dataset.values if pa.types.is_floating(c.type) or c.name == "shares"]
    ends = np.ones(table.num_rows, dtype=np.bool_)
    for name in numbers:
        ends &= np.asarray(pc.fill_null(pc.equal(table[name], 0), True))
    symbols = table["symbol"].to_pylist()
    days = table[dataset.date].cast(pa.int32()).to_pylist()
    known = table["known_at"].cast(pa.int64()).to_pylist()
    parts = list(zip(*(table[name].to_pylist() for name in dataset.parts), strict=True))
    taken: list[int] = []
    at_day: list[int] = []
    instants: list[int] = []
    for _, rows in groupby(range(table.num_rows), symbols.__getitem__):
        standing: dict[tuple[str, ...], list[int]] = {}
        for day, group in groupby(sorted(rows, key=days.__getitem__), days.__getitem__):
            stated = _by_part(group, parts)
            first = min(known[row] for listed in stated.values() for row in listed)
            standing |= stated
            for row in (row for listed in standing.values() for row in listed):
                taken.append(row)
                at_day.append(day)
                instants.append(max(known[row], first))
            for part in [p for p, listed in stated.items() if ends[listed[-1]]]:
                del standing[part]
    carried = table.take(pa.array(taken, pa.int64()))
    columns = {
        dataset.date: pa.array(at_day, pa.int32()).cast(pa.date32()),
        "known_at": pa.array(instants, pa.int64()).cast(pa.timestamp("us", "UTC")),
    }
    for name, values in columns.items():
        at = carried.schema.get_field_index(name)
        carried = carried.set_column(at, carried.schema.field(at), values)
    return carried


def _by_part(rows: Iterable[int], parts: list[tuple[str, ...]]) -> dict[tuple[str, ...], list[int]]:
    found: dict[tuple[str, ...], list[int]] = {}
    for row in rows:
        found.setdefault(parts[row], []).append(row)
    return found
