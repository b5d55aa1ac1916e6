"""The verdict on each trade of a list, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from shortable.arrays import Bools, Floats, Ints
from shortable.errors import InvalidInputError
from shortable.research.judge.counting import Counting, Ledger
from shortable.research.judge.rounds import in_rounds
from shortable.research.judge.singly import singly
from shortable.research.judge.walk import TINY, Closed, Outcome, Walk
from shortable.research.share_basis import Book

__all__ = ["BORROWED", "CLIPPED", "NO_DATA", "REFUSED", "Judged", "judge"]


BORROWED, REFUSED, CLIPPED, NO_DATA = "borrowed", "not borrowable", "clipped", "no data"
_NO_BORROW, _NOT_NEEDED = "no borrow", "not needed"


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdicts, M of them; shares are those of the trade's day, signed."""

    position: Floats
    """Held before the trade, as listed."""
    held: Floats
    """Held before it, as it could have been."""
    needed: Bools
    """Whether it needed a borrow."""
    has_data: Bools
    """False where it needed one and no snapshot answered."""
    verdict: npt.NDArray[np.object_]
    """In words; see `Audit.trades`."""
    allowed: Floats
    """Shares of it that stand."""
    closed: list[Closed]
    """What events took away, by day and company."""


def judge(
    book: Book,
    available: Ints,
    has_data: Bools,
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
    walk, ledger, outcome = Walk(book), Ledger(counting), Outcome.of(len(book.trades))
    left = in_rounds(walk, available, on_exceed, ledger, outcome)
    singly(walk, left, available, on_exceed, ledger, outcome)
    walk.finish()
    _check_closes(book, outcome.position)
    quantities = book.trades.quantities
    needed = (quantities < 0) & (outcome.held + quantities < 0)
    return Judged(
        outcome.position,
        outcome.held,
        needed,
        ~needed | has_data,
        _verdicts(quantities, needed, has_data, outcome.allowed),
        outcome.allowed,
        walk.closed,
    )


def _verdicts(
    quantities: Floats, needed: Bools, has_data: Bools, allowed: Floats
) -> npt.NDArray[np.object_]:
    whole = allowed == quantities
    words = np.array([_NO_BORROW, _NOT_NEEDED, NO_DATA, BORROWED, CLIPPED, REFUSED], dtype=object)
    number = np.where(allowed != 0, np.int8(4), np.int8(5))
    for case, applies in ((3, whole), (2, ~has_data), (1, ~needed), (0, ~needed & whole)):
        number = np.where(applies, np.int8(case), number)
    found: npt.NDArray[np.object_] = words[number]
    return found


def _check_closes(book: Book, position: Floats) -> None:
    """Hold the trades that are said to close something against what there is to close."""
    trades = book.trades
    closing = np.flatnonzero(trades.effects == "close")
    was, quantity = position[closing], trades.quantities[closing]
    wrong = (was * quantity >= 0) | (np.abs(quantity) > np.abs(was) + TINY)
    if not wrong.any():
        return
    at = int(closing[wrong][0])
    amount = float(trades.quantities[at])
    what = "buys to close" if amount > 0 else "sells to close"
    raise InvalidInputError(
        "trades",
        f"a trade of {trades.times[at]} that {what} {abs(amount):g} {trades.symbols[at]}",
        f"close what is held, which is {position[at]:+g} then",
        "If it was opened before the list begins, give what was held by opening= (--opening).",
    )
