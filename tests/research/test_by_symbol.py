"""A study of some symbols after another, in this process or others, put together: the study of all, to the last bit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pytest

from shortable import FrameShortableProvider
from shortable.research import Trades, audit, borrow_frames, constrain, short_bounds

NAMES = [f"A{n}" for n in range(6)]
PARTS = (NAMES[:1], NAMES[1:4], NAMES[4:])
DAYS = pd.bdate_range("2024-01-02", periods=20)


class Market:
    """Random prices and availability, and studies of some of the symbols."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        shape = len(DAYS), len(NAMES)
        self.closes = self.table(self.rng.uniform(10, 20, shape).round(2))
        self.lent = self.table(self.rng.choice([0.0, 150, 900, np.nan], shape))
        self.fees = self.table(self.rng.choice([0.0025, 0.0025, 0.3, np.nan], shape))
        self.targets = self.table(self.rng.integers(-9, 10, shape) * 100.0)
        self.splits = pd.DataFrame(
            {"symbol": ["A0", "A3"], "ex_date": DAYS[[5, 9]], "ratio": ["2:1", "1:3"]}
        )
        self.kind: Any = ("pool", "daily_flow")[seed % 2]

    @staticmethod
    def table(values: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame(values, DAYS, NAMES)

    def provider(self, names: list[str], kind: Any = "pool") -> FrameShortableProvider:
        return FrameShortableProvider(self.lent[names], fee_rates=self.fees[names], kind=kind)

    def held(self, names: list[str]) -> Any:
        return constrain(
            self.targets[names],
            self.provider(names, self.kind),
            self.closes[names],
            on_exceed="clip",
            actions=self.splits,
        )


def by_time(parts: list[pd.DataFrame], column: str) -> pd.DataFrame:
    """Rows by time, and within a time by symbol as the parts have them."""
    return pd.concat(parts).sort_values(column, kind="stable", ignore_index=True)


@pytest.mark.parametrize("seed", range(4))
def test_constrain_of_parts_of_the_symbols(seed: int) -> None:
    market = Market(seed)
    whole = market.held(NAMES)
    with ThreadPoolExecutor(2) as executor:
        parts = list(executor.map(market.held, PARTS))
    for name in ("positions", "utilization", "borrow_cost_by_time"):
        together = pd.concat([getattr(part, name) for part in parts], axis=1)
        pd.testing.assert_frame_equal(together, getattr(whole, name), check_exact=True)
    for name, column in (("borrow_costs", "date"), ("refusals", "time")):
        expected = getattr(whole, name)
        assert len(expected) > 10
        together = by_time([getattr(part, name) for part in parts], column)
        pd.testing.assert_frame_equal(together, expected, check_exact=True, check_dtype=False)


def test_bounds_frames_and_panels_of_parts_of_the_symbols() -> None:
    market = Market(7)
    nav, last = 1e5, DAYS[12]

    def study(names: list[str]) -> list[pd.DataFrame]:
        provider, closes = market.provider(names), market.closes[names]
        frames = borrow_frames(provider, closes, nav, actions=market.splits)
        bounds = short_bounds(provider, last, names, nav, closes.loc[last]).to_frame()
        panel = provider.panel(names, DAYS[0], last)
        return [frames.min_weights, frames.short_fees, bounds.T.sort_index(), panel]

    whole = study(NAMES)
    for expected, *parts in zip(whole, *map(study, PARTS), strict=True):
        # A panel has a row wherever an answer about its own symbols may change.
        together = pd.concat(parts, axis=1, sort=True).ffill()
        pd.testing.assert_frame_equal(
            together[expected.columns],
            expected,
            check_exact=True,
            check_column_type=False,
            check_freq=False,
        )


def test_audits_of_parts_of_the_symbols() -> None:
    """Of a list with prices: without them, a list's own first and last trade say which sessions there are."""
    market = Market(3)
    rows, columns = np.sort(market.rng.integers(0, 19, 120)), market.rng.integers(0, 6, 120)
    quantity = market.rng.choice([-300.0, -100.0, 100.0, 200.0], 120)
    paid = market.closes.to_numpy()[rows, columns]

    def study(names: list[str]) -> Any:
        chosen = np.isin(columns, [NAMES.index(name) for name in names])
        named = [NAMES[column] for column in columns[chosen]]
        done = Trades.of(DAYS[rows[chosen]], named, quantity[chosen], paid[chosen], 0.5)
        found = audit(done, market.provider(names), market.closes[names], actions=market.splits)
        return found.trades.set_index(np.flatnonzero(chosen)), found.borrow_costs

    trades, costs = study(NAMES)
    parts = list(map(study, PARTS))
    assert {"borrowed", "not borrowable", "not needed"} <= set(trades["verdict"])
    together = pd.concat([part for part, _ in parts]).sort_index()
    pd.testing.assert_frame_equal(together, trades, check_exact=True)
    # An audit has its companies in the order of their first trades.
    keys = ["date", "symbol"]
    charged = pd.concat([part for _, part in parts]).sort_values(keys, ignore_index=True)
    expected = costs.sort_values(keys, ignore_index=True)
    assert len(expected) > 30
    pd.testing.assert_frame_equal(charged, expected, check_exact=True)
