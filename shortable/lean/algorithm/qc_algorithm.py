"""`QCAlgorithm`: what LEAN's algorithms derive from."""

from __future__ import annotations

from typing import Any

from shortable.errors import InvalidInputError
from shortable.lean.algorithm.events import EventsPart
from shortable.lean.algorithm.indicators import IndicatorsPart
from shortable.lean.algorithm.orders import OrdersPart
from shortable.lean.algorithm.securities import SecuritiesPart
from shortable.lean.algorithm.setup import SetupPart
from shortable.lean.algorithm.shortable import ShortablePart
from shortable.lean.algorithm.targets import TargetsPart
from shortable.lean.algorithm.telling import TellingPart
from shortable.lean.algorithm.universes import UniversesPart
from shortable.lean.names import LeanObject

__all__ = ["QCAlgorithm"]


def _framework(name: str) -> Any:
    def refuse(self: Any, *arguments: Any, **named: Any) -> Any:
        raise InvalidInputError(
            name,
            type(arguments[0]).__name__ if arguments else "",
            "be left out",
            "LEAN's algorithm framework (alpha, portfolio construction, execution and risk models) is not part of "
            "shortable.lean: send orders in on_data.",
        )

    refuse.__name__ = name
    refuse.__doc__ = "Say that LEAN's algorithm framework is not part of this."
    return refuse


class Notifications(LeanObject):
    """``self.notify``: accepts messages and sends none, as LEAN does in a backtest."""

    def email(self, *_: Any, **__: Any) -> bool:
        """Send nothing."""
        return False

    sms = web = telegram = ftp = email


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

    set_alpha = _framework("set_alpha")
    add_alpha = _framework("add_alpha")
    set_portfolio_construction = _framework("set_portfolio_construction")
    set_execution = _framework("set_execution")
    set_risk_management = _framework("set_risk_management")
    add_risk_management = _framework("add_risk_management")
    set_universe_selection = _framework("set_universe_selection")
    add_universe_selection = _framework("add_universe_selection")
    emit_insights = _framework("emit_insights")

    @property
    def notify(self) -> Notifications:
        """Accepts messages and sends none."""
        return Notifications()
