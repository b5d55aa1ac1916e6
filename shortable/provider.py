"""The contract: what a shortable provider answers, and the one door by which it enters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from shortable.clock import to_local
from shortable.errors import NoSymbolListError, ProviderContractError
from shortable.shares import share_count
from shortable.symbol import Market, Symbol

__all__ = [
    "BorrowQuote",
    "IShortableProvider",
    "NativeProvider",
    "SupportsBorrowRates",
    "SupportsCoverage",
    "as_provider",
]


@runtime_checkable
class IShortableProvider(Protocol):
    """Says, point in time, how many shares of which symbols can be borrowed.

    ``local_time`` is the exchange's wall time where it is naive. ``None`` means that no restriction is known,
    ``0`` that none can be borrowed (S1).
    """

    def all_shortable_symbols(self, local_time: datetime) -> dict[Symbol, int]:
        """Return shares available of every symbol that can be borrowed."""
        ...

    def shortable_quantity(self, symbol: Symbol, local_time: datetime) -> int | None:
        """Return shares available of one symbol, at least 0, or None for no known restriction."""
        ...


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
        """Return False where the quantity comes from the ``missing=`` policy because no snapshot speaks."""
        ...

    def has_fee_rate(self, symbol: Symbol, local_time: datetime) -> bool:
        """Return False where the fee rate reads as 0 only because none is known."""
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
    """UTC instant from which the snapshot behind the answer was known; None where no snapshot speaks."""


class NativeProvider:
    """Base of shortable's own providers, which keep the contract by themselves and pass `as_provider` as they are.

    A user's class needs no base; one that derives from a native provider and overrides methods is checked
    like any other.
    """


_Method = Callable[..., Any]
_METHODS = {
    "shortable_quantity": "ShortableQuantity",
    "all_shortable_symbols": "AllShortableSymbols",
    "fee_rate": "FeeRate",
    "rebate_rate": "RebateRate",
    "has_quantity": "HasQuantity",
    "has_fee_rate": "HasFeeRate",
}
_CONTRACTS = (IShortableProvider, SupportsBorrowRates, SupportsCoverage)


def as_provider(obj: Any) -> IShortableProvider:
    """Turn whatever a user calls a provider into the contract, or refuse it.

    Takes the protocol's two methods in snake_case or LEAN's PascalCase, with or without
    `NullShortableProvider` as base; the most derived override wins, in either spelling. LEAN's newer
    interface without a list of all symbols is accepted: only asking for the list is then refused.

    Parameters
    ----------
    obj : object
        Instance with ``shortable_quantity(symbol, local_time)`` and ``all_shortable_symbols(local_time)``.

    Returns
    -------
    IShortableProvider
        `obj` itself where it is one of shortable's own, else a checked view of it. Answers that are not whole
        numbers of shares, at least 0, or None raise `ProviderContractError` when they come.

    Raises
    ------
    ProviderContractError
        `obj` is a class, or lacks ``shortable_quantity``.

    Examples
    --------
    >>> class TenShares:
    ...     def shortable_quantity(self, symbol, local_time): return 10.0
    ...     def all_shortable_symbols(self, local_time): return {"AAPL": 10}
    >>> as_provider(TenShares()).shortable_quantity("AAPL", datetime(2024, 1, 2))
    10
    """
    if isinstance(obj, type):
        raise ProviderContractError(
            f"{obj.__name__} is a class; pass an instance of it: {obj.__name__}(...)"
        )
    if isinstance(obj, _CheckedProvider) or (
        isinstance(obj, NativeProvider) and not _overrides_native(obj)
    ):
        return obj  # type: ignore[return-value]
    methods = {name: _find(obj, name, pascal) for name, pascal in _METHODS.items()}
    if methods["shortable_quantity"] is None:
        hint = (
            " Make one of it with CustomShortableProvider(quantity=...)."
            if isinstance(obj, Mapping) or callable(obj)
            else ""
        )
        raise ProviderContractError(
            f"{type(obj).__name__} is not a shortable provider: it has no method shortable_quantity(symbol, local_time) "
            f"(or LEAN's ShortableQuantity).{hint}"
        )
    return _CheckedProvider(obj, methods)


def _overrides_native(obj: NativeProvider) -> bool:
    """Whether a class outside shortable, more derived than the native one, redefines a method."""
    names = {*_METHODS, *_METHODS.values()}
    foreign = (c for c in type(obj).__mro__ if not c.__module__.startswith("shortable."))
    return any(names & set(vars(c)) for c in foreign if c is not object)


def _find(obj: Any, snake: str, pascal: str) -> _Method | None:
    """Return the most derived of the two spellings, the instance's own attributes first."""
    own: dict[str, Any] = vars(obj) if hasattr(obj, "__dict__") else {}
    for name in (snake, pascal):
        if callable(found := own.get(name)):
            return found  # type: ignore[no-any-return]
    for cls in type(obj).__mro__:
        if cls in _CONTRACTS or cls is Protocol:
            continue
        for name in (snake, pascal):
            if name in vars(cls):
                bound = getattr(obj, name)
                return bound if callable(bound) else None
    # A class may delegate by __getattr__ (a Mock, a proxy); nothing in the class hierarchy names the method then.
    if not hasattr(type(obj), "__getattr__"):
        return None
    return next((m for name in (snake, pascal) if callable(m := getattr(obj, name, None))), None)


