"""As-of look-up in dated snapshots (S2, S3): what the providers for stores and for tables in memory stand on."""

from __future__ import annotations

from shortable.providers.as_of.exact_date import ExactDateLookup
from shortable.providers.as_of.history import FEE, FLOOR, QUANTITY, REBATE, History
from shortable.providers.as_of.lookup import AsOfLookup, SnapshotProvider
from shortable.providers.as_of.point import Missing, check_lag
from shortable.providers.as_of.session import SessionLookup, day_number
from shortable.providers.as_of.timeline import before
from shortable.providers.as_of.wide_table import WideHistory

__all__ = [
    "FEE",
    "FLOOR",
    "QUANTITY",
    "REBATE",
    "AsOfLookup",
    "ExactDateLookup",
    "History",
    "Missing",
    "SessionLookup",
    "SnapshotProvider",
    "WideHistory",
    "before",
    "check_lag",
    "day_number",
]
