"""An audit goes through its sessions block by block: the same to the last bit, however long the blocks are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from shortable import FrameShortableProvider, NullShortableProvider
from shortable.actions import Delisting
from shortable.borrow import InteractiveBrokersSettledFee
from shortable.research import Trades, audit, marks
from tests.research.random_lists import DAYS, NAMES, TABLES, random_actions, random_list


@pytest.mark.parametrize("seed", range(12))
def test_an_audit_is_the_same_in_blocks_of_any_length(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(seed)
    done, table = random_list(rng, fractions=seed % 3 == 0), random_actions(rng)
    closes = pd.DataFrame(rng.uniform(5, 25, (9, 3)), DAYS, NAMES)
    given = closes.mask(rng.random((9, 3)) < 0.3)
    lent = pd.DataFrame(rng.choice([0, 100, 250, 400], (9, 3)), DAYS, NAMES)
    provider = FrameShortableProvider(lent, fee_rates=pd.DataFrame(0.36, DAYS, NAMES))

    def run() -> Any:
        return audit(
            done,
            provider,
            None if seed % 4 == 3 else given[NAMES[::-1]],
            actions=table if seed % 2 else None,
            opening={"GME": -120.0, "SPY": 60.0},
            cash=3_000.0 if seed % 5 == 0 else None,
            borrow_fee=InteractiveBrokersSettledFee() if seed % 4 == 2 else None,
        )

    whole = run()
    for cells in (1, 6, 12):
        monkeypatch.setattr(marks, "_CELLS", cells)
        found = run()
        for name in TABLES:
            pd.testing.assert_frame_equal(
                getattr(found, name), getattr(whole, name), check_exact=True
            )
    assert len(whole.borrow_costs) > 0


def test_what_is_bought_before_its_first_close_is_worth_what_was_paid() -> None:
    """By hand: 10 at 4.00 on Tuesday, first close 7.00 on Thursday: 0, 0, then 10 × 3.00."""
    days = pd.to_datetime(["2024-01-02", "2024-01-03", "2024-01-04"])
    done = Trades.of(days[:1], ["GME"], [10], [4.0])
    closes = pd.DataFrame({"GME": [np.nan, np.nan, 7.0]}, days)
    found = audit(done, NullShortableProvider(), closes)
    assert found.daily["pnl_after"].tolist() == [0.0, 0.0, 30.0]
    assert closes["GME"].isna().tolist() == [True, True, False]


def test_what_was_held_before_at_no_known_price_is_worth_its_first_close() -> None:
    """By hand: 10 long from before; 7.00 is the first close, on Thursday, 9.00 the next: 0, 0, 0, 10 × 2.00."""
    days = pd.to_datetime(["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"])
    done = Trades.of(days[:1], ["SPY"], [1], [400.0])
    closes = pd.DataFrame({"GME": [np.nan, np.nan, 7.0, 9.0], "SPY": 400.0}, days)
    found = audit(done, NullShortableProvider(), closes, opening={"GME": 10})
    assert found.daily["pnl_after"].tolist() == [0.0, 0.0, 0.0, 20.0]


def test_two_companies_that_had_one_ticker_are_marked_at_its_column() -> None:
    """By hand: 10 at 4.00 paid out at 2.50 loses 15.00; 1 of the next SPY at 7.00, close 8.00, and 1 GME at 20.00, close
    21.00, earn 1.00 each. Three companies, two columns."""
    days = pd.to_datetime(["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"])
    done = Trades.of(days[[0, 3, 3]], ["SPY", "SPY", "GME"], [10, 1, 1], [4.0, 7.0, 20.0])
    closes = pd.DataFrame({"GME": 21.0, "SPY": [4.0, 3.0, np.nan, 8.0]}, days)
    gone = [Delisting("SPY", days[1].date(), 2.5)]
    found = audit(done, NullShortableProvider(), closes, actions=gone)
    assert found.daily["pnl_after"].tolist() == [0.0, -10.0, -15.0, -13.0]
