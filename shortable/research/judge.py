"""The verdicts on a trade list: trade by trade, what it held, and what it could have held."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

import numpy as np
import numpy.typing as npt

from shortable.desk import FlowLedger, OwnBorrow, allowed_within
from shortable.errors import InvalidInputError
from shortable.research.share_basis import Book, Event
from shortable.rule import flow_capacity, sell_capacity

__all__ = ["BORROWED", "CLIPPED", "NO_DATA", "REFUSED", "Counting", "Judged", "judge"]

Floats = npt.NDArray[np.float64]

BORROWED, REFUSED, CLIPPED, NO_DATA = "borrowed", "not borrowable", "clipped", "no data"
_TINY = 1e-9


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
class Judged:
    """The verdicts, M of them; shares are those of the trade's day, signed."""

    position: Floats
    """Held before the trade, as listed."""
    held: Floats
    """Held before it, as it could have been."""
    needed: npt.NDArray[np.bool_]
    """Whether it needed a borrow."""
    has_data: npt.NDArray[np.bool_]
    """False where it needed one and no snapshot answered."""
    verdict: list[str]
    """In words; see `Audit.trades`."""
    allowed: Floats
    """Shares of it that stand."""
    closed: list[Closed]
    """What events took away."""


def judge(
    book: Book,
    available: npt.NDArray[np.int64],
    has_data: npt.NDArray[np.bool_],
    on_exceed: Literal["reject", "clip"],
    counting: Counting,
) -> Judged:
    """Go through the trades in order, with two positions a company: the list's own and the one that could have been.

    Parameters
    ----------
    book : Book
    available : ndarray of int64, shape (M,)
        At each trade, −1 for no known restriction.
    has_data : ndarray of bool, shape (M,)
        Whether that rests on data.
    on_exceed : {"reject", "clip"}
    counting : Counting
        What counts against what is available beside the trade itself.

    Raises
    ------
    InvalidInputError
        A trade closes more than there is, by the list's own word.
    """
    walk, ledger = _Walk(book), _Ledger(counting)
    trades, days = book.trades, book.trades.times.astype("datetime64[D]").tolist()
    # Lists: an array's element takes three times as long to set.
    position, held, allowed, verdicts = [], [], [], []
    needed, based = np.zeros(len(trades), np.bool_), np.ones(len(trades), np.bool_)
    eventful = [bool(events) for events in book.events]
    columns = (book.codes, trades.quantities, available, has_data, trades.effects)
    for at, (code, quantity, shares, has, effect) in enumerate(
        zip(*(column.tolist() for column in columns), strict=True)
    ):
        if eventful[code]:
            walk.until(code, days[at])
        was, could = walk.listed[code], walk.held[code]
        position.append(was)
        held.append(could)
        if effect == "close":
            _check_close(book, at, was, quantity)
        stands, verdict = quantity, "no borrow"
        if quantity < 0 and could + quantity < 0:
            needed[at], based[at] = True, has
            can = None if shares < 0 else shares
            capacity = ledger.capacity(at, code, could, can)
            sold, _ = allowed_within(-quantity, capacity, on_exceed)
            stands = -sold + 0.0
            whole = stands == quantity
            verdict = NO_DATA if not has else BORROWED if whole else CLIPPED if sold else REFUSED
        elif quantity > 0:
            # What only covers a short that could not be had is left out; what goes beyond it is a purchase.
            cover = min(quantity, max(-was, 0.0))
            stands = quantity - cover + min(cover, max(-could, 0.0))
            verdict = "no borrow" if stands == quantity else "not needed"
        if stands < 0:
            ledger.sold(at, code, could, -stands)
        allowed.append(stands)
        verdicts.append(verdict)
        walk.listed[code] = _neat(was + quantity)
        walk.held[code] = _neat(could + stands)
    for code in range(len(book.events)):
        walk.until(code, book.grid.index[-1].date())
    was_held, could_hold, stood = (np.array(each, float) for each in (position, held, allowed))
    return Judged(was_held, could_hold, needed, based, verdicts, stood, walk.closed)


@dataclass(frozen=True, slots=True)
class Counting:
    """What counts against the answers of a provider; lists hold one element for each of the M trades."""

    flow: bool = False
    """Whether they are a daily flow (S15)."""
    days: list[date] = field(default_factory=list)
    """Of a daily flow: the session of each look-up."""
    snapshots: list[datetime | None] | None = None
    """Where they lack your own shorts (S16): when the snapshot behind each answer was known."""


class _Ledger:
    """The trades so far, as far as they count against what is available."""

    def __init__(self, counting: Counting) -> None:
        self._counting = counting
        self._flow: FlowLedger[int] = FlowLedger()
        self._own: OwnBorrow[int] = OwnBorrow()

    def capacity(self, at: int, code: int, held: float, available: int | None) -> float | None:
        """Return the most that a trade may sell; None for no limit."""
        counting = self._counting
        if counting.flow:
            return flow_capacity(held, 0, self._flow.used(code, counting.days[at]), available)
        if counting.snapshots is not None and available is not None:
            held = self._own.counted(code, counting.snapshots[at], held)
        return sell_capacity(held, 0, available)

    def sold(self, at: int, code: int, held: float, quantity: float) -> None:
        """Count a sale that stands."""
        if self._counting.flow:
            self._flow.send(code, self._counting.days[at], "", held, 0, quantity)


class _Walk:
    """Both positions of each company, and what splits and delistings do to them."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.listed = [one.quantity for one in book.opening]
        self.held = list(self.listed)
        self.closed: list[Closed] = []
        self._next = [0] * len(book.events)
        amounts = [*book.trades.quantities.tolist(), *self.listed]
        self._whole = all(float(amount).is_integer() for amount in amounts)

    def until(self, code: int, day: object) -> None:
        """Apply a company's events up to a day, that day's included."""
        events = self.book.events[code]
        while self._next[code] < len(events) and events[self._next[code]].day <= day:  # type: ignore[operator]  # a date
            event = events[self._next[code]]
            self._next[code] += 1
            before = self.listed[code], self.held[code]
            if event.ratio is None:
                after = (0.0, 0.0)
                lost = before
            else:
                moved = tuple(float(event.ratio) * shares for shares in before)
                after = tuple(map(self._kept, moved))  # type: ignore[assignment]  # two of them
                lost = (moved[0] - after[0], moved[1] - after[1])
            self.listed[code], self.held[code] = after
            if any(abs(shares) > _TINY for shares in lost):
                self.closed.append(Closed(code, event, *lost))

    def _kept(self, shares: float) -> float:
        """Return shares without their fraction, which is paid in cash where the list trades whole shares."""
        near = round(shares)
        if abs(shares - near) < _TINY * max(1.0, abs(shares)):
            return float(near)
        return float(np.trunc(shares)) if self._whole else shares


def _neat(shares: float) -> float:
    """Undo the rounding of sums of fractions."""
    return (shares if shares.is_integer() else round(shares, 9)) + 0.0


def _check_close(book: Book, at: int, position: float, quantity: float) -> None:
    if position * quantity < 0 and abs(quantity) <= abs(position) + _TINY:
        return
    trades = book.trades
    what = "buys to close" if quantity > 0 else "sells to close"
    raise InvalidInputError(
        "trades",
        f"a trade of {trades.times[at]} that {what} {abs(quantity):g} {trades.symbols[at]}",
        f"close what is held, which is {position:+g} then",
        "If it was opened before the list begins, give what was held by opening= (--opening).",
    )
