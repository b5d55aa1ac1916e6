"""The last prices before now, with which securities may be seeded (LEAN: QCAlgorithm.History.cs, GetLastKnownPrices)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from shortable.lean.algorithm.past import HasPast, HistoryRequest, bars_back, read
from shortable.lean.enums import Resolution, TickType
from shortable.lean.feed.config import SubscriptionDataConfig

if TYPE_CHECKING:
    from shortable.lean.feed.universe import UniverseManager
    from shortable.lean.securities.manager import SecurityManager

__all__ = ["last_known_prices"]

# LEAN looks back five bars; where that finds nothing, so many.
_BARS = 5
_MORE = {Resolution.MINUTE: 1440, Resolution.HOUR: 24, Resolution.DAILY: 10}


class _Run(HasPast, Protocol):
    @property
    def securities(self) -> SecurityManager: ...

    @property
    def universe_manager(self) -> UniverseManager: ...


def last_known_prices(kernel: _Run, symbol: Any) -> list[Any]:
    """Return the newest trade and quote bar of a security, the older first; none are filled forward."""
    security = kernel.securities.get(symbol)
    configs = (
        [] if security is None else [c for c in security.subscriptions if not c.is_internal_feed]
    )
    if not configs:
        configs = kernel.universe_manager.user_defined.configurations(symbol)
    found: dict[TickType, Any] = {}
    for more in (False, True):
        for config in configs:
            if config.tick_type in found:
                continue
            last = _last(kernel, config, _MORE[config.resolution] if more else _BARS)
            if last is not None:
                found[config.tick_type] = last
        if all(config.tick_type in found for config in configs):
            break
    return sorted(found.values(), key=lambda bar: bar.time)


def _last(kernel: HasPast, config: SubscriptionDataConfig, count: int) -> Any:
    now = kernel.clock.now
    plain = SubscriptionDataConfig(
        config.symbol,
        config.type,
        config.tick_type,
        config.resolution,
        fill_forward=False,
        extended_market_hours=config.extended_market_hours,
        data_normalization_mode=config.data_normalization_mode,
    )
    start = bars_back(
        kernel.market,
        now,
        count,
        config.resolution,
        extended=config.extended_market_hours,
        strict=bool(kernel.settings.daily_precise_end_time),
    )
    last = None
    for bar in read(kernel, HistoryRequest(plain, start, now)):
        last = bar
    return last
