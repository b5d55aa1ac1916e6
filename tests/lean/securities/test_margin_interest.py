"""Short interest: LEAN's clock, which restarts, and its formula."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from shortable.lean.securities.margin_interest import (
    MarginInterestRateParameters,
    NullMarginInterestRateModel,
    ShortMarginInterestRateModel,
)
from tests.lean.desk import DAY, MONDAY, Desk, Shares, at

FRIDAY = MONDAY + 4 * DAY


class Rates(Shares):
    def __init__(self, fees: dict[datetime, float]) -> None:
        super().__init__(None)
        self.fees = fees

    def fee_rate(self, symbol: Any, local_time: datetime) -> float:
        assert local_time == local_time.replace(hour=0, minute=0)
        return self.fees.get(local_time, 0.0)

    rebate_rate = fee_rate


def carry(desk: Desk, security: Any, *days: datetime) -> list[float]:
    """Let the model be asked at 10:00 of each day; return what was charged in all after each."""
    amounts = []
    for day in days:
        desk.clock(day + timedelta(hours=10))
        security.margin_interest_rate_model.apply_margin_interest_rate(
            MarginInterestRateParameters(security, desk.utc_time)
        )
        amounts.append(security.margin_interest_rate_model.amount)
    return amounts


def position(quantity: int, fees: dict[datetime, float]) -> tuple[Desk, Any]:
    desk = Desk(1_000_000)
    spy = desk.add("SPY", price=142.0)
    spy.set_shortable_provider(Rates(fees))
    spy.set_margin_interest_rate_model(ShortMarginInterestRateModel())
    desk.market(spy, quantity)
    return desk, spy


def test_a_short_pays_the_rate_of_the_charging_day_on_that_days_value() -> None:
    # -500 x 142 = -71,000; x 0.0025 / 360 = -0.493055... a day; Monday begins, Tuesday 1 day, Friday 3 more.
    desk, spy = position(-500, dict.fromkeys((MONDAY + d * DAY for d in range(5)), 0.0025))
    before = desk.portfolio.cash
    amounts = carry(desk, spy, MONDAY, MONDAY + DAY, FRIDAY)
    assert amounts == pytest.approx(
        [0.0, -71_000 * 0.0025 / 360, -71_000 * 0.0025 / 360 * 4], abs=1e-9
    )
    assert desk.portfolio.cash - before == pytest.approx(amounts[-1])
    desk.trade(spy, 150.0)
    # from Friday to Monday 3 days at the new value of 75,000; no rate is known on Monday: nothing, and a new clock
    assert carry(desk, spy, FRIDAY + 3 * DAY)[-1] == amounts[-1]


def test_the_clock_restarts_after_a_night_without_a_rate() -> None:
    # Monday begins; Tuesday has no rate: cleared; Wednesday begins anew; Thursday pays one day only.
    desk, spy = position(-500, {MONDAY + 2 * DAY: 0.0036, MONDAY + 3 * DAY: 0.0036})
    amounts = carry(desk, spy, *(MONDAY + d * DAY for d in range(4)))
    assert amounts == pytest.approx(
        [0.0, 0.0, 0.0, -0.71], abs=1e-12
    )  # 71,000 x 0.0036 / 360 = 0.71


def test_a_long_receives_the_rebate_and_once_a_day() -> None:
    desk, spy = position(500, dict.fromkeys((MONDAY + d * DAY for d in range(5)), 0.0036))
    assert carry(desk, spy, MONDAY, MONDAY, MONDAY + DAY, MONDAY + DAY) == pytest.approx(
        [0.0, 0.0, 0.71, 0.71]
    )


def test_changing_sides_and_closing_restart_the_clock() -> None:
    desk, spy = position(-500, dict.fromkeys((MONDAY + d * DAY for d in range(5)), 0.0036))
    carry(desk, spy, MONDAY)
    desk.clock(at("12:00", MONDAY + DAY))
    desk.trade(spy, 142.0)
    desk.market(spy, 1000)
    assert carry(desk, spy, MONDAY + DAY) == [0.0]  # now long: begins
    desk.market(spy, -500)
    assert carry(desk, spy, MONDAY + 2 * DAY) == [0.0]


def test_by_default_nothing_is_charged() -> None:
    desk = Desk()
    spy = desk.add("SPY", price=100.0)
    assert isinstance(spy.margin_interest_rate_model, NullMarginInterestRateModel)
    spy.margin_interest_rate_model.apply_margin_interest_rate(
        MarginInterestRateParameters(spy, desk.utc_time)
    )
