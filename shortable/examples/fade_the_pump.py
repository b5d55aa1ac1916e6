"""Fade the pump: short the penny stocks that have just doubled, and cover when they have fallen back.

It is the strategy that looks best in a backtest that shorts freely: what is pumped up falls. It is also the one whose
shares nobody lends on that day. Run it with ``--compare`` to see what is left of it.
"""

from __future__ import annotations

from collections import deque

from shortable.engine import Algorithm, Resolution, Security, Slice
from shortable.providers import LocalDiskShortableProvider

__all__ = ["STOCKS", "FadeThePump"]

STOCKS = "AQVR BLXN CRZQ DVLN EKTO FYRQ GLMZ HVXT JNPK KRVN LQDR NVQT PQLM RVKX SQNT ZQPL"
"""The sample's penny stocks, whose tickers are invented."""


class FadeThePump(Algorithm):
    """Shorts each stock that has risen by `jump` within seven hourly bars, and covers after `hold` bars.

    Parameters (`Backtest`'s ``parameters``)
    ----------------------------------------
    symbols : str
        Tickers, separated by spaces; default `STOCKS`.
    jump : float
        Rise over seven bars, about one session, as a fraction; default 0.5.
    hold : int
        Bars after which a short is covered; default 28, four sessions.
    share : float
        Of the equity, for each short; default 0.05.
    data_folder : str
        Of the broker ``interactivebrokers``; default as in `LocalDiskShortableProvider`.
    """

    def initialize(self) -> None:
        """Subscribe to the stocks, with what Interactive Brokers had to lend."""
        self.set_cash(1_000_000)
        self.jump, self.hold = self.get_parameter("jump", 0.5), self.get_parameter("hold", 28)
        self.share = self.get_parameter("share", 0.05)
        provider = LocalDiskShortableProvider(
            "interactivebrokers", self.get_parameter("data_folder")
        )
        self.closes: dict[Security, deque[float]] = {}
        self.until: dict[Security, int] = {}
        self.bars = 0
        for ticker in self.get_parameter("symbols", STOCKS).split():
            stock = self.add_equity(ticker, Resolution.HOUR)
            stock.set_shortable_provider(provider)
            self.closes[stock] = deque(maxlen=8)

    def on_data(self, slice: Slice) -> None:
        """Cover what is due, then short what has jumped."""
        self.bars += 1
        for stock, closes in self.closes.items():
            if stock.symbol not in slice:
                continue
            closes.append(stock.price)
            if stock.holdings.quantity < 0:
                if self.bars >= self.until[stock]:
                    self.liquidate(stock.symbol)
            elif len(closes) == closes.maxlen and closes[-1] >= (1 + self.jump) * closes[0]:
                dollars = self.share * self.portfolio.total_portfolio_value
                self.market_order(stock.symbol, -int(dollars / stock.price))
                self.until[stock] = self.bars + self.hold
