"""Slippage models: what a market order loses, per share (LEAN: Common/Orders/Slippage)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from shortable.lean.data import TradeBar
from shortable.lean.names import LeanObject
from shortable.lean.numbers import ZERO, decimal_of

if TYPE_CHECKING:
    from shortable.lean.context import Security
    from shortable.lean.orders.order import Order

__all__ = [
    "ConstantSlippageModel",
    "NullSlippageModel",
    "SlippageModel",
    "VolumeShareSlippageModel",
]


class SlippageModel(LeanObject):
    """Base of a slippage model that users write."""

    def get_slippage_approximation(self, asset: Security, order: Order) -> float | Decimal:
        """Return what is lost for each share."""
        raise NotImplementedError


class NullSlippageModel(SlippageModel):
    """Nothing is lost: LEAN's default."""

    INSTANCE: ClassVar[NullSlippageModel]
    Instance: ClassVar[NullSlippageModel]

    def get_slippage_approximation(self, asset: Security, order: Order) -> float | Decimal:
        """Return zero."""
        return ZERO


NullSlippageModel.INSTANCE = NullSlippageModel.Instance = NullSlippageModel()


class ConstantSlippageModel(SlippageModel):
    """A fraction of the price.

    Parameters
    ----------
    slippage_percent : float
        0.01 is one percent.
    """

    def __init__(self, slippage_percent: float | Decimal) -> None:
        self._slippage = decimal_of(slippage_percent)

    def get_slippage_approximation(self, asset: Security, order: Order) -> float | Decimal:
        """Return price times fraction."""
        data = asset.get_last_data()
        return ZERO if data is None else decimal_of(data.value) * self._slippage


class VolumeShareSlippageModel(SlippageModel):
    """Price × impact × (the order's share of the bar's volume, up to a limit)².

    Parameters
    ----------
    volume_limit : float
        Largest share of the volume, 0.025.
    price_impact : float
        0.1.
    """

    def __init__(self, volume_limit: float = 0.025, price_impact: float = 0.1) -> None:
        self._limit, self._impact = decimal_of(volume_limit), decimal_of(price_impact)

    def get_slippage_approximation(self, asset: Security, order: Order) -> float | Decimal:
        """Return the price impact; the limit's where the bar has no volume."""
        data = asset.get_last_data()
        if data is None:
            return ZERO
        share = self._limit
        if isinstance(data, TradeBar):
            volume = decimal_of(data.volume)
            if volume <= 0:
                return self._limit * self._limit * self._impact * decimal_of(data.value)
            share = min(abs(order.exact_quantity) / volume, self._limit)
        return share * share * self._impact * decimal_of(data.value)
