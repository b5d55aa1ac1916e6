"""Taiwan's evening lists: what is sold short of each stock, and how much may be in the next session."""

from __future__ import annotations

from shortable.importers.taiwan.available import is_available, parse_available
from shortable.importers.taiwan.evening import (
    EVENING_COLUMNS,
    EVENING_OPTIONS,
    Evening,
    parse_evening,
)
from shortable.importers.taiwan.sessions import settle_sessions

__all__ = [
    "EVENING_COLUMNS",
    "EVENING_OPTIONS",
    "Evening",
    "is_available",
    "parse_available",
    "parse_evening",
    "settle_sessions",
]
