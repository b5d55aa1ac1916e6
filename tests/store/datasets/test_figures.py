"""The reader of datasets, against a slow, obvious model and on cases worked out by hand."""

from __future__ import annotations

import pickle
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortable import Market, Symbol
from shortable.clock import to_instant
from shortable.errors import InvalidInputError, StoreError
from shortable.restrictions import ListedDays
from shortable.store import (
    LENDING,
    RESTRICTIONS,
    SHORT_BALANCES,
    SHORT_VOLUME,
    WHOLE_LIST,
    Dataset,
    Figures,
)

TAIWAN = Market.TAIWAN
DAY = date(2025, 1, 8)
EVENING = datetime(2025, 1, 8, 22, 30)


def put(
    folder: Path,
    *rows: dict[str, Any],
    dataset: Dataset = SHORT_BALANCES,
    source: str = "twse",
    market: Market = TAIWAN,
    made_up: bool = False,
) -> None:
    """Store rows; ``known`` is exchange-local, and columns that a row leaves out are those of the first line."""
    filled = []
    for row in rows:
        one = {"symbol": "2330", dataset.date: DAY, "by_rule": False, **row}
        one |= {part: one.get(part, "borrowed") for part in dataset.parts}
        instant = to_instant(one.pop("known", EVENING), market)
        one["known_at"] = pd.Timestamp(instant, unit="us", tz="UTC")
        filled.append(one)
    table = pa.Table.from_pylist(filled, schema=dataset.schema)
    dataset.append(source, [table], market=market, data_folder=folder, made_up=made_up)


def test_nothing_is_known_before_it_was_published(tmp_path: Path) -> None:
    put(
        tmp_path,
        {"balance": 100},
        {"balance": 90, "date": date(2025, 1, 9), "known": datetime(2025, 1, 9, 22, 30)},
    )
    figures = Figures("short_balances", data_folder=tmp_path)
    times = [
        "2025-01-08 22:29:59",
        "2025-01-08 22:30",
        "2025-01-09 22:29",
        "2025-01-09 22:30",
        "2026-01-01",
    ]
    expected = [None, 100, 100, 90, 90]
    assert [
        figures.value("balance", "2330.TW", datetime.fromisoformat(t)) for t in times
    ] == expected
    np.testing.assert_array_equal(
        figures.values("balance", ["2330.TW"] * 5, [datetime.fromisoformat(t) for t in times]),
        [np.nan, 100, 100, 90, 90],
    )
    # 22:30 in Taipei is 14:30 UTC.
    utc = pd.to_datetime(["2025-01-08 14:29", "2025-01-08 14:30"], utc=True)
    np.testing.assert_array_equal(figures.values("balance", "2330.TW", utc), [np.nan, 100])
    assert figures.rows("2330.TW", EVENING)[0]["date"] == DAY
    assert figures.rows("2330.TW", datetime(2025, 1, 8)) == []


def test_a_revision_counts_from_its_own_publication_and_a_late_old_day_never(
    tmp_path: Path,
) -> None:
    put(
        tmp_path,
        {"balance": 100},
        {"balance": 120, "known": datetime(2025, 1, 10, 9)},
        # What was published of an older day afterwards is no news about the newest.
        {"balance": 7, "date": date(2025, 1, 7), "known": datetime(2025, 1, 11)},
    )
    figures = Figures(SHORT_BALANCES, data_folder=tmp_path)
    assert figures.value("balance", "2330.TW", datetime(2025, 1, 10, 8, 59)) == 100
    assert figures.value("balance", "2330.TW", datetime(2025, 1, 10, 9)) == 120
    assert figures.value("balance", "2330.TW", datetime(2025, 1, 12)) == 120
    then = figures.history("2330.TW", as_of=datetime(2025, 1, 9))
    assert then[["date", "balance"]].values.tolist() == [[DAY, 100]]
    now = figures.history("2330.TW")
    assert now[["date", "balance"]].values.tolist() == [[date(2025, 1, 7), 7], [DAY, 120]]


