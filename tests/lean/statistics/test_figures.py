"""Returns, risk, falls and samples against sums done by hand or by numpy."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.lean.statistics import Sampler
from shortable.lean.statistics.builder import performance
from shortable.lean.statistics.moments import covariance, kurtosis, normal_cdf, skewness, variance
from shortable.lean.statistics.portfolio import drawdown, drawdown_recovery, probabilistic_sharpe
from shortable.lean.statistics.rounding import double_text, round_double, smart_rounded

DAY = datetime(2025, 1, 1)
RETURNS = st.lists(st.floats(-0.5, 0.5, allow_subnormal=False), min_size=4, max_size=40)


@given(RETURNS)
def test_variance_is_numpys(values: list[float]) -> None:
    assert variance(values) == pytest.approx(float(np.var(values, ddof=1)), abs=1e-12)


@given(RETURNS, st.randoms())
def test_covariance_is_numpys(values: list[float], random: object) -> None:
    other = list(values)
    random.shuffle(other)  # type: ignore[attr-defined]
    assert covariance(values, other) == pytest.approx(float(np.cov(values, other)[0, 1]), abs=1e-12)


def test_higher_moments_by_hand() -> None:
    # 1, 2, 3, 10: mean 4, deviations -3 -2 -1 6: sum of squares 50, of cubes 180, of fourth powers 1394
    values = [1.0, 2.0, 3.0, 10.0]
    assert skewness(values) == pytest.approx(4 * 180 * math.sqrt(50 / 3) / (50 * 50 * 2) * 3)
    assert kurtosis(values) == pytest.approx(15 / 2 * (4 * 1394 / 2500 - 3 + 6 / 5))


def test_a_flat_line_varies_by_exactly_nothing() -> None:
    assert variance([0.0] * 7) == 0.0
    assert math.isnan(variance([1.0]))


def test_normal_distribution() -> None:
    assert normal_cdf(0) == 0.5
    assert normal_cdf(1.959963984540054) == pytest.approx(0.975)


@pytest.mark.parametrize(
    ("returns", "benchmark", "probability"),
    [  # LEAN: Tests/Common/Statistics/ProbabilisticSharpeRatioTests.cs, to 0.001
        ([0.01, 0.02, 0.01, 0, 0, 3], [0.01, 0.02, 0.01, 0, 0, 3], 0.5),
        ([0.01, 0.02, 0.01, 0, 0, 3], [0, 0, 0, -0.1, 0, 0.01, 0], 1),
        ([0, 0, 0, -0.1, 0, 0.01, 0], [0.01, 0.02, 0.01, 0, 0, 3], 0),
        ([0, 0, 0], [0, 0, 0], 0),
    ],
)
def test_probabilistic_sharpe_ratio_as_leans_own_tests_have_it(
    returns: list[float], benchmark: list[float], probability: float
) -> None:
    deviation = math.sqrt(variance(benchmark))
    sharpe = sum(benchmark) / len(benchmark) / deviation if deviation else 0.0
    assert probabilistic_sharpe(returns, sharpe) == pytest.approx(probability, abs=0.001)


@pytest.mark.parametrize(
    ("values", "days"),
    [  # LEAN: Tests/Common/Statistics/DrawdownRecoveryTests.cs
        ([100, 90, 100], 2),
        ([100, 90, 95, 100], 3),
        ([100, 90, 100, 90, 100], 2),
        ([100, 90, 100, 90, 80, 100], 3),
        ([100, 90, 95, 90, 100], 4),
        ([100, 90, 80, 70], 0),
        ([100, 90, 95, 90], 0),
        ([50, 100, 98, 99, 100], 3),
        ([100, 100, 100], 0),
        ([100], 0),
        ([], 0),
        ([100, 98, 100, 101, 100, 99], 2),
        ([100, 97, 99, 97, 100], 4),
    ],
)
def test_recovery_as_leans_own_tests_have_it(values: list[int], days: int) -> None:
    equity = [(DAY + timedelta(days=n), Decimal(value)) for n, value in enumerate(values)]
    assert drawdown_recovery(equity) == days


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=30))
def test_drawdown_is_the_worst_fall_from_any_earlier_value(values: list[int]) -> None:
    worst = max(1 - late / early for n, early in enumerate(values) for late in values[n:])
    assert float(drawdown([Decimal(v) for v in values], 6)) == pytest.approx(worst, abs=1e-6)


def test_daily_returns_leave_out_the_first_two_points_and_the_benchmark_its_first_change() -> None:
    sampler = Sampler(DAY, DAY + timedelta(days=5), Decimal(100))
    market = [50, 51, 52, 51, 53]
    for n, value in enumerate([100, 110, 99, 108, 108]):
        sampler.sample(DAY + timedelta(days=n), Decimal(value), Decimal(market[n]), Decimal(0))
    assert [float(v) for _, v in sampler.performance] == pytest.approx([0, 10, -10, 9.090909, 0])
    figures = performance(sampler, [], lambda day: Decimal("0.01"))
    returns, changes = [-0.1, 0.09090909, 0.0], [1 / 51, -1 / 52, 2 / 51]
    beta = np.cov(returns, changes)[0, 1] / np.var(changes, ddof=1)
    assert float(figures.beta) == pytest.approx(beta)
    annual = (np.mean(returns) + 1) ** 252 - 1
    deviation = math.sqrt(np.var(returns, ddof=1) * 252)
    assert float(figures.sharpe_ratio) == pytest.approx((annual - 0.01) / deviation)
    assert float(figures.treynor_ratio) == pytest.approx((annual - 0.01) / beta)
    assert float(figures.sortino_ratio) == 0  # a single losing day has no deviation
    assert float(figures.tracking_error) == pytest.approx(
        math.sqrt(np.var(np.subtract(returns, changes), ddof=1) * 252)
    )


def test_the_risk_free_rate_is_averaged_over_every_moment_of_the_equity() -> None:
    sampler = Sampler(DAY, DAY + timedelta(days=5), Decimal(100))
    for n, value in enumerate([100, 100, 101, 100, 102]):
        sampler.sample(DAY + timedelta(days=n), Decimal(value), Decimal(1), Decimal(0))
    asked: list[int] = []

    def rate(day: object) -> Decimal:
        asked.append(day.day)  # type: ignore[attr-defined]
        return Decimal(day.day) / 100  # type: ignore[attr-defined]

    figures = performance(sampler, [], rate)
    assert asked == [1, 2, 3, 4, 5]
    annual = (np.mean([0.01, -1 / 101, 0.02]) + 1) ** 252 - 1
    deviation = math.sqrt(np.var([0.01, -1 / 101, 0.02], ddof=1) * 252)
    assert float(figures.sharpe_ratio) == pytest.approx((annual - 0.03) / deviation, rel=1e-5)


def test_steps_between_midnights_are_at_least_four_minutes_apart() -> None:
    sampler = Sampler(DAY, DAY + timedelta(days=2), Decimal(100))
    for minute in range(12):
        sampler.step(DAY + timedelta(minutes=minute), Decimal(100 + minute))
    assert [time.minute for time, _ in sampler.equity] == [
        0,
        5,
        10,
    ]  # later than the step, never at it


def test_a_long_run_is_looked_at_four_thousand_times() -> None:
    sampler = Sampler(DAY, DAY + timedelta(days=400), Decimal(100))  # 400 days / 4,000 = 2.4 hours
    for hour in range(8):
        sampler.step(DAY + timedelta(hours=hour), Decimal(100))
    assert [time.hour for time, _ in sampler.equity] == [0, 3, 6]


def test_a_second_sample_of_one_moment_keeps_the_equity_and_renews_the_turnover() -> None:
    sampler = Sampler(DAY, DAY + timedelta(days=2), Decimal(100))
    sampler.sample(DAY, Decimal(100), Decimal(1), Decimal(0))
    later = DAY + timedelta(days=1)
    sampler.sample(later, Decimal(100), Decimal(1), Decimal(10))
    sampler.sample(later, Decimal(200), Decimal(1), Decimal(30))
    assert sampler.equity[-1] == (later, Decimal(100))
    assert sampler.turnover == [(later, Decimal("0.15"))]


def test_nothing_is_written_down_while_warming_up() -> None:
    sampler = Sampler(DAY, DAY + timedelta(days=2), Decimal(100))
    sampler.sample(DAY, Decimal(100), Decimal(1), Decimal(0), warming_up=True)
    sampler.step(DAY, Decimal(100), force=True, warming_up=True)
    assert (sampler.equity, sampler.benchmark, sampler.performance, sampler.turnover) == (
        [],
        [],
        [],
        [],
    )


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1000.00005", "1000"),
        ("1000.12345", "1000.1234"),
        ("-1000.12345", "-1000.123"),
        ("0.123456789", "0.1234568"),
        ("100", "100"),
        ("0", "0"),
        ("12345678.91239", "12345678.9124"),
    ],
)
def test_smart_rounding(number: str, text: str) -> None:
    assert smart_rounded(number) == Decimal(text)


@given(st.floats(-1e6, 1e6))
def test_a_written_double_comes_back(number: float) -> None:
    assert float(double_text(round_double(number, 3))) == round_double(number, 3)
