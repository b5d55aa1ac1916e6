"""Readers beside a writer, beside one another, and what it costs to be ready to read."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shortable.errors import UnknownBrokerError
from shortable.store import Layout, append, make_snapshot, open_store

WRITER = """
    import sys
    from shortable.store import Layout, append, make_snapshot
    for n in range(24):
        for broker in ("a", "b", "c", "d"):
            made = make_snapshot(n * 10**9, {"symbol": ["F", "SPY"], "quantity": [n, n]}, complete=True)
            append(broker, [made], data_folder=sys.argv[1], layout=Layout(int(sys.argv[2]), 9, 2))
"""


@pytest.mark.slow
def test_a_reader_beside_a_writer_sees_whole_snapshots_only(tmp_path: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(tmp_path), "12"]
    looks = 0
    lengths = dict.fromkeys("abcd", 0)
    with subprocess.Popen(command) as writer:
        while writer.poll() is None:
            for broker in lengths:
                try:
                    store = open_store(broker, data_folder=tmp_path)
                except UnknownBrokerError:
                    assert lengths[broker] == 0
                    continue
                count = len(store.as_of)
                assert count >= lengths[broker]  # nothing that was seen is ever gone
                lengths[broker] = count
                assert store.as_of.tolist() == [n * 10**9 for n in range(count)]
                for ticker in ("F", "SPY"):
                    found = [
                        store.read_symbol(p, ticker, "USD", ["quantity"])
                        for p in range(store.n_parts)
                    ]
                    stated = sorted(np.concatenate([one["quantity"] for one in found]).tolist())
                    assert stated == list(range(count))
                looks += 1
    assert writer.returncode == 0
    assert looks > 10


def test_threads_may_share_a_store(tmp_path: Path) -> None:
    names = [f"S{i:02}" for i in range(40)]
    made = [
        make_snapshot(
            t * 10**9, {"symbol": names, "quantity": [i * t for i in range(40)]}, complete=True
        )
        for t in range(1, 30)
    ]
    append(
        "axos", made, data_folder=tmp_path, layout=Layout(single_file_rows=0, part_rows=300, fan=2)
    )
    store = open_store("axos", data_folder=tmp_path)

    def total(i: int) -> int:
        parts = [
            store.read_symbol(p, names[i], "USD", ["quantity"])["quantity"]
            for p in range(store.n_parts)
        ]
        return int(np.concatenate(parts).sum())

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(total, list(range(40)) * 5))
    assert found == [i * sum(range(1, 30)) for i in range(40)] * 5


def test_a_store_says_what_it_is(tmp_path: Path, make: Any) -> None:
    append("axos", [make("2024-01-02", SPY=1)], data_folder=tmp_path)
    assert repr(open_store("axos", data_folder=tmp_path)).startswith(
        "<Store 'axos' usa: 1 snapshots, 1 part(s), "
    )


def test_importing_the_store_does_not_import_the_parquet_reader() -> None:
    script = "import sys, shortable.store; print([m for m in sys.modules if m in ('pyarrow.parquet', 'pyarrow.dataset')])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
