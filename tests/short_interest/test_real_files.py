"""The publishers' real files (not shipped): rows read off the files by hand, and every row accounted for."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from pathlib import Path

import pyarrow.compute as pc
import pytest

from shortable import Symbol
from shortable.engine import Backtest, MarketData
from shortable.examples.days_to_cover import DaysToCover
from shortable.importers import ImportReport, import_source
from shortable.market import Market
from shortable.short_interest import HKShortPosition, ShortInterest, USShortPosition
from shortable.short_interest.wire import to_wire
from shortable.store import SHORT_INTEREST

SFC = "Short_Position_Reporting_Aggregated_Data_20221202.csv"


@pytest.fixture(scope="module")
def imported(
    real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, list[ImportReport]]:
    folder = tmp_path_factory.mktemp("real")
    files = [real_data / "finra" / f"shrt{d}.csv" for d in ("20210115", "20210129")]
    return folder, [
        import_source("finra", files, data_folder=folder),
        import_source("sfc", real_data / "sfc" / SFC, data_folder=folder),
    ]


@pytest.fixture(scope="module")
def interest(imported: tuple[Path, list[ImportReport]]) -> ShortInterest:
    return ShortInterest(imported[0])


def test_every_row_is_stored(imported: tuple[Path, list[ImportReport]], real_data: Path) -> None:
    """18,646 and 18,948 rows of FINRA, 981 of the SFC: the files' lines less their headers."""
    finra, sfc = imported[1]
    assert (finra.rows_read, finra.rows_stored, len(finra.rejected)) == (37_594, 37_594, 0)
    assert [(s.local_time, s.rows) for s in finra.snapshots] == [
        (datetime(2021, 1, 29, 9, 30), 18_646),
        (datetime(2021, 2, 11, 9, 30), 18_948),
    ]
    assert (sfc.rows_read, sfc.rows_stored, len(sfc.rejected)) == (981, 981, 0)
    assert [(s.local_time, s.rows) for s in sfc.snapshots] == [(datetime(2022, 12, 9), 981)]


def test_sums_are_those_of_another_tool(imported: tuple[Path, list[ImportReport]]) -> None:
    """awk -F'|' 'NR > 1 {s += $6; p += $7; v += $9; if ($10 != 999.99) d += $10; sp += $8 != ""; r += $11 != ""}'.

    999.99 is the most that FINRA states, and no number of days. The SFC's sums are DuckDB's.
    """
    columns = ("shares_short", "previous", "avg_daily_volume", "days_to_cover", "split", "revised")
    finra = SHORT_INTEREST.open(imported[0], Market.USA, "finra").table()
    sums = {}
    for day in (date(2021, 1, 15), date(2021, 1, 29)):
        rows = finra.filter(pc.equal(finra["settlement_date"], day))
        sums[day] = [round(pc.sum(rows[name]).as_py(), 2) for name in columns]
    assert sums == {
        date(2021, 1, 15): [29_595_189_200, 29_171_809_844, 58_070_216_025, 289_963.57, 20, 14],
        date(2021, 1, 29): [28_386_185_824, 29_497_704_219, 105_656_812_441, 296_957.58, 26, 12],
    }
    sfc = SHORT_INTEREST.open(imported[0], Market.HKEX, "sfc").table()
    found = [pc.sum(sfc["shares_short"]).as_py(), pc.sum(sfc["value"]).as_py()]
    assert found == [41_124_264_490, 419_285_398_225]
    assert pc.max(sfc["shares_short"]).as_py() == 1_242_370_990


def test_importing_again_touches_no_file(
    imported: tuple[Path, list[ImportReport]], real_data: Path
) -> None:
    before = {p: p.read_bytes() for p in imported[0].rglob("*.parquet")}
    assert len(before) == 2
    again = import_source(
        "finra", real_data / "finra" / "shrt20210129.csv", data_folder=imported[0]
    )
    assert (again.rows_stored, again.rows_unchanged) == (0, 18_948)
    assert {p: p.read_bytes() for p in imported[0].rglob("*.parquet")} == before


def test_rows_of_finra(interest: ShortInterest) -> None:
    # 20210115|GME|GameStop Corp. Class A|A|NYSE|61782730|71196206||29385884|2.10||-13.22|-9413476|2021-01-15
    # 20210129|GME|GameStop Corp. Class A|A|NYSE|21409004|61782730||96789540|1.00||-65.35|-40373726|2021-01-29
    first, second = interest.short_positions("GME.US")
    assert isinstance(first, USShortPosition)
    assert (first.current_shares_short, first.avg_daily_share_volume, first.days_to_cover) == (
        61782730,
        29385884,
        2.10,
    )
    assert isinstance(second, USShortPosition)
    assert (second.current_shares_short, second.previous_shares_short, second.days_to_cover) == (
        21409004,
        61782730,
        1.0,
    )
    assert [r.settlement_date for r in (first, second)] == [date(2021, 1, 15), date(2021, 1, 29)]
    # 20210129|TQQQ|ProShares UltraPro QQQ|R|NNM|3860562|1435483|S|26136729|1.00|R|168.94|2425079|2021-01-29
    tqqq = interest.short_positions("TQQQ").rows[-1]
    assert isinstance(tqqq, USShortPosition)
    assert (tqqq.split, tqqq.revised, tqqq.current_shares_short) == (True, True, 3860562)
    # 20210129|AAALF|Aareal Bank AG AKT|S|OTC|173727|15507||0|999.99||1020.31|158220|2021-01-29
    idle = interest.short_positions("AAALF").rows[-1]
    assert isinstance(idle, USShortPosition)
    assert (idle.current_shares_short, idle.avg_daily_share_volume, idle.days_to_cover) == (
        173727,
        0,
        None,
    )


