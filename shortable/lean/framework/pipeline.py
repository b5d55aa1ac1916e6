"""The framework's part of a time step: insights, targets, risk, orders (LEAN: Algorithm/QCAlgorithm.Framework.cs)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from shortable.lean.context import AlgorithmContext
from shortable.lean.framework.alphas import CompositeAlphaModel, NullAlphaModel, model_name, tell
from shortable.lean.framework.execution import ImmediateExecutionModel, NullExecutionModel
from shortable.lean.framework.insight import Insight, InsightType
from shortable.lean.framework.insights import GeneratedInsightsCollection, InsightManager
from shortable.lean.framework.portfolio_construction import NullPortfolioConstructionModel
from shortable.lean.framework.risk import (
    CompositeRiskManagementModel,
    NullRiskManagementModel,
    distinct,
)
from shortable.lean.framework.selection import (
    CompositeUniverseSelectionModel,
    NullUniverseSelectionModel,
    next_refresh,
)
from shortable.lean.indicators.event import Event
from shortable.lean.models import check_model, method

if TYPE_CHECKING:
    from shortable.lean.algorithm.clock import Clock
    from shortable.lean.feed.universe import Universe

__all__ = ["MODELS_OF", "Framework"]

MODELS_OF = {
    "universe_selection": "create_universes",
    "alpha": "update",
    "portfolio_construction": "create_targets",
    "execution": "execute",
    "risk_management": "manage_risk",
}
"""The models, and the method that each has."""

_NULLS: dict[str, type] = {
    "universe_selection": NullUniverseSelectionModel,
    "alpha": NullAlphaModel,
    "portfolio_construction": NullPortfolioConstructionModel,
    "execution": NullExecutionModel,
    "risk_management": NullRiskManagementModel,
}
_COMPOSITES: dict[str, tuple[type, Any, str]] = {
    "universe_selection": (
        NullUniverseSelectionModel,
        CompositeUniverseSelectionModel,
        "add_universe_selection",
    ),
    "alpha": (NullAlphaModel, CompositeAlphaModel, "add_alpha"),
    "risk_management": (
        NullRiskManagementModel,
        CompositeRiskManagementModel,
        "add_risk_management",
    ),
}


class _Run(AlgorithmContext, Protocol):
    """What the framework asks of the run."""

    @property
    def algorithm(self) -> Any:
        """The user's algorithm, of any class."""
        ...

    @property
    def clock(self) -> Clock: ...

    def add_universe(self, universe: Universe) -> None: ...


