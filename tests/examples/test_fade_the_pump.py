"""The fade-the-pump example on the sample: what it shorts, what is refused, and why."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shortable import LocalDiskShortableProvider
from shortable.engine import Backtest, MarketData, OrderStatus, Result
from shortable.examples.fade_the_pump import FadeThePump


@pytest.fixture(scope="module")
def result() -> Result:
    return Backtest(FadeThePump, MarketData.sample()).run()


def test_every_refusal_is_an_order_over_what_the_broker_had_then(result: Result) -> None:
    provider = LocalDiskShortableProvider("interactivebrokers")
    orders = result.orders
    shorts = orders[(orders["quantity"] < 0)]
    refused = shorts[shorts["status"] == OrderStatus.INVALID]
    assert len(refused) > 20
    for order in shorts.itertuples():
        available = provider.shortable_quantity(order.symbol, order.time)
        # It is flat when it shorts, and sends one order at a time: what is available is all that may be sold (S4).
        assert (order.status is OrderStatus.INVALID) is (-order.quantity > available)


def test_each_short_had_jumped_by_half_and_is_covered_after_28_bars(result: Result) -> None:
    prices = MarketData.sample()
    fills = result.fills
    for symbol, rows in fills.groupby(fills["symbol"].map(str)):
        closes = prices.frame(symbol, "hour")["close"]
        opened = None
        for fill in rows.itertuples():
            if fill.quantity < 0:
                sent = result.orders.loc[fill.order_id, "time"]
                at = closes.index.get_loc(sent)
                assert closes.iloc[at] >= 1.5 * closes.iloc[at - 7]
                opened = sent
            else:
                assert fill.time - opened > timedelta(days=3)
