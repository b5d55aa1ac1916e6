"""S3, S15: snapshots record their kind, their venue and the symbols whose row could not be read."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from shortable.errors import InvalidInputError, SnapshotConflictError
from shortable.store import Layout, SnapshotRows, append, make_snapshot, open_store

PARTS = Layout(single_file_rows=0, part_rows=4, fan=2)
LAYOUTS = pytest.mark.parametrize("layout", [Layout(), PARTS], ids=["file", "parts"])


def taiwan(instant: int, **more: Any) -> SnapshotRows:
    rows = {"symbol": ["2330", "2317"], "quantity": [instant, 5]}
    options: dict[str, Any] = {"complete": True, "kind": "daily_flow", "venue": "TWSE"}
    if more.get("kind") != "pool":
        options["session"] = date(2025, 1, 1 + instant)
    return make_snapshot(instant, rows, **(options | more))


@LAYOUTS
def test_they_come_back_as_they_were_written(tmp_path: Path, layout: Layout) -> None:
    given = [
        taiwan(1),
        taiwan(2, venue="TPEx", unreadable=["5347", "1234"]),
        taiwan(3, venue="", complete=False, unreadable=["1234"]),
        taiwan(4),
    ]
    for one in given:  # in a folder, each makes a part that is merged later
        append("twse", [one], data_folder=tmp_path, layout=layout)
    store = open_store("twse", data_folder=tmp_path)
    assert store.kind == "daily_flow"
    assert [s.session for s in store.snapshots] == [date(2025, 1, day) for day in (2, 3, 4, 5)]
    assert store.sessions.astype(str).tolist() == [f"2025-01-0{day}" for day in (2, 3, 4, 5)]
    assert [(s.kind, s.venue, s.unreadable) for s in store.snapshots] == [
        ("daily_flow", "TWSE", ()),
        ("daily_flow", "TPEx", ("1234", "5347")),
        ("daily_flow", "", ("1234",)),
        ("daily_flow", "TWSE", ()),
    ]
    assert {t: at.tolist() for t, at in store.unreadable.items()} == {"1234": [1, 2], "5347": [1]}
    again = append("twse", given, data_folder=tmp_path, layout=layout)
    assert (len(again.unchanged), again.stored) == (4, ())
    assert again.unchanged == store.snapshots


@LAYOUTS
def test_a_store_that_states_none_of_them_is_written_as_before(
    tmp_path: Path, layout: Layout, make: Any
) -> None:
    path = append("axos", [make("2024-01-02", SPY=1)], data_folder=tmp_path, layout=layout).path
    store = open_store("axos", data_folder=tmp_path)
    assert (store.kind, store.unreadable) == ("pool", {})
    assert [(s.kind, s.venue, s.unreadable) for s in store.snapshots] == [("pool", "", ())]
    file = path if path.is_file() else next(path.glob("part-*"))
    metadata = pq.read_metadata(file).metadata
    assert metadata[b"schema_version"] == b"1"
    assert set(json.loads(metadata[b"snapshots"])) == {
        "as_of",
        "complete",
        "rows",
        "made_up",
        "digest",
    }


@LAYOUTS
def test_a_store_that_states_them_is_refused_by_releases_that_would_pass_over_them(
    tmp_path: Path, layout: Layout
) -> None:
    path = append("twse", [taiwan(1)], data_folder=tmp_path, layout=layout).path
    if path.is_dir():
        manifest = json.loads((path / "_manifest.json").read_text().splitlines()[1])
        assert manifest["schema_version"] == "3"
        path = next(path.glob("part-*"))
    assert pq.read_metadata(path).metadata[b"schema_version"] == b"3"


@LAYOUTS
def test_what_could_not_be_read_is_part_of_the_snapshot(tmp_path: Path, layout: Layout) -> None:
    append("twse", [taiwan(1)], data_folder=tmp_path, layout=layout)
    changed = taiwan(1, unreadable=["1234"])
    with pytest.raises(SnapshotConflictError, match="replace=True"):
        append("twse", [changed], data_folder=tmp_path, layout=layout)
    append("twse", [changed], data_folder=tmp_path, layout=layout, replace=True)
    assert open_store("twse", data_folder=tmp_path).snapshots[0].unreadable == ("1234",)


@LAYOUTS
def test_a_correction_keeps_what_could_not_be_read(tmp_path: Path, layout: Layout) -> None:
    append("twse", [taiwan(1, unreadable=["1234"])], data_folder=tmp_path, layout=layout)
    row = {"symbol": ["2317"], "quantity": [6]}
    correction = make_snapshot(
        1, row, complete=False, kind="daily_flow", venue="TWSE", session=date(2025, 1, 2)
    )
    append("twse", [correction], data_folder=tmp_path, layout=layout, replace=True)
    whole, part = open_store("twse", data_folder=tmp_path).snapshots
    assert (whole.complete, whole.kind, whole.venue, whole.unreadable) == (
        True,
        "daily_flow",
        "TWSE",
        ("1234",),
    )
    assert (part.complete, part.unreadable) == (False, ())


def test_another_session_of_the_same_publication_only_replaces(tmp_path: Path) -> None:
    """A holiday that was not known when the list was stored moves its session."""
    append("twse", [taiwan(1)], data_folder=tmp_path)
    moved = taiwan(1, session=date(2025, 1, 9))
    with pytest.raises(SnapshotConflictError, match="another session than the new one, 2025-01-09"):
        append("twse", [moved], data_folder=tmp_path)
    append("twse", [moved], replace=True, data_folder=tmp_path)
    assert open_store("twse", data_folder=tmp_path).sessions.astype(str).tolist() == ["2025-01-09"]


@pytest.mark.parametrize("replace", [False, True])
def test_one_store_has_one_kind_and_one_instant_one_venue(tmp_path: Path, replace: bool) -> None:
    append("twse", [taiwan(1)], data_folder=tmp_path)
    for other, words in (
        (taiwan(2, kind="pool"), r"holds snapshots of kind 'daily_flow'.*'pool'"),
        (taiwan(1, venue="TPEx"), r"of TWSE, and the new one is of TPEx\. Keep each venue"),
        (taiwan(1, venue=""), r"of TWSE, and the new one is of the whole market"),
    ):
        with pytest.raises(SnapshotConflictError, match=words):
            append("twse", [other], data_folder=tmp_path, replace=replace)
    assert len(open_store("twse", data_folder=tmp_path).snapshots) == 1
    with pytest.raises(SnapshotConflictError, match="Keep each kind"):
        append("new", [taiwan(1), taiwan(2, kind="pool")], data_folder=tmp_path)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"kind": "flow"}, "kind='flow' must be out of pool, daily_flow"),
        ({"venue": "a/b"}, "venue='a/b'"),
        ({"venue": None}, "venue=None"),
        ({"unreadable": ["brk b"]}, "unreadable='brk b' must hold canonical tickers"),
        ({"unreadable": [None, "A"]}, "unreadable=None"),
        ({"unreadable": "ABC"}, "unreadable='ABC' must be a sequence of tickers"),
        ({"session": None}, "session=None must be a date: the one session"),
        ({"session": datetime(2025, 1, 2)}, "must be a date: the one session"),
        ({"kind": "pool", "session": date(2025, 1, 2)}, "must be None for a pool"),
    ],
)
def test_what_is_none_of_them_is_refused(more: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        taiwan(1, **more)


def test_the_digest_is_of_the_rows_alone(tmp_path: Path) -> None:
    """A stale repeat is found whatever else its importer could not read."""
    append("twse", [taiwan(7)], data_folder=tmp_path)
    append("other", [taiwan(7, kind="pool", venue="", unreadable=["1234"])], data_folder=tmp_path)
    digests = {open_store(b, data_folder=tmp_path).snapshots[0].digest for b in ("twse", "other")}
    assert len(digests) == 1
