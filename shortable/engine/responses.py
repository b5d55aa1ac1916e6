"""`OrderResponse`, the answer to an order request, and `UpdateOrderFields`, what of an order to change."""

from __future__ import annotations

from dataclasses import dataclass

from shortable.orders import OrderResponseErrorCode

__all__ = ["OrderResponse", "UpdateOrderFields"]


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
