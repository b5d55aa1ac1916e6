"""Properties: whatever is appended, in whatever order and layout, the store answers what a dict would."""

from __future__ import annotations

import tempfile
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shortable.errors import SnapshotConflictError
from shortable.store import Layout, SnapshotRows, append, make_snapshot, open_store, parts

from .model import Model, contents, read_parts, read_symbols, statements

ONE_FILE = Layout()
MANY_PARTS = Layout(single_file_rows=6, part_rows=9, fan=2)
ODD_TICKERS = ["NA", "NAN", "TRUE", "CON", "INF", "NULL", "A", "B.C", "9988"]

rates = st.none() | st.floats(-20, 20, allow_nan=False)
values = st.tuples(st.none() | st.integers(0, 2**63 - 1), st.booleans(), rates, rates)
keys = st.tuples(st.sampled_from(ODD_TICKERS), st.sampled_from(["USD", "EUR"]))


@st.composite
def snapshots(draw: st.DrawFn, instants: int = 8) -> SnapshotRows:
    rows = draw(st.dictionaries(keys, values, max_size=6))
    said = list(rows.values())
    table = {
        "symbol": [k[0] for k in rows],
        "currency": [k[1] for k in rows],
        "quantity": [v[0] for v in said],
        "quantity_is_floor": [v[1] for v in said],
        "fee_rate": [v[2] for v in said],
        "rebate_rate": [v[3] for v in said],
    }
    if not rows:  # of a column without values Arrow cannot know the type
        table = {"symbol": []}
    return make_snapshot(
        draw(st.integers(0, instants)) * 10**9, table, complete=draw(st.booleans())
    )


def fill(folder: str, batches: list[list[SnapshotRows]], layout: Layout) -> Model:
    model = Model()
    for batch in batches:
        expected = model.append(batch)
        if expected == "ok":
            append("axos", batch, data_folder=folder, layout=layout)
        else:
            with pytest.raises(SnapshotConflictError):
                append("axos", batch, data_folder=folder, layout=layout)
    return model


@pytest.mark.parametrize(
    ("layout", "row_group"), [(ONE_FILE, 2), (MANY_PARTS, 3), (MANY_PARTS, parts.ROW_GROUP_ROWS)]
)
@settings(max_examples=60)
@given(batches=st.lists(st.lists(snapshots(), max_size=4), max_size=6))
def test_what_is_read_is_what_a_dict_would_hold(
    layout: Layout, row_group: int, batches: list[list[SnapshotRows]]
) -> None:
    with tempfile.TemporaryDirectory() as folder, patch.object(parts, "ROW_GROUP_ROWS", row_group):
        model = fill(folder, batches, layout)
        if not model.said:
            assert not list(Path(folder).rglob("axos.parquet"))
            return
        store = open_store("axos", data_folder=folder)
        said = {
            key: model.symbol(key)
            for key in sorted({k for one in model.said.values() for k in one})
        }
        assert read_symbols(store) == said
        assert read_parts(store) == said
        assert store.keys() == list(said)
        listed = sorted(
            (t, complete, len(rows)) for t, heard in model.heard.items() for complete, rows in heard
        )
        assert sorted((s.as_of, s.complete, s.rows) for s in store.snapshots) == listed


@pytest.mark.slow
@settings(max_examples=60)
@given(data=st.data(), given_ones=st.lists(snapshots(instants=30), min_size=1, max_size=10))
def test_s10_order_repetition_and_layout_change_no_answer(
    data: st.DataObject, given_ones: list[SnapshotRows]
) -> None:
    model, agreeing = Model(), []
    for one in given_ones:
        if model.append([one]) == "ok":
            agreeing.append(one)
    shuffled = data.draw(st.permutations(agreeing))
    cut = data.draw(st.integers(0, len(agreeing)))
    with (
        tempfile.TemporaryDirectory() as a,
        tempfile.TemporaryDirectory() as b,
        tempfile.TemporaryDirectory() as c,
    ):
        append("axos", agreeing, data_folder=a, layout=ONE_FILE)
        append("axos", shuffled[:cut], data_folder=b, layout=ONE_FILE)
        append("axos", shuffled, data_folder=b, layout=ONE_FILE)
        for one in [*shuffled, *agreeing]:
            append("axos", [one], data_folder=c, layout=MANY_PARTS)
        answers = [contents(open_store("axos", data_folder=folder)) for folder in (a, b, c)]
    assert answers[0] == answers[1] == answers[2]


@settings(max_examples=40)
@given(first=snapshots(instants=0), second=snapshots(instants=0))
@example(
    make_snapshot(0, {"symbol": ["A"], "quantity": [1]}, complete=True),
    make_snapshot(0, {"symbol": ["A"], "quantity": [2]}, complete=False),
)
def test_replace_lets_the_later_statement_stand(first: SnapshotRows, second: SnapshotRows) -> None:
    said = (
        statements(second)
        if first.complete and second.complete
        else statements(first) | statements(second)
    )
    for layout in (ONE_FILE, MANY_PARTS):
        with tempfile.TemporaryDirectory() as folder:
            append("axos", [first], data_folder=folder, layout=layout)
            append("axos", [second], data_folder=folder, layout=layout, replace=True)
            again = append("axos", [second], data_folder=folder, layout=layout)
            store = open_store("axos", data_folder=folder)
            assert read_symbols(store) == {key: [(0, value)] for key, value in sorted(said.items())}
            assert len(again.unchanged) == 1
