"""How a borrow ends against its borrower's will: recalls, and buy-ins when they are not met."""

from __future__ import annotations

from shortable.recall.book import BuyIn, Recall, RecallBook
from shortable.recall.dated import ForcedCovers, book_closure_suspensions
from shortable.recall.hazard import HAZARD_2026, HazardTable, RecallHazard
from shortable.recall.model import (
    LentPosition,
    NullRecall,
    RecallModel,
    RecallOnShortfall,
    Recalls,
    RecallTerms,
)

__all__ = [
    "HAZARD_2026",
    "BuyIn",
    "ForcedCovers",
    "HazardTable",
    "LentPosition",
    "NullRecall",
    "Recall",
    "RecallBook",
    "RecallHazard",
    "RecallModel",
    "RecallOnShortfall",
    "RecallTerms",
    "Recalls",
    "book_closure_suspensions",
]
