"""Every convention on one story, worked out by hand: a weekend, a holiday, a fee that changes, a partial cover, a flip in a day."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from shortable import FrameShortableProvider
from shortable.borrow import (
    BrazilianLoanFee,
    ContractFee,
    Convention,
    FeeAndInterest,
    FeeOnMarketValue,
    InteractiveBrokersBorrowFee,
    InteractiveBrokersSettledFee,
    LeanBorrowFee,
    LendingPremium,
    NullBorrowFee,
    RebateAgainstBenchmark,
    RebateOnMarketValue,
)
from shortable.engine import MarketData
from tests.engine.scenario import play

# Wednesday 20 May 2026 to Friday the 29th; Monday the 25th is Memorial Day. An order fills on the session after.
DAYS = pd.DatetimeIndex([f"2026-05-{day}" for day in (20, 21, 22, 26, 27, 28, 29)])
CLOSES = [24.0, 24.0, 24.51, 24.0, 24.0, 24.0, 24.0]
# Nights, with what is short at the close before them:
# 1: Thursday to Friday, 100 at 24.00, 2,400.00, fee 36 %, rebate 3.6 %
# 2: Friday to Tuesday, 4 days, 100 at 24.51, 2,451.00, the same rates
# 3: Tuesday to Wednesday, 60 at 24.00 after a cover of 40, 1,440.00, fee 72 %, rebate −3.6 %
# 4: Wednesday to Thursday, 60 at 24.00 after a flip to 100 long and back, 1,440.00, the same rates
# On Thursday they are covered.
PREMIUMS = pd.DataFrame({"symbol": "AMC", "date": DAYS[1:5], "premium": [0.05, 0.2, 0.1, 0.0]})
CONTRACTS = pd.DataFrame(
    {
        "symbol": "AMC",
        "date": [DAYS[1], DAYS[4]],
        "fee": [1.5, 2.0],
        "until": [DAYS[4], pd.Timestamp("2026-06-30")],
    }
)


@pytest.mark.parametrize(
    ("model", "nights"),
    [
        # 2,400 × 0.36 / 360; 2,451 × 0.36 × 4 / 360; 1,440 × 0.72 / 360, twice
        (FeeOnMarketValue(), [2.4, 9.804, 2.88, 2.88]),
        # 864 / 365; 3,529.44 / 365; 1,036.80 / 365, twice
        (FeeOnMarketValue(365), [2.367123, 9.669699, 2.840548, 2.840548]),
        # 2,400 × 0.036 / 360 and 2,451 × 0.036 × 4 / 360 received, then 1,440 × 0.036 / 360 paid, twice
        (RebateOnMarketValue(), [-0.24, -0.9804, 0.144, 0.144]),
        # Marks: 24.00 × 1.02 = 24.48, up to 25; 24.51 × 1.02 = 25.0002, just above a whole dollar, up to 26.
        # 2,500 × 0.36 / 360; 2,600 × 0.36 × 4 / 360; 1,500 × 0.72 / 360, twice
        (InteractiveBrokersBorrowFee(), [2.5, 10.4, 3.0, 3.0]),
        # T+1: Thursday's sale settles on Friday, at 2.50. Saturday, Sunday and Monday repeat that; Tuesday is on Friday's mark:
        # 3 × 2.50 + 2.60. Tuesday's cover settles on Wednesday: 1,500 × 0.72 / 360. What is covered on Thursday settles then.
        (InteractiveBrokersSettledFee(), [2.5, 10.1, 3.0, 3.0]),
        # No night is without a rate, so LEAN's clock never stops.
        (LeanBorrowFee(), [2.4, 9.804, 2.88, 2.88]),
        # Less interest of 1.8 %: 2,400 × 0.018 / 360 = 0.12; 2,451 × 0.018 × 4 / 360 = 0.4902; 1,440 × 0.018 / 360 = 0.072
        (FeeAndInterest(0.018), [2.28, 9.3138, 2.808, 2.808]),
        # 5.4 − 1.8 − 36 = −32.4 %: 2,400 × 0.324 / 360; 2,451 × 0.324 × 4 / 360. 3.6 − 72 = −68.4 %: 1,440 × 0.684 / 360
        (RebateAgainstBenchmark(0.054, spread=0.018), [2.16, 8.8236, 2.736, 2.736]),
        # 100 × 0.05; 100 × 0.20 for all four days; 60 × 0.10; on Wednesday there is none
        (LendingPremium(PREMIUMS), [5.0, 20.0, 6.0, 0.0]),
        # 100 × 1.50 until Wednesday, of which a cover gives nothing back; then 60 × 2.00
        (ContractFee(CONTRACTS), [150.0, 0.0, 0.0, 120.0]),
        # Price and rate of Thursday, by sessions: with g = 1.36 ^ (1 / 252), 2,400 × (g − 1); 2,400 × (g² − g);
        # 1,440 × (g³ − g²); 1,440 × (g⁴ − g³) (awk)
        (BrazilianLoanFee(), [2.930213, 2.933791, 1.762424, 1.764575]),
    ],
    ids=lambda one: type(one).__name__ if not isinstance(one, list) else "",
)
def test_s8_a_story_by_every_convention(model: Convention, nights: list[float]) -> None:
    table = told(model).borrow_costs
    assert table["date"].tolist() == DAYS[2:6].tolist()
    assert table["shares"].tolist() == [100, 100, 60, 60]
    assert table["days"].tolist() == [1, 4, 1, 1]
    assert table["cost"].tolist() == pytest.approx(nights, abs=5e-7)


def test_s8_without_a_fee_nothing_is_charged() -> None:
    assert told(NullBorrowFee()).borrow_costs.empty


def told(model: Convention) -> Any:
    """Run the story."""
    known = pd.DatetimeIndex(["2026-05-20", "2026-05-26 12:00"])
    provider = FrameShortableProvider(
        pd.DataFrame({"AMC": [1_000, 1_000]}, known),
        pd.DataFrame({"AMC": [0.36, 0.72]}, known),
        pd.DataFrame({"AMC": [0.036, -0.036]}, known),
    )

    def flip(algorithm: Any) -> None:
        algorithm.market_order("AMC", 160)  # at the open: 60 short become 100 long
        algorithm.market_on_close_order("AMC", -160)

    steps = {
        0: lambda a: a.market_order("AMC", -100),
        2: lambda a: a.market_order("AMC", 40),
        3: flip,
        4: lambda a: a.market_order("AMC", 60),
    }
    data = MarketData.from_frames({"AMC": pd.DataFrame({"close": CLOSES}, DAYS)})
    return play(data, steps, provider=provider, borrow_fee=model)
