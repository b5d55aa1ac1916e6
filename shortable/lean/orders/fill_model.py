"""The fill model that any security may use (LEAN: Common/Orders/Fills/FillModel.cs)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from shortable.errors import EngineError
from shortable.lean.enums import OrderDirection, OrderStatus, OrderType
from shortable.lean.names import LeanObject
from shortable.lean.numbers import decimal_of
from shortable.lean.orders.events import OrderEvent, OrderFee
from shortable.lean.orders.fill_data import Prices, best_effort_price, is_exchange_open, prices_of

if TYPE_CHECKING:
    from shortable.lean.context import Security
    from shortable.lean.orders.order import (
        LimitIfTouchedOrder,
        LimitOrder,
        MarketOnCloseOrder,
        MarketOnOpenOrder,
        MarketOrder,
        Order,
        StopLimitOrder,
        StopMarketOrder,
        TrailingStopOrder,
    )

__all__ = ["Fill", "FillModel", "FillModelParameters", "ImmediateFillModel"]

_METHODS = {
    OrderType.MARKET: "market_fill",
    OrderType.LIMIT: "limit_fill",
    OrderType.STOP_MARKET: "stop_market_fill",
    OrderType.STOP_LIMIT: "stop_limit_fill",
    OrderType.TRAILING_STOP: "trailing_stop_fill",
    OrderType.LIMIT_IF_TOUCHED: "limit_if_touched_fill",
    OrderType.MARKET_ON_OPEN: "market_on_open_fill",
    OrderType.MARKET_ON_CLOSE: "market_on_close_fill",
}


class FillModelParameters(LeanObject):
    """What a fill model is asked with.

    Attributes
    ----------
    security : Security
    order : Order
    stale_price_time_span : timedelta
        Prices older than this, seen from the order's time, are stale.
    """

    def __init__(
        self,
        security: Security,
        order: Order,
        stale_price_time_span: timedelta,
        on_order_updated: Callable[[Order], None],
    ) -> None:
        self.security = security
        self.order = order
        self.stale_price_time_span = stale_price_time_span
        self.on_order_updated = on_order_updated
        self.config_provider = None


class Fill(LeanObject):
    """What a fill model answers: order events."""

    def __init__(self, events: OrderEvent | list[OrderEvent]) -> None:
        self.events = events if isinstance(events, list) else [events]

    def __iter__(self) -> Any:
        return iter(self.events)


class FillModel(LeanObject):
    """Fills at the last quote's side, else the last trade.

    Subclasses override ``market_fill``, ``limit_fill`` and so on, each ``(asset, order) -> OrderEvent``.

    Attributes
    ----------
    parameters : FillModelParameters
        What the model is being asked with.
    """

    parameters: FillModelParameters

    def fill(self, parameters: FillModelParameters) -> Fill:
        """Return what happens to an order now."""
        self.parameters = parameters
        name = _METHODS.get(parameters.order.type)
        if name is None:
            raise EngineError(f"No fill model for {parameters.order.type} orders.")
        found = getattr(self, name)(parameters.security, parameters.order)
        return found if isinstance(found, Fill) else Fill(found)

    # -- for subclasses -------------------------------------------------------------------------------------------
    def is_exchange_open(self, asset: Security, is_extended_market_hours: bool = False) -> bool:
        """Whether orders may fill now."""
        return is_exchange_open(asset, is_extended_market_hours)

    def get_prices(self, asset: Security, direction: OrderDirection) -> Prices:
        """Return the prices that an order meets."""
        return prices_of(asset, direction)

    def _event(self, asset: Security, order: Order) -> OrderEvent:
        return OrderEvent(order, asset.utc_time, OrderFee.ZERO)

    def _filled(self, event: OrderEvent, order: Order, price: Any, message: str = "") -> OrderEvent:
        event.status = OrderStatus.FILLED
        event.fill_price, event.fill_quantity = price, order.exact_quantity
        event.message = message
        return event

    def _fresh(self, asset: Security, order: Order, extended: bool) -> Prices | None:
        """Return the prices that the order meets, None where it may not fill now or they are older than it."""
        if order.status == OrderStatus.CANCELED or not self.is_exchange_open(asset, extended):
            return None
        prices = self.get_prices(asset, order.direction)
        return None if prices.end_time <= order.exchange_time else prices

    # -- one method an order type ---------------------------------------------------------------------------------
    def market_fill(self, asset: Security, order: MarketOrder) -> OrderEvent:
        """Fill at the current price of the side that the order meets."""
        event = self._event(asset, order)
        if order.status == OrderStatus.CANCELED or not self.is_exchange_open(asset, False):
            return event
        prices = self.get_prices(asset, order.direction)
        message = ""
        if prices.end_time + self.parameters.stale_price_time_span < order.exchange_time:
            message = f"Warning: fill at stale price ({prices.end_time} America/New_York)"
        slip = asset.slippage(order)
        sign = 1 if order.direction == OrderDirection.BUY else -1
        return self._filled(event, order, prices.current + sign * slip, message)

    def limit_fill(self, asset: Security, order: LimitOrder) -> OrderEvent:
        """Fill where the bar goes beyond the limit, at the worse of the limit and the bar."""
        event, prices = (
            self._event(asset, order),
            self._fresh(asset, order, asset.is_extended_market_hours),
        )
        if prices is None:
            return event
        limit = order.exact_limit_price
        if order.direction == OrderDirection.BUY and prices.low < limit:
            return self._filled(event, order, min(prices.high, limit))
        if order.direction == OrderDirection.SELL and prices.high > limit:
            return self._filled(event, order, max(prices.low, limit))
        return event

    def stop_market_fill(self, asset: Security, order: StopMarketOrder) -> OrderEvent:
        """Fill where the bar goes beyond the stop, at the worse of the stop and the price."""
        event, prices = self._event(asset, order), self._fresh(asset, order, False)
        if prices is None:
            return event
        stop, slip = order.exact_stop_price, asset.slippage(order)
        if order.direction == OrderDirection.SELL and prices.low < stop:
            return self._filled(event, order, min(stop, prices.current - slip))
        if order.direction == OrderDirection.BUY and prices.high > stop:
            return self._filled(event, order, max(stop, prices.current + slip))
        return event

    def trailing_stop_fill(self, asset: Security, order: TrailingStopOrder) -> OrderEvent:
        """Fill where the bar touches the stop, else let the stop follow the bar."""
        event, prices = self._event(asset, order), self._fresh(asset, order, False)
        if prices is None:
            return event
        stop, slip = order.exact_stop_price, asset.slippage(order)
        if order.direction == OrderDirection.SELL:
            if prices.low <= stop:
                return self._filled(event, order, min(stop, prices.current - slip))
            best = prices.high
        else:
            if prices.high >= stop:
                return self._filled(event, order, max(stop, prices.current + slip))
            best = prices.low
        if order.follow(best):
            self.parameters.on_order_updated(order)
        return event

    def stop_limit_fill(self, asset: Security, order: StopLimitOrder) -> OrderEvent:
        """Once the bar has gone beyond the stop, fill where the price is within the limit."""
        event, prices = (
            self._event(asset, order),
            self._fresh(asset, order, asset.is_extended_market_hours),
        )
        if prices is None:
            return event
        buy, limit = order.direction == OrderDirection.BUY, order.exact_limit_price
        reached = (
            prices.high > order.exact_stop_price if buy else prices.low < order.exact_stop_price
        )
        if not reached and not order.stop_triggered:
            return event
        if not order.stop_triggered:
            order.stop_triggered = True
            self.parameters.on_order_updated(order)
        if buy and prices.current < limit:
            return self._filled(event, order, min(prices.high, limit))
        if not buy and prices.current > limit:
            return self._filled(event, order, max(prices.low, limit))
        return event

    def limit_if_touched_fill(self, asset: Security, order: LimitIfTouchedOrder) -> OrderEvent:
        """Once the bar has touched the trigger, fill where the quote is within the limit, at the quote."""
        event, prices = (
            self._event(asset, order),
            self._fresh(asset, order, asset.is_extended_market_hours),
        )
        if prices is None:
            return event
        return self._touched(event, asset, order, prices.high, prices.low)

    def _touched(
        self, event: OrderEvent, asset: Security, order: LimitIfTouchedOrder, high: Any, low: Any
    ) -> OrderEvent:
        buy, limit, trigger = (
            order.direction == OrderDirection.BUY,
            order.exact_limit_price,
            order.exact_trigger_price,
        )
        touched = low <= trigger if buy else high >= trigger
        if not touched and not order.trigger_touched:
            return event
        order.trigger_touched = True
        price, message = best_effort_price(asset, order, self.parameters.stale_price_time_span, buy)
        if price <= limit if buy else price >= limit:
            return self._filled(event, order, price, message)
        return event

    def market_on_open_fill(self, asset: Security, order: MarketOnOpenOrder) -> OrderEvent:
        """Fill at the open of the first bar of a later session."""
        event = self._event(asset, order)
        bar = asset.get_last_data()
        if (
            order.status == OrderStatus.CANCELED
            or bar is None
            or order.exchange_time >= bar.end_time
        ):
            return event
        sent = order.exchange_time
        if asset.exchange.date_time_is_open(sent) and sent.date() == asset.local_time.date():
            return event
        if not self.is_exchange_open(asset, False):
            return event
        return self._slipped(event, asset, order, self.get_prices(asset, order.direction).open)

    def market_on_close_fill(self, asset: Security, order: MarketOnCloseOrder) -> OrderEvent:
        """Fill at the last price once the close after the order has come."""
        event = self._event(asset, order)
        close = asset.exchange.hours.get_next_market_close(order.exchange_time, False)
        if order.status == OrderStatus.CANCELED or asset.local_time < close:
            return event
        return self._slipped(event, asset, order, self.get_prices(asset, order.direction).close)

    def _slipped(
        self, event: OrderEvent, asset: Security, order: Order, price: Any, message: str = ""
    ) -> OrderEvent:
        slip = asset.slippage(order)
        sign = 1 if order.direction == OrderDirection.BUY else -1
        return self._filled(event, order, decimal_of(price) + sign * slip, message)


class ImmediateFillModel(FillModel):
    """The same: LEAN's name for it."""
