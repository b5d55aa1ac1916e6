"""A progress bar on stderr, for a person who waits longer than a second."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from shortable.cli.output import console

__all__ = ["Bar"]

_PATIENCE = 1.0
"""Seconds before the bar shows: what is over sooner needs none."""
_EVERY = 0.05
"""Seconds between two updates: a caller may report every bar of a long run."""


class Bar:
    """A context that draws ``bar(stage, done, total)`` on stderr where that is a terminal, and cleans up after itself."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._wanted = not quiet and sys.stderr.isatty()
        self._progress: Progress | None = None
        self._begun = self._drawn = 0.0

    def __enter__(self) -> Bar:
        self._begun = time.monotonic()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Say how much of a stage is done."""
        now = time.monotonic()
        if (
            not self._wanted
            or now - self._begun < _PATIENCE
            or (now - self._drawn < _EVERY and done < total)
        ):
            return
        self._drawn = now
        if self._progress is None:
            self._progress = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TaskProgressColumn(),
                TimeRemainingColumn(),
                console=console(sys.stderr),
                transient=True,
            )
            self._progress.start()
        known = {task.description: task.id for task in self._progress.tasks}
        task = known.get(stage)
        if task is None:
            task = self._progress.add_task(stage, total=total)
        self._progress.update(task, completed=done, total=total)
