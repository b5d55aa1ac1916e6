"""How new figures of a dataset join the stored ones: which repeat, which revise, which contradict.

A figure is known by the publisher's schedule (``by_rule``) or from a stated publication. A key has at most one figure by
rule; every later publication that states something else is a revision, which is kept beside what was known before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from shortable.errors import SnapshotConflictError
from shortable.store.schema import single

__all__ = ["Merger", "sorted_rows"]

_EPOCH = datetime(1970, 1, 1)


class _Figure(NamedTuple):
    """One row: whose figure it is, since when it is known, and what it states."""

    key: tuple[object, ...]
    instant: int
    by_rule: bool
    values: tuple[object, ...]


class _Held(NamedTuple):
    """A figure that is stored or was taken before."""

    instant: int
    by_rule: bool
    values: tuple[object, ...]
    place: tuple[int, int]
    """Table and row."""


class Merger:
    """Stored figures, to which `take` adds batches of new ones; `kept` and `added` are then what to store.

    A batch of dates that are not stored yet is new as a whole, and one that is stored already to the last digit states
    nothing new; only the rest is compared row by row.

    Parameters
    ----------
    schema : pa.Schema
        The key's columns (``symbol`` first, one of them a date), ``known_at``, ``by_rule``, the values.
    stored : sequence of pa.Table
        Of that schema; what is stored of the dates of the batches has to be among them.
    replace : bool
        Let new figures replace those that they contradict.
    """

    def __init__(self, schema: pa.Schema, stored: Sequence[pa.Table], *, replace: bool) -> None:
        self._schema, self._replace = schema, replace
        known = schema.get_field_index("known_at")
        self._key, self._value_columns = schema.names[:known], schema.names[known + 2 :]
        self._date = next(f.name for f in schema if f.type == pa.date32())
        self._tables: list[pa.Table] = []
        self._dates: list[set[date]] = []
        self._removed: list[set[int]] = []
        self._held: dict[tuple[object, ...], list[_Held]] = {}
        for table in stored:
            self._put(table)
        self._stored = len(stored)
        self.changed = False

    def take(self, batch: pa.Table) -> npt.NDArray[np.bool_]:
        """Take a table; return which of its rows state something new, of shape (rows,).

        Raises
        ------
        SnapshotConflictError
            A row contradicts a stored one of the same publication and `replace` is False.
        """
        dates = set(pc.unique(batch[self._date]).to_pylist())
        if not any(dates & held for held in self._dates) and not self._repeats(batch):
            new = np.ones(batch.num_rows, dtype=np.bool_)
            self._put(batch)
        elif sorted_rows(self._of(dates), self._key).equals(sorted_rows(batch, self._key)):
            new = np.zeros(batch.num_rows, dtype=np.bool_)
        else:
            new = self._row_by_row(batch, dates)
        self.changed = self.changed or bool(new.any())
        return new

    def kept(self, number: int) -> pa.Table | None:
        """Return what is left of a stored table, None where that is all of it."""
        return self._present(number) if self._removed[number] else None

    @property
    def added(self) -> pa.Table:
        """What is new, sorted by key and instant."""
        return self._together(range(self._stored, len(self._tables)))

    @property
    def table(self) -> pa.Table:
        """All figures, sorted by key and instant."""
        return self._together(range(len(self._tables)))

    def _together(self, numbers: Iterable[int]) -> pa.Table:
        tables = [self._present(n).cast(self._schema) for n in numbers]
        return sorted_rows(pa.concat_tables([self._schema.empty_table(), *tables]), self._key)

    def _repeats(self, table: pa.Table) -> bool:
        groups = table.group_by(self._key).aggregate([])
        return bool(groups.num_rows < table.num_rows)

    def _row_by_row(self, batch: pa.Table, dates: set[date]) -> npt.NDArray[np.bool_]:
        self._held = {}
        for number, held in enumerate(self._dates):
            if held & dates:
                for position, figure in self._figures_of(number, dates):
                    if position not in self._removed[number]:
                        self._hold(figure, (number, position))
        self._removed.append(set())  # of the rows of this batch, whose table comes last
        new = np.zeros(batch.num_rows, dtype=np.bool_)
        added = 0
        for at, figure in enumerate(self._figures(batch)):
            replaced = self._replaced_by(figure)
            if replaced is not None:
                for one in replaced:
                    self._drop(figure, one)
                self._hold(figure, (len(self._tables), added))
                new[at], added = True, added + 1
        removed = self._removed.pop()
        self._put(batch.filter(pa.array(new)), removed)
        self._held = {}
        return new

    def _put(self, table: pa.Table, removed: set[int] | None = None) -> None:
        self._tables.append(table)
        self._dates.append(set(pc.unique(table[self._date]).to_pylist()))
        self._removed.append(removed or set())

    def _of(self, dates: set[date]) -> pa.Table:
        """Return what is held of some dates."""
        found = []
        for number, held in enumerate(self._dates):
            if held & dates:
                table = self._present(number)
                found.append(table.filter(self._among(table, dates)))
        return pa.concat_tables(found) if found else self._schema.empty_table()

    def _present(self, number: int) -> pa.Table:
        table, removed = self._tables[number], self._removed[number]
        if not removed:
            return table
        stay = np.ones(table.num_rows, dtype=np.bool_)
        stay[list(removed)] = False
        return table.filter(pa.array(stay))

    def _figures(self, table: pa.Table) -> Iterator[_Figure]:
        for row in table.to_pylist():
            known = row["known_at"].replace(tzinfo=None) - _EPOCH
            yield _Figure(
                tuple(row[name] for name in self._key),
                known // timedelta(microseconds=1),
                row["by_rule"],
                tuple(row[name] for name in self._value_columns),
            )

    def _figures_of(self, number: int, dates: set[date]) -> Iterator[tuple[int, _Figure]]:
        table = self._tables[number]
        positions = np.flatnonzero(np.asarray(self._among(table, dates).combine_chunks()))
        figures = self._figures(table.take(pa.array(positions)))
        return zip(positions.tolist(), figures, strict=True)

    def _among(self, table: pa.Table, dates: set[date]) -> pa.ChunkedArray:
        return pc.is_in(table[self._date], value_set=pa.array(sorted(dates), pa.date32()))

    def _group(self, figure: _Figure) -> list[_Held]:
        return self._held.setdefault(figure.key, [])

    def _hold(self, figure: _Figure, place: tuple[int, int]) -> None:
        group = self._group(figure)
        group.append(_Held(figure.instant, figure.by_rule, figure.values, place))
        group.sort(key=lambda held: held.instant)

    def _drop(self, figure: _Figure, held: _Held) -> None:
        self._group(figure).remove(held)
        number, position = held.place
        self._removed[number].add(position)

    def _replaced_by(self, figure: _Figure) -> list[_Held] | None:
        """Return the figures that a new one replaces, or None where it states nothing new."""
        group = self._group(figure)
        return self._by_rule(figure, group) if figure.by_rule else self._stated(figure, group)

    def _by_rule(self, figure: _Figure, group: list[_Held]) -> list[_Held] | None:
        """As `_replaced_by`, for a figure that is known by the publisher's schedule."""
        instant, values = figure.instant, figure.values
        stated = [held for held in group if not held.by_rule]
        replaced = [held for held in group if held.by_rule]
        if not replaced and any(held.values == values for held in stated):
            return None  # a stated publication takes precedence over the rule
        if any(held.instant <= instant for held in stated):
            self._contradicts(figure)  # a figure by rule is the first of its key
            replaced += [held for held in stated if held.instant <= instant]
        if replaced and replaced[0].values != values:
            self._contradicts(figure)
        if [(held.instant, held.values) for held in replaced] == [(instant, values)]:
            return None
        return replaced

    def _stated(self, figure: _Figure, group: list[_Held]) -> list[_Held] | None:
        """As `_replaced_by`, for a figure of a stated publication."""
        instant, values = figure.instant, figure.values
        ruled = next((held for held in group if held.by_rule), None)
        if ruled is not None:
            between = any(ruled.instant < held.instant <= instant for held in group)
            if ruled.values == values and not between:
                # Earlier than by the rule is when it was really published. Later is a revised file that leaves this
                # figure as it was, unless the caller insists.
                moves = instant < ruled.instant or (self._replace and instant > ruled.instant)
                return [ruled] if moves else None
            if ruled.values != values and instant <= ruled.instant:
                self._contradicts(figure)
                return [ruled]
        before = [held for held in group if held.instant <= instant]
        if before and before[-1].values == values:
            return None
        if before and before[-1].instant == instant:
            self._contradicts(figure)
            return [before[-1]]
        return []

    def _contradicts(self, figure: _Figure) -> None:
        if not self._replace:
            day = figure.key[self._key.index(self._date)]
            raise SnapshotConflictError(
                f"the store states {figure.key[0]} at {day} differently. If this is a revision, say "
                "when it was published (`time`), and both are kept. Pass replace=True to replace the stored "
                "figure."
            )


def sorted_rows(table: pa.Table, key: Sequence[str]) -> pa.Table:
    """Return rows sorted by the columns of their key and by the instant from which each was known."""
    keys = []
    for name in key:
        column = single(table[name])
        if pa.types.is_string(column.type):
            # Codes of sorted names sort like the names, and much faster.
            coded = column.dictionary_encode()
            order = pc.sort_indices(coded.dictionary)
            rank = np.empty(len(order), dtype=np.int32)
            rank[order.to_numpy()] = np.arange(len(order), dtype=np.int32)
            codes = rank[coded.indices.to_numpy()] if len(table) else np.empty(0, np.int32)
            keys.append(codes)
        else:
            kind = pa.int32() if column.type == pa.date32() else column.type
            keys.append(column.cast(kind).to_numpy(zero_copy_only=False))
    keys.append(table["known_at"].cast(pa.int64()).to_numpy())
    order = pa.array(np.lexsort(keys[::-1]))
    return table.take(order).replace_schema_metadata().combine_chunks()
