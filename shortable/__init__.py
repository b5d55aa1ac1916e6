"""shortable: backtests that can only short what could actually have been borrowed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from shortable.errors import ShortableError
from shortable.symbol import Market, SecurityType, Symbol

if TYPE_CHECKING:
    from shortable.borrow import (
        BorrowFeeModel,
        FeeOnMarketValue,
        InteractiveBrokersBorrowFee,
        LeanBorrowFee,
        NullBorrowFee,
        RebateOnMarketValue,
    )
    from shortable.provider import (
        BorrowQuote,
        IShortableProvider,
        SupportsAvailabilityKind,
        SupportsBorrowRates,
        as_provider,
    )
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
    from shortable.rule import EXCEEDS_SHORTABLE_QUANTITY

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


_PACKAGES = ("borrow", "provider", "rule", "providers")


def __getattr__(name: str) -> object:
    """Import what is asked for when it is: pandas and the providers take most of the time, and not everybody needs them."""
    if name in __all__:
        for package in _PACKAGES:
            home = import_module(f"shortable.{package}")
            if name in home.__all__:
                return globals().setdefault(name, getattr(home, name))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
