"""Data as algorithms see them, and the sources that they come from."""

from shortable.lean.data.bars import Bar, QuoteBar, TradeBar
from shortable.lean.data.base_data import BaseData, PythonData
from shortable.lean.data.corporate import Delisting, Dividend, Split, SymbolChangedEvent
from shortable.lean.data.day_bars import DayBars, QuoteBars, TradeBars
from shortable.lean.data.folder_source import LeanDataFolder
from shortable.lean.data.fundamental import CoarseFundamental, FineFundamental, Fundamental
from shortable.lean.data.globals import DataProvider, Extensions, Globals, data_folder_is
from shortable.lean.data.hours import ExchangeHours
from shortable.lean.data.market_data_source import MarketDataSource
from shortable.lean.data.points import IndicatorDataPoint
from shortable.lean.data.source import PriceSource, SymbolRow

__all__ = [
    "Bar",
    "BaseData",
    "CoarseFundamental",
    "DataProvider",
    "DayBars",
    "Delisting",
    "Dividend",
    "ExchangeHours",
    "Extensions",
    "FineFundamental",
    "Fundamental",
    "Globals",
    "IndicatorDataPoint",
    "LeanDataFolder",
    "MarketDataSource",
    "PriceSource",
    "PythonData",
    "QuoteBar",
    "QuoteBars",
    "Split",
    "SymbolChangedEvent",
    "SymbolRow",
    "TradeBar",
    "TradeBars",
    "data_folder_is",
]
