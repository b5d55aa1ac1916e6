"""Trades judged one at a time, in order: fractions of a share, and what is too little to be worth an array."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from shortable.arrays import Ints
from shortable.desk import allowed_within
from shortable.research.judge.counting import Ledger
from shortable.research.judge.walk import Outcome, Walk, days_of

__all__ = ["singly"]


def singly(
    walk: Walk,
    chosen: npt.NDArray[np.intp],
    available: Ints,
    on_exceed: Literal["reject", "clip"],
    ledger: Ledger,
    outcome: Outcome,
) -> None:
    """Go through some of the trades, those `chosen`, ascending, and write what becomes of them into `outcome`."""
    book = walk.book
    eventful = [bool(events) for events in book.events]
    # Lists: an array's element takes three times as long to set.
    position, held, allowed = [], [], []
    columns = (chosen, book.codes[chosen], book.trades.quantities[chosen], available[chosen])
    days = days_of(book)
    for at, code, quantity, shares in zip(*(each.tolist() for each in columns), strict=True):
        if eventful[code]:
            walk.until(code, int(days[at]))
        was, could = walk.listed[code], walk.held[code]
        position.append(was)
        held.append(could)
        stands = quantity
        if quantity > 0:
            # What only covers a short that could not be had is left out; what goes beyond it is a purchase.
            cover = min(quantity, max(-was, 0.0))
            stands = quantity - cover + min(cover, max(-could, 0.0))
        elif could + quantity < 0:
            capacity = ledger.capacity(at, code, could, None if shares < 0 else shares)
            sold, _ = allowed_within(-quantity, capacity, on_exceed)
            stands = -sold + 0.0
        if stands < 0:
            ledger.sold(at, code, could, -stands)
        allowed.append(stands)
        walk.listed[code] = _neat(was + quantity)
        walk.held[code] = _neat(could + stands)
    outcome.position[chosen], outcome.held[chosen], outcome.allowed[chosen] = (
        np.array(each, np.float64) for each in (position, held, allowed)
    )


def _neat(shares: float) -> float:
    """Undo the rounding of sums of fractions."""
    return (shares if shares.is_integer() else round(shares, 9)) + 0.0
