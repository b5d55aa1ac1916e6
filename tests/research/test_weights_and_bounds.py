"""Availability in terms of weights."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import CustomShortableProvider
from shortable.errors import InvalidInputError
from shortable.research import constrain_weights, short_bounds

DAYS = pd.bdate_range("2024-01-02", periods=3)
NOON = datetime(2024, 1, 2, 12)


def test_weights_become_whole_shares_rounded_towards_zero():
    lending = CustomShortableProvider({"GME": 300, "SPY": 0})
    wanted = pd.DataFrame({"GME": [-0.1, -0.4, 0.1], "SPY": [0.5, -0.1, -0.1]}, index=DAYS)
    price = pd.DataFrame({"GME": [30.0, 30.0, 30.0], "SPY": [400.0, np.nan, 400.0]}, index=DAYS)
    feasible, held = constrain_weights(wanted, lending, price, nav=30_000.0, on_exceed="clip")
    # -0.1 x 30,000 / 30 = -100; -400 is cut to -300; +100. SPY: 0.5 x 30,000 / 400 = 37.5, so 37; then the long is sold.
    assert held.positions["GME"].tolist() == [-100, -300, 100]
    assert held.positions["SPY"].tolist() == [37, 0, 0]
    assert feasible["GME"].tolist() == pytest.approx([-0.1, -0.3, 0.1])


@given(
    st.lists(st.one_of(st.none(), st.integers(0, 10**6)), min_size=1, max_size=5),
    st.floats(0.01, 1e4),
    st.floats(1e3, 1e9),
)
def test_a_position_at_its_bound_can_be_borrowed_and_one_share_more_cannot(lent, price, nav):
    names = ["A", "B", "C", "D", "E"][: len(lent)]
    bounds = short_bounds(
        CustomShortableProvider(dict(zip(names, lent, strict=True))),
        NOON,
        names,
        nav,
        [price] * len(names),
        max_short=1e12,
    )
    for low, can in zip(bounds.lower, lent, strict=True):
        if can is None:
            assert low == -1e12
        else:
            assert round(-low * nav / price) == can
    assert (bounds.lower <= 0).all()


def test_forms():
    lending = CustomShortableProvider({"SPY": 100, "GME": 0}, fee_rate={"SPY": 0.01})
    bounds = short_bounds(
        lending, NOON, ["SPY", "GME"], 100_000.0, {"GME": 20.0, "SPY": 400.0}, max_long=0.5
    )
    assert bounds.pairs() == [(-0.4, 0.5), (0.0, 0.5)]
    assert bounds.skfolio() == {
        "min_weights": {"SPY": -0.4, "GME": 0.0},
        "max_weights": {"SPY": 0.5, "GME": 0.5},
    }
    matrix, limit = bounds.riskfolio()
    for weights, allowed in (
        ([-0.4, 0.0], True),
        ([-0.41, 0.0], False),
        ([0.5, -0.001], False),
        ([0.2, 0.51], False),
    ):
        assert bool((matrix @ np.array(weights)[:, None] <= limit).all()) is allowed
    assert bounds.to_frame().loc["SPY", "fee_rate"] == 0.01
    assert np.isnan(bounds.fee_rate[1])


def test_an_optimiser_keeps_to_them():
    cvxpy = pytest.importorskip("cvxpy", reason="cvxpy is not installed")
    lending = CustomShortableProvider({"SPY": 100, "GME": 10}, fee_rate={"SPY": 0.0, "GME": 0.5})
    bounds = short_bounds(lending, NOON, ["SPY", "GME"], 100_000.0, [400.0, 20.0])
    weights = cvxpy.Variable(2)
    expected = np.array([-0.05, -0.6])
    cvxpy.Problem(
        cvxpy.Maximize(expected @ weights - bounds.borrow_cost(weights)), bounds.cvxpy(weights)
    ).solve()
    assert weights.value == pytest.approx([-0.4, -0.002], abs=1e-6)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"nav": 0.0}, "nav"),
        ({"prices": [1.0, -1.0]}, "above 0"),
        ({"prices": {"SPY": 1.0}}, "for GME"),
        ({"max_short": -1}, "max_short"),
    ],
)
def test_misuse_is_named(options, says):
    given = {"nav": 1000.0, "prices": [1.0, 1.0]} | options
    with pytest.raises(InvalidInputError, match=says):
        short_bounds(CustomShortableProvider({}), NOON, ["SPY", "GME"], **given)


def test_a_weight_without_a_price_is_named():
    wanted = pd.DataFrame({"GME": [0.1]}, index=DAYS[:1])
    with pytest.raises(InvalidInputError, match="none of GME"):
        constrain_weights(wanted, CustomShortableProvider({}), wanted * np.nan)
