"""The point-in-time reader, on a folder whose every figure is known (conftest)."""

from __future__ import annotations

import asyncio
import pickle
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from shortable import Market, Symbol
from shortable.engine import MarketData
from shortable.errors import CorruptStoreError, InvalidInputError, StoreError, SymbolError
from shortable.importers import import_source
from shortable.short_interest import (
    HKShortPosition,
    ShortInterest,
    ShortPositions,
    USShortPosition,
    store_shares_outstanding,
)
from shortable.short_interest.longbridge import from_json, store_positions
from shortable.store import sample_folder

from .conftest import finra, sfc

FIRST, SECOND = datetime(2021, 1, 29, 9, 30), datetime(2021, 2, 11, 9, 30)
MOMENT = timedelta(microseconds=1)


def shares(positions: ShortPositions) -> list[int]:
    return [
        r.current_shares_short if isinstance(r, USShortPosition) else r.amount for r in positions
    ]


def test_records_of_both_markets(folder: Path) -> None:
    interest = ShortInterest(folder)
    gme = interest.short_positions("GME.US")
    # Midnight in New York in winter is 05:00 UTC; 09:30 there is 14:30.
    assert gme.rows[0] == USShortPosition(
        datetime(2021, 1, 15, 5, tzinfo=UTC),
        100,
        50,
        2.0,
        known_at=datetime(2021, 1, 29, 14, 30, tzinfo=UTC),
        previous_shares_short=0,
    )
    assert (shares(gme), gme.symbol, gme.market, gme.sources) == (
        [100, 150],
        Symbol.create("GME"),
        Market.USA,
        ("finra",),
    )
    hk = interest.short_positions("00700.HK")
    # Midnight in Hong Kong is 16:00 UTC the day before; 6,000,000 / 20,000 = 300.
    assert hk.rows[0] == HKShortPosition(
        datetime(2022, 12, 1, 16, tzinfo=UTC),
        20_000,
        6_000_000.0,
        300.0,
        known_at=datetime(2022, 12, 8, 16, tzinfo=UTC),
    )
    assert (shares(hk), hk.market, hk.made_up) == ([20_000, 30_000], Market.HKEX, False)
    assert [r.settlement_date for r in hk] == [date(2022, 12, 2), date(2022, 12, 9)]


def test_s2_nothing_is_known_before_it_was_public(folder: Path) -> None:
    interest = ShortInterest(folder)
    for moment, known in (
        (FIRST - MOMENT, []),
        (FIRST, [100]),
        (SECOND - MOMENT, [100]),
        (SECOND, [100, 150]),
    ):
        assert shares(interest.short_positions("GME", as_of=moment)) == known
        row = interest.at("GME", moment)
        assert (None if row is None else row.current_shares_short) == (known[-1] if known else None)
    # An aware time is the same instant: 14:30 UTC is 09:30 in New York.
    assert shares(
        interest.short_positions("GME", as_of=datetime(2021, 1, 29, 14, 30, tzinfo=UTC))
    ) == [100]
    assert interest.at("700.HK", datetime(2022, 12, 8, 23, 59)) is None
    assert interest.at("700.HK", datetime(2022, 12, 9)).amount == 20_000


def test_all_at_a_time(folder: Path) -> None:
    interest = ShortInterest(folder)
    assert interest.all(FIRST - MOMENT) == {}
    found = interest.all(SECOND)
    assert {str(s): r.current_shares_short for s, r in found.items()} == {
        "GME": 150,
        "BRKB": 7,
        "ZZZ": 5,
    }
    for symbol, row in found.items():
        assert interest.at(symbol, SECOND) == row
    assert {str(s): r.amount for s, r in interest.all(datetime(2022, 12, 10), "hkex").items()} == {
        "700.HK": 20_000,
        "5.HK": 0,
    }


