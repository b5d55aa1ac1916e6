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
from shortable.providers import (
    CustomShortableProvider,
    FrameShortableProvider,
    InteractiveBrokersShortableProvider,
    LocalDiskShortableProvider,
    NullShortableProvider,
    first_of,
    lagged,
    scaled,
    sum_of,
)
from shortable.rule import EXCEEDS_SHORTABLE_QUANTITY
from shortable.symbol import Market, SecurityType, Symbol

__version__ = "0.1.0"

__all__ = [
    "EXCEEDS_SHORTABLE_QUANTITY",
    "BorrowFeeModel",
    "BorrowQuote",
    "CustomShortableProvider",
    "FeeOnMarketValue",
    "FrameShortableProvider",
    "IShortableProvider",
    "InteractiveBrokersBorrowFee",
    "InteractiveBrokersShortableProvider",
    "LocalDiskShortableProvider",
    "Market",
    "NullBorrowFee",
    "NullShortableProvider",
    "RebateOnMarketValue",
    "SecurityType",
    "ShortableError",
    "SupportsBorrowRates",
    "Symbol",
    "as_provider",
    "first_of",
    "lagged",
    "scaled",
    "sum_of",
]
