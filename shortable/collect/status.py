"""How it goes: what each collector did last, and what each store and dataset of a data folder holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

import pyarrow.compute as pc

from shortable.clock import from_instant
from shortable.collect.state import STATE_FILE, State
from shortable.errors import InvalidInputError, MissingDependencyError, ShortableError
from shortable.market import Market
from shortable.store import (
    DATASETS,
    Dataset,
    IdentityCheck,
    brokers,
    coverage,
    data_folder,
    expected_sessions,
    open_store,
    stored_identities,
)

__all__ = ["CollectorStatus", "FigureStatus", "Status", "StoreStatus", "status"]

_OF_EVERY_SESSION = frozenset({"short_balances", "short_volume", "fails_to_deliver", "lending"})
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CollectorStatus:
    """What one collector did. Times are aware, UTC; None where it never happened."""

    source: str
    """The source."""
    files: int
    """Files that it has asked for."""
    last_pass: datetime | None
    """When its last pass ended."""
    last_stored: datetime | None
    """When it last stored something new."""
    failing: int
    """Files that were not well at their last pass."""
    failed: int
    """Failed passes of all files, ever."""
    refused: int
    """Files that the importer refused, ever; the newest lie in ``collect/SOURCE/refused``."""
    waiting: int
    """Files that are here and not yet imported."""
    rows: int
    """Rows read, ever."""
    rejected: int
    """Rows of them that could not be used."""
    error: str
    """Why the first of the failing files is not well; empty where all are."""


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """One broker's availability in one market. What could not be read has its reason in `error` and None elsewhere."""

    broker: str
    """The broker."""
    market: Market
    """The market."""
    snapshots: int | None = None
    """Snapshots."""
    newest: datetime | None = None
    """The newest of them, aware, UTC."""
    silent: bool | None = None
    """The newest is older than `max_age`: it no longer counts."""
    missing: int | None = None
    """Sessions without a snapshot, from the first one to yesterday."""
    gaps: int | None = None
    """Stretches between complete snapshots that are longer than `max_age`."""
    repeats: int | None = None
    """Snapshots that state what an older one states: stale repeats."""
    partial: int | None = None
    """Snapshots that are not complete."""
    jumps: int | None = None
    """Complete snapshots whose number of rows changed by a fifth or more."""
    made_up: bool = False
    """Some of them are made-up sample data."""
    error: str = ""
    """Why it cannot be read."""


@dataclass(frozen=True, slots=True)
class FigureStatus:
    """One source's figures of one dataset in one market."""

    dataset: str
    """The dataset."""
    source: str
    """The source."""
    market: Market
    """The market."""
    rows: int | None = None
    """Rows, revisions among them."""
    dates: int | None = None
    """Different dates that they are of."""
    newest_date: date | None = None
    """The newest of these."""
    missing: int | None = None
    """Sessions between the first and the newest date without figures; None where a dataset has none of every session."""
    newest: datetime | None = None
    """When the newest figures were public, aware, UTC."""
    identities: tuple[IdentityCheck, ...] = ()
    """What was found of the identities that balances keep."""
    error: str = ""
    """Why it cannot be read."""


@dataclass(frozen=True, slots=True)
class Status:
    """Result of `status`."""

    folder: Path
    """The data folder."""
    made_up_fallback: bool
    """It is the packaged sample, because no data folder was named."""
    calendar: str
    """Whose days are sessions: ``"weekdays"``, or ``"exchange"`` for each market's own calendar."""
    collectors: tuple[CollectorStatus, ...]
    """By source."""
    stores: tuple[StoreStatus, ...]
    """By broker and market."""
    figures: tuple[FigureStatus, ...]
    """By dataset, source and market."""


