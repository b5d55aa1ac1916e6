"""Closes and shares outstanding beside other figures."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from shortable.errors import CorruptStoreError, InvalidInputError, SymbolError
from shortable.market import Market
from shortable.store import closes, shares_outstanding, store_shares_outstanding
from shortable.symbol import Symbol

GME, TENCENT = Symbol.create("GME"), Symbol.create("700.HK")


def test_nothing_there_is_nothing_known(tmp_path: Path) -> None:
    assert closes(tmp_path, GME) == {}
    assert shares_outstanding(tmp_path, GME) == []


def test_counts_come_back_by_date(tmp_path: Path) -> None:
    days = pd.to_datetime(["2021-06-01", "2021-01-04", "2021-01-04"])
    frame = pd.DataFrame(
        {"symbol": ["GME", "gme", "BRK B"], "date": days, "shares_outstanding": [7, 5, 9]}
    )
    path = store_shares_outstanding(frame, data_folder=tmp_path)
    assert (
        path.relative_to(tmp_path).as_posix() == "equity/usa/reference/shares_outstanding.parquet"
    )
    assert shares_outstanding(tmp_path, GME) == [(date(2021, 1, 4), 5), (date(2021, 6, 1), 7)]
    assert shares_outstanding(tmp_path, Symbol.create("BRK.B")) == [(date(2021, 1, 4), 9)]
    hk = pd.DataFrame(
        {"symbol": ["00700"], "date": ["2022-01-03"], "shares_outstanding": [9_570_000_000]}
    )
    store_shares_outstanding(hk, market="hkex", data_folder=tmp_path)
    assert shares_outstanding(tmp_path, TENCENT) == [(date(2022, 1, 3), 9_570_000_000)]


def test_tables_that_are_refused(tmp_path: Path) -> None:
    good = {"symbol": ["GME"], "date": [date(2021, 1, 4)], "shares_outstanding": [5]}
    for bad, message in (
        ({"symbol": ["GME"]}, "be one of the table's columns"),
        (good | {"shares_outstanding": [0]}, "be above 0"),
        (good | {"shares_outstanding": [1.5]}, "whole number of shares"),
        ({k: v * 2 for k, v in good.items()}, "state each symbol once a date"),
    ):
        with pytest.raises(InvalidInputError, match=message):
            store_shares_outstanding(pd.DataFrame(bad), data_folder=tmp_path)
    with pytest.raises(SymbolError):
        store_shares_outstanding(pd.DataFrame(good | {"symbol": ["700.HK"]}), data_folder=tmp_path)
    assert shares_outstanding(tmp_path, GME) == []


def test_closes_are_those_of_the_folders_daily_bars(tmp_path: Path) -> None:
    room = tmp_path / "equity" / Market.USA.value
    room.mkdir(parents=True)
    days = pa.array([date(2021, 1, 15), date(2021, 1, 29)] * 2, pa.date32())
    bars = {
        "symbol": ["GME", "GME", "AMC", "AMC"],
        "date": days,
        "close": [35.5, 325.0, 2.33, None],
    }
    parquet.write_table(pa.table(bars), room / "daily.parquet")
    assert closes(tmp_path, GME) == {date(2021, 1, 15): 35.5, date(2021, 1, 29): 325.0}
    assert closes(tmp_path, Symbol.create("AMC")) == {date(2021, 1, 15): 2.33}
    (room / "daily.parquet").write_bytes(b"no parquet")
    with pytest.raises(CorruptStoreError):
        closes(tmp_path, GME)
