"""Short interest: how many shares of a security are short, point in time, for the USA (FINRA) and Hong Kong (SFC)."""

from __future__ import annotations

from shortable.short_interest.positions import HKShortPosition, ShortPosition, ShortPositions, USShortPosition

__all__ = ["HKShortPosition", "ShortPosition", "ShortPositions", "USShortPosition"]
