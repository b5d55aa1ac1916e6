"""Orders against availability: the issue's own sequence, and LEAN's netting of all open orders."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.lean.enums import OrderResponseErrorCode, OrderStatus, OrderType
from shortable.lean.orders.requests import UpdateOrderFields
from tests.lean.desk import MINUTE, Desk, Shares

EXCEEDS = OrderResponseErrorCode.EXCEEDS_SHORTABLE_QUANTITY


@pytest.fixture
def desk() -> Desk:
    return Desk(10_000_000)


def test_the_issues_sequence(desk: Desk) -> None:
    spy = desk.add("SPY", price=150.0)
    spy.set_shortable_provider(Shares(1000))
    refused = desk.limit(spy, -1001, 200.0)
    assert refused.status == OrderStatus.INVALID
    assert (
        refused.tag
        == "Order exceeds maximum shortable quantity for Symbol SPY (requested short: 1001)"
    )
    assert refused.submit_request.response.error_code == EXCEEDS == -31
    first = desk.limit(spy, -1000, 200.0)
    assert first.status == OrderStatus.SUBMITTED
    assert desk.limit(spy, -10, 200.0).status == OrderStatus.INVALID
    assert first.update_quantity(-999).is_success
    answer = first.update_quantity(-1001)
    assert (answer.is_error, answer.error_code) == (True, EXCEEDS)
    desk.step()
    assert first.quantity == -999
    assert first.cancel().is_success
    desk.step()
    assert first.status == OrderStatus.CANCELED
    filled = desk.market(spy, -1000)
    assert (filled.status, filled.quantity_filled) == (OrderStatus.FILLED, -1000.0)
    assert desk.market(spy, -1).status == OrderStatus.INVALID
    assert desk.transactions.orders_count == 5  # refused ones count


def test_one_share_more_lets_one_share_more_pass(desk: Desk) -> None:
    spy = desk.add("SPY", price=150.0)
    spy.set_shortable_provider(Shares(1001))
    assert desk.market(spy, -1001).status == OrderStatus.FILLED


def test_a_resting_buy_frees_shares_as_lean_nets_all_open_orders(desk: Desk) -> None:
    spy = desk.add("SPY", price=150.0)
    spy.set_shortable_provider(Shares(1000))
    desk.limit(spy, 500, 100.0)
    assert desk.limit(spy, -1500, 200.0).status == OrderStatus.SUBMITTED
    assert desk.limit(spy, -1, 200.0).status == OrderStatus.INVALID


def test_an_update_of_a_sale_that_holds_all_there_is_can_be_refused_even_if_it_shrinks(
    desk: Desk,
) -> None:
    # LEAN leaves the order itself out and asks anew: 1,000 are sold, 0 are left, so -1 is refused for -2.
    spy = desk.add("SPY", price=150.0)
    spy.set_shortable_provider(Shares(1000))
    resting = desk.limit(spy, -2, 200.0)
    spy.set_shortable_provider(Shares(0))
    assert resting.update_quantity(-1).error_code == EXCEEDS


def test_a_refused_order_is_an_event_and_an_order_with_the_tag_and_changes_nothing(
    desk: Desk,
) -> None:
    spy = desk.add("SPY", price=150.0)
    spy.set_shortable_provider(Shares(10))
    ticket = desk.market(spy, -11)
    order = desk.transactions.get_order_by_id(ticket.order_id)
    assert order is not None
    assert (order.status, order.tag, order.quantity) == (OrderStatus.INVALID, ticket.tag, -11.0)
    (event,) = desk.events
    assert (event.status, event.message, event.fill_quantity) == (
        OrderStatus.INVALID,
        ticket.tag,
        0.0,
    )
    assert (desk.portfolio.cash, spy.holdings.quantity) == (10_000_000.0, 0.0)
    assert desk.transactions.get_open_orders() == []


def test_unknown_is_unlimited_and_a_purchase_asks_nobody(desk: Desk) -> None:
    spy = desk.add("SPY", price=150.0)
    spy.set_shortable_provider(Shares(None))
    assert desk.market(spy, -5000).status == OrderStatus.FILLED

    class Never:
        def shortable_quantity(self, symbol: object, local_time: object) -> int:
            raise AssertionError("asked")

    spy.set_shortable_provider(Never())
    assert desk.market(spy, 100).status == OrderStatus.FILLED


@given(
    st.integers(0, 50),
    st.integers(-60, 60),
    st.lists(st.integers(-40, 40).filter(bool), max_size=4),
    st.integers(1, 60),
)
def test_property_an_order_passes_exactly_where_position_and_all_open_orders_leave_room(
    available: int, held: int, resting: list[int], sell: int
) -> None:
    desk = Desk(10_000_000)
    spy = desk.add("SPY", price=100.0)
    if held:
        desk.market(spy, held)
    for quantity in resting:
        # a stop that the market is far from reaching
        desk.send(OrderType.STOP_MARKET, spy, quantity, stop=500.0 if quantity > 0 else 1.0)
    spy.set_shortable_provider(Shares(available))
    position = held + sum(resting)
    allowed = position > -available and position - sell >= -available
    assert (desk.market(spy, -sell).status == OrderStatus.FILLED) is allowed


def test_prices_may_change_while_the_quantity_stays(desk: Desk) -> None:
    spy = desk.add("SPY", price=150.0)
    spy.set_shortable_provider(Shares(1000))
    resting = desk.limit(spy, -1000, 200.0)
    assert resting.update(UpdateOrderFields(limit_price=210.0, tag="dearer")).is_success
    desk.clock(desk.exchange_time + MINUTE)
    desk.step()
    assert (resting.quantity, resting.tag, desk.events[-1].limit_price) == (
        -1000.0,
        "dearer",
        210.0,
    )
