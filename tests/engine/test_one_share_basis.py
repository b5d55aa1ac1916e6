"""S11, S12: the same trades on raw and on split-adjusted prices give the same refusals, fees, commissions and equity."""

from __future__ import annotations

import warnings
from fractions import Fraction
from math import lcm
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import FrameShortableProvider
from shortable.actions import Dividend, Split
from shortable.borrow import FeeOnMarketValue, InteractiveBrokersBorrowFee
from shortable.engine import Algorithm, Backtest, OrderStatus
from shortable.market_data import MarketData

TICKERS = ("AMC", "GME")
DAYS = pd.bdate_range("2024-01-02", periods=8)
RATIOS = [Fraction(2), Fraction(3), Fraction(4), Fraction(3, 2), Fraction(1, 2), Fraction(1, 10)]
# Prices in quarters that do not move so far that a split could hide in them; limits never lie on one.
STEPS = st.sampled_from([-0.5, -0.25, 0.0, 0.25, 0.5])
SPLITS = st.dictionaries(st.sampled_from(RATIOS), st.integers(1, 7), max_size=2).filter(
    lambda s: len(set(s.values())) == len(s)
)
ORDER = st.fixed_dictionaries(
    {
        "day": st.integers(0, 6),
        "ticker": st.sampled_from(TICKERS),
        "kind": st.sampled_from(["market", "market", "limit", "stop"]),
        "units": st.integers(-6, 6).filter(bool),
        "away": st.sampled_from([-0.625, -0.375, -0.125, 0.125, 0.375, 0.625]),
    }
)
LENT = st.lists(st.none() | st.integers(0, 12), min_size=8, max_size=8)


class World:
    """One market twice: what a share of today was on each day says how."""

    def __init__(self, splits: Any, opens: Any, moves: Any, lent: Any, dividends: Any) -> None:
        self.splits = {
            t: [Split(t, DAYS[day], r.numerator, r.denominator) for r, day in splits[t].items()]
            for t in TICKERS
        }
        self.factor = {t: [self._factor(t, day) for day in DAYS] for t in TICKERS}
        self.unit = {t: lcm(*(f.numerator for f in self.factor[t])) for t in TICKERS}
        self.bars = {t: self._bars(opens[t], moves[t]) for t in TICKERS}
        self.lent, self.dividends = lent, dividends

    def _factor(self, ticker: str, day: Any) -> Fraction:
        """Today's shares for one of that day."""
        factor = Fraction(1)
        for split in self.splits[ticker]:
            if split.ex_date > day.date():
                factor *= split.ratio
        return factor

    @staticmethod
    def _bars(opens: Any, moves: Any) -> list[tuple[float, float, float, float]]:
        rows, price = [], 20.0
        for gap, move in zip(opens, moves, strict=True):
            start = price + gap
            price = start + move
            rows.append((start, max(start, price) + 0.25, min(start, price) - 0.25, price))
        return rows

    def data(self, basis: Any) -> MarketData:
        frames = {}
        for t in TICKERS:
            unit = self.factor[t] if basis == "raw" else [Fraction(1)] * len(DAYS)
            rows = [[float(p * f) for p in bar] for bar, f in zip(self.bars[t], unit, strict=True)]
            frames[t] = pd.DataFrame(rows, DAYS, ["open", "high", "low", "close"])
        return MarketData.from_frames(frames, basis=basis)

    def provider(self) -> FrameShortableProvider:
        """In each day's own shares, whatever the prices are on; a day may state nothing."""
        own = pd.DataFrame(
            {
                t: [
                    None if n is None else int(n * self.unit[t] / f)
                    for n, f in zip(self.lent[t], self.factor[t], strict=True)
                ]
                for t in TICKERS
            },
            DAYS,
            dtype="Int64",
        )
        rates = pd.DataFrame({"AMC": 0.36, "GME": 2.0}, DAYS)
        return FrameShortableProvider(own, fee_rates=rates)

    def actions(self) -> list[Any]:
        paid = [
            Dividend(t, DAYS[day], cents / 100 * float(self.factor[t][day]), "raw")
            for t, day, cents in self.dividends
        ]
        return [*self.splits["AMC"], *self.splits["GME"], *paid]


