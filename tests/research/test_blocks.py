"""Studies go through their sessions block by block: results are the same to the last bit, however long the blocks are."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import FrameShortableProvider
from shortable.borrow import InteractiveBrokersBorrowFee, LeanBorrowFee
from shortable.market import Market
from shortable.provider import base
from shortable.research import borrow_frames, constrain
from shortable.research.columns import Columns
from shortable.research.grid import Grid, carried_forward
from shortable.symbol import Symbol

TABLES = (
    "positions",
    "refusals",
    "borrow_costs",
    "borrow_cost_by_time",
    "utilization",
    "checks_without_data",
)
NAMES = ["AAA", "BBB", "CCC", "DDD"]
MODULE = sys.modules[constrain.__module__]


def grid(labels: Any) -> Grid:
    names = [Symbol.create(name) for name in NAMES]
    index = pd.DatetimeIndex(labels)
    return Grid(
        names, pd.Index(NAMES), index, index.to_numpy().astype("datetime64[us]"), Market.USA
    )


@given(rows=st.lists(st.integers(1, 6), min_size=1, max_size=12), cells=st.integers(1, 60))
def test_blocks_are_whole_sessions_and_cover_all_rows_once(rows: list[int], cells: int) -> None:
    days = pd.bdate_range("2024-01-02", periods=len(rows))
    labels = [
        d + pd.Timedelta(hours=10 + h) for d, n in zip(days, rows, strict=True) for h in range(n)
    ]
    ends = set(np.cumsum(rows).tolist())
    blocks = list(grid(labels).blocks(cells))
    assert [start for start, _ in blocks] == [0, *(stop for _, stop in blocks[:-1])]
    assert blocks[-1][1] == len(labels)
    assert {stop for _, stop in blocks} <= ends
    # A block is larger than asked only where its first session alone is.
    for start, stop in blocks:
        first = min(end for end in ends if end > start)
        assert (stop - start) * len(NAMES) <= cells or stop == first


@pytest.mark.parametrize("seed", range(8))
def test_constrain_is_the_same_to_the_last_bit_in_blocks_of_any_length(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(seed)
    hours = (range(10, 15), range(1))[seed % 2]
    days = pd.bdate_range("2024-01-02", periods=40 // len(hours))
    index = pd.DatetimeIndex([d + pd.Timedelta(hours=h) for d in days for h in hours])
    shape = len(index), len(NAMES)
    targets = rng.integers(-9, 10, shape) * 100.0
    targets[rng.random(shape) < 0.2] = np.nan
    closes = rng.uniform(10, 20, shape)
    closes[rng.random(shape) < 0.3] = np.nan
    lent = FrameShortableProvider(
        pd.DataFrame(rng.choice([0, 50, 150, 9_000, np.nan], (len(days), 4)), days, NAMES),
        fee_rates=pd.DataFrame(rng.choice([0.0025, 0.3, np.nan], (len(days), 4)), days, NAMES),
        kind="daily_flow" if seed % 4 == 2 else "pool",
    )
    splits = pd.DataFrame(
        {
            "symbol": ["AAA", "CCC", "CCC"],
            "ex_date": days[[3, 4, 6]],
            "ratio": ["2:1", "1:3", "3:2"],
        }
    )

    def run() -> Any:
        return constrain(
            pd.DataFrame(targets, index, NAMES),
            lent,
            pd.DataFrame(closes[:, ::-1], index, NAMES[::-1]),  # in another order
            on_exceed=("reject", "clip", "warn")[seed % 3],
            on_shortfall="buy_in" if seed in (3, 5) else "keep",
            own_use="excluded" if seed in (1, 4) else "included",
            borrow_fee=(None, LeanBorrowFee(), InteractiveBrokersBorrowFee())[seed % 3],
            actions=splits,
        )

    whole = run()
    assert len(whole.refusals) > 10
    assert len(whole.borrow_costs) > 2
    for cells in (1, 4 * 3, 4 * 11):
        monkeypatch.setattr(MODULE, "_CELLS", cells)
        found = run()
        for name in TABLES:
            pd.testing.assert_frame_equal(
                getattr(found, name), getattr(whole, name), check_exact=True
            )
        assert (found.checks, found.total_borrow_cost, found.nights_without_rate) == (
            whole.checks,
            whole.total_borrow_cost,
            whole.nights_without_rate,
        )


def test_neither_inputs_nor_results_are_tied_to_one_another() -> None:
    days = pd.bdate_range("2024-01-02", periods=3)
    wanted = pd.DataFrame(np.full((3, 4), -100.0), days, NAMES)
    closes = pd.DataFrame(np.full((3, 4), 10.0), days, NAMES)
    lent = FrameShortableProvider(pd.DataFrame(100, days, NAMES))
    found = constrain(wanted, lent, closes)
    found.positions.iloc[0, 0] = 7
    costs = found.borrow_cost_by_time
    costs.iloc[0, 0] = 7.0
    assert (wanted == -100.0).all(axis=None)
    assert (closes == 10.0).all(axis=None)
    assert found.borrow_cost_by_time.iloc[0, 0] == 0.0


def test_columns_hold_what_they_were_given_however_large() -> None:
    found = Columns(shares=np.int64, cost=np.float64)
    assert (len(found), found["shares"].tolist(), found["shares"].dtype) == (0, [], np.int64)
    found.add(shares=np.array([1, -2]), cost=np.array([0.5, np.nan]))
    found.add(shares=np.array([], dtype=np.int64), cost=np.array([]))
    found.add(shares=np.array([2**40, -(2**40)]), cost=np.array([1.5, 2.5]))
    assert found["shares"].tolist() == [1, -2, 2**40, -(2**40)]
    assert found["shares"].dtype == np.int64
    np.testing.assert_array_equal(found["cost"], [0.5, np.nan, 1.5, 2.5])


@given(st.lists(st.lists(st.floats() | st.integers(-70_000, 70_000).map(float), min_size=1)))
def test_columns_give_back_every_bit(blocks: list[list[float]]) -> None:
    found = Columns(value=np.float64)
    for block in blocks:
        found.add(value=np.array(block))
    given_ = np.array([value for block in blocks for value in block], dtype=np.float64)
    assert found["value"].tobytes() == given_.tobytes()


def test_a_block_begins_with_the_last_price_of_the_one_before() -> None:
    nan = np.nan
    prices = np.array([[1.0, nan], [nan, nan], [nan, 2.0], [nan, nan]])
    first = carried_forward(prices[:2])
    rest = carried_forward(prices[2:], first[-1])
    np.testing.assert_array_equal(np.vstack([first, rest]), carried_forward(prices))
    np.testing.assert_array_equal(rest, [[1.0, 2.0], [1.0, 2.0]])


def test_frames_and_panels_are_the_same_in_blocks_of_any_length(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(3)
    days = pd.bdate_range("2024-01-02", periods=9)
    closes = pd.DataFrame(rng.uniform(10, 20, (9, 4)), days, NAMES).mask(rng.random((9, 4)) < 0.3)
    rates = pd.DataFrame(rng.choice([0.25, np.nan], (9, 4)), days, NAMES)
    lent = pd.DataFrame(rng.choice([0, 50, np.nan], (9, 4)), days, NAMES)
    # Carried over the split: 12.00 a share before it, 6.00 from it on.
    closes.loc[days[3:6], "AAA"] = [12.0, np.nan, np.nan]
    lent["AAA"] = 50
    provider = FrameShortableProvider(lent, fee_rates=rates)
    splits = pd.DataFrame({"symbol": ["AAA"], "ex_date": days[[4]], "ratio": ["2:1"]})

    def run() -> tuple[Any, ...]:
        frames = borrow_frames(provider, closes, 1_000.0, actions=splits)
        panel = provider.panel([*NAMES, "BBB"], days[1], days[8])
        return frames.min_weights, frames.short_fees, panel, frames.unknown_fees

    whole = run()
    # 50 × 12 / 1,000; the day after the ex-date, of the ex-date's own list, 50 × 6 / 1,000.
    assert whole[0]["AAA"].iloc[[3, 5]].tolist() == [-0.6, -0.3]
    assert whole[2].shape == (8, 5)
    for cells in (1, 4 * 3):
        monkeypatch.setattr(sys.modules[borrow_frames.__module__], "_CELLS", cells)
        monkeypatch.setattr(base, "_CELLS", cells)
        *tables, unknown = run()
        for found, expected in zip(tables, whole[:3], strict=True):
            pd.testing.assert_frame_equal(found, expected, check_exact=True)
        assert unknown == whole[3] > 0
