"""Symbols that come and go."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable.store import Layout, append, churn, make_snapshot, open_store


def test_by_hand(tmp_path: Path, make: Any) -> None:
    ours = [
        make("2024-01-02", SPY=1, F=1, GME=1),
        make("2024-01-03", SPY=1, F=1),  # GME went
        make("2024-01-03 12:00", complete=False, GME=1),  # says nothing about who is absent
        make("2024-01-04", SPY=1, GME=1, NEW=1),  # GME is back, NEW came, F went
        make("2024-01-05", SPY=1, NEW=1),  # GME went again
    ]
    append("axos", ours, data_folder=tmp_path)
    found = churn(open_store("axos", data_folder=tmp_path))
    assert found.snapshots[["came", "went"]].to_numpy().tolist() == [[0, 0], [0, 1], [2, 1], [0, 1]]
    rows = found.symbols[["symbol", "named", "returns"]].to_numpy().tolist()
    assert rows == [["GME", 2, 1], ["F", 2, 0], ["NEW", 2, 0]]
    assert found.symbols["first"].dt.day.tolist() == [2, 2, 4]
    assert found.symbols["last"].dt.day.tolist() == [4, 3, 5]


def test_venues_are_told_apart(tmp_path: Path) -> None:
    def of(venue: str, at: int, *names: str) -> Any:
        return make_snapshot(at, {"symbol": list(names)}, complete=True, venue=venue)

    append(
        "axos",
        [of("A", 0, "X", "Y"), of("B", 1, "Z"), of("A", 2, "X", "Y"), of("B", 3, "Z", "W")],
        data_folder=tmp_path,
    )
    found = churn(open_store("axos", data_folder=tmp_path))
    assert found.snapshots[["venue", "came", "went"]].to_numpy().tolist() == [
        ["A", 0, 0],
        ["B", 0, 0],
        ["A", 0, 0],
        ["B", 1, 0],
    ]
    assert found.symbols["symbol"].tolist() == ["W"]


def test_a_store_of_partial_snapshots_has_none(tmp_path: Path, make: Any) -> None:
    append("axos", [make("2024-01-02", complete=False, SPY=1)], data_folder=tmp_path)
    found = churn(open_store("axos", data_folder=tmp_path))
    assert (len(found.snapshots), len(found.symbols)) == (0, 0)


@given(
    st.lists(
        st.tuples(st.booleans(), st.sets(st.sampled_from("ABCDE"), min_size=1)),
        min_size=1,
        max_size=9,
    )
)
def test_against_a_slow_model(
    tmp_path_factory: pytest.TempPathFactory, stated: list[tuple[bool, set[str]]]
) -> None:
    folder = tmp_path_factory.mktemp("churn")
    append(
        "axos",
        [
            make_snapshot(at, {"symbol": sorted(names)}, complete=complete)
            for at, (complete, names) in enumerate(stated)
        ],
        data_folder=folder,
        layout=Layout(part_rows=4, single_file_rows=4),
    )
    found = churn(open_store("axos", data_folder=folder))
    whole = [names for complete, names in stated if complete]
    came = [len(b - a) for a, b in pairwise(whole)]
    went = [len(a - b) for a, b in pairwise(whole)]
    assert found.snapshots["came"].tolist()[1:] == came
    assert found.snapshots["went"].tolist()[1:] == went
    begins: dict[str, int] = defaultdict(int)
    for before, names in zip([set(), *whole], whole, strict=False):
        for name in names - before:
            begins[name] += 1
    expected = {n: b - 1 for n, b in begins.items() if any(n not in names for names in whole)}
    assert dict(zip(found.symbols["symbol"], found.symbols["returns"], strict=True)) == expected
