"""Penny stock top gainers: short what was pumped up, where it can be borrowed, and cover when it falls back.

QuantConnect's documentation, US Equity, "Example 1: Shorting Penny Stock Top Gainers": a universe of penny stocks with
the greatest momentum; an hourly Bollinger band of each; short above the upper band, take profit 10 % below, cover below
the middle. It is an algorithm written for LEAN, and runs there unchanged but for its import, which LEAN writes
``from AlgorithmImports import *``. The lines that the document's Python text lost are those of the C# beside it.

What is not the document's: the dates of the sample data, hour bars for the universe (the sample has no minutes), the
options below, and `_ask_for_all`: to show what availability does, the whole size is asked for first, as a backtest that
knows nothing of it would, and where that is refused the document's own lines take what there is.

Options (``--parameter NAME=VALUE``): ``resolution`` (hour or daily), ``market_cap`` (5e6 dollars at most; inf turns the
filter off), ``price`` (1 dollar at most), ``naive`` (1; 0 leaves the first, refused request out), ``provider``
(interactive_brokers, or made_up: see `MadeUpShortableProvider`).
"""

# LEAN's names come by a star, as LEAN's algorithms have it, and mypy cannot see them.
# mypy: ignore-errors
# ruff: noqa: F403, F405, RUF012
from shortable.lean.AlgorithmImports import *

__all__ = ["MadeUpShortableProvider", "USEquityShortingExampleAlgorithm"]


class MadeUpShortableProvider(NullShortableProvider):
    """Made-up availability, for prices of which none is known: 50,000 shares of everything, on even days 5,000."""

    def shortable_quantity(self, symbol: Symbol, local_time: datetime) -> int:
        """Return a made-up number of shares."""
        return 5_000 if local_time.day % 2 == 0 else 50_000


class USEquityShortingExampleAlgorithm(QCAlgorithm):
    """Shorts penny stocks above their upper Bollinger band."""

    _roc_by_symbol = {}
    _security_by_bb = {}

    def initialize(self) -> None:
        """Set the dates and add the universe."""
        self._roc_by_symbol, self._security_by_bb = {}, {}
        self.set_start_date(2024, 1, 2)
        self.set_end_date(2024, 3, 28)
        self._read_options()
        # Enable automatic indicator warm-up.
        self.settings.automatic_indicator_warm_up = True
        # Add a universe of low-cap penny stocks that have high upward momentum.
        self.universe_settings.resolution = self._resolution
        self.add_universe(self._select_assets)

    def _read_options(self) -> None:
        """Read the parameters; without any the document's numbers stand."""
        self._resolution = (
            Resolution.DAILY
            if self.get_parameter("resolution", "hour") == "daily"
            else Resolution.HOUR
        )
        self._market_cap = self.get_parameter("market_cap", 5e6)
        self._price = self.get_parameter("price", 1.0)
        self._naive = self.get_parameter("naive", 1) != 0
        self._made_up = self.get_parameter("provider", "interactive_brokers") == "made_up"

    def _select_assets(self, fundamentals: List[Fundamental]) -> List[Symbol]:
        """Return the 20 penny stocks with the greatest momentum."""
        # Select all the penny stocks that have a momentum score.
        penny_stocks = []
        for f in fundamentals:
            # Create a RateOfChange indicator for each asset.
            if f.symbol not in self._roc_by_symbol:
                self._roc_by_symbol[f.symbol] = RateOfChange(1)
            # Update the indicator and ensure it's ready.
            if not self._roc_by_symbol[f.symbol].update(f.end_time, f.price):
                continue
            # Filter out assets above $5M market cap or $1 share price.
            if f.market_cap > self._market_cap or f.price > self._price:
                continue
            penny_stocks.append(f.symbol)

        # Select the 20 penny stocks with the greatest momentum.
        return sorted(penny_stocks, key=lambda symbol: self._roc_by_symbol[symbol].current.value)[
            -20:
        ]

    def on_securities_changed(self, changes: SecurityChanges) -> None:
        """Follow the assets that enter with a Bollinger band, and let go of those that leave."""
        # Iterate through the assets that entered the universe.
        for security in changes.added_securities:
            # Set the shortable provider of the asset to ensure realistic short availability.
            security.set_shortable_provider(
                MadeUpShortableProvider()
                if self._made_up
                else InteractiveBrokersShortableProvider()
            )
            # Create a BollingerBand indicator for this asset.
            security.bbands = self.bb(security.symbol, 20, 2, resolution=self._resolution)
            self._security_by_bb[security.bbands] = security
            # Attach an event handler to the indicator to track its updates.
            security.bbands.updated += self.on_bb_updated

        # Liquidate and remove the indicator updates for assets that leave the universe.
        for security in changes.removed_securities:
            self.liquidate(security.symbol)
            self._security_by_bb.pop(security.bbands, None)
            self.deregister_indicator(security.bbands)

    def on_bb_updated(self, bb: object, _: IndicatorDataPoint) -> None:
        """Enter and leave positions."""
        # When the indicator updates, ensure it's ready.
        if not bb.is_ready:
            return
        security = self._security_by_bb[bb]
        # Short the asset if the price is above the upper band.
        if not security.holdings.invested and security.price > bb.upper_band.current.value:
            # Get the number of shares available for shorting.
            shortable_quantity = security.shortable_provider.shortable_quantity(
                security.symbol, self.time
            )
            if not shortable_quantity:
                return
            if self._naive and self._ask_for_all(security):
                return
            # Calculate the target quantity.
            quantity = max(
                self.calculate_order_quantity(security.symbol, -0.1), -shortable_quantity
            )
            if quantity:
                # Short the asset.
                self.market_order(security.symbol, quantity)
                # Place a take-profit order 10% below the current price.
                self.limit_order(security.symbol, -quantity, 0.9 * security.bid_price)
        # If the limit order isn't hit before the price drops below the middle band,
        # exit the position and cancel the limit order.
        elif security.holdings.invested and security.price < bb.middle_band.current.value:
            self.liquidate(security.symbol)

    def _ask_for_all(self, security: Security) -> bool:
        """Ask for the whole size, whatever can be borrowed; return whether it was accepted."""
        quantity = self.calculate_order_quantity(security.symbol, -0.1)
        if (
            not quantity
            or self.market_order(security.symbol, quantity).status == OrderStatus.INVALID
        ):
            return False
        self.limit_order(security.symbol, -quantity, 0.9 * security.bid_price)
        return True

    def on_end_of_algorithm(self) -> None:
        """Say so where availability was made up: the summary shows the last line of the log."""
        if self._made_up:
            self.log("availability is made up: 50,000 shares of everything, on even days 5,000")
