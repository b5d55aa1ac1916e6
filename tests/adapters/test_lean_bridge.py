"""The file that a LEAN project drops in: alone, and with the same answers as shortable's own provider."""

from __future__ import annotations

import ast
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import shortable.adapters.lean as bridge
from shortable import LocalDiskShortableProvider
from shortable.clock import published_instant
from shortable.store import append, make_snapshot

START = datetime(2024, 1, 2, 9)
NAMES = ["SPY", "GME", "BRK.B"]

snapshots = st.lists(
    st.tuples(
        st.integers(0, 400),  # hours after START
        st.dictionaries(
            st.sampled_from(NAMES),
            st.one_of(st.none(), st.just("yes"), st.integers(0, 900)),
            max_size=3,
        ),
        st.booleans(),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda s: s[0],
)


def store(folder, given_snapshots):
    made = []
    for hours, rows, complete in given_snapshots:
        if not rows and not complete:
            continue
        columns = {
            "symbol": list(rows),
            "quantity": [None if shares == "yes" else shares for shares in rows.values()],
            "quantity_is_floor": np.array([v == "yes" for v in rows.values()], np.bool_),
            "fee_rate": [0.01 * (1 + i) for i in range(len(rows))],
        }
        made.append(
            make_snapshot(
                published_instant(START + timedelta(hours=hours)), columns, complete=complete
            )
        )
    if made:
        append("axos", made, data_folder=folder)
    return bool(made)


@settings(max_examples=60, deadline=None)
@given(
    snapshots,
    st.lists(st.integers(-30, 700), min_size=1, max_size=12),
    st.sampled_from([None, timedelta(days=7), timedelta(days=2)]),
)
def test_the_same_answers_as_shortable_s_own_provider(tmp_path_factory, made, hours, max_age):
    folder = tmp_path_factory.mktemp("store")
    if not store(folder, made):
        return
    ours = LocalDiskShortableProvider("axos", folder, max_age=max_age)
    theirs = bridge.ShortableStoreProvider("axos", folder, max_age=max_age)
    for hour in hours:
        now = START + timedelta(hours=hour)
        for name in [*NAMES, "ZZZ"]:
            assert theirs.shortable_quantity(name, now) == ours.shortable_quantity(name, now), (
                name,
                now,
            )
            assert theirs.FeeRate(name, now) == ours.fee_rate(name, now), (name, now)
        assert theirs.AllShortableSymbols(now) == {
            s.ticker: n for s, n in ours.all_shortable_symbols(now).items()
        }


def test_a_grown_store_of_parts(tmp_path):
    from shortable.store import Layout

    made = [
        make_snapshot(
            published_instant(START + timedelta(days=d)),
            {"symbol": ["SPY"], "quantity": [100 + d]},
            complete=True,
        )
        for d in range(9)
    ]
    for snapshot in made:
        append(
            "axos",
            [snapshot],
            data_folder=tmp_path,
            layout=Layout(single_file_rows=0, part_rows=4, fan=2),
        )
    assert (tmp_path / "equity" / "usa" / "shortable" / "axos.parquet").is_dir()
    theirs = bridge.ShortableStoreProvider("axos", tmp_path)
    assert [theirs.shortable_quantity("SPY", START + timedelta(days=d)) for d in range(9)] == list(
        range(100, 109)
    )


def test_it_stands_alone(tmp_path):
    """Copied somewhere else, with shortable out of reach."""
    source = Path(bridge.__file__).read_text(encoding="utf-8")
    imported = {
        n.name.partition(".")[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import)
        for n in node.names
    }
    imported |= {
        node.module.partition(".")[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom)
    }
    assert imported <= set(sys.stdlib_module_names) | {"numpy", "pyarrow"}
    store(tmp_path, [(0, {"SPY": 500}, True)])
    (tmp_path / "shortable_provider.py").write_text(source, encoding="utf-8")
    script = (
        "import sys; sys.modules['shortable'] = None\n"
        "from datetime import datetime\nfrom shortable_provider import ShortableStoreProvider\n"
        "class Symbol:\n    Value = 'SPY'\n"
        "print(ShortableStoreProvider('axos', '.').ShortableQuantity(Symbol(), datetime(2024, 1, 3)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "500"


def test_misuse_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no broker 'axos'"):
        bridge.ShortableStoreProvider("axos", tmp_path)
    store(tmp_path, [(0, {"SPY": 500}, True)])
    with pytest.raises(ValueError, match="missing"):
        bridge.ShortableStoreProvider("axos", tmp_path, missing="raise")
