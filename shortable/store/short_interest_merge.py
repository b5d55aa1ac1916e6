"""How new figures of short interest join those that are stored: what repeats, what revises, what contradicts.

A figure is known by the publisher's schedule (`by_rule`) or from a stated publication. One settlement date of one
symbol has at most one figure by rule; every later publication that says something else is a revision, which stands
beside what was known before.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shortable.errors import SnapshotConflictError
from shortable.store.short_interest_schema import SCHEMA, VALUE_COLUMNS

__all__ = ["Merger"]

_Values = tuple[Any, ...]
_Held = tuple[int, bool, _Values, int]
"""Instant, whether by rule, values, and position; positions below zero are of what was added."""
_EPOCH = datetime(1970, 1, 1)


class Merger:
    """Stored figures, into which batches of new ones are taken; `table` is what to store then."""

    def __init__(self, stored: pa.Table, *, replace: bool) -> None:
        self._stored, self._replace = stored, replace
        self._gone: set[int] = set()
        self._added: list[dict[str, Any] | None] = []
        self._held: dict[tuple[str, date], list[_Held]] = {}
        self._loaded: set[date] = set()
        self.changed = False

    def take(self, batch: pa.Table) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Take a table of `SCHEMA`; return which of its rows say something new, of shape (rows,).

        Raises
        ------
        SnapshotConflictError
            A row contradicts a stored one of the same publication and `replace` is off.
        """
        self._load({day for day in pc.unique(batch["settlement_date"]).to_pylist() if day not in self._loaded})
        new = np.zeros(batch.num_rows, dtype=np.bool_)
        for at, row in enumerate(batch.to_pylist()):
            new[at] = self._take(row)
        self.changed = self.changed or bool(new.any())
        return new

    def _load(self, days: set[date]) -> None:
        """Look up what is stored of these settlement dates."""
        self._loaded |= days
        if not self._stored.num_rows or not days:
            return
        wanted = pc.is_in(self._stored["settlement_date"], value_set=pa.array(sorted(days), pa.date32()))
        positions = np.flatnonzero(np.asarray(wanted.combine_chunks()))
        for position, row in zip(positions.tolist(), self._stored.take(pa.array(positions)).to_pylist(), strict=True):
            self._hold(row, position)

    def _hold(self, row: dict[str, Any], position: int) -> None:
        group = self._held.setdefault((row["symbol"], row["settlement_date"]), [])
        group.append((_instant(row), row["by_rule"], _values(row), position))
        group.sort(key=lambda held: held[0])

    def _take(self, row: dict[str, Any]) -> bool:
        group = self._held.get((row["symbol"], row["settlement_date"]), [])
        say = self._ruled if row["by_rule"] else self._stated
        gives_way = say(row, group)
        if gives_way is None:
            return False
        for held in gives_way:
            self._drop(row, held)
        self._added.append(row)
        self._hold(row, -len(self._added))
        return True

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
                return [ruled] if instant < ruled[0] or (self._replace and instant > ruled[0]) else None
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

    def _drop(self, row: dict[str, Any], held: _Held) -> None:
        self._held[row["symbol"], row["settlement_date"]].remove(held)
        if held[3] < 0:
            self._added[-held[3] - 1] = None
        else:
            self._gone.add(held[3])

    @property
    def table(self) -> pa.Table:
        """All figures, sorted."""
        stay = np.ones(self._stored.num_rows, dtype=np.bool_)
        stay[list(self._gone)] = False
        added = pa.Table.from_pylist([row for row in self._added if row is not None], schema=SCHEMA)
        both = pa.concat_tables([self._stored.filter(pa.array(stay)).cast(SCHEMA), added])
        order = [(name, "ascending") for name in ("symbol", "settlement_date", "known_at")]
        return both.sort_by(order).combine_chunks()


def _instant(row: dict[str, Any]) -> int:
    moment = row["known_at"]
    return int((moment.replace(tzinfo=None) - _EPOCH) // timedelta(microseconds=1))


def _values(row: dict[str, Any]) -> _Values:
    return tuple(row[name] for name in VALUE_COLUMNS)
