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
from shortable.lean.framework.part import FrameworkPart
from shortable.lean.names import LeanObject

__all__ = ["QCAlgorithm"]


class Notifications(LeanObject):
    """``self.notify``: accepts messages and sends none, as LEAN does in a backtest."""

    def email(self, *_: Any, **__: Any) -> bool:
        """Send nothing."""
        return False

    sms = web = telegram = ftp = email


class QCAlgorithm(
    SetupPart,
    SecuritiesPart,
    UniversesPart,
    OrdersPart,
    TargetsPart,
    ShortablePart,
    IndicatorsPart,
    TellingPart,
    FrameworkPart,
    EventsPart,
):
    """An algorithm written for LEAN: subclass it, override `initialize` and `on_data`.

    Every method answers to LEAN's two spellings. What is not here raises an `AttributeError` that says what is near.
    """

    def _unknown(self, name: str) -> str:
        return super()._unknown(name).replace(type(self).__name__, "QCAlgorithm", 1)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __bool__(self) -> bool:
        return True

    @property
    def notify(self) -> Notifications:
        """Accepts messages and sends none."""
        return Notifications()
