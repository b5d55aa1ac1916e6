"""Buying power, targets, margin calls: figures worked out by hand."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.errors import InvalidInputError
from shortable.lean.enums import OrderDirection, OrderResponseErrorCode, OrderStatus
from shortable.lean.orders.fees import ConstantFeeModel
from shortable.lean.securities.buying_power import (
    BuyingPowerModel,
    PatternDayTradingMarginModel,
    SecurityMarginModel,
)
from shortable.lean.securities.buying_power_types import (
    GetMaximumOrderQuantityForTargetBuyingPowerParameters as Target,
)
from shortable.lean.securities.buying_power_types import (
    GetMaximumOrderQuantityResult,
    HasSufficientBuyingPowerForOrderResult,
)
from shortable.lean.securities.positions import SecurityPositionGroupModel
from tests.lean.desk import Desk, at


def target(desk: Desk, security: object, share: float) -> float:
    model = security.buying_power_model  # type: ignore[attr-defined]
    return float(
        model.get_maximum_order_quantity_for_target_buying_power(
            Target(desk.portfolio, security, Decimal(str(share)))
        ).quantity
    )


def test_twice_the_account_may_be_bought_and_one_share_more_not() -> None:
    # 100,000 at 2x: shares at 100 need 50 each. 1,999 need 99,950 and the fee of 9.995: 99,959.995 <= 100,000.
    # 2,000 need 100,000 + 10.
    desk = Desk()
    spy = desk.add("SPY", price=100.0)
    refused = desk.market(spy, 2000)
    assert refused.status == OrderStatus.INVALID
    assert (
        refused.submit_request.response.error_code
        == OrderResponseErrorCode.INSUFFICIENT_BUYING_POWER
    )
    assert "Initial Margin: 100010, Free Margin: 100000" in desk.errors[-1]
    assert desk.market(spy, 1999).status == OrderStatus.FILLED
    assert desk.portfolio.total_margin_used == 99_950.0
    # cash: 100,000 - 199,900 - 9.995
    assert desk.portfolio.cash == -99_909.995
    assert desk.portfolio.total_portfolio_value == 99_990.005
    assert desk.portfolio.margin_remaining == pytest.approx(40.005, abs=1e-9)


def test_turning_a_position_round_may_use_what_it_frees() -> None:
    # Long 1,999 at 100: 99,990.005 - 99,950 = 40.005 remain; a sale may use 99,950 twice more: 199,940.005.
    # -3,998 need 199,900 + 19.99 = 199,919.99; -3,999 need 199,950 + 19.995.
    desk = Desk()
    spy = desk.add("SPY", price=100.0)
    desk.market(spy, 1999)
    assert desk.portfolio.get_margin_remaining(spy.symbol, OrderDirection.SELL) == pytest.approx(
        199_940.005
    )
    assert desk.market(spy, -3999).status == OrderStatus.INVALID
    assert desk.market(spy, -3998).status == OrderStatus.FILLED
    assert spy.holdings.quantity == -1999


def test_an_order_that_only_reduces_needs_nothing() -> None:
    desk = Desk()
    spy = desk.add("SPY", price=100.0)
    desk.market(spy, -1900)
    desk.trade(spy, 500.0)  # far beyond any margin
    assert desk.market(spy, 1900).status == OrderStatus.FILLED
    assert not desk.portfolio.invested


def test_targets_leave_room_for_the_fee() -> None:
    # 0.5 x 100,000 of margin at 50 a share: 1,000 shares, whose fee of 5 leaves 0.5 x 99,995 = 49,997.50: 999 shares.
    desk = Desk()
    spy = desk.add("SPY", price=100.0)
    assert target(desk, spy, 0.5) == 999
    assert target(desk, spy, -0.5) == -999
    assert target(desk, spy, 0.0) == 0
    spy.set_fee_model(ConstantFeeModel(0))
    assert target(desk, spy, 0.5) == 1000
    desk.market(spy, 1000)
    assert target(desk, spy, 0.5) == 0
    assert target(desk, spy, -0.5) == -2000
    assert target(desk, spy, 0.0) == -1000


def test_a_target_without_a_price_says_so() -> None:
    desk = Desk()
    spy = desk.add("SPY")
    found = spy.buying_power_model.get_maximum_order_quantity_for_target_buying_power(
        Target(desk.portfolio, spy, 0.5)
    )
    assert (found.quantity, found.is_error) == (0.0, True)
    assert "has not yet received a bar" in found.reason


@given(st.floats(-1, 1), st.floats(0.5, 500), st.integers(-500, 500))
def test_property_a_target_is_never_overshot_and_never_missed_by_two_shares(
    share: float, price: float, held: int
) -> None:
    desk = Desk(1_000_000)
    spy = desk.add("SPY", price=round(price, 2))
    spy.set_fee_model(ConstantFeeModel(0))
    if held:
        desk.market(spy, held)
    quantity = target(desk, spy, share) + spy.holdings.quantity
    unit, wanted = spy.price / 2, abs(round(share, 17)) * desk.portfolio.total_portfolio_value
    assert abs(quantity) * unit <= wanted * (1 + 1e-9) + 1e-6
    assert abs(quantity) * unit > wanted - 2 * unit - 1e-6


def test_leverage_is_set_by_the_security_and_bounded() -> None:
    desk = Desk()
    spy = desk.add("SPY", price=100.0)
    assert spy.leverage == 2.0
    spy.SetLeverage(4)
    assert (spy.leverage, spy.Leverage) == (4.0, 4.0)
    with pytest.raises(InvalidInputError, match=r"leverage=0\.5 must be at least 1"):
        spy.set_leverage(0.5)
    assert BuyingPowerModel(0.5, 0.25, 0).get_leverage(spy) == 2
    with pytest.raises(InvalidInputError, match="initial_margin_requirement"):
        BuyingPowerModel(1.5, 0.5, 0)


def test_buying_power_can_be_kept_free() -> None:
    # 20 % of 100,000 stay free: 80,000 buy at 50 of margin each 1,599 with the fee of 7.995.
    desk = Desk()
    spy = desk.add("SPY", price=100.0)
    spy.set_buying_power_model(SecurityMarginModel(2, 0.2))
    assert desk.market(spy, 1600).status == OrderStatus.INVALID
    assert desk.market(spy, 1599).status == OrderStatus.FILLED


def test_day_traders_have_four_times_the_account_until_ten_minutes_before_the_close() -> None:
    desk = Desk()
    spy = desk.add("SPY", price=100.0)
    spy.set_buying_power_model(PatternDayTradingMarginModel())
    assert spy.leverage == 4
    desk.clock(at("15:50"))
    assert spy.leverage == 2


def test_a_users_model_decides_in_either_spelling() -> None:
    class Hundreds(BuyingPowerModel):
        def __init__(self):  # type: ignore[no-untyped-def]
            pass  # LEAN does not ask for super().__init__()

        def GetMaximumOrderQuantityForTargetBuyingPower(self, parameters):  # type: ignore[no-untyped-def]
            found = super().GetMaximumOrderQuantityForTargetBuyingPower(parameters)
            return GetMaximumOrderQuantityResult(found.Quantity // 100 * 100)

        def HasSufficientBuyingPowerForOrder(self, parameters):  # type: ignore[no-untyped-def]
            return HasSufficientBuyingPowerForOrderResult(True)

    desk = Desk()
    spy = desk.add("SPY", price=100.0)
    spy.set_buying_power_model(Hundreds())
    assert target(desk, spy, 0.55) == 500.0  # 55,000 at 100 of margin a share: 549 after the fee
    assert desk.market(spy, 5000).status == OrderStatus.FILLED


def test_a_short_squeeze_warns_at_5_percent_and_calls_beyond_the_buffer() -> None:
    # Short 1,000 at 100: cash 199,995. Value = 199,995 - 1,000 p, margin used = 500 p.
    # Margin remaining = 199,995 - 1,500 p: 5 % of the value is 9,999.75 - 50 p, reached at p = 131.03.
    # Nothing remains from p = 133.33; usage exceeds 1.1 x value from 500 p > 219,994.5 - 1,100 p, p > 137.4966.
    desk = Desk()
    spy = desk.add("SPY", price=100.0)
    desk.market(spy, -1000)
    model = desk.portfolio.margin_call_model
    for price, expected in ((131.03, ([], False)), (131.04, ([], True)), (137.49, ([], False))):
        desk.trade(spy, price)
        assert model.get_margin_call_orders() == expected, price
    desk.trade(spy, 137.5)
    requests, warning = model.get_margin_call_orders()
    assert warning
    # used 68,750, value 62,495: 6,255 too much; the target margin of 62,495 is all of the value, less the fee's share:
    # 62,495 / 68.75 = 909.02 shares may stay, fee of 91 x 0.005 below 1: 1.00 -> 62,494 / 68.75 = 909.0: 909 stay.
    assert [request.quantity for request in requests] == [91.0]
    assert requests[0].tag == "Margin Call"
    (ticket,) = model.execute_margin_call(requests)
    assert ticket.status == OrderStatus.FILLED
    assert spy.holdings.quantity == -909
    assert desk.portfolio.margin_remaining >= 0


def test_no_margin_call_without_margin() -> None:
    desk = Desk()
    desk.add("SPY", price=100.0)
    assert desk.portfolio.margin_call_model.get_margin_call_orders() == ([], False)
    assert desk.portfolio.margin_call_model.execute_margin_call([]) == []


def test_position_groups_are_accepted_and_change_nothing() -> None:
    desk = Desk()
    spy = desk.add("SPY", price=100.0)
    desk.portfolio.SetPositions(SecurityPositionGroupModel.Null)
    desk.market(spy, 100)
    assert desk.portfolio.total_margin_used == 5000.0
    with pytest.raises(InvalidInputError, match="positions"):
        desk.portfolio.set_positions(None)
