"""What an order request is answered with."""

from __future__ import annotations

from shortable.lean.enums import OrderResponseErrorCode
from shortable.lean.names import LeanObject

__all__ = ["OrderResponse"]


class OrderResponse(LeanObject):
    """Answer to a request to submit, update or cancel an order (LEAN's ``OrderResponse``).

    Examples
    --------
    >>> OrderResponse.success(1).is_success, OrderResponse.unprocessed().is_processed
    (True, False)
    >>> str(OrderResponse.error(1, OrderResponseErrorCode.ORDER_QUANTITY_ZERO, "none"))
    'ErrorCode: OrderQuantityZero ErrorMessage: none'
    """

    def __init__(
        self,
        order_id: int,
        error_code: OrderResponseErrorCode,
        error_message: str,
        *,
        processed: bool = True,
    ) -> None:
        self._order_id = order_id
        self._error_code = error_code
        self._error_message = error_message
        self._processed = processed

    @classmethod
    def success(cls, order_id: int) -> OrderResponse:
        """Return the answer to a request that was carried out."""
        return cls(order_id, OrderResponseErrorCode.NONE, "")

    @classmethod
    def error(cls, order_id: int, code: OrderResponseErrorCode, message: str) -> OrderResponse:
        """Return the answer to a request that was refused."""
        return cls(order_id, code, message)

    @classmethod
    def unprocessed(cls) -> OrderResponse:
        """Return the answer that a request has before it is looked at."""
        return cls(
            -1,
            OrderResponseErrorCode.NONE,
            "The request has not yet been processed.",
            processed=False,
        )

    @property
    def order_id(self) -> int:
        """Of the order that the request was about."""
        return self._order_id

    @property
    def error_code(self) -> OrderResponseErrorCode:
        """Why it was refused."""
        return self._error_code

    @property
    def error_message(self) -> str:
        """The same for people."""
        return self._error_message

    @property
    def is_success(self) -> bool:
        """Whether the request was taken."""
        return self._processed and self._error_code == OrderResponseErrorCode.NONE

    @property
    def is_error(self) -> bool:
        """Whether the request was refused."""
        return self._processed and self._error_code != OrderResponseErrorCode.NONE

    @property
    def is_processed(self) -> bool:
        """Whether the request has been looked at."""
        return self._processed

    def __str__(self) -> str:
        if self.is_error:
            return f"ErrorCode: {self._error_code} ErrorMessage: {self._error_message}"
        return "Success" if self._processed else "Unprocessed"

    __repr__ = __str__
