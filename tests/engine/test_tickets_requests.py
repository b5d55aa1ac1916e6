"""Tickets tell what was asked about an order and what it was answered, as LEAN's order requests do."""

from __future__ import annotations

from typing import Any

import pytest

from shortable.engine import (
    OrderField,
    OrderRequestStatus,
    OrderRequestType,
    OrderResponse,
    OrderResponseErrorCode,
    OrderType,
    UpdateOrderFields,
)
from shortable.errors import InvalidInputError

from .scenario import Shares, bars, flat, play

EXCEEDS = OrderResponseErrorCode.EXCEEDS_SHORTABLE_QUANTITY


def test_an_accepted_order() -> None:
    result = play(flat(2), {0: lambda a: a.limit_order("SPY", -10, 20.0, tag="mine")})
    ticket = result.algorithm.returned[0]
    asked = ticket.submit_request
    assert (asked.status, asked.response, str(asked.response)) == (
        OrderRequestStatus.PROCESSED,
        OrderResponse(1),
        "Success",
    )
    assert (asked.order_request_type, asked.order_id, asked.symbol, asked.security_type) == (
        OrderRequestType.SUBMIT,
        1,
        "SPY",
        "equity",
    )
    assert (asked.order_type, asked.quantity, asked.limit_price, asked.stop_price) == (
        OrderType.LIMIT,
        -10,
        20.0,
        None,
    )
    assert (asked.trailing_amount, asked.trailing_as_percentage, asked.tag, str(asked.time)) == (
        None,
        False,
        "mine",
        "2024-01-02 16:00:00",
    )
    assert (
        ticket.has_order,
        ticket.security_type,
        ticket.update_requests,
        ticket.cancel_request,
    ) == (True, "equity", [], None)
    assert ticket.get_most_recent_order_request() == asked
    assert ticket.get_most_recent_order_response().is_success


@pytest.mark.parametrize("tag", ["", "mine"])
def test_a_refused_order_keeps_its_own_text_in_the_request(tag: str) -> None:
    ticket = play(
        flat(2), {0: lambda a: a.market_order("SPY", -11, tag=tag)}, provider=Shares(10)
    ).algorithm.returned[0]
    asked, said = (
        ticket.submit_request,
        "Order exceeds maximum shortable quantity for Symbol SPY (requested short: 11)",
    )
    assert (asked.status, asked.tag, asked.quantity, ticket.tag) == (
        OrderRequestStatus.ERROR,
        tag,
        -11,
        said,
    )
    assert asked.response == OrderResponse(1, EXCEEDS, said)
    assert str(asked.response) == f"Error: EXCEEDS_SHORTABLE_QUANTITY - {said}"
    assert ticket.get_most_recent_order_response() == asked.response
    assert (asked.response.is_processed, asked.response.is_error, asked.response.is_success) == (
        True,
        True,
        False,
    )


def test_a_refused_order_tells_the_same_after_it_was_asked_to_change() -> None:
    def first(a: Any) -> Any:
        ticket = a.market_order("SPY", -11)
        before = ticket.submit_request
        assert ticket.update_quantity(-5).is_error
        assert ticket.cancel().is_error
        return before, ticket.submit_request

    before, after = play(flat(2), {0: first}, provider=Shares(10)).algorithm.returned[0]
    assert (before.tag, after) == ("", before)


def test_an_order_that_was_too_dear_or_came_before_the_first_bar() -> None:
    data = bars({"SPY": [10, 10], "GME": [None, 10]})
    result = play(
        data, {0: lambda a: (a.market_order("SPY", 1_000_000, tag="big"), a.market_order("GME", 1))}
    )
    dear, early = (t.submit_request for t in result.algorithm.returned[0])
    assert (dear.response.error_code, dear.tag) == (
        OrderResponseErrorCode.INSUFFICIENT_BUYING_POWER,
        "big",
    )
    assert (early.response.error_code, early.tag) == (
        OrderResponseErrorCode.SECURITY_PRICE_ZERO,
        "",
    )


def test_a_cut_order_was_asked_for_whole() -> None:
    ticket = play(
        flat(2),
        {0: lambda a: a.market_order("SPY", -15)},
        provider=Shares(10),
        on_exceed="clip",
    ).algorithm.returned[0]
    assert (ticket.quantity, ticket.submit_request.quantity, ticket.submit_request.status) == (
        -10,
        -15,
        OrderRequestStatus.PROCESSED,
    )


def test_a_trailing_stop_was_asked_for_where_it_began() -> None:
    ticket = play(
        bars({"SPY": [10, (10, 12, 9, 11)]}),
        {0: lambda a: a.trailing_stop_order("SPY", -5, 2.0, False)},
    ).algorithm.returned[0]
    assert (
        ticket.stop_price,
        ticket.submit_request.stop_price,
        ticket.submit_request.trailing_amount,
    ) == (10.0, 8.0, 2.0)


