"""Alpha models that go by an indicator (LEAN: Algorithm.Framework/Alphas)."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Any

from shortable.lean.data import TradeBar
from shortable.lean.enums import MovingAverageType, Resolution
from shortable.lean.feed.config import INCREMENT, known_resolution
from shortable.lean.framework.alphas import AlphaModel
from shortable.lean.framework.insight import Insight, InsightDirection
from shortable.lean.framework.portfolio_construction import insights_of
from shortable.lean.indicators import (
    ExponentialMovingAverage,
    MovingAverageConvergenceDivergence,
    RateOfChange,
    RelativeStrengthIndex,
)

__all__ = ["EmaCrossAlphaModel", "HistoricalReturnsAlphaModel", "MacdAlphaModel", "RsiAlphaModel"]


class _Followed:
    """A security and the indicators that follow it, fed by consolidators of their own and warmed up."""

    def __init__(
        self,
        algorithm: Any,
        security: Any,
        resolution: Resolution,
        bars: int | None,
        *indicators: Any,
    ) -> None:
        self.symbol, self.security = security.symbol, security
        self._algorithm, self.indicators = algorithm, indicators
        self._consolidators = []
        for indicator in indicators:
            consolidator = algorithm.resolve_consolidator(security.symbol, resolution)
            algorithm._feed(security.symbol, indicator, consolidator, None)
            if bars is None:
                algorithm.warm_up_indicator(security.symbol, indicator, resolution)
            for bar in (
                algorithm.history[TradeBar](security.symbol, bars, resolution) if bars else ()
            ):
                indicator.update(bar.end_time, bar.close)
            self._consolidators.append(consolidator)
        self.seen = 0
        self.above = False
        self.direction: InsightDirection | None = None
        self.made: list[Insight] = []
        self.state = _State.MIDDLE

    @property
    def is_ready(self) -> bool:
        """Whether all indicators are."""
        return all(indicator.is_ready for indicator in self.indicators)

    def value(self, number: int = 0) -> float:
        """Return what an indicator says."""
        return float(self.indicators[number].current.value)

    def cancel(self) -> None:
        """End the insights that are noted in ``made``."""
        insights_of(self._algorithm).cancel(self.made)
        self.made.clear()

    def leave(self) -> None:
        """Follow no more."""
        self.cancel()
        for consolidator in self._consolidators:
            self._algorithm.subscription_manager.remove_consolidator(self.symbol, consolidator)


class _State(IntEnum):
    TRIPPED_LOW = -1
    MIDDLE = 0
    TRIPPED_HIGH = 1


class _Following(AlphaModel):
    """Follows every security of the algorithm."""

    _warm_up: int | None = None
    """Bars of the past that indicators begin with; None is as many as they need."""

    def __init__(self, resolution: Resolution, periods: int) -> None:
        self._resolution = known_resolution(resolution)
        self._period = INCREMENT[self._resolution] * periods
        self._followed: dict[Any, _Followed] = {}

    def _indicators(self) -> list[Any]:
        raise NotImplementedError

    def on_securities_changed(self, algorithm: Any, changes: Any) -> None:
        """Follow what came, and no more what went."""
        for security in changes.removed_securities:
            known = self._followed.pop(security.symbol, None)
            if known is not None:
                known.leave()
        for security in changes.added_securities:
            if security.symbol not in self._followed:
                given = (algorithm, security, self._resolution, self._warm_up, *self._indicators())
                self._followed[security.symbol] = _Followed(*given)

    def _insight(
        self, followed: _Followed, direction: InsightDirection, magnitude: float | None = None
    ) -> Insight:
        return Insight.price(followed.symbol, self._period, direction, magnitude)


class HistoricalReturnsAlphaModel(_Following):
    """The return of the last bars goes on: an insight with every new bar.

    Parameters
    ----------
    lookback : int
        Bars.
    resolution : Resolution
    """

    def __init__(self, lookback: int = 1, resolution: Resolution = Resolution.DAILY) -> None:
        super().__init__(resolution, lookback)
        self._warm_up = lookback
        self.name = f"HistoricalReturnsAlphaModel({lookback},{self._resolution})"

    def _indicators(self) -> list[Any]:
        return [RateOfChange(self._warm_up)]

    def update(self, algorithm: Any, data: Any) -> Iterable[Insight]:
        """Return an insight for every security with a new bar."""
        found = []
        for followed in self._followed.values():
            samples = followed.indicators[0].samples
            if followed.seen == samples:
                continue
            followed.seen = samples
            if followed.is_ready:
                change = followed.value()
                found.append(
                    self._insight(followed, InsightDirection((change > 0) - (change < 0)), change)
                )
        return found


class EmaCrossAlphaModel(_Following):
    """Goes with the faster of two exponential averages when it crosses the slower.

    Parameters
    ----------
    fast_period, slow_period : int
        Bars.
    resolution : Resolution
    """

    def __init__(
        self,
        fast_period: int = 12,
        slow_period: int = 26,
        resolution: Resolution = Resolution.DAILY,
    ) -> None:
        super().__init__(resolution, fast_period)
        self._periods = fast_period, slow_period
        self.name = f"EmaCrossAlphaModel({fast_period},{slow_period},{self._resolution})"

    def _indicators(self) -> list[Any]:
        return [ExponentialMovingAverage(period) for period in self._periods]

    def update(self, algorithm: Any, data: Any) -> Iterable[Insight]:
        """Return an insight for every crossing."""
        found = []
        for followed in self._followed.values():
            fast, slow = followed.value(0), followed.value(1)
            if followed.is_ready:
                if followed.above and slow > fast:
                    found.append(self._insight(followed, InsightDirection.DOWN))
                elif not followed.above and fast > slow:
                    found.append(self._insight(followed, InsightDirection.UP))
            followed.above = fast > slow
        return found


class MacdAlphaModel(_Following):
    """Goes with the MACD's signal line where it is more than a hundredth of the price from zero; ends where it is not.

    Parameters
    ----------
    fast_period, slow_period, signal_period : int
        Bars.
    moving_average_type : MovingAverageType
    resolution : Resolution
    """

    _BOUNCE = 0.01

    def __init__(
        self,
        fast_period: int = 12,
        slow_period: int = 26,
        signal_period: int = 9,
        moving_average_type: MovingAverageType = MovingAverageType.EXPONENTIAL,
        resolution: Resolution = Resolution.DAILY,
    ) -> None:
        super().__init__(resolution, fast_period)
        self._periods = fast_period, slow_period, signal_period, moving_average_type
        self.name = f"MacdAlphaModel({fast_period},{slow_period},{signal_period},{moving_average_type},{self._resolution})"

    def _indicators(self) -> list[Any]:
        return [MovingAverageConvergenceDivergence(*self._periods)]

    def update(self, algorithm: Any, data: Any) -> Iterable[Insight]:
        """Return an insight for every new direction."""
        found = []
        for followed in self._followed.values():
            if not followed.security.price:
                continue
            share = followed.indicators[0].signal.current.value / followed.security.price
            direction = InsightDirection((share > self._BOUNCE) - (share < -self._BOUNCE))
            if direction == followed.direction:
                continue
            followed.direction = direction
            if direction == InsightDirection.FLAT:
                followed.cancel()
            else:
                followed.made.append(self._insight(followed, direction))
                found.append(followed.made[-1])
        return found


class RsiAlphaModel(_Following):
    """Goes against the RSI when it passes 70 or 30; it has to come back to 65 or 35 before it counts again.

    Parameters
    ----------
    period : int
        Bars.
    resolution : Resolution
    """

    def __init__(self, period: int = 14, resolution: Resolution = Resolution.DAILY) -> None:
        super().__init__(resolution, period)
        self._warm_up = period
        self.name = f"RsiAlphaModel({period},{self._resolution})"

    def _indicators(self) -> list[Any]:
        return [RelativeStrengthIndex(self._warm_up)]

    def update(self, algorithm: Any, data: Any) -> Iterable[Insight]:
        """Return an insight whenever a bound is passed."""
        found = []
        for followed in self._followed.values():
            state = _state(followed.value(), followed.state)
            if state != followed.state and followed.is_ready and state:
                found.append(self._insight(followed, InsightDirection(-state)))
            followed.state = state
        return found


def _state(value: float, before: _State) -> _State:
    if value > 70 or value < 30:
        return _State.TRIPPED_HIGH if value > 70 else _State.TRIPPED_LOW
    back = (before == _State.TRIPPED_LOW and value > 35) or (
        before == _State.TRIPPED_HIGH and value < 65
    )
    return _State.MIDDLE if back else before
