"""shortable: backtests that can only short what could actually have been borrowed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shortable.borrow import (
    BorrowFeeModel,
    FeeOnMarketValue,
    InteractiveBrokersBorrowFee,
    LeanBorrowFee,
    NullBorrowFee,
    RebateOnMarketValue,
)
from shortable.errors import ShortableError
from shortable.provider import (
    BorrowQuote,
    IShortableProvider,
    SupportsAvailabilityKind,
    SupportsBorrowRates,
    as_provider,
)
from shortable.rule import EXCEEDS_SHORTABLE_QUANTITY
from shortable.symbol import Market, SecurityType, Symbol

if TYPE_CHECKING:
    from shortable.providers import (
        CustomShortableProvider,
        FrameShortableProvider,
        InteractiveBrokersShortableProvider,
        LocalDiskShortableProvider,
        NullShortableProvider,
        first_of,
        lagged,
        on_split_basis,
        scaled,
        sum_of,
    )

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
    "LeanBorrowFee",
    "LocalDiskShortableProvider",
    "Market",
    "NullBorrowFee",
    "NullShortableProvider",
    "RebateOnMarketValue",
    "SecurityType",
    "ShortableError",
    "SupportsAvailabilityKind",
    "SupportsBorrowRates",
    "Symbol",
    "as_provider",
    "first_of",
    "lagged",
    "on_split_basis",
    "scaled",
    "sum_of",
]


def __getattr__(name: str) -> Any:
    """Import the providers when one is asked for: they take most of shortable's import, and not everybody needs one."""
    if name in __all__:
        from shortable import providers

        return globals().setdefault(name, getattr(providers, name))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
