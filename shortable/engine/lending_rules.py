"""What the order desk asks of a run's rules on short sales, locates and recalls (S25, S26, S27)."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from typing import Protocol

from shortable.engine.orders import Order
from shortable.engine.security import Security

__all__ = ["LendingRules"]


class LendingRules(Protocol):
    """`shortable.engine.lending.LendingDesk`, as far as the order desk and corporate actions know it."""

    def refusal(
        self, security: Security, order: Order, at: datetime, limit: float | None, last: float
    ) -> str | None:
        """Return the tag with which a rule refuses a sell order of which a part is short."""
        ...

    def sent(
        self, security: Security, order_id: int, quantity: int, held: int, open_sells: int
    ) -> None:
        """Locate what an accepted sell order needs."""
        ...

    def cancelled(self, column: int, order_id: int) -> None:
        """Forget an order that was cancelled before it filled."""
        ...

    def restate(self, column: int, ratio: Fraction) -> None:
        """Restate what is recalled for a split."""
        ...