def test_rows_of_one_day_are_combined_as_declared_or_refused(tmp_path: Path) -> None:
    put(
        tmp_path,
        {"balance": 100, "limit": 5, "change": None},
        {"balance": 20, "limit": 6, "change": 3, "book": "margin"},
    )
    figures = Figures("short_balances", data_folder=tmp_path)
    assert figures.value("balance", "2330.TW", EVENING) == 120
    assert figures.value("change", "2330.TW", EVENING) is None  # one of two is not known
    with pytest.raises(
        InvalidInputError, match=r"where=None must pick one of 2 figures of 2330 on 2025-01-08"
    ):
        figures.value("limit", "2330.TW", EVENING)
    assert [row["book"] for row in figures.rows("2330.TW", EVENING)] == ["borrowed", "margin"]
    margin = Figures("short_balances", where={"book": "margin"}, data_folder=tmp_path)
    assert margin.value("limit", "2330.TW", EVENING) == 6
    assert margin.value("balance", "2330.TW", EVENING) == 20


def test_a_mean_is_weighted_and_what_was_not_traded_has_no_say(tmp_path: Path) -> None:
    put(
        tmp_path,
        {"symbol": "A", "contract": "1", "shares": 300, "fee_rate": 0.01, "fee_rate_min": 0.01},
        {"symbol": "A", "contract": "2", "shares": 100, "fee_rate": 0.05, "fee_rate_min": 0.02},
        {"symbol": "A", "contract": "3", "shares": 0, "fee_rate": None, "fee_rate_min": 0.03},
        {"symbol": "B", "contract": "1", "shares": 0, "fee_rate": 0.07},
        {"symbol": "C", "contract": "1", "shares": None, "fee_rate": 0.07},
        {"symbol": "C", "contract": "2", "shares": 10, "fee_rate": 0.09},
        {"symbol": "D", "contract": "1", "shares": 0, "fee_rate": 0.02},
        {"symbol": "D", "contract": "2", "shares": 0, "fee_rate": 0.04},
        dataset=LENDING,
        market=Market.BRAZIL,
    )
    figures = Figures("lending", data_folder=tmp_path)
    names = ["A.SA", "B.SA", "C.SA", "D.SA"]
    # (300 × 0.01 + 100 × 0.05) / 400 = 0.02; one row is itself; a weight that is not known leaves the mean unknown;
    # (0.02 + 0.04) / 2.
    found = figures.values("fee_rate", names, datetime(2025, 1, 9))
    np.testing.assert_allclose(found, [0.02, 0.07, np.nan, 0.03], rtol=1e-15)
    assert figures.value("fee_rate_min", "A.SA", datetime(2025, 1, 9)) == 0.01
    assert figures.value("shares", "A.SA", datetime(2025, 1, 9)) == 400


def test_the_publisher_counts_before_who_passes_it_on(tmp_path: Path) -> None:
    put(tmp_path, {"balance": 1, "known": datetime(2025, 1, 8, 21)}, source="finmind")
    put(tmp_path, {"balance": 2}, {"symbol": "2317", "balance": 3})
    figures = Figures("short_balances", data_folder=tmp_path)
    assert figures.sources(TAIWAN) == ["twse", "finmind"]
    assert figures.value("balance", "2330.TW", datetime(2025, 1, 8, 21)) == 1
    assert figures.value("balance", "2330.TW", EVENING) == 2
    assert (
        Figures("short_balances", source="finmind", data_folder=tmp_path).value(
            "balance", "2330.TW", EVENING
        )
        == 1
    )
    assert figures.all("balance", EVENING, TAIWAN) == {"2317.TW": 3, "2330.TW": 2}


def test_a_lag_and_an_age(tmp_path: Path) -> None:
    put(tmp_path, {"balance": 100})
    late = Figures("short_balances", lag=timedelta(hours=1), data_folder=tmp_path)
    assert late.value("balance", "2330.TW", datetime(2025, 1, 8, 23, 29)) is None
    assert late.value("balance", "2330.TW", datetime(2025, 1, 8, 23, 30)) == 100
    np.testing.assert_array_equal(
        late.values(
            "balance", "2330.TW", [datetime(2025, 1, 8, 23, 29), datetime(2025, 1, 8, 23, 30)]
        ),
        [np.nan, 100],
    )
    short = Figures("short_balances", max_age=timedelta(days=1), data_folder=tmp_path)
    assert short.value("balance", "2330.TW", datetime(2025, 1, 9, 22, 30)) == 100
    assert short.value("balance", "2330.TW", datetime(2025, 1, 9, 22, 30, 0, 1)) is None
    panel = short.panel("balance", "2330.TW", datetime(2025, 1, 8), datetime(2025, 1, 11))
    assert panel["2330.TW"].tolist() == [pd.NA, 100, pd.NA]
    assert panel["2330.TW"].dtype == "Int64"


