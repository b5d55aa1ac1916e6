"""Backtests to draw: with nothing in them, with one symbol, and with as many as one likes. Their numbers are made here."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from shortable import FrameShortableProvider, NullShortableProvider, Symbol
from shortable.borrow import NullBorrowFee
from shortable.engine import Algorithm, Backtest, MarketData, Result
from shortable.short_interest import ShortPositions, USShortPosition

SESSIONS = 60
DAYS = pd.bdate_range("2024-01-02", periods=SESSIONS)


def names(n: int) -> list[str]:
    return [f"S{i:03d}" for i in range(n)]


def lending(n: int) -> FrameShortableProvider:
    """Shares that shrink and grow, a fee that follows; nothing is known of some symbols for three weeks."""
    chance = np.random.default_rng(7)
    shares = np.round(1_000 * np.exp(np.cumsum(chance.normal(0, 0.25, (SESSIONS, n)), axis=0)))
    fees = 0.0025 + 0.4 / (1 + shares / 200)
    table = pd.DataFrame(shares, index=DAYS, columns=names(n))
    table.iloc[20:40, ::3] = np.nan
    return FrameShortableProvider(table, pd.DataFrame(fees, index=DAYS, columns=names(n)))


def prices(n: int) -> MarketData:
    chance = np.random.default_rng(11)
    frames = {}
    for name in names(n):
        close = 20 * np.exp(np.cumsum(chance.normal(0, 0.03, SESSIONS)))
        frames[name] = pd.DataFrame(
            dict.fromkeys(("open", "high", "low", "close"), close), index=DAYS
        )
    return MarketData.from_frames(frames)


class Shorts(Algorithm):
    """Shorts 400 more of each symbol every fifth session, and buys all back every twentieth."""

    def initialize(self) -> None:
        self.set_cash(10_000_000)
        for name in self._run_state.data.symbols("daily"):
            self.add_equity(name)
        self.rows = 0

    def on_data(self, slice: Any) -> None:
        self.rows += 1
        if self.rows % 20 == 0:
            self.liquidate()
        elif self.rows % 5 == 1:
            for symbol in self.securities:
                self.market_order(symbol, -400)


class Idle(Shorts):
    def on_data(self, slice: Any) -> None: ...


@cache
def run(n: int, *, limited: bool = True) -> Result:
    """The backtest of `n` symbols; of 0, one that does nothing."""
    provider = lending(max(n, 1)) if limited else NullShortableProvider()
    fee = {} if limited else {"borrow_fee": NullBorrowFee()}
    return Backtest(Shorts if n else Idle, prices(max(n, 1)), provider=provider, **fee).run()


def interest(n: int) -> ShortPositions:
    """`n` settlement dates of GME, a fortnight apart, 1,000,000 shares short at the first and 10,000 more at each."""
    days = pd.date_range("2023-01-13", periods=n, freq="14D", tz="America/New_York").tz_convert(
        "UTC"
    )
    rows = [
        USShortPosition(day.to_pydatetime(), 1_000_000 + 10_000 * i, 500_000, 2.0 + 0.02 * i)
        for i, day in enumerate(days)
    ]
    return ShortPositions(Symbol.create("GME"), tuple(rows))
