"""The days-to-cover example: by hand, and on the sample."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from shortable.engine import Backtest, MarketData, OrderStatus, Result
from shortable.errors import InvalidInputError
from shortable.examples.days_to_cover import DaysToCover
from shortable.importers import import_source

HEAD = "symbolCode|currentShortPositionQuantity|averageDailyVolumeQuantity|daysToCoverQuantity|settlementDate\n"
DAYS = pd.bdate_range("2021-01-27", "2021-02-12")


def run(folder: Path, **parameters: object) -> Result:
    """GME and TSLA stand at 100 dollars; GME has 4 days to cover, then 8, TSLA 1 day of a thin volume."""
    for day, gme in (("2021-01-15", 4), ("2021-01-29", 8)):
        rows = f"GME|{gme}000000|1000000|{gme}.00|{day}\nTSLA|9000|9000|1.00|{day}\n"
        import_source("finra", (HEAD + rows).encode(), data_folder=folder)
    frame = pd.DataFrame({"close": 100.0}, index=DAYS)
    prices = MarketData.from_frames({"GME": frame, "TSLA": frame})
    return Backtest(DaysToCover, prices, parameters={"data_folder": str(folder)} | parameters).run()


def test_sized_by_hand(tmp_path: Path) -> None:
    result = run(tmp_path)
    orders = [(o.time, str(o.symbol), o.quantity, o.status) for o in result.orders.itertuples()]
    first, second = datetime(2021, 1, 29, 16), datetime(2021, 2, 11, 16)
    # 10 % of 10,000,000 at 100 dollars are 10,000 shares; GME at 4 days gets 2 / 4 of them. 5 % of 1,000,000 × (1 − 3/9)
    # = 33,333 can be borrowed. TSLA gets all 10,000, of which 5 % of 9,000 = 450 are there.
    assert orders[:3] == [
        (first, "GME", -5_000, OrderStatus.FILLED),
        (first, "TSLA", -10_000, OrderStatus.INVALID),
        (first, "TSLA", -450, OrderStatus.FILLED),
    ]
    # At 8 days GME gets a quarter, less what fees and commissions have taken off the equity: half is bought back.
    assert [(o[0], o[1], o[3]) for o in orders[3:]] == [
        (second, "GME", OrderStatus.FILLED),
        (second, "TSLA", OrderStatus.INVALID),
    ]
    assert orders[3][2] == pytest.approx(2_500, abs=10)


def test_nothing_is_done_before_the_figures_are_public(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert result.orders["time"].min() == datetime(2021, 1, 29, 16)
    assert result.summary()["checks_without_data"] == 0
    # Between two publications nothing is traded either.
    assert set(result.orders["time"].dt.date) == {date(2021, 1, 29), date(2021, 2, 11)}


def test_parameters(tmp_path: Path) -> None:
    one = run(tmp_path, symbols="TSLA", share=0.0004, calm=1.0)
    # 0.04 % of 10,000,000 at 100 dollars are 40 shares; the second time, less a commission, 39.99, and so 39.
    assert one.orders["quantity"].tolist() == [-40, 1]
    with pytest.raises(InvalidInputError, match=r"calm=0\.0 must be a number of days above 0"):
        run(tmp_path, calm=0)
    with pytest.raises(InvalidInputError):
        run(tmp_path, symbols="TSLA NOPE")


def test_on_the_sample_the_crowded_are_refused_and_dear() -> None:
    result = Backtest(DaysToCover, MarketData.sample()).run()
    assert {str(s) for s in result.refusals["symbol"]} <= {"BYND", "GME", "AMC", "IBM"}
    assert "BYND" in {str(s) for s in result.refusals["symbol"]}
    fees = result.borrow_costs.groupby("symbol")["cost"].sum()
    assert fees["BYND"] > fees["TSLA"]
    assert result.summary()["availability"] == "made-up sample data: DaysToCoverProvider()"
