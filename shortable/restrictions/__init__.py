"""Rules on short sales beside availability: each refuses with a tag of its own, and they combine with ``|``."""

from __future__ import annotations

from shortable.restrictions.bans import BANS, Ban, ShortSaleBan
from shortable.restrictions.lists import (
    DesignatedSecurities,
    ListedDays,
    SuspendedShortSales,
    ThresholdSecurities,
)
from shortable.restrictions.restriction import (
    NullRestriction,
    Restriction,
    SaleKind,
    ShortSale,
)
from shortable.restrictions.ticks import Rule201, TickRule

__all__ = [
    "BANS",
    "Ban",
    "DesignatedSecurities",
    "ListedDays",
    "NullRestriction",
    "Restriction",
    "Rule201",
    "SaleKind",
    "ShortSale",
    "ShortSaleBan",
    "SuspendedShortSales",
    "ThresholdSecurities",
    "TickRule",
]
