"""Providers of any kind behind one door: in either spelling, with a base of ours or without."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from shortable.errors import ProviderContractError
from shortable.lean.names import LeanObject
from shortable.lean.numbers import ZERO, decimal_of
from shortable.names import pascal_case, snake_case
from shortable.provider import ShortableProvider

__all__ = ["lean_provider", "spelled"]

_ASKED = ("shortable_quantity", "fee_rate", "rebate_rate")
"""What is asked of a provider with a symbol and a time."""


class _Asked:
    """A provider of any kind behind one door: LEAN's symbols in, checked answers out."""

    __slots__ = ("_fee", "_has_fee", "_has_quantity", "_quantity", "_rebate", "provider")

    def __init__(
        self, provider: Any, quantity: Any, fee: Any, rebate: Any, has_quantity: Any, has_fee: Any
    ) -> None:
        self.provider, self._quantity, self._fee, self._rebate = provider, quantity, fee, rebate
        self._has_quantity, self._has_fee = has_quantity, has_fee

    @property
    def says_what_rests_on_data(self) -> bool:
        """Whether the provider is one that says so (`SupportsCoverage`): ours, and those of LEAN's files."""
        return self._has_quantity is not None

    def shortable_quantity(self, symbol: Any, local_time: datetime) -> int | None:
        answer = self._quantity(symbol, local_time)
        if answer is None or (type(answer) is int and answer >= 0):
            return answer
        try:
            whole = int(answer)
            if whole == answer and whole >= 0:
                return whole
        except (TypeError, ValueError, OverflowError, ArithmeticError):
            pass
        raise ProviderContractError(
            f"{type(self.provider).__name__}.shortable_quantity answered {answer!r} for {symbol.value} at {local_time}; "
            "it must answer a whole number of shares, at least 0, or None"
        )

    def has_quantity(self, symbol: Any, local_time: datetime) -> bool:
        """Whether the quantity rests on data: always, where the provider does not say (`SupportsCoverage`)."""
        return self._has_quantity is None or bool(self._has_quantity(symbol, local_time))

    def has_fee_rate(self, symbol: Any, local_time: datetime) -> bool:
        """Whether the fee rate is known, where it may be 0 only because none is."""
        return self._has_fee is None or bool(self._has_fee(symbol, local_time))

    def fee_rate(self, symbol: Any, local_time: datetime) -> Decimal:
        return self._rate(self._fee, symbol, local_time)

    def rebate_rate(self, symbol: Any, local_time: datetime) -> Decimal:
        return self._rate(self._rebate, symbol, local_time)

    def _rate(self, ask: Callable[..., Any] | None, symbol: Any, local_time: datetime) -> Decimal:
        answer = None if ask is None else ask(symbol, local_time)
        if answer is None or answer != answer:
            return ZERO
        try:
            return decimal_of(answer)
        except (TypeError, ValueError, ArithmeticError):
            raise ProviderContractError(
                f"{type(self.provider).__name__} answered a rate of {answer!r}; it must be an annual fraction"
            ) from None


def lean_provider(provider: Any) -> Any:
    """Return a view of a provider that trading code asks: `shortable_quantity`, `fee_rate`, `rebate_rate`.

    Raises
    ------
    ProviderContractError
        It is a class, has no ``shortable_quantity`` in either spelling, or its quantities are daily flows.
    """
    if isinstance(provider, type):
        raise ProviderContractError(
            f"{provider.__name__} is a class; pass an instance of it: {provider.__name__}(...)"
        )
    if isinstance(provider, _Spelled):
        provider = provider.wrapped
    if getattr(provider, "availability_kind", "pool") == "daily_flow":
        raise ProviderContractError(
            f"{type(provider).__name__} limits what may be sold short in a session (a daily flow); LEAN's rule is of shares "
            "that can be held. Run it with shortable.engine."
        )
    quantity, fee, rebate = (_find(provider, name) for name in _ASKED)
    if quantity is None:
        raise ProviderContractError(
            f"{type(provider).__name__} is not a shortable provider: it has no method "
            "shortable_quantity(symbol, local_time) (or LEAN's ShortableQuantity)."
        )
    asked = [
        quantity,
        fee,
        rebate,
        _coverage(provider, "has_quantity", "shortable_quantity"),
        _coverage(provider, "has_fee_rate", "fee_rate"),
    ]
    if isinstance(provider, ShortableProvider):
        asked = [_with_our_symbol(ask) for ask in asked]
    return _Asked(provider, *asked)


def _coverage(provider: Any, name: str, about: str) -> Any:
    """Return a method of `SupportsCoverage`; None where a class overrides the answers that it is about."""
    found = _find(provider, name)
    for cls in type(provider).__mro__:
        own = vars(cls).keys()
        if not own.isdisjoint((name, pascal_case(name))):
            return found
        if not own.isdisjoint((about, pascal_case(about))):
            return None
    return found


def _with_our_symbol(ask: Any) -> Any:
    """Shortable's own providers know our symbols, not LEAN's."""
    if ask is None:
        return None
    return lambda symbol, local_time: ask(getattr(symbol, "shortable", symbol), local_time)


def _find(provider: Any, name: str) -> Any:
    """Return the most derived of the two spellings of a method, or None."""
    other = pascal_case(name)
    for cls in type(provider).__mro__:
        for spelling in (name, other):
            if spelling in vars(cls):
                return getattr(provider, spelling)
    return getattr(provider, name, None) or getattr(provider, other, None)


class _Spelled:
    """A user's provider without a base of ours, answering to both spellings."""

    def __init__(self, wrapped: Any) -> None:
        self.wrapped = wrapped

    def __getattr__(self, name: str) -> Any:
        for spelling in (name, snake_case(name), pascal_case(name)):
            found = getattr(self.wrapped, spelling, None)
            if found is not None:
                asked = isinstance(self.wrapped, ShortableProvider) and snake_case(name) in _ASKED
                return _with_our_symbol(found) if asked else found
        if snake_case(name) in ("fee_rate", "rebate_rate"):
            return lambda symbol, local_time: 0.0
        raise AttributeError(f"{type(self.wrapped).__name__} has no {name!r}", name=name, obj=self)

    def __eq__(self, other: object) -> bool:
        return bool(self.wrapped == getattr(other, "wrapped", other))

    def __hash__(self) -> int:
        return hash(self.wrapped)

    def __repr__(self) -> str:
        return repr(self.wrapped)


def spelled(provider: Any) -> Any:
    """Return a provider that answers to both spellings: itself where it derives from ours."""
    return provider if isinstance(provider, (LeanObject, _Spelled)) else _Spelled(provider)
