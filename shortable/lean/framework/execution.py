"""Execution models: what makes orders of targets (LEAN: Algorithm/Execution, Algorithm.Framework/Execution)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from shortable.lean.data import TradeBar
from shortable.lean.enums import AccountType, Resolution
from shortable.lean.framework.targets import PortfolioTargetCollection
from shortable.lean.indicators import SimpleMovingAverage, StandardDeviation
from shortable.lean.names import LeanObject
from shortable.lean.securities.order_sizing import BuyingPowerModelExtensions, OrderSizing

__all__ = [
    "ExecutionModel",
    "IExecutionModel",
    "ImmediateExecutionModel",
    "NullExecutionModel",
    "SpreadExecutionModel",
    "StandardDeviationExecutionModel",
    "VolumeWeightedAveragePriceExecutionModel",
]


class ExecutionModel(LeanObject):
    """Base of execution models.

    Parameters
    ----------
    asynchronous : bool
        Whether orders are sent without waiting for them.
    """

    asynchronous = True

    def __init__(self, asynchronous: bool = True) -> None:
        self.asynchronous = asynchronous

    def execute(self, algorithm: Any, targets: list[Any]) -> None:
        """Send orders for new targets, and for old ones that are not reached.

        Parameters
        ----------
        algorithm : QCAlgorithm
        targets : list of PortfolioTarget
        """
        raise NotImplementedError(f"{type(self).__name__} has no execute(self, algorithm, targets)")

    def on_securities_changed(self, algorithm: Any, changes: Any) -> None:
        """Take note of securities that came and went."""

    def on_order_event(self, algorithm: Any, order_event: Any) -> None:
        """Take note of what happened to an order."""


IExecutionModel = ExecutionModel


class NullExecutionModel(ExecutionModel):
    """Sends no orders."""

    def execute(self, algorithm: Any, targets: list[Any]) -> None:
        """Do nothing."""


class _Remembering(ExecutionModel):
    """Keeps targets until they are reached."""

    def __init__(self, asynchronous: bool = True) -> None:
        super().__init__(asynchronous)
        self._targets = PortfolioTargetCollection()

    def execute(self, algorithm: Any, targets: list[Any]) -> None:
        """Send orders for new targets, and again for old ones that are not reached."""
        self._targets.add_range(targets)
        if self._targets.is_empty:
            return
        self._send(algorithm, self._targets.order_by_margin_impact(algorithm))
        self._targets.clear_fulfilled(algorithm)

    def _send(self, algorithm: Any, targets: Iterable[Any]) -> None:
        for target in targets:
            security = algorithm.securities[target.symbol]
            quantity = self._size(
                security, OrderSizing.get_unordered_quantity(algorithm, target, security)
            )
            if quantity:
                algorithm.market_order(security, quantity, self.asynchronous, target.tag)

    def _size(self, security: Any, quantity: float) -> float:
        """Return how much of what is missing is ordered now."""
        raise NotImplementedError


class ImmediateExecutionModel(_Remembering):
    """Sends market orders at once; one that was refused is sent again at the next step.

    In a cash account what buys waits until what sells is filled.
    """

    def _send(self, algorithm: Any, targets: Iterable[Any]) -> None:
        cash = algorithm.brokerage_model.account_type == AccountType.CASH
        selling = cash and any(
            _reduces(algorithm.securities[ticket.symbol], ticket.quantity)
            for ticket in algorithm.transactions.get_open_order_tickets()
        )
        for target in targets:
            security = algorithm.securities[target.symbol]
            quantity = OrderSizing.get_unordered_quantity(algorithm, target, security, True)
            reduces = _reduces(security, quantity)
            if not quantity or (selling and not reduces):
                continue
            if BuyingPowerModelExtensions.above_minimum_order_margin_portfolio_percentage(
                security.buying_power_model,
                security,
                quantity,
                algorithm.portfolio,
                algorithm.settings.minimum_order_margin_portfolio_percentage,
            ):
                algorithm.market_order(security, quantity, self.asynchronous, target.tag)
                selling = selling or (cash and reduces)


def _reduces(security: Any, quantity: float) -> bool:
    return bool(security.holdings.quantity * quantity < 0)


class SpreadExecutionModel(_Remembering):
    """Sends market orders while the market is open and the spread is small.

    Parameters
    ----------
    accepting_spread_percent : float
        Largest spread, as a fraction of the price.
    asynchronous : bool
    """

    def __init__(self, accepting_spread_percent: float = 0.005, asynchronous: bool = True) -> None:
        super().__init__(asynchronous)
        self._spread = abs(accepting_spread_percent)

    def _size(self, security: Any, quantity: float) -> float:
        bid, ask, price = security.bid_price, security.ask_price, security.price
        open_ = security.exchange.exchange_open and price > 0 and bid > 0 and ask > 0
        return quantity if open_ and (ask - bid) / price <= self._spread else 0.0


class _Following(_Remembering):
    """Follows every security of the algorithm with figures of its own."""

    def __init__(self, asynchronous: bool = True) -> None:
        super().__init__(asynchronous)
        self._figures: dict[Any, tuple[Any, Any]] = {}

    def on_securities_changed(self, algorithm: Any, changes: Any) -> None:
        """Follow what came, and no more what left all universes."""
        for security in changes.removed_securities:
            if security.symbol in self._figures and not algorithm._lean.universe_manager.is_active(
                security.symbol
            ):
                _, consolidators = self._figures.pop(security.symbol)
                for consolidator in consolidators:
                    algorithm.subscription_manager.remove_consolidator(
                        security.symbol, consolidator
                    )
        for security in changes.added_securities:
            if security.symbol not in self._figures:
                self._figures[security.symbol] = self._follow(algorithm, security)

    def _follow(self, algorithm: Any, security: Any) -> tuple[Any, Any]:
        """Return a security's figures and the consolidators that feed them."""
        raise NotImplementedError


