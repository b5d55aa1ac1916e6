"""What importers share: a parsed source, its rejects, and the one road into the store.

An importer parses everything before the store is touched, so a source that is refused leaves it as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from shortable.errors import ImportRefusedError
from shortable.importers.report import ImportedSnapshot, ImportReport, Reject
from shortable.market import Market
from shortable.store import Snapshot, SnapshotRows, append, open_store

__all__ = ["Parsed", "Progress", "Reject", "read_source", "save", "source_name"]

Progress = Callable[[str, int, int], None]
"""Called with a stage (``"read"`` or ``"write"``), how much of it is done, and how much there is."""


@dataclass
class Parsed:
    """One source, parsed and not yet stored.

    Attributes
    ----------
    source : str
        Name of the file, for messages.
    rows_read : int
        Rows of the source: every one of them is in a snapshot, among the rejects or passed over.
    snapshots : list of (Market, SnapshotRows)
        What the source says, in order of time.
    rejects : list of Reject
        Rows that could not be used.
    passed_over : dict of str to int
        Rows that say nothing new, by kind ("trailers").
    notes : list of str
        What the reader of the report should know.
    """

    source: str
    rows_read: int = 0
    snapshots: list[tuple[Market, SnapshotRows]] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    passed_over: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def pass_over(self, kind: str, rows: int) -> None:
        """Count rows that say nothing new."""
        if rows:
            self.passed_over[kind] = self.passed_over.get(kind, 0) + rows


def source_name(source: object) -> str:
    """Return how messages call a source: its file name, or its type where it is in memory."""
    return Path(source).name if isinstance(source, (str, Path)) else f"<{type(source).__name__}>"


def read_source(source: str | Path | bytes) -> bytes:
    """Return the bytes of a file, or the bytes given.

    Raises
    ------
    ImportRefusedError
        There is no such file, it cannot be read, or it is empty.
    """
    if isinstance(source, bytes):
        data = source
    else:
        try:
            data = Path(source).read_bytes()
        except OSError as error:
            raise ImportRefusedError(
                f"{source}: cannot be read ({error.strerror or error})"
            ) from None
    if not data or data.isspace():
        raise ImportRefusedError(f"{source_name(source)}: the file is empty; nothing was imported")
    return data


def save(
    parsed: Sequence[Parsed],
    broker: str,
    *,
    data_folder: str | Path | None,
    replace: bool,
    progress: Progress | None,
) -> ImportReport:
    """Append parsed sources to a broker's store, one append a market, and report.

    Raises
    ------
    SnapshotConflictError
        A different snapshot stands at the same market and time, and `replace` is False.
    """
    states: list[ImportedSnapshot] = []
    notes = [f"{p.source}: {note}" if len(parsed) > 1 else note for p in parsed for note in p.notes]
    markets = dict.fromkeys(market for p in parsed for market, _ in p.snapshots)
    for market in markets:
        rows = [snapshot for p in parsed for where, snapshot in p.snapshots if where is market]
        report = append(
            broker,
            rows,
            market=market,
            data_folder=data_folder,
            replace=replace,
            progress=None
            if progress is None
            else lambda done, total: progress("write", done, total),
        )
        states += _states(report.stored, "stored")
        states += _states(report.unchanged, "unchanged")
        if open_store(broker, market=market, data_folder=report.path.parents[3]).made_up.any():
            notes.append(
                f"the store {report.path} also holds made-up sample snapshots; "
                "import into a data folder of your own to keep them apart"
            )
    return ImportReport(
        broker=broker,
        source=", ".join(p.source for p in parsed),
        rows_read=sum(p.rows_read for p in parsed),
        rejected=tuple(reject for p in parsed for reject in p.rejects),
        passed_over=_total(p.passed_over for p in parsed),
        snapshots=tuple(sorted(states, key=lambda s: (s.market, s.as_of))),
        notes=tuple(notes),
    )


def _states(snapshots: Iterable[Snapshot], state: str) -> list[ImportedSnapshot]:
    return [ImportedSnapshot(s.market, s.as_of, s.complete, s.rows, state) for s in snapshots]


def _total(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for count in counts:
        for kind, rows in count.items():
            total[kind] = total.get(kind, 0) + rows
    return total
