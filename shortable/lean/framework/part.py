"""``set_alpha``, ``emit_insights`` and what else of `QCAlgorithm` belongs to the algorithm framework."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shortable.lean.algorithm.base import AlgorithmPart
from shortable.lean.framework.insight import Insight
from shortable.lean.framework.pipeline import MODELS_OF

__all__ = ["FrameworkPart"]


class _Model:
    """An attribute such as ``self.alpha``: the model; what is no model becomes an attribute of the user's."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self.__doc__ = f"The {kind.replace('_', ' ')} model."

    def __get__(self, owner: Any, cls: type | None = None) -> Any:
        if owner is None:
            return self
        return vars(owner).get(
            f"_own_{self._kind}",
            owner._lean.framework.models.get(self._kind, owner._lean.framework.insights),
        )

    def __set__(self, owner: Any, value: Any) -> None:
        need = MODELS_OF.get(self._kind)
        if need is not None and any(
            callable(getattr(value, name, None)) for name in (need, need.title().replace("_", ""))
        ):
            owner._lean.framework.set(self._kind, value)
        else:
            object.__setattr__(owner, f"_own_{self._kind}", value)


def _setter(kind: str) -> Callable[..., None]:
    def set_(self: Any, model: Any) -> None:
        self._lean.framework.set(kind, model)

    set_.__name__, set_.__doc__ = f"set_{kind}", f"Set the {kind.replace('_', ' ')} model."
    return set_


def _adder(kind: str) -> Callable[..., None]:
    def add(self: Any, model: Any) -> None:
        self._lean.framework.add(kind, model)

    add.__name__, add.__doc__ = (
        f"add_{kind}",
        f"Add a {kind.replace('_', ' ')} model to those that are set.",
    )
    return add


class FrameworkPart(AlgorithmPart):
    """The algorithm framework: models, insights, and the loop's two calls."""

    universe_selection = _Model("universe_selection")
    alpha = _Model("alpha")
    portfolio_construction = _Model("portfolio_construction")
    execution = _Model("execution")
    risk_management = _Model("risk_management")
    insights = _Model("insights")

    set_universe_selection = _setter("universe_selection")
    set_alpha = _setter("alpha")
    set_portfolio_construction = _setter("portfolio_construction")
    set_execution = _setter("execution")
    set_risk_management = _setter("risk_management")
    add_universe_selection = _adder("universe_selection")
    add_alpha = _adder("alpha")
    add_risk_management = _adder("risk_management")

    @property
    def insights_generated(self) -> Any:
        """Is told of new insights: ``self.insights_generated += handler``, ``handler(algorithm, collection)``."""
        return self._lean.framework.generated

    @insights_generated.setter
    def insights_generated(self, value: Any) -> None:
        self._lean.framework.generated = value

    @property
    def debug_mode(self) -> bool:
        """Whether insights and targets are logged."""
        return self._lean.framework.debug

    @debug_mode.setter
    def debug_mode(self, value: bool) -> None:
        self._lean.framework.debug = bool(value)

    def emit_insights(self, *insights: Any) -> None:
        """Let insights become targets and orders now; not while the algorithm warms up.

        Parameters
        ----------
        *insights : Insight, or a list of them
        """
        self._lean.framework.emit(
            [
                insight
                for one in insights
                for insight in ([one] if isinstance(one, Insight) else list(one))
            ]
        )

    def on_framework_data(self, slice: Any) -> None:
        """Let the models have their turn; the loop calls it after ``on_data``."""
        self._lean.framework.step(slice)

    def on_framework_securities_changed(self, changes: Any) -> None:
        """Tell the models of securities that came and went; the loop calls it after ``on_securities_changed``."""
        self._lean.framework.securities_changed(changes)
