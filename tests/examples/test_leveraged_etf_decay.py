"""The leveraged fund example: by hand, on the sample, and on real availability and real closes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from shortable.clock import published_instant
from shortable.engine import Backtest, MarketData, OrderStatus, Result
from shortable.errors import InvalidInputError
from shortable.examples.leveraged_etf_decay import FUNDS, LeveragedEtfDecay, data
from shortable.store import append, make_snapshot

# Monday to the Tuesday of the week after
DAYS = pd.to_datetime(
    ["2024-01-08", "2024-01-09", "2024-01-10", "2024-01-11", "2024-01-12", "2024-01-16"]
)


def run_by_hand(folder: Path, available: dict[str, int]) -> Result:
    """Both funds stand at 40 dollars all week; the broker lends `available`, at 36 % a year."""
    rows = {
        "symbol": list(available),
        "quantity": list(available.values()),
        "fee_rate": [0.36] * len(available),
    }
    append(
        "interactivebrokers",
        [make_snapshot(published_instant(DAYS[0]), rows, complete=True)],
        data_folder=folder,
    )
    frame = pd.DataFrame({"close": 40.0}, index=DAYS)
    prices = MarketData.from_frames({"TQQQ": frame, "SQQQ": frame})
    parameters = {"pairs": "TQQQ/SQQQ", "data_folder": str(folder)}
    return Backtest(LeveragedEtfDecay, prices, parameters=parameters).run()


def test_a_refused_leg_takes_what_there_is_and_its_twin_follows(tmp_path: Path) -> None:
    result = run_by_hand(tmp_path, {"TQQQ": 50_000, "SQQQ": 1_000})
    # 15 % of 10,000,000 at 40 dollars is 37,500 shares, of which 1,000 of SQQQ are there; TQQQ follows with 1,000.
    first = result.orders[result.orders["time"] == pd.Timestamp("2024-01-08 16:00")]
    assert [(str(o.symbol), o.quantity, o.status) for o in first.itertuples()] == [
        ("SQQQ", -37_500, OrderStatus.INVALID),
        ("SQQQ", -1_000, OrderStatus.FILLED),
        ("TQQQ", -1_000, OrderStatus.FILLED),
    ]
    # The night to Wednesday, the first after Tuesday's fill: 1,000 × 40 × 0.36 × 1 / 360 = 40 dollars a fund.
    assert result.borrow_costs["cost"].iloc[:2].tolist() == pytest.approx([40.0, 40.0])


def test_where_nothing_can_be_borrowed_the_pair_is_left_alone(tmp_path: Path) -> None:
    result = run_by_hand(tmp_path, {"TQQQ": 50_000})
    assert (result.orders["status"] == OrderStatus.INVALID).all()
    assert set(result.orders["symbol"].astype(str)) == {"SQQQ"}
    assert len(result.fills) == 0


def test_ample_availability_needs_no_second_order(tmp_path: Path) -> None:
    result = run_by_hand(tmp_path, {"TQQQ": 50_000, "SQQQ": 50_000})
    assert result.orders["quantity"].tolist()[:2] == [-37_500, -37_500]
    assert len(result.refusals) == 0


def test_funds_are_compounded_from_their_index_by_hand() -> None:
    index = pd.DataFrame({"close": [50.0, 100.0, 110.0, 99.0]}, index=DAYS[:4])
    prices = MarketData.from_frames({"QQQ": index})
    made = data(prices, date(2024, 1, 9))
    # From Tuesday on +10 %, then −10 %. Three times that from 40: ×1.3 = 52, ×0.7 = 36.4; inverse ×0.7 = 28, ×1.3 = 36.4.
    assert made.symbols() == ["SQQQ", "TQQQ"]
    assert made.frame("TQQQ", "daily")["close"].tolist() == pytest.approx([40, 52, 36.4])
    assert made.frame("SQQQ", "daily")["close"].tolist() == pytest.approx([40, 28, 36.4])
    assert made.source == "frames, funds compounded from their indices"
    with pytest.raises(
        InvalidInputError,
        match=r"prices='frames' must hold daily bars of UPRO.* or IWM, QQQ, SOXX, SPY",
    ):
        data(MarketData.from_frames({"IBM": index}))


def test_pairs_that_cannot_be_read_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="pairs='TQQQ' must be bull/bear pairs"):
        Backtest(LeveragedEtfDecay, data(), parameters={"pairs": "TQQQ"}).run()


def test_on_the_sample_shorts_are_refused_and_borrowing_costs() -> None:
    result = Backtest(LeveragedEtfDecay, data()).run()
    figures = result.summary()
    assert figures["refused_for_availability"] >= 3
    assert figures["borrow_costs"] > 0
    assert figures["checks_without_data"] == 0
    assert set(result.fills["symbol"].astype(str)) == set(FUNDS)


def test_on_real_availability_and_real_closes(real_data: Path, tmp_path: Path) -> None:
    from shortable.importers import import_source

    (snapshots,) = (real_data / "ibkr").glob("usa_history_*.parquet")
    (closes,) = (real_data / "prices").glob("us_etf_close_*.parquet")
    import_source("ibkr", snapshots, data_folder=tmp_path)
    first, last = date(2026, 3, 23), date(2026, 5, 11)
    prices = data(MarketData.from_parquet(closes), first)
    result = Backtest(
        LeveragedEtfDecay, prices, start=first, end=last, parameters={"data_folder": str(tmp_path)}
    ).run()

    figures = result.summary()
    # The vendor's files: SPXU has 1,000 shares on 23 March and 3,000 on 30 March (the file of 25 March).
    spxu = result.refusals[result.refusals["symbol"] == "SPXU"]
    assert spxu["available"].tolist()[:2] == [1_000, 3_000]
    assert figures["refused_for_availability"] >= 3
    assert figures["borrow_costs"] > 1_000
    # The file of 27 April speaks for seven days, until 4 May 10:08 in New York; the next one is of 11 May.
    unknown = result.checks_without_data
    assert len(unknown) >= 1
    assert unknown["time"].between("2026-05-04 10:08:05", "2026-05-11 00:23:09").all()
    assert figures["checks_without_data"] == len(unknown)
    assert f"{figures['borrow_costs']:,.2f}" in str(figures)
    # On the real closes: the funds' days are three times the index's.
    qqq = (
        MarketData.from_parquet(closes)
        .frame("QQQ", "daily")["close"]
        .loc["2026-03-23":"2026-05-11"]
    )
    tqqq = prices.frame("TQQQ", "daily")["close"].loc["2026-03-23":"2026-05-11"]
    np.testing.assert_allclose(
        tqqq.pct_change().dropna(), 3 * qqq.pct_change().dropna(), atol=1e-12
    )
