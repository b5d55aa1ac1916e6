"""Numbers that users see as floats and that are decimals inside."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, overload

from shortable.lean.numbers import ZERO, decimal_of

__all__ = ["Exact", "OptionalExact", "market_price"]

_PLACES = Decimal("0.0000")


def market_price(number: float | Decimal) -> Decimal:
    """Return a price from data as LEAN has it: with at least the four places of its files.

    .NET's decimals keep their places and its reports write them, so what was bought at 145.3 leaves cents behind.

    Examples
    --------
    >>> market_price(145.3), market_price(145.123456)
    (Decimal('145.3000'), Decimal('145.123456'))
    """
    return decimal_of(number) + _PLACES


class Exact:
    """An attribute with two faces: ``price`` is a float, ``exact_price`` the decimal behind it.

    Examples
    --------
    >>> class Trade:
    ...     price = Exact()
    >>> trade = Trade()
    >>> trade.price = 0.1
    >>> trade.price, trade.exact_price
    (0.1, Decimal('0.1'))
    """

    __slots__ = ("key",)

    def __set_name__(self, owner: type, name: str) -> None:
        if not hasattr(self, "key"):  # LeanObject gives the same descriptor a second name
            self.key = "exact_" + name

    @overload
    def __get__(self, instance: None, owner: type) -> Exact: ...
    @overload
    def __get__(self, instance: object, owner: type) -> float: ...
    def __get__(self, instance: object, owner: type) -> Any:
        return self if instance is None else float(instance.__dict__.get(self.key, ZERO))

    def __set__(self, instance: object, value: float | Decimal) -> None:
        instance.__dict__[self.key] = decimal_of(value)


class OptionalExact(Exact):
    """The same, where there may be no number."""

    __slots__ = ()

    @overload  # type: ignore[override]
    def __get__(self, instance: None, owner: type) -> OptionalExact: ...
    @overload
    def __get__(self, instance: object, owner: type) -> float | None: ...
    def __get__(self, instance: object, owner: type) -> Any:
        if instance is None:
            return self
        value = instance.__dict__.get(self.key)
        return None if value is None else float(value)

    def __set__(self, instance: object, value: float | Decimal | None) -> None:
        instance.__dict__[self.key] = None if value is None else decimal_of(value)
