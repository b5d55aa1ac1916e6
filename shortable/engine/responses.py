"""What an order request is answered with: `OrderResponse` and its error codes, LEAN's numbers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from shortable.rule import EXCEEDS_SHORTABLE_QUANTITY as _EXCEEDS

__all__ = ["OrderResponse", "OrderResponseErrorCode", "UpdateOrderFields"]


class OrderResponseErrorCode(IntEnum):
    """Why a request was refused; LEAN's numbers, of which this engine answers these."""

    NONE = 0
    INSUFFICIENT_BUYING_POWER = -3
    INVALID_ORDER_STATUS = -9
    """The order is closed."""
    SECURITY_PRICE_ZERO = -16
    """The security has had no bar yet."""
    EXCEEDS_SHORTABLE_QUANTITY = _EXCEEDS
    """More than can be borrowed (S5)."""


@dataclass(frozen=True, slots=True)
class OrderResponse:
    """Answer to an update or a cancellation.

    Examples
    --------
    >>> OrderResponse(1).is_success
    True
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


@dataclass(slots=True)
class UpdateOrderFields:
    """What of an order to change; None leaves it as it is."""

    quantity: float | None = None
    """New number of shares, whole, with the sign that the order has."""
    limit_price: float | None = None
    """Per share."""
    stop_price: float | None = None
    """Per share."""
    tag: str | None = None
    """The user's own text."""
