"""Prices: bars from frames, files or the sample, and the clock that they are read by."""

from shortable.market_data.market_data import MarketData
from shortable.market_data.panel import BarPanel
from shortable.market_data.resolution import Resolution

__all__ = ["BarPanel", "MarketData", "Resolution"]