class _CheckedProvider:
    """A user's provider behind the contract: arguments normalised, answers checked."""

    __slots__ = ("_all", "_fee", "_has_fee", "_has_quantity", "_quantity", "_rebate", "wrapped")

    def __init__(self, obj: Any, methods: Mapping[str, _Method | None]) -> None:
        self.wrapped = obj
        self._quantity = methods["shortable_quantity"]
        self._all = methods["all_shortable_symbols"]
        self._fee, self._rebate = methods["fee_rate"], methods["rebate_rate"]
        self._has_quantity, self._has_fee = methods["has_quantity"], methods["has_fee_rate"]

    def __repr__(self) -> str:
        return f"as_provider({self.wrapped!r})"

    def _name(self) -> str:
        return type(self.wrapped).__name__

    def shortable_quantity(self, symbol: Symbol, local_time: datetime) -> int | None:
        key = Symbol.create(symbol)
        moment = to_local(local_time, key.market)
        answer = self._quantity(key, moment)  # type: ignore[misc]
        if type(answer) is int and answer >= 0:
            return answer
        return (
            None
            if answer is None
            else share_count(answer, f"{self._name()}.shortable_quantity({key!r}, {moment})")
        )

    def all_shortable_symbols(self, local_time: datetime) -> dict[Symbol, int]:
        if self._all is None:
            raise NoSymbolListError(
                f"{self._name()} has no list of all symbols: add all_shortable_symbols(local_time)"
            )
        moment = to_local(local_time, Market.USA)
        answer = self._all(moment)
        where = f"{self._name()}.all_shortable_symbols({moment})"
        if not isinstance(answer, Mapping):
            raise ProviderContractError(
                f"{where} answered {answer!r}; it must answer a mapping of symbols to shares"
            )
        return {Symbol.create(s): share_count(n, where) for s, n in answer.items() if n is not None}

    def fee_rate(self, symbol: Symbol, local_time: datetime) -> float:
        return self._rate(self._fee, "fee_rate", symbol, local_time)

    def rebate_rate(self, symbol: Symbol, local_time: datetime) -> float:
        return self._rate(self._rebate, "rebate_rate", symbol, local_time)

    def _rate(
        self, method: _Method | None, name: str, symbol: Symbol, local_time: datetime
    ) -> float:
        if method is None:
            return 0.0
        key = Symbol.create(symbol)
        answer = method(key, to_local(local_time, key.market))
        if answer is None or answer != answer:
            return 0.0
        try:
            rate = float(answer)
        except (TypeError, ValueError):
            raise ProviderContractError(
                f"{self._name()}.{name} answered {answer!r}; it must answer an annual fraction"
            ) from None
        if rate in (float("inf"), float("-inf")):
            raise ProviderContractError(
                f"{self._name()}.{name} answered {answer!r}; a rate must be finite"
            )
        return rate

    def has_quantity(self, symbol: Symbol, local_time: datetime) -> bool:
        return True if self._has_quantity is None else bool(self._has_quantity(symbol, local_time))

    def has_fee_rate(self, symbol: Symbol, local_time: datetime) -> bool:
        if self._fee is None:
            return False
        if self._has_fee is not None:
            return bool(self._has_fee(symbol, local_time))
        key = Symbol.create(symbol)
        answer = self._fee(key, to_local(local_time, key.market))
        return answer is not None and answer == answer
