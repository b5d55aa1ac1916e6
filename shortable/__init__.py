"""shortable: backtests that can only short what could actually have been borrowed."""

from __future__ import annotations

from shortable.borrow import (
    BorrowFeeModel,
    FeeOnMarketValue,
    InteractiveBrokersBorrowFee,
    NullBorrowFee,
    RebateOnMarketValue,
)
from shortable.errors import ShortableError
from shortable.provider import BorrowQuote, IShortableProvider, SupportsBorrowRates, as_provider
from shortable.rule import EXCEEDS_SHORTABLE_QUANTITY
from shortable.symbol import Market, SecurityType, Symbol

__version__ = "0.1.0"

__all__ = [
    "EXCEEDS_SHORTABLE_QUANTITY",
    "BorrowFeeModel",
    "BorrowQuote",
    "FeeOnMarketValue",
    "IShortableProvider",
    "InteractiveBrokersBorrowFee",
    "Market",
    "NullBorrowFee",
    "RebateOnMarketValue",
    "SecurityType",
    "ShortableError",
    "SupportsBorrowRates",
    "Symbol",
    "as_provider",
]
