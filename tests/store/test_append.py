"""What appending does: once is enough, contradictions are refused, markets stay apart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from shortable import Market
from shortable.errors import InvalidInputError, SnapshotConflictError, StoreError
from shortable.store import Layout, SnapshotRows, append, make_snapshot, open_store

from .model import contents, read_symbols

PARTS = Layout(single_file_rows=2, part_rows=4, fan=2)


@pytest.fixture(params=[Layout(), PARTS], ids=["file", "parts"])
def layout(request: pytest.FixtureRequest) -> Layout:
    return request.param


def every_file(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(p): (p.stat().st_mtime_ns, p.read_bytes()) for p in folder.rglob("*") if p.is_file()
    }


def test_the_same_again_touches_no_file(tmp_path: Path, make: Any, layout: Layout) -> None:
    ours = [make(f"2024-01-0{day}", SPY=day, AAPL=(None, 0.5)) for day in range(2, 6)]
    first = append("axos", ours, data_folder=tmp_path, layout=layout)
    before = every_file(tmp_path)
    again = append("axos", ours[::-1], data_folder=tmp_path, layout=layout)
    assert (len(first.stored), first.unchanged, first.rows) == (4, (), 8)
    assert (again.stored, len(again.unchanged), again.rows, again.path) == ((), 4, 0, first.path)
    assert every_file(tmp_path) == before


def test_one_call_may_hold_the_same_snapshot_twice(tmp_path: Path, make: Any) -> None:
    report = append("axos", [make("2024-01-02", SPY=1)] * 2, data_folder=tmp_path)
    assert (len(report.stored), len(report.unchanged), report.rows) == (1, 1, 1)


def test_an_older_snapshot_after_a_newer_one_takes_its_place_in_time(
    tmp_path: Path, make: Any, layout: Layout
) -> None:
    for day in (5, 3, 4, 2):
        append("axos", [make(f"2024-01-0{day}", SPY=day)], data_folder=tmp_path, layout=layout)
    store = open_store("axos", data_folder=tmp_path)
    assert store.as_of.tolist() == [make.at(f"2024-01-0{day}") for day in range(2, 6)]
    rows = read_symbols(store)[("SPY", "USD")]
    assert [values[0] for _, values in rows] == [2, 3, 4, 5]


def test_another_complete_snapshot_of_the_instant_is_refused_and_nothing_changes(
    tmp_path: Path, make: Any, layout: Layout
) -> None:
    append("axos", [make("2024-01-02", SPY=1, AAPL=1, F=1)], data_folder=tmp_path, layout=layout)
    before = every_file(tmp_path)
    with pytest.raises(
        SnapshotConflictError, match=r"2024-01-02T05:00:00.*3 rows.*2.*replace=True"
    ):
        append(
            "axos",
            [make("2024-01-03", SPY=9), make("2024-01-02", SPY=2, AAPL=1)],
            data_folder=tmp_path,
            layout=layout,
        )
    assert every_file(tmp_path) == before


def test_replace_puts_a_complete_snapshot_in_the_place_of_the_whole_instant(
    tmp_path: Path, make: Any, layout: Layout
) -> None:
    ours = [make(f"2024-01-0{day}", SPY=day, AAPL=day) for day in range(2, 6)]
    append("axos", ours, data_folder=tmp_path, layout=layout)
    report = append(
        "axos", [make("2024-01-03", F=7)], data_folder=tmp_path, replace=True, layout=layout
    )
    store = open_store("axos", data_folder=tmp_path)
    at = [make.at(f"2024-01-0{day}") for day in range(2, 6)]
    stated = {key[0]: {t: v[0] for t, v in rows} for key, rows in read_symbols(store).items()}
    assert stated == {
        "SPY": {at[0]: 2, at[2]: 4, at[3]: 5},
        "AAPL": {at[0]: 2, at[2]: 4, at[3]: 5},
        "F": {at[1]: 7},
    }
    assert [s.rows for s in store.snapshots] == [2, 1, 2, 2]
    assert [(s.as_of, s.rows) for s in report.replaced] == [(at[1], 2)]


def test_partial_snapshots_of_one_instant_stand_together_unless_they_contradict(
    tmp_path: Path, make: Any, layout: Layout
) -> None:
    one, two = (
        make("2024-01-02", complete=False, SPY=1, F=5),
        make("2024-01-02", complete=False, SPY=1, AAPL=2),
    )
    append("axos", [one], data_folder=tmp_path, layout=layout)
    append("axos", [make("2024-01-03", SPY=3, F=3, GME=3)], data_folder=tmp_path, layout=layout)
    append("axos", [two], data_folder=tmp_path, layout=layout)
    store = open_store("axos", data_folder=tmp_path)
    at = make.at("2024-01-02")
    assert {
        key[0]: rows[0][1][0] for key, rows in read_symbols(store).items() if rows[0][0] == at
    } == {
        "SPY": 1,
        "F": 5,
        "AAPL": 2,
    }
    assert store.complete.tolist() == [False, False, True]
    assert len(set(store.part_of[:2].tolist())) == 1
    before = every_file(tmp_path)
    with pytest.raises(SnapshotConflictError, match=r"SPY \(USD\) differently"):
        append(
            "axos", [make("2024-01-02", complete=False, SPY=8)], data_folder=tmp_path, layout=layout
        )
    assert every_file(tmp_path) == before


def test_a_contradiction_inside_one_call_is_refused_too(
    tmp_path: Path, make: Any, layout: Layout
) -> None:
    said = [make("2024-01-02", complete=False, SPY=1), make("2024-01-02", complete=False, SPY=2)]
    with pytest.raises(SnapshotConflictError, match="SPY"):
        append("axos", said, data_folder=tmp_path, layout=layout)
    assert not list(tmp_path.rglob("*.parquet"))
    report = append("axos", said, data_folder=tmp_path, layout=layout, replace=True)
    assert len(report.stored) == 2
    assert read_symbols(open_store("axos", data_folder=tmp_path))[("SPY", "USD")][0][1][0] == 2


def test_replace_by_a_partial_snapshot_changes_the_rows_that_it_names_and_no_others(
    tmp_path: Path, make: Any, layout: Layout
) -> None:
    append(
        "axos",
        [make("2024-01-02", SPY=1, F=1), make("2024-01-03", SPY=1)],
        data_folder=tmp_path,
        layout=layout,
    )
    correction = make("2024-01-02", complete=False, SPY=9)
    append("axos", [correction], data_folder=tmp_path, layout=layout, replace=True)
    store = open_store("axos", data_folder=tmp_path)
    rows = {
        key[0]: [values[0] for _, values in found] for key, found in read_symbols(store).items()
    }
    assert rows == {"F": [1], "SPY": [9, 1]}
    assert store.complete.tolist() == [True, False, True]
    # What stands there now is what the list says: the digest is that of a snapshot with the corrected row.
    corrected = make_snapshot(0, {"symbol": ["F", "SPY"], "quantity": [1, 9]}, complete=True)
    other = append("other", [corrected], data_folder=tmp_path).stored[0]
    assert store.snapshots[0].digest == other.digest
    before = every_file(tmp_path)
    assert len(append("axos", [correction], data_folder=tmp_path, layout=layout).unchanged) == 1
    assert every_file(tmp_path) == before


def test_with_replace_the_last_of_one_call_stands(
    tmp_path: Path, make: Any, layout: Layout
) -> None:
    said = [make("2024-01-02", SPY=n, F=n) for n in (1, 2, 3)]
    report = append("axos", said, data_folder=tmp_path, layout=layout, replace=True)
    assert read_symbols(open_store("axos", data_folder=tmp_path))[("SPY", "USD")][0][1][0] == 3
    assert len(open_store("axos", data_folder=tmp_path).snapshots) == 1
    assert len(report.replaced) == 2


def test_made_up_data_never_pass_for_the_real_snapshot(tmp_path: Path, make: Any) -> None:
    append("axos", [make("2024-01-02", made_up=True, SPY=1)], data_folder=tmp_path)
    with pytest.raises(SnapshotConflictError):
        append("axos", [make("2024-01-02", SPY=1)], data_folder=tmp_path)
    append("axos", [make("2024-01-02", SPY=1)], data_folder=tmp_path, replace=True)
    assert not open_store("axos", data_folder=tmp_path).made_up.any()


def test_canada_changes_no_us_row(tmp_path: Path, make: Any, layout: Layout) -> None:
    append("axos", [make("2024-01-02", SPY=1, RY=2)], data_folder=tmp_path, layout=layout)
    before = contents(open_store("axos", data_folder=tmp_path))
    files = every_file(tmp_path)
    other = make("2024-01-02", RY=5)
    append("axos", [other], data_folder=tmp_path, market=Market.CANADA, layout=layout)
    assert contents(open_store("axos", data_folder=tmp_path)) == before
    assert files.items() <= every_file(tmp_path).items()
    canada = open_store("axos", data_folder=tmp_path, market=Market.CANADA)
    assert [s.market for s in canada.snapshots] == [Market.CANADA]


def test_an_empty_complete_snapshot_says_that_nothing_can_be_borrowed(
    tmp_path: Path, make: Any, layout: Layout
) -> None:
    nothing = make_snapshot(make.at("2024-01-03"), {"symbol": []}, complete=True)
    append("axos", [nothing], data_folder=tmp_path, layout=layout)
    append("axos", [make("2024-01-02", SPY=1, F=2, GME=3)], data_folder=tmp_path, layout=layout)
    store = open_store("axos", data_folder=tmp_path)
    assert [s.rows for s in store.snapshots] == [3, 0]
    assert len(read_symbols(store)) == 3


def test_snapshots_are_taken_one_by_one_and_progress_is_told(tmp_path: Path, make: Any) -> None:
    alive: list[int] = []

    def stream() -> Iterator[SnapshotRows]:
        for day in range(10, 20):
            alive.append(day)
            yield make(f"2024-01-{day}", SPY=day, F=day)

    told: list[tuple[int, int, int]] = []
    append(
        "axos",
        stream(),
        data_folder=tmp_path,
        progress=lambda count, rows: told.append((count, rows, len(alive))),
        layout=PARTS,
    )
    assert told == [(n, 2 * n, n) for n in range(1, 11)]


def test_what_is_no_snapshot_is_refused_and_nothing_is_stored(
    tmp_path: Path, make: Any, layout: Layout
) -> None:
    with pytest.raises(InvalidInputError, match="make_snapshot"):
        append(
            "axos",
            [*(make(f"2024-01-0{d}", A=1, B=1, C=1) for d in (2, 3)), {"SPY": 1}],
            data_folder=tmp_path,
            layout=layout,
        )
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == [".axos.parquet.lock"]


def test_no_snapshots_make_no_store(tmp_path: Path) -> None:
    report = append("axos", [], data_folder=tmp_path)
    assert (report.stored, report.rows) == ((), 0)
    assert not report.path.exists()


def test_tickers_that_look_like_other_things_survive_the_round_trip(
    tmp_path: Path, layout: Layout
) -> None:
    odd = ["CON", "FALSE", "INF", "NA", "NAN", "NULL", "TRUE"]
    made = make_snapshot(0, {"symbol": odd, "quantity": list(range(7))}, complete=True)
    report = append("axos", [made], data_folder=tmp_path, layout=layout)
    store = open_store("axos", data_folder=tmp_path)
    assert store.keys() == [(name, "USD") for name in odd]
    assert [
        store.read_symbol(0, name, "USD", ["quantity"])["quantity"].tolist() for name in odd
    ] == [[i] for i in range(7)]
    assert store.read_symbol(0, "SPY", "USD", ["fee_rate"])["fee_rate"].shape == (0,)
    assert store.read_symbol(0, "NA", "EUR", ["quantity"])["as_of"].shape == (0,)
    table = pq.read_table(report.path)  # anyone's reader takes the folder for the file that it was
    assert table.column("symbol").to_pylist() == odd


def test_a_column_that_does_not_exist_is_misuse(tmp_path: Path, make: Any) -> None:
    append("axos", [make("2024-01-02", SPY=1)], data_folder=tmp_path)
    store = open_store("axos", data_folder=tmp_path)
    with pytest.raises(InvalidInputError, match="columns='price'"):
        store.read_symbol(0, "SPY", "USD", ["price"])
    with pytest.raises(InvalidInputError, match="columns='price'"):
        store.read_part(0, ["quantity", "price"])


def test_the_file_says_what_it_is_in_which_units(tmp_path: Path, make: Any) -> None:
    path = append("axos", [make("2024-01-02", made_up=True, SPY=1)], data_folder=tmp_path).path
    said = pq.read_metadata(path).metadata
    assert said[b"format"] == b"shortable availability"
    assert said[b"schema_version"] == b"1"
    assert said[b"time_zone"] == b"UTC"
    assert b"annual fraction" in said[b"units"]
    assert said[b"made_up"] == b"made-up sample data"
    assert (said[b"broker"], said[b"market"]) == (b"axos", b"usa")
    append("axos", [make("2024-01-03", SPY=1)], data_folder=tmp_path)
    assert pq.read_metadata(path).metadata[b"made_up"] == b"contains made-up sample data"


def test_a_folder_that_may_not_be_written_is_an_error_of_ours(tmp_path: Path, make: Any) -> None:
    room = tmp_path / "equity" / "usa"
    room.mkdir(parents=True)
    (room / "shortable").write_text("in the way")
    with pytest.raises(StoreError, match="cannot write"):
        append("axos", [make("2024-01-02", SPY=1)], data_folder=tmp_path)


def test_a_disk_that_fails_leaves_the_store_as_it_was(
    tmp_path: Path, make: Any, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    append("axos", [make("2024-01-02", SPY=1, F=1, A=1)], data_folder=tmp_path, layout=layout)
    before = every_file(tmp_path)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shortable.store.files.sync_file", full)
    with pytest.raises(StoreError, match=r"No space left on device.*as it was"):
        append("axos", [make("2024-01-03", SPY=1)], data_folder=tmp_path, layout=layout)
    assert every_file(tmp_path) == before
