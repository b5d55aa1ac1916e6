"""What a broker says of an order (LEAN: Common/Brokerages/BrokerageMessageEvent.cs, BrokerageMessageType.cs)."""

from __future__ import annotations

from shortable.lean.names import LeanObject
from shortable.names import LeanEnum

__all__ = ["BrokerageMessageEvent", "BrokerageMessageType"]


class BrokerageMessageType(LeanEnum):
    """How grave a message is."""

    INFORMATION = 0
    WARNING = 1
    ERROR = 2
    RECONNECT = 3
    DISCONNECT = 4
    ACTION_REQUIRED = 5


class BrokerageMessageEvent(LeanObject):
    """Why a broker refuses an order.

    Parameters
    ----------
    type : BrokerageMessageType, default warning
    code, message : str, optional

    Examples
    --------
    >>> str(BrokerageMessageEvent(BrokerageMessageType.INFORMATION, "", "Not today"))
    'Information - Code:  - Not today'
    """

    def __init__(
        self,
        type: BrokerageMessageType = BrokerageMessageType.WARNING,
        code: str | int = "",
        message: str = "",
    ) -> None:
        self.type, self.code, self.message = type, str(code), message

    def __str__(self) -> str:
        return f"{self.type} - Code: {self.code} - {self.message}"
