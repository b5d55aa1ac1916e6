"""`collect` makes one pass, `watch` goes on for years: one at a time for each source and folder."""

from __future__ import annotations

import signal
from collections.abc import Callable

from shortable.collect.cycle import Cycle, CycleReport, FileOutcome
from shortable.collect.job import Job
from shortable.collect.schedule import Schedule
from shortable.collect.stopping import StoppedError, Stopper
from shortable.store import writer_lock

__all__ = ["collect", "watch"]


def collect(job: Job, *, tell: Callable[[FileOutcome], None] = lambda outcome: None) -> CycleReport:
    """Make one pass over a source's files.

    Parameters
    ----------
    job : Job
        What is collected.
    tell : callable
        Called with each file's outcome when it is known.

    Returns
    -------
    CycleReport
        What a server or a disk did wrong is in it, and not raised.

    Raises
    ------
    StoreLockedError
        Another process collects this source into this folder.
    StoppedError
        SIGTERM came, and the handler that the process had before did not end it. What was fetched whole is in the store,
        or waits for the next pass.
    """
    stopper = Stopper()
    try:
        with writer_lock(job.folder, 0), stopper.listening():
            return Cycle(job, stopper).run(tell)
    except StoppedError:
        signal.raise_signal(signal.SIGTERM)  # now it is the process's own again
        raise


def watch(
    job: Job,
    schedule: Schedule,
    *,
    tell: Callable[[FileOutcome], None] = lambda outcome: None,
    passed: Callable[[CycleReport], None] = lambda report: None,
    passes: int | None = None,
) -> None:
    """Make passes by a schedule until SIGTERM.

    Parameters
    ----------
    job : Job
        What is collected.
    schedule : Schedule
        `Every` or `At`.
    tell : callable
        Called with each file's outcome when it is known.
    passed : callable
        Called after each pass.
    passes : int, optional
        How many to make; default without end.

    Raises
    ------
    StoreLockedError
        Another process collects this source into this folder.
    """
    stopper = Stopper()
    with writer_lock(job.folder, 0), stopper.listening():
        cycle = Cycle(job, stopper)
        made = 0
        try:
            while passes is None or made < passes:
                stopper.check()
                schedule.wait(job.clock, first=made == 0)
                passed(cycle.run(tell))
                made += 1
        except StoppedError:
            return
