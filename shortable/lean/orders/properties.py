"""How long an order rests, and what else an order may ask for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from shortable.lean.names import LeanObject

if TYPE_CHECKING:
    from shortable.lean.securities.exchange import SecurityExchange

__all__ = [
    "AlpacaOrderProperties",
    "DayTimeInForce",
    "GoodTilCanceledTimeInForce",
    "GoodTilDateTimeInForce",
    "InteractiveBrokersOrderProperties",
    "OrderProperties",
    "TimeInForce",
]


class _Resting(Protocol):
    """What is asked of an order."""

    expiry: datetime | None
    exchange_time: datetime


class _Traded(Protocol):
    """What is asked of its security."""

    @property
    def exchange(self) -> SecurityExchange: ...

    @property
    def local_time(self) -> datetime: ...


class TimeInForce(LeanObject):
    """How long an order rests: ``TimeInForce.GOOD_TIL_CANCELED``, ``.DAY`` or ``.good_til_date(expiry)``."""

    GOOD_TIL_CANCELED: ClassVar[TimeInForce]
    GoodTilCanceled: ClassVar[TimeInForce]
    DAY: ClassVar[TimeInForce]
    Day: ClassVar[TimeInForce]

    @staticmethod
    def good_til_date(expiry: datetime) -> TimeInForce:
        """Return the time in force of an order that rests until the close of its expiry's session."""
        return GoodTilDateTimeInForce(expiry)

    def is_order_expired(self, security: _Traded, order: _Resting) -> bool:
        """Whether the order is to be cancelled now."""
        return False

    def is_fill_valid(self, security: _Traded, order: _Resting, fill: Any) -> bool:
        """Whether a fill may be used."""
        return True


class GoodTilCanceledTimeInForce(TimeInForce):
    """The order rests until it fills or is cancelled."""


class DayTimeInForce(TimeInForce):
    """The order rests until the market of the day on which it was sent closes."""

    def is_order_expired(self, security: _Traded, order: _Resting) -> bool:
        """Whether the close that follows the order's time has been reached."""
        hours = security.exchange.hours
        if not order.expiry:
            order.expiry = hours.get_next_market_close(order.exchange_time, False)
        return security.local_time >= order.expiry


class GoodTilDateTimeInForce(TimeInForce):
    """The order rests until the market of a day closes."""

    def __init__(self, expiry: datetime) -> None:
        self._expiry = (
            expiry
            if isinstance(expiry, datetime)
            else datetime(expiry.year, expiry.month, expiry.day)
        )

    @property
    def expiry(self) -> datetime:
        """When the order is cancelled, in exchange time."""
        return self._expiry

    def is_order_expired(self, security: _Traded, order: _Resting) -> bool:
        """Whether the close that follows the expiry's midnight has been reached."""
        if not order.expiry:
            day = self._expiry.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
            order.expiry = security.exchange.hours.get_next_market_close(day, False)
        return security.local_time >= order.expiry


TimeInForce.GOOD_TIL_CANCELED = TimeInForce.GoodTilCanceled = GoodTilCanceledTimeInForce()
TimeInForce.DAY = TimeInForce.Day = DayTimeInForce()


class OrderProperties(LeanObject):
    """What an order may ask for besides its price.

    Attributes
    ----------
    time_in_force : TimeInForce
    exchange : object or None
        Kept and shown; nothing here routes by it.
    """

    def __init__(self, exchange: Any = None) -> None:
        self.time_in_force = TimeInForce.GOOD_TIL_CANCELED
        self.exchange = exchange

    def clone(self) -> OrderProperties:
        """Return a copy."""
        copy = type(self).__new__(type(self))
        copy.__dict__.update(self.__dict__)
        return copy


class InteractiveBrokersOrderProperties(OrderProperties):
    """Interactive Brokers' properties.

    Attributes
    ----------
    outside_regular_trading_hours : bool
        Whether the order may fill before the open and after the close.
    account : str
    fa_group, fa_method, fa_profile : str
    fa_percentage : int
    """

    def __init__(self, exchange: Any = None) -> None:
        super().__init__(exchange)
        self.account = self.fa_group = self.fa_method = self.fa_profile = ""
        self.fa_percentage = 0
        self.outside_regular_trading_hours = False
        self.post_only = False


class AlpacaOrderProperties(OrderProperties):
    """Alpaca's properties.

    Attributes
    ----------
    outside_regular_trading_hours : bool
        Whether the order may fill before the open and after the close.
    """

    def __init__(self, exchange: Any = None) -> None:
        super().__init__(exchange)
        self.outside_regular_trading_hours = False
