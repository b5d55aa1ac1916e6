"""The vendor's real files (not shipped): the issue's section "Real input", as far as it is about importing."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet

from shortable.clock import from_instant, to_instant
from shortable.errors import ImportRefusedError
from shortable.importers import import_source
from shortable.market import Market
from shortable.store import open_store

BROKER = "interactivebrokers"
HISTORY = "usa_history_20260323_20260511.parquet"


def answers(folder: Path, ticker: str, market: Market = Market.USA) -> dict[datetime, int]:
    """Return what the store says of one symbol: local time to quantity."""
    store = open_store(BROKER, market=market, data_folder=folder)
    found: dict[datetime, int] = {}
    for part in range(store.n_parts):
        rows = store.read_symbol(part, ticker, market.currency, ["quantity"])
        found |= dict(zip(rows["as_of"].tolist(), rows["quantity"].tolist(), strict=True))
    return {from_instant(instant, market): quantity for instant, quantity in sorted(found.items())}


@pytest.mark.parametrize(
    ("file", "market", "rows", "local", "utc"),
    [
        ("usa_20210423.txt", "usa", 13_313, "2021-04-23T19:00:02", "2021-04-23T23:00:02+00:00"),
        ("usa_20220806.txt", "usa", 17_461, "2022-08-06T22:30:03", "2022-08-07T02:30:03+00:00"),
        (
            "canada_20210427.txt",
            "canada",
            1_939,
            "2021-04-27T20:00:03",
            "2021-04-28T00:00:03+00:00",
        ),
    ],
)
def test_a_raw_file_is_stored_less_only_what_is_reported(
    real_data: Path, tmp_path: Path, file: str, market: str, rows: int, local: str, utc: str
) -> None:
    report = import_source(
        "ibkr", real_data / "ibkr" / file, broker=BROKER, market=market, data_folder=tmp_path
    )
    assert report.rows_read == rows
    assert report.rows_stored == rows - len(report.rejects)
    assert report.rejects.empty
    assert report.to_dict()["snapshots"] == [
        {
            "market": market,
            "local_time": local,
            "utc_time": utc,
            "complete": True,
            "rows": rows,
            "state": "stored",
        }
    ]
    (path,) = tmp_path.rglob("*.parquet")
    before = path.read_bytes()
    again = import_source(
        "ibkr", real_data / "ibkr" / file, broker=BROKER, market=market, data_folder=tmp_path
    )
    assert (again.rows_stored, again.rows_unchanged) == (0, rows)
    assert path.read_bytes() == before


# Rows, shares, floors, the sum and number of fees in percent, the same of rebates:
# awk -F'|' '/^[^#]/ {n++; if ($7 != "NA") {f += $7; nf++} if ($6 != "NA") {r += $6; nr++}
#   q = $8; if (q ~ /^>/) {fl++; sub(">", "", q)} s += q}
#   END {printf "%d %.0f %d %.4f %d %.4f %d", n, s, fl, f, nf, r, nr}'; of the archive DuckDB with the same sums.
SUMS = {
    "usa_20210423.txt": (13313, 13591576889, 381, 105685.5399, 13289, -104885.3019, 13289),
    "usa_20220806.txt": (17461, 20304592661, 791, 136503.1415, 17426, -96105.7215, 17426),
    "canada_20210427.txt": (1939, 481139279, 6, 10117.8542, 1904, -9636.8442, 1904),
    HISTORY: (511227, 547951443790, 21078, 4553292.4134, 507285, -2709790.1581, 507285),
}


@pytest.mark.parametrize("file", SUMS)
def test_rows_and_sums_are_those_of_another_tool(
    real_data: Path, tmp_path: Path, file: str
) -> None:
    market = Market.CANADA if file.startswith("canada") else Market.USA
    import_source("ibkr", real_data / "ibkr" / file, market=market, data_folder=tmp_path)
    store = open_store(BROKER, market=market, data_folder=tmp_path)
    columns = ["quantity", "quantity_is_floor", "fee_rate", "rebate_rate"]
    parts = [store.read_part(part, columns).columns for part in range(store.n_parts)]
    shares, floors, fees, rebates = (
        np.concatenate([part[name] for part in parts]) for name in columns
    )
    rows, total, floor_count, fee, fee_count, rebate, rebate_count = SUMS[file]
    assert (len(shares), int(shares.sum()), int(floors.sum())) == (rows, total, floor_count)
    assert shares.min() >= 0
    assert [int((~np.isnan(rates)).sum()) for rates in (fees, rebates)] == [fee_count, rebate_count]
    # Percent in the files, fractions in the store; sums of decimals, to their last digit.
    assert 100 * np.nansum(fees) == pytest.approx(fee, abs=1e-3)
    assert 100 * np.nansum(rebates) == pytest.approx(rebate, abs=1e-3)


def test_what_the_2021_file_says(real_data: Path, tmp_path: Path) -> None:
    import_source("ibkr", real_data / "ibkr" / "usa_20210423.txt", data_folder=tmp_path)
    at = datetime(2021, 4, 23, 19, 0, 2)
    # Lines of the file: "GME|USD|…|300|" (line 5180), "AA|USD|…|>10000000|", "BRK B|USD|…|>10000000|".
    lines = (real_data / "ibkr" / "usa_20210423.txt").read_text().splitlines()
    assert answers(tmp_path, "GME") == {at: 300}
    assert answers(tmp_path, "AA") == {at: 10_000_000}
    assert answers(tmp_path, "BRK.B") == {at: 10_000_000}
    assert not [line for line in lines if line.startswith("AMC|")]
    assert answers(tmp_path, "AMC") == {}
    store = open_store(BROKER, data_folder=tmp_path)
    assert store.as_of.tolist() == [to_instant(at)]
    assert store.complete.tolist() == [True]


def test_canada_changes_no_us_answer(real_data: Path, tmp_path: Path) -> None:
    import_source("ibkr", real_data / "ibkr" / "usa_20210423.txt", data_folder=tmp_path)
    path = tmp_path / "equity" / "usa" / "shortable" / f"{BROKER}.parquet"
    before = path.read_bytes()
    import_source(
        "ibkr", real_data / "ibkr" / "canada_20210427.txt", market="canada", data_folder=tmp_path
    )
    assert path.read_bytes() == before
    assert answers(tmp_path, "ABX", Market.CANADA) == {datetime(2021, 4, 27, 20, 0, 3): 6_200_000}


def test_the_history_in_one_call(real_data: Path, tmp_path: Path) -> None:
    report = import_source("ibkr", real_data / "ibkr" / HISTORY, data_folder=tmp_path)
    # 511,254 rows of the archive are 27 trailers and 511,227 rows of data.
    assert (report.rows_read, report.rows_stored, dict(report.passed_over)) == (
        511_254,
        511_227,
        {"trailers": 27},
    )
    assert report.rejects.empty
    assert len(report.snapshots) == 27
    assert all(snapshot.complete for snapshot in report.snapshots)
    assert report.snapshots[0].local_time == datetime(2026, 3, 23, 13, 23, 29)
    assert len(report.notes) == 1
    assert "the one empty symbol of 27 snapshots was read as NA" in report.notes[0]
    assert len(answers(tmp_path, "NA")) == 27
    assert len(answers(tmp_path, "NAN")) == 27
    assert len(answers(tmp_path, "BYND")) == 27 - 4
    paths = [path for path in tmp_path.rglob("*") if path.is_file() and path.stat().st_size]
    before = [path.read_bytes() for path in paths]
    again = import_source("ibkr", real_data / "ibkr" / HISTORY, broker=BROKER, data_folder=tmp_path)
    assert (again.rows_stored, again.rows_unchanged) == (0, 511_227)
    assert [path.read_bytes() for path in paths] == before


@pytest.mark.slow
def test_the_history_says_what_its_text_says(real_data: Path, tmp_path: Path) -> None:
    import_source("ibkr", real_data / "ibkr" / HISTORY, data_folder=tmp_path)
    text = parquet.read_table(
        real_data / "ibkr" / HISTORY, columns=["sym", "available", "retrieved_utc"]
    ).to_pylist()
    for ticker, name in (("GME", "GME"), ("TQQQ", "TQQQ"), ("NA", ""), ("BRK.B", "BRK B")):
        said = [int(row["available"].lstrip(">")) for row in text if row["sym"] == name]
        assert len(said) > 0
        assert list(answers(tmp_path, ticker).values()) == said


def test_a_file_cut_in_half_is_refused_and_the_store_is_as_before(
    real_data: Path, tmp_path: Path
) -> None:
    import_source("ibkr", real_data / "ibkr" / "usa_20210423.txt", data_folder=tmp_path)
    (path,) = tmp_path.rglob("*.parquet")
    before = path.read_bytes()
    whole = (real_data / "ibkr" / "usa_20220806.txt").read_bytes()
    half = tmp_path / "half.txt"
    half.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ImportRefusedError, match=r"^half\.txt: the file was cut off"):
        import_source("ibkr", [real_data / "ibkr" / "usa_20220806.txt", half], data_folder=tmp_path)
    assert path.read_bytes() == before
    report = import_source("ibkr", half, allow_truncated=True, data_folder=tmp_path)
    assert not report.snapshots[0].complete
    assert len(report.rejects) == 1
    assert report.rows_stored == whole[: len(whole) // 2].count(b"\n") - 2


def test_missing_rates_and_the_benchmark_of_the_real_file(real_data: Path, tmp_path: Path) -> None:
    import_source("ibkr", real_data / "ibkr" / "usa_20220806.txt", data_folder=tmp_path)
    store = open_store(BROKER, data_folder=tmp_path)
    rows = store.read_part(0, ["fee_rate", "rebate_rate", "quantity", "quantity_is_floor"])
    fee, rebate = rows.columns["fee_rate"], rows.columns["rebate_rate"]
    # The file holds 35 rows with NA rates and 791 floors (counted with grep).
    assert int(np.isnan(fee).sum()) == int(np.isnan(rebate).sum()) == 35
    assert int(rows.columns["quantity_is_floor"].sum()) == 791
    # rebate + fee is the benchmark, 2.32 % a year, for most rows (FORMATS §1).
    assert float(np.mean(np.isclose(fee + rebate, 0.0232))) > 0.9
