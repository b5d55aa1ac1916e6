"""Statistics while the run goes on: ``self.statistics`` (LEAN: Common/Statistics/StatisticsResults.cs, PerformanceMetrics.cs)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from shortable.lean.collections import LeanDictionary
from shortable.lean.names import LeanObject
from shortable.lean.statistics.portfolio import PortfolioStatistics
from shortable.lean.statistics.trades import TradeStatistics

if TYPE_CHECKING:
    from shortable.lean.algorithm.kernel import Kernel

__all__ = ["PerformanceMetrics", "StatisticsResults"]

_METRICS = (
    "Alpha",
    "Annual Standard Deviation",
    "Annual Variance",
    "Average Loss",
    "Average Win",
    "Beta",
    "Compounding Annual Return",
    "Drawdown",
    "Drawdown Recovery",
    "End Equity",
    "Estimated Strategy Capacity",
    "Expectancy",
    "Information Ratio",
    "Loss Rate",
    "Lowest Capacity Asset",
    "Net Profit",
    "Portfolio Turnover",
    "Probabilistic Sharpe Ratio",
    "Profit-Loss Ratio",
    "Sharpe Ratio",
    "Sortino Ratio",
    "Start Equity",
    "Total Fees",
    "Total Orders",
    "Tracking Error",
    "Treynor Ratio",
    "Win Rate",
)


class PerformanceMetrics:
    """The keys of the table of statistics: ``PerformanceMetrics.TOTAL_ORDERS`` is ``"Total Orders"``."""


for _key in _METRICS:
    _words = _key.replace("-", " ").split()
    setattr(PerformanceMetrics, "_".join(_words).upper(), _key)
    setattr(PerformanceMetrics, "".join(_words), _key)


class _Performance(LeanObject):
    def __init__(self, figures: PortfolioStatistics, trades: list[Any]) -> None:
        self.portfolio_statistics = _Figures(figures)
        self.trade_statistics = TradeStatistics(trades)
        self.closed_trades = trades


class _Figures(LeanObject):
    def __init__(self, figures: PortfolioStatistics) -> None:
        for name, value in asdict(figures).items():
            setattr(self, name, value if isinstance(value, int) else float(value))


class StatisticsResults(LeanObject):
    """What is known so far.

    Attributes
    ----------
    summary : LeanDictionary
        LEAN's table, with the algorithm's own ``set_summary_statistic``.
    total_performance : object
        ``portfolio_statistics``, ``trade_statistics`` and ``closed_trades`` as numbers.
    """

    def __init__(self, kernel: Kernel) -> None:
        table, figures = (
            kernel.figures() if kernel.figures is not None else ({}, PortfolioStatistics())
        )
        self.summary: LeanDictionary[str, str] = LeanDictionary(
            {**table, **kernel.journal.summary_statistics}
        )
        self.total_performance = _Performance(figures, list(kernel.trade_builder.closed_trades))
