"""Data as algorithms see them, and the sources that they come from."""

from shortable.lean.data.bars import Bar, QuoteBar, TradeBar
from shortable.lean.data.base_data import BaseData, PythonData
from shortable.lean.data.corporate import Delisting, Dividend, Split, SymbolChangedEvent
from shortable.lean.data.fundamental import CoarseFundamental, FineFundamental, Fundamental
from shortable.lean.data.points import IndicatorDataPoint

__all__ = [
    "Bar",
    "BaseData",
    "CoarseFundamental",
    "Delisting",
    "Dividend",
    "FineFundamental",
    "Fundamental",
    "IndicatorDataPoint",
    "PythonData",
    "QuoteBar",
    "Split",
    "SymbolChangedEvent",
    "TradeBar",
]
