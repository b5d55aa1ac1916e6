"""What an import did: rows, rejects, snapshots and notes, to read or as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property

import pandas as pd

from shortable.clock import from_instant
from shortable.market import Market
from shortable.store import IdentityCheck

__all__ = ["ImportReport", "ImportedActions", "ImportedSnapshot", "Reject"]

_SHOWN = 12  # snapshots and rejects that `str` lists before it counts the rest
_TEXT = 160  # characters of a rejected row that are kept


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that could not be used.

    Attributes
    ----------
    source : str
        File it stands in.
    line : int
        Line number, from 1; the row number, from 1, where the source has no lines (Parquet, DataFrame).
    text : str
        The row as the source has it, cut at 160 characters.
    reason : str
        What is wrong with it.
    """

    source: str
    line: int
    text: str
    reason: str

    def __post_init__(self) -> None:
        if len(self.text) > _TEXT:
            object.__setattr__(self, "text", self.text[: _TEXT - 3] + "...")


@dataclass(frozen=True, slots=True)
class ImportedSnapshot:
    """A snapshot that the source holds.

    Attributes
    ----------
    market : Market
        Its market.
    as_of : int
        Instant from which it was known: microseconds since the epoch, UTC.
    complete : bool
        Whether a symbol that is not in it cannot be borrowed.
    rows : int
        Its rows.
    state : str
        ``"stored"``, or ``"unchanged"`` where the store held the same one before.
    dataset : str
        The dataset that it is of; empty for availability.
    also : bool
        Its rows are rows of the file that another snapshot of the same import counts.
    """

    market: Market
    as_of: int
    complete: bool
    rows: int
    state: str
    dataset: str = ""
    also: bool = False

    @property
    def local_time(self) -> datetime:
        """Naive wall time of the market's exchange."""
        return from_instant(self.as_of, self.market)

    @property
    def utc_time(self) -> datetime:
        """The instant as an aware time in UTC."""
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=self.as_of)

    def __str__(self) -> str:
        local, utc = self.local_time, self.utc_time.replace(tzinfo=None)
        kind = "complete" if self.complete else "partial"
        if self.dataset and self.also:
            kind = self.dataset.replace("_", " ")
        return (
            f"{self.market.value} {local.isoformat(sep=' ')} local ({utc.isoformat(sep=' ')} UTC), "
            f"{kind}, {self.rows:,} rows, {self.state}"
        )

    def to_dict(self) -> dict[str, object]:
        """Return plain values, times in ISO 8601."""
        return {
            "market": self.market.value,
            "local_time": self.local_time.isoformat(),
            "utc_time": self.utc_time.isoformat(),
            "complete": self.complete,
            "rows": self.rows,
            "state": self.state,
            **({"dataset": self.dataset} if self.also else {}),
        }


@dataclass(frozen=True, slots=True)
class ImportedActions:
    """Corporate actions of one kind in one market that the source states.

    Attributes
    ----------
    market : Market
        Their market.
    kind : str
        ``"splits"``, ``"dividends"``, ``"renames"``, ``"delistings"`` or ``"listings"``.
    first, last : date
        Of their days.
    rows : int
        How many they are.
    state : str
        ``"stored"``, or ``"unchanged"`` where the data folder held them before.
    """

    market: Market
    kind: str
    first: date
    last: date
    rows: int
    state: str

    def __str__(self) -> str:
        return f"{self.market.value} {self.rows:,} {self.kind}, {self.first} to {self.last}, {self.state}"

    def to_dict(self) -> dict[str, object]:
        """Return plain values, dates in ISO 8601."""
        return {
            "market": self.market.value,
            "kind": self.kind,
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "rows": self.rows,
            "state": self.state,
        }


@dataclass(frozen=True, eq=False)
class ImportReport:
    """What an import did.

    Every row read is counted once: ``rows_read == rows_stored + rows_unchanged + len(rejects) +
    sum(passed_over.values())``.

    Attributes
    ----------
    broker : str
        Broker whose store was written.
    source : str
        Names of the files.
    rows_read : int
        Rows of the source.
    rejected : tuple of Reject
        Rows that could not be used; `rejects` has them as a DataFrame.
    passed_over : mapping of str to int
        Rows that say nothing new, by kind.
    snapshots : tuple of ImportedSnapshot
        By market and time.
    notes : tuple of str
        What else the reader should know.
    actions : tuple of ImportedActions
        By market and kind.
    identities : tuple of IdentityCheck
        What was found of the identities that balances keep.
    """

    broker: str
    source: str
    rows_read: int
    rejected: tuple[Reject, ...]
    passed_over: Mapping[str, int]
    snapshots: tuple[ImportedSnapshot, ...]
    notes: tuple[str, ...]
    actions: tuple[ImportedActions, ...] = ()
    identities: tuple[IdentityCheck, ...] = ()

    @property
    def rows_stored(self) -> int:
        """Rows that were written."""
        return self._rows("stored")

    @property
    def rows_unchanged(self) -> int:
        """Rows of snapshots that the store held before, the same to the last digit."""
        return self._rows("unchanged")

    def _rows(self, state: str) -> int:
        return sum(s.rows for s in self.snapshots if s.state == state and not s.also) + sum(
            a.rows for a in self.actions if a.state == state
        )

    @cached_property
    def rejects(self) -> pd.DataFrame:
        """The rejected rows: columns source, line, text, reason."""
        rows = [(r.source, r.line, r.text, r.reason) for r in self.rejected]
        return pd.DataFrame(rows, columns=["source", "line", "text", "reason"])

    def __str__(self) -> str:
        counts = [f"{self.rows_stored:,} stored"]
        if self.rows_unchanged:
            counts.append(f"{self.rows_unchanged:,} unchanged")
        counts.append(f"{len(self.rejected):,} rejected")
        counts += [f"{rows:,} {kind}" for kind, rows in self.passed_over.items()]
        lines = [
            f"{self.broker}: {self.source}",
            f"{self.rows_read:,} rows read: {', '.join(counts)}",
        ]
        lines += _first(
            "  ", [str(s) for s in self.snapshots[: _SHOWN + 1]], len(self.snapshots), "snapshots"
        )
        lines += [f"  {actions}" for actions in self.actions]
        lines += [f"  {check}" for check in self.identities]
        shown = [f"{r.source} line {r.line}: {r.reason}" for r in self.rejected[: _SHOWN + 1]]
        lines += _first("  rejected: ", shown, len(self.rejected), "rejects")
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        return {
            "broker": self.broker,
            "source": self.source,
            "rows_read": self.rows_read,
            "rows_stored": self.rows_stored,
            "rows_unchanged": self.rows_unchanged,
            "rows_passed_over": dict(self.passed_over),
            "rejects": [
                {"source": r.source, "line": r.line, "text": r.text, "reason": r.reason}
                for r in self.rejected
            ],
            "snapshots": [s.to_dict() for s in self.snapshots],
            "notes": list(self.notes),
        } | {
            name: [one.to_dict() for one in found]
            for name, found in (("actions", self.actions), ("identities", self.identities))
            if found
        }


def _first(label: str, lines: list[str], total: int, what: str) -> list[str]:
    """Label the first lines and count the rest."""
    if total <= _SHOWN:
        return [label + line for line in lines]
    return [label + line for line in lines[:_SHOWN]] + [f"  … and {total - _SHOWN:,} more {what}"]