class Framework:
    """The models of one run, and what they have made.

    Parameters
    ----------
    kernel : Kernel

    Attributes
    ----------
    models : dict of str to object
    insights : InsightManager
    generated : Event
        Is told of new insights: ``handler(algorithm, GeneratedInsightsCollection)``.
    debug : bool
        Whether insights and targets are logged.
    """

    def __init__(self, kernel: _Run) -> None:
        self._kernel = kernel
        self.models: dict[str, Any] = {
            "universe_selection": NullUniverseSelectionModel(),
            "alpha": NullAlphaModel(),
            "portfolio_construction": NullPortfolioConstructionModel(),
            "execution": ImmediateExecutionModel(),
            "risk_management": NullRiskManagementModel(),
        }
        self.insights = InsightManager(lambda: kernel.clock.utc)
        self.generated = Event()
        self.debug = self._used = False
        self._universes: dict[str, Any] = {}
        self._told: set[str] = set()

    def set(self, kind: str, model: Any) -> None:
        """Set a model; None is the one that does nothing."""
        model = _NULLS[kind]() if model is None else model
        self.models[kind] = check_model(kind, model, MODELS_OF[kind])
        self._used = True

    def add(self, kind: str, model: Any) -> None:
        """Set a model beside those that are set."""
        null, composite, add = _COMPOSITES[kind]
        known = self.models[kind]
        if type(known) is null:
            self.set(kind, model)
        elif isinstance(known, composite):
            getattr(known, add)(model)
        else:
            self.set(kind, composite(known, model))

    # -- the loop's entries ---------------------------------------------------------------------------------------
    def begin(self) -> None:
        """Add the universes, after ``initialize``, and hand the settings to the portfolio construction."""
        settings, model = self._kernel.settings, self.models["portfolio_construction"]
        for name in ("rebalance_on_security_changes", "rebalance_on_insight_changes"):
            wanted = getattr(settings, name.replace("rebalance", "rebalance_portfolio"))
            if wanted is not None:
                setattr(model, name, wanted)
        self._enter(self._created())

    def _created(self) -> dict[str, Any]:
        made = (
            method(self.models["universe_selection"], "create_universes")(self._kernel.algorithm)
            or ()
        )
        return {universe.name: universe for universe in made}

    def _enter(self, universes: dict[str, Any]) -> None:
        for name, universe in universes.items():
            if name not in self._universes:
                self._universes[name] = universe
                self._kernel.add_universe(universe)

    def _refresh(self, now: datetime) -> None:
        """Ask for the universes again when the model says so."""
        if now >= next_refresh(self.models["universe_selection"]):
            wanted = self._created()
            for name in [name for name in self._universes if name not in wanted]:
                self._universes.pop(name).dispose()
            self._enter(wanted)

    def securities_changed(self, changes: Any) -> None:
        """Tell the models of securities that came and went."""
        if not self._used:
            return
        self._log(str(changes))
        for kind in ("alpha", "portfolio_construction", "execution", "risk_management"):
            tell(self.models[kind], self._kernel.algorithm, changes)

    def order_event(self, event: Any) -> None:
        """Tell the execution model what happened to an order, before the algorithm is told."""
        tell(self.models["execution"], self._kernel.algorithm, event, "on_order_event")

    def step(self, slice_: Any) -> None:
        """Let the models have their turn, after ``on_data``; they need data, universes do not."""
        if not self._used:
            return
        kernel = self._kernel
        self._refresh(kernel.clock.utc)
        self.insights.step(kernel.clock.utc)
        if slice_.has_data:
            made = method(self.models["alpha"], "update")(kernel.algorithm, slice_)
            self._process(self._initialised(made or ()))

    def emit(self, insights: Iterable[Insight]) -> None:
        """Let insights of the user's take the same way."""
        if self._kernel.is_warming_up:
            self._once("warmup", "Warning: insights emitted during algorithm warmup are ignored.")
            return
        self._process(self._initialised(insights))

    # -- the parts of a step --------------------------------------------------------------------------------------
    def _initialised(self, insights: Iterable[Insight]) -> list[Insight]:
        """Fill in when insights were made and when they are over, and tell of them; not of what is delisted."""
        kernel, found = self._kernel, []
        for insight in insights:
            security = kernel.securities[insight.symbol]
            if security.is_delisted:
                self._once(
                    "delisted",
                    "QCAlgorithm.EmitInsights(): Warning: cannot emit insights for delisted securities, these will be "
                    "discarded",
                )
                continue
            insight.generated_time_utc = kernel.clock.utc
            price = insight.type == InsightType.PRICE
            insight.reference_value = float(
                security.price if price else security.volatility_model.volatility
            )
            insight.source_model = insight.source_model or model_name(self.models["alpha"])
            insight.set_period_and_close_time(kernel.source.hours)
            found.append(insight)
        if found:
            self.insights.add_range(found)
            self._log(" | ".join(sorted(map(str, found), key=lambda text: text.partition(": ")[2])))
            self.generated(kernel.algorithm, GeneratedInsightsCollection(kernel.clock.utc, found))
        return found

    def _process(self, insights: list[Insight]) -> None:
        """Make targets of insights, let risk management override them, and have them executed."""
        algorithm, models = self._kernel.algorithm, self.models
        asked = method(models["portfolio_construction"], "create_targets")(algorithm, insights)
        targets = self._targets("PORTFOLIO", asked)
        overrides = self._targets(
            "RISK", method(models["risk_management"], "manage_risk")(algorithm, list(targets))
        )
        method(models["execution"], "execute")(algorithm, distinct([*overrides, *targets]))

    def _targets(self, name: str, targets: Any) -> list[Any]:
        found = [target for target in targets or () if target is not None]
        for target in found:
            self._kernel.securities[target.symbol].holdings.target = target
        if found:
            self._log(f"{name}: " + " | ".join(sorted(map(str, found))))
        return found

    def _log(self, text: str) -> None:
        if self.debug:
            self._kernel.log(f"{self._kernel.clock.face}: {text}")

    def _once(self, key: str, message: str) -> None:
        if key not in self._told:
            self._told.add(key)
            self._kernel.error(message)
