"""Tickets: follow, update, cancel; a request that is refused leaves the order as it was (S5), misuse raises (S6)."""

from __future__ import annotations

from typing import Any

import pytest

from shortable import EXCEEDS_SHORTABLE_QUANTITY
from shortable.engine import OrderResponseErrorCode, OrderStatus, OrderType, UpdateOrderFields
from shortable.errors import InvalidInputError

from .scenario import Shares, bars, flat, play


def test_a_ticket_tells_what_its_order_does() -> None:
    tickets: list[Any] = []
    result = play(
        bars({"SPY": [10, (11, 12, 9, 10), 10]}),
        {0: lambda a: tickets.append(a.limit_order("SPY", -7, 11.5, tag="take"))},
        provider=Shares(7),
    )
    ticket = tickets[0]
    assert (ticket.order_id, ticket.symbol, ticket.order_type, ticket.tag) == (
        1,
        "SPY",
        OrderType.LIMIT,
        "take",
    )
    assert (ticket.status, ticket.quantity, ticket.quantity_filled, ticket.quantity_remaining) == (
        OrderStatus.FILLED,
        -7,
        -7,
        0,
    )
    assert (ticket.average_fill_price, ticket.limit_price, ticket.stop_price) == (11.5, 11.5, None)
    assert [e.status for e in ticket.order_events] == [OrderStatus.SUBMITTED, OrderStatus.FILLED]
    assert ticket.order_events[-1].absolute_fill_quantity == 7
    assert (str(ticket.time), ticket.error_code) == ("2024-01-02 16:00:00", 0)
    assert repr(ticket) == "<OrderTicket 1 LIMIT -7 SPY FILLED>"
    assert result.algorithm.transactions.get_order_ticket(1) is ticket


def test_prices_and_tag_can_be_updated_and_the_new_ones_count() -> None:
    def first(a: Any) -> Any:
        limit, stop = a.limit_order("SPY", 5, 8.0), a.stop_market_order("SPY", 5, 20.0)
        assert limit.update_limit_price(9.5, "nearer").is_success
        assert stop.update_stop_price(10.5).is_success
        assert stop.update_tag("stop").is_success
        return limit, stop

    result = play(bars({"SPY": [10, (10, 11, 9, 10)]}), {0: first})
    limit, stop = result.algorithm.returned[0]
    assert (limit.average_fill_price, limit.tag, stop.average_fill_price, stop.tag) == (
        9.5,
        "nearer",
        10.5,
        "stop",
    )
    assert [e.status for e in limit.order_events] == [
        OrderStatus.SUBMITTED,
        OrderStatus.UPDATE_SUBMITTED,
        OrderStatus.FILLED,
    ]


def test_s4_an_update_that_does_not_enlarge_is_never_refused() -> None:
    lent = Shares(100)

    def first(a: Any) -> None:
        ticket = a.limit_order("SPY", -100, 20.0)
        lent.quantity = 0  # recalled: not even one share could be sold anew
        assert ticket.update_quantity(-100).is_success
        assert ticket.update_quantity(-40).is_success
        answer = ticket.update_quantity(-41)
        assert (answer.error_code, answer.is_success, ticket.quantity) == (
            EXCEEDS_SHORTABLE_QUANTITY,
            False,
            -40,
        )

    result = play(flat(2), {0: first}, provider=lent)
    assert len(result.refusals) == 1


def test_s4_an_order_does_not_stand_in_its_own_way_when_it_is_updated() -> None:
    def first(a: Any) -> Any:
        ticket = a.limit_order("SPY", -60, 20.0)
        return ticket.update_quantity(-100), ticket.update_quantity(-101), ticket.quantity

    grown, too_far, left = play(flat(2), {0: first}, provider=Shares(100)).algorithm.returned[0]
    assert (grown.is_success, too_far.error_code, left) == (True, EXCEEDS_SHORTABLE_QUANTITY, -100)


def test_a_refused_update_keeps_prices_and_tag_too() -> None:
    def first(a: Any) -> None:
        ticket = a.limit_order("SPY", -60, 20.0, tag="mine")
        answer = ticket.update(UpdateOrderFields(quantity=-101, limit_price=30.0, tag="other"))
        assert answer.is_error
        assert (ticket.quantity, ticket.limit_price, ticket.tag, ticket.status) == (
            -60,
            20.0,
            "mine",
            OrderStatus.SUBMITTED,
        )

    assert (
        play(flat(2), {0: first}, provider=Shares(100)).summary()[
            "updates_refused_for_availability"
        ]
        == 1
    )


def test_a_closed_order_takes_no_request() -> None:
    def second(a: Any) -> None:
        ticket = a.transactions.get_order_ticket(1)
        for answer in (ticket.update_quantity(5), ticket.cancel()):
            assert answer.error_code is OrderResponseErrorCode.INVALID_ORDER_STATUS
            assert "order 1: it is FILLED" in answer.error_message

    result = play(flat(3), {0: lambda a: a.market_order("SPY", 3), 1: second})
    assert result.algorithm.portfolio["SPY"].quantity == 3


def test_cancelling_twice_cancels_once_and_carries_the_tag() -> None:
    def first(a: Any) -> Any:
        ticket = a.limit_order("SPY", -10, 20.0)
        return ticket, ticket.cancel("changed my mind"), ticket.cancel()

    ticket, once, twice = play(flat(2), {0: first}, provider=Shares(10)).algorithm.returned[0]
    assert (once.is_success, twice.is_error, ticket.status, ticket.tag) == (
        True,
        True,
        OrderStatus.CANCELED,
        "changed my mind",
    )


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"quantity": 0}, "quantity=0 must be a whole number of shares other than 0"),
        ({"quantity": -1.5}, "quantity=-1.5 must be a whole number"),
        ({"quantity": 10}, r"quantity=10 must keep the order's sign \(-10\)"),
        ({"limit_price": float("nan")}, "limit_price=nan must be a finite number above 0"),
        ({"limit_price": -1.0}, "limit_price=-1.0 must be a finite number above 0"),
        ({"stop_price": 5.0}, "stop_price=5.0 must be None for a LIMIT order"),
        ({"tag": 5}, "tag=5 must be a string"),
    ],
)
def test_s6_an_update_that_has_no_meaning_raises_and_changes_nothing(
    fields: dict[str, Any], message: str
) -> None:
    def first(a: Any) -> Any:
        ticket = a.limit_order("SPY", -10, 20.0)
        with pytest.raises(InvalidInputError, match=message):
            ticket.update(UpdateOrderFields(**fields))
        return ticket

    ticket = play(flat(1), {0: first}, provider=Shares(10)).algorithm.returned[0]
    assert (ticket.quantity, ticket.limit_price, ticket.status) == (
        -10,
        20.0,
        OrderStatus.SUBMITTED,
    )