def test_counts(folder: Path) -> None:
    interest = ShortInterest(folder)
    assert shares(interest.short_positions("GME", 1)) == [150]
    assert shares(interest.short_positions("GME", None)) == [100, 150]
    assert shares(interest.short_positions("GME", 100)) == [100, 150]
    assert shares(interest.short_positions("GME", 1, FIRST)) == [100]
    for count in (0, 101, -1, True, 2.0, "5"):
        with pytest.raises(
            InvalidInputError,
            match=r"count=.* must be a whole number from 1 to 100, or None for all",
        ):
            interest.short_positions("GME", count)  # type: ignore[arg-type]


def test_lag_and_published_dates_replace_the_rule(folder: Path) -> None:
    # Ten business days after 15 January: 29 January is the 9th, 1 February the 10th; known on the 2nd.
    late = ShortInterest(folder, lag=10)
    assert late.at("GME", datetime(2021, 2, 2, 9, 29)) is None
    assert late.at("GME", datetime(2021, 2, 2, 9, 30)).current_shares_short == 100
    table = ShortInterest(folder, published={date(2021, 1, 15): date(2021, 1, 27)})
    assert table.at("GME", datetime(2021, 1, 28, 9, 29)) is None
    assert table.at("GME", datetime(2021, 1, 28, 9, 30)).known_at == datetime(
        2021, 1, 28, 14, 30, tzinfo=UTC
    )
    for reader in (late, table):
        times = [datetime(2021, 1, 28, 9, 30), *(FIRST + timedelta(days=d) for d in range(30))]
        assert all(reader.all(t).get(Symbol.create("GME")) == reader.at("GME", t) for t in times)
    with pytest.raises(InvalidInputError, match="lag"):
        ShortInterest(folder, lag=-1)


def test_a_revision_is_known_from_its_own_publication(folder: Path) -> None:
    import_source(
        "finra",
        finra("2021-01-15", ("GME", 120, 50, "2.40")),
        published="2021-02-02",
        data_folder=folder,
    )
    interest = ShortInterest(folder)
    # Published on the 2nd, known from the session of the 3rd.
    assert interest.at("GME", datetime(2021, 2, 3, 9, 29)).current_shares_short == 100
    assert interest.at("GME", datetime(2021, 2, 3, 9, 30)).current_shares_short == 120
    assert shares(interest.short_positions("GME", as_of=datetime(2021, 2, 3))) == [100]
    assert shares(interest.short_positions("GME")) == [120, 150]
    # A revision of an older date does not become the newest figure.
    assert interest.at("GME", SECOND).current_shares_short == 150
    # However late the first figure is taken to be, it does not come back over its revision.
    for lag in (8, 12, 40):
        late = ShortInterest(folder, lag=lag)
        assert late.at("GME", datetime(2021, 2, 10)).current_shares_short == 120
        assert late.all(datetime(2021, 2, 10))[Symbol.create("GME")] == late.at(
            "GME", datetime(2021, 2, 10)
        )


def test_brk_b_is_found_where_finra_dropped_the_dot(folder: Path) -> None:
    interest = ShortInterest(folder)
    for spelling in ("BRK.B", "BRK B", "BRK/B", "brk-b", "BRKB", "BRK.B.US", "ST/US/BRK.B"):
        assert shares(interest.short_positions(spelling)) == [7]
    assert interest.at("BRK.B", FIRST).days_to_cover == 3.5


def test_what_is_not_there(folder: Path) -> None:
    interest = ShortInterest(folder)
    empty = interest.short_positions("NOPE.US")
    assert (len(empty), empty.rows, empty.note, empty.sources) == (0, (), "", ())
    assert interest.short_positions("9988.HK").to_frame().empty
    with pytest.raises(SymbolError):
        interest.short_positions("RY.CA")
    with pytest.raises(
        StoreError,
        match=r"no short interest of usa in .*: import it with `shortable import finra FILE`",
    ):
        ShortInterest(folder / "gone").short_positions("GME")
    with pytest.raises(StoreError, match="no short interest by 'longbridge' of hkex"):
        ShortInterest(folder, source="longbridge").short_positions("700.HK")


def test_the_sentinel_and_nothing_traded_are_no_number(folder: Path) -> None:
    (row,) = ShortInterest(folder).short_positions("ZZZ")
    assert (row.current_shares_short, row.avg_daily_share_volume, row.days_to_cover) == (5, 0, None)


