"""Interactive Brokers' fee to the letter of S8: golden days worked out by hand, and the rule's own invariants."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortable import FrameShortableProvider, Symbol
from shortable.adapters.host import HostDesk
from shortable.borrow import (
    InteractiveBrokersBorrowFee,
    InteractiveBrokersSettledFee,
    collateral_mark,
    daily_charge,
    settlement_date,
    settlement_lag,
)
from shortable.errors import InvalidInputError
from shortable.market import Market
from shortable.research import audit, constrain, constrain_weights
from shortable.research.trade_lists import Trades

SPY = Symbol.create("SPY")


@pytest.mark.parametrize(
    ("close", "currency", "mark"),
    [
        # 102 %, up to the dollar.
        (24.28, "USD", "25"),  # 24.7656
        (24.50, "USD", "25"),  # 24.99
        (24.51, "USD", "26"),  # 25.0002: just above a whole dollar
        (50.00, "USD", "51"),  # 51.0000 exactly, in binary 51.00000000000001
        (0.25, "USD", "1"),  # 0.255
        (24.28, "CAD", "25"),
        # 105 %, up to the cent.
        (10.03, "EUR", "10.54"),  # 10.5315
        (10.00, "GBP", "10.50"),  # exactly
        (0.07, "CHF", "0.08"),  # 0.0735
        (61.35, "HKD", "64.42"),  # 64.4175
    ],
)
def test_s8_marks_by_hand(close: float, currency: str, mark: str) -> None:
    assert collateral_mark(close, currency) == Decimal(mark)


def test_s8_a_day_by_hand_in_every_currency() -> None:
    # 7,000 x 25 x 0.1611 / 360 = 28,192.5 / 360 = 78.3125 (FORMATS, section 17)
    assert daily_charge(7000, 24.28, 0.1611) == Decimal("78.31")
    assert daily_charge(7000, 24.28, 0.1611, "CAD") == Decimal("78.31")
    # 1,000 x 10.54 x 0.09 / 360 = 948.6 / 360 = 2.635: half away from zero, 2.64 (half to even would be 2.64 too)
    assert daily_charge(1000, 10.03, 0.09, "EUR") == Decimal("2.64")
    # 1,000 x 10.50 x 0.009 / 360 = 94.5 / 360 = 0.2625
    assert daily_charge(1000, 10.0, 0.009, "GBP") == Decimal("0.26")
    # 100 x 51 x 0.0090 / 360 = 45.9 / 360 = 0.1275; 0.13. A half cent: 100 x 51 x 0.003 / 360 = 0.0425; 0.04.
    assert daily_charge(100, 50.0, 0.009) == Decimal("0.13")
    # 36 x 25 x 0.01 / 360 = 0.025: half a cent away from zero is 0.03, and half to even would be 0.02.
    assert daily_charge(36, 24.28, 0.01) == Decimal("0.03")
    # 400 x 64.42 x 0.05 / 360 = 1,288.4 / 360 = 3.57888...
    assert daily_charge(400, 61.35, 0.05, "HKD") == Decimal("3.58")
    with pytest.raises(InvalidInputError, match="currency='JPY' must be one of USD"):
        collateral_mark(1.0, "JPY")


def test_a_mark_just_above_a_whole_step_goes_up_to_the_next_one() -> None:
    """24.51 × 1.02 = 25.0002, up to 26: 100 × 26 × 0.36 / 360 = 2.60. In euros 10.0005 × 1.05 = 10.500525, up to 10.51.

    50 × 1.02 = 51 exactly, which binary fractions put a hair above: 100 × 51 × 0.36 / 360 = 5.10.
    """
    dollars, euros = InteractiveBrokersBorrowFee(), InteractiveBrokersBorrowFee("EUR")
    assert dollars.cost(100, 24.51, 0.36, 1) == pytest.approx(2.60, abs=1e-12)
    assert dollars.cost(100, 50.0, 0.36, 1) == pytest.approx(5.10, abs=1e-12)
    assert euros.cost(100, 10.0005, 0.36, 1) == pytest.approx(1.051, abs=1e-12)


def test_s8_the_settlement_table() -> None:
    # SEC: T+2 from 2017-09-05, T+1 from 2024-05-28; CSA: T+1 from 2024-05-27; HKEX: T+2.
    assert [settlement_lag(date(2017, 9, d)) for d in (1, 5)] == [3, 2]
    assert [settlement_lag(date(2024, 5, d)) for d in (24, 28)] == [2, 1]
    assert [settlement_lag(date(2024, 5, d), Market.CANADA) for d in (24, 27)] == [2, 1]
    assert settlement_lag(date(2026, 1, 5), Market.HKEX) == 2
    # Friday 11 October 2024, T+1: Monday is Columbus Day, a session on which nothing settles.
    assert settlement_date(date(2024, 10, 11)) == date(2024, 10, 15)
    # Monday 14 October itself, T+1: Tuesday as well.
    assert settlement_date(date(2024, 10, 14)) == date(2024, 10, 15)
    # Wednesday 3 July 2024, T+1: Thursday is Independence Day.
    assert settlement_date(date(2024, 7, 3)) == date(2024, 7, 5)
    # T+3: Friday 1 September 2017, Monday is Labor Day, so Tuesday, Wednesday, Thursday.
    assert settlement_date(date(2017, 9, 1)) == date(2017, 9, 7)
    with pytest.raises(InvalidInputError, match="market='japan' must be one of usa"):
        settlement_lag(date(2024, 1, 2), Market.JAPAN)


def charges(nights: list[tuple[str, float, float, float]], last: str) -> list[float]:
    """Charge nights of (session, shares, close, rate), the last one up to `last`."""
    course = InteractiveBrokersSettledFee().course(SPY)
    days = [date.fromisoformat(day) for day, *_ in nights] + [date.fromisoformat(last)]
    return [course.night(days[at], days[at + 1], *nights[at][1:]).cost for at in range(len(nights))]


def test_s8_a_weekend_repeats_friday() -> None:
    # T+1. Sold on Thursday, settled on Friday: Friday's day on Thursday's close; Saturday and Sunday repeat it; Monday on
    # Friday's close: ceil(25.0002) = 26, 7,000 x 26 x 0.1611 / 360 = 81.445, 81.45 half away from zero.
    found = charges(
        [("2026-05-07", 7000, 24.28, 0.1611), ("2026-05-08", 7000, 24.51, 0.1611)], "2026-05-11"
    )
    assert found == [78.31, pytest.approx(2 * 78.31 + 81.45)]


def test_s8_a_fee_that_changes_while_it_is_held() -> None:
    # Wednesday's close and rate make Thursday's charge, Thursday's Friday's: 100 x 25 x 0.36 / 360 = 2.50, then 0.72: 5.00.
    found = charges(
        [("2026-05-06", 100, 24.28, 0.36), ("2026-05-07", 100, 24.28, 0.72)], "2026-05-08"
    )
    assert found == [2.5, 5.0]


def test_s8_a_partial_cover_counts_from_its_settlement() -> None:
    # 100 short on Tuesday, 60 of them bought back on Wednesday: Wednesday is charged on 100, Thursday on 40.
    found = charges(
        [("2026-05-05", 100, 24.28, 0.36), ("2026-05-06", 40, 24.28, 0.36)], "2026-05-07"
    )
    assert found == [2.5, 1.0]


def test_s8_a_flip_within_a_day_is_seen_at_its_close() -> None:
    # Short 100 on Tuesday's close; on Wednesday to long and back to short 100: what settles on Thursday is 100 again.
    assert charges(
        [("2026-05-05", 100, 24.28, 0.36), ("2026-05-06", 100, 24.28, 0.36)], "2026-05-07"
    ) == [2.5, 2.5]
    # To long 50 at the close (nothing short): Wednesday is still charged, Thursday not.
    assert charges(
        [("2026-05-05", 100, 24.28, 0.36), ("2026-05-06", 0, 24.28, 0.36)], "2026-05-07"
    ) == [2.5, 0.0]


def test_s8_settlement_across_a_holiday_on_which_markets_trade() -> None:
    # Sold on Friday 11 October 2024: Monday is Columbus Day, so it settles on Tuesday. The weekend and Monday are free.
    found = charges(
        [
            ("2024-10-11", 100, 24.28, 0.36),
            ("2024-10-14", 100, 24.28, 0.36),
            ("2024-10-15", 0, 24.28, 0.36),  # covered on Tuesday: settles on Wednesday
        ],
        "2024-10-16",
    )
    assert found == [0.0, 2.5, 0.0]


def test_s8_a_holiday_without_a_session_repeats_the_day_before() -> None:
    # Sold on Tuesday 2 July 2024, settled on Wednesday: 2.50. Thursday is a holiday and repeats it, Friday is charged anew.
    found = charges(
        [("2024-07-02", 100, 24.28, 0.36), ("2024-07-03", 100, 24.51, 0.36)], "2024-07-05"
    )
    # 100 x 26 x 0.36 / 360 = 2.60
    assert found == [2.5, pytest.approx(2.5 + 2.6)]


def test_a_night_without_a_rate_costs_nothing_and_the_weekend_after_it_neither() -> None:
    found = charges(
        [("2026-05-06", 100, 24.28, float("nan")), ("2026-05-07", 100, 24.28, 0.36)], "2026-05-08"
    )
    assert found == [0.0, 2.5]


PRICES = pd.DataFrame(
    {"SPY": [24.28, 24.28, 24.28, 24.28]}, index=pd.bdate_range("2026-05-04", periods=4)
)


def provider() -> FrameShortableProvider:
    index = PRICES.index[:1]
    return FrameShortableProvider(
        pd.DataFrame({"SPY": [10_000]}, index=index), pd.DataFrame({"SPY": [0.36]}, index=index)
    )


def test_s8_constrain_and_audit_charge_to_the_settlement_and_accrue_at_the_end() -> None:
    # Short on Monday, covered on Wednesday: charged on Tuesday and Wednesday, 2.50 each; nothing on Thursday.
    targets = pd.DataFrame({"SPY": [-100, -100, 0, 0]}, index=PRICES.index)
    fee = InteractiveBrokersSettledFee()
    found = constrain(targets, provider(), PRICES, borrow_fee=fee)
    assert found.borrow_cost_by_time["SPY"].tolist() == [0.0, 2.5, 2.5, 0.0]
    trades = Trades.of(["2026-05-04", "2026-05-06"], "SPY", [-100, 100], [24.28, 24.28])
    judged = audit(trades, provider(), PRICES, borrow_fee=fee)
    assert judged.borrow_costs["cost"].tolist() == [2.5, 2.5]
    # Covered on the last day, a Friday, T+1: it settles on Monday, so Saturday and Sunday are accrued on Friday's 2.50.
    friday = pd.bdate_range("2026-05-06", periods=3)
    closes = pd.DataFrame({"SPY": [24.28] * 3}, index=friday)
    late = constrain(
        pd.DataFrame({"SPY": [-100, -100, 0]}, index=friday), provider(), closes, borrow_fee=fee
    )
    # Thursday and Friday 2.50 each, then 2 x 2.50 accrued.
    assert late.borrow_cost_by_time["SPY"].tolist() == [0.0, 2.5, 7.5]
    assert late.total_borrow_cost == 10.0


def test_s8_what_is_accrued_repeats_friday_on_a_holiday_too() -> None:
    # Short on Wednesday 20 May 2026, T+1, covered on Friday: it settles on Tuesday, as Monday is Memorial Day. Friday was
    # charged on Thursday's 24.28, 2.50; Saturday, Sunday and Monday repeat that, and not Friday's close of 24.51.
    course = InteractiveBrokersSettledFee().course(SPY)
    thursday, friday = date(2026, 5, 21), date(2026, 5, 22)
    course.night(date(2026, 5, 20), thursday, 100, 24.28, 0.36)
    assert course.night(thursday, friday, 100, 24.28, 0.36).cost == 2.5
    assert course.accrued(friday, 0, 24.51, 0.36) == 7.5


def test_where_covered_shorts_are_not_asked_about_it_is_refused_by_name() -> None:
    with pytest.raises(InvalidInputError, match="must end with the cover for HostDesk"):
        HostDesk(provider(), borrow_fee=InteractiveBrokersSettledFee())
    with pytest.raises(InvalidInputError, match="currency='JPY'"):
        InteractiveBrokersSettledFee("JPY")


@pytest.mark.parametrize("goes_on", [False, True])
def test_s8_constrain_weights_charges_to_the_settlement_and_accrues_at_the_end(
    goes_on: bool,
) -> None:
    # 10 % of 24,280 at 24.28 is 100 short on Wednesday 6 May 2026 and Thursday, covered on Friday: Thursday and Friday cost
    # 2.50 each. It settles on Monday: Saturday and Sunday, 5.00, are charged on Monday, or accrued where the run has ended.
    days = pd.bdate_range("2026-05-06", periods=4 if goes_on else 3)
    prices = pd.DataFrame({"SPY": [24.28] * len(days)}, index=days)
    weights = pd.DataFrame({"SPY": [-0.1, float("nan"), 0.0, 0.0][: len(days)]}, index=days)
    lent = FrameShortableProvider(
        pd.DataFrame({"SPY": [10_000]}, index=days[:1]),
        pd.DataFrame({"SPY": [0.36]}, index=days[:1]),
    )
    _, found = constrain_weights(
        weights, lent, prices, 24_280.0, borrow_fee=InteractiveBrokersSettledFee()
    )
    nav = [24_280.0, 24_277.5, 24_275.0, 24_270.0] if goes_on else [24_280.0, 24_277.5, 24_270.0]
    assert found.nav.tolist() == nav
    assert found.returns.tolist() == pytest.approx([0, *np.divide(nav[1:], nav[:-1]) - 1])
    by_time = [0.0, 2.5, 2.5, 5.0] if goes_on else [0.0, 2.5, 7.5]
    assert found.borrow_cost_by_time["SPY"].tolist() == by_time


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 500), min_size=2, max_size=12),
    st.floats(0.5, 400),
    st.floats(0.0001, 5),
)
def test_scaling_holds_within_half_a_cent_a_charged_day(
    shares: list[int], close: float, rate: float
) -> None:
    days = [date(2026, 5, 4) + timedelta(days=n) for n in range(len(shares) + 1)]
    sessions = [day for day in days if day.weekday() < 5]

    def cost(positions: list[int], start: int = 0) -> float:
        course = InteractiveBrokersSettledFee().course(SPY)
        nights = zip(positions, sessions[start:], sessions[start + 1 :], strict=False)
        return sum(course.night(a, b, float(n), close, rate).cost for n, a, b in nights)

    tolerance = 0.005 * 2 * (sessions[-1] - sessions[0]).days + 1e-6
    whole = cost(shares)
    assert abs(cost([2 * n for n in shares]) - 2 * whole) <= 2 * tolerance
    assert whole >= 0
