"""What other tools see: each row once, of one state, at every moment; and how a file becomes a folder under their eyes."""

from __future__ import annotations

import itertools
import subprocess
import sys
import textwrap
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest

from shortable.store import Layout, append, files, open_store

from .test_interrupted import days, on_every_step

SMALL = Layout(single_file_rows=6, part_rows=9, fan=2)


def plain(path: Path) -> Counter[tuple[Any, ...]]:
    """Every row, by pyarrow alone."""
    table = ds.dataset(path, format="parquet").to_table(columns=["symbol", "as_of", "quantity"])
    return Counter(zip(*(column.to_pylist() for column in table.columns), strict=True))


def by_duckdb(path: Path) -> Counter[tuple[Any, ...]]:
    duckdb = pytest.importorskip("duckdb")
    where = f"{path}/*.parquet" if path.is_dir() else path
    rows = duckdb.sql(
        f"select symbol, epoch_us(as_of), quantity from read_parquet('{where}')"
    ).fetchall()
    return Counter(rows)


@pytest.mark.parametrize("look", [plain, by_duckdb])
@pytest.mark.parametrize("replace", [False, True], ids=["append", "replace"])
def test_at_every_step_each_row_of_one_state_is_there_once(
    tmp_path: Path, make: Any, monkeypatch: pytest.MonkeyPatch, replace: bool, look: Any
) -> None:
    path = append("axos", days(make, 2), data_folder=tmp_path, layout=SMALL).path
    if not files.exchange(path, path):
        pytest.skip("this system cannot swap two names")
    states = [look(path)]
    seen: list[Counter[Any]] = []
    with monkeypatch.context() as patch:
        on_every_step(patch, lambda: seen.append(look(path)))
        for day in (3, 4, 5, 6, 7, 8):
            more = days(make, 2 if replace else day, plus=day)
            append("axos", more, data_folder=tmp_path, layout=SMALL, replace=replace)
            states.append(look(path))
            assert all(one in states[-2:] for one in seen)
            seen.clear()
    assert set(states[-1].values()) == {1}
    assert sum(states[-1].values()) == (3 if replace else 21)


WRITER = """
    import sys
    from shortable.store import Layout, append, make_snapshot
    for broker in range(60):
        for n in range(3):
            made = make_snapshot(n * 10**9, {"symbol": ["F", "SPY"], "quantity": [n, n]}, complete=True)
            append(f"b{broker}", [made], data_folder=sys.argv[1], layout=Layout(4, 9, 2))
"""


@pytest.mark.slow
def test_a_file_that_becomes_a_folder_is_never_missing(tmp_path: Path) -> None:
    looks: Counter[str] = Counter()
    room = tmp_path / "equity" / "usa" / "shortable"
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(tmp_path)]
    with subprocess.Popen(command) as writer:
        for broker in itertools.count():
            path = room / f"b{broker}.parquet"
            while not path.exists() and writer.poll() is None:
                pass
            while writer.poll() is None and not (room / f"b{broker + 1}.parquet").exists():
                store = open_store(f"b{broker}", data_folder=tmp_path)
                looks["folder" if path.is_dir() else "file"] += 1
                assert store.as_of.tolist() == [n * 10**9 for n in range(len(store.as_of))]
            if writer.poll() is not None:
                break
    assert writer.returncode == 0
    assert looks["file"] > 10
    assert looks["folder"] > 10
