"""Where a warm-up begins (LEAN: Algorithm/QCAlgorithm.History.cs, TryGetWarmupHistoryStartTime)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from shortable.lean.algorithm.past import bars_back
from shortable.lean.feed.config import known_resolution

if TYPE_CHECKING:
    from shortable.lean.algorithm.kernel import Kernel

__all__ = ["warm_up_start"]


def warm_up_start(kernel: Kernel, start: datetime) -> datetime | None:
    """Return when the warm-up begins, None where there is none.

    A period is counted back from the start; a number of bars, in each subscription's resolution or the one given, and
    the earliest counts.
    """
    if kernel.warm_up is None:
        return None
    period, resolution = kernel.warm_up
    if isinstance(period, timedelta):
        return start - period if period > timedelta() else None
    count = int(period)
    if count <= 0:
        return None
    strict = bool(kernel.settings.daily_precise_end_time)
    configs = [c for c in kernel.subscription_manager.subscriptions if not c.is_internal_feed]
    if resolution is None:
        resolution = kernel.settings.warm_up_resolution
    resolutions = (
        {known_resolution(resolution)}
        if resolution is not None
        else {c.resolution for c in configs}
    )
    extended = any(c.extended_market_hours for c in configs)
    if not resolutions:
        resolutions = {known_resolution(kernel.universe_settings.resolution)}
    return min(
        bars_back(kernel.market, start, count, r, extended=extended, strict=strict)
        for r in resolutions
    )
