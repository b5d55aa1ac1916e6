"""What the equity curve says: returns, risk and how they stand to a benchmark.

LEAN: Common/Statistics/PortfolioStatistics.cs, Statistics.cs, DrawdownMetrics.cs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext

from shortable.lean.numbers import DECIMALS, ZERO, decimal_of
from shortable.lean.statistics.moments import (
    average,
    covariance,
    kurtosis,
    normal_cdf,
    skewness,
    variance,
)
from shortable.lean.statistics.rounding import round_decimal, safe_decimal

__all__ = [
    "PortfolioStatistics",
    "drawdown",
    "drawdown_recovery",
    "portfolio_statistics",
    "probabilistic_sharpe",
]

_DAYS_PER_YEAR = 365


@dataclass(slots=True)
class PortfolioStatistics:
    """Figures of the whole run; rates and ratios are plain fractions, equity is in the account's currency."""

    start_equity: Decimal = ZERO
    end_equity: Decimal = ZERO
    average_win_rate: Decimal = ZERO
    average_loss_rate: Decimal = ZERO
    profit_loss_ratio: Decimal = ZERO
    win_rate: Decimal = ZERO
    loss_rate: Decimal = ZERO
    expectancy: Decimal = ZERO
    total_net_profit: Decimal = ZERO
    compounding_annual_return: Decimal = ZERO
    drawdown: Decimal = ZERO
    drawdown_recovery: int = 0
    """Days from a high to the next time that it was reached again, the longest."""
    annual_variance: Decimal = ZERO
    annual_standard_deviation: Decimal = ZERO
    sharpe_ratio: Decimal = ZERO
    sortino_ratio: Decimal = ZERO
    probabilistic_sharpe_ratio: Decimal = ZERO
    alpha: Decimal = ZERO
    beta: Decimal = ZERO
    tracking_error: Decimal = ZERO
    information_ratio: Decimal = ZERO
    treynor_ratio: Decimal = ZERO
    portfolio_turnover: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the figures are computed from; times are UTC."""

    equity: Sequence[tuple[datetime, Decimal]]
    profits: Sequence[Decimal]
    """Profit or loss of each closing fill, in order of time."""
    turnover: Sequence[Decimal]
    performance: Sequence[float]
    benchmark: Sequence[float]
    starting_capital: Decimal
    risk_free_rate: Decimal
    trading_days: int
    wins: int | None = None
    losses: int | None = None


def portfolio_statistics(given: Inputs) -> PortfolioStatistics:
    """Compute the figures; with fewer than two daily returns only equity and turnover are known, as in LEAN."""
    with localcontext(DECIMALS):
        end = given.equity[-1][1] if given.equity else ZERO
        figures = PortfolioStatistics(start_equity=given.starting_capital, end_equity=end)
        if given.turnover:
            figures.portfolio_turnover = sum(given.turnover, ZERO) / len(given.turnover)
        if not given.starting_capital or len(given.benchmark) < 2 or len(given.performance) < 2:
            return figures
        _trades(figures, given)
        _growth(figures, given, end)
        _risk(figures, given)
        return figures


def _trades(figures: PortfolioStatistics, given: Inputs) -> None:
    """Fill in wins and losses, each as a fraction of the capital that stood before it."""
    capital, gained, lost, wins, losses = given.starting_capital, ZERO, ZERO, 0, 0
    for profit in given.profits:
        if profit > 0:
            gained, wins = gained + profit / capital, wins + 1
        else:
            lost, losses = lost + profit / capital, losses + 1
        capital += profit
    figures.average_win_rate = gained / wins if wins else ZERO
    figures.average_loss_rate = lost / losses if losses else ZERO
    if figures.average_loss_rate:
        figures.profit_loss_ratio = figures.average_win_rate / abs(figures.average_loss_rate)
    if given.wins is not None and given.losses is not None:
        wins, losses = given.wins, given.losses
    total = wins + losses
    figures.win_rate = Decimal(wins) / total if total else ZERO
    figures.loss_rate = Decimal(losses) / total if total else ZERO
    figures.expectancy = figures.win_rate * figures.profit_loss_ratio - figures.loss_rate


def _growth(figures: PortfolioStatistics, given: Inputs, end: Decimal) -> None:
    """Fill in what the equity's ends and its highs say."""
    figures.total_net_profit = end / given.starting_capital - 1
    span = given.equity[-1][0] - given.equity[0][0]
    years = decimal_of(span.total_seconds() / 86_400) / _DAYS_PER_YEAR
    figures.compounding_annual_return = _compounded(
        float(end) / float(given.starting_capital), float(years)
    )
    values = [value for _, value in given.equity]
    figures.drawdown = drawdown(values)
    figures.drawdown_recovery = drawdown_recovery(given.equity)


