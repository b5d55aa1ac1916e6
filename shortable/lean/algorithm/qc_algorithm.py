"""`QCAlgorithm`: what LEAN's algorithms derive from."""

from __future__ import annotations

from typing import Any

from shortable.lean.algorithm.events import EventsPart
from shortable.lean.algorithm.indicators import IndicatorsPart
from shortable.lean.algorithm.orders import OrdersPart
from shortable.lean.algorithm.securities import SecuritiesPart
from shortable.lean.algorithm.setup import SetupPart
from shortable.lean.algorithm.shortable import ShortablePart
from shortable.lean.algorithm.targets import TargetsPart
from shortable.lean.algorithm.telling import TellingPart
from shortable.lean.algorithm.universes import UniversesPart

__all__ = ["QCAlgorithm"]


class QCAlgorithm(
    SetupPart, SecuritiesPart, UniversesPart, OrdersPart, TargetsPart, ShortablePart, IndicatorsPart, TellingPart,
    EventsPart,
):  # fmt: skip
    """An algorithm written for LEAN: subclass it, override `initialize` and `on_data`.

    Every method answers to LEAN's two spellings. What is not here raises an `AttributeError` that says what is near.
    """

    def _unknown(self, name: str) -> str:
        return super()._unknown(name).replace(type(self).__name__, "QCAlgorithm", 1)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __bool__(self) -> bool:
        return True

    def get_parameter_names(self) -> list[Any]:
        """Return the names of all parameters."""
        return sorted(self.get_parameters())