class StandardDeviationExecutionModel(_Following):
    """Sends market orders while the price is some standard deviations better than its average.

    Parameters
    ----------
    period : int
        Bars.
    deviations : float
    resolution : Resolution
    asynchronous : bool

    Attributes
    ----------
    maximum_order_value : float
        Dollars that one order may be worth.
    """

    maximum_order_value = 20_000.0

    def __init__(
        self,
        period: int = 60,
        deviations: float = 2,
        resolution: Resolution = Resolution.MINUTE,
        asynchronous: bool = True,
    ) -> None:
        super().__init__(asynchronous)
        self._period, self._deviations, self._resolution = period, deviations, resolution

    def _follow(self, algorithm: Any, security: Any) -> tuple[Any, Any]:
        figures = SimpleMovingAverage(self._period), StandardDeviation(self._period)
        consolidators = []
        for figure in figures:
            consolidators.append(algorithm.resolve_consolidator(security.symbol, self._resolution))
            algorithm._feed(security.symbol, figure, consolidators[-1], None)
            algorithm.warm_up_indicator(security.symbol, figure, self._resolution)
        return figures, consolidators

    def _size(self, security: Any, quantity: float) -> float:
        if security.symbol not in self._figures:
            return 0.0
        average, deviation = self._figures[security.symbol][0]
        far = self._deviations * deviation.current.value
        better = (
            security.bid_price < average.current.value - far
            if quantity > 0
            else security.ask_price > average.current.value + far
        )
        if not (deviation.is_ready and better):
            return 0.0
        return OrderSizing.get_order_size_for_maximum_value(
            security, self.maximum_order_value, quantity
        )


class VolumeWeightedAveragePriceExecutionModel(_Following):
    """Sends market orders while the price is better than the day's average by volume.

    Attributes
    ----------
    maximum_order_quantity_percent_volume : float
        Fraction of the last bar's volume that one order may have.
    """

    maximum_order_quantity_percent_volume = 0.01

    def _follow(self, algorithm: Any, security: Any) -> tuple[Any, Any]:
        average = _IntradayAverage()
        consolidator = algorithm.resolve_consolidator(security.symbol, security.resolution)
        consolidator.data_consolidated += lambda sender, bar: average.update(bar)
        algorithm.subscription_manager.add_consolidator(security.symbol, consolidator)
        return average, [consolidator]

    def _size(self, security: Any, quantity: float) -> float:
        if security.symbol not in self._figures:
            return 0.0
        average = self._figures[security.symbol][0].value
        if not (security.bid_price < average if quantity > 0 else security.ask_price > average):
            return 0.0
        most = self.maximum_order_quantity_percent_volume
        return OrderSizing.get_order_size_for_percent_volume(security, most, quantity)


class _IntradayAverage:
    """The day's average price by volume; a bar's price is the mean of high, low and close."""

    def __init__(self) -> None:
        self.value = self._volume = self._traded = 0.0
        self._day: date | None = None

    def update(self, bar: Any) -> None:
        """Take a bar in, but not one that repeats the last."""
        if not isinstance(bar, TradeBar) or bar.is_fill_forward:
            return
        if bar.end_time.date() != self._day:
            self._volume = self._traded = 0.0
            self._day = bar.end_time.date()
        self._volume += bar.volume
        self._traded += (bar.high + bar.low + bar.close) / 3 * bar.volume
        self.value = self._traded / self._volume if self._volume else bar.value
