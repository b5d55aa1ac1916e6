"""The bounds in the forms that five optimisers take: each, given expected returns that ask for large shorts, stays within them."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from shortable import CustomShortableProvider, FrameShortableProvider
from shortable.actions import Split
from shortable.research import borrow_frames, short_bounds

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


def test_cvxportfolio_with_the_fees_in_its_objective():
    """The same backtest without limits and fees is short of both names; with them of neither: one cannot be had, one is dear."""
    cvx = pytest.importorskip("cvxportfolio", reason="cvxportfolio is not installed")
    days = pd.bdate_range("2024-01-02", periods=40, tz="UTC")
    names = ["GME", "IBM", "SPY"]
    returns = pd.DataFrame(np.random.default_rng(3).normal(0, 0.01, (40, 3)), days, names)
    prices = 100 * (1 + returns).cumprod()
    lent = CustomShortableProvider(
        {"GME": 0, "IBM": 1_000, "SPY": None}, fee_rate={"GME": 0.9, "IBM": 0.5}
    )
    frames = borrow_frames(lent, prices, 100_000.0)
    assert frames.min_weights.iloc[0].tolist() == pytest.approx(
        [0.0, -1_000 * prices["IBM"].iloc[0] / 100_000, -1.0]
    )
    assert frames.short_fees.iloc[0].tolist() == [90.0, 50.0, 0.0]
    assert frames.unknown_fees == 40
    forecast = pd.Series({"GME": -0.0008, "IBM": -0.0008, "SPY": 0.0004})
    risk = cvx.FullCovariance(Sigma=pd.DataFrame(np.diag([1e-4] * 3), names, names))

    def weights(fees, *bounds):
        charged = [] if fees is None else [cvx.HoldingCost(short_fees=fees)]
        objective = cvx.ReturnsForecast(r_hat=forecast) - 2 * risk
        if fees is not None:
            objective = objective - cvx.HoldingCost(short_fees=fees)
        limits = [cvx.LeverageLimit(2), cvx.MinWeights(-1.0), cvx.MaxWeights(1.0), *bounds]
        policy = cvx.SinglePeriodOptimization(objective, limits)
        simulator = cvx.MarketSimulator(
            returns=returns.assign(cash=0.0),
            prices=prices,
            costs=charged,
            cash_key="cash",
            round_trades=False,
            min_history=pd.Timedelta(0),
        )
        return simulator.backtest(policy, start_time=days[5], end_time=days[-2]).w.iloc[1:-1]

    free = weights(None)
    held = weights(frames.short_fees, cvx.MinWeights(frames.min_weights))
    assert (free[["GME", "IBM"]] < -0.9).all(axis=None)
    assert (held[["GME", "IBM"]] > -0.02).all(axis=None)


def test_frames_of_prices_before_and_after_a_split_say_the_same():
    """1,000 old shares at 3.00 are worth what 100 new ones at 30.00 are; the frame of before the split is restated."""
    days = pd.to_datetime(["2023-08-23", "2023-08-24"])
    lent = FrameShortableProvider(pd.DataFrame({"AMC": [1_000]}, days[:1]))
    split = [Split("AMC", "2023-08-24", 1, 10)]
    raw = pd.DataFrame({"AMC": [3.0, 30.0]}, days)
    adjusted = pd.DataFrame({"AMC": [30.0, 30.0]}, days)
    first = borrow_frames(lent, raw, 10_000.0, actions=split)
    second = borrow_frames(lent, adjusted, 10_000.0, actions=split, basis="split_adjusted")
    assert first.min_weights["AMC"].tolist() == second.min_weights["AMC"].tolist() == [-0.3, -0.3]
    at = datetime(2023, 8, 24, 10)
    assert short_bounds(lent, at, ["AMC"], 10_000.0, [30.0], actions=split).lower.tolist() == [-0.3]
