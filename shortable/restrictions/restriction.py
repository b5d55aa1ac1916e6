"""What a rule on short sales answers, and how several of them combine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from shortable.symbol import Symbol

__all__ = ["NullRestriction", "Restriction", "SaleKind", "ShortSale"]

SaleKind = Literal["market", "limit", "stop"]
"""How an order to sell may fill: at any price, at its limit or better, or at any price once its stop is reached. A stop that
becomes a limit order is a limit."""


@dataclass(frozen=True, slots=True)
class ShortSale:
    """An order to sell of which at least a part is short."""

    symbol: Symbol
    """What is sold."""
    time: datetime
    """When it is sent, or fills, exchange-local and naive."""
    kind: SaleKind
    """How it may fill."""
    limit_price: float | None = None
    """Of a limit order, per share."""
    last_price: float | None = None
    """The last price known at `time`, None where there is none."""
    located: bool = False
    """Whether the shares were located before the order (a reservation with a lender)."""


class Restriction(ABC):
    """A rule on short sales.

    Examples
    --------
    >>> from shortable.restrictions import ShortSaleBan
    >>> ban = ShortSaleBan([(date(2008, 9, 19), date(2008, 10, 8))], ["C", "GS"], name="US financials")
    >>> sale = ShortSale(Symbol.create("GS"), datetime(2008, 9, 22, 10), "market")
    >>> (NullRestriction() | ban).refusal(sale)
    'Short sale of GS refused: banned (US financials), 2008-09-19 to 2008-10-08'
    """

    @abstractmethod
    def refusal(self, sale: ShortSale) -> str | None:
        """Return the tag with which an order is refused, None where the rule lets it pass."""

    def fills_only_above(self, symbol: Symbol, time: datetime) -> bool:
        """Return whether a limit order fills only at a price above its limit at that time, and not at it."""
        return False

    def __or__(self, other: Restriction) -> Restriction:
        """Return both rules as one; what refuses nothing drops out."""
        parts = [part for one in (self, other) for part in one.parts()]
        return parts[0] if len(parts) == 1 else _Several(parts) if parts else NullRestriction()

    def parts(self) -> Sequence[Restriction]:
        """Return the rules that it is made of."""
        return (self,)

    def dated(self) -> date | None:
        """Return the last day that the rule's data cover, None where they cover every day."""
        return None


class NullRestriction(Restriction):
    """Every short sale is allowed."""

    def refusal(self, sale: ShortSale) -> str | None:
        """Return None."""
        return None

    def parts(self) -> Sequence[Restriction]:
        """Return none: it drops out of what it is combined with."""
        return ()

    def __repr__(self) -> str:
        return "NullRestriction()"


class _Several(Restriction):
    """The first rule that refuses gives the tag."""

    def __init__(self, parts: Sequence[Restriction]) -> None:
        self._parts = tuple(parts)

    def refusal(self, sale: ShortSale) -> str | None:
        return next((tag for part in self._parts if (tag := part.refusal(sale)) is not None), None)

    def fills_only_above(self, symbol: Symbol, time: datetime) -> bool:
        return any(part.fills_only_above(symbol, time) for part in self._parts)

    def parts(self) -> Sequence[Restriction]:
        return self._parts

    def dated(self) -> date | None:
        days = [day for part in self._parts if (day := part.dated()) is not None]
        return min(days, default=None)

    def __repr__(self) -> str:
        return " | ".join(map(repr, self._parts))
