"""The contract: what a shortable provider answers, and `as_provider`, through which every provider enters."""

from __future__ import annotations

from shortable.provider.base import Change, ShortableProvider, as_provider
from shortable.provider.contract import (
    AvailabilityKind,
    BorrowQuote,
    IShortableProvider,
    ProviderLike,
    SupportsAvailabilityKind,
    SupportsBorrowRates,
    SupportsCoverage,
)
from shortable.provider.pairs import Pairs, symbol_codes

__all__ = [
    "AvailabilityKind",
    "BorrowQuote",
    "Change",
    "IShortableProvider",
    "Pairs",
    "ProviderLike",
    "ShortableProvider",
    "SupportsAvailabilityKind",
    "SupportsBorrowRates",
    "SupportsCoverage",
    "as_provider",
    "symbol_codes",
]
