"""When a store becomes a folder, and which parts are merged."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.errors import InvalidInputError
from shortable.store import Layout, append, files, open_store
from shortable.store.manifest import mergers


def test_a_store_becomes_a_folder_when_it_outgrows_a_file(tmp_path: Path, make: Any) -> None:
    layout = Layout(single_file_rows=4, part_rows=8, fan=2)
    kinds = []
    for day in range(2, 6):
        path = append(
            "axos", [make(f"2024-01-0{day}", A=1, B=1)], data_folder=tmp_path, layout=layout
        ).path
        kinds.append("folder" if path.is_dir() else "file")
    assert kinds == ["file", "file", "folder", "folder"]


def test_parts_follow_time_and_hold_whole_snapshots(tmp_path: Path, make: Any) -> None:
    layout = Layout(single_file_rows=0, part_rows=4, fan=2)
    made = [make(f"2024-01-{day}", A=1, B=1, C=1) for day in range(10, 15)]
    append("axos", made, data_folder=tmp_path, layout=layout)
    store = open_store("axos", data_folder=tmp_path)
    # 3 rows a day: a part is full when it has 4 or more, so two days fill one and the fifth day is left over.
    assert store.part_of.tolist() == [0, 0, 1, 1, 2]
    assert [len(store.read_part(p, []).codes) for p in range(3)] == [6, 6, 3]


def settle(parts: list[tuple[int, int]], layout: Layout) -> int:
    """Merge until nothing is left to merge; return the rows that were written for it."""
    written = 0
    while groups := mergers(parts, layout):
        used = [i for group in groups for i in group]
        assert len(used) == len(set(used))
        assert all(
            len(group) > 1 and all(parts[i][1] < layout.part_rows for i in group)
            for group in groups
        )
        united = [
            (min(parts[i][0] for i in group), sum(parts[i][1] for i in group)) for group in groups
        ]
        written += sum(rows for _, rows in united)
        parts[:] = [part for i, part in enumerate(parts) if i not in used] + united
    return written


def test_a_year_of_15_minute_snapshots_rewrites_a_row_once_and_no_merge_is_large() -> None:
    layout, rows = Layout(), 18_900  # symbols in a real US snapshot
    parts: list[tuple[int, int]] = []
    written, most, largest = 0, 0, 0
    for number in range(96 * 252):
        parts.append((number, rows))
        merged = settle(parts, layout)
        written, most, largest = (
            written + rows + merged,
            max(most, len(parts)),
            max(largest, merged),
        )
    total = 96 * 252 * rows
    assert sum(size for _, size in parts) == total
    # 28 snapshots are 529,200 rows, the first number of them above 524,288: 24,192 / 28 = 864 parts, and 27 small ones.
    assert most <= 864 + 27
    assert largest == 28 * rows
    assert written <= 2 * total


def test_an_append_links_and_removes_what_changed_however_many_parts_there_are(
    tmp_path: Path, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Layout(single_file_rows=0, part_rows=2, fan=2)  # each day is a full part
    made = [make(f"2024-01-{day:02}", A=day, B=day) for day in range(1, 31)]
    for one in made[:-1]:
        path = append("axos", [one], data_folder=tmp_path, layout=full).path
    touched: list[str] = []

    def noted(*names: Path) -> Any:
        touched.append(names[-1].name)
        return true_link(*names)

    true_link = files.link
    monkeypatch.setattr(files, "link", noted)
    append("axos", made[-1:], data_folder=tmp_path, layout=full)
    assert len(list(path.glob("part-*"))) == 30
    # The folder of two states ago lacks one part of the 29 that stay.
    assert touched == ["part-000029.parquet"]


def test_parts_of_a_copy_that_was_put_back_are_not_taken_for_the_present_ones(
    tmp_path: Path, make: Any
) -> None:
    def add(folder: str, day: int, shares: int) -> Path:
        full = Layout(single_file_rows=0, part_rows=1, fan=2)
        made = [make(f"2024-01-{day:02}", A=shares)]
        return append("axos", made, data_folder=tmp_path / folder, layout=full).path

    for day in (2, 3, 4):
        copy, path = add("copy", day, 10 * day), add("here", day, day)
    shutil.rmtree(path)
    shutil.copytree(copy, path)  # the folder of the state before still has the other parts
    for day in (5, 6, 7):
        add("here", day, 10 * day)
    store = open_store("axos", data_folder=tmp_path / "here")
    found = [store.read_part(p, ["quantity"]).columns["quantity"][0] for p in range(store.n_parts)]
    assert found == [20, 30, 40, 50, 60, 70]


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 120)), max_size=60),
    st.integers(1, 100),
    st.integers(2, 5),
)
def test_merging_ends_with_few_parts_of_each_size(
    parts: list[tuple[int, int]], part_rows: int, fan: int
) -> None:
    layout = Layout(part_rows=part_rows, fan=fan)
    before = sum(rows for _, rows in parts), sum(rows >= part_rows for _, rows in parts)
    settle(parts, layout)
    small = [rows for _, rows in parts if rows < part_rows]
    assert sum(rows for _, rows in parts) == before[0]
    assert len(parts) - len(small) >= before[1]
    classes = 1
    while fan ** (classes - 1) < part_rows:
        classes += 1
    assert len(small) <= (fan - 1) * (classes + 1)


@pytest.mark.parametrize(
    ("name", "value"), [("single_file_rows", -1), ("part_rows", 0), ("fan", 1), ("merge_rows", 0)]
)
def test_sizes_have_bounds(name: str, value: int) -> None:
    with pytest.raises(InvalidInputError, match=f"{name}={value}"):
        Layout(**{name: value})