def test_a_panel_has_the_state_at_its_start_and_each_change(tmp_path: Path) -> None:
    put(
        tmp_path,
        {"balance": 100},
        {"balance": 90, "date": date(2025, 1, 9), "known": datetime(2025, 1, 9, 22, 30)},
    )
    put(tmp_path, {"symbol": "2317", "balance": 5, "known": datetime(2025, 1, 9, 1)})
    figures = Figures("short_balances", data_folder=tmp_path)
    panel = figures.panel(
        "balance", ["2317.TW", "2330.TW", "9999.TW"], datetime(2025, 1, 9), datetime(2025, 1, 10)
    )
    assert panel.index.tolist() == [
        pd.Timestamp(t) for t in ("2025-01-09", "2025-01-09 01:00", "2025-01-09 22:30")
    ]
    assert panel["2330.TW"].tolist() == [100, 100, 90]
    assert panel["2317.TW"].tolist() == [pd.NA, 5, 5]
    assert panel["9999.TW"].isna().all()
    with pytest.raises(InvalidInputError, match="end="):
        figures.panel("balance", "2330.TW", datetime(2025, 1, 9), datetime(2025, 1, 8))


def test_texts_dates_and_fractions(tmp_path: Path) -> None:
    put(
        tmp_path,
        {"symbol": WHOLE_LIST, "rule": "designated"},
        {"rule": "designated", "until": date(2025, 2, 1), "note": "X"},
        {"symbol": "2317", "rule": "designated"},
        dataset=RESTRICTIONS,
    )
    figures = Figures("restrictions", data_folder=tmp_path)
    found = figures.values("until", ["2330.TW", "2317.TW"], EVENING)
    assert found.tolist() == [date(2025, 2, 1), None]
    assert figures.value("until", "2330.TW", EVENING) == date(2025, 2, 1)
    assert figures.values("note", ["2330.TW", "2317.TW"], EVENING).tolist() == ["X", None]
    assert figures.all("note", EVENING, TAIWAN) == {Symbol("2330.TW"): "X"}
    assert figures.panel("note", "2330.TW", EVENING, EVENING)["2330.TW"].tolist() == ["X"]
    put(tmp_path, {"short_volume": 0.5, "venue": "B"}, dataset=SHORT_VOLUME)
    volume = Figures("short_volume", data_folder=tmp_path)
    assert volume.value("short_volume", "2330.TW", EVENING) == 0.5
    assert volume.panel("short_volume", "2330.TW", EVENING, EVENING)["2330.TW"].dtype == "Float64"


def test_a_markets_rows_as_they_were_known_serve_as_a_rules_table(tmp_path: Path) -> None:
    put(
        tmp_path,
        {"symbol": WHOLE_LIST, "rule": "hkex_designated"},
        {"symbol": "700", "rule": "hkex_designated", "until": None},
        {"symbol": "5", "rule": "hkex_designated", "until": None},
        {
            "symbol": "5",
            "rule": "hkex_designated",
            "until": date(2025, 1, 31),
            "known": datetime(2025, 1, 20),
        },
        dataset=RESTRICTIONS,
        source="hkex-designated",
        market=Market.HKEX,
    )
    figures = Figures("restrictions", where={"rule": "hkex_designated"}, data_folder=tmp_path)
    before = figures.frame("hkex", as_of=datetime(2025, 1, 19))
    assert before["symbol"].tolist() == ["*", "5.HK", "700.HK"]
    assert before["until"].isna().all()
    days = ListedDays(figures.frame(Market.HKEX))
    asked = [
        ("5.HK", date(2025, 1, 31)),
        ("5.HK", date(2025, 2, 1)),
        ("700.HK", date(2025, 2, 1)),
        ("1.HK", DAY),
    ]
    assert [days.listed(Symbol(s), day) for s, day in asked] == [True, False, True, False]
    assert figures.frame("hkex", as_of=datetime(2025, 1, 1)).empty


