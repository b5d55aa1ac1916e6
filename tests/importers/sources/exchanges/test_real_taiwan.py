"""Taiwan's real lists (not shipped): 30 sessions and seven closed days, and both exchanges on 2023-01-30.

Figures by awk, for instance the sums of the 30 sessions::

    for f in TWT93U_2025*.csv; do iconv -f cp950 -t utf-8 $f | tr -d '\\r' | grep -E '^(=)?"[0-9A-Z]{4,7}",' | sed -E 's/^=//'; done |
    awk -F'","' '{for (i = 3; i <= 14; i++) gsub(/,/, "", $i); n++; l += $14; b += $13; m += $7; a += $12; s += $10; r += $11}
                 END {printf "%d %.0f %.0f %.0f %.0f %.0f %.0f", n, l, b, m, a, s, r}'
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pytest

from shortable import LocalDiskShortableProvider, Market
from shortable.importers import ImportReport, import_source
from shortable.store import SHORT_BALANCES, Figures, open_store

TAIWAN = Market.TAIWAN


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("taiwan")


@pytest.fixture
def report(real_data: Path, folder: Path) -> ImportReport:
    return import_source(
        "twse", sorted((real_data / "taiwan").glob("TWT93U_*.csv")), data_folder=folder
    )


def test_every_row_is_stored_and_the_identities_hold(report: ImportReport, folder: Path) -> None:
    # 35,631 rows and 30 rows of totals; no reject.
    assert (report.rows_read, report.passed_over) == (35_661, {"totals": 30})
    assert report.rows_stored + report.rows_unchanged == 35_631
    assert report.rejects.empty
    assert sum("no session" in note for note in report.notes) == len(report.notes) == 7
    row, days = report.identities
    # Both books of 35,631 rows; the 1,186 stocks of the first day have no day before.
    assert (row.checked, row.broken, row.allowed) == (71_262, (), 0)
    assert (days.broken, days.allowed) == ((), 0)
    # Margin loans repaid over the Lunar New Year: 19 rows of 2025-02-03, none of them borrowed.
    assert days.unproven == 19


def test_the_sums_are_those_of_awk(report: ImportReport, folder: Path) -> None:
    store = open_store("twse", market=TAIWAN, data_folder=folder)
    rows = store.read_part(0, ["quantity"])
    # awk: 35631 37150743144 388639701248 9774028000 -97929991 4962696000 4653104227
    assert (len(rows), int(rows.columns["quantity"].sum())) == (35_631, 37_150_743_144)
    assert set(store.venues.values()) == {"TWSE"}
    assert store.complete.all()
    table = SHORT_BALANCES.open(folder, TAIWAN, "twse").table()
    book = {name: table.filter(pc.equal(table["book"], name)) for name in ("borrowed", "margin")}
    sums = [
        pc.sum(book["borrowed"][name]).as_py()
        for name in ("balance", "adjusted", "sold", "covered")
    ]
    assert sums == [388_639_701_248, -97_929_991, 4_962_696_000, 4_653_104_227]
    assert pc.sum(book["margin"]["balance"]).as_py() == 9_774_028_000
    # awk: 213 rows with a negative adjustment, the lowest -9,554,000 of 2317; 10 notes with "!", 4 with Z.
    negative = book["borrowed"].filter(pc.less(book["borrowed"]["adjusted"], 0))
    assert (negative.num_rows, pc.min(negative["adjusted"]).as_py()) == (213, -9_554_000)
    notes = pc.value_counts(book["borrowed"]["note"].drop_null()).to_pylist()
    assert {n["values"]: n["counts"] for n in notes} == {
        "XV": 1566,
        "X": 959,
        "Y": 30,
        "XV!": 5,
        "V!": 5,
        "Z": 4,
    }


def test_each_session_has_the_limit_of_the_list_before_it(
    report: ImportReport, folder: Path
) -> None:
    provider = LocalDiskShortableProvider("twse", folder)
    # By iconv and grep: 2330 in the lists of 2025-01-21, 01-22 and 02-03.
    asked = {
        datetime(2025, 1, 22, 9): 11_321_446,
        datetime(2025, 1, 22, 22, 29): 11_321_446,
        datetime(2025, 1, 22, 22, 30): 11_457_820,
        datetime(2025, 1, 23, 9): 0,
        datetime(2025, 2, 3, 9): 11_457_820,
        datetime(2025, 2, 3, 22, 30): 12_318_646,
        datetime(2025, 2, 4, 9): 12_318_646,
    }
    assert [provider.shortable_quantity("2330.TW", at) for at in asked] == list(asked.values())
    assert provider.shortable_quantities("2330.TW", list(asked)).tolist() == list(asked.values())
    assert not provider.has_quantity("2330.TW", datetime(2025, 1, 23, 9))
    assert provider.shortable_quantity("0050.TW", datetime(2025, 1, 9, 9)) == 2_949_076
    store = open_store("twse", market=TAIWAN, data_folder=folder)
    days = [(date(1970, 1, 1) + timedelta(microseconds=int(at))) for at in store.as_of]
    # Every list is for the session of the next one; 2025-02-28 was closed, so the last is for 2025-03-03.
    assert store.sessions[:-1].tolist() == days[1:]
    assert store.sessions[-1] == np.datetime64("2025-03-03")


def test_balances_are_known_from_the_evening(report: ImportReport, folder: Path) -> None:
    figures = Figures("short_balances", where={"book": "borrowed"}, data_folder=folder)
    times = [datetime(2025, 1, 8, 22, 29), datetime(2025, 1, 8, 22, 30), datetime(2025, 1, 9, 9)]
    found = figures.values("balance", ["0050.TW"] * 3, times)
    np.testing.assert_array_equal(found, [np.nan, 21_163_000, 21_163_000])
    assert (
        len(figures.panel("balance", "2330.TW", datetime(2025, 1, 8), datetime(2025, 3, 1))) == 31
    )
    assert len(figures.all("balance", datetime(2025, 3, 1), TAIWAN)) == 1191


@pytest.mark.parametrize(
    ("source", "rows", "limits", "borrowed", "margin", "symbol", "limit", "balance"),
    [
        # python's json and int alone: rows, and the sums of columns 13, 12 and 6.
        ("twse", 1108, 312_066_972, 8_688_128_013, 543_932_000, "2330.TW", 3_399_967, 30_390_988),
        ("tpex", 789, 64_866_751, 826_389_777, 112_544_000, "6488.TWO", 189_646, 3_035_682),
    ],
)
def test_both_exchanges_as_json(
    real_data: Path,
    tmp_path: Path,
    source: str,
    rows: int,
    limits: int,
    borrowed: int,
    margin: int,
    symbol: str,
    limit: int,
    balance: int,
) -> None:
    files = [
        real_data / "taiwan" / f"{source}-stocks-short-sales{rest}.json"
        for rest in ("", "-no-data")
    ]
    report = import_source(source, files, data_folder=tmp_path)
    assert (report.rows_stored, len(report.rejects)) == (rows, 0)
    assert all(check.broken == () for check in report.identities)
    stored = open_store(source, market=TAIWAN, data_folder=tmp_path).read_part(0, ["quantity"])
    assert int(stored.columns["quantity"].sum()) == limits
    table = SHORT_BALANCES.open(tmp_path, TAIWAN, source).table()
    of = {name: table.filter(pc.equal(table["book"], name)) for name in ("borrowed", "margin")}
    assert [pc.sum(of[name]["balance"]).as_py() for name in of] == [borrowed, margin]
    provider = LocalDiskShortableProvider(source, tmp_path)
    assert provider.shortable_quantity(symbol, datetime(2023, 1, 31, 9)) == limit
    figures = Figures("short_balances", where={"book": "borrowed"}, data_folder=tmp_path)
    assert figures.value("balance", symbol, datetime(2023, 1, 31, 9)) == balance