def _compounded(growth: float, years: float) -> Decimal:
    """Return the yearly rate of a growth over some years; zero where there is none."""
    try:
        rate = math.pow(growth, 1 / years) - 1 if years else 0.0
    except (OverflowError, ValueError):  # .NET: infinity or no number, which LEAN reads as zero
        return ZERO
    return safe_decimal(rate) if math.isfinite(rate) else ZERO


def _risk(figures: PortfolioStatistics, given: Inputs) -> None:
    """Fill in what the daily returns say, alone and beside the benchmark's."""
    days, returns, market = given.trading_days, given.performance, given.benchmark
    free = given.risk_free_rate
    figures.annual_variance = safe_decimal(_annual_variance(returns, days))
    figures.annual_standard_deviation = decimal_of(math.sqrt(float(figures.annual_variance)))
    annual, market_annual = _annual_return(returns, days), _annual_return(market, days)
    figures.sharpe_ratio = _ratio(annual, figures.annual_standard_deviation, free)
    downside = _annual_variance([r for r in returns if r < 0], days)
    figures.sortino_ratio = _ratio(annual, safe_decimal(math.sqrt(downside)), free)
    market_variance = variance(market)
    if market_variance and not math.isnan(market_variance):
        figures.beta = decimal_of(covariance(returns, market) / market_variance)
    if figures.beta:
        figures.alpha = annual - (free + figures.beta * (market_annual - free))
        figures.treynor_ratio = (annual - free) / figures.beta
    apart = [r - m for r, m in zip(returns, market, strict=True)]
    figures.tracking_error = decimal_of(math.sqrt(_annual_variance(apart, days)))
    if figures.tracking_error:
        figures.information_ratio = (annual - market_annual) / figures.tracking_error
    figures.probabilistic_sharpe_ratio = safe_decimal(
        probabilistic_sharpe(returns, 1 / math.sqrt(days))
    )


def _annual_return(returns: Sequence[float], days: int) -> Decimal:
    try:
        return safe_decimal(math.pow(average(returns) + 1, days) - 1)
    except OverflowError:
        return safe_decimal(math.inf)


def _annual_variance(returns: Sequence[float], days: int) -> float:
    one = variance(returns)
    return 0.0 if math.isnan(one) else one * days


def _ratio(annual: Decimal, deviation: Decimal, free: Decimal) -> Decimal:
    """Return excess return a unit of deviation; zero without deviation."""
    return safe_decimal((float(annual) - float(free)) / float(deviation)) if deviation else ZERO


def probabilistic_sharpe(returns: Sequence[float], benchmark: float) -> float:
    """Return the probability that the true Sharpe ratio (daily) is above the benchmark's."""
    deviation = math.sqrt(variance(returns))
    sharpe = average(returns) / deviation if deviation else 0.0
    spread = 1 - skewness(returns) * sharpe + (kurtosis(returns) - 1) / 4 * sharpe**2
    if math.isnan(spread) or spread < 0:
        return 0.0
    estimate = math.sqrt(spread / (len(returns) - 1))
    return normal_cdf((sharpe - benchmark) / estimate if estimate else 0.0)


def drawdown(values: Sequence[Decimal], places: int = 3) -> Decimal:
    """Return the deepest fall from a high as a positive fraction, rounded.

    Examples
    --------
    >>> drawdown([Decimal(100), Decimal(110), Decimal("99.5"), Decimal(120)])
    Decimal('0.095')
    """
    if not values:
        return ZERO
    with localcontext(DECIMALS):
        high, deepest = values[0], ZERO
        for value in values:
            high = max(high, value)
            if high > 0:
                deepest = min(deepest, value / high - 1)
        return round_decimal(abs(deepest), places)


def drawdown_recovery(equity: Sequence[tuple[datetime, Decimal]]) -> int:
    """Return the longest time from a high to when it was reached again, in whole days; 0 if none was.

    LEAN's source of this figure was not to be had; the rule is what its tests (DrawdownRecoveryTests.cs) say.
    """
    longest, falling = 0, False
    if not equity:
        return 0
    since, high = equity[0]
    for time, value in equity:
        if value < high:
            falling = True
            continue
        if falling:
            longest = max(longest, (time - since).days)
        since, high, falling = time, value, False
    return longest
