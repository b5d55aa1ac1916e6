"""`Subscription`: data of one configuration as they come, one ahead of the clock (LEAN: Engine/DataFeeds/Subscription.cs)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from shortable.lean.enums import MarketDataType, Resolution, TickType
from shortable.lean.feed.config import SubscriptionDataConfig
from shortable.lean.feed.fill_forward import FillForwardResolution, fill_forward
from shortable.lean.feed.market_time import MarketTime
from shortable.lean.feed.reader import read_bars

if TYPE_CHECKING:
    from shortable.lean.feed.universe import Universe

__all__ = ["Feed", "Subscription", "open_market"]

# LEAN's readers work ahead in batches that end with their 51st point (WeightedWorkScheduler.WorkBatchSize is 50). It
# shows: what is filled forward within the first batch follows the resolution in force when the subscription began.
_BATCH = 51


class Subscription:
    """A stream of data and its next point.

    Parameters
    ----------
    config : SubscriptionDataConfig
    security : Security or None
        Whose prices the data set.
    data : iterator of BaseData
    start : datetime
        When it was asked for.
    """

    __slots__ = (
        "_ahead",
        "_data",
        "config",
        "current",
        "ended",
        "removed",
        "security",
        "start",
        "universes",
    )

    def __init__(
        self, config: SubscriptionDataConfig, security: Any, data: Iterator[Any], start: datetime
    ) -> None:
        self.config, self.security, self.start = config, security, start
        self._data = data
        self._ahead = deque(islice(data, _BATCH))
        self.current: Any = None
        self.ended = self.removed = False
        self.universes: list[Universe] = []

    def advance(self) -> bool:
        """Go to the next point; return whether there is one."""
        if self._ahead:
            self.current = self._ahead.popleft()
        else:
            self.current = None if self.ended else next(self._data, None)
        self.ended = self.current is None
        return not self.ended


def open_market(
    data: Iterator[Any], config: SubscriptionDataConfig, market: MarketTime, end: datetime
) -> Iterator[Any]:
    """Drop bars outside the market's hours and end after the subscription's (SubscriptionFilterEnumerator.cs)."""
    extended = config.extended_market_hours
    for point in data:
        if point.data_type != MarketDataType.AUXILIARY:
            inside = market.open_during(point.time, point.end_time, extended)
            if not inside:
                continue
        if point.time > end:
            return
        yield point


def both_sides(quotes: Iterator[Any]) -> Iterator[Any]:
    """Give quote bars that lack a side the last one seen (QuoteBarFillForwardEnumerator.cs)."""
    bid: Any = None
    ask: Any = None
    for quote in quotes:
        if quote.bid is None and bid is not None:
            quote.bid = bid.clone()
        if quote.ask is None and ask is not None:
            quote.ask = ask.clone()
        bid, ask = quote.bid, quote.ask
        yield quote


class Feed:
    """Makes streams of data from a price source.

    Parameters
    ----------
    source : PriceSource
    end : datetime
        Last moment of the run.
    precise_daily : callable
        Whether daily bars last from open to close (``settings.daily_precise_end_time``), asked when a stream begins.
    """

    def __init__(self, source: Any, end: datetime, precise_daily: Any) -> None:
        self.source, self.end = source, end
        self.market = MarketTime(source.hours)
        self.fill_resolution = FillForwardResolution()
        self._precise = precise_daily
        self.warm_up: tuple[datetime, Resolution] | None = None
        """Until when bars come in which resolution, where the warm-up has one of its own."""

    def strict(self, config: SubscriptionDataConfig) -> bool:
        """Whether a configuration's bars are daily ones that last from open to close (LeanData.UseStrictEndTime)."""
        return config.increment > timedelta(hours=1) and bool(self._precise())

    def bars(self, config: SubscriptionDataConfig, start: datetime, end: datetime) -> Iterator[Any]:
        """Return a configuration's data of a period: filled forward, inside market hours, prices adjusted."""
        strict = self.strict(config)
        data = read_bars(self.source, config, self.market, start, end, strict=strict)
        if config.fill_data_forward and config.tick_type == TickType.QUOTE:
            data = both_sides(data)
        if config.fill_data_forward:
            data = fill_forward(data, config, self.market, self.fill_resolution, end, strict=strict)
        return open_market(data, config, self.market, end)

    def subscribe(
        self, config: SubscriptionDataConfig, security: Any, start: datetime
    ) -> Subscription:
        """Begin a subscription that lasts until the end of the run."""
        data = self.bars(config, start, self.end)
        if (
            self.warm_up is not None
            and start < self.warm_up[0]
            and config.resolution < self.warm_up[1]
        ):
            begins, resolution = self.warm_up
            coarse = config.at(resolution)
            before = (bar for bar in self.bars(coarse, start, begins) if bar.end_time <= begins)
            data = chain(
                before if config.tick_type == TickType.TRADE else (),
                self.bars(config, begins, self.end),
            )
        return Subscription(config, security, data, start)
