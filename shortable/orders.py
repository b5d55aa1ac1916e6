"""The vocabulary of orders, for both engines: LEAN's names and numbers of types, statuses, requests and error codes.

Every member answers to both of LEAN's spellings: ``OrderType.MARKET_ON_OPEN`` and ``OrderType.MarketOnOpen``.
Source: QuantConnect/Lean, ``Common/Orders``: ``OrderTypes.cs``, ``OrderExtensions.cs``, ``OrderField.cs``,
``OrderRequestStatus.cs``, ``OrderRequestType.cs`` and ``OrderResponseErrorCode.cs``.
"""

from __future__ import annotations

from enum import Enum

from shortable.names import LeanEnum
from shortable.rule import EXCEEDS_SHORTABLE_QUANTITY as _EXCEEDS

__all__ = [
    "OrderDirection",
    "OrderField",
    "OrderRequestStatus",
    "OrderRequestType",
    "OrderResponseErrorCode",
    "OrderStatus",
    "OrderType",
    "TimeInForce",
]


class OrderType(LeanEnum):
    """How an order fills.

    `shortable.engine` models the types from ``MARKET`` to ``MARKET_ON_CLOSE`` and ``TRAILING_STOP``;
    `shortable.lean` also ``LIMIT_IF_TOUCHED``. Nobody models option exercises and combinations.
    """

    MARKET = 0
    LIMIT = 1
    STOP_MARKET = 2
    STOP_LIMIT = 3
    MARKET_ON_OPEN = 4
    MARKET_ON_CLOSE = 5
    OPTION_EXERCISE = 6
    LIMIT_IF_TOUCHED = 7
    COMBO_MARKET = 8
    COMBO_LIMIT = 9
    COMBO_LEG_LIMIT = 10
    TRAILING_STOP = 11


class OrderDirection(LeanEnum):
    """Which way an order goes."""

    BUY = 0
    SELL = 1
    HOLD = 2


class OrderStatus(LeanEnum):
    """Where an order stands."""

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
        >>> OrderStatus.INVALID.is_closed(), OrderStatus.Submitted.is_closed()
        (True, False)
        """
        return self in _CLOSED

    def is_open(self) -> bool:
        """Whether the order may still fill: it is not closed."""
        return self not in _CLOSED

    def is_fill(self) -> bool:
        """Whether shares changed hands."""
        return self in _FILLS


_CLOSED = frozenset({OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.INVALID})
_FILLS = frozenset({OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED})


class OrderField(LeanEnum):
    """What some types of order have and others have not, for `OrderTicket.get`."""

    LIMIT_PRICE = 0
    STOP_PRICE = 1
    TRIGGER_PRICE = 2
    """Of limit-if-touched orders."""
    TRAILING_AMOUNT = 3
    TRAILING_AS_PERCENTAGE = 4


class OrderRequestType(LeanEnum):
    """What is asked for."""

    SUBMIT = 0
    UPDATE = 1
    CANCEL = 2


class OrderRequestStatus(LeanEnum):
    """Where a request stands."""

    UNPROCESSED = 0
    PROCESSING = 1
    PROCESSED = 2
    """It was carried out."""
    ERROR = 3
    """It was refused."""


class OrderResponseErrorCode(LeanEnum):
    """Why a request was refused: all of LEAN's names and numbers.

    `shortable.engine` answers with those that carry a note; the others are for `shortable.lean` and for code
    that was written for LEAN.
    """

    NONE = 0
    """It was not refused."""
    PROCESSING_ERROR = -1
    ORDER_ALREADY_EXISTS = -2
    INSUFFICIENT_BUYING_POWER = -3
    """The margin in use would be above the equity."""
    BROKERAGE_MODEL_REFUSED_TO_SUBMIT_ORDER = -4
    """A rule on short sales refused it; the tag says which."""
    BROKERAGE_FAILED_TO_SUBMIT_ORDER = -5
    BROKERAGE_FAILED_TO_UPDATE_ORDER = -6
    """The order is the broker's: of a margin call, or a buy-in."""
    BROKERAGE_HANDLER_REFUSED_TO_UPDATE_ORDER = -7
    BROKERAGE_FAILED_TO_CANCEL_ORDER = -8
    """The order is the broker's: of a margin call, or a buy-in."""
    INVALID_ORDER_STATUS = -9
    """The order is closed."""
    UNABLE_TO_FIND_ORDER = -10
    ORDER_QUANTITY_ZERO = -11
    UNSUPPORTED_REQUEST_TYPE = -12
    PRE_ORDER_CHECKS_ERROR = -13
    MISSING_SECURITY = -14
    EXCHANGE_NOT_OPEN = -15
    SECURITY_PRICE_ZERO = -16
    """The security has had no bar yet."""
    FOREX_BASE_AND_QUOTE_CURRENCIES_REQUIRED = -17
    FOREX_CONVERSION_RATE_ZERO = -18
    SECURITY_HAS_NO_DATA = -19
    EXCEEDED_MAXIMUM_ORDERS = -20
    MARKET_ON_CLOSE_ORDER_TOO_LATE = -21
    INVALID_REQUEST = -22
    REQUEST_CANCELED = -23
    ALGORITHM_WARMING_UP = -24
    BROKERAGE_MODEL_REFUSED_TO_UPDATE_ORDER = -25
    QUOTE_CURRENCY_REQUIRED = -26
    CONVERSION_RATE_ZERO = -27
    NON_TRADABLE_SECURITY = -28
    """The security has been delisted, or its prices have ended."""
    NON_EXERCISABLE_SECURITY = -29
    ORDER_QUANTITY_LESS_THAN_LOT_SIZE = -30
    ORDER_QUANTITY_LESS_THAN_LOTE_SIZE = -30  # as older LEAN spells it
    EXCEEDS_SHORTABLE_QUANTITY = _EXCEEDS
    """More than can be borrowed (S5)."""
    INVALID_NEW_ORDER_STATUS = -32
    EUROPEAN_OPTION_NOT_EXPIRED_ON_EXERCISE = -33
    OPTION_ORDER_ON_STOCK_SPLIT = -34
    MARKET_ON_OPEN_NOT_ALLOWED_DURING_REGULAR_HOURS = -35


class TimeInForce(Enum):
    """How long an order rests.

    ``DAY`` expires at the end of the first session in which the order could fill: an order sent at a session's
    close lives through the next session.
    """

    GOOD_TIL_CANCELED = "gtc"
    DAY = "day"
