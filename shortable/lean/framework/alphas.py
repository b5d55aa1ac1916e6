"""Alpha models: what makes insights (LEAN: Algorithm/Alphas, Algorithm.Framework/Alphas)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from shortable.lean.framework.insight import Insight, InsightDirection, InsightType
from shortable.lean.models import check_model, method
from shortable.lean.names import LeanObject
from shortable.names import pascal_case

__all__ = [
    "AlphaModel",
    "CompositeAlphaModel",
    "ConstantAlphaModel",
    "IAlphaModel",
    "NullAlphaModel",
    "model_name",
    "tell",
]


class AlphaModel(LeanObject):
    """Base of alpha models.

    Attributes
    ----------
    name : str
        Becomes the insights' ``source_model``; default the class's.
    """

    _lean_name: str | None = None

    @property
    def name(self) -> str:
        """What it is called."""
        return self._lean_name or type(self).__name__

    @name.setter
    def name(self, value: str) -> None:
        self._lean_name = value

    def update(self, algorithm: Any, data: Any) -> Iterable[Insight]:
        """Return new insights.

        Parameters
        ----------
        algorithm : QCAlgorithm
        data : Slice
        """
        raise NotImplementedError(f"{type(self).__name__} has no update(self, algorithm, data)")

    def on_securities_changed(self, algorithm: Any, changes: Any) -> None:
        """Take note of securities that came and went."""


IAlphaModel = AlphaModel


class NullAlphaModel(AlphaModel):
    """Makes no insights."""

    def update(self, algorithm: Any, data: Any) -> Iterable[Insight]:
        """Return no insights."""
        return []


def model_name(model: Any) -> str:
    """Return what a model is called: by itself, else its class's name."""
    found = getattr(model, "name", None) or getattr(model, "Name", None)
    return found if isinstance(found, str) else type(model).__name__


def tell(model: Any, algorithm: Any, what: Any, event: str = "on_securities_changed") -> None:
    """Tell a model, which may not care, of securities that came and went, or of another event."""
    listens = getattr(model, event, None) or getattr(model, pascal_case(event), None)
    if listens is not None:
        listens(algorithm, what)


class CompositeAlphaModel(AlphaModel):
    """Several alpha models in one.

    Parameters
    ----------
    *alpha_models : alpha model, or a list of them
    """

    def __init__(self, *alpha_models: Any) -> None:
        self.__models: list[Any] = []
        for one in alpha_models:
            for model in one if isinstance(one, (list, tuple)) else [one]:
                self.add_alpha(model)

    def add_alpha(self, alpha_model: Any) -> None:
        """Take one more in."""
        self.__models.append(check_model("alpha", alpha_model, "update"))

    def update(self, algorithm: Any, data: Any) -> Iterable[Insight]:
        """Return the insights of all models, each with its model's name."""
        for model in self.__models:
            for insight in method(model, "update")(algorithm, data) or ():
                insight.source_model = insight.source_model or model_name(model)
                yield insight

    def on_securities_changed(self, algorithm: Any, changes: Any) -> None:
        """Tell all models."""
        for model in self.__models:
            tell(model, algorithm, changes)


class ConstantAlphaModel(AlphaModel):
    """Makes the same insight for every security, again whenever its period has gone by.

    Parameters
    ----------
    type : InsightType
    direction : InsightDirection
    period : timedelta
    magnitude, confidence, weight : float, optional
    """

    def __init__(
        self,
        type: InsightType,
        direction: InsightDirection,
        period: timedelta,
        magnitude: float | None = None,
        confidence: float | None = None,
        weight: float | None = None,
    ) -> None:
        self.__type, self.__direction, self.__period = type, direction, period
        self.__more = magnitude, confidence, None, weight
        self.__securities: list[Any] = []
        self.__made: dict[Any, datetime] = {}
        shown = [str(InsightType(type)), str(InsightDirection(direction)), str(period)]
        self.name = f"ConstantAlphaModel({','.join([*shown, *(f'{v:g}' for v in (magnitude, confidence) if v is not None)])})"

    def update(self, algorithm: Any, data: Any) -> Iterable[Insight]:
        """Return an insight for every security that has a price and none in force."""
        return [
            Insight(security.symbol, self.__period, self.__type, self.__direction, *self.__more)
            for security in self.__securities
            if security.price and self.should_emit_insight(algorithm.utc_time, security.symbol)
        ]

    def should_emit_insight(self, utc_time: datetime, symbol: Any) -> bool:
        """Whether a security is due; if so, its next time is a period later."""
        made = self.__made.get(symbol)
        if made is not None and utc_time - made < self.__period:
            return False
        self.__made[symbol] = utc_time
        return True

    def on_securities_changed(self, algorithm: Any, changes: Any) -> None:
        """Take note of securities; one that comes back is due at once."""
        self.__securities += [s for s in changes.added_securities if s not in self.__securities]
        for security in changes.removed_securities:
            self.__made.pop(security.symbol, None)
        self.__securities = [s for s in self.__securities if s not in changes.removed_securities]