def test_frames(folder: Path) -> None:
    frame = ShortInterest(folder).short_positions("GME").to_frame()
    assert frame.index.tolist() == [pd.Timestamp("2021-01-15"), pd.Timestamp("2021-01-29")]
    assert frame["current_shares_short"].tolist() == [100, 150]
    assert str(frame["current_shares_short"].dtype) == "Int64"
    assert frame["rate"].isna().all()
    assert str(frame["rate"].dtype) == "float64"
    empty = ShortInterest(folder).short_positions("NOPE").to_frame()
    assert empty.dtypes.astype(str).to_dict() == frame.dtypes.astype(str).to_dict()
    hk = ShortInterest(folder).short_positions("700.HK").to_frame()
    assert list(hk.columns) == ["timestamp", "amount", "balance", "cost", "rate", "known_at"]


def test_rate_and_close_where_the_folder_has_what_they_need(folder: Path) -> None:
    counts = pd.DataFrame(
        {
            "symbol": ["GME"] * 2,
            "date": ["2021-01-20", "2021-02-20"],
            "shares_outstanding": [3000, 9],
        }
    )
    store_shares_outstanding(counts, data_folder=folder)
    tencent = pd.DataFrame(
        {"symbol": ["700.HK"], "date": ["2022-01-01"], "shares_outstanding": [8_000_000]}
    )
    store_shares_outstanding(tencent, market="hkex", data_folder=folder)
    closes = pd.DataFrame(
        {"close": [35.5, 76.79]}, index=pd.to_datetime(["2021-01-15", "2021-01-26"])
    )
    interest = ShortInterest(folder, prices=MarketData.from_frames({"GME": closes}))
    assert interest.short_positions("GME").rows[1].rate == 0.05
    counts.loc[0, "shares_outstanding"] = 6000
    store_shares_outstanding(counts, data_folder=folder)
    assert (
        interest.short_positions("GME").rows[1].rate == 0.025
    )  # an open reader sees the new table
    counts.loc[0, "shares_outstanding"] = 3000
    store_shares_outstanding(counts, data_folder=folder)
    # 150 / 3,000: the count of 20 January holds on the 29th, that of 20 February does not yet.
    assert [r.rate for r in interest.short_positions("GME")] == [None, 0.05]
    assert [r.close for r in interest.short_positions("GME")] == [35.5, None]
    assert [r.close for r in interest.short_positions("ZZZ")] == [None]
    assert [r.rate for r in interest.short_positions("700.HK")] == [0.0025, 0.00375]


def test_an_import_is_seen_by_a_reader_that_is_open(folder: Path) -> None:
    interest = ShortInterest(folder)
    assert len(interest.short_positions("GME")) == len(interest.all(SECOND)) - 1 == 2
    import_source(
        "finra",
        finra("2021-02-12", ("GME", 9, 9, "1.00"), ("NEW", 1, 1, "1.00")),
        data_folder=folder,
    )
    assert shares(interest.short_positions("GME")) == [100, 150, 9]
    assert len(interest.all(datetime(2021, 3, 30))) == 4


def longbridge(folder: Path, rows: list[tuple[str, int]], fetched: datetime | None = None) -> int:
    document = [
        {"timestamp": f"{d}T05:00:00Z", "current_shares_short": str(n), "rate": "0.5"}
        for d, n in rows
    ]
    return store_positions(from_json(document, "GME.US"), data_folder=folder, fetched=fetched)


def test_the_publisher_is_heard_before_who_passes_it_on(folder: Path) -> None:
    assert longbridge(folder, [("2021-01-29", 151), ("2020-12-31", 90)]) == 2
    interest = ShortInterest(folder)
    both = interest.short_positions("GME")
    assert (shares(both), both.sources) == ([90, 100, 150], ("finra", "longbridge"))
    assert shares(ShortInterest(folder, source="longbridge").short_positions("GME")) == [90, 151]
    assert interest.all(SECOND)[Symbol.create("GME")].current_shares_short == 150
    assert interest.at("GME", SECOND).current_shares_short == 150
    # 31 December 2020: 4 to 8 January are five business days, 11 to 13 three more; known on the 14th.
    assert interest.at("GME", datetime(2021, 1, 14, 9, 30)).rate == 0.5


