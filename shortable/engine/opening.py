"""OpeningBook: what an account holds before its first bar. Plain values; the engine knows no broker's schema."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from shortable.engine.orders import price_of, share_quantity
from shortable.errors import InvalidInputError
from shortable.symbol import Symbol

__all__ = ["OpeningBook", "OpeningHolding", "OpeningOrder"]


@dataclass(frozen=True, slots=True)
class OpeningHolding:
    """Shares held of one security, negative for a short.

    Raises
    ------
    InvalidInputError
        No whole number of shares other than 0, or a price that is not one.
    """

    symbol: Symbol
    """In any spelling."""
    quantity: int
    """Shares, negative for a short."""
    average_price: float | None = None
    """What they were bought or sold short at; None: the price at which the backtest finds them."""
    price: float | None = None
    """What they are worth a share as long as the data has no close; None: `average_price`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "symbol", Symbol.create(self.symbol))
        object.__setattr__(self, "quantity", share_quantity(self.quantity))
        if self.average_price is not None:
            # A diluted cost may be negative: BROKER positions give it where they give no other.
            object.__setattr__(self, "average_price", _finite("average_price", self.average_price))
        if self.price is not None:
            object.__setattr__(self, "price", price_of("price", self.price))


@dataclass(frozen=True, slots=True)
class OpeningOrder:
    """An order that rests when the backtest begins: a limit or a stop, good till cancelled.

    Raises
    ------
    InvalidInputError
        No whole number of shares other than 0, or not exactly one of limit and stop price.
    """

    symbol: Symbol
    """In any spelling."""
    quantity: int
    """Unfilled shares, negative to sell."""
    limit_price: float | None = None
    """Per share."""
    stop_price: float | None = None
    """Per share."""
    tag: str = ""
    """The user's text."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "symbol", Symbol.create(self.symbol))
        object.__setattr__(self, "quantity", share_quantity(self.quantity))
        if (self.limit_price is None) is (self.stop_price is None):
            raise InvalidInputError(
                "limit_price", self.limit_price, "be given, or stop_price, and not both"
            )
        for name in ("limit_price", "stop_price"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, price_of(name, getattr(self, name)))


@dataclass(frozen=True, slots=True)
class OpeningBook:
    """Holdings, resting orders and cash with which a backtest begins.

    Examples
    --------
    >>> book = OpeningBook([OpeningHolding("GME", -100, 50.0)], cash=105_000)
    >>> book.holdings[0].symbol, book.cash
    (Symbol('GME'), 105000.0)
    """

    holdings: tuple[OpeningHolding, ...] = ()
    """At most one a security."""
    orders: tuple[OpeningOrder, ...] = ()
    """Oldest first; they were accepted before, so nothing checks them again."""
    cash: float | None = None
    """Short sale proceeds included; None: as `Backtest` and the algorithm say."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "holdings", _all(OpeningHolding, "holdings", self.holdings))
        object.__setattr__(self, "orders", _all(OpeningOrder, "orders", self.orders))
        twice = [symbol for symbol, n in Counter(h.symbol for h in self.holdings).items() if n > 1]
        if twice:
            raise InvalidInputError(
                "holdings", ", ".join(twice), "name each security once", "Add up its shares first."
            )
        if self.cash is not None:
            object.__setattr__(self, "cash", _finite("cash", self.cash))

    @property
    def symbols(self) -> list[Symbol]:
        """The securities of holdings and orders, each once."""
        return list(
            dict.fromkeys([*(h.symbol for h in self.holdings), *(o.symbol for o in self.orders)])
        )


def _finite(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number) or isinstance(value, (bool, str)):
        raise InvalidInputError(name, value, "be a finite number")
    return number


def _all(kind: type[Any], name: str, values: Iterable[Any]) -> tuple[Any, ...]:
    if not isinstance(values, Iterable):
        raise InvalidInputError(name, values, f"be a sequence of {kind.__name__}")
    given = tuple(values)
    for value in given:
        if not isinstance(value, kind):
            raise InvalidInputError(name, value, f"hold nothing but {kind.__name__}")
    return given
