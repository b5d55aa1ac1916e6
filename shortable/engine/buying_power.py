"""Buying power: how much of an order's value must be covered by the account's own equity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from shortable.errors import InvalidInputError

__all__ = ["BuyingPowerModel", "NullBuyingPower", "RegTBuyingPower"]


@runtime_checkable
class BuyingPowerModel(Protocol):
    """Initial margin of one security.

    An order is accepted iff the margin in use after it is at most the account's equity, or the order adds none.
    Margin in use is, summed over securities, `initial_margin` × last price × the largest position, long or short,
    to which the shares held and the resting orders can lead: max(held + open buys, open sells − held). So a
    resting order reserves margin, a closing one needs none, and commissions are not reserved. The check is made
    at submission and when an update enlarges an order, not at the fill; there are no margin calls.
    """

    @property
    def initial_margin(self) -> float:
        """Fraction of a position's value, at least 0; the same for longs and shorts; 0 is never refused."""
        ...


@dataclass(frozen=True, slots=True)
class RegTBuyingPower:
    """Regulation T: half of a position's value, long or short.

    Source: 12 CFR 220.12: 50 % of the market value of a long; 150 % of a short's, of which the sale's own proceeds
    are 100 %.

    Attributes
    ----------
    initial_margin : float
        Above 0 and at most 1.

    Examples
    --------
    >>> RegTBuyingPower().initial_margin, RegTBuyingPower.of_leverage(4).initial_margin
    (0.5, 0.25)
    """

    initial_margin: float = 0.5

    def __post_init__(self) -> None:
        if not (isinstance(self.initial_margin, (int, float)) and 0 < self.initial_margin <= 1):
            raise InvalidInputError(
                "initial_margin", self.initial_margin, "be above 0 and at most 1"
            )

    @classmethod
    def of_leverage(cls, leverage: float) -> RegTBuyingPower:
        """Return the model by which positions worth `leverage` times the equity can be opened."""
        if not (isinstance(leverage, (int, float)) and 1 <= leverage < float("inf")):
            raise InvalidInputError("leverage", leverage, "be a finite number, at least 1")
        return cls(1.0 / leverage)

    def __str__(self) -> str:
        return f"initial margin {self.initial_margin:.0%}"


@dataclass(frozen=True, slots=True)
class NullBuyingPower:
    """No order is refused for want of money."""

    @property
    def initial_margin(self) -> float:
        """Always 0.0."""
        return 0.0

    def __str__(self) -> str:
        return "not checked"
