"""The newest data of one security (LEAN: Common/Securities/SecurityCache.cs)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from shortable.lean.data import BaseData, QuoteBar, Split, TradeBar
from shortable.lean.enums import MarketDataType
from shortable.lean.generics import generic
from shortable.lean.names import LeanObject

__all__ = ["SecurityCache"]


class SecurityCache(LeanObject):
    """Last prices and last data by type. Repeated (fill-forward) data change nothing.

    An equity's price is that of its last trade: quotes move bid and ask alone.

    Attributes
    ----------
    price, open, high, low, close : float
        Of the last trade bar, 0.0 before.
    bid_price, ask_price, bid_size, ask_size : float
        Of the last quote bar, 0.0 before.
    volume : float
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self.price = self.open = self.high = self.low = self.close = 0.0
        self.bid_price = self.ask_price = self.bid_size = self.ask_size = self.volume = 0.0
        self.last: BaseData | None = None
        self.by_type: dict[type, BaseData] = {}
        self._all: dict[type, list[Any]] = {}
        self._quoted: datetime | None = None
        self._priced: datetime | None = None

    def add_data_list(
        self, data: Sequence[Any], data_type: type, contains_fill_forward: bool | None = None
    ) -> None:
        """Take in what one subscription brought in one time step."""
        fresh = (
            data
            if contains_fill_forward is False
            else [point for point in data if not point.is_fill_forward]
        )
        if fresh:
            self.store_data(fresh, data_type)
        self._process(data[-1])

    def store_data(self, data: Sequence[Any], data_type: type) -> None:
        """Keep data by their type without changing a price."""
        self._all[data_type] = list(data)
        self.by_type[data_type] = data[-1]

    def add_data(self, data: BaseData) -> None:
        """Take in one point."""
        if not data.is_fill_forward:
            self.store_data([data], type(data))
        self._process(data)

    def _process(self, data: Any) -> None:
        if data.is_fill_forward or data.data_type == MarketDataType.AUXILIARY:
            return
        if isinstance(data, QuoteBar):
            self._quote(data)
            return
        self.last = data
        if not isinstance(data, TradeBar):
            self.price = data.price or self.price
            return
        end = data.end_time
        if self._quoted != end or self._priced != end:
            self._priced = end
            self.open = data.open or self.open
            self.high = data.high or self.high
            self.low = data.low or self.low
            if data.close:
                self.price = self.close = data.close
        self.volume = data.volume or self.volume

    def _quote(self, bar: QuoteBar) -> None:
        self._quoted = bar.end_time
        if bar.ask is not None:
            self.ask_price = bar.ask.close or self.ask_price
        if bar.bid is not None:
            self.bid_price = bar.bid.close or self.bid_price
        self.bid_size = bar.last_bid_size or self.bid_size
        self.ask_size = bar.last_ask_size or self.ask_size

    @generic
    def get_data(self, data_type: type | None = None, *, kind: type | None = None) -> Any:
        """Return the last trade data, or the last data of a type; None before the first."""
        wanted = kind or data_type
        return self.last if wanted is None else self.by_type.get(wanted)

    @generic
    def get_all(self, data_type: type | None = None, *, kind: type | None = None) -> list[Any]:
        """Return all data of a type of the last time step that brought some."""
        wanted = kind or data_type
        return [] if wanted is None else list(self._all.get(wanted, ()))

    def has_data(self, data_type: type) -> bool:
        """Whether there are data of a type."""
        return data_type in self.by_type

    def apply_split(self, split: Split) -> None:
        """Bring prices and the last bars into the units after a split."""
        factor = split.split_factor
        for name in ("price", "open", "high", "low", "close", "bid_price", "ask_price"):
            setattr(self, name, getattr(self, name) * factor)
        for name in ("volume", "bid_size", "ask_size"):
            setattr(self, name, getattr(self, name) / factor)
        for bar in {
            id(b): b for b in [self.last, *self.by_type.values()] if b is not None
        }.values():
            _scale(bar, factor)


def _scale(data: Any, factor: float) -> None:
    if isinstance(data, QuoteBar):
        for side in (data.bid, data.ask):
            if side is not None:
                for name in ("open", "high", "low", "close"):
                    setattr(side, name, getattr(side, name) * factor)
        data.last_bid_size /= factor
        data.last_ask_size /= factor
    elif isinstance(data, TradeBar):
        for name in ("open", "high", "low", "close"):
            setattr(data, name, getattr(data, name) * factor)
        data.volume /= factor
