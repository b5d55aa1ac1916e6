"""What every study gives: tables, findings in words, a picture, and what all of it rests on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from shortable.clock import parse_time
from shortable.errors import InvalidInputError
from shortable.market import Market
from shortable.provider import ShortableProvider
from shortable.store import coverage

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Study", "described", "snapshot_times"]


@dataclass(frozen=True)
class Study:
    """A study's outcome."""

    title: str
    """What was asked, in one line."""
    rests_on: Sequence[str]
    """Data, settings and assumptions, a sentence each."""
    tables: Mapping[str, pd.DataFrame]
    """By caption; the index holds the labels of the rows."""
    findings: Sequence[str]
    """What the figures say, a sentence each."""
    draw: Callable[[Axes | None], Axes]
    """Draws the picture on Axes, or on those of a new figure; returns them. Needs matplotlib (extra ``plot``)."""

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the study's picture and return its Axes."""
        return self.draw(ax)


def snapshot_times(
    broker: str,
    market: Market | str = Market.USA,
    *,
    data_folder: str | Path | None = None,
    start: date | str | None = None,
    end: date | str | None = None,
) -> list[datetime]:
    """Return the times of a store's snapshots, exchange-local, oldest first, without those that repeat the one before.

    Parameters
    ----------
    broker, market, data_folder
        The store, as in `LocalDiskShortableProvider`.
    start, end : date, datetime or str, optional
        Both count; a day counts whole.

    Raises
    ------
    InvalidInputError
        None is left.
    """
    found = coverage(
        broker,
        market=Market.of(market),
        start=_bound("start", start),
        end=_bound("end", end),
        data_folder=data_folder,
    )
    fresh = found.snapshots[found.snapshots["repeats"].isna()]
    if fresh.empty:
        raise InvalidInputError("start, end", f"{start} to {end}", "leave a snapshot of the store")
    return list(fresh["local_time"].dt.to_pydatetime())


def described(provider: ShortableProvider, times: Sequence[datetime]) -> str:
    """Return what a study calls a provider; made-up data are called so."""
    made_up = provider.made_up(min(times), max(times)) and "made-up" not in provider.name
    return f"{provider.name}, made-up sample data" if made_up else provider.name


def _bound(name: str, value: date | str | None) -> date | None:
    if not isinstance(value, str):
        return value
    moment = parse_time(value, parameter=name)
    # A date alone means the whole day.
    return moment.date() if len(value.strip()) <= len("2024-01-02") else moment
