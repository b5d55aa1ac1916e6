"""Actions in tables and on disk."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.actions import (
    CorporateActions,
    Delisting,
    Dividend,
    Listing,
    Rename,
    Split,
    add_actions,
    load_actions,
)
from shortable.actions.storage import actions_path, from_table, read_stored, to_table
from shortable.errors import CorporateActionError

EVERY = [
    Split("AMC", "2023-08-24", 1, 10),
    Split("NVDA", "2024-06-07", 10, 1, confirmed=False),
    Dividend("MPW", "2025-12-11", 0.09, "raw", pay_date="2026-01-08"),
    Dividend("FIHO12", "2026-05-04", 0.5, "split_adjusted", "MXN"),
    Rename("FB", "2022-06-09", "META"),
    Delisting("BBBY", "2023-05-02"),
    Delisting("GSX", "2026-02-27", 31.2127),
    Listing("GM", "2010-11-18"),
]


@given(st.lists(st.sampled_from(EVERY), unique=True))
def test_a_table_comes_back_as_it_was(records) -> None:
    actions = CorporateActions(records)
    assert from_table(to_table(actions)) == actions


def test_a_data_folder_keeps_each_market_by_itself(tmp_path) -> None:
    uk = Rename("VOD.GB", "2024-01-02", "VODX.GB")
    actions = CorporateActions([*EVERY, uk])
    added = add_actions(tmp_path, actions)
    assert [(a.market, a.path, len(a.added), len(a.unchanged)) for a in added] == [
        ("uk", actions_path(tmp_path, "uk"), 1, 0),
        ("usa", actions_path(tmp_path, "usa"), len(EVERY), 0),
    ]
    assert list(load_actions(tmp_path, "uk")) == [uk]
    assert list(load_actions(tmp_path)) == list(CorporateActions(EVERY))
    assert len(load_actions(tmp_path, "japan")) == 0


def test_adding_the_same_twice_changes_nothing(tmp_path) -> None:
    add_actions(tmp_path, CorporateActions(EVERY))
    before = actions_path(tmp_path, "usa").stat()
    (again,) = add_actions(tmp_path, CorporateActions(EVERY))
    assert (again.added, len(again.unchanged)) == ((), len(EVERY))
    after = actions_path(tmp_path, "usa").stat()
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


def test_a_contradiction_leaves_every_file_as_it_was(tmp_path) -> None:
    add_actions(tmp_path, CorporateActions([EVERY[0]]))
    wrong = CorporateActions(
        [Rename("VOD.GB", "2024-01-02", "VODX.GB"), Split("AMC", "2023-08-24", 1, 20)]
    )
    with pytest.raises(CorporateActionError, match="2023-08-24"):
        add_actions(tmp_path, wrong)
    assert list(load_actions(tmp_path)) == [EVERY[0]]
    assert not actions_path(tmp_path, "uk").exists()


def test_what_contradicts_can_be_replaced(tmp_path) -> None:
    old = [EVERY[0], Split("AMC", "2013-01-02", 2, 1), Dividend("MPW", "2025-12-11", 0.08, "raw")]
    add_actions(tmp_path, CorporateActions(old))
    new = CorporateActions([Split("AMC", "2023-08-23", 1, 20), EVERY[2]])
    (added,) = add_actions(tmp_path, new, replace=True)
    assert added.added == tuple(new)
    assert load_actions(tmp_path) == CorporateActions([old[1], *new])


def test_other_readers_see_one_plain_table(tmp_path) -> None:
    add_actions(tmp_path, CorporateActions(EVERY))
    table = pq.read_table(actions_path(tmp_path, "usa"))
    assert table.num_rows == len(EVERY)
    assert sorted(p.name for p in actions_path(tmp_path, "usa").parent.iterdir()) == [
        "corporate_actions.parquet"
    ]


def test_files_that_are_none_of_ours(tmp_path) -> None:
    with pytest.raises(CorporateActionError, match="be a readable Parquet file"):
        read_stored(tmp_path / "missing.parquet")
    newer = tmp_path / "newer.parquet"
    table = to_table(CorporateActions(EVERY)).replace_schema_metadata({b"shortable_actions": b"2"})
    pq.write_table(table, newer)
    with pytest.raises(CorporateActionError, match="It is of version 2: upgrade shortable"):
        read_stored(newer)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"symbol": ["X"]}, "hold kind, date"),
        (
            {"kind": ["merger"], "symbol": ["X"], "date": ["2024-01-02"]},
            "row 1: kind='merger' must be one of split",
        ),
        (
            {"kind": ["split"], "symbol": ["X"], "date": ["2024-01-02"]},
            "row 1='split' must have date, new, old",
        ),
    ],
)
def test_tables_that_state_no_actions(columns, message) -> None:
    with pytest.raises(CorporateActionError, match=message):
        from_table(pa.table(columns))
