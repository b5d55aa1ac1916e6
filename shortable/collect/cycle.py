"""One pass over a source's files: fetch what has changed, put it where it waits, import it, remember how it went."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from shortable.collect.archive import Archive, Item
from shortable.collect.fetch import (
    AbsentError,
    Body,
    BusyError,
    FetchError,
    Known,
    Transfer,
    TransientError,
)
from shortable.collect.job import Job
from shortable.collect.state import FileState, State
from shortable.collect.stopping import Stopper
from shortable.collect.wanted import File
from shortable.errors import (
    ImportRefusedError,
    InvalidInputError,
    SnapshotConflictError,
    StoreError,
)
from shortable.importers import ImportReport, import_source
from shortable.importers.files import SourceFile

__all__ = ["Cycle", "CycleReport", "FileOutcome", "Outcome"]

Outcome = Literal["stored", "unchanged", "absent", "refused", "waiting", "failed"]
"""How a pass ended for a file: something new is in the store; nothing new; the server has no such file, or not yet; the
importer refused it, and it is kept; it is here and whole, but could not be stored yet; it could not be fetched."""

_TRIES = 3
"""Imports of one file at which the process may die before it is put aside."""
_MOST_ASKED = timedelta(days=7)
"""For which a server is left alone, however much it asks for."""
_SETTLED, _GIVEN_UP = timedelta(days=1), timedelta(days=30)
"""After its day, a file does not change any more; one that is not there will not come."""
_HELD = 1 << 26
"""Bytes of files that are held in memory while the disk is full."""


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """How one pass ended for one file."""

    key: str
    """The file."""
    outcome: Outcome
    """How it ended."""
    detail: str = ""
    """Why, or what came of it, in a sentence."""
    rows: int = 0
    """Rows read."""
    rejected: int = 0
    """Rows of them that could not be used."""


@dataclass(frozen=True, slots=True)
class CycleReport:
    """What one pass did."""

    source: str
    """The source."""
    started: datetime
    """Wall time at which it began, UTC."""
    files: tuple[FileOutcome, ...]
    """In the order in which they were dealt with; those that need not be asked for are left out."""

    @property
    def bad(self) -> tuple[FileOutcome, ...]:
        """The files that were not well."""
        return tuple(f for f in self.files if f.outcome in ("refused", "waiting", "failed"))


class Cycle:
    """The passes of one job; the caller holds the lock of its folder.

    Parameters
    ----------
    job : Job
        What is collected.
    stopper : Stopper
        What an import is shielded from.
    """

    def __init__(self, job: Job, stopper: Stopper) -> None:
        self._job, self._stopper = job, stopper
        self._folder = job.folder
        self._archive = Archive(self._folder)
        self._state = State.read(self._folder)
        self._held: list[Item] = []
        self._last_request = -1e9

    def run(self, tell: Callable[[FileOutcome], None] = lambda outcome: None) -> CycleReport:
        """Make one pass; nothing that a server or a disk does is raised.

        Parameters
        ----------
        tell : callable
            Called with each file's outcome when it is known.
        """
        started = self._now()
        outcomes = []
        for outcome in self._outcomes():
            outcomes.append(outcome)
            tell(outcome)
        self._remember()
        return CycleReport(self._job.source, started, tuple(outcomes))

    def _outcomes(self) -> Iterator[FileOutcome]:
        for item in self._left_over():
            yield self._import(item)
        for file in self._job.wanted():
            self._stopper.check()
            state = self._state.of(file.key)
            if not (state.done or self._too_early(file, state)):
                yield self._collect(file, state)

    def _left_over(self) -> list[Item]:
        """Return what an earlier pass, or another process before this one, could not import."""
        held, self._held = self._held, []
        try:
            return [*self._archive.waiting(), *held]
        except OSError:
            return held

    def _too_early(self, file: File, state: FileState) -> bool:
        """Whether a server wants to be left alone, or a past day's file was not well less than a day ago."""
        now = self._now()
        if state.not_before:
            left = datetime.fromisoformat(state.not_before) - now
            if timedelta(0) < left <= _MOST_ASKED:  # more only where the clock was set back
                return True
        settled = file.day is not None and state.result in ("absent", "refused", "unchanged")
        if not settled or not state.tried:
            return False
        since = now - datetime.fromisoformat(state.tried)
        return self._is_past(file, _SETTLED) and timedelta(0) <= since < timedelta(hours=20)

    def _collect(self, file: File, state: FileState) -> FileOutcome:
        state.tried, state.not_before = self._now().isoformat(), ""
        transfer = self._job.transfer(file, state.known)
        for _ in range(2):
            try:
                body = self._fetched(transfer)
            except AbsentError as error:
                state.done = self._is_past(file, _GIVEN_UP)
                return self._note(state, FileOutcome(file.key, "absent", str(error)))
            except FetchError as error:
                self._mind(state, error)
                return self._note(state, FileOutcome(file.key, "failed", str(error)))
            except Exception as error:
                # A library's own fault at what a server sent must not end the collecting of the other files.
                why = f"{type(error).__name__} while it was fetched: {error}"
                return self._note(state, FileOutcome(file.key, "failed", why))
            if body is None and state.result == "refused":
                return self._note(state, FileOutcome(file.key, "refused", state.error))
            if body is None:
                outcome = FileOutcome(file.key, "unchanged", "as at the last pass")
                return self._note(state, outcome, file)
            before, state.digest = state.digest, body.digest
            if state.result == "waiting" and body.digest == before:
                return self._note(state, FileOutcome(file.key, "waiting", state.error))
            if state.result == "refused" and body.digest == before:
                state.learn(body.known)
                return self._note(state, FileOutcome(file.key, "refused", state.error))
            state.fetched += 1
            outcome = self._import(self._put(file, body), note=False)
            if outcome.outcome != "refused":
                break
            # It may have been fetched while it was being written: look once more.
            state.result, state.error = "refused", outcome.detail
            transfer = self._job.transfer(file, Known())
            self._job.clock.sleep(self._job.patience.first_wait)
        return self._note(state, outcome, file)

    def _fetched(self, transfer: Transfer) -> Body | None:
        import stamina

        patience = self._job.patience

        def again(error: Exception) -> bool | float:
            if not isinstance(error, TransientError):
                return False
            asked = error.retry_after if isinstance(error, BusyError) else None
            if asked is None:
                return True
            return asked if asked <= patience.longest_wait else False

        for attempt in stamina.retry_context(
            on=again,
            attempts=patience.attempts,
            timeout=None,
            wait_initial=patience.first_wait,
            wait_max=patience.longest_wait,
            wait_jitter=patience.jitter,
        ):
            with attempt:
                self._wait_politely()
                return transfer.attempt()
        raise AssertionError("stamina tries at least once")

    def _wait_politely(self) -> None:
        left = self._last_request + self._job.delay - time.monotonic()
        if left > 0:
            time.sleep(left)
        self._last_request = time.monotonic()

    def _mind(self, state: FileState, error: FetchError) -> None:
        """Remember until when a server wants to be left alone."""
        if isinstance(error, BusyError) and error.retry_after is not None:
            wait = min(timedelta(seconds=min(error.retry_after, 1e9)), _MOST_ASKED)
            state.not_before = (self._now() + wait).isoformat()

    def _put(self, file: File, body: Body) -> Item:
        """Put a file where it waits; in memory alone where the disk is full."""
        now = self._now()
        options = self._job.options(file, now.isoformat())
        item = Item(file.key, body.data, now, body.known, options)
        try:
            return self._archive.add(item)
        except OSError:
            return item

    def _import(self, item: Item, *, note: bool = True) -> FileOutcome:
        """Import a file that is here, and put it away."""
        state = self._state.of(item.key)
        with self._stopper.shield():
            outcome = self._imported(item, state)
            if note:
                self._note(state, outcome)
            self._remember()
        return outcome

    def _imported(self, item: Item, state: FileState) -> FileOutcome:
        try:
            item = self._archive.note_try(item)
            if item.tries > _TRIES:
                return self._refused(
                    item, state, f"the process ended {_TRIES} times at importing it"
                )
            report = self._imported_report(item)
            if self._job.keep_raw:
                self._archive.keep_raw(item)
            self._archive.remove(item)
        except (ImportRefusedError, SnapshotConflictError, InvalidInputError) as error:
            return self._refused(item, state, str(error))
        except (StoreError, OSError) as error:
            return self._wait(item, str(error))
        except Exception as error:
            # An importer's own fault must not end the collecting of what it can read.
            return self._refused(item, state, f"{type(error).__name__} in the importer: {error}")
        state.learn(item.known)
        state.rows += report.rows_read
        state.rejected += len(report.rejected)
        return _of(item.key, report)

    def _imported_report(self, item: Item) -> ImportReport:
        file: Path | SourceFile = (
            SourceFile(item.key, item.data) if item.place is None else item.place / item.key
        )
        return import_source(
            self._job.source,
            file,
            broker=self._job.stored_as,
            data_folder=self._job.data_folder,
            **item.options,
        )

    def _refused(self, item: Item, state: FileState, reason: str) -> FileOutcome:
        try:
            self._archive.refuse(item, reason)
            self._archive.remove(item)
        except OSError as error:
            return self._wait(item, f"{reason}; and it cannot be put aside ({error})")
        state.refused += 1
        return FileOutcome(item.key, "refused", reason)

    def _wait(self, item: Item, reason: str) -> FileOutcome:
        """Leave a file where it waits; what the disk has no room for is held in memory, the oldest first given up."""
        if item.place is not None:
            self._archive.forget_tries(item)
        else:
            self._held.append(replace(item, tries=0))
            while sum(len(one.data) for one in self._held) > _HELD and len(self._held) > 1:
                self._held.pop(0)
        return FileOutcome(item.key, "waiting", reason)

    def _note(
        self, state: FileState, outcome: FileOutcome, file: File | None = None
    ) -> FileOutcome:
        state.result = outcome.outcome
        well = outcome.outcome in ("stored", "unchanged", "absent")
        state.error = "" if well else outcome.detail
        if outcome.outcome == "stored":
            state.stored = self._now().isoformat()
        if outcome.outcome == "unchanged":
            state.unchanged += 1
        if well:
            state.failures = 0
        else:
            state.failures += 1
            state.failed += 1
        if file is not None and well:
            state.done = self._is_past(file, _SETTLED)
        return outcome

    def _is_past(self, file: File, span: timedelta) -> bool:
        """Whether a file is of a day that is over since then; the market's own day may end up to a day later."""
        return file.day is not None and self._now().date() - file.day > span

    def _remember(self) -> None:
        try:
            self._state.write(self._folder, self._now())
        except OSError:  # the disk is full: the next pass asks for a file too many
            return

    def _now(self) -> datetime:
        return self._job.clock.now().astimezone(UTC)


def _of(key: str, report: ImportReport) -> FileOutcome:
    rejected = len(report.rejected)
    if report.rows_stored == 0:
        return FileOutcome(key, "unchanged", "the store held it", report.rows_read, rejected)
    newest = max(report.snapshots, key=lambda s: s.as_of, default=None)
    detail = f"{report.rows_stored:,} rows"
    if newest is not None:
        detail += f", newest of {newest.utc_time:%Y-%m-%d %H:%M:%S} UTC"
    if rejected:
        detail += f"; {rejected:,} rejected"
    return FileOutcome(key, "stored", detail, report.rows_read, rejected)