def test_updates_and_cancellations_are_kept_with_their_answers() -> None:
    def first(a: Any) -> Any:
        ticket = a.limit_order("SPY", -10, 20.0, tag="mine")
        grown = ticket.update(UpdateOrderFields(quantity=-101, limit_price=30.0))
        moved = ticket.update_limit_price(25.0, "further")
        assert ticket.get_most_recent_order_response() is moved
        gone = ticket.cancel("enough")
        late = ticket.cancel()
        assert ticket.get_most_recent_order_response() is late
        after = ticket.update_quantity(-5)
        assert ticket.get_most_recent_order_response() is after
        return ticket, grown, moved, gone, late, after

    ticket, grown, moved, gone, late, after = play(
        flat(2), {0: first}, provider=Shares(100)
    ).algorithm.returned[0]
    assert [(r.status, r.quantity, r.limit_price, r.tag) for r in ticket.update_requests] == [
        (OrderRequestStatus.ERROR, -101, 30.0, ""),
        (OrderRequestStatus.PROCESSED, None, 25.0, "further"),
        (OrderRequestStatus.ERROR, -5, None, ""),
    ]
    assert [r.response for r in ticket.update_requests] == [grown, moved, after]
    assert (grown.error_code, late.error_code) == (
        EXCEEDS,
        OrderResponseErrorCode.INVALID_ORDER_STATUS,
    )
    # Of two cancellations the one that did it.
    cancelled = ticket.cancel_request
    assert (cancelled.response, cancelled.tag, cancelled.status) == (
        gone,
        "enough",
        OrderRequestStatus.PROCESSED,
    )
    assert (cancelled.order_request_type, ticket.update_requests[0].order_request_type) == (
        OrderRequestType.CANCEL,
        OrderRequestType.UPDATE,
    )
    # What was sent is what was sent.
    asked = ticket.submit_request
    assert (asked.quantity, asked.limit_price, asked.tag, asked.status) == (
        -10,
        20.0,
        "mine",
        OrderRequestStatus.PROCESSED,
    )


def test_a_cancellation_that_came_too_late_is_told_too() -> None:
    steps = {
        0: lambda a: a.market_order("SPY", 1),
        1: lambda a: a.transactions.get_order_ticket(1).cancel("late"),
    }
    result = play(flat(3), steps)
    ticket = result.algorithm.transactions.get_order_ticket(1)
    assert (ticket.cancel_request.status, ticket.cancel_request.tag, ticket.tag) == (
        OrderRequestStatus.ERROR,
        "late",
        "",
    )
    assert ticket.cancel_request.response is result.algorithm.returned[1]


def test_an_order_cancelled_by_another_look_was_accepted_with_its_own_text() -> None:
    lent = Shares(lambda symbol, time: 10 if time.day == 2 else 0)
    ticket = play(
        flat(3),
        {0: lambda a: a.limit_order("SPY", -10, 20.0, tag="mine")},
        provider=lent,
        recheck="daily",
    ).algorithm.returned[0]
    assert ticket.tag.startswith("Order exceeds")
    assert (ticket.submit_request.tag, ticket.submit_request.status) == (
        "mine",
        OrderRequestStatus.PROCESSED,
    )
    assert (ticket.submit_request.response.error_code, ticket.cancel_request) == (
        OrderResponseErrorCode.NONE,
        None,
    )


def test_get_answers_the_fields_that_a_type_has_and_refuses_the_others() -> None:
    def first(a: Any) -> Any:
        return {
            "market": a.market_order("SPY", 1),
            "limit": a.limit_order("SPY", 1, 5.0),
            "stop": a.stop_market_order("SPY", 1, 20.0),
            "stop limit": a.stop_limit_order("SPY", 1, 20.0, 21.0),
            "trailing": a.trailing_stop_order("SPY", 1, 0.5, True),
        }

    tickets = play(flat(1), {0: first}).algorithm.returned[0]
    F = OrderField
    has = {
        "market": {},
        "limit": {F.LIMIT_PRICE: 5.0},
        "stop": {F.STOP_PRICE: 20.0},
        "stop limit": {F.LIMIT_PRICE: 21.0, F.STOP_PRICE: 20.0},
        # Half of 10.00 above it.
        "trailing": {F.STOP_PRICE: 15.0, F.TRAILING_AMOUNT: 0.5, F.TRAILING_AS_PERCENTAGE: True},
    }
    for name, ticket in tickets.items():
        for field in OrderField:
            if field in has[name]:
                assert ticket.get(field) == has[name][field]
            else:
                with pytest.raises(
                    InvalidInputError, match=f"be a field that a {ticket.order_type.name} order has"
                ):
                    ticket.get(field)


def test_transactions_choose_by_symbol_or_by_function_and_cancel_by_number() -> None:
    def first(a: Any) -> Any:
        t = a.transactions
        assert t.last_order_id == 0
        a.limit_order("SPY", -10, 20.0)
        a.limit_order("GME", 5, 5.0)
        a.stop_limit_order("GME", -7, 5.0, 4.0)
        assert (t.last_order_id, t.orders_count) == (3, 3)
        sells = [o.id for o in t.get_open_orders(lambda o: o.quantity < 0)]
        tickets = [
            x.order_id
            for x in t.get_open_order_tickets(lambda x: x.order_type is OrderType.STOP_LIMIT)
        ]
        of_gme = (
            [x.order_id for x in t.get_open_order_tickets("gme")],
            [o.id for o in t.get_open_orders("GME")],
        )
        left = (
            t.get_open_orders_remaining_quantity(),
            t.get_open_orders_remaining_quantity("GME"),
            t.get_open_orders_remaining_quantity(lambda x: x.quantity < 0),
        )
        gone, missing = t.cancel_order(2, "enough"), t.cancel_order(99)
        return sells, tickets, of_gme, left, gone, missing, [o.id for o in t.get_open_orders()]

    sells, tickets, of_gme, left, gone, missing, open_ = play(
        flat(1, "SPY", "GME"), {0: first}
    ).algorithm.returned[0]
    assert (sells, tickets, of_gme, open_) == ([1, 3], [3], ([2, 3], [2, 3]), [1, 3])
    assert left == (-12, -2, -17)
    assert (gone.cancel_request.tag, gone.tag, missing) == ("enough", "enough", None)
