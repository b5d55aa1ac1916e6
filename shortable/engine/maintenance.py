"""What an account must keep of its positions: maintenance margin, as FINRA asks for it or not at all (S23)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from shortable.errors import InvalidInputError
from shortable.symbol import Symbol

__all__ = ["FinraMaintenance", "MaintenanceModel", "NullMaintenance"]


@runtime_checkable
class MaintenanceModel(Protocol):
    """The equity that a position asks for as long as it is held; below the sum of them there is a margin call."""

    def requirement(self, symbol: Symbol, shares: float, price: float) -> float:
        """Return the equity that a position asks for, in the account's currency, at least 0.

        Parameters
        ----------
        symbol : Symbol
        shares : float
            Held, negative for a short, in the shares of the day.
        price : float
            Last close per share of the day.
        """
        ...


@dataclass(frozen=True, slots=True)
class NullMaintenance:
    """Nothing is asked for: there are no margin calls."""

    def requirement(self, symbol: Symbol, shares: float, price: float) -> float:
        """Return 0.0."""
        return 0.0

    def __str__(self) -> str:
        return "none: no margin calls"


@dataclass(frozen=True, slots=True)
class FinraMaintenance:
    """FINRA Rule 4210(c): 25 % of longs; of shorts 30 % or 5.00 USD a share, 100 % or 2.50 USD below 5.00 USD.

    Source: FINRA Rule 4210(c)(1) to (3): 25 per cent of the current market value of margin securities held long; "$2.50
    per share or 100 percent of the current market value, whichever amount is greater, of each stock 'short' in the
    account selling at less than $5.00 per share"; "$5.00 per share or 30 percent of the current market value, whichever
    amount is greater, of each stock 'short' in the account selling at $5.00 per share or above". Brokers state the same (Tradier,
    "What is the margin requirement when selling stocks short?"). The amounts a share are of the day's own share and price, in
    USD.

    Attributes
    ----------
    long : float
        Fraction of a long's value.
    short : float
        Fraction of a short's value from 5.00 a share.
    by_security : mapping of symbol to float
        A larger fraction of the value for some securities, longs and shorts alike, as brokers ask for hard-to-borrow ones.

    Examples
    --------
    Short 1,000 at 20.00, at 10.00, at 4.00 and at 2.00: 6.00, 5.00, 4.00 and 2.50 a share. Long 1,000 at 20.00: 5.00.

    >>> spy = Symbol.create("SPY")
    >>> [FinraMaintenance().requirement(spy, -1_000, price) for price in (20.0, 10.0, 4.0, 2.0)]
    [6000.0, 5000.0, 4000.0, 2500.0]
    >>> FinraMaintenance().requirement(spy, 1_000, 20.0)
    5000.0
    >>> FinraMaintenance(by_security={"SPY": 1.0}).requirement(spy, -1_000, 20.0)
    20000.0
    """

    long: float = 0.25
    short: float = 0.30
    by_security: Mapping[Symbol, float] | Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("long", "short"):
            _check_fraction(name, getattr(self, name))
        if not isinstance(self.by_security, Mapping):
            raise InvalidInputError(
                "by_security", self.by_security, "be a mapping of symbols to fractions"
            )
        named = {Symbol.create(symbol): part for symbol, part in self.by_security.items()}
        for symbol, part in named.items():
            _check_fraction(f"by_security[{symbol}]", part)
        object.__setattr__(self, "by_security", named)

    def requirement(self, symbol: Symbol, shares: float, price: float) -> float:
        """Return the equity that a position asks for."""
        least = self.by_security.get(symbol, 0.0) * price
        if shares >= 0:
            return shares * max(self.long * price, least)
        a_share = max(self.short * price, 5.0) if price >= 5.0 else max(price, 2.5)
        return -shares * max(a_share, least)

    def __str__(self) -> str:
        more = f", more for {len(self.by_security)} securities" if self.by_security else ""
        return (
            f"FINRA 4210: longs {self.long:.0%}, shorts {self.short:.0%} or 5.00 a share, below 5.00 a share 100% or "
            f"2.50{more}"
        )


def _check_fraction(name: str, value: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise InvalidInputError(name, value, "be a fraction of the value, at least 0")
