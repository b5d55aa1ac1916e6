"""A trade list judged in rounds and judged one trade at a time: same verdicts, refusals, costs and ledger, to the last bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from shortable import FrameShortableProvider
from shortable.research import Audit, Trades, audit
from shortable.research.judge import rounds
from tests.research.random_lists import DAYS, NAMES, TABLES, random_actions, random_list


def audited(at_least: int, *args: Any, **settings: Any) -> Audit:
    """Return an audit in which rounds of so many companies or more are judged as one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rounds, "_AT_LEAST", at_least)
        return audit(*args, **settings)


@pytest.mark.parametrize("seed", range(24))
def test_both_roads_come_to_the_same(seed):
    rng = np.random.default_rng(seed)
    kind = ("pool", "daily_flow")[seed % 2]
    done = random_list(rng, fractions=seed % 3 == 0)
    available = pd.DataFrame(rng.choice([np.nan, 0, 100, 250, 400], (9, 3)), DAYS, NAMES)
    fees = pd.DataFrame(0.36, DAYS, NAMES)
    provider = FrameShortableProvider(available, fee_rates=fees, kind=kind, missing="unrestricted")
    settings = {
        "actions": random_actions(rng) if seed % 4 < 2 else None,
        "on_exceed": ("reject", "clip")[seed // 2 % 2],
        "own_use": ("included", "excluded")[seed // 4 % 2],
        "opening": {"GME": -120.0, "SPY": 60.5 if seed % 5 == 0 else 60.0},
        "cash": 2_000.0 if seed % 6 == 0 else None,
    }
    singly = audited(1 << 60, done, provider, **settings)
    assert {"borrowed", "no borrow"} <= set(singly.trades["verdict"])
    for at_least in (1, 2):
        together = audited(at_least, done, provider, **settings)
        for table in TABLES:
            pd.testing.assert_frame_equal(
                getattr(together, table), getattr(singly, table), check_exact=True
            )
        assert together.pnl_bounds == singly.pnl_bounds


def test_a_company_with_many_trades_is_finished_one_by_one(monkeypatch):
    """Of 40 companies all sell 10 of 25 twice, and the first alone once more: 25 < 3 × 10."""
    monkeypatch.setattr(rounds, "_AT_LEAST", 40)
    names = [f"A{n}" for n in range(40)]
    done = Trades.of(
        DAYS[[0] * 40 + [1] * 40 + [2]], [*names, *names, "A0"], [-10.0] * 81, [5.0] * 81
    )
    provider = FrameShortableProvider(pd.DataFrame(25, DAYS, names))
    found = audit(done, provider).trades
    assert found["verdict"].tolist() == ["borrowed"] * 80 + ["not borrowable"]
    assert found["held"].tolist() == [0.0] * 40 + [-10.0] * 40 + [-20.0]


def test_more_shares_than_an_integer_counts_are_left_to_the_plain_loop():
    done = Trades.of(DAYS[:2], ["GME", "GME"], [2.0**64, -(2.0**64)], [1.0, 1.0])
    provider = FrameShortableProvider(pd.DataFrame({"GME": 0}, DAYS))
    found = audited(1, done, provider).trades
    assert found["held"].tolist() == [0.0, 2.0**64]
    assert found["verdict"].tolist() == ["no borrow", "no borrow"]
