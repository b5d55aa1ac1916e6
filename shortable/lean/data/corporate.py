"""Dividends, splits, delistings and renamings, as algorithms see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shortable.lean.data.base_data import NO_TIME, BaseData
from shortable.lean.enums import DelistingType, MarketDataType, SplitType
from shortable.lean.symbols import Symbol

__all__ = ["Delisting", "Dividend", "Split", "SymbolChangedEvent"]


class _Auxiliary(BaseData):
    def __init__(self, symbol: Symbol, time: datetime, value: float) -> None:
        self.__dict__.update(
            symbol=symbol,
            time=time,
            value=value,
            data_type=MarketDataType.AUXILIARY,
            is_fill_forward=False,
        )


class Dividend(_Auxiliary):
    """A payment per share to who held the share at the close before (LEAN: Common/Data/Market/Dividend.cs).

    Parameters
    ----------
    symbol : Symbol
    date : datetime
        Ex-date, at midnight.
    distribution : float
        Dollars a share.
    reference_price : float
        Close of the session before, dollars a share, unadjusted.
    """

    reference_price: float

    def __init__(
        self,
        symbol: Symbol = Symbol.empty,
        date: datetime = NO_TIME,
        distribution: float = 0.0,
        reference_price: float = 0.0,
    ) -> None:
        super().__init__(symbol, date, distribution)
        self.reference_price = reference_price

    @property
    def distribution(self) -> float:
        """Dollars a share."""
        return self.value

    @distribution.setter
    def distribution(self, value: float) -> None:
        self.value = value

    def __str__(self) -> str:
        return f"Dividend: {self.symbol}: {self.distribution:g} | {self.reference_price:g}"


class Split(_Auxiliary):
    """New shares for old (LEAN: Common/Data/Market/Split.cs).

    Parameters
    ----------
    symbol : Symbol
    date : datetime
        First day on which the new shares trade, at midnight; of a warning the session before.
    price : float
        Close of the session before, dollars a share, unadjusted.
    split_factor : float
        Old shares for a new one: 0.5 doubles the shares.
    type : SplitType
    """

    split_factor: float
    type: SplitType

    def __init__(
        self,
        symbol: Symbol = Symbol.empty,
        date: datetime = NO_TIME,
        price: float = 0.0,
        split_factor: float = 1.0,
        type: SplitType = SplitType.SPLIT_OCCURRED,
    ) -> None:
        super().__init__(symbol, date, price)
        self.split_factor, self.type = split_factor, type

    @property
    def reference_price(self) -> float:
        """Close of the session before."""
        return self.value

    def __str__(self) -> str:
        kind = "Split Warning" if self.type == SplitType.WARNING else "Split"
        return f"{kind}: {self.symbol}: {self.split_factor:g} | {self.reference_price:g}"


class Delisting(_Auxiliary):
    """The end of trading (LEAN: Common/Data/Market/Delisting.cs).

    Parameters
    ----------
    symbol : Symbol
    date : datetime
        Last day of trading for the warning, the day after for the delisting itself, at midnight.
    price : float
        Last price, dollars a share.
    type : DelistingType
    """

    type: DelistingType
    ticket: Any

    def __init__(
        self,
        symbol: Symbol = Symbol.empty,
        date: datetime = NO_TIME,
        price: float = 0.0,
        type: DelistingType = DelistingType.WARNING,
    ) -> None:
        super().__init__(symbol, date, price)
        self.type, self.ticket = type, None

    def set_order_ticket(self, ticket: Any) -> None:
        """Note the order that closed the position."""
        self.ticket = ticket

    def __str__(self) -> str:
        return f"Delisting {self.symbol}: {self.type} {self.time:%Y-%m-%d}"


class SymbolChangedEvent(_Auxiliary):
    """A security goes by another ticker from this day (LEAN: Common/Data/Market/SymbolChangedEvent.cs).

    Parameters
    ----------
    symbol : Symbol
    date : datetime
        First day under the new ticker, at midnight.
    old_symbol, new_symbol : str
        Tickers.
    """

    old_symbol: str
    new_symbol: str

    def __init__(
        self,
        symbol: Symbol = Symbol.empty,
        date: datetime = NO_TIME,
        old_symbol: str = "",
        new_symbol: str = "",
    ) -> None:
        super().__init__(symbol, date, 0.0)
        self.old_symbol, self.new_symbol = old_symbol, new_symbol

    def __str__(self) -> str:
        return f"{self.time:%Y-%m-%d}: {self.old_symbol} -> {self.new_symbol}"
