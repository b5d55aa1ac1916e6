"""Availability from Interactive Brokers' short stock files, imported into the store."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from shortable.providers.as_of import Missing
from shortable.providers.local_disk import LocalDiskShortableProvider, Match

__all__ = ["InteractiveBrokersShortableProvider"]


class InteractiveBrokersShortableProvider(LocalDiskShortableProvider):
    """A `LocalDiskShortableProvider` of the broker ``interactivebrokers``; the other parameters are the same."""

    def __init__(
        self,
        data_folder: str | Path | None = None,
        missing: Missing = "unavailable",
        max_age: timedelta | None = timedelta(days=7),
        lag: timedelta = timedelta(0),
        match: Match = "as_of",
    ) -> None:
        super().__init__("interactivebrokers", data_folder, missing, max_age, lag, match)
