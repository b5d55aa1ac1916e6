"""Prices: bars from frames, files or the sample, their clock, and their share basis."""

from shortable.market_data.bar_times import Resolution
from shortable.market_data.basis import Basis
from shortable.market_data.market_data import MarketData
from shortable.market_data.panel import BarPanel
from shortable.market_data.renames import follow_renames
from shortable.market_data.split_jumps import (
    SuspectedSplit,
    check_splits,
    dated_splits,
    suspected_splits,
)

__all__ = [
    "BarPanel",
    "Basis",
    "MarketData",
    "Resolution",
    "SuspectedSplit",
    "check_splits",
    "dated_splits",
    "follow_renames",
    "suspected_splits",
]


def __dir__() -> list[str]:
    return sorted(__all__)
