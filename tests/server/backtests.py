"""Backtests whose positions the tests know: finished and saved, or held in the middle of a session."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shortable import CustomShortableProvider
from shortable.engine import Algorithm, Backtest, MarketData
from shortable.positions import Publisher

from .conftest import prices


class Pair(Algorithm):
    """Buys 100 AAPL and shorts 50 SPY on the first day: filled at the second day's opens, 180 and 470."""

    def initialize(self) -> None:
        for ticker in ("AAPL", "SPY"):
            self.add_equity(ticker).set_shortable_provider(CustomShortableProvider({ticker: 1_000}))

    def on_data(self, slice) -> None:
        if self.time.day == 2:
            self.market_order("AAPL", 100)
            self.market_order("SPY", -50)


def backtest(algorithm: type[Algorithm] = Pair, **more) -> Backtest:
    return Backtest(
        algorithm, MarketData.from_frames(prices()), start="2024-01-02", end="2024-01-04", **more
    )


def finished(folder: Path) -> Path:
    """Save a finished backtest: AAPL 100 at 185.5, SPY −50 at 474."""
    return backtest().run().to_parquet(folder)


@contextmanager
def running(folder: Path) -> Iterator[None]:
    """Hold a backtest in its third session; the book of the second is published: AAPL 100 at 185, SPY −50 at 472."""
    reached, go_on = threading.Event(), threading.Event()

    class Held(Pair):
        def on_data(self, slice) -> None:
            super().on_data(slice)
            if self.time.day == 4:
                reached.set()
                assert go_on.wait(30)

    ends = []
    thread = threading.Thread(
        target=lambda: ends.append(backtest(Held, watch=Publisher(folder, every=0)).run())
    )
    thread.start()
    try:
        assert reached.wait(30)
        yield
    finally:
        go_on.set()
        thread.join(30)
    assert ends
