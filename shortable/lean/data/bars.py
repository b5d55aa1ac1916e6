"""Bars of trades and of quotes, as algorithms see them (LEAN: Common/Data/Market/Bar.cs, TradeBar.cs, QuoteBar.cs)."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from typing import Any, Protocol

from shortable.lean.data.base_data import NO_TIME, BaseData
from shortable.lean.enums import MarketDataType
from shortable.lean.names import LeanObject
from shortable.lean.symbols import Symbol

__all__ = ["Bar", "QuoteBar", "TradeBar"]

_MINUTE = timedelta(minutes=1)


class _HasPrices(Protocol):
    open: float
    high: float
    low: float
    close: float


class Bar(LeanObject):
    """Open, high, low and close of one side, in dollars a share."""

    open: float
    high: float
    low: float
    close: float

    def __init__(
        self, open: float = 0.0, high: float = 0.0, low: float = 0.0, close: float = 0.0
    ) -> None:
        self.__dict__.update(open=open, high=high, low=low, close=close)

    def update(self, value: float) -> None:
        """Take in a price; zero is none, and the first one opens the bar."""
        if value == 0:
            return
        if self.open == 0:
            self.open = self.high = self.low = value
        self.high, self.low, self.close = max(self.high, value), min(self.low, value), value

    def clone(self) -> Bar:
        """Return a copy."""
        return copy.copy(self)

    def __repr__(self) -> str:
        return f"<Bar O {self.open:g} H {self.high:g} L {self.low:g} C {self.close:g}>"


class _Lasting(BaseData):
    """Data that last: their end is their beginning and a period."""

    period: timedelta

    @property
    def end_time(self) -> datetime:
        """When the bar ends and is known."""
        return self.time + self.period

    @end_time.setter
    def end_time(self, value: datetime) -> None:
        self.period = value - self.time


class TradeBar(_Lasting):
    """Trades of one symbol over a period.

    Parameters
    ----------
    time : datetime
        Start, naive, New York.
    symbol : Symbol
    open, high, low, close : float
        Dollars a share.
    volume : float
        Shares.
    period : timedelta, default one minute

    Examples
    --------
    >>> bar = TradeBar(datetime(2024, 1, 2, 9, 30), Symbol.empty, 1.0, 3.0, 0.5, 2.0, 100)
    >>> bar.end_time, bar.price, bar.Close
    (datetime.datetime(2024, 1, 2, 9, 31), 2.0, 2.0)
    """

    open: float
    high: float
    low: float
    volume: float

    def __init__(
        self,
        time: datetime = NO_TIME,
        symbol: Symbol = Symbol.empty,
        open: float = 0.0,
        high: float = 0.0,
        low: float = 0.0,
        close: float = 0.0,
        volume: float = 0.0,
        period: timedelta | None = None,
    ) -> None:
        self.__dict__.update(
            symbol=symbol,
            time=time,
            value=close,
            data_type=MarketDataType.TRADE_BAR,
            is_fill_forward=False,
            open=open,
            high=high,
            low=low,
            volume=volume,
            period=_MINUTE if period is None else period,
        )

    @property
    def close(self) -> float:
        """The last price: the bar's value."""
        return self.value

    @close.setter
    def close(self, value: float) -> None:
        self.value = value

    def update(
        self,
        last_trade: float,
        bid_price: float = 0.0,
        ask_price: float = 0.0,
        volume: float = 0.0,
        bid_size: float = 0.0,
        ask_size: float = 0.0,
    ) -> None:
        """Take in a trade; the first one opens the bar."""
        if self.open == 0:
            self.open = self.high = self.low = last_trade
        self.high, self.low = max(self.high, last_trade), min(self.low, last_trade)
        self.volume += volume
        self.value = last_trade

    def __str__(self) -> str:
        return (
            f"{self.symbol}: O: {self.open:.4f} H: {self.high:.4f} L: {self.low:.4f} "
            f"C: {self.close:.4f} V: {self.volume:.0f}"
        )


