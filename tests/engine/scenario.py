"""A backtest in a few lines: bars as tuples, and what to do at which bar."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from shortable import Symbol
from shortable.engine import Algorithm, Backtest, MarketData, NullFeeModel, Resolution, Result

FIRST = "2024-01-02"  # a Tuesday


class Shares:
    """A provider of fixed numbers; `quantity` may be changed while the backtest runs."""

    def __init__(
        self, quantity: Any = None, fee_rate: float | None = None, known: bool = True
    ) -> None:
        self.quantity, self.rate, self.known = quantity, fee_rate, known
        self.asked: list[tuple[Symbol, datetime]] = []
        self.rates_asked: list[tuple[Symbol, datetime]] = []

    def shortable_quantity(self, symbol: Symbol, local_time: datetime) -> int | None:
        self.asked.append((symbol, local_time))
        found = self.quantity(symbol, local_time) if callable(self.quantity) else self.quantity
        return found.get(symbol, 0) if isinstance(found, dict) else found

    def all_shortable_symbols(self, local_time: datetime) -> dict[Symbol, int]:
        return {}

    def fee_rate(self, symbol: Symbol, local_time: datetime) -> float | None:
        self.rates_asked.append((symbol, local_time))
        return self.rate

    def has_quantity(self, symbol: Symbol, local_time: datetime) -> bool:
        return self.known


Bar = Sequence[float] | float | None


def bars(
    rows: Mapping[str, Sequence[Bar]],
    *,
    start: str = FIRST,
    hourly: bool = False,
    minutes: int = 0,
    **kwargs: Any,
) -> MarketData:
    """Make prices: per ticker one bar a row, as (open, high, low, close), or one price, or None for no bar.

    Bars are daily; or hourly, six a session, known at 11:00 to 16:00; or of a minute, `minutes` a session, known
    at 09:31 and on.
    """
    length = max(len(r) for r in rows.values())
    if hourly or minutes:
        ends = (
            [f"{h}h" for h in range(11, 17)]
            if hourly
            else [f"{571 + n}min" for n in range(minutes)]
        )
        sessions = pd.bdate_range(start, periods=-(-length // len(ends)))
        index = pd.DatetimeIndex([d + pd.Timedelta(end) for d in sessions for end in ends][:length])
    else:
        index = pd.bdate_range(start, periods=length)
    frames = {}
    for ticker, prices in rows.items():
        table = [
            [b] * 4 if isinstance(b, (int, float)) else list(b) for b in prices if b is not None
        ]
        at = [i for i, b in enumerate(prices) if b is not None]
        frames[ticker] = pd.DataFrame(
            table, columns=["open", "high", "low", "close"], index=index[at], dtype=float
        )
    resolution = Resolution.HOUR if hourly else Resolution.MINUTE if minutes else Resolution.DAILY
    return MarketData.from_frames(frames, resolution=resolution, **kwargs)


Step = Callable[[Any], Any]


class Scripted(Algorithm):
    """Does what `steps` say at each row, and keeps what they return in `returned`."""

    def __init__(
        self, steps: Mapping[int, Step], setup: Step | None, fees: bool, resolution: Resolution
    ) -> None:
        self.steps, self.setup, self.fees, self.resolution = dict(steps), setup, fees, resolution
        self.returned: dict[int, Any] = {}
        self.row = -1

    def initialize(self) -> None:
        self.set_cash(1_000_000)
        for symbol in self._run_state.data.symbols(self.resolution):
            security = self.add_equity(symbol, self.resolution)
            if not self.fees:
                security.set_fee_model(NullFeeModel())
        if self.setup is not None:
            self.setup(self)

    def on_data(self, slice: Any) -> None:
        self.row += 1
        if self.row in self.steps:
            self.returned[self.row] = self.steps[self.row](self)


def play(
    data: MarketData,
    steps: Mapping[int, Step],
    *,
    setup: Step | None = None,
    fees: bool = False,
    kind: type[Scripted] = Scripted,
    resolution: Resolution = Resolution.DAILY,
    **backtest: Any,
) -> Result:
    """Run the steps; ``result.algorithm.returned`` holds what they returned, by row."""
    return Backtest(lambda: kind(steps, setup, fees, resolution), data, **backtest).run()


def flat(rows: int, *tickers: str, price: float = 10.0) -> MarketData:
    """Make bars that never move."""
    return bars({ticker: [price] * rows for ticker in tickers or ("SPY",)})
