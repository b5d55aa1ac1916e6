"""Longer bars out of shorter ones, with LEAN's edges."""

from shortable.lean.consolidators.bars import (
    BaseDataConsolidator,
    IdentityDataConsolidator,
    QuoteBarConsolidator,
    SequentialConsolidator,
    TradeBarConsolidator,
)
from shortable.lean.consolidators.base import DataConsolidator, PythonConsolidator
from shortable.lean.consolidators.calendar import Calendar, CalendarInfo, CalendarType, Expiry
from shortable.lean.consolidators.market_hours import MarketHourAwareConsolidator

__all__ = [
    "BaseDataConsolidator",
    "Calendar",
    "CalendarInfo",
    "CalendarType",
    "DataConsolidator",
    "Expiry",
    "IdentityDataConsolidator",
    "MarketHourAwareConsolidator",
    "PythonConsolidator",
    "QuoteBarConsolidator",
    "SequentialConsolidator",
    "TradeBarConsolidator",
]
