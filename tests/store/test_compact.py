"""Compaction: the same answers from few, dense parts; nobody beside it sees anything else; a second time nothing happens."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortable.errors import StoreError, UnknownBrokerError
from shortable.importers import import_source
from shortable.store import Layout, append, compact, files, make_snapshot, open_store

from .model import contents, read_parts, read_symbols
from .test_against_model import fill, snapshots
from .test_interrupted import days, litter, on_every_step, state
from .test_plain_readers import by_duckdb, plain

MANY = Layout(single_file_rows=0, part_rows=1000, fan=50)


def several(make: Any, folder: Path, last: int = 12) -> Path:
    for day in range(2, last):
        path = append("axos", days(make, day), data_folder=folder, layout=MANY).path
    return path


def test_many_parts_become_one_and_every_answer_stays(tmp_path: Path, make: Any) -> None:
    path = several(make, tmp_path)
    before = contents(open_store("axos", data_folder=tmp_path))
    calls: list[tuple[int, int]] = []
    report = compact("axos", data_folder=tmp_path, progress=lambda *call: calls.append(call))
    store = open_store("axos", data_folder=tmp_path)
    assert contents(store) == before
    assert read_parts(store) == read_symbols(store)
    assert (report.rows, report.parts_before, report.parts_after) == (30, 10, 1)
    assert report.path == path
    assert report.bytes_after == sum(p.stat().st_size for p in path.iterdir()) < report.bytes_before
    assert calls == [(0, 1), (1, 1)]


def test_parts_are_cut_in_time_at_the_size_that_is_asked_for(tmp_path: Path, make: Any) -> None:
    several(make, tmp_path)
    layout = Layout(single_file_rows=0, part_rows=7, fan=50)
    report = compact("axos", data_folder=tmp_path, layout=layout)
    # 3 rows a day: three days are 9, the first number of them that is at least 7; of ten days one is left.
    assert report.parts_after == 4
    store = open_store("axos", data_folder=tmp_path)
    assert store.part_of.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3]


@pytest.mark.parametrize("layout", [Layout(), MANY], ids=["file", "parts"])
def test_a_second_time_nothing_is_touched(tmp_path: Path, make: Any, layout: Layout) -> None:
    for day in (2, 3, 4):
        append("axos", days(make, day), data_folder=tmp_path, layout=layout)
    compact("axos", data_folder=tmp_path, layout=layout)
    state = {p: (p.stat().st_mtime_ns, p.stat().st_ino) for p in tmp_path.rglob("*")}
    report = compact("axos", data_folder=tmp_path, layout=layout)
    assert {p: (p.stat().st_mtime_ns, p.stat().st_ino) for p in tmp_path.rglob("*")} == state
    assert (report.parts_before, report.parts_after) == (1, 1)
    assert report.bytes_before == report.bytes_after


def test_a_yes_without_a_number_raises_the_schema_version_and_compaction_stays_done(
    tmp_path: Path,
) -> None:
    rows = {"symbol": ["F", "GME"], "quantity": [None, None], "quantity_is_floor": [False, True]}
    append("axos", [make_snapshot(1, rows, complete=True)], data_folder=tmp_path)
    for _ in range(2):
        store = open_store("axos", data_folder=tmp_path)
        assert pq.read_metadata(store.path).metadata[b"schema_version"] == b"5"
        assert read_symbols(store) == {
            ("F", "USD"): [(1, (None, False, None, None))],
            ("GME", "USD"): [(1, (None, True, None, None))],
        }
        compact("axos", data_folder=tmp_path)
    inode = store.path.stat().st_ino
    compact("axos", data_folder=tmp_path)
    assert store.path.stat().st_ino == inode


def test_full_parts_stay_and_what_came_since_is_compacted(tmp_path: Path, make: Any) -> None:
    path = several(make, tmp_path, 5)
    layout = Layout(single_file_rows=0, part_rows=9, fan=50)
    compact("axos", data_folder=tmp_path, layout=layout)
    (full,) = path.glob("part-*")
    kept = full.stat().st_ino
    append("axos", days(make, 5), data_folder=tmp_path, layout=layout)
    append("axos", days(make, 6), data_folder=tmp_path, layout=layout)
    assert compact("axos", data_folder=tmp_path, layout=layout).parts_after == 2
    assert full.stat().st_ino == kept
    assert (
        json.loads((path / "_manifest.json").read_text().splitlines()[1])["schema_version"] == "4"
    )


@pytest.mark.slow
@settings(max_examples=40)
@given(batches=st.lists(st.lists(snapshots(), max_size=3), max_size=6))
def test_whatever_was_appended_compaction_changes_no_answer(batches: list[list[Any]]) -> None:
    for layout in (Layout(), MANY):
        with tempfile.TemporaryDirectory() as folder:
            if not fill(folder, batches, layout).said:
                return
            before = contents(open_store("axos", data_folder=folder))
            compact("axos", data_folder=folder, layout=layout)
            store = open_store("axos", data_folder=folder)
            assert contents(store) == before
            assert read_parts(store) == before[-1]


@pytest.mark.slow
@pytest.mark.parametrize("swaps", [True, False], ids=["swap", "no swap"])
def test_killed_at_any_step_or_watched_at_any_step_nothing_is_lost(
    tmp_path: Path, make: Any, monkeypatch: pytest.MonkeyPatch, swaps: bool
) -> None:
    if not swaps:
        monkeypatch.setattr(files, "exchange", lambda one, other: False)

    class Killed(BaseException):
        pass

    start = tmp_path / "start"
    several(make, start, 6)
    old = state(start)
    for kill in range(100):
        folder = tmp_path / f"killed-{kill}"
        several(make, folder, 6)
        early = open_store("axos", data_folder=folder)
        left = kill

        def step() -> None:
            nonlocal left
            assert state(folder) == old  # noqa: B023
            if left == 0:
                raise Killed
            left -= 1

        with monkeypatch.context() as patch:
            on_every_step(patch, step)
            patch.setattr("shortable.store.draft.Draft.roll_back", lambda self: None)
            try:
                compact("axos", data_folder=folder, layout=MANY)
                break
            except Killed:
                pass
        assert state(folder) == old
        assert contents(early) == old
        compact("axos", data_folder=folder, layout=MANY)
        assert state(folder) == old
        assert litter(folder) == []
    assert kill >= 4


@pytest.mark.parametrize("look", [plain, by_duckdb])
def test_other_tools_see_each_row_once_at_every_step(
    tmp_path: Path, make: Any, monkeypatch: pytest.MonkeyPatch, look: Any
) -> None:
    path = several(make, tmp_path)
    if not files.exchange(path, path):
        pytest.skip("this system cannot swap two names")
    before, seen = look(path), []
    with monkeypatch.context() as patch:
        on_every_step(patch, lambda: seen.append(look(path)))
        compact("axos", data_folder=tmp_path)
    assert len(seen) > 4
    assert all(one == before for one in [*seen, look(path)])
    assert set(Counter(before).values()) == {1}


def test_there_must_be_a_store_and_room(
    tmp_path: Path, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UnknownBrokerError, match="nobody"):
        compact("nobody", data_folder=tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownBrokerError):  # not the packaged sample
        compact("interactivebrokers")
    several(make, tmp_path)
    old = state(tmp_path)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shortable.store.files.sync_file", full)
    with pytest.raises(StoreError, match=r"No space left on device.*as it was"):
        compact("axos", data_folder=tmp_path)
    assert state(tmp_path) == old
    assert litter(tmp_path) == []


def test_real_snapshots_take_at_most_five_bytes_a_row(real_data: Path, tmp_path: Path) -> None:
    history = real_data / "ibkr" / "usa_history_20260323_20260511.parquet"
    import_source("ibkr", history, data_folder=tmp_path)
    report = compact("interactivebrokers", data_folder=tmp_path)
    assert report.rows == 511_227
    # pyarrow 16 writes the same pages in 5.22 bytes a row.
    most = 5.0 if int(pa.__version__.partition(".")[0]) > 16 else 5.3
    assert report.bytes_after <= most * report.rows
