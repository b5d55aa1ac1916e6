"""The table of statistics under LEAN's own keys, in its order and its formatting.

LEAN: Common/Statistics/StatisticsBuilder.cs and PerformanceMetrics.cs. ``OrderListHash``, which its regression tests
add, is a digest of LEAN's own serialised orders and is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal, localcontext
from itertools import pairwise

from shortable.lean.numbers import DECIMALS, ZERO, fixed
from shortable.lean.statistics.portfolio import Inputs, PortfolioStatistics, portfolio_statistics
from shortable.lean.statistics.rounding import (
    decimal_text,
    double_text,
    percent,
    round_decimal,
    round_double,
    significant,
)
from shortable.lean.statistics.samples import Sampler, Series

__all__ = ["build_statistics", "summary"]


def build_statistics(
    samples: Sampler,
    profits: Sequence[Decimal],
    *,
    total_fees: Decimal,
    total_orders: int,
    risk_free_rate: Callable[[date], Decimal],
    wins: int | None = None,
    losses: int | None = None,
    trading_days: int = 252,
    currency_symbol: str = "$",
    capacity: tuple[Decimal, str] | None = None,
) -> dict[str, str]:
    """Return LEAN's table of statistics.

    Parameters
    ----------
    samples : Sampler
        The run's series; its starting value is the start equity.
    profits : sequence of Decimal
        Profit or loss of every closing fill, in order of time (LEAN's transaction record).
    total_fees : Decimal
        All fees paid.
    total_orders : int
        All orders, the refused ones among them.
    risk_free_rate : callable
        Annual rate of a date as a fraction; it is averaged over all moments of the equity.
    wins, losses : int, optional
        Closing fills that won and lost after twice their fee; without them they are counted from `profits`.
    trading_days : int, default 252
        Trading days a year.
    currency_symbol : str, default "$"
        Sign of the account's currency.
    capacity : (Decimal, str), optional
        Estimated capacity and the identifier of the asset that bounds it; without it both keys are absent.

    Examples
    --------
    >>> from datetime import datetime
    >>> day = datetime(2013, 10, 7, 4)
    >>> run = Sampler(day, datetime(2013, 10, 12, 3, 59, 59), Decimal(100_000))
    >>> run.sample(day, Decimal(100_000), Decimal(0), Decimal(0))
    >>> table = build_statistics(run, [], total_fees=Decimal("1.005"), total_orders=0, risk_free_rate=lambda d: ZERO)
    >>> table["Start Equity"], table["End Equity"], table["Net Profit"], table["Total Fees"]
    ('100000', '100000', '0%', '$1.01')
    """
    return summary(
        performance(samples, profits, risk_free_rate, wins, losses, trading_days),
        total_fees=total_fees,
        total_orders=total_orders,
        currency_symbol=currency_symbol,
        capacity=capacity,
    )


def performance(
    samples: Sampler,
    profits: Sequence[Decimal],
    risk_free_rate: Callable[[date], Decimal],
    wins: int | None = None,
    losses: int | None = None,
    trading_days: int = 252,
) -> PortfolioStatistics:
    """Return the figures behind the table, as decimals."""
    with localcontext(DECIMALS):
        rates: dict[date, Decimal] = {}
        total = ZERO
        for time, _ in samples.equity:
            day = time.date()
            rate = rates.get(day)
            total += rates.setdefault(day, risk_free_rate(day)) if rate is None else rate
        free = total / len(samples.equity) if samples.equity else ZERO
        # The first midnight has no day before it, and the first day's return is left out on both sides, because
        # orders at the open make the two series differ in it.
        returns = [float(value / 100) for _, value in samples.performance[2:]]
    given = Inputs(
        equity=samples.equity,
        profits=profits,
        turnover=[value for _, value in samples.turnover],
        performance=returns,
        benchmark=_changes(samples.benchmark),
        starting_capital=samples.starting_value,
        risk_free_rate=free,
        trading_days=trading_days,
        wins=wins,
        losses=losses,
    )
    return portfolio_statistics(given)


def _changes(series: Series) -> list[float]:
    """Return the relative changes between points, without the first."""
    changes = [
        float((now - before) / before) if before else 0.0
        for (_, before), (_, now) in pairwise(series)
    ]
    return changes[1:]


def summary(
    figures: PortfolioStatistics,
    *,
    total_fees: Decimal,
    total_orders: int,
    currency_symbol: str = "$",
    capacity: tuple[Decimal, str] | None = None,
) -> dict[str, str]:
    """Write figures as LEAN writes them."""
    table = {
        "Total Orders": str(total_orders),
        "Average Win": percent(figures.average_win_rate, 2),
        "Average Loss": percent(figures.average_loss_rate, 2),
        "Compounding Annual Return": percent(figures.compounding_annual_return, 3),
        "Drawdown": percent(figures.drawdown, 3),
        "Expectancy": decimal_text(round_decimal(figures.expectancy, 3)),
        "Start Equity": decimal_text(round_decimal(figures.start_equity, 2)),
        "End Equity": decimal_text(round_decimal(figures.end_equity, 2)),
        "Net Profit": percent(figures.total_net_profit, 3),
        "Sharpe Ratio": _double(figures.sharpe_ratio),
        "Sortino Ratio": _double(figures.sortino_ratio),
        "Probabilistic Sharpe Ratio": percent(figures.probabilistic_sharpe_ratio, 3),
        "Loss Rate": percent(figures.loss_rate, 0),
        "Win Rate": percent(figures.win_rate, 0),
        "Profit-Loss Ratio": decimal_text(round_decimal(figures.profit_loss_ratio, 2)),
        "Alpha": _double(figures.alpha),
        "Beta": _double(figures.beta),
        "Annual Standard Deviation": _double(figures.annual_standard_deviation),
        "Annual Variance": _double(figures.annual_variance),
        "Information Ratio": _double(figures.information_ratio),
        "Tracking Error": _double(figures.tracking_error),
        "Treynor Ratio": _double(figures.treynor_ratio),
        "Total Fees": currency_symbol + fixed(total_fees),
    }
    if capacity is not None:
        table["Estimated Strategy Capacity"] = currency_symbol + decimal_text(
            significant(capacity[0], 2)
        )
        table["Lowest Capacity Asset"] = capacity[1]
    table["Portfolio Turnover"] = percent(figures.portfolio_turnover, 2)
    table["Drawdown Recovery"] = str(figures.drawdown_recovery)
    return table


def _double(number: Decimal) -> str:
    """Write a ratio with at most three places."""
    return double_text(round_double(float(number), 3))
