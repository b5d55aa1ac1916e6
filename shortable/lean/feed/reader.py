"""Bars of a period from a price source, scaled, with corporate events between them (LEAN: Engine/DataFeeds/SubscriptionDataReader.cs)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from shortable.lean.data import Dividend, Split, SymbolChangedEvent
from shortable.lean.enums import DataNormalizationMode, SplitType, TickType
from shortable.lean.feed.config import SubscriptionDataConfig
from shortable.lean.feed.market_time import MarketTime

__all__ = ["read_bars"]

_DAY = timedelta(days=1)
_DONE = (Dividend, Split, SymbolChangedEvent)


def read_bars(
    source: Any,
    config: SubscriptionDataConfig,
    market: MarketTime,
    start: datetime,
    end: datetime,
    *,
    strict: bool,
) -> Iterator[Any]:
    """Yield what is known at or after `start` and begins at or before `end`.

    Parameters
    ----------
    source : PriceSource
    config : SubscriptionDataConfig
    market : MarketTime
    start, end : datetime
        Naive, New York.
    strict : bool
        Whether daily bars last from open to close; otherwise from midnight to midnight.

    Yields
    ------
    TradeBar, QuoteBar or corporate event
        In order of time. Events come with trades that the user asked for, at the midnight that begins their day.
    """
    with_events = config.tick_type == TickType.TRADE and not config.is_internal_feed
    last, first = 0.0, True
    for day in _days(market, (start - config.increment).date(), end.date()):
        raw = source.day(config.symbol, config.resolution, config.tick_type, day)
        if with_events and day >= start.date():
            for event in source.events(config.symbol, day, last):
                # what took effect before the subscription began is not reported on its first day
                if start <= event.time <= end and not (
                    first and isinstance(event, _DONE) and _done(event)
                ):
                    yield event
            first = False
        if raw is None:
            continue
        if with_events:
            last = float(raw.close[-1])
        for bar in _bars(raw, source, config, market, day, strict=strict):
            if bar.end_time < start:
                continue
            if bar.time > end:
                return
            yield bar


def _days(market: MarketTime, first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        if market.session(day) is not None:
            yield day
        day += _DAY


def _done(event: Any) -> bool:
    return not isinstance(event, Split) or event.type == SplitType.SPLIT_OCCURRED


def _bars(
    raw: Any,
    source: Any,
    config: SubscriptionDataConfig,
    market: MarketTime,
    day: date,
    *,
    strict: bool,
) -> list[Any]:
    mode = DataNormalizationMode(config.data_normalization_mode)
    if mode != DataNormalizationMode.RAW:
        raw = raw.scaled(float(source.factor(config.symbol, day, mode)))
    bars: list[Any] = raw.bars(config.symbol)
    if strict:
        session = market.session(day)
        for bar in bars:
            if session is not None:
                bar.time, bar.end_time = session
    return bars
