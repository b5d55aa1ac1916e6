"""What it costs to locate shares before they are sold short: good for the day, and again for an order that rests over night."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from typing import Generic, Protocol, TypeVar, runtime_checkable

from shortable.errors import InvalidInputError
from shortable.symbol import Symbol

__all__ = ["LocateBook", "LocateFee", "LocateModel", "NullLocate"]

_Key = TypeVar("_Key", bound=Hashable)


@runtime_checkable
class LocateModel(Protocol):
    """Prices a locate."""

    def fee(self, symbol: Symbol, shares: float, price: float) -> float:
        """Return what locating costs, at least 0.

        Parameters
        ----------
        symbol : Symbol
        shares : float
            To be located, above 0.
        price : float
            Last price, per share.
        """
        ...


@dataclass(frozen=True, slots=True)
class NullLocate:
    """Locating is free."""

    def fee(self, symbol: Symbol, shares: float, price: float) -> float:
        """Return 0."""
        return 0.0


@dataclass(frozen=True, slots=True)
class LocateFee:
    """A fee a share located, with a minimum; brokers of hard-to-borrow names quote it by the share and day.

    Attributes
    ----------
    per_share : float
        Money, at least 0.
    minimum : float
        Of each locate, money, at least 0.

    Examples
    --------
    >>> LocateFee(0.02, minimum=1.0).fee(Symbol.create("GME"), 500, 20.0)
    10.0
    """

    per_share: float
    minimum: float = 0.0

    def __post_init__(self) -> None:
        for name in ("per_share", "minimum"):
            value = getattr(self, name)
            if not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
                raise InvalidInputError(name, value, "be finite and at least 0")

    def fee(self, symbol: Symbol, shares: float, price: float) -> float:
        """Return shares × fee, at least the minimum."""
        return max(shares * self.per_share, self.minimum)


class LocateBook(Generic[_Key]):
    """What was located in a session, by instrument: shares are located once a day, however often they are sold and covered.

    Parameters
    ----------
    model : LocateModel

    Examples
    --------
    300 are needed, then 500 in all: 300 and 200 are located; a smaller need later in the day costs nothing.

    >>> book, gme, day = LocateBook(LocateFee(0.01)), Symbol.create("GME"), date(2024, 1, 2)
    >>> [book.need("gme", gme, day, shares, 20.0) for shares in (300, 500, 100)]
    [3.0, 2.0, 0.0]
    """

    def __init__(self, model: LocateModel) -> None:
        self.model = model
        self._located: dict[_Key, tuple[date, float]] = {}

    def need(self, key: _Key, symbol: Symbol, day: date, shares: float, price: float) -> float:
        """Return what it costs to have so many shares located in a session.

        Parameters
        ----------
        key : hashable
            The instrument.
        symbol : Symbol
        day : date
            The session.
        shares : float
            The short parts of all of the session's sell orders together, at least 0: those that rested over night too.
        price : float
            Last price, per share.
        """
        known = self._located.get(key)
        located = known[1] if known is not None and known[0] == day else 0.0
        if shares <= located:
            return 0.0
        self._located[key] = (day, shares)
        return self.model.fee(symbol, shares - located, price)
