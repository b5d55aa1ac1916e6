"""What both roads through a trade list share: positions, and what events do to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from shortable.arrays import Floats, Ints
from shortable.research.share_basis import Book, Event

__all__ = ["NEVER", "TINY", "Closed", "Outcome", "Walk", "days_of"]


TINY = 1e-9
NEVER = np.iinfo(np.int64).max
"""The day of an event that does not come."""
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Closed:
    """Shares that an event took away: a fraction paid in cash after a split, or all at a delisting."""

    code: int
    """The company."""
    event: Event
    """What took them."""
    listed: float
    """Shares of the list's position, in the day's shares."""
    held: float
    """Shares of what could have been held."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a road finds out about each of the M trades."""

    position: Floats
    """Held before it, as listed."""
    held: Floats
    """Held before it, as it could have been."""
    allowed: Floats
    """Shares of it that stand."""

    @classmethod
    def of(cls, count: int) -> Outcome:
        """Make one for so many trades."""
        return cls(np.zeros(count), np.zeros(count), np.zeros(count))


class Walk:
    """Both positions of each company, and what splits and delistings do to them."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.listed = [one.quantity for one in book.opening]
        self.held = list(self.listed)
        self.closed: list[Closed] = []
        self.whole = all(_whole(amounts) for amounts in (book.trades.quantities, self.listed))
        """Whether the list trades whole shares only."""
        self._days = [[(e.day - _EPOCH).days for e in events] for events in book.events]
        self._next = [0] * len(book.events)

    def upcoming(self, code: int) -> int:
        """Return the day of a company's next event, days since 1970; `NEVER` for none."""
        days, at = self._days[code], self._next[code]
        return days[at] if at < len(days) else NEVER

    def until(self, code: int, day: int) -> None:
        """Apply a company's events up to a day, that day's included."""
        while self.upcoming(code) <= day:
            event = self.book.events[code][self._next[code]]
            self._next[code] += 1
            listed, held = self.listed[code], self.held[code]
            if event.ratio is None:
                self.listed[code] = self.held[code] = 0.0
            else:
                listed, held = float(event.ratio) * listed, float(event.ratio) * held
                self.listed[code], self.held[code] = self._kept(listed), self._kept(held)
            lost = listed - self.listed[code], held - self.held[code]
            if any(abs(shares) > TINY for shares in lost):
                self.closed.append(Closed(code, event, *lost))

    def finish(self) -> None:
        """Apply what is left up to the last session."""
        last = (self.book.grid.index[-1].date() - _EPOCH).days
        for code in range(len(self._days)):
            self.until(code, last)
        self.closed.sort(key=lambda closed: (closed.event.day, closed.code))

    def _kept(self, shares: float) -> float:
        """Return shares without their fraction, which is paid in cash where the list trades whole shares."""
        near = round(shares)
        if abs(shares - near) < TINY * max(1.0, abs(shares)):
            return float(near)
        return float(np.trunc(shares)) if self.whole else shares


def days_of(book: Book) -> Ints:
    """Return the day of each trade, days since 1970."""
    days: Ints = book.trades.times.astype("datetime64[D]").view(np.int64)
    return days


def _whole(amounts: npt.ArrayLike) -> bool:
    shares = np.asarray(amounts, dtype=np.float64)
    return bool((shares == np.trunc(shares)).all())