class QuoteBar(_Lasting):
    """Bids and asks of one symbol over a period; its own prices lie in the middle.

    Parameters
    ----------
    time : datetime
        Start, naive, New York.
    symbol : Symbol
    bid, ask : Bar or None
        None where there was no quote on that side.
    last_bid_size, last_ask_size : float
        Shares.
    period : timedelta, default one minute
    """

    bid: Bar | None
    ask: Bar | None
    last_bid_size: float
    last_ask_size: float

    def __init__(
        self,
        time: datetime = NO_TIME,
        symbol: Symbol = Symbol.empty,
        bid: _HasPrices | None = None,
        last_bid_size: float = 0,
        ask: _HasPrices | None = None,
        last_ask_size: float = 0,
        period: timedelta | None = None,
    ) -> None:
        self.__dict__.update(
            symbol=symbol,
            time=time,
            value=0.0,
            data_type=MarketDataType.QUOTE_BAR,
            is_fill_forward=False,
            bid=_copied(bid),
            ask=_copied(ask),
            last_bid_size=last_bid_size if bid is not None else 0,
            last_ask_size=last_ask_size if ask is not None else 0,
            period=_MINUTE if period is None else period,
        )
        self.value = self.close

    @classmethod
    def of_sides(
        cls,
        time: datetime,
        symbol: Symbol,
        bid: Bar | None,
        bid_size: float,
        ask: Bar | None,
        ask_size: float,
        period: timedelta,
    ) -> QuoteBar:
        """Return a bar that keeps the sides it is given; for readers, which make them for it."""
        bar = object.__new__(cls)
        bar.__dict__.update(
            symbol=symbol,
            time=time,
            data_type=MarketDataType.QUOTE_BAR,
            is_fill_forward=False,
            period=period,
            bid=bid,
            ask=ask,
            last_bid_size=bid_size if bid is not None else 0,
            last_ask_size=ask_size if ask is not None else 0,
            value=_middle(bid, ask, "close") or 0.0,
        )
        return bar

    def _middle(self, name: str) -> float | None:
        return _middle(self.bid, self.ask, name)

    @property
    def open(self) -> float:
        """Middle of the sides' opens, or the one that there is."""
        return self._middle("open") or 0.0

    @property
    def high(self) -> float:
        """Middle of the sides' highs, or the one that there is."""
        return self._middle("high") or 0.0

    @property
    def low(self) -> float:
        """Middle of the sides' lows, or the one that there is."""
        return self._middle("low") or 0.0

    @property
    def close(self) -> float:
        """Middle of the sides' closes, the one that there is, or the value."""
        middle = self._middle("close")
        return self.value if middle is None else middle

    def update(
        self,
        last_trade: float,
        bid_price: float = 0.0,
        ask_price: float = 0.0,
        volume: float = 0.0,
        bid_size: float = 0.0,
        ask_size: float = 0.0,
    ) -> None:
        """Take in a quote; zero is none."""
        if bid_price != 0:
            self.bid = self.bid or Bar()
            self.bid.update(bid_price)
        if ask_price != 0:
            self.ask = self.ask or Bar()
            self.ask.update(ask_price)
        self.last_bid_size = bid_size if bid_size > 0 else self.last_bid_size
        self.last_ask_size = ask_size if ask_size > 0 else self.last_ask_size
        self.value = last_trade or ask_price or bid_price or self.value

    def collapse(self) -> TradeBar:
        """Return the bar of the middles, without volume."""
        return TradeBar(
            self.time, self.symbol, self.open, self.high, self.low, self.close, 0.0, self.period
        )

    def clone(self, fill_forward: bool | None = None) -> Any:
        """Return a copy that shares no side; `fill_forward` marks it as a repeat."""
        twin = super().clone(fill_forward)
        twin.bid, twin.ask = _copied(self.bid), _copied(self.ask)
        return twin

    def __str__(self) -> str:
        return f"{self.symbol}: Bid: {self.bid!r} {self.last_bid_size:g} Ask: {self.ask!r} {self.last_ask_size:g}"


def _middle(bid: Bar | None, ask: Bar | None, name: str) -> float | None:
    if bid is not None and ask is not None:
        # as LEAN: a side whose price is zero does not pull the middle down
        b, a = getattr(bid, name), getattr(ask, name)
        return float((b + a) / 2) if b != 0 and a != 0 else float(b if b != 0 else a)
    if bid is not None:
        return float(getattr(bid, name))
    return float(getattr(ask, name)) if ask is not None else None


def _copied(side: _HasPrices | None) -> Bar | None:
    return None if side is None else Bar(side.open, side.high, side.low, side.close)
