"""The verdicts on a trade list: trade by trade, what it held, and what it could have held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from shortable.desk import allowed_sale
from shortable.errors import InvalidInputError
from shortable.research.share_basis import Book, Event

__all__ = ["BORROWED", "CLIPPED", "NO_DATA", "REFUSED", "Judged", "judge"]

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

    Raises
    ------
    InvalidInputError
        A trade closes more than there is, by the list's own word.
    """
    walk = _Walk(book)
    trades, days = book.trades, book.trades.times.astype("datetime64[D]").tolist()
    count = len(trades)
    position, held, allowed = np.zeros(count), np.zeros(count), np.zeros(count)
    needed, based, verdicts = np.zeros(count, np.bool_), np.ones(count, np.bool_), []
    columns = (book.codes, trades.quantities, available, has_data, trades.effects)
    for at, (code, quantity, shares, has, effect) in enumerate(
        zip(*(column.tolist() for column in columns), strict=True)
    ):
        walk.until(code, days[at])
        position[at], held[at] = was, could = walk.listed[code], walk.held[code]
        if effect == "close":
            _check_close(book, at, was, quantity)
        stands, verdict = quantity, "no borrow"
        if quantity < 0 and could + quantity < 0:
            needed[at], based[at] = True, has
            can = None if shares < 0 else shares
            sold, _ = allowed_sale(could, 0, -quantity, can, on_exceed)
            stands = -sold + 0.0
            whole = stands == quantity
            verdict = NO_DATA if not has else BORROWED if whole else CLIPPED if sold else REFUSED
        elif quantity > 0:
            # What only covers a short that could not be had is left out; what goes beyond it is a purchase.
            cover = min(quantity, max(-was, 0.0))
            stands = quantity - cover + min(cover, max(-could, 0.0))
            verdict = "no borrow" if stands == quantity else "not needed"
        allowed[at] = stands
        verdicts.append(verdict)
        walk.listed[code] = _neat(was + quantity)
        walk.held[code] = _neat(could + stands)
    for code in range(len(book.events)):
        walk.until(code, book.grid.index[-1].date())
    return Judged(position, held, needed, based, verdicts, allowed, walk.closed)


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
    near = round(shares, 9)
    return near + 0.0


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
