"""The protocols that a provider of your own keeps, and the quote that every provider can give."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol, runtime_checkable

from shortable.clock import to_instant
from shortable.symbol import Symbol

__all__ = [
    "AvailabilityKind",
    "BorrowQuote",
    "IShortableProvider",
    "ProviderLike",
    "SupportsAvailabilityKind",
    "SupportsBorrowRates",
    "SupportsCoverage",
    "SupportsLeanSpelling",
    "SupportsShortableQuantity",
]

AvailabilityKind = Literal["pool", "daily_flow"]
"""What a quantity limits: ``"pool"``, shares that can be held short (S4), or ``"daily_flow"``, shares that can be sold
short in one session (S15)."""


@runtime_checkable
class IShortableProvider(Protocol):
    """Answers, point in time, how many shares of which symbols can be borrowed.

    A naive ``local_time`` is the exchange's wall time. ``None`` means that no restriction is known, ``0`` that none
    can be borrowed (S1).
    """

    def all_shortable_symbols(self, local_time: datetime) -> dict[Symbol, int]:
        """Return shares available of every symbol that can be borrowed."""
        ...

    def shortable_quantity(self, symbol: Symbol, local_time: datetime) -> int | None:
        """Return shares available of one symbol, at least 0, or None for no known restriction."""
        ...


class SupportsShortableQuantity(Protocol):
    """The one method that a provider must have: LEAN's newer interface, without a list of all symbols."""

    def shortable_quantity(self, symbol: Symbol, local_time: datetime) -> float | None:
        """Return a whole number of shares, at least 0, or None for no known restriction."""
        ...


class SupportsLeanSpelling(Protocol):
    """The same method in LEAN's spelling."""

    def ShortableQuantity(self, symbol: Symbol, local_time: datetime) -> float | None:  # noqa: N802
        """Return a whole number of shares, at least 0, or None for no known restriction."""
        ...


ProviderLike = SupportsShortableQuantity | SupportsLeanSpelling
"""What `as_provider` takes: a provider of shortable's own, or an object of yours."""


@runtime_checkable
class SupportsBorrowRates(Protocol):
    """Optional: what a borrow costs. Without it both rates read as 0."""

    def fee_rate(self, symbol: Symbol, local_time: datetime) -> float:
        """Return the borrow fee as an annual fraction (0.0025 is 0.25 %), paid by the short; 0.0 where missing."""
        ...

    def rebate_rate(self, symbol: Symbol, local_time: datetime) -> float:
        """Return the rebate on short proceeds as an annual fraction; may be negative; 0.0 where missing."""
        ...


@runtime_checkable
class SupportsCoverage(Protocol):
    """Optional: whether an answer rests on data. Without it every answer counts as resting on data."""

    def has_quantity(self, symbol: Symbol, local_time: datetime) -> bool:
        """Return False where the quantity comes from the ``missing=`` policy because there are no data."""
        ...

    def has_fee_rate(self, symbol: Symbol, local_time: datetime) -> bool:
        """Return False where the fee rate reads as 0 only because none is known."""
        ...


@runtime_checkable
class SupportsAvailabilityKind(Protocol):
    """Optional: what the quantities limit. Without it they are a pool."""

    @property
    def availability_kind(self) -> AvailabilityKind:
        """``"pool"``: shares that can be held short (S4). ``"daily_flow"``: what can be sold short in a session (S15)."""
        ...


@dataclass(frozen=True, slots=True)
class BorrowQuote:
    """Everything that is known about borrowing one symbol at one time."""

    symbol: Symbol
    """What was asked for."""
    local_time: datetime
    """When, exchange-local wall time, naive."""
    quantity: int | None
    """Shares available; 0 is none, None is no known restriction."""
    quantity_is_floor: bool = False
    """The vendor said "more than": at least `quantity` shares (S9)."""
    fee_rate: float | None = None
    """Annual fraction paid by the short; None where unknown."""
    rebate_rate: float | None = None
    """Annual fraction on short proceeds, may be negative; None where unknown."""
    as_of: datetime | None = None
    """UTC instant from which the snapshot behind the answer was known; None where there is no such snapshot."""
    has_data: bool = True
    """False where there are no data and `quantity` comes from the ``missing=`` policy (S3)."""
    note: str = ""
    """What the reader should know of the answer: why there are no data, how old they are; empty where nothing."""
    listed_as: tuple[Symbol, ...] = ()
    """The same ticker in other currencies, where shares of it were available; only where there are no data."""

    @property
    def age(self) -> timedelta | None:
        """Time from `as_of` to `local_time`; None where there is no snapshot."""
        if self.as_of is None:
            return None
        return timedelta(
            microseconds=to_instant(self.local_time, self.symbol.market) - to_instant(self.as_of)
        )
