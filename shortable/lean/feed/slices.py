"""`Slice`: everything that an algorithm is told at one moment (LEAN: Common/Data/Slice.cs)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, TypeVar

from shortable.errors import InvalidInputError
from shortable.lean.collections import KeyValuePair
from shortable.lean.data import (
    BaseData,
    Delisting,
    Dividend,
    QuoteBar,
    Split,
    SymbolChangedEvent,
    TradeBar,
)
from shortable.lean.feed.keys import BySymbol
from shortable.lean.names import LeanObject
from shortable.lean.symbols import Symbol

__all__ = [
    "DataDictionary",
    "Delistings",
    "Dividends",
    "QuoteBars",
    "Slice",
    "Splits",
    "SymbolChangedEvents",
    "Tick",
    "Ticks",
    "TradeBars",
]

V = TypeVar("V")


class DataDictionary(BySymbol[V]):
    """Data of one kind by symbol, and the time at which they are known.

    Attributes
    ----------
    time : datetime
        Naive, in the algorithm's time zone.
    """

    def __init__(self, time: datetime | None = None, items: dict[Symbol, V] | None = None) -> None:
        super().__init__(items)
        self.time = time

    def _missing(self, key: Any) -> str:
        return (
            f"'{key}' wasn't found in the {type(self).__name__} object, likely because there was no data at this "
            f"moment and it could not be filled forward; check with contains_key('{key}') before"
        )


class TradeBars(DataDictionary[TradeBar]):
    """Bars of trades."""


class QuoteBars(DataDictionary[QuoteBar]):
    """Bars of quotes."""


class Tick(BaseData):
    """A tick. There are none in `shortable.lean`; algorithms ask whether data are ticks."""


class Ticks(DataDictionary[Any]):
    """Ticks: always empty, because `shortable.lean` has no tick data."""


class Dividends(DataDictionary[Dividend]):
    """Dividends that go ex now."""


class Splits(DataDictionary[Split]):
    """Splits, announced or done."""


class Delistings(DataDictionary[Delisting]):
    """Delistings, announced or done."""


class SymbolChangedEvents(DataDictionary[SymbolChangedEvent]):
    """Renamings."""


_OF_TYPE: dict[type, str] = {
    TradeBar: "bars",
    QuoteBar: "quote_bars",
    Dividend: "dividends",
    Split: "splits",
    Delisting: "delistings",
    SymbolChangedEvent: "symbol_changed_events",
}


class Slice(LeanObject):
    """Data of all kinds at one moment.

    Parameters
    ----------
    time : datetime
        Naive, in the algorithm's time zone.
    utc_time : datetime
        The same moment in UTC.
    data : list of BaseData
        What there is, internal subscriptions excepted.

    Examples
    --------
    >>> from datetime import datetime
    >>> spy = Symbol("SPY R735QTJ8XC9X", "SPY")
    >>> now = datetime(2024, 1, 2, 9, 31)
    >>> data = Slice(now, now, [TradeBar(datetime(2024, 1, 2, 9, 30), spy, 1, 1, 1, 2.5, 10)])
    >>> "SPY" in data, data["SPY"].close, data.bars[spy].Volume, data.ContainsKey("TLT")
    (True, 2.5, 10, False)
    """

    def __init__(self, time: datetime, utc_time: datetime, data: list[BaseData]) -> None:
        self.time, self.utc_time, self.all_data = time, utc_time, data
        self.bars, self.quote_bars, self.ticks = TradeBars(time), QuoteBars(time), Ticks(time)
        self.dividends, self.splits = Dividends(time), Splits(time)
        self.delistings, self.symbol_changed_events = Delistings(time), SymbolChangedEvents(time)
        self._data: BySymbol[BaseData | None] = BySymbol()
        for point in data:
            self._enter(point)

    def _enter(self, point: BaseData) -> None:
        name = _OF_TYPE.get(type(point))
        if name is None:
            self._data[point.symbol] = point
            return
        table: DataDictionary[Any] = getattr(self, name)
        if name in ("bars", "quote_bars"):
            # of two resolutions of one symbol the finer counts (TimeSliceFactory.cs)
            known = table.get(point.symbol)
            if known is None or known.period > point.period:
                table[point.symbol] = point
            # what the symbol alone stands for: an equity's quotes are found in `quote_bars` alone (IsDefaultDataType)
            if name == "bars":
                self._data[point.symbol] = table[point.symbol]
        else:
            table[point.symbol] = point
            # as in LEAN a symbol with an event is there, and without a bar its value is None
            self._data.setdefault(point.symbol, None)

    @property
    def has_data(self) -> bool:
        """Whether there is anything at all, corporate events included."""
        return bool(self.all_data)

    @property
    def count(self) -> int:
        """How many symbols have data."""
        return len(self._data)

    @property
    def keys(self) -> Any:
        """Symbols that have data; with or without a call."""
        return self._data.keys

    @property
    def values(self) -> Any:
        """The data; with or without a call."""
        return self._data.values

    def items(self) -> list[tuple[Symbol, BaseData | None]]:
        """Return symbols and data."""
        return self._data.items()

    def contains_key(self, key: Any) -> bool:
        """Whether a symbol has a bar or an event."""
        return key in self._data

    def get(self, *arguments: Any) -> Any:
        """Return data by type, by type and symbol, or by symbol; None where there is none.

        Parameters
        ----------
        *arguments
            ``get(TradeBar)``, ``get(TradeBar, symbol)`` or ``get(symbol)``.

        Raises
        ------
        InvalidInputError
            There is no table of that type.
        """
        kind = arguments[0] if arguments else None
        if not isinstance(kind, type):
            return self._data.get(*arguments)
        name = _OF_TYPE.get(kind)
        if name is None:
            known = ", ".join(sorted(t.__name__ for t in _OF_TYPE))
            raise InvalidInputError("type", kind.__name__, f"be one of {known}")
        table = getattr(self, name)
        return table.get(arguments[1]) if len(arguments) > 1 else table

    def try_get_value(self, key: Any, default: Any = None) -> tuple[bool, Any]:
        """Return whether a symbol has data, and the data."""
        return self._data.try_get_value(key, default)

    def __getitem__(self, key: Any) -> Any:
        try:
            return self._data[key]
        except KeyError:
            raise KeyError(
                f"'{key}' wasn't found in the Slice object, likely because there was no data at this moment and it "
                f"could not be filled forward; check with contains_key('{key}') before"
            ) from None

    def __contains__(self, key: object) -> bool:
        return key in self._data

    def __iter__(self) -> Iterator[KeyValuePair]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __bool__(self) -> bool:
        return True
