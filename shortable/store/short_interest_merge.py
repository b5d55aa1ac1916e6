"""How new figures of short interest join those that are stored: what repeats, what revises, what contradicts.

A figure is known by the publisher's schedule (`by_rule`) or from a stated publication. One settlement date of one
symbol has at most one figure by rule; every later publication that says something else is a revision, which stands
beside what was known before.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shortable.errors import SnapshotConflictError
from shortable.store.short_interest_schema import SCHEMA, VALUE_COLUMNS

__all__ = ["Merger"]

_Values = tuple[Any, ...]
_Held = tuple[int, bool, _Values, tuple[int, int]]
"""Instant, whether by rule, values, and where it stands: table and row."""
_EPOCH = datetime(1970, 1, 1)
_KEYS = ["symbol", "settlement_date", "known_at"]


class Merger:
    """Stored figures, into which batches of new ones are taken; `table` is what to store then.

    A batch of settlement dates that are not there yet is new as it stands, and one that is there already to the last
    digit says nothing new; only what is left is looked at row by row.
    """

    def __init__(self, stored: pa.Table, *, replace: bool) -> None:
        self._replace = replace
        self._tables: list[pa.Table] = []
        self._days: list[set[date]] = []
        self._gone: list[set[int]] = []
        self._held: dict[tuple[str, date], list[_Held]] = {}
        self._put(stored)
        self.changed = False

    def take(self, batch: pa.Table) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Take a table of `SCHEMA`; return which of its rows say something new, of shape (rows,).

        Raises
        ------
        SnapshotConflictError
            A row contradicts a stored one of the same publication and `replace` is off.
        """
        days = set(pc.unique(batch["settlement_date"]).to_pylist())
        if not any(days & held for held in self._days) and not _repeats(batch):
            new = np.ones(batch.num_rows, dtype=np.bool_)
            self._put(batch)
        elif _sorted(self._of(days)).equals(_sorted(batch)):
            new = np.zeros(batch.num_rows, dtype=np.bool_)
        else:
            new = self._row_by_row(batch, days)
        self.changed = self.changed or bool(new.any())
        return new

    def _row_by_row(self, batch: pa.Table, days: set[date]) -> np.ndarray[Any, np.dtype[np.bool_]]:
        self._held = {}
        for number, held in enumerate(self._days):
            if held & days:
                for position, row in _rows(self._tables[number], days):
                    if position not in self._gone[number]:
                        self._hold(row, (number, position))
        self._gone.append(set())
        new = np.zeros(batch.num_rows, dtype=np.bool_)
        added = 0
        for at, row in enumerate(batch.to_pylist()):
            gives_way = self._answer(row)
            if gives_way is not None:
                for one in gives_way:
                    self._drop(row, one)
                self._hold(row, (len(self._tables), added))
                new[at], added = True, added + 1
        gone = self._gone.pop()
        self._put(batch.filter(pa.array(new)), gone)
        self._held = {}
        return new

    def _put(self, table: pa.Table, gone: set[int] | None = None) -> None:
        self._tables.append(table)
        self._days.append(set(pc.unique(table["settlement_date"]).to_pylist()))
        self._gone.append(gone or set())

    def _of(self, days: set[date]) -> pa.Table:
        """Return what is held of some settlement dates."""
        found = [
            self._left(n).filter(_among(self._left(n), days))
            for n, held in enumerate(self._days)
            if held & days
        ]
        return pa.concat_tables(found) if found else SCHEMA.empty_table()

    def _left(self, number: int) -> pa.Table:
        table, gone = self._tables[number], self._gone[number]
        if not gone:
            return table
        stay = np.ones(table.num_rows, dtype=np.bool_)
        stay[list(gone)] = False
        return table.filter(pa.array(stay))

    def _hold(self, row: dict[str, Any], place: tuple[int, int]) -> None:
        group = self._held.setdefault((row["symbol"], row["settlement_date"]), [])
        group.append((_instant(row), row["by_rule"], _values(row), place))
        group.sort(key=lambda held: held[0])

    def _drop(self, row: dict[str, Any], held: _Held) -> None:
        self._held[row["symbol"], row["settlement_date"]].remove(held)
        number, position = held[3]
        self._gone[number].add(position)

    def _answer(self, row: dict[str, Any]) -> list[_Held] | None:
        """Return what a figure takes the place of, or None where it says nothing new."""
        group = self._held.get((row["symbol"], row["settlement_date"]), [])
        return self._ruled(row, group) if row["by_rule"] else self._stated(row, group)

    def _ruled(self, row: dict[str, Any], group: list[_Held]) -> list[_Held] | None:
        """Return what a figure by rule takes the place of, or None where it says nothing new."""
        instant, values = _instant(row), _values(row)
        stated = [held for held in group if not held[1]]
        gives_way = [held for held in group if held[1]]
        if any(held[2] == values for held in stated if not gives_way):
            return None  # a stated publication stands over the rule
        if any(held[0] <= instant for held in stated):
            self._contradicts(row)  # a rule's figure is the first
            gives_way += [held for held in stated if held[0] <= instant]
        if gives_way and gives_way[0][2] != values:
            self._contradicts(row)
        if [(held[0], held[2]) for held in gives_way] == [(instant, values)]:
            return None
        return gives_way

    def _stated(self, row: dict[str, Any], group: list[_Held]) -> list[_Held] | None:
        """Return what a figure of a stated publication takes the place of, or None where it says nothing new."""
        instant, values = _instant(row), _values(row)
        ruled = next((held for held in group if held[1]), None)
        if ruled is not None:
            between = any(ruled[0] < held[0] <= instant for held in group)
            if ruled[2] == values and not between:
                # Earlier than by the rule is when it was really published. Later is a revised file that leaves this
                # figure as it was, unless the caller insists.
                return (
                    [ruled]
                    if instant < ruled[0] or (self._replace and instant > ruled[0])
                    else None
                )
            if ruled[2] != values and instant <= ruled[0]:
                self._contradicts(row)
                return [ruled]
        before = [held for held in group if held[0] <= instant]
        if before and before[-1][2] == values:
            return None
        if before and before[-1][0] == instant:
            self._contradicts(row)
            return [before[-1]]
        return []

    def _contradicts(self, row: dict[str, Any]) -> None:
        if not self._replace:
            raise SnapshotConflictError(
                f"the store says otherwise of {row['symbol']} at {row['settlement_date']}. If this is a revision, say "
                "when it was published (`time`), and both are kept. Pass replace=True to put it in the other's place."
            )

    @property
    def table(self) -> pa.Table:
        """All figures, sorted."""
        return _sorted(
            pa.concat_tables([self._left(n).cast(SCHEMA) for n in range(len(self._tables))])
        )


