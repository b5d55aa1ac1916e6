"""At what price an order fills inside a bar."""

from __future__ import annotations

from typing import Protocol

from shortable.engine.orders import Order, OrderType

__all__ = ["BarFillModel", "FillModel"]

_MARKET, _LIMIT = OrderType.MARKET, OrderType.LIMIT


class FillModel(Protocol):
    """Decides whether a bar fills an order that was sent before the bar."""

    def fill(self, order: Order, open_: float, high: float, low: float, close: float) -> float | None:
        """Return the price a share at which the whole order fills, or None."""
        ...


class BarFillModel:
    """Market orders at the open, limits and stops inside the bar; no slippage, no partial fills.

    A price that is reached exactly fills. A limit order never fills at a worse price than its limit, and at the
    open where the bar opens beyond it; a stop fills at its price, or at the open where the bar opens beyond it.
    In close-only data open, high and low are the close.

    Examples
    --------
    A bar of 10.00, 11.00, 9.00, 10.50 against orders to sell:

    >>> def sell(kind, limit=None, stop=None):
    ...     order = Order(1, None, kind, -5, limit, stop, None, "", None, 0)
    ...     return BarFillModel().fill(order, 10.0, 11.0, 9.0, 10.5)
    >>> sell(OrderType.MARKET), sell(OrderType.LIMIT, limit=11.0), sell(OrderType.LIMIT, limit=11.01)
    (10.0, 11.0, None)
    >>> sell(OrderType.LIMIT, limit=9.5), sell(OrderType.STOP_MARKET, stop=9.5), sell(OrderType.STOP_MARKET, stop=10.2)
    (10.0, 9.5, 10.0)
    """

    __slots__ = ()

    def fill(self, order: Order, open_: float, high: float, low: float, close: float) -> float | None:
        """Return the price a share at which the whole order fills, or None."""
        if order.type is _MARKET:
            return open_
        if order.type is _LIMIT:
            limit: float = order.limit_price  # type: ignore[assignment]
            if order.quantity < 0:
                return max(open_, limit) if high >= limit else None
            return min(open_, limit) if low <= limit else None
        stop: float = order.stop_price  # type: ignore[assignment]
        if order.quantity < 0:
            return min(open_, stop) if low <= stop else None
        return max(open_, stop) if high >= stop else None
