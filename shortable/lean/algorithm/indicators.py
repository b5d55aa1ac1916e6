"""Indicators and consolidators hooked up to data (LEAN: Algorithm/QCAlgorithm.Indicators.cs)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from shortable.errors import InvalidInputError
from shortable.lean.algorithm.history import HistoryPart, _Asked, requests_for
from shortable.lean.algorithm.past import read
from shortable.lean.data import IndicatorDataPoint, QuoteBar, TradeBar
from shortable.lean.enums import Resolution
from shortable.lean.feed.config import INCREMENT, finest
from shortable.lean.indicators import FilteredIdentity, Indicator, IndicatorBase
from shortable.lean.indicators.factory import IndicatorMixin
from shortable.lean.indicators.past import IndicatorHistory
from shortable.lean.symbols import Symbol

__all__ = ["IndicatorsPart"]


def _takes_values(indicator: Any) -> bool:
    return isinstance(indicator, Indicator)


def _feeding(indicator: Any, selector: Callable[[Any], Any] | None) -> Callable[[Any], Any]:
    """Return what an indicator is updated with for a bar."""
    if not _takes_values(indicator):
        return lambda bar: indicator.update(bar if selector is None else selector(bar))
    choose = selector or (lambda bar: bar.value)
    return lambda bar: indicator.update(IndicatorDataPoint(bar.symbol, bar.end_time, choose(bar)))


class IndicatorsPart(IndicatorMixin, HistoryPart):
    """``register_indicator``, ``warm_up_indicator``, ``indicator_history``, ``consolidate``."""

    def register_indicator(
        self,
        symbol: Any,
        indicator: Any,
        resolution: Any = None,
        selector: Callable[[Any], Any] | None = None,
    ) -> None:
        """Update an indicator with a security's bars, whenever one is whole.

        Where ``settings.automatic_indicator_warm_up`` is set, first with the bars of the past that it needs (LEAN's pull
        request 9670, 2026); a consolidator that does not count by time leaves it cold.

        Parameters
        ----------
        symbol : Symbol, str or Security
        indicator : indicator, or anything with ``update``
        resolution : Resolution, timedelta or consolidator, optional
            Length of the bars; default the security's.
        selector : callable, optional
            What of a bar is taken; default its close.
        """
        self._feed(symbol, indicator, resolution, selector)
        if not self.settings.automatic_indicator_warm_up:
            return
        if hasattr(resolution, "data_consolidated"):
            resolution = (
                getattr(resolution, "period", None)
                if getattr(resolution, "is_time_based", True)
                else None
            )
            if not resolution:
                return
        self.warm_up_indicator(symbol, indicator, resolution, selector)

    def _feed(
        self, symbol: Any, indicator: Any, resolution: Any, selector: Callable[[Any], Any] | None
    ) -> None:
        """Hook an indicator up to a security's bars."""
        made = hasattr(resolution, "data_consolidated")
        consolidator = (
            resolution if made else IndicatorsPart.resolve_consolidator(self, symbol, resolution)
        )
        feed = _feeding(indicator, selector)
        consolidator.data_consolidated += lambda sender, bar: feed(bar)
        if hasattr(indicator, "consolidators"):
            indicator.consolidators.add(consolidator)
        self._lean.subscription_manager.add_consolidator(self.__symbol(symbol), consolidator)

    def filtered_identity(
        self,
        symbol: Any,
        resolution: Any = None,
        filter: Callable[[Any], bool] | None = None,
        selector: Callable[[Any], Any] | None = None,
        field_name: str | None = None,
    ) -> FilteredIdentity:
        """Make an indicator that has a security's value wherever a filter holds, and register it."""
        if callable(resolution) and not isinstance(resolution, (Resolution, timedelta)):
            resolution, filter, selector = (
                None,
                resolution,
                filter,
            )  # the overload without a resolution
        made = FilteredIdentity(f"{self.__symbol(symbol)}({field_name or 'close'})", filter)
        self._feed(symbol, made, resolution, selector)
        return made

    def unregister_indicator(self, indicator: Any) -> None:
        """Update an indicator no more."""
        for consolidator in list(getattr(indicator, "consolidators", ())):
            self._lean.subscription_manager.remove_consolidator(None, consolidator)
        if hasattr(indicator, "consolidators"):
            indicator.consolidators.clear()

    deregister_indicator = unregister_indicator

    def __symbol(self, symbol: Any) -> Symbol:
        return self._lean.securities[symbol].symbol

    def resolve_consolidator(
        self, symbol: Any, resolution: Any = None, data_type: type | None = None
    ) -> Any:
        """Return the consolidator that makes bars of a length from a security's data."""
        from shortable.lean.consolidators import (
            IdentityDataConsolidator,
            QuoteBarConsolidator,
            TradeBarConsolidator,
        )

        configs = self._lean.subscription_manager.of(symbol)
        if not configs:
            raise InvalidInputError(
                "symbol", str(symbol), "be a security that was added", "Use add_equity first."
            )
        kind = data_type or configs[0].type
        native = next((c for c in configs if c.type is kind), configs[0])
        span = _span(resolution)
        if span is None or span == native.increment:
            return IdentityDataConsolidator(kind)
        if span < native.increment:
            raise InvalidInputError(
                "resolution",
                str(resolution),
                f"be no finer than the security's, {native.resolution}",
            )
        if (
            isinstance(resolution, Resolution) and resolution == Resolution.DAILY
        ):  # a timedelta is from midnight to midnight
            return self.__daily(kind, native)
        return (QuoteBarConsolidator if kind is QuoteBar else TradeBarConsolidator)(span)

    def __daily(self, kind: type, native: Any) -> Any:
        from shortable.lean import consolidators

        aware = getattr(consolidators, "MarketHourAwareConsolidator", None)
        if aware is None or not self._lean.settings.daily_precise_end_time:
            made = (
                consolidators.QuoteBarConsolidator
                if kind is QuoteBar
                else consolidators.TradeBarConsolidator
            )
            return made(timedelta(days=1))
        return aware(
            True,
            Resolution.DAILY,
            kind,
            native.tick_type,
            native.extended_market_hours,
            hours=self._lean.source.hours,
        )

    def consolidate(self, symbol: Any, period: Any, *more: Any) -> Any:
        """Make longer bars and hand each to a function: ``consolidate(symbol, period, [QuoteBar,] handler)``.

        ``consolidate(TradeBar, symbol, count, None, handler)`` is the same with the type of the bars first.

        Parameters
        ----------
        symbol : Symbol, str or Security
        period : Resolution, timedelta, int or calendar rule
        """
        from shortable.lean.consolidators import QuoteBarConsolidator, TradeBarConsolidator

        if isinstance(symbol, type):
            symbol, period, more = period, more[0], (symbol, *more[1:])
        handler = next(a for a in reversed(more) if callable(a) and not isinstance(a, type))
        kind = (
            QuoteBar
            if any(a is QuoteBar or a == 1 for a in more if not callable(a) or a is QuoteBar)
            else TradeBar
        )
        if isinstance(period, (Resolution, timedelta)):
            consolidator = IndicatorsPart.resolve_consolidator(self, symbol, period, kind)
        else:
            consolidator = (QuoteBarConsolidator if kind is QuoteBar else TradeBarConsolidator)(
                period
            )
        consolidator.data_consolidated += lambda sender, bar: handler(bar)
        self._lean.subscription_manager.add_consolidator(self.__symbol(symbol), consolidator)
        return consolidator

    # -- warm-up --------------------------------------------------------------------------------------------------
    def warm_up_indicator(
        self,
        symbol: Any,
        indicator: Any,
        resolution: Any = None,
        selector: Callable[[Any], Any] | None = None,
    ) -> None:
        """Update an indicator with the bars of the past that it needs to be ready."""
        needed = int(
            getattr(indicator, "warm_up_period", 0) or getattr(indicator, "WarmUpPeriod", 0) or 0
        )
        if needed <= 0:
            return
        feed = _feeding(indicator, selector)
        for bar in self.__bars_back(symbol, needed, resolution):
            feed(bar)

    def __bars_back(self, symbol: Any, count: int, resolution: Any) -> list[Any]:
        """Return the last bars of a length; of lengths that data do not come in, made from shorter ones."""
        span = _span(resolution)
        added = self._lean.securities.get(symbol)
        configs = (
            [] if added is None else [c for c in added.subscriptions if not c.is_internal_feed]
        )
        steps = {step: name for name, step in INCREMENT.items()}
        asked = _Asked()
        asked.symbols = (
            symbol if added is None else added.symbol
        )  # a universe's selection warms up what is not added yet
        native = finest(configs, self._lean.universe_settings.resolution)
        if span is None or span in steps:
            asked.resolution = native if span is None else steps[span]
            asked.periods = count
            return self.__trades(asked)
        asked.resolution = native
        asked.periods = int(count * (span / INCREMENT[asked.resolution]))
        consolidator, made = IndicatorsPart.resolve_consolidator(self, symbol, span), []
        consolidator.data_consolidated += lambda sender, bar: made.append(bar)
        for bar in self.__trades(asked):
            consolidator.update(bar)
        consolidator.scan(
            self._lean.clock.now
        )  # the last bar has ended, though nothing came after it
        return made[-count:]

    def __trades(self, asked: Any) -> list[Any]:
        return [
            bar
            for request in requests_for(self._lean, asked, TradeBar)
            for bar in read(self._lean, request)
        ]

    def indicator_history(
        self,
        indicator: Any,
        symbol: Any,
        *period: Any,
        resolution: Any = None,
        selector: Any = None,
        **named: Any,
    ) -> IndicatorHistory:
        """Return an indicator's values over the past.

        Parameters
        ----------
        indicator : indicator
            It is reset first.
        symbol : Symbol, str or Security
        *period
            A number of values or a timedelta, or a start and an end; a resolution and a selector may follow.
        """
        given = [value for value in period if not callable(value) or isinstance(value, timedelta)]
        selector = selector or next((value for value in period if callable(value)), None)
        asked = _Asked.of([symbol, *given, resolution], named)
        if isinstance(indicator, IndicatorBase):
            indicator.reset()
        if isinstance(
            asked.periods, int
        ):  # so many values are asked for, and the first needs what it warms up with
            asked.periods += max(0, int(getattr(indicator, "warm_up_period", 0) or 0) - 1)
        feed, rows = _feeding(indicator, selector), []
        for bar in self.__trades(asked):
            feed(bar)
            if indicator.is_ready:
                rows.append(IndicatorHistory.state_of(indicator, bar.symbol, bar.end_time))
        return IndicatorHistory(rows)


def _span(resolution: Any) -> timedelta | None:
    if resolution is None or isinstance(resolution, timedelta):
        return resolution
    return INCREMENT.get(resolution) if isinstance(resolution, Resolution) else None
