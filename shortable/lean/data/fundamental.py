"""What universes are selected from: one security's day."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from shortable.lean.data.base_data import NO_TIME, BaseData
from shortable.lean.enums import MarketDataType
from shortable.lean.market import Market
from shortable.lean.symbols import Symbol

__all__ = ["CoarseFundamental", "FineFundamental", "Fundamental"]

_DAY = timedelta(days=1)


class CoarseFundamental(BaseData):
    """Price and volume of one security's day (LEAN: Common/Data/UniverseSelection/CoarseFundamental.cs).

    Attributes
    ----------
    value : float
        Close, unadjusted, dollars a share; also `price`.
    volume : int
        Shares.
    dollar_volume : float
        Dollars.
    has_fundamental_data : bool
    price_factor, split_factor : float
        What turns the close into `adjusted_price`.
    market : str
    """

    volume: int
    dollar_volume: float
    has_fundamental_data: bool
    price_factor: float
    split_factor: float
    market: str

    def __init__(
        self,
        symbol: Symbol = Symbol.empty,
        time: datetime = NO_TIME,
        value: float = 0.0,
        volume: int = 0,
        dollar_volume: float = 0.0,
        has_fundamental_data: bool = False,
        price_factor: float = 1.0,
        split_factor: float = 1.0,
        market: str = Market.USA,
        market_cap: float | None = None,
    ) -> None:
        self.__dict__.update(
            symbol=symbol,
            time=time,
            value=value,
            data_type=MarketDataType.AUXILIARY,
            is_fill_forward=False,
            volume=volume,
            dollar_volume=dollar_volume,
            has_fundamental_data=has_fundamental_data,
            price_factor=price_factor,
            split_factor=split_factor,
            market=market,
            _market_cap=market_cap,
        )

    @property
    def end_time(self) -> datetime:
        """When the day is over and known: midnight after it."""
        return self.time + _DAY

    @end_time.setter
    def end_time(self, value: datetime) -> None:
        self.time = value - _DAY

    @property
    def adjusted_price(self) -> float:
        """Close × price factor × split factor."""
        return self.value * self.price_factor * self.split_factor


class FineFundamental(CoarseFundamental):
    """The same with what the company reports, of which market capitalisation alone is known here."""

    @property
    def market_cap(self) -> float:
        """Market capitalisation, dollars; 0.0 where it is not known, as in LEAN."""
        cap = self.__dict__["_market_cap"]
        return 0.0 if cap is None else float(cap)

    def _unknown(self, name: str) -> str:
        return (
            f"{super()._unknown(name)}; of companies' reports only market_cap is known here, "
            "where the price source states it"
        )


class Fundamental(FineFundamental):
    """What `add_universe` gives to a selection function (LEAN: Common/Data/Fundamental/Fundamental.cs)."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
