"""Portfolios weighted by their insights (LEAN: Algorithm.Framework/Portfolio)."""

from __future__ import annotations

from typing import Any

from shortable.errors import InvalidInputError
from shortable.lean.enums import Resolution
from shortable.lean.framework.insight import Insight, InsightDirection
from shortable.lean.framework.portfolio_construction import (
    PortfolioBias,
    PortfolioConstructionModel,
    insights_of,
)
from shortable.names import snake_case

__all__ = [
    "AccumulativeInsightPortfolioConstructionModel",
    "ConfidenceWeightedPortfolioConstructionModel",
    "EqualWeightingPortfolioConstructionModel",
    "InsightWeightingPortfolioConstructionModel",
]

# What LEAN's overloads call the parameter that says when to rebalance.
_REBALANCE = {
    "rebalance",
    "rebalancing_func",
    "rebalancing_date_rules",
    "time_span",
    "resolution",
    "rebalancing_param",
}


class EqualWeightingPortfolioConstructionModel(PortfolioConstructionModel):
    """One share for each symbol with an insight that is not flat: 1/N of the portfolio.

    Parameters
    ----------
    rebalance : function, timedelta, Resolution or date rule
        When to rebalance; default daily.
    portfolio_bias : PortfolioBias
        Insights of the other direction are taken for flat.
    """

    _lean_rebalance: Any = Resolution.DAILY
    _lean_bias = PortfolioBias.LONG_SHORT
    _lean_more: tuple[str, ...] = ()
    _lean_percent = 0.03

    def __init__(self, *arguments: Any, **named: Any) -> None:
        names = ["rebalance", "portfolio_bias", *self._lean_more]
        found = dict(zip(names, arguments, strict=False))
        for name, value in named.items():
            snake = snake_case(name)
            found["rebalance" if snake in _REBALANCE else snake] = value
        unknown = set(found) - set(names)
        if unknown or len(arguments) > len(names):
            raise InvalidInputError(
                type(self).__name__, sorted(unknown), f"be given {', '.join(names)}"
            )
        self._lean_bias = PortfolioBias(found.get("portfolio_bias", PortfolioBias.LONG_SHORT))
        self._lean_percent = abs(found.get("percent", self._lean_percent))
        super().__init__(found.get("rebalance", self._lean_rebalance))

    def respect_portfolio_bias(self, insight: Insight) -> bool:
        """Whether an insight is of a direction that there may be."""
        return self._lean_bias == PortfolioBias.LONG_SHORT or int(insight.direction) == int(
            self._lean_bias
        )

    def _lean_direction(self, insight: Insight) -> int:
        return int(insight.direction) if self.respect_portfolio_bias(insight) else 0

    def determine_target_percent(self, active_insights: list[Insight]) -> dict[Insight, float]:
        """Return the same share for each."""
        count = sum(self._lean_direction(insight) != 0 for insight in active_insights)
        return {
            insight: self._lean_direction(insight) / count if count else 0.0
            for insight in active_insights
        }


class InsightWeightingPortfolioConstructionModel(EqualWeightingPortfolioConstructionModel):
    """The insights' weights are the shares, made smaller together where they come to more than 1.

    Parameters
    ----------
    rebalance, portfolio_bias
        As of `EqualWeightingPortfolioConstructionModel`.
    """

    def should_create_target_for_insight(self, insight: Insight) -> bool:
        """Whether an insight has a weight."""
        return insight.weight is not None

    def get_value(self, insight: Insight) -> float:
        """Return an insight's weight."""
        return insight.weight or 0.0

    def determine_target_percent(self, active_insights: list[Insight]) -> dict[Insight, float]:
        """Return the weights, with the directions' signs."""
        total = sum(
            self.get_value(insight)
            for insight in active_insights
            if self.respect_portfolio_bias(insight)
        )
        factor = 1 / total if total > 1 else 1.0
        return {
            insight: self._lean_direction(insight) * self.get_value(insight) * factor
            for insight in active_insights
        }


class ConfidenceWeightedPortfolioConstructionModel(InsightWeightingPortfolioConstructionModel):
    """The insights' confidences are the shares, made smaller together where they come to more than 1.

    Parameters
    ----------
    rebalance, portfolio_bias
        As of `EqualWeightingPortfolioConstructionModel`.
    """

    def should_create_target_for_insight(self, insight: Insight) -> bool:
        """Whether an insight has a confidence."""
        return insight.confidence is not None

    def get_value(self, insight: Insight) -> float:
        """Return an insight's confidence."""
        return insight.confidence or 0.0


class AccumulativeInsightPortfolioConstructionModel(EqualWeightingPortfolioConstructionModel):
    """Every insight in force adds a fixed share in its direction; a flat one takes a share away.

    Parameters
    ----------
    rebalance, portfolio_bias
        As of `EqualWeightingPortfolioConstructionModel`, but without `rebalance` it is done at every step.
    percent : float
        The share; default 0.03.
    """

    _lean_rebalance = None
    _lean_more = ("percent",)

    def get_target_insights(self) -> list[Insight]:
        """Return all insights in force, the oldest first."""
        active: list[Insight] = insights_of(self.algorithm).get_active_insights(
            self.algorithm.utc_time
        )
        return sorted(active, key=lambda insight: insight.generated_time_utc)

    def determine_target_percent(self, active_insights: list[Insight]) -> dict[Insight, float]:
        """Return the sum of each symbol's shares, by its first insight."""
        share = self._lean_percent
        totals: dict[Any, float] = {}
        first: dict[Any, Insight] = {}
        for insight in active_insights:
            total = totals.get(insight.symbol, 0.0)
            if insight.direction == InsightDirection.FLAT:
                total = 0.0 if abs(total) < share else total - (share if total > 0 else -share)
            total += share * int(insight.direction)
            if self._lean_bias != PortfolioBias.LONG_SHORT and (total > 0) - (total < 0) != int(
                self._lean_bias
            ):
                total = 0.0
            totals[insight.symbol] = total
            first.setdefault(insight.symbol, insight)
        return {insight: totals[symbol] for symbol, insight in first.items()}
