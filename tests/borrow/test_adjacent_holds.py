"""Splitting a hold into two adjacent ones, or its shares in two parts, leaves the fee the same; scaling the shares scales it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortable import FrameShortableProvider
from shortable.borrow import (
    FeeAndInterest,
    FeeOnMarketValue,
    InteractiveBrokersBorrowFee,
    InteractiveBrokersSettledFee,
    LendingPremium,
    RebateAgainstBenchmark,
    RebateOnMarketValue,
)
from shortable.research import constrain
from tests.engine.scenario import bars, play

DAYS = pd.bdate_range("2026-05-04", periods=9)  # two weekends
PREMIUMS = pd.DataFrame({"symbol": "SPY", "date": DAYS, "premium": [0.1, 0.0, 0.3] * 3})
# Contracts that are paid once, India's and Brazil's, are excepted.
ADDITIVE = [
    FeeOnMarketValue(),
    FeeOnMarketValue(365),
    RebateOnMarketValue(),
    InteractiveBrokersBorrowFee(),
    FeeAndInterest(0.04, spread=0.005),
    RebateAgainstBenchmark(0.05),
    LendingPremium(PREMIUMS),
]
SETTLED = InteractiveBrokersSettledFee()
HALF_A_CENT = 0.005


def lent(rates: list[float]) -> FrameShortableProvider:
    shares = pd.DataFrame({"SPY": [1_000_000] * len(DAYS)}, DAYS)
    fees = pd.DataFrame({"SPY": rates}, DAYS)
    return FrameShortableProvider(shares, fees, rebate_rates=0.03 - fees)


def charged(model: Any, held: Any, closes: list[float], rates: list[float]) -> float:
    positions = pd.DataFrame({"SPY": held}, DAYS)
    prices = pd.DataFrame({"SPY": closes}, DAYS)
    return constrain(positions, lent(rates), prices, borrow_fee=model).total_borrow_cost


CLOSES = st.lists(st.floats(1.0, 400.0), min_size=len(DAYS), max_size=len(DAYS))
RATES = st.lists(st.floats(0.001, 0.9), min_size=len(DAYS), max_size=len(DAYS))
SPAN = st.tuples(st.integers(0, 2), st.integers(2, 6), st.integers(6, 8))


@settings(deadline=None, max_examples=12)
@pytest.mark.parametrize("model", [*ADDITIVE, SETTLED], ids=repr)
@given(SPAN, st.integers(1, 500), CLOSES, RATES)
def test_two_adjacent_holds_cost_what_one_does(
    model: Any, span: tuple[int, int, int], shares: int, closes: list[float], rates: list[float]
) -> None:
    first, between, end = span
    row = np.arange(len(DAYS))
    whole = np.where((row >= first) & (row < end), -shares, 0)
    parts = (np.where(row < between, whole, 0), np.where(row >= between, whole, 0))
    one = charged(model, whole, closes, rates)
    two = sum(charged(model, part, closes, rates) for part in parts)
    days = (DAYS[end] - DAYS[first]).days
    tolerance = HALF_A_CENT * days if model is SETTLED else 0.0
    assert two == pytest.approx(one, rel=1e-9, abs=tolerance + 1e-9)


@settings(deadline=None, max_examples=12)
@pytest.mark.parametrize("model", [*ADDITIVE, SETTLED], ids=repr)
@given(SPAN, st.integers(1, 500), st.integers(1, 500), CLOSES, RATES)
def test_shares_that_are_held_in_two_parts_cost_what_they_do_together(
    model: Any,
    span: tuple[int, int, int],
    one: int,
    other: int,
    closes: list[float],
    rates: list[float],
) -> None:
    first, _, end = span
    row = np.arange(len(DAYS))
    held = np.where((row >= first) & (row < end), -1, 0)
    apart = sum(charged(model, held * shares, closes, rates) for shares in (one, other))
    together = charged(model, held * (one + other), closes, rates)
    # Each of the three is rounded by the day.
    tolerance = 3 * HALF_A_CENT * (DAYS[end] - DAYS[first]).days if model is SETTLED else 0.0
    assert apart == pytest.approx(together, rel=1e-9, abs=tolerance + 1e-9)


@pytest.mark.parametrize("model", [*ADDITIVE, SETTLED], ids=repr)
def test_a_cover_and_a_new_short_within_a_session_leave_the_fee_of_the_engine_as_it_is(
    model: Any,
) -> None:
    def there_and_back(algorithm: Any) -> None:
        algorithm.market_order("SPY", 100)  # at the next open
        algorithm.market_on_close_order("SPY", -100)  # and back at its close

    prices = bars({"SPY": [20.0, 21.0, 22.0, 21.0, 20.0, 19.0]}, start="2026-05-04")
    short = {0: lambda a: a.market_order("SPY", -100)}
    given = {"provider": lent([0.3] * len(DAYS)), "borrow_fee": model}
    once, twice = (
        play(prices, steps, **given).borrow_costs["cost"].tolist()
        for steps in (short, {**short, 2: there_and_back})
    )
    assert len(once) == 4
    assert any(once)
    assert twice == once
