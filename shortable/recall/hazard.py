"""A seeded hazard of recall by what is available, fitted on how symbols leave a broker's list."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

from shortable.errors import InvalidInputError
from shortable.recall.model import LentPosition, RecallModel, RecallTerms
from shortable.symbol import Symbol

__all__ = ["HAZARD_2026", "HazardTable", "RecallHazard"]


@dataclass(frozen=True, slots=True)
class HazardTable:
    """Hazards a calendar day of leaving a broker's list, by shares shown and by fee.

    Attributes
    ----------
    shares : tuple of float
        Upper bounds of the rows, included, ascending; a last row is of what lies above.
    fees : tuple of float
        Upper bounds of the columns, annual fractions, included, ascending; a last column is of what lies above.
    hazards : tuple of tuple of float
        One row more than `shares`, one column more than `fees`; a day, at least 0.
    source : str
        What it was fitted on.
    """

    shares: tuple[float, ...]
    fees: tuple[float, ...]
    hazards: tuple[tuple[float, ...], ...]
    source: str

    def __post_init__(self) -> None:
        for name in ("shares", "fees"):
            bounds = getattr(self, name)
            if list(bounds) != sorted(set(bounds)):
                raise InvalidInputError(name, bounds, "ascend, each once")
        if len(self.hazards) != len(self.shares) + 1 or any(
            len(row) != len(self.fees) + 1 for row in self.hazards
        ):
            raise InvalidInputError(
                "hazards", self.hazards, "have one row and one column more than there are bounds"
            )
        if not all(0 <= hazard < math.inf for row in self.hazards for hazard in row):
            raise InvalidInputError("hazards", self.hazards, "be finite and at least 0")

    def at(self, available: float, fee_rate: float) -> float:
        """Return the hazard a day; a fee that is not known counts as the lowest."""
        fee = 0.0 if fee_rate != fee_rate else fee_rate
        return self.hazards[bisect_left(self.shares, available)][bisect_left(self.fees, fee)]


@dataclass(frozen=True, slots=True)
class RecallHazard(RecallModel):
    """Recalls all of a short at random, with a probability of 1 − exp(−hazard × 7 / 5) a session.

    The draw depends on the seed, the symbol and the session alone, so that neither other symbols nor the order of questions
    change it (S10). Where no restriction is known nothing is recalled; none available counts as the first row.

    Parameters
    ----------
    seed : int
    table : HazardTable
        Default `HAZARD_2026`.
    recalled_share : float
        Of those that leave the list, the fraction that is recalled, from 0 to 1. Leaving the list is not yet a recall: 1 is
        the upper bound, and the default.
    terms : RecallTerms
    """

    seed: int
    table: HazardTable | None = None
    recalled_share: float = 1.0
    terms: RecallTerms = RecallTerms()  # noqa: RUF009  frozen

    def __post_init__(self) -> None:
        if not 0 <= self.recalled_share <= 1:
            raise InvalidInputError("recalled_share", self.recalled_share, "be from 0 to 1")

    def recalled(self, position: LentPosition) -> float:
        """Return all of the short, or nothing."""
        if position.available is None:
            return 0.0
        hazard = (self.table or HAZARD_2026).at(position.available, position.fee_rate)
        # A session stands for 7/5 of a day: the hazard is by calendar days, and sessions do not say how far apart they are.
        chance = -math.expm1(-hazard * 7 / 5) * self.recalled_share
        hit = self.draw(position.symbol, position.session) < chance
        return position.shares if hit else 0.0

    def draw(self, symbol: Symbol, session: date) -> float:
        """Return the number from 0 to 1, 1 excluded, that decides for a symbol and session."""
        text = f"{self.seed}|{symbol!r}|{session.isoformat()}"
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) / 2.0**64


HAZARD_2026 = HazardTable(
    shares=(500, 5_000, 50_000, 500_000),
    fees=(0.01, 0.10),
    hazards=(
        (0.016949, 0.050856, 0.061586),
        (0.007236, 0.026384, 0.027453),
        (0.003750, 0.007183, 0.011247),
        (0.001044, 0.002295, 0.004960),
        (0.000370, 0.001174, 0.002663),
    ),
    source="26 snapshots of Interactive Brokers' US list, 2026-03-23 to 2026-05-11, USD rows, without 2026-04-21, which "
    "repeats 2026-04-16: 472,102 symbols seen twice, 5,590 left. By shortable.recall.fit.",
)
"""Hazards a calendar day of leaving Interactive Brokers' list, by shares shown and annual fee (to 1 %, to 10 %, above)."""
