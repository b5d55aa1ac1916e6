"""The fill model of equities, LEAN's default for them (LEAN: Common/Orders/Fills/EquityFillModel.cs)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from shortable.lean.data import TradeBar
from shortable.lean.enums import OrderDirection, OrderStatus
from shortable.lean.exact import market_price
from shortable.lean.numbers import ZERO
from shortable.lean.orders.events import OrderEvent
from shortable.lean.orders.fill_data import best_effort_bar, best_effort_price
from shortable.lean.orders.fill_model import (
    Fill,
    FillModel,
    FillModelParameters,
    ImmediateFillModel,
)

if TYPE_CHECKING:
    from datetime import datetime

    from shortable.lean.context import Security
    from shortable.lean.orders.order import (
        LimitIfTouchedOrder,
        LimitOrder,
        MarketOnCloseOrder,
        MarketOnOpenOrder,
        MarketOrder,
        Order,
        StopMarketOrder,
    )

__all__ = ["EquityFillModel", "Fill", "FillModel", "FillModelParameters", "ImmediateFillModel"]

_HOUR = timedelta(hours=1)
_GAP = "Due to a{} gap, order filled using the open price ({:%m/%d/%Y %H:%M:%S} America/New_York)."


class EquityFillModel(FillModel):
    """Fills of equities.

    Market orders: the ask or bid, else the last trade. Limits fill where trades go beyond the limit, at the limit, or
    at the open of a bar that opens beyond it; stops where trades touch the stop, at the stop, or at such an open.
    Nothing but market orders fills on a bar that ended before the order was sent. On-open orders fill at the open of
    the first bar that begins after them, in a later session; on-close orders at the last trade once the close has come.
    """

    def market_fill(self, asset: Security, order: MarketOrder) -> OrderEvent:
        """Fill at the ask or bid, else the last trade."""
        event = self._event(asset, order)
        if order.status == OrderStatus.CANCELED or not self.is_exchange_open(asset, False):
            return event
        buy = order.direction == OrderDirection.BUY
        slip = asset.slippage(order)
        price, message = best_effort_price(asset, order, self.parameters.stale_price_time_span, buy)
        return self._filled(event, order, price + slip if buy else price - slip, message)

    def _bar(self, asset: Security, order: Order, extended: bool) -> TradeBar | None:
        if order.status == OrderStatus.CANCELED or not self.is_exchange_open(asset, extended):
            return None
        return best_effort_bar(asset, order)

    def limit_fill(self, asset: Security, order: LimitOrder) -> OrderEvent:
        """Fill where trades go beyond the limit."""
        event, bar = (
            self._event(asset, order),
            self._bar(asset, order, asset.is_extended_market_hours),
        )
        if bar is None:
            return event
        limit, opened = order.exact_limit_price, market_price(bar.open)
        buy = order.direction == OrderDirection.BUY
        if market_price(bar.low) < limit if buy else market_price(bar.high) > limit:
            if opened < limit if buy else opened > limit:
                return self._filled(event, order, opened, _GAP.format(" favorable", bar.end_time))
            return self._filled(event, order, limit)
        return event

    def stop_market_fill(self, asset: Security, order: StopMarketOrder) -> OrderEvent:
        """Fill where trades touch the stop."""
        event, bar = self._event(asset, order), self._bar(asset, order, False)
        if bar is None:
            return event
        stop, opened, slip = order.exact_stop_price, market_price(bar.open), asset.slippage(order)
        buy = order.direction == OrderDirection.BUY
        if market_price(bar.high) >= stop if buy else market_price(bar.low) <= stop:
            gap = opened >= stop if buy else opened <= stop
            price = (opened if gap else stop) + (slip if buy else -slip)
            return self._filled(
                event, order, price, _GAP.format("n unfavorable", bar.end_time) if gap else ""
            )
        return event

    def limit_if_touched_fill(self, asset: Security, order: LimitIfTouchedOrder) -> OrderEvent:
        """Once trades have touched the trigger, fill where the quote is within the limit, at the quote."""
        event, bar = (
            self._event(asset, order),
            self._bar(asset, order, asset.is_extended_market_hours),
        )
        if bar is None:
            return event
        return self._touched(event, asset, order, market_price(bar.high), market_price(bar.low))

    def market_on_open_fill(self, asset: Security, order: MarketOnOpenOrder) -> OrderEvent:
        """Fill at the open of the first bar that begins after the order, in a later session."""
        event = self._event(asset, order)
        if order.status == OrderStatus.CANCELED:
            return event
        sent, price, message = order.exchange_time, ZERO, ""
        end: datetime | None = None
        if asset.subscribed(TradeBar):
            bar: TradeBar | None = asset.cache.get_data(TradeBar)
            if bar is not None:
                if bar.time < sent:
                    return event
                if bar.period < _HOUR and not asset.exchange.date_time_is_open(bar.time):
                    return event
                end, price = bar.end_time, market_price(bar.open)
        else:
            message = f"Warning: No trade information available at {asset.local_time:%m/%d/%Y %H:%M:%S} America/New_York, order filled using Quote data"
        if end is None or sent >= end:
            return event
        if asset.exchange.date_time_is_open(sent) and sent.date() == end.date():
            return event
        if not self.is_exchange_open(asset, False):
            return event
        return self._traded(event, asset, order, price, message)

    def market_on_close_fill(self, asset: Security, order: MarketOnCloseOrder) -> OrderEvent:
        """Fill at the last trade once the close after the order has come."""
        event = self._event(asset, order)
        close = asset.exchange.hours.get_next_market_close(order.exchange_time, False)
        if order.status == OrderStatus.CANCELED or asset.local_time < close:
            return event
        if not self.is_exchange_open(asset, False):
            return event
        price, message = ZERO, ""
        if asset.subscribed(TradeBar):
            bar: TradeBar | None = asset.cache.get_data(TradeBar)
            price = ZERO if bar is None else market_price(bar.close)
        else:
            message = f"Warning: No trade information available at {asset.local_time:%m/%d/%Y %H:%M:%S} America/New_York, order filled using Quote data"
        return self._traded(event, asset, order, price, message)

    def _traded(
        self, event: OrderEvent, asset: Security, order: Order, price: object, message: str
    ) -> OrderEvent:
        """Fill at a trade's price, or where there was none at the quote's."""
        if not price:
            buy = order.direction == OrderDirection.BUY
            price, more = best_effort_price(
                asset, order, self.parameters.stale_price_time_span, buy
            )
            message += more
        return self._slipped(event, asset, order, price, message)
