"""The one road from a vendor's files into the store: read all of them, then store them, then report.

Everything is parsed before the store is touched, so a file that is refused leaves it as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shortable.actions import ACTIONS_FILE, CorporateActions, add_actions
from shortable.arrays import Bools
from shortable.errors import ImportRefusedError, InvalidInputError
from shortable.importers.files import unzip
from shortable.importers.needs import NeedsError, keyword
from shortable.importers.report import ImportedActions, ImportedSnapshot, ImportReport
from shortable.importers.source import Parsed, Source
from shortable.importers.sources import SOURCES
from shortable.importers.tables import TableSource
from shortable.market import Market
from shortable.store import (
    SHORT_BALANCES,
    IdentityBreak,
    IdentityCheck,
    Snapshot,
    append,
    check_balances,
    check_broker,
    open_store,
    writable_folder,
    writer_lock,
)

__all__ = ["Progress", "import_source"]

Progress = Callable[[str, int, int], None]
"""Called with a stage (``"read"`` or ``"write"``), how much of it is done, and how much there is."""

_LOCK_TIMEOUT = 10.0  # seconds to wait for another import of corporate actions


def import_source(
    kind: str,
    files: TableSource | Sequence[TableSource],
    *,
    broker: str | None = None,
    data_folder: str | Path | None = None,
    replace: bool = False,
    progress: Progress | None = None,
    **options: Any,
) -> ImportReport:
    """Import files of one source; all are parsed before the store is touched.

    Parameters
    ----------
    kind : str
        Which source: a key of `SOURCES`, which has for each its columns, its units and the options that it takes.
    files : path, bytes, DataFrame or pa.Table, or a sequence of them
        A file may be gzipped or zipped; a folder for ``"lean"``. Sources in memory are for tables.
    broker : str, optional
        Store of availability to write. Default: the source's own broker, if it has one. Left out for short interest,
        which is stored under the source's name.
    data_folder : path, optional
        Default: the environment's ``SHORTABLE_DATA``, else ``./data``.
    replace : bool, default False
        Replace different snapshots or figures of the same times instead of refusing.
    progress : callable, optional
        Called with ("read" or "write", done, total).
    **options
        The source's own; None means that the option is not given.

    Returns
    -------
    ImportReport
        What became of every row.

    Raises
    ------
    InvalidInputError
        An unknown source, no broker where one is needed, or an option that the source does not take.
    ImportRefusedError
        A file cannot be used; the message begins with its name and nothing was stored.
    SnapshotConflictError
        The store holds a different snapshot or figure of the same time, and `replace` is False. Markets are written
        one after the other, and those written before it remain.
    """
    if kind not in SOURCES:
        raise InvalidInputError("source", kind, f"be one of {', '.join(SOURCES)}")
    source = SOURCES[kind]
    given = {option: value for option, value in options.items() if value is not None}
    allowed = [option.name for option in source.options]
    for option, value in given.items():
        if option not in allowed:
            takes = f"It takes {', '.join(allowed)}." if allowed else "It takes no options."
            raise InvalidInputError(option, value, f"be left out for {kind!r}", takes)
    name = _stored_as(source, broker)
    if name is None:
        _refuse_without_broker(source, files, given)
    parsed = _read(source, files, name, given, progress)
    if source.settle is not None:
        source.settle(parsed, name, data_folder, replace)
    return _save(parsed, source.name, name, data_folder, replace, progress)


def _stored_as(source: Source, broker: str | None) -> str | None:
    """Return the name of the store: the broker's, or the source's own for short interest; None where it is open."""
    if source.has_broker:
        named = source.default_broker if broker is None else broker
        return None if named is None else check_broker(named)
    if broker is not None:
        raise InvalidInputError(
            "broker", broker, f"be left out for {source.name!r}", "Its figures are no broker's."
        )
    return source.name


def _refuse_without_broker(
    source: Source, files: TableSource | Sequence[TableSource], options: Mapping[str, Any]
) -> NoReturn:
    """Ask for the broker, together with what else the files leave open."""
    if "broker" not in source.needs:
        try:
            _read(source, files, "", options, None)
        except NeedsError as error:
            need = f"whose availability it is: give {keyword('broker', 'NAME')}"
            raise NeedsError(error.name, [*error.needs, need]) from None
    raise InvalidInputError(
        "broker", None, "be given", "Whose availability is it, such as interactivebrokers?"
    )


def _read(
    source: Source,
    files: TableSource | Sequence[TableSource],
    broker: str,
    options: Mapping[str, Any],
    progress: Progress | None,
) -> list[Parsed]:
    """Parse every file; progress counts files, or the steps in one file where there is only one."""
    given = list(files) if isinstance(files, (list, tuple)) else [files]
    inner: list[TableSource] = []
    for one in given:
        inner += unzip(one) or [one]
    if not inner:
        raise ImportRefusedError("no file was given; nothing was imported")

    def step(done: int, total: int) -> None:
        if progress is not None:
            progress("read", done, total)

    counts_steps = len(inner) == 1 and "steps" in source.needs
    extra: dict[str, object] = {"broker": broker, "steps": step if counts_steps else None}
    arguments = dict(options) | {need: extra[need] for need in source.needs}
    parsed = []
    for done, file in enumerate(inner):
        if not counts_steps:
            step(done, len(inner))
        parsed.append(source.parse(file, **arguments))
    if not counts_steps:
        step(len(inner), len(inner))
    return parsed


def _save(
    parsed: Sequence[Parsed],
    source: str,
    broker: str,
    data_folder: str | Path | None,
    replace: bool,
    progress: Progress | None,
) -> ImportReport:
    """Store what was parsed, one write a market and dataset, and report."""

    def step(done: int, total: int) -> None:
        if progress is not None:
            progress("write", done, total)

    identities = _check_balances(parsed, source, data_folder)
    if any(p.figures or len(p.actions) for p in parsed):
        writable_folder(data_folder)  # refuses object storage before anything is stored
    notes = [f"{p.source}: {note}" if len(parsed) > 1 else note for p in parsed for note in p.notes]
    stored: list[ImportedSnapshot] = []
    for market in dict.fromkeys(market for p in parsed for market, _ in p.snapshots):
        report = append(
            broker,
            [snapshot for p in parsed for where, snapshot in p.snapshots if where is market],
            market=market,
            data_folder=data_folder,
            replace=replace,
            progress=step,
        )
        stored += _listed(report.stored, "stored") + _listed(report.unchanged, "unchanged")
        if open_store(broker, market=market, data_folder=report.path.parents[3]).made_up.any():
            notes.append(
                f"the store {report.path} also holds made-up sample snapshots; "
                "import into a data folder of your own to keep them apart"
            )
    counted = [(*one, False) for p in parsed for one in p.figures]
    figures = [*counted, *((*one, True) for p in parsed for one in p.also)]
    for dataset, market in dict.fromkeys((dataset, market) for dataset, market, _, _ in figures):
        tables = [(t, also) for of, where, t, also in figures if of is dataset and where is market]
        new, _ = dataset.append(
            source,
            [table for table, _ in tables],
            market=market,
            data_folder=data_folder,
            replace=replace,
            progress=step,
        )
        for (table, also), is_new in zip(tables, new, strict=True):
            stored += _published(table, is_new, market, dataset.name, also)
    actions = _save_actions(parsed, data_folder, replace)
    repeats = sum(len(p.actions) for p in parsed) - sum(a.rows for a in actions)
    again = [{"rows that repeat another": repeats}] if repeats else []
    return ImportReport(
        broker=broker,
        source=", ".join(p.source for p in parsed),
        rows_read=sum(p.rows_read for p in parsed),
        rejected=tuple(reject for p in parsed for reject in p.rejects),
        passed_over=_total([*(p.passed_over for p in parsed), *again]),
        snapshots=tuple(sorted(stored, key=lambda s: (s.market, s.as_of))),
        notes=tuple(notes),
        actions=tuple(actions),
        identities=identities,
    )


def _check_balances(
    parsed: Sequence[Parsed], source: str, data_folder: str | Path | None
) -> tuple[IdentityCheck, ...]:
    """Check the identities of new balances, beside those that are stored, before anything is written.

    Raises
    ------
    ImportRefusedError
        One is broken, and the file was not to be stored all the same.
    """
    found: list[IdentityCheck] = []
    stated = [
        (p, market, t)
        for p in parsed
        for of, market, t in (*p.figures, *p.also)
        if of is SHORT_BALANCES
    ]
    for market in dict.fromkeys(market for _, market, _ in stated):
        tables = [table for _, where, table in stated if where is market]
        days = {day for table in tables for day in pc.unique(table["date"]).to_pylist()}
        folder = writable_folder(data_folder)
        if days and source in SHORT_BALANCES.files(folder, market):
            there = SHORT_BALANCES.open(folder, market, source)
            tables.insert(0, there.around(min(days), max(days)))
        found += check_balances(tables, days)
    broken = [(check, one) for check in found for one in check.broken]
    if broken and not any(p.breaks for p in parsed):
        check, first = broken[0]
        names = ", ".join(dict.fromkeys(p.source for p, _, table in stated if _holds(table, first)))
        raise ImportRefusedError(
            f"{names}: {len(broken):,} rows break {check.identity}; the first is {first}. Nothing was stored. A session "
            f"between two files may be missing, or a file is damaged; {keyword('allow_breaks', True)} stores it all the "
            "same and counts them"
        )
    return tuple(found)


def _holds(table: pa.Table, one: IdentityBreak) -> bool:
    return one.date in pc.unique(table["date"]).to_pylist()


def _save_actions(
    parsed: Sequence[Parsed], data_folder: str | Path | None, replace: bool
) -> list[ImportedActions]:
    """Store corporate actions beside the prices of their markets, and list them by market and kind."""
    stated = CorporateActions().merged(*(p.actions for p in parsed))
    if not len(stated):
        return []
    folder = writable_folder(data_folder)
    listed = []
    with writer_lock(folder / "equity" / ACTIONS_FILE, _LOCK_TIMEOUT):
        for one in add_actions(folder, stated, replace=replace):
            for records, state in ((one.added, "stored"), (one.unchanged, "unchanged")):
                for kind in dict.fromkeys(type(r) for r in records):
                    days = [r.date for r in records if type(r) is kind]
                    name = f"{kind.__name__.lower()}s"
                    listed.append(
                        ImportedActions(one.market, name, min(days), max(days), len(days), state)
                    )
    return listed


def _listed(snapshots: Iterable[Snapshot], state: str) -> list[ImportedSnapshot]:
    return [ImportedSnapshot(s.market, s.as_of, s.complete, s.rows, state) for s in snapshots]


def _published(
    table: pa.Table,
    is_new: Bools,
    market: Market,
    dataset: str,
    also: bool,
) -> list[ImportedSnapshot]:
    """Return one entry a publication: its figures that are new, and those that the store held before."""
    found = []
    known = table["known_at"].cast(pa.int64()).to_numpy()
    for instant in np.unique(known).tolist():
        for mask, state in ((is_new, "stored"), (~is_new, "unchanged")):
            if rows := int(np.count_nonzero(mask & (known == instant))):
                found.append(ImportedSnapshot(market, instant, True, rows, state, dataset, also))
    return found


def _total(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for count in counts:
        for kind, rows in count.items():
            total[kind] = total.get(kind, 0) + rows
    return total