def trader(world: World, orders: list[dict[str, Any]], basis: str) -> type[Algorithm]:
    class Trades(Algorithm):
        def initialize(self) -> None:
            self.row = -1
            for t in TICKERS:
                self.add_equity(t)

        def on_data(self, slice: Any) -> None:
            self.row += 1
            for order in orders:
                if order["day"] == self.row:
                    self.trade(**order)

        def trade(self, day: int, ticker: str, kind: str, units: int, away: float) -> None:
            factor = world.factor[ticker][day] if basis == "raw" else Fraction(1)
            shares = int(units * world.unit[ticker] / factor)
            price = float((world.bars[ticker][day][3] + away) * factor)
            if kind == "market":
                self.market_order(ticker, shares)
            elif kind == "limit":
                self.limit_order(ticker, shares, price)
            else:
                self.stop_market_order(ticker, shares, price)

    return Trades


@given(
    splits=st.fixed_dictionaries(dict.fromkeys(TICKERS, SPLITS)),
    opens=st.fixed_dictionaries({t: st.lists(STEPS, min_size=8, max_size=8) for t in TICKERS}),
    moves=st.fixed_dictionaries({t: st.lists(STEPS, min_size=8, max_size=8) for t in TICKERS}),
    lent=st.fixed_dictionaries(dict.fromkeys(TICKERS, LENT)),
    dividends=st.lists(
        st.tuples(st.sampled_from(TICKERS), st.integers(1, 7), st.integers(1, 50)), max_size=3
    ),
    orders=st.lists(ORDER, max_size=12),
    cash=st.sampled_from([1_000.0, 20_000.0, 1_000_000.0]),
    fee=st.sampled_from([FeeOnMarketValue(), InteractiveBrokersBorrowFee()]),
    recheck=st.sampled_from(["submission", "daily", "fill"]),
    on_exceed=st.sampled_from(["reject", "clip"]),
)
def test_s12_raw_and_split_adjusted_prices_give_the_same(
    splits: Any,
    opens: Any,
    moves: Any,
    lent: Any,
    dividends: Any,
    orders: list[dict[str, Any]],
    cash: float,
    fee: Any,
    recheck: Any,
    on_exceed: Any,
) -> None:
    world = World(splits, opens, moves, lent, dividends)
    results = []
    for basis in ("raw", "split_adjusted"):
        backtest = Backtest(
            trader(world, orders, basis),
            world.data(basis),
            cash=cash,
            provider=world.provider(),
            borrow_fee=fee,
            recheck=recheck,
            on_exceed=on_exceed,
            actions=world.actions(),
        )
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            results.append(backtest.run())
    raw, adjusted = results
    columns = ["order_id", "symbol", "kind", "error_code", "has_data"]
    assert raw.refusals[columns].values.tolist() == adjusted.refusals[columns].values.tolist()
    # A resting order that a split restated says so.
    assert [
        [OrderStatus.SUBMITTED if status.is_open() else status for status in r.orders["status"]]
        for r in results
    ] == [adjusted.orders["status"].tolist()] * 2
    nights = ["date", "symbol", "rate", "days"]
    assert raw.borrow_costs[nights].values.tolist() == adjusted.borrow_costs[nights].values.tolist()
    for table, column in (
        ("borrow_costs", "cost"),
        ("fills", "commission"),
        ("equity", "equity"),
        ("equity", "cash"),
    ):
        assert raw.table(table)[column].to_numpy() == pytest.approx(
            adjusted.table(table)[column].to_numpy(), abs=0.005
        )
    # At the end both count today's shares.
    assert raw.holdings["quantity"].tolist() == adjusted.holdings["quantity"].tolist()