def status(
    folder: str | Path | None = None,
    *,
    calendar: Literal["weekdays", "exchange"] = "weekdays",
    max_age: timedelta | None = timedelta(days=7),
    now: datetime | None = None,
) -> Status:
    """Return how collecting goes and what a data folder holds.

    Parameters
    ----------
    folder : path, optional
        As `shortable.store.data_folder` finds it.
    calendar : {"weekdays", "exchange"}
        Whose days are sessions; ``"exchange"`` needs the extra ``calendars``.
    max_age : timedelta or None
        How long a snapshot counts (S2).
    now : datetime, optional
        Aware; default the wall clock.

    Raises
    ------
    InvalidInputError
        `calendar` is none of the two.
    MissingDependencyError
        ``"exchange"`` without exchange_calendars.
    """
    if calendar not in ("weekdays", "exchange"):
        raise InvalidInputError(
            "calendar", calendar, "be weekdays or exchange", "Each market has its own."
        )
    found = data_folder(folder)
    moment = (now if now is not None else datetime.now(UTC)).astimezone(UTC)
    stores = [
        _store(found.path, name, market, calendar, max_age, moment)
        for name in brokers(found.path)
        for market in Market
        if name in brokers(found.path, market)
    ]
    figures = [
        _figures(found.path, name, dataset, source, market, calendar)
        for name, dataset in DATASETS.items()
        for market in Market
        for source in dataset.files(found.path, market)
    ]
    return Status(
        found.path,
        found.made_up,
        calendar,
        _collectors(found.path / "collect"),
        tuple(stores),
        tuple(sorted(figures, key=lambda f: (f.dataset, f.source, f.market.value))),
    )


def _collectors(room: Path) -> tuple[CollectorStatus, ...]:
    folders = sorted(room.iterdir()) if room.is_dir() else []
    return tuple(_collector(one) for one in folders if (one / STATE_FILE).is_file())


def _collector(folder: Path) -> CollectorStatus:
    state = State.read(folder)
    files = list(state.files.values())
    bad = [one for one in files if one.failures]
    incoming = folder / "incoming"
    waiting = [p for p in incoming.iterdir() if p.name[0] != "."] if incoming.is_dir() else []
    stored = [datetime.fromisoformat(one.stored) for one in files if one.stored]
    return CollectorStatus(
        source=folder.name,
        files=len(files),
        last_pass=datetime.fromisoformat(state.seen) if state.seen else None,
        last_stored=max(stored, default=None),
        failing=len(bad),
        failed=sum(one.failed for one in files),
        refused=sum(one.refused for one in files),
        waiting=len(waiting),
        rows=sum(one.rows for one in files),
        rejected=sum(one.rejected for one in files),
        error=f"{bad[0].result}: {bad[0].error}" if bad else "",
    )


def _store(
    folder: Path,
    broker: str,
    market: Market,
    calendar: str,
    max_age: timedelta | None,
    now: datetime,
) -> StoreStatus:
    try:
        newest = int(open_store(broker, market=market, data_folder=folder).as_of[-1])
        held = coverage(
            broker, market=market, data_folder=folder, calendar=calendar, max_age=max_age
        )
        today = from_instant((now - _EPOCH) // timedelta(microseconds=1), market).date()
        expected = coverage(
            broker, market=market, data_folder=folder, calendar=calendar, end=today - _DAY
        )
    except MissingDependencyError:
        raise
    except ShortableError as error:
        return StoreStatus(broker, market, error=str(error))
    at = _EPOCH + timedelta(microseconds=newest)
    return StoreStatus(
        broker,
        market,
        snapshots=len(held.snapshots),
        newest=at,
        silent=max_age is not None and now - at > max_age,
        missing=len(expected.missing),
        gaps=len(held.gaps),
        repeats=len(held.repeats),
        partial=len(held.partial),
        jumps=len(held.jumps),
        made_up=bool(held.snapshots["made_up"].any()),
    )


def _figures(
    folder: Path, name: str, dataset: Dataset, source: str, market: Market, calendar: str
) -> FigureStatus:
    try:
        table = dataset.open(folder, market, source).table([dataset.date, "known_at"])
        identities = stored_identities(folder, market, source) if name == "short_balances" else ()
        days = sorted(pc.unique(table[dataset.date]).to_pylist())
        missing = _missing(days, market, calendar) if days and name in _OF_EVERY_SESSION else None
    except MissingDependencyError:
        raise
    except (ShortableError, FileNotFoundError) as error:
        return FigureStatus(name, source, market, error=str(error))
    last = pc.max(table["known_at"]).as_py()
    return FigureStatus(
        name,
        source,
        market,
        rows=table.num_rows,
        dates=len(days),
        newest_date=days[-1] if days else None,
        missing=missing,
        newest=None if last is None else last.astimezone(UTC),
        identities=identities,
    )


def _missing(days: list[date], market: Market, calendar: str) -> int:
    expected = expected_sessions(market, days[0], days[-1], calendar)
    return len(set(expected.date.tolist()) - set(days))
