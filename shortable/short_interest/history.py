"""One security's figures in the order in which they became known."""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from shortable.short_interest.positions import ShortPosition

__all__ = ["Figure", "History"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one source."""

    known_at: int
    """Instant from which it was known: microseconds since the epoch."""
    rank: int
    """Of its source: where two speak of one date, the lower one is heard."""
    day: date
    """Settlement date."""
    position: ShortPosition
    """What it says."""
    source: str
    """Who says it."""


class History:
    """What was known of a security at any instant (S2).

    Parameters
    ----------
    figures : iterable of Figure
        In any order.
    note : str
        What the reader should know of them.
    """

    def __init__(self, figures: Iterable[Figure], note: str = "") -> None:
        # Of one instant the best source comes last, and stays.
        self._figures = sorted(figures, key=lambda f: (f.known_at, -f.rank, f.day))
        self.note = note
        self.times: list[int] = []
        """Instants at which something became known, ascending."""
        self._newest: list[ShortPosition] = []
        state: dict[date, Figure] = {}
        last: date | None = None
        for figure in self._figures:
            self._learn(state, figure)
            last = figure.day if last is None else max(last, figure.day)
            newest = state[last].position
            if self.times and self.times[-1] == figure.known_at:
                self._newest[-1] = newest
            else:
                self.times.append(figure.known_at)
                self._newest.append(newest)

    @staticmethod
    def _learn(state: dict[date, Figure], figure: Figure) -> None:
        held = state.get(figure.day)
        if held is None or figure.rank <= held.rank:
            state[figure.day] = figure

    def at(self, instant: int) -> ShortPosition | None:
        """Return the figure of the newest settlement date that was known then, or None."""
        position = bisect.bisect_right(self.times, instant)
        return self._newest[position - 1] if position else None

    def known(self, instant: int | None) -> list[Figure]:
        """Return what was known then of every settlement date, oldest first; None is the end of time."""
        state: dict[date, Figure] = {}
        for figure in self._figures:
            if instant is not None and figure.known_at > instant:
                break
            self._learn(state, figure)
        return [state[day] for day in sorted(state)]
