"""S29: Interactive Brokers' fee to the letter in the engine, from settlement to settlement; by hand and against a slow model."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortable import FrameShortableProvider
from shortable.actions import Delisting, Split
from shortable.borrow import (
    BrazilianLoanFee,
    ContractFee,
    InteractiveBrokersSettledFee,
    daily_charge,
    settlement_date,
)
from shortable.calendars import session_after
from shortable.engine import MarketData
from shortable.research import constrain

from .scenario import play
from .test_ledger import sums_to_the_equity

FEE = InteractiveBrokersSettledFee()
RATE = 0.36  # 100 shares at a mark of 25: 100 x 25 x 0.36 / 360 = 2.50 a day


def prices(days: list[str], closes: list[float], **kwargs: Any) -> MarketData:
    frame = pd.DataFrame({"close": closes}, index=pd.DatetimeIndex(days))
    return MarketData.from_frames({"AMC": frame}, **kwargs)


def lent(first: str = "2020-01-01") -> FrameShortableProvider:
    index = pd.DatetimeIndex([first])
    return FrameShortableProvider(
        pd.DataFrame({"AMC": [100_000]}, index), pd.DataFrame({"AMC": [RATE]}, index), max_age=None
    )


def order(shares: int) -> Any:
    return lambda a: a.market_order("AMC", shares)


def charges(result: Any) -> list[tuple[str, float, int, float]]:
    table = result.borrow_costs
    days = table["date"].dt.strftime("%m-%d")
    return list(zip(days, table["shares"], table["days"], table["cost"], strict=True))


def test_s29_weekend_holiday_partial_cover_and_a_flip_within_a_day_by_hand() -> None:
    # T+1. Monday 25 May 2026 is Memorial Day: no session, and nothing settles. An order fills on the session after.
    days = ["2026-05-20", "2026-05-21", "2026-05-22", "2026-05-26", "2026-05-27"]
    days += ["2026-05-28", "2026-05-29"]
    closes = [24.28, 24.28, 24.51, 24.28, 24.28, 24.28, 24.28]

    def flip(algorithm: Any) -> None:
        algorithm.market_order("AMC", 160)  # at Wednesday's open: 60 short become 100 long
        algorithm.market_on_close_order("AMC", -160)  # and 60 short again by its close

    steps = {0: order(-100), 2: order(40), 3: flip, 4: order(60)}
    result = play(prices(days, closes), steps, provider=lent(), borrow_fee=FEE)
    assert charges(result) == [
        # Thursday's 100 settle on Friday, on Thursday's 24.28 x 1.02 = 24.77, up to 25: 2.50.
        ("05-22", 100, 1, 2.5),
        # Saturday, Sunday and Monday repeat it; Tuesday is on Friday's 24.51 x 1.02 = 25.0002, up to 26: 2.60.
        ("05-26", 100, 4, pytest.approx(3 * 2.5 + 2.6)),
        # 40 are covered on Tuesday and settle on Wednesday: 60 x 25 x 0.001 = 1.50.
        ("05-27", 60, 1, 1.5),
        # On Wednesday there and back: 60 at the close as before.
        ("05-28", 60, 1, 1.5),
        # Covered on Thursday, settled on Friday: no more.
    ]
    assert result.summary()["borrow_costs"] == pytest.approx(15.6)
    # The flip ends the first borrow; the night after it is the second one's.
    assert result.borrows["borrow_fee"].tolist() == pytest.approx([-14.1, -1.5])
    sums_to_the_equity(result)


def test_s29_a_lag_across_a_holiday_and_what_is_accrued_at_the_end_by_hand() -> None:
    # T+2. Columbus Day, Monday 9 October 2023, is a session on which nothing settles. Sold on Wednesday the 4th: settles on
    # Friday. Covered on Thursday: settles on Tuesday (Friday, Tuesday). Friday, on Thursday's 24.28: 2.50.
    days = ["2023-10-03", "2023-10-04", "2023-10-05", "2023-10-06"]
    steps = {0: order(-100), 1: order(100)}
    ends = play(prices(days, [24.28, 24.28, 24.28, 24.51]), steps, provider=lent(), borrow_fee=FEE)
    # Accrued on Friday: Saturday and Sunday repeat Friday, Monday is on Friday's 24.51, 2.60; on Tuesday it has settled.
    assert charges(ends) == [
        ("10-05", 100, 1, 0.0),
        ("10-06", 0, 1, 2.5),
        ("10-06", 0, 0, pytest.approx(7.6)),
    ]
    assert ends.equity["equity"].iloc[-1] == pytest.approx(1_000_000 - 10.1)
    (borrow,) = ends.borrows.itertuples()
    assert (borrow.end, borrow.nights, borrow.borrow_fee) == ("covered", 1, pytest.approx(-10.1))
    sums_to_the_equity(ends)
    # Where the run goes on, the same is charged as it falls due, and nothing is left to accrue.
    days += ["2023-10-09", "2023-10-10", "2023-10-11"]
    goes_on = play(
        prices(days, [24.28, 24.28, 24.28, 24.51, 24.51, 24.51, 24.51]),
        steps,
        provider=lent(),
        borrow_fee=FEE,
    )
    assert charges(goes_on) == [
        ("10-05", 100, 1, 0.0),
        ("10-06", 0, 1, 2.5),
        ("10-09", 0, 3, pytest.approx(7.6)),
    ]


def test_s29_what_is_still_short_at_the_end_is_not_accrued() -> None:
    days = ["2026-05-18", "2026-05-19", "2026-05-20"]
    result = play(prices(days, [24.28] * 3), {0: order(-100)}, provider=lent(), borrow_fee=FEE)
    assert charges(result) == [("05-20", 100, 1, 2.5)]


@pytest.mark.parametrize("basis", ["raw", "split_adjusted"])
def test_s29_a_split_restates_what_has_not_settled(basis: Any) -> None:
    # T+2, 100 sold on Wednesday 4 October 2023 at 48.56: a mark of 49.53, up to 50. Two for one on Friday.
    days = ["2023-10-03", "2023-10-04", "2023-10-05", "2023-10-06", "2023-10-09", "2023-10-10"]
    raw = [48.56, 48.56, 48.56, 24.28, 24.28, 24.28]
    closes, shares = (raw, 100) if basis == "raw" else ([24.28] * 6, 200)
    result = play(
        prices(days, closes, basis=basis),
        {0: order(-shares)},
        provider=lent(),
        borrow_fee=FEE,
        actions=[Split("AMC", "2023-10-06", 2, 1)],
    )
    assert [(day, cost) for day, _, _, cost in charges(result)] == [
        ("10-05", 0.0),
        ("10-06", 5.0),  # 100 settled x 50 x 0.001
        ("10-09", 15.0),  # Saturday and Sunday repeat it; Monday: 200 settled x 25 x 0.001
        ("10-10", 5.0),
    ]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        # One contract of 12.00 a share for all of it: 100 x 12 once, and nothing for the shares that the split made.
        (
            ContractFee(
                pd.DataFrame(
                    {
                        "symbol": ["AMC"] * 2,
                        "date": ["2023-10-04", "2023-10-06"],
                        "fee": [12.0, 12.0],
                        "until": ["2023-12-01"] * 2,
                    }
                )
            ),
            [1200.0, 0.0, 0.0, 0.0],
        ),
        # 4,856 x (1.36 ^ (n / 252) - 1), n = 1 to 4, less the one before (awk); a split changes no loan's value.
        (BrazilianLoanFee(), [5.928798, 5.936036, 5.943284, 5.950540]),
    ],
    ids=["contract", "loan"],
)
def test_s29_a_split_is_no_new_borrow_for_conventions_that_follow_it(
    model: Any, expected: list[float]
) -> None:
    days = ["2023-10-03", "2023-10-04", "2023-10-05", "2023-10-06", "2023-10-09", "2023-10-10"]
    result = play(
        prices(days, [48.56, 48.56, 48.56, 24.28, 24.28, 24.28], basis="raw"),
        {0: order(-100)},
        provider=lent(),
        borrow_fee=model,
        actions=[Split("AMC", "2023-10-06", 2, 1)],
    )
    assert result.borrow_costs["cost"].tolist() == pytest.approx(expected, abs=2e-6)


def test_s29_with_the_delisting_nothing_is_charged_any_more() -> None:
    days = pd.DatetimeIndex(["2023-10-03", "2023-10-04", "2023-10-05", "2023-10-06", "2023-10-09"])
    data = MarketData.from_frames(
        {
            "AMC": pd.DataFrame({"close": [24.28] * 3}, days[:3]),
            "SPY": pd.DataFrame({"close": [400.0] * 5}, days),
        }
    )
    result = play(
        data,
        {0: order(-100)},
        provider=lent(),
        borrow_fee=FEE,
        actions=[Delisting("AMC", "2023-10-05")],
    )
    assert result.borrows["end"].tolist() == ["delisted"]
    assert charges(result) == [("10-05", 100, 1, 0.0)]
    sums_to_the_equity(result)


def sessions(first: date, count: int) -> list[date]:
    days = [first]
    while len(days) < count:
        days.append(session_after(days[-1]))
    return days


def slow(days: list[date], short: list[int], closes: list[float]) -> Decimal:
    """Go through every calendar day: what has settled by then, at the mark of the session before, repeated without one."""
    last = days[-1]
    end = last if short[-1] else max(settlement_date(day) for day in days)
    total = charged = Decimal(0)
    day, following = days[0], session_after(days[0])
    while (day := day + timedelta(days=1)) <= end:
        if day == following:
            following = session_after(day)
            settled = [n for at, n in zip(days, short, strict=True) if settlement_date(at) <= day]
            close = next(c for at, c in zip(days[::-1], closes[::-1], strict=True) if at < day)
            charged = daily_charge(settled[-1] if settled else 0, close, RATE)
        total += charged
    return total


@settings(deadline=None, max_examples=30)
@given(
    # The switch to T+1 with Memorial Day; Columbus Day in T+2; Thanksgiving in T+1; a year in T+3.
    first=st.sampled_from(
        [date(2024, 5, 20), date(2023, 10, 2), date(2025, 11, 20), date(2017, 8, 28)]
    ),
    held=st.lists(st.integers(-3, 2).map(lambda n: 50 * n), min_size=2, max_size=9),
    close=st.lists(st.sampled_from([24.28, 24.51, 25.0, 30.0]), min_size=10, max_size=10),
)
def test_s29_every_calendar_day_is_charged_on_what_has_settled(
    first: date, held: list[int], close: list[float]
) -> None:
    days = sessions(first, len(held) + 1)
    closes, positions = close[: len(days)], [0, *held]

    def trade(quantity: int) -> Any:
        return order(quantity) if quantity else lambda a: None

    data = prices([day.isoformat() for day in days], closes)
    steps = {
        at: trade(after - before)
        for at, (before, after) in enumerate(zip(positions, held, strict=False))
    }
    result = play(data, steps, provider=lent("2017-01-01"), borrow_fee=FEE)
    expected = slow(days, [max(-n, 0) for n in positions], closes)
    charged = result.borrow_costs["cost"].sum() if len(result.borrow_costs) else 0.0
    assert charged == pytest.approx(float(expected), abs=1e-9)
    sums_to_the_equity(result)
    index = pd.DatetimeIndex([pd.Timestamp(day) for day in days])
    found = constrain(
        pd.DataFrame({"AMC": positions}, index),
        lent("2017-01-01"),
        pd.DataFrame({"AMC": closes}, index),
        borrow_fee=FEE,
    )
    assert found.total_borrow_cost == pytest.approx(float(expected), abs=1e-9)
    np.testing.assert_allclose(
        found.borrow_costs["cost"].to_numpy(), result.borrow_costs["cost"].to_numpy(), atol=1e-9
    )
