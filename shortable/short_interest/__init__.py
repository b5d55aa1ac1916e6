"""Short interest: how many shares of a security are short, point in time, for the USA (FINRA) and Hong Kong (SFC)."""

from __future__ import annotations

from shortable.short_interest.days_to_cover import DaysToCoverProvider
from shortable.short_interest.positions import (
    HKShortPosition,
    ShortPosition,
    ShortPositions,
    USShortPosition,
)
from shortable.short_interest.reader import ShortInterest
from shortable.store import store_shares_outstanding

__all__ = [
    "DaysToCoverProvider",
    "HKShortPosition",
    "ShortInterest",
    "ShortPosition",
    "ShortPositions",
    "USShortPosition",
    "store_shares_outstanding",
]


def __dir__() -> list[str]:
    return sorted(__all__)
