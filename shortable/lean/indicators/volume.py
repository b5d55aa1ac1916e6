"""Indicators of price and volume (LEAN: the file of the same name under Indicators/, named at each class)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from shortable.lean.indicators.averages import Sum
from shortable.lean.indicators.base import TradeBarIndicator
from shortable.lean.indicators.naming import named
from shortable.lean.indicators.points import BarInput
from shortable.lean.numbers import ZERO

__all__ = [
    "AccumulationDistribution",
    "IntradayVwap",
    "MoneyFlowIndex",
    "OnBalanceVolume",
    "VolumeWeightedAveragePriceIndicator",
]


class OnBalanceVolume(TradeBarIndicator):
    """Volume of rising bars minus that of falling ones (OnBalanceVolume.cs)."""

    warm_up_period = 2

    @named("OBV")
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._before: Decimal | None = None

    @property
    def is_ready(self) -> bool:
        """Whether two bars were seen."""
        return self.samples >= 2

    def _compute(self, item: BarInput) -> Decimal:
        value = self.exact
        if self._before is None:
            value = item.volume
        elif item.close > self._before:
            value += item.volume
        elif item.close < self._before:
            value -= item.volume
        self._before = item.close
        return value

    def reset(self) -> None:
        """Return to the state before any data."""
        self._before = None
        super().reset()


class AccumulationDistribution(TradeBarIndicator):
    """Volume weighed by where the close lies in the bar's range, summed (AccumulationDistribution.cs)."""

    warm_up_period = 1

    @named("AD")
    def __init__(self, name: str) -> None:
        super().__init__(name)

    @property
    def is_ready(self) -> bool:
        """Whether anything was seen."""
        return self.samples > 0

    def _compute(self, item: BarInput) -> Decimal:
        span = item.high - item.low
        if not span:
            return self.exact
        return (
            self.exact + ((item.close - item.low) - (item.high - item.close)) / span * item.volume
        )


class MoneyFlowIndex(TradeBarIndicator):
    """Traded value of rising bars in percent of all, over `period` bars; 100 without any (MoneyFlowIndex.cs)."""

    @named("MFI({period})")
    def __init__(self, name: str, period: int) -> None:
        super().__init__(name)
        self.warm_up_period = period
        self.positive_money_flow = Sum(name + "_PositiveMoneyFlow", period)
        self.negative_money_flow = Sum(name + "_NegativeMoneyFlow", period)
        self._before = ZERO

    @property
    def is_ready(self) -> bool:
        """Whether both sums are."""
        return self.positive_money_flow.is_ready and self.negative_money_flow.is_ready

    def _compute(self, item: BarInput) -> Decimal:
        flow = item.typical * item.volume
        self.positive_money_flow.feed(item.time, flow if item.typical > self._before else ZERO)
        self.negative_money_flow.feed(item.time, flow if item.typical < self._before else ZERO)
        self._before = item.typical
        total = self.positive_money_flow.exact + self.negative_money_flow.exact
        return 100 * self.positive_money_flow.exact / total if total else Decimal(100)

    def reset(self) -> None:
        """Return to the state before any data."""
        self._before = ZERO
        self.positive_money_flow.reset()
        self.negative_money_flow.reset()
        super().reset()


class VolumeWeightedAveragePriceIndicator(TradeBarIndicator):
    """The mean of the bars' four prices over `period` bars, weighed by volume (VolumeWeightedAveragePriceIndicator.cs)."""

    @named("VWAP({period})")
    def __init__(self, name: str, period: int) -> None:
        super().__init__(name)
        self.warm_up_period = period
        self._value, self._volume = Sum(name + "_Value", period), Sum(name + "_Volume", period)

    @property
    def is_ready(self) -> bool:
        """Whether `period` bars were seen."""
        return self._volume.is_ready

    def _compute(self, item: BarInput) -> Decimal:
        price = (item.open + item.high + item.low + item.close) / 4
        self._value.feed(item.time, price * item.volume)
        self._volume.feed(item.time, item.volume)
        return self._value.exact / self._volume.exact if self._volume.exact else self.exact

    def reset(self) -> None:
        """Return to the state before any data."""
        self._value.reset()
        self._volume.reset()
        super().reset()


class IntradayVwap(TradeBarIndicator):
    """The day's mean of typical prices weighed by volume; begins anew each day (IntradayVwap.cs)."""

    warm_up_period = 1

    @named("VWAP")
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._day: date | None = None
        self._value = self._volume = ZERO

    @property
    def is_ready(self) -> bool:
        """Whether anything was traded today."""
        return self._volume > 0

    def _compute(self, item: BarInput) -> Decimal:
        if self._day != item.time.date():
            self._day, self._value, self._volume = item.time.date(), ZERO, ZERO
        self._value += item.volume * item.typical
        self._volume += item.volume
        return self._value / self._volume if self._volume else item.close

    def reset(self) -> None:
        """Return to the state before any data."""
        self._day, self._value, self._volume = None, ZERO, ZERO
        super().reset()
