"""``on_end_of_day``: ten minutes before each close (LEAN: Engine/RealTime/BaseRealTimeHandler.cs)."""

from __future__ import annotations

import inspect
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shortable.lean.algorithm.kernel import Kernel

__all__ = ["schedule_ends_of_days"]

_MINUTES = 10


def schedule_ends_of_days(kernel: Kernel) -> None:
    """Have the user's handler called for every active security, or, where it takes none, once a day."""
    from shortable.lean.algorithm.qc_algorithm import QCAlgorithm

    handler = kernel.algorithm.on_end_of_day
    if type(kernel.algorithm).on_end_of_day is QCAlgorithm.on_end_of_day:
        return
    takes_symbol = bool(inspect.signature(handler).parameters)

    def tell(moment: datetime) -> None:
        if not takes_symbol:
            handler()
            return
        for security in list(kernel.securities.values):
            if kernel.universe_manager.is_active(security.symbol):
                handler(security.symbol)

    times = kernel.time_rules.before_market_close(None, _MINUTES)
    kernel.schedule.enter("EndOfDay", kernel.date_rules.every_day("market"), times, tell)
