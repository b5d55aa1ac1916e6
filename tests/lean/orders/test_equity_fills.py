"""EquityFillModel, bar by bar; prices chosen so that every rule gives another number."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shortable.lean.data import TradeBar
from shortable.lean.enums import OrderStatus, OrderType, Resolution
from shortable.lean.orders.fills import EquityFillModel
from shortable.lean.orders.order import MarketOnCloseOrder
from tests.lean.desk import DAY, HOUR, MINUTE, MONDAY, Desk, at

FILLED, SUBMITTED = OrderStatus.FILLED, OrderStatus.SUBMITTED


@pytest.fixture
def desk() -> Desk:
    return Desk(1_000_000)


def after(desk: Desk, security: object, *bar: float, step: timedelta = MINUTE) -> None:
    """Let a step pass and a bar end then."""
    desk.clock(desk.exchange_time + step)
    desk.trade(security, *bar)
    desk.step()


def test_market_orders_fill_at_once_at_the_quotes_side_else_at_the_last_trade(desk: Desk) -> None:
    spy = desk.add("SPY", price=100.0)
    assert desk.market(spy, 10).average_fill_price == 100.0
    desk.quote(spy, 99.5, 100.5)
    assert desk.market(spy, 10).average_fill_price == 100.5
    assert desk.market(spy, -5).average_fill_price == 99.5
    desk.quote(
        spy, None, 101.0
    )  # a quote with one side: the missing one is the bar's own middle, here the other side
    assert desk.market(spy, -5).average_fill_price == 101.0


def test_a_stale_quote_is_taken_with_a_warning_unless_a_trade_is_newer(desk: Desk) -> None:
    spy = desk.add("SPY", price=100.0)
    desk.quote(spy, 99.5, 100.5)
    desk.clock(at("10:31"))  # exactly an hour: not stale yet
    assert desk.market(spy, 1).order_events[-1].message == ""
    desk.clock(at("10:32"))
    ticket = desk.market(spy, 1)
    assert (ticket.average_fill_price, "stale" in ticket.order_events[-1].message) == (100.5, True)
    desk.trade(spy, 103.0)
    assert desk.market(spy, 1).average_fill_price == 103.0


def test_a_market_order_waits_while_the_market_is_closed(desk: Desk) -> None:
    spy = desk.add("SPY", price=100.0, extended=True)
    desk.clock(at("17:00"))
    desk.trade(spy, 101.0)
    ticket = desk.market(spy, 1)
    assert ticket.status == SUBMITTED
    desk.clock(at("9:31", MONDAY + DAY))
    desk.trade(spy, 102.0)
    desk.step()
    assert ticket.average_fill_price == 102.0


def test_limit_orders_need_trades_beyond_the_limit_after_they_were_sent(desk: Desk) -> None:
    spy = desk.add("SPY")
    desk.trade(spy, 100.0, 101.0, 90.0, 100.0)
    buy, sell = desk.limit(spy, 10, 95.0), desk.limit(spy, -10, 105.0)
    desk.step()
    assert (buy.status, sell.status) == (
        SUBMITTED,
        SUBMITTED,
    )  # the low of 90 lies before the order
    after(desk, spy, 100.0, 105.0, 95.0, 100.0)
    assert (buy.status, sell.status) == (SUBMITTED, SUBMITTED)  # touched, not penetrated
    after(desk, spy, 100.0, 105.01, 94.99, 100.0)
    assert (buy.average_fill_price, sell.average_fill_price) == (95.0, 105.0)


def test_a_favourable_gap_fills_a_limit_order_at_the_open(desk: Desk) -> None:
    spy = desk.add("SPY", price=100.0)
    buy, sell = desk.limit(spy, 10, 95.0), desk.limit(spy, -10, 105.0)
    after(desk, spy, 93.0, 94.0, 92.0, 93.5)
    assert buy.average_fill_price == 93.0
    assert "favorable gap" in buy.order_events[-1].message
    after(desk, spy, 107.0, 108.0, 106.0, 107.0)
    assert sell.average_fill_price == 107.0


def test_stop_orders_need_trades_at_the_stop_and_lose_by_an_unfavourable_gap(desk: Desk) -> None:
    spy = desk.add("SPY", price=100.0)
    buy = desk.send(OrderType.STOP_MARKET, spy, 10, stop=105.0)
    sell = desk.send(OrderType.STOP_MARKET, spy, -10, stop=95.0)
    after(desk, spy, 100.0, 104.99, 95.01, 100.0)
    assert (buy.status, sell.status) == (SUBMITTED, SUBMITTED)
    after(desk, spy, 100.0, 105.0, 96.0, 101.0)
    assert (buy.average_fill_price, sell.status) == (105.0, SUBMITTED)
    after(desk, spy, 94.0, 96.0, 93.0, 95.0)
    assert sell.average_fill_price == 94.0
    assert "unfavorable gap" in sell.order_events[-1].message


def test_stop_limit_orders_are_triggered_by_the_quotes_side_and_fill_within_the_limit(
    desk: Desk,
) -> None:
    spy = desk.add("SPY", price=100.0, quotes=False)
    buy = desk.send(OrderType.STOP_LIMIT, spy, 10, stop=105.0, limit=104.0)
    after(desk, spy, 100.0, 105.0, 100.0, 103.0)
    assert not desk.handler.orders[buy.order_id].stop_triggered  # 105 is not above 105
    after(desk, spy, 103.0, 106.0, 103.0, 104.5)
    assert desk.handler.orders[buy.order_id].stop_triggered
    assert buy.status == SUBMITTED  # 104.5 is above the limit
    after(desk, spy, 104.5, 104.8, 102.0, 103.5)
    assert buy.average_fill_price == 104.0  # the worse of the bar's high and the limit


def test_a_trailing_stop_follows_and_then_fills_at_the_worse_of_stop_and_price(desk: Desk) -> None:
    spy = desk.add("SPY", price=100.0, quotes=False)
    sell = desk.send(OrderType.TRAILING_STOP, spy, -10, stop=98.0, trailing=2.0)
    after(desk, spy, 100.0, 105.0, 99.0, 104.0)
    assert sell.get(1) == 103.0  # OrderField.STOP_PRICE: the high less 2
    after(desk, spy, 104.0, 104.0, 102.5, 102.75)
    assert sell.average_fill_price == 102.75  # below the stop of 103
    buy = desk.send(OrderType.TRAILING_STOP, spy, 10, stop=110.0, trailing=0.05, percentage=True)
    after(desk, spy, 100.0, 101.0, 100.0, 100.5)
    assert buy.get(1) == 105.0  # the low of 100, and 5 percent


def test_limit_if_touched_orders_fill_at_the_quote_once_touched(desk: Desk) -> None:
    spy = desk.add("SPY", price=100.0)
    sell = desk.send(OrderType.LIMIT_IF_TOUCHED, spy, -10, trigger=105.0, limit=104.0)
    desk.clock(desk.exchange_time + MINUTE)
    desk.quote(spy, 103.0, 103.5)
    desk.trade(spy, 100.0, 105.0, 100.0, 104.5)
    desk.step()
    assert sell.status == SUBMITTED  # touched, but the bid is below the limit
    desk.clock(desk.exchange_time + MINUTE)
    desk.quote(spy, 104.5, 104.75)
    desk.trade(spy, 104.0, 104.5, 103.0, 104.5)
    desk.step()
    assert sell.average_fill_price == 104.5


def test_on_open_orders_fill_at_the_open_of_the_next_sessions_first_bar(desk: Desk) -> None:
    spy = desk.add("SPY", price=100.0, extended=True)
    desk.clock(at("16:00"))
    order = desk.send(OrderType.MARKET_ON_OPEN, spy, 10)
    desk.clock(at("9:30", MONDAY + DAY))
    desk.trade(spy, 99.0)  # 9:29 to 9:30 lies before the open
    desk.step()
    assert order.status == SUBMITTED
    desk.clock(at("9:31", MONDAY + DAY))
    desk.trade(spy, 101.0, 103.0, 100.0, 102.0)
    desk.step()
    assert order.average_fill_price == 101.0


def test_a_daily_bar_fills_an_on_open_order_at_its_open(desk: Desk) -> None:
    spy = desk.add("SPY", Resolution.DAILY)
    desk.clock(at("16:00"))
    session = at("16:00") - at("9:30")
    desk.trade(spy, 100.0, period=session)
    order = desk.send(OrderType.MARKET_ON_OPEN, spy, 10)
    desk.clock(at("16:00", MONDAY + DAY))
    desk.trade(spy, 104.0, 106.0, 103.0, 105.0, period=session)
    desk.step()
    assert order.average_fill_price == 104.0


def test_on_close_orders_fill_at_the_close(desk: Desk) -> None:
    spy = desk.add("SPY", price=100.0)
    order = desk.send(OrderType.MARKET_ON_CLOSE, spy, 10)
    desk.clock(at("15:59"))
    desk.trade(spy, 101.0)
    desk.step()
    assert order.status == SUBMITTED
    desk.clock(at("16:00"))
    desk.trade(spy, 101.0, 103.0, 100.0, 102.0)
    desk.step()
    assert order.average_fill_price == 102.0
    assert isinstance(desk.transactions.get_order_by_id(order.order_id), MarketOnCloseOrder)


def test_hour_bars_fill_limits_at_the_bars_end_even_after_the_close(desk: Desk) -> None:
    spy = desk.add("SPY", Resolution.HOUR)
    desk.clock(at("15:00"))
    desk.trade(spy, 100.0, period=HOUR)
    buy = desk.limit(spy, 10, 99.0)
    desk.clock(at("16:00"))
    desk.trade(spy, 100.0, 100.0, 98.0, 99.5, period=HOUR)
    desk.step()
    assert buy.average_fill_price == 99.0


def test_a_users_fill_model_in_either_spelling_is_asked(desk: Desk) -> None:
    class Dearer(EquityFillModel):
        def MarketFill(self, asset, order):  # type: ignore[no-untyped-def]
            fill = super().MarketFill(asset, order)
            fill.FillPrice = fill.FillPrice + 1
            return fill

    spy = desk.add("SPY", price=100.0)
    spy.SetFillModel(Dearer())
    assert desk.market(spy, 1).average_fill_price == 101.0


def test_what_is_not_subscribed_does_not_fill(desk: Desk) -> None:
    spy = desk.add("SPY", price=100.0, quotes=False)
    desk.quote(spy, 90.0, 110.0)
    assert desk.market(spy, 1).average_fill_price == 100.0
    assert spy.cache.get_data(TradeBar).close == 100.0
