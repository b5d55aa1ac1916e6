"""The bounds in the forms that four optimisers take: each, given expected returns that ask for large shorts, stays within them."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from shortable import CustomShortableProvider
from shortable.research import short_bounds

NAMES = ["AAPL", "GME", "IBM", "SPY"]
LENT = CustomShortableProvider(
    {"AAPL": 1000, "GME": 0, "IBM": 100, "SPY": None},
    fee_rate={"AAPL": 0.003, "IBM": 0.3, "SPY": 0.002},
)
PRICES = pd.Series([200.0, 20.0, 150.0, 400.0], NAMES)
RETURNS = pd.DataFrame(
    np.random.default_rng(11).normal([-0.002, -0.003, -0.002, 0.001], 0.01, (500, 4)),
    pd.bdate_range("2022-01-03", periods=500),
    NAMES,
)


@pytest.fixture
def bounds():
    return short_bounds(
        LENT, datetime(2024, 1, 2, 10), NAMES, 1_000_000.0, PRICES, max_short=0.3, max_long=1.5
    )


def test_the_bounds_by_hand(bounds):
    # 1000 x 200 / 1e6 = 0.2; none; 100 x 150 / 1e6 = 0.015; unrestricted, so max_short.
    assert bounds.lower.tolist() == [-0.2, 0.0, -0.015, -0.3]


def within(weights, bounds):
    weights = np.asarray(weights)
    assert (weights >= bounds.lower - 1e-5).all()
    assert (weights <= bounds.upper + 1e-5).all()
    assert weights[0] == pytest.approx(-0.2, abs=1e-3)  # it is asked for, and binds


def test_cvxpy_with_the_fee_in_the_objective(bounds):
    """IBM falls by 12 % a year and costs 30 % to borrow; AAPL falls as much and costs 0.3 %."""
    cvxpy = pytest.importorskip("cvxpy", reason="cvxpy is not installed")
    expected, risk = np.array([-0.12, -0.5, -0.12, 0.08]), np.cov(RETURNS.T) * 252
    weights = cvxpy.Variable(4)
    goal = (
        expected @ weights
        - bounds.borrow_cost(weights)
        - 0.5 * cvxpy.quad_form(weights, cvxpy.psd_wrap(risk))
    )
    cvxpy.Problem(cvxpy.Maximize(goal), [*bounds.cvxpy(weights), cvxpy.sum(weights) == 1]).solve()
    within(weights.value, bounds)
    assert weights.value[1] >= -1e-6
    assert weights.value[2] >= -1e-6


def test_pyportfolioopt(bounds):
    pypfopt = pytest.importorskip("pypfopt", reason="PyPortfolioOpt is not installed")
    expected, risk = (
        RETURNS.mean() * 252,
        pypfopt.risk_models.sample_cov(RETURNS, returns_data=True),
    )
    optimiser = pypfopt.EfficientFrontier(expected, risk, weight_bounds=bounds.pairs())
    optimiser.max_quadratic_utility(0.5)
    within(list(optimiser.clean_weights(cutoff=0).values()), bounds)


def test_riskfolio(bounds):
    rp = pytest.importorskip("riskfolio", reason="Riskfolio-Lib is not installed")
    portfolio = rp.Portfolio(returns=RETURNS)
    portfolio.assets_stats(method_mu="hist", method_cov="hist")
    portfolio.sht, portfolio.uppersht, portfolio.upperlng, portfolio.budgetsht, portfolio.budget = (
        True,
        0.5,
        2.0,
        1.0,
        1.0,
    )
    portfolio.ainequality, portfolio.binequality = bounds.riskfolio()
    weights = portfolio.optimization(
        model="Classic", rm="MV", obj="Utility", rf=0, l=0.5, hist=True
    )
    within(weights["weights"].to_numpy(), bounds)


def test_skfolio(bounds):
    pytest.importorskip("skfolio", reason="skfolio is not installed")
    from skfolio.optimization import MeanRisk, ObjectiveFunction

    given = bounds.skfolio()
    assert list(given["min_weights"]) == NAMES
    model = MeanRisk(
        objective_function=ObjectiveFunction.MAXIMIZE_UTILITY, risk_aversion=0.5, **given
    )
    model.fit(RETURNS)
    within(model.weights_, bounds)
