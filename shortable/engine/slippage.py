"""Slippage: by how much a fill's price is worse than the bar's (S28)."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Protocol, runtime_checkable

from shortable.engine.orders import Order
from shortable.errors import EngineError, InvalidInputError

__all__ = ["FractionSlippage", "NullSlippage", "SlippageModel", "VolumeShareSlippage"]


@runtime_checkable
class SlippageModel(Protocol):
    """By how much a fill is worse than the price at which the bar would fill it."""

    def slippage(self, order: Order, price: float, volume: float) -> float:
        """Return money a share, at least 0.

        Parameters
        ----------
        order : Order
            Which fills whole; it has no limit price.
        price : float
            Per share, before slippage.
        volume : float
            Shares traded in the bar; NaN where the prices have none.
        """
        ...


@dataclass(frozen=True, slots=True)
class NullSlippage:
    """Fills are at the bar's price."""

    def slippage(self, order: Order, price: float, volume: float) -> float:
        """Return 0."""
        return 0.0


@dataclass(frozen=True, slots=True)
class FractionSlippage:
    """A fraction of the price, whatever the size: 0.0005 is 5 basis points.

    Examples
    --------
    >>> round(FractionSlippage(0.001).slippage(None, 20.0, 1e6), 9)
    0.02
    """

    fraction: float

    def __post_init__(self) -> None:
        _check("fraction", self.fraction)

    def slippage(self, order: Order, price: float, volume: float) -> float:
        """Return price × fraction."""
        return price * self.fraction


@dataclass(frozen=True, slots=True)
class VolumeShareSlippage:
    """Price × impact × (order's share of the bar's volume)², as zipline's and LEAN's models of that name have it.

    Source: zipline, ``finance/slippage.py``, ``VolumeShareSlippage``: simulated impact = (volume share)² × price impact ×
    price. Orders fill whole here (S18), so the share is not cut: an order of twice the bar's volume pays for twice.

    Attributes
    ----------
    impact : float
        At least 0; zipline's and LEAN's default is 0.1.

    Examples
    --------
    10 % of the volume: 20.00 × 0.1 × 0.01 = 0.02 a share.

    >>> from types import SimpleNamespace
    >>> round(VolumeShareSlippage().slippage(SimpleNamespace(quantity=-100), 20.0, 1000.0), 9)
    0.02
    """

    impact: float = 0.1

    def __post_init__(self) -> None:
        _check("impact", self.impact)

    def slippage(self, order: Order, price: float, volume: float) -> float:
        """Return the impact of an order's share of the volume.

        Raises
        ------
        EngineError
            The prices have no volume.
        """
        if not volume > 0:
            raise EngineError(
                f"{self!r} needs the volume of every bar in which an order of {order.symbol} fills; it is {volume:g}"
            )
        share = abs(order.quantity) / volume
        return price * self.impact * share * share


def _check(name: str, value: float) -> None:
    if not (isinstance(value, Real) and 0 <= value < 1):
        raise InvalidInputError(name, value, "be at least 0 and below 1")