def test_class_shares(interest: ShortInterest) -> None:
    """BRK.B 10,992,891, BF.B 4,394,086, MOG.A 486,082, RDS.A 9,131,304, ABR PRA 448: FINRA writes them without the dot."""
    expected = {
        "BRK.B": 10992891,
        "BRK B": 10992891,
        "BF.B": 4394086,
        "MOG.A": 486082,
        "RDS.A": 9131304,
        "ABR PRA": 448,
    }
    for spelling, shares in expected.items():
        row = interest.at(spelling, datetime(2021, 2, 1))
        assert isinstance(row, USShortPosition)
        assert row.current_shares_short == shares
    for other in ("GM.E", "GE F", "TSL.A", "AM.C"):
        assert interest.at(other, datetime(2021, 2, 1)) is None
        assert interest.short_positions(other).note


def test_tickers_that_pandas_would_take_for_something_else(interest: ShortInterest) -> None:
    # 20210115|TRUE|TrueCar, Inc. Common Stock|R|NNM|9649006|…, 20210115|NAN|Nuveen New York Quality Munici|A|NYSE|1533|…
    assert [interest.short_positions(t).rows[0].current_shares_short for t in ("TRUE", "NAN")] == [
        9649006,
        1533,
    ]  # type: ignore[union-attr]


def test_the_whole_list_adds_up(interest: ShortInterest) -> None:
    """Sums over the first file's columns, by awk; the second file is public a session later."""
    first = interest.all(datetime(2021, 2, 11, 9, 29))
    assert len(first) == 18_646
    rows = [r for r in first.values() if isinstance(r, USShortPosition)]
    assert sum(r.current_shares_short for r in rows) == 29_595_189_200
    assert sum(r.avg_daily_share_volume or 0 for r in rows) == 58_070_216_025
    newest = interest.all(datetime(2021, 2, 11, 9, 30))
    # 17,829 symbols stand in both files: 18,646 + 18,948 − 17,829.
    assert len(newest) == 19_765
    assert newest[Symbol.create("GME")] == interest.at("GME", datetime(2021, 2, 11, 9, 30))


def test_rows_of_the_sfc(interest: ShortInterest) -> None:
    # 02/12/2022,700,TENCENT,45925264,13593878144: 13,593,878,144 / 45,925,264 = 296.
    for spelling in ("700.HK", "00700.HK", "HK.00700", "ST/HK/700"):
        (row,) = interest.short_positions(spelling)
        assert isinstance(row, HKShortPosition)
        assert (row.amount, row.balance, row.cost) == (45925264, 13593878144.0, 296.0)
    # 02/12/2022,83188,CAM CSI300-R,100600,4360004: an RMB counter; 82800 has nothing reportable.
    assert interest.short_positions("83188.HK").rows[0].amount == 100600  # type: ignore[union-attr]
    assert interest.short_positions("82800.HK").rows[0].amount == 0  # type: ignore[union-attr]
    found = interest.all(datetime(2022, 12, 9), "hkex")
    assert len(found) == 981
    # Sum of the file's column, by awk; 648 of the 981 rows are above zero, and each says its close.
    positions = [r for r in found.values() if isinstance(r, HKShortPosition)]
    assert sum(r.amount for r in positions) == 41_124_264_490
    assert sum(r.cost is not None for r in positions) == sum(r.amount > 0 for r in positions) == 648


def test_the_wire_and_the_async_twin(interest: ShortInterest) -> None:
    async def ask() -> dict[str, object]:
        return to_wire(await interest.short_positions_async("TSLA.US", 1))

    # 2021-01-29 05:00 UTC is 1611896400.
    assert asyncio.run(ask())["data"] == {
        "counter_id": "ST/US/TSLA",
        "data": [
            {
                "timestamp": "1611896400",
                "current_shares_short": "52379526",
                "avg_daily_share_volume": "23224100",
                "days_to_cover": "2.26",
                "rate": "",
                "close": "",
            }
        ],
    }


def test_closes_come_from_prices_where_there_are_some(
    imported: tuple[Path, list[ImportReport]], real_data: Path
) -> None:
    prices = MarketData.from_csv(real_data / "prices" / "us_small_cap_daily")
    closes = [r.close for r in ShortInterest(imported[0], prices=prices).short_positions("GME")]  # type: ignore[union-attr]
    frame = prices.frame("GME", "daily")["close"]
    assert closes == [
        frame.loc["2021-01-15":"2021-01-16"].iloc[0],
        frame.loc["2021-01-29":"2021-01-30"].iloc[0],
    ]


def test_the_example_on_real_prices(
    imported: tuple[Path, list[ImportReport]], real_data: Path
) -> None:
    prices = MarketData.from_csv(real_data / "prices" / "us_small_cap_daily")
    result = Backtest(DaysToCover, prices, parameters={"data_folder": str(imported[0])}).run()
    opened = result.orders.groupby("symbol")["time"].min()
    # Nothing is public before the 29th of January; by its close all six names that have prices are sized.
    assert {str(s) for s in opened.index} == {"GME", "PLTR", "SNDL", "SPCE", "TLRY", "TSLA"}
    assert opened.min() == opened.max() == datetime(2021, 1, 29, 16)
    # GME at 2.10 days to cover: 10,000,000 × 0.10 × 2 / 2.10 dollars at the close of the 29th.
    close = float(prices.frame("GME", "daily")["close"].loc["2021-01-29":"2021-01-30"].iloc[0])
    first = result.orders[result.orders["symbol"] == "GME"].iloc[0]
    assert first["quantity"] == -int(10_000_000 * 0.10 * 2 / 2.10 / close)
    assert not result.summary()["availability"].startswith("made-up")
