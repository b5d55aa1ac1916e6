"""What an order request is answered with: `OrderResponse`, its error codes and a request's status, LEAN's numbers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from shortable.rule import EXCEEDS_SHORTABLE_QUANTITY as _EXCEEDS

__all__ = [
    "OrderRequestStatus",
    "OrderRequestType",
    "OrderResponse",
    "OrderResponseErrorCode",
    "UpdateOrderFields",
]


class OrderRequestType(IntEnum):
    """What is asked for; LEAN's numbers."""

    SUBMIT = 0
    UPDATE = 1
    CANCEL = 2


class OrderRequestStatus(IntEnum):
    """Where a request stands; LEAN's numbers."""

    UNPROCESSED = 0
    PROCESSING = 1
    PROCESSED = 2
    """It was carried out."""
    ERROR = 3
    """It was refused."""


class OrderResponseErrorCode(IntEnum):
    """Why a request was refused: all of LEAN's names and numbers.

    This engine answers with those that carry a note; the others are for code that was written for LEAN.
    """

    NONE = 0
    """It was not refused."""
    PROCESSING_ERROR = -1
    ORDER_ALREADY_EXISTS = -2
    INSUFFICIENT_BUYING_POWER = -3
    """The margin in use would be above the equity."""
    BROKERAGE_MODEL_REFUSED_TO_SUBMIT_ORDER = -4
    BROKERAGE_FAILED_TO_SUBMIT_ORDER = -5
    BROKERAGE_FAILED_TO_UPDATE_ORDER = -6
    BROKERAGE_HANDLER_REFUSED_TO_UPDATE_ORDER = -7
    BROKERAGE_FAILED_TO_CANCEL_ORDER = -8
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
    NON_EXERCISABLE_SECURITY = -29
    ORDER_QUANTITY_LESS_THAN_LOT_SIZE = -30
    EXCEEDS_SHORTABLE_QUANTITY = _EXCEEDS
    """More than can be borrowed (S5)."""
    INVALID_NEW_ORDER_STATUS = -32
    EUROPEAN_OPTION_NOT_EXPIRED_ON_EXERCISE = -33
    OPTION_ORDER_ON_STOCK_SPLIT = -34
    MARKET_ON_OPEN_NOT_ALLOWED_DURING_REGULAR_HOURS = -35


@dataclass(frozen=True, slots=True)
class OrderResponse:
    """Answer to a request.

    Examples
    --------
    >>> OrderResponse(1).is_success, str(OrderResponse(1))
    (True, 'Success')
    """

    order_id: int
    """Of the order that the request was about."""
    error_code: OrderResponseErrorCode = OrderResponseErrorCode.NONE
    """Why it was refused."""
    error_message: str = ""
    """The same for people."""

    @property
    def is_success(self) -> bool:
        """Whether the request was carried out."""
        return self.error_code == OrderResponseErrorCode.NONE

    @property
    def is_error(self) -> bool:
        """Whether the request was refused; the order is then as it was."""
        return self.error_code != OrderResponseErrorCode.NONE

    @property
    def is_processed(self) -> bool:
        """Always true: the engine answers when it has decided."""
        return True

    def __str__(self) -> str:
        return (
            f"Error: {self.error_code.name} - {self.error_message}" if self.is_error else "Success"
        )


@dataclass(slots=True)
class UpdateOrderFields:
    """What of an order to change; None leaves it as it is."""

    quantity: float | None = None
    """New number of shares, whole, with the sign that the order has."""
    limit_price: float | None = None
    """Per share."""
    stop_price: float | None = None
    """Per share."""
    trailing_amount: float | None = None
    """Distance of a trailing stop, in the unit that the order has. It counts from the next bar on, and never moves
    the stop away from the price."""
    tag: str | None = None
    """The user's own text."""
