"""At what price an order fills inside a bar."""

from __future__ import annotations

from typing import Protocol

from shortable.engine.orders import Order, StopLimitOrder, TrailingStopOrder
from shortable.orders import OrderType

__all__ = ["BarFillModel", "FillModel"]

_MARKET, _LIMIT, _ON_OPEN, _ON_CLOSE, _STOP_LIMIT, _TRAILING = (
    OrderType.MARKET,
    OrderType.LIMIT,
    OrderType.MARKET_ON_OPEN,
    OrderType.MARKET_ON_CLOSE,
    OrderType.STOP_LIMIT,
    OrderType.TRAILING_STOP,
)


class FillModel(Protocol):
    """Decides whether a bar fills an order that was sent before the bar."""

    def fill(
        self, order: Order, open_: float, high: float, low: float, close: float
    ) -> float | None:
        """Return the price a share at which the whole order fills, or None.

        Where it does not fill, the model may note on the order what the bar did to it: a stop that was reached,
        a stop that moves. It is asked once a bar; of an on-open or on-close order at a session's first or last
        bar alone.
        """
        ...


class BarFillModel:
    """Market orders at the open, limits and stops inside the bar; no slippage, no partial fills.

    A price that is reached exactly fills. A limit order never fills at a worse price than its limit, and at the
    open where the bar opens beyond it; a stop fills at its price, or at the open where the bar opens beyond it.
    On-open orders fill at the open, on-close orders at the close.

    A bar does not tell whether its high or its low came first, so nothing is concluded from one to the other:

    - A stop-limit order whose stop lies between the open and the far end of the bar is a limit order from the next
      bar on, unless its limit allows the stop price itself, at which it then fills. Where the bar opens at or
      beyond the stop, it is a limit order for the whole bar.
    - A trailing stop is held against the bar first, as a stop at the price to which earlier bars have moved it.
      Only where that does not fill it does the stop follow the bar's high (to sell) or low (to buy).

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
    >>> sell(OrderType.MARKET_ON_OPEN), sell(OrderType.MARKET_ON_CLOSE)
    (10.0, 10.5)
    """

    __slots__ = ()

    def fill(
        self, order: Order, open_: float, high: float, low: float, close: float
    ) -> float | None:
        """Return the price a share at which the whole order fills, or None."""
        kind = order.type
        if kind is _MARKET or kind is _ON_OPEN:
            return open_
        if kind is _LIMIT:
            return _limit(order, open_, high, low)
        if kind is _ON_CLOSE:
            return close
        if kind is _STOP_LIMIT:
            return _stop_limit(order, open_, high, low)  # type: ignore[arg-type]
        price = _stop(order, open_, high, low)
        if price is None and kind is _TRAILING:
            _follow(order, high, low)  # type: ignore[arg-type]
        return price


def _limit(order: Order, open_: float, high: float, low: float) -> float | None:
    limit: float = order.limit_price  # type: ignore[assignment]
    if order.quantity < 0:
        return max(open_, limit) if high >= limit else None
    return min(open_, limit) if low <= limit else None


def _stop(order: Order, open_: float, high: float, low: float) -> float | None:
    stop: float = order.stop_price  # type: ignore[assignment]
    if order.quantity < 0:
        return min(open_, stop) if low <= stop else None
    return max(open_, stop) if high >= stop else None


def _stop_limit(order: StopLimitOrder, open_: float, high: float, low: float) -> float | None:
    if order.stop_triggered:
        return _limit(order, open_, high, low)
    reached = _stop(order, open_, high, low)
    if reached is None:
        return None
    order.stop_triggered = True
    if reached == open_:
        return _limit(order, open_, high, low)
    limit: float = order.limit_price  # type: ignore[assignment]
    allowed = reached >= limit if order.quantity < 0 else reached <= limit
    return reached if allowed else None


def _follow(order: TrailingStopOrder, high: float, low: float) -> None:
    stop: float = order.stop_price  # type: ignore[assignment]
    order.stop_price = (
        max(stop, order.stop_at(high)) if order.quantity < 0 else min(stop, order.stop_at(low))
    )
