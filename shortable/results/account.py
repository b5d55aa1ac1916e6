"""Accounts as plain values: what one holds before a run, and what it has done and is worth at a moment of it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple, TypeVar

from shortable.errors import InvalidInputError
from shortable.shares import positive_price, traded_quantity
from shortable.symbol import Symbol

__all__ = [
    "Fill",
    "Mark",
    "OpeningBook",
    "OpeningHolding",
    "OpeningOrder",
    "ShareChange",
    "Statement",
]

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class OpeningHolding:
    """Shares held of one security before a run, negative for a short.

    Raises
    ------
    InvalidInputError
        `quantity` is not a whole number other than 0, or a price is not one.
    """

    symbol: Symbol
    """In any spelling."""
    quantity: int
    """Shares, negative for a short."""
    average_price: float | None = None
    """Price at which they were bought or sold short; None for the price that they have when the run begins."""
    price: float | None = None
    """What they are worth per share until the data has a close; None for `average_price`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "symbol", Symbol.create(self.symbol))
        object.__setattr__(self, "quantity", traded_quantity(self.quantity))
        if self.average_price is not None:
            # A diluted cost, which some brokers give and nothing else, may be negative.
            object.__setattr__(self, "average_price", _finite("average_price", self.average_price))
        if self.price is not None:
            object.__setattr__(self, "price", positive_price("price", self.price))


@dataclass(frozen=True, slots=True)
class OpeningOrder:
    """An order that rests when a run begins: a limit or a stop, good till cancelled.

    Raises
    ------
    InvalidInputError
        `quantity` is not a whole number other than 0, or not exactly one of the two prices is given.
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
        object.__setattr__(self, "quantity", traded_quantity(self.quantity))
        if (self.limit_price is None) is (self.stop_price is None):
            raise InvalidInputError(
                "limit_price", self.limit_price, "be given, or stop_price, and not both"
            )
        for name in ("limit_price", "stop_price"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, positive_price(name, getattr(self, name)))


@dataclass(frozen=True, slots=True)
class OpeningBook:
    """Holdings, resting orders and cash with which a run begins.

    Raises
    ------
    InvalidInputError
        A security is held twice, or `cash` is not finite.

    Examples
    --------
    >>> book = OpeningBook([OpeningHolding("GME", -100, 50.0)], cash=105_000)
    >>> book.holdings[0].symbol, book.cash
    (Symbol('GME'), 105000.0)
    """

    holdings: tuple[OpeningHolding, ...] = ()
    """At most one for each security."""
    orders: tuple[OpeningOrder, ...] = ()
    """Oldest first; they were accepted before the run, so they are not checked again."""
    cash: float | None = None
    """Short sale proceeds included; None for the cash that the run and its algorithm set."""

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


class Fill(NamedTuple):
    """One trade."""

    symbol: Symbol
    session: date
    """Session in which it was done."""
    quantity: int
    """Shares, negative for a sale."""
    price: float
    """Per share."""
    commission: float
    """In the account's currency."""


class ShareChange(NamedTuple):
    """A split or a dividend that the run booked, before its session's first fill."""

    symbol: Symbol
    """The security."""
    session: date
    """Session in which it was booked."""
    kind: str
    """split or dividend."""
    shares: int
    """Held after it, negative for a short."""
    ratio: float
    """New shares for each old one; 1 for a dividend."""
    price: float
    """A dividend a share, or the price at which what was left of a share was paid."""
    cash: float
    """Received, negative where it was paid; it is in the account's cash."""


class Mark(NamedTuple):
    """What one security is worth, and how many shares its resting orders claim."""

    symbol: Symbol
    price: float | None
    """Last close; None before the first."""
    previous_close: float | None
    """Last close before the session; None where the data has none."""
    open_buys: int
    """Unfilled shares of resting buys, at least 0."""
    open_sells: int
    """Unfilled shares of resting sells, at least 0."""
    borrow_cost: float
    """Paid so far."""


@dataclass(frozen=True, slots=True)
class Statement:
    """An account at one moment, between two bars of a run or at its end."""

    algorithm: str
    """Name of its class."""
    currency: str
    """Of every amount."""
    time: datetime
    """The moment, exchange-local."""
    finished: bool
    """Whether the run has ended."""
    cash: float
    """Short sale proceeds included."""
    first: date
    """The first session."""
    sessions: tuple[date, ...]
    """The last ones up to that moment, oldest first: at least as many as settlement takes."""
    opening: tuple[OpeningHolding, ...]
    """Held before the first bar."""
    fills: tuple[Fill, ...]
    """Oldest first; without those that an earlier statement had, where one was asked for since then."""
    events: int
    """How many of the account's events have been looked at for fills."""
    marks: tuple[Mark, ...]
    """One for each security, in the order in which they were added."""
    changes: tuple[ShareChange, ...] = ()
    """Splits and dividends that the run booked, oldest first; without those that an earlier statement had, where one was
    asked for since then."""
    actions: int = 0
    """How many of the run's corporate actions have been looked at for changes."""


def _finite(name: str, value: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number) or isinstance(value, (bool, str)):
        raise InvalidInputError(name, value, "be a finite number")
    return number


def _all(kind: type[_Value], name: str, values: Iterable[_Value]) -> tuple[_Value, ...]:
    if not isinstance(values, Iterable):
        raise InvalidInputError(name, values, f"be a sequence of {kind.__name__}")
    given = tuple(values)
    for value in given:
        if not isinstance(value, kind):
            raise InvalidInputError(name, value, f"hold nothing but {kind.__name__}")
    return given
