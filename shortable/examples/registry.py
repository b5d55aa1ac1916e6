"""What is known of an example before it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypedDict

from shortable.engine import Algorithm, MarketData
from shortable.engine.maintenance import MaintenanceModel
from shortable.recall import Recalls
from shortable.restrictions import Restriction

__all__ = ["Example", "Models"]


def _as_they_are(prices: MarketData | None = None, start: date | str | None = None) -> MarketData:
    return MarketData.sample() if prices is None else prices


class Models(TypedDict, total=False):
    """Arguments of `Backtest` that belong to an example."""

    recall: Recalls
    maintenance: MaintenanceModel
    restriction: Restriction


def _no_models(prices: MarketData) -> Models:
    return {}


@dataclass(frozen=True, slots=True)
class Example:
    """One example algorithm."""

    name: str
    """The name by which it is run."""
    title: str
    """What it shows, in one line."""
    algorithm: type[Algorithm] | None
    """The strategy; None where it is written for LEAN."""
    data: Callable[..., MarketData] = _as_they_are
    """Makes the prices that it runs on: ``data(prices=None, start=None)``, of the sample where none are given."""
    models: Callable[[MarketData], Models] = _no_models
    """Makes the arguments of `Backtest` that belong to the example, of its prices."""
    lean_file: Path | None = None
    """The file of a strategy written for LEAN, which `shortable.lean.run_algorithm` runs."""
