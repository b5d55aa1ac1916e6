"""Bars repeated where nothing was traded (LEAN: Engine/DataFeeds/Enumerators/FillForwardEnumerator.cs)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from shortable.lean.data import Delisting
from shortable.lean.enums import DelistingType, MarketDataType
from shortable.lean.feed.config import SubscriptionDataConfig
from shortable.lean.feed.market_time import MarketTime, Span

__all__ = ["FillForwardResolution", "fill_forward"]

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
# NYSE's regular session, which LEAN takes as the period of a daily bar that it repeats (RegularMarketDuration).
_REGULAR = timedelta(hours=6, minutes=30)


class FillForwardResolution:
    """The step by which bars are repeated: the finest among the subscriptions, shared by all and changing with them."""

    __slots__ = ("value",)

    def __init__(self, value: timedelta = timedelta(minutes=1)) -> None:
        self.value = value


def _round_down(moment: datetime, step: timedelta) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (moment - midnight) // step * step if step < _DAY else midnight


class _Filler:
    def __init__(
        self,
        config: SubscriptionDataConfig,
        market: MarketTime,
        resolution: FillForwardResolution,
        end: datetime,
        strict: bool,
    ) -> None:
        self.step, self.extended = config.increment, config.extended_market_hours
        self.market, self.resolution, self.strict, self.end = market, resolution, strict, end
        self.last = self._last_span()

    def _last_span(self) -> Span:
        """Return the last bar that the subscription's time has room for."""
        if not self.strict:
            start = _round_down(self.end, self.step)
            return Span(start, start + self.step)
        day = self.end
        while True:
            span = self.market.session(day.date(), self.extended)
            if span is not None and span.end <= self.end:
                return span
            if day < self.end - timedelta(days=366):
                return Span(self.end, self.end)
            day -= _DAY

    def _spans(self, previous_end: datetime, fill: timedelta) -> list[Span]:
        """Return what bar could come next, the earliest end first."""
        market, extended = self.market, self.extended
        opens = market.next_open(previous_end, extended)
        if fill == self.step:
            spans = []
            if not self.strict and market.open_during(previous_end, previous_end + fill, extended):
                spans.append(Span(previous_end, previous_end + fill))
            if opens is not None:
                day = market.daily(opens, extended) if self.strict else Span(opens, opens + fill)
                spans += [day] if day is not None else []
            return spans
        small, large = sorted((fill, self.step))
        spans = []
        if market.open_during(previous_end, previous_end + small, extended):
            first = Span(previous_end, previous_end + small)
            if not self.strict:
                return [first, *self._later(previous_end, opens, small, large)]
            spans.append(first)
        return sorted(
            [*spans, *self._later(previous_end, opens, small, large)], key=lambda span: span.end
        )

    def _later(
        self, previous_end: datetime, opens: datetime | None, small: timedelta, large: timedelta
    ) -> list[Span]:
        spans = []
        if self.strict:
            today = self.market.daily(previous_end, self.extended)
            if today is not None and previous_end < today.end:
                spans.append(today)
        else:
            start = _round_down(previous_end, large)
            if self.market.open_during(start, start + large, self.extended):
                spans.append(Span(start, start + large))
        if opens is not None:
            spans.append(Span(opens, opens + small))
            if self.strict:
                day = self.market.daily(opens, self.extended)
                spans += [day] if day is not None else []
        return sorted(spans, key=lambda span: span.end)

    def between(self, previous: Any, following: Any) -> Any:
        """Return the repeat that comes before `following`, or None."""
        fill = self.resolution.value
        gap = following.time - previous.time
        if following.end_time < previous.time or (gap <= fill and gap <= self.step):
            return None
        period = self.step
        if self.strict:
            period = following.end_time - following.time
        elif following.time == following.end_time:
            period = timedelta()
        limit = following.time + period
        auxiliary = following.data_type == MarketDataType.AUXILIARY
        for span in self._spans(previous.end_time, fill):
            length = span.end - span.start
            start = (
                span.start if self.strict and length > _HOUR else _round_down(span.start, length)
            )
            end = start + length
            if not (end < limit or (auxiliary and end == limit)):
                return None
            if self.market.open_during(start, end, self.extended):
                repeat = previous.clone(True)
                repeat.time = end - (_REGULAR if self.strict else self.step)
                repeat.end_time = end
                return repeat
        return None

    def closing(self, previous: Any) -> Any:
        """Return the last bar of the subscription as a repeat of `previous`."""
        repeat = previous.clone(True)
        repeat.time, repeat.end_time = self.last
        return repeat


def fill_forward(
    bars: Iterator[Any],
    config: SubscriptionDataConfig,
    market: MarketTime,
    resolution: FillForwardResolution,
    end: datetime,
    *,
    strict: bool,
) -> Iterator[Any]:
    """Yield bars and, between them, repeats of the last one at every step at which the market is open.

    Parameters
    ----------
    bars : iterator of BaseData
        In order of time; corporate events among them pass through and are not repeated.
    config : SubscriptionDataConfig
    market : MarketTime
    resolution : FillForwardResolution
        Read anew for every bar.
    end : datetime
        End of the subscription.
    strict : bool
        Whether the bars are daily ones that last from open to close.
    """
    filler = _Filler(config, market, resolution, end, strict)
    previous: Any = None
    delisted: datetime | None = None
    for point in bars:
        if isinstance(point, Delisting) and point.type == DelistingType.DELISTED:
            delisted = point.end_time
        while previous is not None:
            repeat = filler.between(previous, point)
            if repeat is None:
                break
            if previous.end_time >= end:
                return
            yield repeat
            previous = repeat
            if delisted is not None and previous.end_time >= delisted:
                return
        yield point
        if point.data_type != MarketDataType.AUXILIARY:
            previous = point
        if delisted is not None and (previous is None or previous.end_time >= delisted):
            return
    if delisted is not None or previous is None:
        return
    while previous.end_time < end:
        closing = filler.closing(previous)
        repeat = filler.between(previous, closing)
        if repeat is None:
            opened = market.open_during(
                closing.time, closing.end_time, config.extended_market_hours
            )
            if opened and previous.end_time < closing.end_time:
                yield closing
            return
        yield repeat
        previous = repeat
