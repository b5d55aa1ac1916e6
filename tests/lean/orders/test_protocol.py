"""Tickets, requests, responses, events: the protocol that users' algorithms follow."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from shortable.errors import EngineError, InvalidInputError
from shortable.lean.data import QuoteBar, TradeBar
from shortable.lean.enums import (
    DataNormalizationMode,
    OrderDirection,
    OrderField,
    OrderRequestStatus,
    OrderResponseErrorCode,
    OrderStatus,
    OrderType,
    SecurityType,
)
from shortable.lean.orders.fees import ConstantFeeModel
from shortable.lean.orders.fill_model import FillModel
from shortable.lean.orders.properties import OrderProperties, TimeInForce
from shortable.lean.orders.requests import SubmitOrderRequest, UpdateOrderFields, UpdateOrderRequest
from shortable.lean.orders.slippage import ConstantSlippageModel, VolumeShareSlippageModel
from tests.lean.desk import DAY, MINUTE, MONDAY, Desk, at

CODES = OrderResponseErrorCode


@pytest.fixture
def desk() -> Desk:
    return Desk(1_000_000)


def statuses(desk: Desk) -> list[tuple[int, str]]:
    return [(event.order_id, str(event.status)) for event in desk.events]


def test_a_market_order_is_submitted_and_filled_before_the_ticket_returns(desk: Desk) -> None:
    spy = desk.add("SPY", price=100.0)
    ticket = desk.market(spy, 10, tag="mine")
    assert statuses(desk) == [(1, "Submitted"), (1, "Filled")]
    assert [event.id for event in ticket.order_events] == [1, 2]
    request = ticket.submit_request
    assert (request.status, request.response.is_success) == (OrderRequestStatus.PROCESSED, True)
    order = desk.transactions.get_order_by_id(1)
    assert order is not None
    assert (order.id, order.Quantity, order.direction, order.tag, order.price) == (
        1,
        10.0,
        OrderDirection.BUY,
        "mine",
        100.0,
    )
    assert (order.time.utcoffset(), order.time.hour) == (
        order.time - order.time,
        13,
    )  # 9:31 in New York, UTC
    order.quantity = 99  # a copy
    assert desk.transactions.get_order_by_id(1).quantity == 10.0  # type: ignore[union-attr]


def test_updates_and_cancellations_are_answered_at_once_and_carried_out_at_the_next_step(
    desk: Desk,
) -> None:
    spy = desk.add("SPY", price=100.0)
    ticket = desk.limit(spy, 10, 90.0)
    assert ticket.tag == "Limit Price: $90"
    answer = ticket.update(UpdateOrderFields(quantity=20, limit_price=91.0, tag="more"))
    assert (answer.is_success, ticket.quantity, ticket.update_requests[0].status) == (
        True,
        10.0,
        OrderRequestStatus.PROCESSING,
    )
    desk.step()
    assert (ticket.quantity, ticket.Get(OrderField.LIMIT_PRICE), ticket.tag) == (20.0, 91.0, "more")
    assert ticket.update_requests[0].status == OrderRequestStatus.PROCESSED
    assert ticket.cancel("enough").is_success
    assert ticket.status == OrderStatus.CANCEL_PENDING
    assert ticket.cancel().error_code == CODES.INVALID_REQUEST
    desk.step()
    assert (ticket.status, ticket.tag, ticket.order_closed) == (
        OrderStatus.CANCELED,
        "enough",
        True,
    )
    assert statuses(desk) == [
        (1, "Submitted"),
        (1, "UpdateSubmitted"),
        (1, "CancelPending"),
        (1, "Canceled"),
    ]
    assert ticket.update_limit_price(92.0).error_code == CODES.INVALID_ORDER_STATUS
    assert ticket.cancel_request is not None
    assert (
        desk.transactions.cancel_order(99).get_most_recent_order_response().error_code
        == CODES.UNABLE_TO_FIND_ORDER
    )


def test_a_closed_orders_tag_may_change(desk: Desk) -> None:
    ticket = desk.market(desk.add("SPY", price=100.0), 10)
    assert ticket.update_tag("afterwards").is_success
    desk.step()
    assert ticket.tag == "afterwards"
    assert ticket.update_quantity(0).is_error


def test_a_quantity_of_zero_is_refused(desk: Desk) -> None:
    spy = desk.add("SPY", price=100.0)
    ticket = desk.limit(spy, 10, 90.0)
    assert ticket.update_quantity(0).error_code == CODES.ORDER_QUANTITY_ZERO
    part = desk.market(spy, 0.5)
    assert (part.status, part.submit_request.response.error_code) == (
        OrderStatus.INVALID,
        CODES.ORDER_QUANTITY_ZERO,
    )
    assert any("nearest lot size of 1" in text for text in desk.errors)


def test_fields_that_an_order_does_not_have(desk: Desk) -> None:
    ticket = desk.market(desk.add("SPY", price=100.0), 10)
    with pytest.raises(InvalidInputError, match="LIMIT_PRICE"):
        ticket.get(OrderField.LIMIT_PRICE)


def test_the_portfolio_and_the_ticket_know_of_a_fill_before_the_user_hears(desk: Desk) -> None:
    spy = desk.add("SPY", price=100.0)
    heard: list[tuple[Any, ...]] = []
    desk.hears = lambda e: heard.append(
        (str(e.status), spy.holdings.quantity, e.ticket.quantity_filled, desk.portfolio.cash)
    )
    desk.market(spy, 10)
    assert heard == [("Submitted", 0.0, 0.0, 1_000_000.0), ("Filled", 10.0, 10.0, 998_999.0)]


def test_an_order_sent_from_an_event_is_carried_out_too(desk: Desk) -> None:
    spy = desk.add("SPY", price=100.0)

    def answer(event: Any) -> None:
        if event.status == OrderStatus.FILLED and event.order_id == 1:
            desk.market(spy, -10)

    desk.hears = answer
    desk.market(spy, 10)
    assert spy.holdings.quantity == 0
    assert statuses(desk) == [(1, "Submitted"), (1, "Filled"), (2, "Submitted"), (2, "Filled")]


def test_open_orders_by_symbol_ticker_and_condition(desk: Desk) -> None:
    spy, qqq = desk.add("SPY", price=100.0), desk.add("QQQ", price=50.0)
    desk.limit(spy, 10, 90.0)
    desk.limit(spy, -4, 120.0)
    desk.limit(qqq, 7, 40.0)
    transactions = desk.transactions
    assert [o.id for o in transactions.get_open_orders(spy.symbol)] == [1, 2]
    assert [t.order_id for t in transactions.GetOpenOrderTickets("QQQ")] == [3]
    assert [o.id for o in transactions.get_orders(lambda o: o.quantity < 0)] == [2]
    assert transactions.get_open_orders_remaining_quantity(spy.symbol) == 6.0
    assert [t.order_id for t in transactions.cancel_open_orders(spy.symbol)] == [1, 2]
    desk.step()
    assert [o.id for o in transactions.get_open_orders()] == [3]
    assert transactions.last_order_id == transactions.orders_count == 3
    desk.is_warming_up = True
    with pytest.raises(EngineError):
        transactions.cancel_open_orders()


def test_nothing_is_sent_while_warming_up(desk: Desk) -> None:
    spy = desk.add("SPY", price=100.0)
    desk.is_warming_up = True
    ticket = desk.market(spy, 1)
    assert (ticket.status, ticket.tag) == (OrderStatus.INVALID, "Algorithm warming up.")
    assert ticket.submit_request.response.error_code == CODES.ALGORITHM_WARMING_UP


def test_day_orders_expire_at_the_close_and_dated_ones_at_their_days(desk: Desk) -> None:
    spy = desk.add("SPY", price=100.0)
    day, dated = OrderProperties(), OrderProperties()
    day.time_in_force = TimeInForce.DAY
    dated.time_in_force = TimeInForce.GoodTilDate(datetime(2013, 10, 8, 9))
    first, second = (
        desk.limit(spy, 1, 50.0, properties=day),
        desk.limit(spy, 1, 50.0, properties=dated),
    )
    for time, expected in (
        (at("15:59"), ("Submitted", "Submitted")),
        (at("16:00"), ("Canceled", "Submitted")),
        (at("15:59", MONDAY + DAY), ("Canceled", "Submitted")),
        (at("16:00", MONDAY + DAY), ("Canceled", "Canceled")),
    ):
        desk.clock(time)
        desk.step()
        assert (str(first.status), str(second.status)) == expected, time
    assert first.order_events[-1].message == "The order has expired."


def test_prices_are_rounded_to_the_cent_where_they_are_raw(desk: Desk) -> None:
    raw = desk.add("SPY", price=100.0, mode=DataNormalizationMode.RAW)
    adjusted = desk.add("QQQ", price=100.0)
    assert desk.limit(raw, 1, 90.126).get(0) == 90.13
    assert desk.limit(raw, 1, 90.125).get(0) == 90.12  # half to even, as .NET rounds
    assert desk.limit(raw, 1, 0.12345).get(0) == 0.1234
    assert desk.limit(adjusted, 1, 90.126).get(0) == 90.126
    assert "order Limit was rounded to 90.13 from 90.126" in desk.errors[0]


def test_slippage_is_lost_on_both_sides(desk: Desk) -> None:
    spy = desk.add("SPY", price=100.0)
    spy.set_slippage_model(ConstantSlippageModel(0.01))
    assert desk.market(spy, 1).average_fill_price == 101.0
    assert desk.market(spy, -1).average_fill_price == 99.0
    # 20 of 1,000 shares are 2 %: 0.02^2 x 0.1 x 100 = 0.004; 100 of them are more than the limit of 2.5 %: 0.00625
    spy.set_slippage_model(VolumeShareSlippageModel())
    assert desk.market(spy, 20).average_fill_price == 100.004
    assert desk.market(spy, 100).average_fill_price == 100.00625


def test_leans_overloads_of_a_request() -> None:
    now = datetime(2013, 10, 7)
    short = SubmitOrderRequest(OrderType.LIMIT, SecurityType.EQUITY, None, 5, 1.0, 2.0, now, "tag")  # type: ignore[arg-type]
    longer = SubmitOrderRequest(
        OrderType.LIMIT, SecurityType.EQUITY, None, 5, 1.0, 2.0, 3.0, now, "tag", OrderProperties()
    )  # type: ignore[arg-type]
    assert (short.stop_price, short.limit_price, short.trigger_price, short.time, short.tag) == (
        1.0,
        2.0,
        0.0,
        now,
        "tag",
    )
    assert (longer.trigger_price, longer.LimitPrice, longer.order_properties is None) == (
        3.0,
        2.0,
        False,
    )
    with pytest.raises(InvalidInputError, match="time"):
        SubmitOrderRequest(OrderType.LIMIT, SecurityType.EQUITY, None, 5)  # type: ignore[arg-type]


def test_a_delisted_position_is_closed_at_the_last_price_without_a_fee(desk: Desk) -> None:
    spy = desk.add("SPY", price=100.0)
    desk.market(spy, -10)
    resting = desk.limit(spy, 10, 50.0)
    desk.trade(spy, 90.0)
    desk.handler.process_delisting(spy.symbol)
    desk.step()
    assert (spy.holdings.quantity, spy.holdings.profit, spy.holdings.total_fees) == (
        0.0,
        100.0,
        1.0,
    )
    assert resting.status == OrderStatus.CANCELED
    (order,) = desk.transactions.get_orders(lambda o: o.tag == "Liquidate from delisting")
    assert (order.quantity, desk.transactions.orders_count) == (10.0, 3)


def test_an_order_that_the_account_no_longer_covers_when_it_would_fill_is_invalid(
    desk: Desk,
) -> None:
    spy, qqq = desk.add("SPY", price=100.0), desk.add("QQQ", price=100.0)
    for one in (spy, qqq):
        one.set_fee_model(ConstantFeeModel(0))
    resting = desk.limit(spy, 11_000, 99.0)
    assert desk.market(qqq, 11_000).status == OrderStatus.FILLED
    desk.clock(desk.exchange_time + MINUTE)
    desk.trade(spy, 98.0)
    desk.step()
    assert resting.status == OrderStatus.INVALID
    assert "Insufficient buying power" in resting.order_events[-1].message


def test_texts(desk: Desk) -> None:
    spy = desk.add("SPY", price=101.0)
    desk.quote(spy, 100.0, 102.0)
    ticket = desk.market(spy, -10)
    assert str(ticket.order_events[-1]) == (
        "Time: 10/07/2013 13:31:00 OrderID: 1 EventID: 2 Symbol: SPY Status: Filled Quantity: -10 FillQuantity: -10 "
        "FillPrice: 100 USD OrderFee: 1 USD"
    )


def test_partial_fills_of_a_users_model(desk: Desk) -> None:
    class Halves(FillModel):
        def MarketFill(self, asset: Any, order: Any) -> Any:
            fill = super().MarketFill(asset, order)
            filled = desk.transactions.get_order_ticket(order.Id).QuantityFilled  # type: ignore[union-attr]
            fill.FillQuantity = order.Quantity / 2
            fill.Status = OrderStatus.Filled if filled else OrderStatus.PartiallyFilled
            return fill

    spy = desk.add("SPY", price=100.0)
    spy.set_fill_model(Halves())
    ticket = desk.market(spy, 10)
    assert (ticket.status, ticket.quantity_filled, ticket.quantity_remaining) == (
        OrderStatus.PARTIALLY_FILLED,
        5.0,
        5.0,
    )
    assert desk.portfolio.total_fees == 0.0
    desk.clock(desk.exchange_time + MINUTE)
    desk.trade(spy, 102.0)
    desk.step()
    assert (ticket.status, ticket.average_fill_price, spy.holdings.average_price) == (
        OrderStatus.FILLED,
        101.0,
        101.0,
    )
    assert desk.portfolio.total_fees == 1.0  # once, with the fill that completes the order
    assert desk.transactions.get_order_by_id(1).price == 101.0  # type: ignore[union-attr]


def test_a_request_may_name_a_ticker(desk: Desk) -> None:
    spy = desk.add("SPY", price=100.0)
    request = SubmitOrderRequest(
        OrderType.MARKET, SecurityType.EQUITY, "SPY", 10, 0, 0, desk.utc_time, "by ticker"
    )
    ticket = desk.transactions.add_order(request)
    assert (ticket.symbol, ticket.status) == (spy.symbol, OrderStatus.FILLED)


def test_a_ticket_stands_for_its_number(desk: Desk) -> None:
    ticket = desk.limit(desk.add("SPY", price=100.0), 10, 90.0)
    order = desk.transactions.get_order_by_id(ticket)
    assert order is not None
    assert (order.id, int(ticket), desk.transactions.GetOrderTicket(ticket) is ticket) == (
        1,
        1,
        True,
    )
    assert desk.transactions.cancel_order(ticket) is ticket


def test_what_csharp_asks_by_a_type_is_asked_in_brackets(desk: Desk) -> None:
    spy = desk.add("SPY", price=100.0)
    assert (
        spy.cache.get_data[TradeBar]()
        is spy.Cache.GetData[TradeBar]()
        is spy.cache.get_data(TradeBar)
    )
    assert spy.cache.get_all[TradeBar]() == spy.cache.get_all(TradeBar)
    assert spy.cache.get_data[QuoteBar]() is spy.cache.get_data(QuoteBar)
    ticket = desk.send(OrderType.TRAILING_STOP, spy, 10, stop=101, trailing=0.01, percentage=True)
    assert ticket.get[bool](OrderField.TRAILING_AS_PERCENTAGE) is True
    assert ticket.Get[float](OrderField.StopPrice) == ticket.get(OrderField.STOP_PRICE) == 101


def test_a_copy_of_an_order_can_be_changed_without_consequence(desk: Desk) -> None:
    spy = desk.add("SPY", price=100.0)
    desk.quote(spy, 99.5, 100.5)
    ticket = desk.limit(spy, 10, 90)
    copy = desk.transactions.get_order_by_id(ticket.order_id)
    fields = UpdateOrderFields(quantity=99, tag="other")
    copy.ApplyUpdateOrderRequest(UpdateOrderRequest(datetime(2013, 10, 7), ticket.order_id, fields))
    kept = desk.transactions.get_order_by_id(ticket.order_id)
    assert (copy.quantity, copy.tag, kept.quantity, ticket.quantity) == (99, "other", 10, 10)
    assert copy != kept
    sent = kept.order_submission_data
    assert (sent.bid_price, sent.AskPrice, sent.last_price) == (99.5, 100.5, 100.0)
