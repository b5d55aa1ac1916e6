"""`Field`: which number of a bar an indicator reads (LEAN: Common/Data/Market/Field.cs)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["Field", "selected"]

Selector = Callable[[Any], float]


def _named(name: str, fallback: str = "value") -> Selector:
    def select(data: Any) -> float:
        return float(getattr(data, name, getattr(data, fallback, 0.0)))

    return select


def _of_side(side: str, name: str) -> Selector:
    def select(data: Any) -> float:
        bar = getattr(data, side, None)
        return float(getattr(bar, name)) if bar is not None else 0.0

    return select


def _mean(*names: str) -> Selector:
    def select(data: Any) -> float:
        if not hasattr(data, "high"):
            return float(data.value)
        return sum(float(getattr(data, n)) for n in names) / len(names)

    return select


def _seven(data: Any) -> float:
    """Open, half the range, high, low, twice the close and the mean of the three, as LEAN's SevenBar has it."""
    if not hasattr(data, "high"):
        return float(data.value)
    middle = (data.high + data.low) / 2
    return float(
        (data.open + data.high + data.low + 2 * data.close + middle + (data.open + data.close) / 2)
        / 7
    )


class Field:
    """Selectors of a bar's numbers, for ``self.sma(symbol, 20, selector=Field.HIGH)``.

    Examples
    --------
    >>> from datetime import datetime
    >>> from shortable.lean.data import TradeBar
    >>> from shortable.lean.symbols import Symbol
    >>> bar = TradeBar(datetime(2024, 1, 2), Symbol.empty, 1.0, 4.0, 0.5, 3.0, 100)
    >>> Field.HIGH(bar), Field.Median(bar), Field.VOLUME(bar)
    (4.0, 2.25, 100.0)
    """

    OPEN = Open = staticmethod(_named("open"))
    HIGH = High = staticmethod(_named("high"))
    LOW = Low = staticmethod(_named("low"))
    CLOSE = Close = staticmethod(_named("close"))
    VOLUME = Volume = staticmethod(_named("volume", "none"))
    AVERAGE = Average = staticmethod(_mean("open", "high", "low", "close"))
    MEDIAN = Median = staticmethod(_mean("high", "low"))
    TYPICAL = Typical = staticmethod(_mean("high", "low", "close"))
    WEIGHTED = Weighted = staticmethod(_mean("high", "low", "close", "close"))
    SEVEN_BAR = SevenBar = staticmethod(_seven)
    BID_OPEN = BidOpen = staticmethod(_of_side("bid", "open"))
    BID_HIGH = BidHigh = staticmethod(_of_side("bid", "high"))
    BID_LOW = BidLow = staticmethod(_of_side("bid", "low"))
    BID_CLOSE = BidClose = staticmethod(_of_side("bid", "close"))
    ASK_OPEN = AskOpen = staticmethod(_of_side("ask", "open"))
    ASK_HIGH = AskHigh = staticmethod(_of_side("ask", "high"))
    ASK_LOW = AskLow = staticmethod(_of_side("ask", "low"))
    ASK_CLOSE = AskClose = staticmethod(_of_side("ask", "close"))


def selected(indicator: Any, data: Any, selector: Callable[[Any], Any] | None = None) -> bool:
    """Hand a piece of data to an indicator as LEAN's registration does; return whether it is ready.

    An indicator of single values takes what `selector` says, by default the value; one of bars takes the bar itself, or
    the bar that `selector` returns.
    """
    from shortable.lean.data import BaseData, IndicatorDataPoint
    from shortable.lean.indicators.base import Indicator

    if selector is not None:
        chosen = selector(data)
        if not isinstance(chosen, BaseData):
            chosen = IndicatorDataPoint(data.symbol, data.end_time, chosen)
        return bool(indicator.update(chosen))
    if isinstance(indicator, Indicator):
        return bool(indicator.update(IndicatorDataPoint(data.symbol, data.end_time, data.value)))
    return bool(indicator.update(data))
