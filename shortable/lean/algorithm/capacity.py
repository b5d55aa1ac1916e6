"""The run's estimate of capacity, fed from its order events and its slices."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from shortable.lean.models import method
from shortable.lean.numbers import decimal_of
from shortable.lean.securities.buying_power_types import ReservedBuyingPowerForPositionParameters
from shortable.lean.statistics import CapacityEstimate

if TYPE_CHECKING:
    from shortable.lean.algorithm.kernel import Kernel

__all__ = ["RunCapacity"]


class RunCapacity:
    """Takes in what happened since it was last asked (BacktestingResultHandler.ProcessSynchronousEvents).

    Parameters
    ----------
    kernel : Kernel
    start, end : datetime
        First and last moment of the run.
    """

    def __init__(self, kernel: Kernel, start: datetime, end: datetime) -> None:
        self._kernel = kernel
        self._estimate = CapacityEstimate(
            start, end, lambda symbol: kernel.securities[symbol], _leveraged_use
        )
        self._seen = 0

    def update(self, *, force: bool = False) -> None:
        """Take in the fills since, and the volume of the present slice."""
        kernel, events = self._kernel, self._kernel.journal.order_events
        for event in events[self._seen :]:
            self._estimate.on_order_event(event)
        self._seen = len(events)
        utc = kernel.clock.utc.replace(tzinfo=None)
        self._estimate.update(
            utc, kernel.current_slice, lambda: kernel.portfolio.exact_total_value, force=force
        )

    def finish(self) -> None:
        """Take the last snapshot, as LEAN does twice: when its loop ends and when its result handler exits."""
        for _ in range(2):
            self.update(force=True)

    @property
    def figures(self) -> tuple[Decimal, str]:
        """The estimate in dollars, and the identifier of the asset that bounds it."""
        return self._estimate.value, self._estimate.lowest


def _leveraged_use(security: Any) -> Decimal:
    """Return the buying power that a position takes, times its leverage."""
    asked = ReservedBuyingPowerForPositionParameters(security)
    used = method(security.buying_power_model, "get_reserved_buying_power_for_position")(asked)
    return decimal_of(used.absolute_used_buying_power) * decimal_of(security.leverage)
