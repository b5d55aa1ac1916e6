"""What fill models look at: the newest data of the types that are subscribed, and whether the market is open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from shortable.errors import EngineError
from shortable.lean.data import QuoteBar, TradeBar
from shortable.lean.enums import OrderDirection
from shortable.lean.exact import market_price
from shortable.lean.numbers import ZERO

if TYPE_CHECKING:
    from shortable.lean.context import Security
    from shortable.lean.orders.order import Order

__all__ = ["Prices", "best_effort_bar", "best_effort_price", "is_exchange_open", "prices_of"]

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Prices:
    """One bar's prices as a fill model sees them."""

    end_time: datetime
    """When the bar ended, exchange-local."""
    current: Decimal
    """Its close."""
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal

    @classmethod
    def of(cls, bar: Any, end_time: datetime) -> Prices:
        """Return a bar's prices, or those of one side of a quote."""
        close = market_price(bar.close)
        return cls(
            end_time,
            close,
            market_price(bar.open),
            market_price(bar.high),
            market_price(bar.low),
            close,
        )


def is_exchange_open(asset: Security, extended: bool) -> bool:
    """Whether orders may fill now: the session is on, or the last bar that ends now lies in it."""
    now = asset.local_time
    if asset.exchange.hours.is_open(now, extended):
        return True
    bar = asset.get_last_data()
    if bar is None:
        return False
    # A daily bar counts all day; a shorter one up to its end.
    current = (
        now.date() == bar.end_time.date()
        if bar.end_time - bar.time > _HOUR
        else now <= bar.end_time
    )
    return current and asset.exchange.is_open_during_bar(bar.time, bar.end_time, extended)


def best_effort_bar(asset: Security, order: Order) -> TradeBar | None:
    """Return the newest trade bar if it ended after the order was sent."""
    bar: TradeBar | None = asset.cache.get_data(TradeBar) if asset.subscribed(TradeBar) else None
    return None if bar is None or bar.end_time <= order.exchange_time else bar


def best_effort_price(
    asset: Security, order: Order, stale: timedelta, buy: bool
) -> tuple[Decimal, str]:
    """Return the ask for a purchase or the bid for a sale, and what there is to say about it.

    A quote younger than `stale` is taken silently. An older one is still taken, with a message, unless the last
    trade is newer than it. Without quotes the last trade counts, with a message.
    """
    cut_off = order.exchange_time - stale
    found, price, message = None, ZERO, ""
    quote: QuoteBar | None = asset.cache.get_data(QuoteBar) if asset.subscribed(QuoteBar) else None
    if quote is not None:
        side = quote.ask if buy else quote.bid
        price = market_price(quote.close if side is None else side.close)
        if quote.end_time >= cut_off:
            return price, ""
        found, message = quote.end_time, _stale(quote.end_time)
    trade: TradeBar | None = asset.cache.get_data(TradeBar) if asset.subscribed(TradeBar) else None
    if trade is not None and (found is None or trade.end_time > found):
        return market_price(trade.close), _without_quote(trade.end_time)
    if found is None:
        side_name = "ask" if buy else "bid"
        raise EngineError(
            f"Cannot get {side_name} price to perform fill for {asset.symbol.value}: there are no data."
        )
    return price, message


def _stale(end_time: datetime) -> str:
    return f"Warning: fill at stale price ({end_time:%m/%d/%Y %H:%M:%S} America/New_York), using QuoteBar data."


def _without_quote(end_time: datetime) -> str:
    when = f"{end_time:%m/%d/%Y %H:%M:%S} America/New_York"
    return f"Warning: No quote information available at {when}, order filled using TradeBar data"


def prices_of(asset: Security, direction: OrderDirection) -> Prices:
    """Return the last quote's side that the order meets, else the last trade bar, else the security's prices."""
    if direction != OrderDirection.HOLD:
        quote: QuoteBar | None = (
            asset.cache.get_data(QuoteBar) if asset.subscribed(QuoteBar) else None
        )
        if quote is not None:
            side = quote.bid if direction == OrderDirection.SELL else quote.ask
            if side is not None:
                return Prices.of(side, quote.end_time)
        trade: TradeBar | None = (
            asset.cache.get_data(TradeBar) if asset.subscribed(TradeBar) else None
        )
        if trade is not None:
            return Prices.of(trade, trade.end_time)
    last = asset.get_last_data()
    return Prices.of(asset, datetime.min if last is None else last.end_time)
