"""Data of the past, as `history` asks for them."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from shortable.lean.enums import DataNormalizationMode, MarketDataType, Resolution
from shortable.lean.feed.config import INCREMENT, SubscriptionDataConfig
from shortable.lean.feed.fill_forward import FillForwardResolution
from shortable.lean.feed.market_time import MarketTime
from shortable.lean.feed.slices import Slice
from shortable.lean.feed.subscription import Feed

if TYPE_CHECKING:
    from shortable.lean.algorithm.clock import Clock
    from shortable.lean.algorithm.settings import AlgorithmSettings
    from shortable.lean.data.source import PriceSource

__all__ = ["HasPast", "HistoryRequest", "bars_back", "read", "slices"]

_DAY = timedelta(days=1)


class HasPast(Protocol):
    """What of a run the past is read with."""

    @property
    def source(self) -> PriceSource:
        """Where prices come from."""
        ...

    @property
    def settings(self) -> AlgorithmSettings:
        """When daily bars end."""
        ...

    @property
    def market(self) -> MarketTime:
        """Sessions of the market."""
        ...

    @property
    def clock(self) -> Clock:
        """The run's clock."""
        ...


@dataclass(slots=True)
class HistoryRequest:
    """One kind of data of one symbol over a period."""

    config: SubscriptionDataConfig
    start: datetime
    end: datetime


def bars_back(
    market: MarketTime,
    end: datetime,
    count: int,
    resolution: Resolution,
    *,
    extended: bool,
    strict: bool,
) -> datetime:
    """Return when `count` bars before `end` begin, market time alone counted (LEAN: Time.GetStartTimeForTradeBars)."""
    step = INCREMENT[resolution]
    if resolution == Resolution.DAILY:
        return _days_back(market, end, count, strict=strict)
    moment = (
        datetime.combine(end.date(), time())
        + (end - datetime.combine(end.date(), time())) // step * step
    )
    left, day = count, moment.date()
    for _ in range(366 * 30):
        session = market.session(day, extended)
        if session is not None:
            first = _floor(session.start, step)
            last = min(moment, _ceiling(session.end, step))
            there = max(0, (last - first) // step)
            if there >= left:
                return last - left * step
            left -= there
        day -= _DAY
    return datetime.combine(day, time())


def _days_back(market: MarketTime, end: datetime, count: int, *, strict: bool) -> datetime:
    day, left = end.date(), count
    while left > 0:
        session = market.session(day)
        over = session is not None and (
            session.end <= end if strict else datetime.combine(day, time()) + _DAY <= end
        )
        left -= over
        if left:
            day -= _DAY
        if end.date() - day > timedelta(days=366 * 30):
            break
    session = market.session(day)
    return session.start if strict and session is not None else datetime.combine(day, time())


def _floor(moment: datetime, step: timedelta) -> datetime:
    midnight = datetime.combine(moment.date(), time())
    return midnight + (moment - midnight) // step * step


def _ceiling(moment: datetime, step: timedelta) -> datetime:
    down = _floor(moment, step)
    return down if down == moment else down + step


def read(kernel: HasPast, request: HistoryRequest) -> Iterator[Any]:
    """Yield bars that begin at or after the request's start and are known by its end; repeats where they are wanted."""
    config = request.config
    feed = Feed(kernel.source, request.end, lambda: kernel.settings.daily_precise_end_time)
    feed.market, feed.fill_resolution = kernel.market, FillForwardResolution(config.increment)
    for bar in feed.bars(config, request.start, request.end):
        if bar.data_type == MarketDataType.AUXILIARY or bar.time < request.start:
            continue
        if bar.end_time > request.end:
            return
        yield bar


def slices(kernel: HasPast, requests: list[HistoryRequest]) -> Iterator[Slice]:
    """Yield the slices of several requests in order of time."""
    streams = [
        ((bar.end_time, i, bar) for bar in read(kernel, request))
        for i, request in enumerate(requests)
    ]
    moment: datetime | None = None
    held: list[Any] = []
    for end, _, bar in heapq.merge(*streams, key=lambda item: item[:2]):
        if moment is not None and end != moment:
            yield _slice(kernel, moment, held)
            held = []
        moment = end
        held.append(bar)
    if moment is not None:
        yield _slice(kernel, moment, held)


def _slice(kernel: HasPast, moment: datetime, bars: list[Any]) -> Slice:
    return Slice(kernel.clock.shown(moment), moment, bars)


def as_moment(kernel: HasPast, value: Any) -> datetime:
    """Return a user's date or time as naive New York time."""
    if isinstance(value, datetime):
        return kernel.clock.inside(value)
    if isinstance(value, date):
        return kernel.clock.inside(datetime.combine(value, time()))
    raise TypeError(f"{value!r} is no date")


def scaled_mode(mode: Any) -> DataNormalizationMode:
    """Return a normalisation mode; adjusted where none is asked for."""
    return DataNormalizationMode.ADJUSTED if mode is None else DataNormalizationMode(mode)