def test_what_was_fetched_was_known_then_and_a_revision_from_then(tmp_path: Path) -> None:
    place = tmp_path / "fetched"
    assert longbridge(place, [("2021-01-15", 100)], datetime(2021, 1, 27, 20)) == 1
    assert longbridge(place, [("2021-01-15", 100)], datetime(2021, 3, 1)) == 0
    assert longbridge(place, [("2021-01-15", 130)], datetime(2021, 1, 28, 20)) == 1
    interest = ShortInterest(place)
    known = [interest.at("GME", datetime(2021, 1, d, 21)) for d in (26, 27, 28)]
    assert [None if r is None else r.current_shares_short for r in known] == [None, 100, 130]


def test_made_up_figures_never_fill_the_gaps_of_real_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = ShortInterest(sample_folder())
    assert sample.short_positions("AAPL").made_up
    assert sample.made_up()
    place = tmp_path / "mixed" / "equity" / "usa" / "short_interest"
    place.mkdir(parents=True)
    (place / "made_up.parquet").write_bytes(
        (sample_folder() / "equity" / "usa" / "short_interest" / "made_up.parquet").read_bytes()
    )
    import_source(
        "finra", finra("2021-01-15", ("GME", 1, 1, "1.00")), data_folder=tmp_path / "mixed"
    )
    mixed = ShortInterest(tmp_path / "mixed")
    assert not mixed.made_up()
    assert len(mixed.short_positions("AAPL")) == 0
    assert len(mixed.short_positions("GME")) == 1


def test_async_gives_the_same_and_lets_the_loop_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interest = ShortInterest(folder)
    seen: list[str] = []
    read = interest.short_positions

    def slow(*arguments: Any) -> ShortPositions:
        assert threading.current_thread() is not threading.main_thread()
        released.wait(5)
        seen.append("read")
        return read(*arguments)

    released = threading.Event()
    monkeypatch.setattr(interest, "short_positions", slow)

    async def both() -> ShortPositions:
        task = asyncio.create_task(interest.short_positions_async("GME", 1, SECOND))
        await asyncio.sleep(0.05)
        seen.append("loop")
        released.set()
        return await task

    assert asyncio.run(both()) == read("GME", 1, SECOND)
    assert seen == ["loop", "read"]


def test_one_reader_for_many_threads_and_pickled(folder: Path) -> None:
    interest = ShortInterest(folder)
    answers: list[Any] = []
    threads = [
        threading.Thread(
            target=lambda: answers.append((interest.short_positions("GME"), interest.all(SECOND)))
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert all(answer == answers[0] for answer in answers)
    assert pickle.loads(pickle.dumps(interest)).short_positions("GME") == interest.short_positions(
        "GME"
    )


def test_a_week_of_the_sfc_that_was_corrected(tmp_path: Path) -> None:
    from shortable.importers import import_source

    import_source("sfc", sfc("02/12/2022", (700, 20_000, 6_000_000)), data_folder=tmp_path)
    import_source(
        "sfc",
        sfc("02/12/2022", (700, 21_000, 6_300_000)),
        published=datetime(2022, 12, 12, 18),
        data_folder=tmp_path,
    )
    interest = ShortInterest(tmp_path)
    assert interest.at("700.HK", datetime(2022, 12, 12, 17, 59)).amount == 20_000
    assert interest.at("700.HK", datetime(2022, 12, 12, 18)).amount == 21_000


def test_a_damaged_file_is_an_error_and_no_empty_answer(folder: Path) -> None:
    interest = ShortInterest(folder)
    assert len(interest.short_positions("GME")) == 2
    file = folder / "equity" / "usa" / "short_interest" / "finra.parquet"
    file.write_bytes(file.read_bytes()[:-50])
    with pytest.raises(CorruptStoreError, match=r"finra\.parquet is damaged"):
        interest.short_positions("GME")
    assert len(interest.short_positions("700.HK")) == 2
