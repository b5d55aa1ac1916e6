"""`AlgorithmSettings`: what an algorithm may tune (LEAN: Common/AlgorithmSettings.cs)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from shortable.lean.names import Fields

__all__ = ["AlgorithmSettings"]


class AlgorithmSettings(Fields):
    """Settings with LEAN's defaults.

    Attributes
    ----------
    automatic_indicator_warm_up : bool
        Whether indicators made by the algorithm's helpers are warmed up from history at once.
    daily_precise_end_time : bool
        Whether daily bars end at the session's close, as in today's LEAN; otherwise at the midnight after it. An
        algorithm written for a LEAN before this setting sets it to False in ``initialize``.
    free_portfolio_value : float or None
        Dollars that `set_holdings` leaves alone.
    free_portfolio_value_percentage : float
        The same as a fraction of the portfolio; in force where no amount is set.
    minimum_order_margin_portfolio_percentage : float
        Orders that need a smaller fraction of the portfolio as margin are not sent by `set_holdings`.
    liquidate_enabled : bool
    stale_price_time_span : timedelta
        A market order that fills at an older price says so.
    seed_initial_prices : bool
        Whether new securities begin with their last known price.
    warm_up_resolution : Resolution or None
    trading_days_per_year : int or None
    """

    def __init__(self) -> None:
        self.automatic_indicator_warm_up = False
        self.daily_precise_end_time = True
        self.daily_consolidation_use_extended_market_hours = False
        self.free_portfolio_value: float | None = None
        self.free_portfolio_value_percentage: float = 0.0025
        self.minimum_order_margin_portfolio_percentage: float = 0.001
        self.liquidate_enabled = True
        self.stale_price_time_span = timedelta(hours=1)
        self.seed_initial_prices = False
        self.warm_up_resolution: Any = None
        self.trading_days_per_year: int | None = None
        self.max_absolute_portfolio_target_percentage = 1e9
        self.min_absolute_portfolio_target_percentage = 1e-10
        self.rebalance_portfolio_on_security_changes: bool | None = None
        self.rebalance_portfolio_on_insight_changes: bool | None = None
        self.data_subscription_limit = 2**31 - 1
        self.ignore_unknown_asset_holdings = True
        self.performance_sample_period: Any = None

    @property
    def warmup_resolution(self) -> Any:
        """The same as ``warm_up_resolution``."""
        return self.warm_up_resolution

    @warmup_resolution.setter
    def warmup_resolution(self, value: Any) -> None:
        self.warm_up_resolution = value

    @property
    def daily_strict_end_time_enabled(self) -> bool:
        """An older name of ``daily_precise_end_time``."""
        return self.daily_precise_end_time

    @daily_strict_end_time_enabled.setter
    def daily_strict_end_time_enabled(self, value: bool) -> None:
        self.daily_precise_end_time = value
