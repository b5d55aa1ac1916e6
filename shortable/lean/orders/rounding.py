"""Order prices in the steps that the broker takes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from shortable.lean.enums import OrderType

__all__ = ["round_prices"]

_PRICES = {
    OrderType.LIMIT: (("limit_price", "Limit"),),
    OrderType.STOP_MARKET: (("stop_price", "Stop"),),
    OrderType.STOP_LIMIT: (("limit_price", "Limit"), ("stop_price", "Stop")),
    OrderType.TRAILING_STOP: (("stop_price", "Stop"),),
    OrderType.LIMIT_IF_TOUCHED: (("limit_price", "Limit"), ("trigger_price", "Trigger")),
}


def round_prices(order: Any, security: Any, warn: Callable[[str], None]) -> None:
    """Round an order's prices to the security's steps, where it has any, and say so where that changes one.

    A trailing amount in dollars is rounded too.
    """
    prices = _PRICES.get(order.type, ())
    if order.type == OrderType.TRAILING_STOP and not order.trailing_as_percentage:
        prices += (("trailing_amount", "TrailingAmount"),)
    for name, shown in prices:
        price: Decimal = getattr(order, "exact_" + name)
        step = security.price_step(price)
        if step <= 0:
            continue
        rounded = (price / step).quantize(Decimal(1), ROUND_HALF_EVEN) * step
        if rounded != price:
            setattr(order, name, rounded)
            warn(
                f"Warning: To meet brokerage precision requirements, order {shown} was rounded to "
                f"{rounded.normalize():f} from {price.normalize():f}"
            )
