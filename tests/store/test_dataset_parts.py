"""A dataset that has grown into parts: the same answers as one file, whole at every step, and an import costs what it brings."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortable.errors import (
    CorruptStoreError,
    SchemaVersionError,
    SnapshotConflictError,
    StoreError,
)
from shortable.market import Market
from shortable.store import SHORT_INTEREST, Layout, files, manifest
from shortable.store import dataset as dataset_module

ONE_FILE = Layout()
PARTS = Layout(single_file_rows=3, part_rows=12, fan=2, merge_rows=8)
MANY = Layout(single_file_rows=3, part_rows=100, fan=50)
FIRST = date(2024, 1, 15)

Row = tuple[str, int, int, int, bool]
rows = st.tuples(
    st.sampled_from(["A", "B", "NA"]),
    st.integers(0, 5),  # settlement date, in months of 30 days
    st.integers(1, 3),  # shares
    st.integers(0, 2),  # publication, weeks late
    st.booleans(),  # by rule
)
calls = st.lists(
    st.tuples(st.lists(st.lists(rows, max_size=3), min_size=1, max_size=2), st.booleans()),
    max_size=12,
)


def table(listed: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "symbol": symbol,
                "settlement_date": FIRST + timedelta(days=30 * month),
                "known_at": datetime(2024, 1, 29, tzinfo=UTC)
                + timedelta(days=30 * month, weeks=0 if by_rule else late),
                "by_rule": by_rule,
                "shares_short": shares,
                "revised": False,
                "split": False,
            }
            for symbol, month, shares, late, by_rule in listed
        ],
        schema=SHORT_INTEREST.schema,
    )


def put(folder: Path, batches: list[pa.Table], layout: Layout, **options: Any) -> Any:
    try:
        new, _ = SHORT_INTEREST.append(
            "finra", batches, market=Market.USA, data_folder=folder, layout=layout, **options
        )
    except SnapshotConflictError as error:
        return str(error)
    return [flags.tolist() for flags in new]


def month(number: int, shares: int = 1) -> list[pa.Table]:
    return [table([("A", number, shares, 0, True), ("B", number, shares, 0, True)])]


def place(folder: Path) -> Path:
    return SHORT_INTEREST.path(folder, Market.USA, "finra")


def held(folder: Path) -> list[dict[str, Any]]:
    try:
        return SHORT_INTEREST.open(folder, Market.USA, "finra").table().to_pylist()
    except FileNotFoundError:
        return []


@pytest.mark.slow
@settings(max_examples=int(os.environ.get("STREAMS", "25")))
@given(calls)
def test_parts_answer_as_one_file_does(given_calls: list[tuple[list[list[Row]], bool]]) -> None:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as many:
        for batches, replace in given_calls:
            tables = [table(batch) for batch in batches]
            answers = [
                put(Path(folder), tables, layout, replace=replace)
                for folder, layout in ((one, ONE_FILE), (many, PARTS))
            ]
            assert answers[0] == answers[1]
        assert held(Path(one)) == held(Path(many))
        if not held(Path(one)):
            return
        file, parts = (SHORT_INTEREST.open(folder, Market.USA, "finra") for folder in (one, many))
        for symbol in ("A", "B", "NA", "C"):
            assert file.symbol(symbol).equals(parts.symbol(symbol))
        columns = ["shares_short", "symbol"]
        assert file.table(columns).equals(parts.table(columns))
        plain = place(Path(many))
        if plain.is_dir():
            read = pa.dataset.dataset(plain).to_table()
            key = [
                ("symbol", "ascending"),
                ("settlement_date", "ascending"),
                ("known_at", "ascending"),
            ]
            assert read.sort_by(key).to_pylist() == held(Path(many))
            around(file.table(), parts)


def around(whole: pa.Table, parts: Any) -> None:
    """What `around` returns holds the dates asked for and their neighbours, each with all its rows."""
    days = sorted(set(whole["settlement_date"].to_pylist()))
    for first in range(7):
        for last in range(first, 7):
            low, high = (FIRST + timedelta(days=30 * month) for month in (first, last))
            wanted = {day for day in days if low <= day <= high}
            wanted |= set([day for day in days if day < low][-1:])
            wanted |= set([day for day in days if day > high][:1])
            found = parts.around(low, high).to_pylist()
            assert [row for row in found if row["settlement_date"] in wanted] == [
                row for row in whole.to_pylist() if row["settlement_date"] in wanted
            ]


def test_an_import_touches_only_the_parts_of_its_dates(tmp_path: Path) -> None:
    grown(tmp_path)
    before = {p.name: p.stat().st_ino for p in place(tmp_path).glob("part-*")}
    assert sorted(before) == [f"part-{n:06}.parquet" for n in (1, 2, 3)]
    assert put(tmp_path, month(3, shares=2), MANY, replace=True) == [[True, True]]
    after = {p.name: p.stat().st_ino for p in place(tmp_path).glob("part-*")}
    # Part 1 holds months 0 and 1, part 2 month 2; part 3, of month 3, has given way to part 4.
    assert after == {
        "part-000001.parquet": before["part-000001.parquet"],
        "part-000002.parquet": before["part-000002.parquet"],
        "part-000004.parquet": after["part-000004.parquet"],
    }
    assert [row["shares_short"] for row in held(tmp_path)] == [1, 1, 1, 2] * 2
    opened: list[Path] = []
    with pytest.MonkeyPatch.context() as patch:
        real = dataset_module.DatasetPart
        patch.setattr(
            dataset_module,
            "DatasetPart",
            lambda path, *more: opened.append(path) or real(path, *more),
        )
        put(tmp_path, month(4), MANY)
    assert opened == []


def test_a_first_import_is_cut_by_dates(tmp_path: Path) -> None:
    listed = [(s, m, 1, 0, True) for s in ("A", "B", "NA") for m in range(6)]
    layout = Layout(single_file_rows=3, part_rows=6, fan=2, merge_rows=6)
    put(tmp_path, [table(listed)], layout)
    body = json.loads((place(tmp_path) / "_manifest.json").read_text().splitlines()[1])
    # Three rows a month: two months are 6, the first number of rows that is at least part_rows.
    assert [(e["first"], e["last"], e["rows"]) for e in body["entries"]] == [
        ("2024-01-15", "2024-02-14", 6),
        ("2024-03-15", "2024-04-14", 6),
        ("2024-05-14", "2024-06-13", 6),
    ]


SCENES: dict[str, tuple[list[tuple[int, int]], tuple[int, int], bool]] = {
    "nothing becomes a file": ([], (0, 1), False),
    "a file becomes a folder": ([(0, 1)], (1, 1), False),
    "a folder grows and merges": ([(0, 1), (1, 1), (2, 1), (3, 1)], (4, 1), False),
    "a part is replaced": ([(0, 1), (1, 1), (2, 1), (3, 1)], (2, 5), True),
}
STEPS = ["sync_file", "sync_folder", "rename", "remove", "link", "copy", "exchange"]


@pytest.mark.parametrize("system", ["swap", "no swap", "no links"])
@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_writer_that_fails_or_dies_at_any_step_leaves_one_state_whole(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    scene: str,
    system: str,
    error: BaseException,
) -> None:
    if system != "swap":
        monkeypatch.setattr(files, "exchange", lambda one, other: False)
    if system == "no links":
        monkeypatch.setattr(files, "link", lambda source, target: False)
    before, (number, shares), replace = SCENES[scene]
    start, after = tmp_path / "start", tmp_path / "after"
    start.mkdir()
    for one in before:
        put(start, month(*one), PARTS)
    shutil.copytree(start, after)
    put(after, month(number, shares), PARTS, replace=replace)
    states = [held(start), held(after)]
    fails_at = 0
    while True:
        folder = tmp_path / f"try-{fails_at}"
        shutil.copytree(start, folder)
        done = interrupted(folder, monkeypatch, fails_at, error, (number, shares), replace)
        assert held(folder) in states
        assert put(folder, month(number, shares), PARTS, replace=replace) in (
            [[True, True]],
            [[False, False]],
        )
        assert held(folder) == states[1]
        names = {p.name for p in place(folder).parent.iterdir()}
        assert names <= {"finra.parquet", ".finra.parquet.lock", ".finra.parquet.last"}
        if done:
            break
        fails_at += 1
    assert fails_at > 3


def interrupted(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    fails_at: int,
    error: BaseException,
    added: tuple[int, int],
    replace: bool,
) -> bool:
    """Append, and fail at a step and from then on; return whether it came to the end."""
    steps = 0

    def failing(do: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **options: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps > fails_at:
                raise error
            return do(*args, **options)

        return step

    with monkeypatch.context() as patch:
        for name in STEPS:
            patch.setattr(files, name, failing(getattr(files, name)))
        try:
            put(folder, month(*added), PARTS, replace=replace)
        except (StoreError, OSError, KeyboardInterrupt):
            return False
    return True


def grown(folder: Path) -> Path:
    """Make a folder of three parts, of months 0 and 1, 2, and 3."""
    for number in range(4):
        put(folder, month(number), MANY)
    return place(folder)


def test_a_part_that_is_missing_damaged_or_another_is_refused(tmp_path: Path) -> None:
    path = grown(tmp_path)
    part, *_ = sorted(path.glob("part-*"))
    whole = part.read_bytes()
    other = sorted(path.glob("part-*"))[-1].read_bytes()
    for damage in (whole[:-50], b"", other):
        part.write_bytes(damage)
        with pytest.raises(CorruptStoreError, match=f"{part.name} is damaged"):
            held(tmp_path)
        with pytest.raises(CorruptStoreError, match="is damaged"):
            put(tmp_path, month(0, shares=9), PARTS)
    part.unlink()
    with pytest.raises(CorruptStoreError, match="part is missing"):
        held(tmp_path)
    part.write_bytes(whole)
    listing = path / manifest.MANIFEST
    text = listing.read_text()
    listing.write_text(text.replace("finra", "finrb"))
    with pytest.raises(CorruptStoreError, match="its checksum is wrong"):
        held(tmp_path)


def test_a_newer_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shortable.store.dataset_parts.FOLDER_VERSION", "3")
    grown(tmp_path)
    monkeypatch.undo()
    with pytest.raises(SchemaVersionError, match="schema version '3'"):
        held(tmp_path)


def test_a_reader_keeps_its_state_and_each_import_changes_the_signature(tmp_path: Path) -> None:
    grown(tmp_path)
    opened, before = SHORT_INTEREST.open(tmp_path, Market.USA, "finra"), held(tmp_path)
    marks = [SHORT_INTEREST.files(tmp_path, Market.USA)]
    for number in range(4, 9):
        put(tmp_path, month(number), PARTS)
        marks.append(SHORT_INTEREST.files(tmp_path, Market.USA))
        assert list(marks[-1]) == ["finra"]
    assert len({str(mark) for mark in marks}) == 6
    assert opened.table().to_pylist() == before


def test_made_up_and_real_figures_share_no_folder(tmp_path: Path) -> None:
    grown(tmp_path)
    assert not SHORT_INTEREST.open(tmp_path, Market.USA, "finra").made_up
    with pytest.raises(StoreError, match="holds real figures"):
        put(tmp_path, month(9), PARTS, made_up=True)