def _sorted(table: pa.Table) -> pa.Table:
    # Codes of sorted names sort like the names, and much faster.
    names = table["symbol"].combine_chunks().dictionary_encode()
    order = pc.sort_indices(names.dictionary)
    rank = np.empty(len(order), dtype=np.int32)
    rank[order.to_numpy()] = np.arange(len(order), dtype=np.int32)
    codes = rank[names.indices.to_numpy()] if len(table) else np.empty(0, dtype=np.int32)
    days, known = (
        table[name].cast(kind).to_numpy()
        for name, kind in zip(_KEYS[1:], (pa.int32(), pa.int64()), strict=True)
    )
    return (
        table.take(pa.array(np.lexsort((known, days, codes))))
        .replace_schema_metadata()
        .combine_chunks()
    )


def _among(table: pa.Table, days: set[date]) -> pa.ChunkedArray:
    return pc.is_in(table["settlement_date"], value_set=pa.array(sorted(days), pa.date32()))


def _rows(table: pa.Table, days: set[date]) -> Iterator[tuple[int, dict[str, Any]]]:
    positions = np.flatnonzero(np.asarray(_among(table, days).combine_chunks()))
    return zip(positions.tolist(), table.take(pa.array(positions)).to_pylist(), strict=True)


def _repeats(table: pa.Table) -> bool:
    groups = table.group_by(["symbol", "settlement_date"]).aggregate([])
    return bool(groups.num_rows < table.num_rows)


def _instant(row: dict[str, Any]) -> int:
    moment = row["known_at"]
    return int((moment.replace(tzinfo=None) - _EPOCH) // timedelta(microseconds=1))


def _values(row: dict[str, Any]) -> _Values:
    return tuple(row[name] for name in VALUE_COLUMNS)
