"""What kinds of order there are, where an order stands and how long it rests: LEAN's names and numbers."""

from __future__ import annotations

from enum import Enum, IntEnum

__all__ = ["OrderDirection", "OrderField", "OrderStatus", "OrderType", "TimeInForce"]


class OrderType(IntEnum):
    """How an order fills; LEAN's names and numbers, of which these are modelled.

    LEAN's 6 to 10 (option exercise, limit if touched, combinations) are not.
    """

    MARKET = 0
    LIMIT = 1
    STOP_MARKET = 2
    STOP_LIMIT = 3
    MARKET_ON_OPEN = 4
    MARKET_ON_CLOSE = 5
    TRAILING_STOP = 11


class OrderField(IntEnum):
    """What some types of order have and others have not; LEAN's numbers, for `OrderTicket.get`."""

    LIMIT_PRICE = 0
    STOP_PRICE = 1
    TRIGGER_PRICE = 2
    """Of LEAN's limit-if-touched orders, which are not modelled: no order here has one."""
    TRAILING_AMOUNT = 3
    TRAILING_AS_PERCENTAGE = 4


class OrderDirection(IntEnum):
    """Which way an order goes; LEAN's numbers."""

    BUY = 0
    SELL = 1
    HOLD = 2


class OrderStatus(IntEnum):
    """Where an order stands; LEAN's numbers."""

    NEW = 0
    SUBMITTED = 1
    PARTIALLY_FILLED = 2
    FILLED = 3
    CANCELED = 5
    NONE = 6
    INVALID = 7
    CANCEL_PENDING = 8
    UPDATE_SUBMITTED = 9

    def is_closed(self) -> bool:
        """Whether nothing more can happen to the order: filled, cancelled or invalid.

        Examples
        --------
        >>> OrderStatus.INVALID.is_closed(), OrderStatus.SUBMITTED.is_closed()
        (True, False)
        """
        return self in _CLOSED

    def is_open(self) -> bool:
        """Whether the order may still fill."""
        return not self.is_closed() and self is not OrderStatus.NONE

    def is_fill(self) -> bool:
        """Whether shares changed hands."""
        return self in (OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED)


_CLOSED = frozenset({OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.INVALID})


class TimeInForce(Enum):
    """How long an order rests.

    ``DAY`` expires at the end of the first session in which the order could fill: an order sent at a session's
    close lives through the next session.
    """

    GOOD_TIL_CANCELED = "gtc"
    DAY = "day"
