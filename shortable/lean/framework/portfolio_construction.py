"""Portfolio construction models: what makes targets of insights (LEAN: Algorithm/Portfolio/PortfolioConstructionModel.cs)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from shortable.lean.framework.insight import Insight
from shortable.lean.framework.rebalancing import rebalancing_function
from shortable.lean.framework.targets import PortfolioTarget
from shortable.lean.names import LeanObject
from shortable.names import LeanEnum

__all__ = [
    "IPortfolioConstructionModel",
    "NullPortfolioConstructionModel",
    "PortfolioBias",
    "PortfolioConstructionModel",
    "insights_of",
]


def insights_of(algorithm: Any) -> Any:
    """Return an algorithm's insights, whatever the user has called by that name."""
    return algorithm._lean.framework.insights


class PortfolioBias(LeanEnum):
    """Which positions there may be."""

    SHORT = -1
    LONG_SHORT = 0
    LONG = 1


class PortfolioConstructionModel(LeanObject):
    """Base of portfolio construction models: targets of the newest insight of each symbol, whenever it is time.

    Users override `create_targets`, or else `determine_target_percent`.

    Parameters
    ----------
    rebalancing_func : function, timedelta, Resolution or date rule, optional
        Says when to rebalance next; without one it is done at every step.

    Attributes
    ----------
    rebalance_on_security_changes, rebalance_on_insight_changes : bool
        Whether it is also done when securities came or went, insights came or are over. The algorithm's settings of like
        names go before.
    algorithm : QCAlgorithm
    """

    rebalance_on_security_changes = True
    rebalance_on_insight_changes = True
    algorithm: Any = None
    # Users' subclasses may not call this class's __init__, and have attributes of their own.
    _lean_rebalance: Any = None
    __next: Any = None
    __asks = __securities_changed = False
    __due: datetime | None = None

    def __init__(self, rebalancing_func: Any = None) -> None:
        self.set_rebalancing_func(rebalancing_func)

    def set_rebalancing_func(self, rebalance: Any) -> None:
        """Say when to rebalance."""
        self._lean_rebalance, self.__next, self.__asks, self.__due = rebalance, None, False, None

    def create_targets(self, algorithm: Any, insights: list[Insight]) -> Iterable[Any]:
        """Return targets of the insights in force, flat ones where the last insight is over.

        Parameters
        ----------
        algorithm : QCAlgorithm
        insights : list of Insight
            New ones.
        """
        self.algorithm = algorithm
        if not self.is_rebalance_due(insights, algorithm.utc_time):
            return []
        known = insights_of(algorithm)
        active = self.get_target_insights()
        percents: Mapping[Insight, float] = self.determine_target_percent(active)
        targets, failed = [], set()
        for insight in active:
            percent = percents.get(insight)
            if percent is None:
                continue
            target = PortfolioTarget.percent(algorithm, insight.symbol, percent, tag=insight.tag)
            if target is None:
                failed.add(insight.symbol)
            else:
                targets.append(target)
        over = dict.fromkeys(
            insight.symbol for insight in known.remove_expired_insights(algorithm.utc_time)
        )
        return targets + [
            PortfolioTarget(symbol, 0)
            for symbol in over
            if symbol not in failed and not known.has_active_insights(symbol, algorithm.utc_time)
        ]

    def on_securities_changed(self, algorithm: Any, changes: Any) -> None:
        """Take note of securities that came and went; insights about the latter are over."""
        self.algorithm = algorithm
        self.__securities_changed = bool(changes.count)
        insights_of(algorithm).expire([security.symbol for security in changes.removed_securities])

    def get_target_insights(self) -> list[Insight]:
        """Return the newest insight in force of each symbol."""
        newest: dict[Any, Insight] = {}
        for insight in insights_of(self.algorithm).get_active_insights(self.algorithm.utc_time):
            known = newest.get(insight.symbol)
            if self.should_create_target_for_insight(insight) and (
                known is None or known.generated_time_utc <= insight.generated_time_utc
            ):
                newest[insight.symbol] = insight
        return list(newest.values())

    def should_create_target_for_insight(self, insight: Insight) -> bool:
        """Whether an insight counts."""
        return True

    def determine_target_percent(self, active_insights: list[Insight]) -> dict[Insight, float]:
        """Return the share of the portfolio of each insight, negative for a short."""
        raise NotImplementedError(
            f"{type(self).__name__} has no create_targets(self, algorithm, insights)"
        )

    # -- when it is time ------------------------------------------------------------------------------------------
    def is_rebalance_due(self, insights: list[Insight], algorithm_utc: datetime) -> bool:
        """Whether to make targets now."""
        if not self.__asks:
            self.__next, self.__asks = rebalancing_function(self._lean_rebalance), True
        if self.__next is None:
            self.refresh_rebalance(algorithm_utc)
            return True
        if self.__due is None:
            self.__due = self.__next(algorithm_utc)
            if self.__due is not None and self.__due <= algorithm_utc:
                self.__due, self.__securities_changed = (
                    None,
                    False,
                )  # it is asked again in the next step, not twice in one
                return True
        expiry = insights_of(self.algorithm).get_next_expiry_time()
        due = (
            (self.__due is not None and self.__due <= algorithm_utc)
            or (self.rebalance_on_security_changes and self.__securities_changed)
            or (
                self.rebalance_on_insight_changes
                and (len(insights) > 0 or (expiry is not None and expiry < algorithm_utc))
            )
        )
        if due:
            self.refresh_rebalance(algorithm_utc)
        return bool(due)

    def refresh_rebalance(self, algorithm_utc: datetime) -> None:
        """Ask when it is time next."""
        if self.__next is not None:
            self.__due = self.__next(algorithm_utc)
        self.__securities_changed = False

    @staticmethod
    def filter_invalid_insight_magnitude(
        algorithm: Any, insights: Iterable[Insight]
    ) -> list[Insight]:
        """Return the insights whose magnitude is within the bounds of the settings; none and zero are."""
        limits = algorithm.settings
        least, most = (
            limits.min_absolute_portfolio_target_percentage,
            limits.max_absolute_portfolio_target_percentage,
        )
        found = []
        for insight in insights:
            if not insight.magnitude or least <= abs(insight.magnitude) <= most:
                found.append(insight)
                continue
            algorithm.error(
                "PortfolioConstructionModel.FilterInvalidInsightMagnitude():"
                f"The insight target Magnitude: {insight.magnitude}, will not comply with the current "
                f"'Algorithm.Settings' 'MaxAbsolutePortfolioTargetPercentage': {most:g} or "
                f"'MinAbsolutePortfolioTargetPercentage': {least:g}. Skipping insight."
            )
        return found


IPortfolioConstructionModel = PortfolioConstructionModel


class NullPortfolioConstructionModel(PortfolioConstructionModel):
    """Makes no targets."""

    def create_targets(self, algorithm: Any, insights: list[Insight]) -> Iterable[Any]:
        """Return no targets."""
        return []
