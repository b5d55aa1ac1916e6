"""The verdicts on a trade list: trade by trade, what it held, and what it could have held."""

from shortable.research.judge.counting import Counting
from shortable.research.judge.verdicts import (
    BORROWED,
    CLIPPED,
    NO_DATA,
    REFUSED,
    Judged,
    judge,
)
from shortable.research.judge.walk import Closed

__all__ = [
    "BORROWED",
    "CLIPPED",
    "NO_DATA",
    "REFUSED",
    "Closed",
    "Counting",
    "Judged",
    "judge",
]