def test_an_import_is_seen_and_made_up_figures_fill_no_gaps(tmp_path: Path) -> None:
    put(tmp_path, {"symbol": "2317", "balance": 9}, source="sample", made_up=True)
    figures = Figures("short_balances", data_folder=tmp_path)
    assert figures.made_up(TAIWAN)
    assert figures.value("balance", "2317.TW", EVENING) == 9
    copied = pickle.loads(pickle.dumps(figures))
    put(tmp_path, {"balance": 100})
    assert not figures.made_up(TAIWAN)
    assert figures.value("balance", "2317.TW", EVENING) is None
    assert copied.value("balance", "2330.TW", EVENING) == 100


def test_what_cannot_be_asked_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidInputError, match="dataset='x' must be one of short_interest, short_balances"
    ):
        Figures("x")
    with pytest.raises(InvalidInputError, match=r"where='venue' must be of short_balances's book"):
        Figures("short_balances", where={"venue": "x"})
    with pytest.raises(InvalidInputError, match="lag="):
        Figures("short_balances", lag=timedelta(-1))
    figures = Figures("short_balances", data_folder=tmp_path)
    with pytest.raises(StoreError, match="no short balances of taiwan in "):
        figures.value("balance", "2330.TW", EVENING)
    put(tmp_path, {"balance": 1})
    with pytest.raises(
        InvalidInputError, match="column='shares' must be one of short_balances's balance, previous"
    ):
        figures.values("shares", "2330.TW", EVENING)


hours = st.integers(0, 12)
statement = st.tuples(
    st.sampled_from(["finmind", "tpex", "twse"]),
    st.sampled_from(["2317", "2330"]),
    st.integers(8, 10),
    st.sampled_from(["borrowed", "margin"]),
    hours,
    st.none() | st.integers(-3, 3),
)
RANK = {"tpex": 0, "twse": 1, "finmind": 2}


def expected(rows: list[tuple[Any, ...]], ticker: str, hour: int) -> int | None:
    """Say what is known by the rule alone, row by row."""
    known = [row for row in rows if row[1] == ticker and row[4] <= hour]
    if not known:
        return None
    newest = max(row[2] for row in known)
    known = [row for row in known if row[2] == newest]
    best = min(RANK[row[0]] for row in known)
    last: dict[str, tuple[Any, ...]] = {}
    for row in sorted((row for row in known if RANK[row[0]] == best), key=lambda row: row[4]):
        last[row[3]] = row
    changes = [row[5] for row in last.values()]
    return None if None in changes else sum(changes)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(statement, max_size=14, unique_by=lambda row: row[:5]),
    st.lists(hours, min_size=1, max_size=6),
)
def test_look_ups_agree_with_the_rule(rows: list[tuple[Any, ...]], asked: list[int]) -> None:
    """S2: as of a time, nothing from the future; shuffled input."""

    def clock(hour: int) -> datetime:
        return datetime(2025, 1, 20, hour)

    with TemporaryDirectory() as name:
        for source in RANK:
            mine = [row for row in rows if row[0] == source]
            if mine:
                put(
                    Path(name),
                    *(
                        {
                            "symbol": ticker,
                            "date": date(2025, 1, day),
                            "book": book,
                            "known": clock(hour),
                            "balance": 0,
                            "change": change,
                        }
                        for _, ticker, day, book, hour, change in sorted(
                            mine, key=lambda row: row[4]
                        )
                    ),
                    source=source,
                )
        if not rows:
            return
        figures = Figures("short_balances", data_folder=name)
        pairs = [(ticker, hour) for ticker in ("2330", "2317") for hour in asked]
        wanted = [expected(rows, ticker, hour) for ticker, hour in pairs]
        symbols, times = [f"{t}.TW" for t, _ in pairs], [clock(h) for _, h in pairs]
        found = figures.values("change", symbols, times)
        np.testing.assert_array_equal(found, np.array(wanted, dtype=np.float64))
        assert [
            figures.value("change", s, t) for s, t in zip(symbols, times, strict=True)
        ] == wanted
        panel = figures.panel("change", ["2330.TW", "2317.TW"], clock(0), clock(12))
        for (ticker, hour), want in zip(pairs, wanted, strict=True):
            at = panel.index.searchsorted(clock(hour), side="right") - 1
            value = panel[f"{ticker}.TW"].iloc[at]
            assert (None if value is pd.NA else value) == want
        everything = figures.all("change", clock(12), TAIWAN)
        assert everything == {
            f"{t}.TW": v for t in ("2317", "2330") if (v := expected(rows, t, 12)) is not None
        }
