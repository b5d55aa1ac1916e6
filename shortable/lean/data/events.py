"""Renamings, splits, dividends and delistings of a trading day, from map and factor files.

Sources: Engine/DataFeeds/Enumerators/MappingEventProvider.cs, SplitEventProvider.cs, DividendEventProvider.cs,
DelistingEventProvider.cs.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from shortable.lean.data.base_data import BaseData
from shortable.lean.data.corporate import Delisting, Dividend, Split, SymbolChangedEvent
from shortable.lean.data.factor_files import FactorFile, distribution
from shortable.lean.data.map_files import MapFile
from shortable.lean.enums import DelistingType, SplitType
from shortable.lean.numbers import decimal_of
from shortable.lean.symbols import Symbol

__all__ = ["events_of"]

_DAY = timedelta(days=1)


def events_of(
    symbol: Symbol,
    day: date,
    previous: date,
    map_file: MapFile | None,
    factors: FactorFile,
    last_raw_price: float,
) -> list[BaseData]:
    """Return the events of a trading day in LEAN's order.

    Parameters
    ----------
    symbol : Symbol
    day, previous : date
        The trading day and the one before it.
    map_file : MapFile or None
    factors : FactorFile
    last_raw_price : float
        Reference price where the factor file states none; price of a warning and of a delisting.
    """
    midnight = datetime.combine(day, time())
    found: list[BaseData] = []
    if map_file is None or map_file.has_data(day):
        if map_file is not None:
            old, new = (map_file.ticker_at(d, symbol.value) for d in (previous, day))
            if old != new:
                found.append(SymbolChangedEvent(symbol, midnight, old, new))
        last = decimal_of(last_raw_price)
        if (split := factors.split_after(previous)) is not None:
            found.append(Split(symbol, midnight, float(split[1] or last), float(split[0])))
        if (split := factors.split_after(day)) is not None:
            found.append(
                Split(symbol, midnight, last_raw_price, float(split[0]), SplitType.WARNING)
            )
        if (dividend := factors.dividend_after(previous)) is not None:
            close: Decimal = dividend[1] or last
            found.append(
                Dividend(symbol, midnight, float(distribution(close, dividend[0])), float(close))
            )
    if map_file is not None:
        found += _delisting(symbol, day, previous, map_file.delisting_date, last_raw_price)
    return found


def _delisting(
    symbol: Symbol, day: date, previous: date, last_day: date, price: float
) -> list[BaseData]:
    """The warning on the last day, or the first session after it; the end on the first session after it."""
    midnight = datetime.combine(last_day, time())
    found: list[BaseData] = []
    if previous < last_day <= day:
        found.append(Delisting(symbol, midnight, price, DelistingType.WARNING))
    if previous <= last_day < day:
        found.append(Delisting(symbol, midnight + _DAY, price, DelistingType.DELISTED))
    return found
