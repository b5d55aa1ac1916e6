"""Risk management models: what overrides targets (LEAN: Algorithm/Risk, Algorithm.Framework/Risk)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from shortable.lean.enums import PositionSide
from shortable.lean.framework.alphas import tell
from shortable.lean.framework.portfolio_construction import insights_of
from shortable.lean.framework.targets import PortfolioTarget
from shortable.lean.models import check_model, method
from shortable.lean.names import LeanObject

__all__ = [
    "CompositeRiskManagementModel",
    "IRiskManagementModel",
    "MaximumDrawdownPercentPerSecurity",
    "MaximumDrawdownPercentPortfolio",
    "MaximumUnrealizedProfitPercentPerSecurity",
    "NullRiskManagementModel",
    "RiskManagementModel",
    "TrailingStopRiskManagementModel",
    "distinct",
]


class RiskManagementModel(LeanObject):
    """Base of risk management models."""

    def manage_risk(self, algorithm: Any, targets: list[Any]) -> Iterable[Any]:
        """Return targets that go before those of the portfolio construction.

        Parameters
        ----------
        algorithm : QCAlgorithm
        targets : list of PortfolioTarget
            New ones; called at every step, also without any.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no manage_risk(self, algorithm, targets)"
        )

    def on_securities_changed(self, algorithm: Any, changes: Any) -> None:
        """Take note of securities that came and went."""


IRiskManagementModel = RiskManagementModel


class NullRiskManagementModel(RiskManagementModel):
    """Overrides nothing."""

    def manage_risk(self, algorithm: Any, targets: list[Any]) -> Iterable[Any]:
        """Return no targets."""
        return []


def distinct(targets: Iterable[Any]) -> list[Any]:
    """Return the first target of each symbol."""
    found: dict[Any, Any] = {}
    for target in targets:
        found.setdefault(target.symbol, target)
    return list(found.values())


class CompositeRiskManagementModel(RiskManagementModel):
    """Several risk management models, each given what those before it made of the targets.

    Parameters
    ----------
    *risk_management_models : risk management model, or a list of them
    """

    def __init__(self, *risk_management_models: Any) -> None:
        self.__models: list[Any] = []
        for one in risk_management_models:
            for model in one if isinstance(one, (list, tuple)) else [one]:
                self.add_risk_management(model)

    def add_risk_management(self, risk_management_model: Any) -> None:
        """Take one more in."""
        self.__models.append(check_model("risk_management", risk_management_model, "manage_risk"))

    def manage_risk(self, algorithm: Any, targets: list[Any]) -> Iterable[Any]:
        """Return all targets, overridden by one model after the other."""
        for model in self.__models:
            targets = distinct(
                [*(method(model, "manage_risk")(algorithm, targets) or ()), *targets]
            )
        return targets

    def on_securities_changed(self, algorithm: Any, changes: Any) -> None:
        """Tell all models."""
        for model in self.__models:
            tell(model, algorithm, changes)


def _close(algorithm: Any, symbols: Iterable[Any]) -> list[Any]:
    """End the insights about some symbols and return flat targets."""
    found = list(symbols)
    insights_of(algorithm).cancel(found)
    return [PortfolioTarget(symbol, 0) for symbol in found]


def _invested(algorithm: Any) -> list[Any]:
    return [security for security in algorithm.securities.values if security.invested]


class _Bounded(RiskManagementModel):
    """Closes a position whose profit goes beyond a fraction of its cost."""

    _sign = 1

    def __init__(self, most: float = 0.05) -> None:
        self.__most = abs(most)

    def manage_risk(self, algorithm: Any, targets: list[Any]) -> Iterable[Any]:
        """Return flat targets of what is beyond."""
        profits = ((s.symbol, s.holdings.unrealized_profit_percent) for s in _invested(algorithm))
        return _close(
            algorithm, [symbol for symbol, profit in profits if profit * self._sign > self.__most]
        )


class MaximumDrawdownPercentPerSecurity(_Bounded):
    """Closes a position that has lost more than a fraction of its cost, by default 0.05."""

    _sign = -1

    def __init__(self, maximum_drawdown_percent: float = 0.05) -> None:
        super().__init__(maximum_drawdown_percent)


class MaximumUnrealizedProfitPercentPerSecurity(_Bounded):
    """Closes a position that has gained more than a fraction of its cost, by default 0.05."""

    def __init__(self, maximum_unrealized_profit_percent: float = 0.05) -> None:
        super().__init__(maximum_unrealized_profit_percent)


class MaximumDrawdownPercentPortfolio(RiskManagementModel):
    """Closes everything once the portfolio has lost more than a fraction of its first value, or of its highest.

    It acts when there are new targets, and begins anew then.

    Parameters
    ----------
    maximum_drawdown_percent : float
    is_trailing : bool
        Whether the loss is measured from the highest value.
    """

    def __init__(self, maximum_drawdown_percent: float = 0.05, is_trailing: bool = False) -> None:
        self.__most, self.__trails = abs(maximum_drawdown_percent), is_trailing
        self.__high: float | None = None

    def manage_risk(self, algorithm: Any, targets: list[Any]) -> Iterable[Any]:
        """Return flat targets in place of all new ones once too much is lost."""
        value = float(algorithm.portfolio.total_portfolio_value)
        if self.__high is None:
            self.__high = value
        if self.__trails and self.__high < value:
            self.__high = value
            return []
        if not targets or value / self.__high - 1 >= -self.__most:
            return []
        self.__high = None
        return _close(algorithm, [target.symbol for target in targets])


class TrailingStopRiskManagementModel(RiskManagementModel):
    """Closes a position whose value has fallen (a short's: risen) by more than a fraction from its best.

    Parameters
    ----------
    maximum_drawdown_percent : float
    """

    def __init__(self, maximum_drawdown_percent: float = 0.05) -> None:
        self.__most = abs(maximum_drawdown_percent)
        self.__best: dict[Any, tuple[PositionSide, float]] = {}

    def manage_risk(self, algorithm: Any, targets: list[Any]) -> Iterable[Any]:
        """Return flat targets of what has lost too much."""
        closed = []
        held = {security.symbol: security.holdings for security in _invested(algorithm)}
        self.__best = {symbol: best for symbol, best in self.__best.items() if symbol in held}
        for symbol, holdings in held.items():
            side = PositionSide.LONG if holdings.is_long else PositionSide.SHORT
            value = holdings.absolute_holdings_value
            before, best = self.__best.get(symbol, (PositionSide.NONE, 0.0))
            if before != side:
                best = holdings.absolute_holdings_cost
            self.__best[symbol] = side, best
            if (value - best) * side > 0:
                self.__best[symbol] = side, value
            elif best and abs((best - value) / best) > self.__most:
                del self.__best[symbol]
                closed.append(symbol)
        return _close(algorithm, closed)
