"""`SubscriptionManager`: which subscriptions feed which consolidators (LEAN: Common/Data/SubscriptionManager.cs)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from shortable.errors import InvalidInputError
from shortable.lean.data import QuoteBar, TradeBar
from shortable.lean.enums import TickType
from shortable.lean.feed.config import SubscriptionDataConfig
from shortable.lean.names import LeanObject

if TYPE_CHECKING:
    from shortable.lean.algorithm.clock import Clock
    from shortable.lean.securities.manager import SecurityManager

__all__ = ["SubscriptionManager"]


class _Run(Protocol):
    """What the run is asked for."""

    @property
    def securities(self) -> SecurityManager: ...

    @property
    def clock(self) -> Clock: ...


class SubscriptionManager(LeanObject):
    """``self.subscription_manager``.

    Parameters
    ----------
    kernel : Kernel
    """

    def __init__(self, kernel: _Run) -> None:
        self._kernel = kernel

    @property
    def subscriptions(self) -> list[SubscriptionDataConfig]:
        """All that the algorithm's securities are subscribed to."""
        return [c for security in self._kernel.securities.values for c in security.subscriptions]

    @property
    def count(self) -> int:
        """How many subscriptions there are."""
        return len(self.subscriptions)

    def of(self, symbol: Any) -> list[SubscriptionDataConfig]:
        """Return a security's subscriptions."""
        return [c for c in self._kernel.securities[symbol].subscriptions if not c.is_internal_feed]

    def add_consolidator(
        self, symbol: Any, consolidator: Any, tick_type: TickType | None = None
    ) -> None:
        """Feed a consolidator with a security's data, of the kind that it takes.

        Raises
        ------
        InvalidInputError
            The security is not subscribed to such data.
        """
        configs = self.of(symbol)
        if not configs:
            raise InvalidInputError(
                "symbol", str(symbol), "be a security that was added", "Use add_equity first."
            )
        wanted = getattr(consolidator, "input_type", None) or TradeBar
        for config in configs:
            quotes = config.type is QuoteBar
            if tick_type is not None and config.tick_type != tick_type:
                continue
            if tick_type is None and quotes != (wanted is QuoteBar):
                continue
            if not any(c is consolidator for c in config.consolidators):
                config.consolidators.append(consolidator)
            return
        kinds = ", ".join(c.type.__name__ for c in configs)
        raise InvalidInputError(
            "consolidator",
            type(consolidator).__name__,
            f"take data that {symbol} is subscribed to: {kinds}",
            "Quotes come with minute resolution.",
        )

    def remove_consolidator(self, symbol: Any, consolidator: Any) -> None:
        """Feed a consolidator no more."""
        for security in self._kernel.securities.total:
            for config in security.subscriptions:
                config.consolidators[:] = [c for c in config.consolidators if c is not consolidator]

    def scan_past(self, moment: datetime) -> None:
        """Let consolidators whose bar was over before a moment emit it, each at its own time."""
        due: list[tuple[datetime, int, Any]] = []
        for config in self.subscriptions:
            for consolidator in config.consolidators:
                ends = getattr(consolidator, "pending_end", None)
                if ends is not None and ends < moment:
                    due.append((ends, len(due), consolidator))
        for ends, _, consolidator in sorted(due, key=lambda item: item[:2]):
            self._kernel.clock.now = ends
            consolidator.scan(ends)
