"""The squeeze: on the sample and on real prices of January 2021, everything that can end a short is in its log."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from shortable.engine import Backtest, MarketData, Result
from shortable.examples import EXAMPLES
from shortable.examples.short_squeeze import MadeUpLender, ShortSqueeze, models
from shortable.symbol import Symbol


def squeezed(prices: MarketData, **parameters: object) -> Result:
    return Backtest(ShortSqueeze, prices, parameters=parameters, **models(prices)).run()


def log_of(result: Result) -> list[str]:
    return [f"{row.time:%m-%d} {row.text}" for row in result.log.itertuples()]


@pytest.fixture(scope="module")
def sample() -> Result:
    return squeezed(MarketData.sample())


def test_the_made_up_lender_collapses_and_says_that_it_is_made_up() -> None:
    lender, gme = MadeUpLender(), Symbol.create("GME")
    closes = [datetime(2021, 1, day, 16) for day in (11, 12, 13, 14)]
    for rise, close in zip((0.2, 0.09, 0.5, -0.3), closes, strict=True):
        lender.see(rise, close)
    answers = [
        (lender.shortable_quantity(gme, at), round(lender.fee_rate(gme, at), 4))
        for at in [datetime(2021, 1, 11, 15, 59), *closes]
    ]
    # 20,000; / 4; x 3 / 2 + 1; / 4; x 3 / 2 + 1. The fee: 2 %; x 3; x 2 / 3; x 3; x 2 / 3. It has seen all of it: each answer is
    # what was known at its time.
    assert answers == [(20_000, 0.02), (5000, 0.06), (7501, 0.04), (1875, 0.12), (2813, 0.08)]


def test_on_the_sample_everything_that_can_end_a_short_does(
    sample: Result,
) -> None:
    log = "\n".join(log_of(sample))
    for words in (
        "Order exceeds maximum shortable",
        "recalled, due in 2",
        "bought in at",
        "rule 201 is in force",
    ):
        assert words in log, words
    assert "made-up" in str(sample.summary()["availability"])
    assert str(sample.status) == "RUINED"
    made = sample.attribution["total"].sum()
    assert made == pytest.approx(sample.summary()["net_profit"])


@pytest.fixture
def january(real_data: Path) -> MarketData:
    raw = pd.read_csv(
        real_data / "prices" / "us_small_cap_daily" / "GME.csv",
        parse_dates=["Date"],
        index_col="Date",
    )
    frame = raw.rename(columns=str.lower)[["open", "high", "low", "close", "volume"]]
    return MarketData.from_frames({"GME": frame}, basis="split_adjusted")


def test_on_january_2021_the_account_ends_below_zero(january: MarketData) -> None:
    result = squeezed(january)
    log = log_of(result)
    # 13 January closes 57 % up; 1,273 are sold at the 14th's open of 38.09 (0.4 x 100,000 / 31.40 = 1,273).
    assert log[0] == "01-14 -1,273 at 38.09; short 1,273"
    assert any("01-19 Short sale of GME refused: rule 201" in line for line in log)
    # 781 recalled on the 20th are bought in on the 22nd at its open of 42.59, 205 on the 27th at 354.83.
    assert "01-22 781 bought in at 42.59, penalty 332.63" in log
    assert "01-27 205 bought in at 354.83, penalty 727.40" in log
    assert str(result.status) == "RUINED"
    assert result.borrows["end"].tolist() == ["ruined"]
    assert result.summary()["end_equity"] < 0
    assert result.attribution["total"].sum() == pytest.approx(result.summary()["net_profit"])


def test_it_is_run_by_name_with_its_models() -> None:
    example = EXAMPLES["short_squeeze"]
    assert set(example.models(MarketData.sample())) == {"recall", "maintenance", "restriction"}
    assert EXAMPLES["fade_the_pump"].models(MarketData.sample()) == {}


def test_on_january_2021_a_larger_pool_meets_a_margin_call_too(january: MarketData) -> None:
    """Short 1,273 at 38.09 and 978 at 38.49, 376 bought in at 42.59: on the 25th 1,875 are short, at 76.79 a share.

    Equity: 100,000 + 48,488.57 + 37,643.22 - 16,013.84 - 160.14 - 143,981.25 = 25,976.56, less fees and commissions. Required:
    30 % of 143,981.25 = 43,194.38. What is missing, about 18,000, is 784 shares of 23.04 each.
    """
    result = squeezed(january, pool=80_000)
    log = log_of(result)
    assert "01-22 376 bought in at 42.59, penalty 160.14" in log
    assert any(line.startswith("01-19 Short sale of GME refused: rule 201") for line in log)
    assert "01-25 margin call: 784 shares are to be covered, equity 25,153.55" in log
    fees = result.borrow_costs.query("date <= '2021-01-25'")["cost"].sum()
    commissions = result.fills.query("time <= '2021-01-25'")["commission"].sum()
    assert 25_976.56 - fees - commissions == pytest.approx(25_153.55, abs=0.01)
    assert str(result.status) == "RUINED"
    assert result.attribution["total"].sum() == pytest.approx(result.summary()["net_profit"])
