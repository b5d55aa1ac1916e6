"""Sweeps: the same bytes however they are run, and what happens when a run raises, dies, or is stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from shortable.errors import InvalidInputError, SweepError
from shortable.research import sweep
from shortable.results import compare

GRID = {"size": [100, 200, 400], "every": [3, 5]}
TABLES = ("equity", "refusals")

pytestmark = pytest.mark.slow  # worker processes begin anew


@pytest.fixture
def runs(by_name: Callable[[str], Any]) -> Any:
    """The module `sweep_runs`, which workers find by name."""
    return by_name("sweep_runs")


@pytest.fixture
def store(runs: Any, tmp_path: Path) -> Path:
    return runs.make_store(tmp_path / "store")


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def expected(runs: Any, store: Path, tmp_path: Path) -> dict[str, bytes]:
    """What one process makes of it, one run after another."""
    sweep(partial(runs.shorts, store), GRID, tmp_path / "alone", workers=1, tables=TABLES)
    return contents(tmp_path / "alone")


def same_data(found: dict[str, bytes], expected: dict[str, bytes]) -> bool:
    """All files but the one that names the function."""
    return {k: v for k, v in found.items() if k != "sweep.json"} == {
        k: v for k, v in expected.items() if k != "sweep.json"
    }


def test_processes_and_threads_give_the_bytes_that_one_process_gives(
    runs: Any, store: Path, tmp_path: Path, expected: dict[str, bytes]
) -> None:
    assert [name for name in expected if name.startswith("runs/")] == [
        f"runs/run-{at:06d}.parquet" for at in range(6)
    ]
    seen: list[tuple[int, int]] = []
    run = partial(runs.shorts, store)
    found = sweep(
        run,
        GRID,
        tmp_path / "two",
        workers=2,
        tables=TABLES,
        progress=lambda *done: seen.append(done),
    )
    assert contents(tmp_path / "two") == expected
    assert seen == [(at, 6) for at in range(7)]
    with ThreadPoolExecutor(3) as threads:
        sweep(run, GRID, tmp_path / "threads", executor=threads, tables=TABLES)
    assert contents(tmp_path / "threads") == expected
    # AAA has 300 shares: 400 are refused. BBB has none on even days: the runs ask on several.
    refused = found["refused_for_availability"]
    assert list(found.index.names) == ["size", "every"]
    assert found["run"].tolist() == list(range(6))
    assert (refused[400] > refused[100]).all()
    equity = pq.read_table(tmp_path / "two" / "equity").to_pandas()
    assert equity.groupby("run")["equity"].last().tolist() == found["end_equity"].tolist()


def test_a_dask_cluster_gives_the_same_bytes_though_a_worker_is_killed(
    runs: Any, store: Path, tmp_path: Path, expected: dict[str, bytes], cluster: Any
) -> None:
    run = partial(runs.once_killed, store, tmp_path / "killed")
    found = sweep(run, GRID, tmp_path / "cluster", executor=cluster.get_executor(), tables=TABLES)
    assert (tmp_path / "killed").exists()
    assert set(found["status"]) == {"done"}
    assert same_data(contents(tmp_path / "cluster"), expected)


def test_a_dask_cluster_gives_the_very_same_folder(
    runs: Any, store: Path, tmp_path: Path, expected: dict[str, bytes], cluster: Any
) -> None:
    run = partial(runs.shorts, store)
    sweep(run, GRID, tmp_path / "cluster", executor=cluster.get_executor(), tables=TABLES)
    assert contents(tmp_path / "cluster") == expected


@pytest.fixture
def bucket(runs: Any) -> Iterator[str]:
    """The same store in a real S3 server on loopback; workers that begin later find it by the environment."""
    pytest.importorskip("moto.server", reason="moto[server] is of the extra `test`")
    pytest.importorskip("boto3", reason="boto3 is of the extra `s3`")
    from tests.store.s3 import server

    with server() as folder:
        yield runs.make_store(folder)


def test_workers_open_a_store_in_object_storage_by_its_uri(
    runs: Any, tmp_path: Path, expected: dict[str, bytes], bucket: str, cluster: Any
) -> None:
    run = partial(runs.once_killed, bucket, tmp_path / "killed")
    sweep(run, GRID, tmp_path / "far", executor=cluster.get_executor(), tables=TABLES)
    assert (tmp_path / "killed").exists()
    assert same_data(contents(tmp_path / "far"), expected)
    sweep(partial(runs.shorts, bucket), GRID, tmp_path / "two", workers=2, tables=TABLES)
    assert contents(tmp_path / "two") == expected


def test_a_killed_worker_process_breaks_the_pool_and_the_run_is_made_by_another(
    runs: Any, store: Path, tmp_path: Path, expected: dict[str, bytes]
) -> None:
    run = partial(runs.once_killed, store, tmp_path / "killed")
    sweep(run, GRID, tmp_path / "two", workers=2, tables=TABLES)
    assert (tmp_path / "killed").exists()
    assert same_data(contents(tmp_path / "two"), expected)


def test_a_run_that_no_worker_survives_fails_alone_and_is_tried_again_by_the_next_sweep(
    runs: Any, store: Path, tmp_path: Path
) -> None:
    grid = {"size": [100, 200, 400]}
    run = partial(runs.always_killed, store)
    found = sweep(run, grid, tmp_path / "swept", workers=2)
    assert found["status"].to_dict() == {100: "done", 200: "failed", 400: "done"}
    assert found.loc[200, "error"].startswith("ended its worker 3 times (BrokenProcessPool")
    assert found["net_profit"].isna().to_dict() == {100: False, 200: True, 400: False}


def test_an_executor_that_breaks_is_made_anew_only_where_a_function_makes_it(
    runs: Any, store: Path, tmp_path: Path
) -> None:
    run = partial(runs.once_killed, store, tmp_path / "first")
    with (
        ProcessPoolExecutor(1) as pool,
        pytest.raises(SweepError, match="function that makes one"),
    ):
        sweep(run, GRID, tmp_path / "given", executor=pool)
    made: list[Executor] = []

    def make() -> Executor:
        made.append(ProcessPoolExecutor(1))
        return made[-1]

    run = partial(runs.once_killed, store, tmp_path / "second")
    found = sweep(run, GRID, tmp_path / "made", executor=make)
    assert set(found["status"]) == {"done"}
    assert len(made) == 2


def test_what_raises_is_kept_with_its_message_and_the_rest_goes_on(
    runs: Any, store: Path, tmp_path: Path
) -> None:
    found = sweep(partial(runs.raising, store), GRID, tmp_path / "swept", workers=1)
    assert found["status"].tolist() == ["done", "done", "failed", "failed", "done", "done"]
    assert found["error"].tolist()[2:4] == ["ValueError: no such size"] * 2


def test_a_network_that_fails_once_is_tried_again(runs: Any, store: Path, tmp_path: Path) -> None:
    run = partial(runs.once_offline, store, tmp_path / "mark")
    found = sweep(run, {"size": [100, 400]}, tmp_path / "swept", workers=1)
    assert found["status"].tolist() == ["done", "done"]


def test_a_stopped_sweep_goes_on_where_it_was(
    runs: Any, store: Path, tmp_path: Path, expected: dict[str, bytes]
) -> None:
    log, out = tmp_path / "log", tmp_path / "swept"
    with pytest.raises(KeyboardInterrupt):
        sweep(partial(runs.interrupted, store, log, 4), GRID, out, workers=1, tables=TABLES)
    assert len(compare(out)) == 4
    # What a power failure leaves behind: half a file, and one that was never renamed.
    (out / "runs" / "run-000001.parquet").write_bytes(b"PAR1")
    (out / "runs" / ".run-000005.parquet.tmp").write_bytes(b"PAR1")
    with pytest.raises(InvalidInputError, match="cannot be read"):
        compare(out)
    seen: list[tuple[int, int]] = []
    run = partial(runs.interrupted, store, log, -1)
    sweep(run, GRID, out, workers=1, tables=TABLES, progress=lambda *done: seen.append(done))
    assert same_data(contents(out), expected)
    assert seen == [(3, 6), (4, 6), (5, 6), (6, 6)]
    assert log.read_text().splitlines()[4:] == ["100 5", "400 3", "400 5"]
    sweep(run, GRID, out, workers=1, tables=TABLES)
    assert len(log.read_text().splitlines()) == 7  # nothing was left to do


def test_another_sweeps_folder_is_refused_and_says_what_differs(
    runs: Any, store: Path, tmp_path: Path
) -> None:
    run, out = partial(runs.shorts, store), tmp_path / "swept"
    sweep(run, {"size": [100]}, out, workers=1, identity={"version": "1"})
    with pytest.raises(InvalidInputError, match=r"grid: .*100.* there, .*200.* here.*new folder"):
        sweep(run, {"size": [100, 200]}, out, workers=1, identity={"version": "1"})
    with pytest.raises(InvalidInputError, match="identity"):
        sweep(run, {"size": [100]}, out, workers=1, identity={"version": "2"})
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").touch()
    with pytest.raises(InvalidInputError, match="wrote"):
        sweep(run, {"size": [100]}, other, workers=1)


def test_data_are_not_sent_to_workers(runs: Any, store: Path, tmp_path: Path) -> None:
    heavy = partial(runs.shorts, store, b"x" * 2_000_000)
    with pytest.raises(InvalidInputError, match="at most 1,048,576 bytes"):
        sweep(heavy, GRID, tmp_path / "swept", workers=2)
    with pytest.raises(InvalidInputError, match=r"by its name.*workers=1"):
        sweep(lambda point: None, GRID, tmp_path / "swept", workers=2)  # type: ignore[arg-type, return-value]


@pytest.mark.parametrize(
    ("grid", "match"),
    [
        ({}, "at least one parameter"),
        ({"size": []}, "one kind"),
        ({"size": [1, "a"]}, "one kind"),
        ({"size": [1, True]}, "one kind"),
        ({"size": [None]}, "one kind"),
        ({"size": "12"}, "a sequence"),
        ({"size": [1, 1.0]}, "once"),
        ({"size": [1.0, float("nan")]}, "finite"),
    ],
)
def test_a_grid_is_checked(grid: Any, match: str, runs: Any, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=match):
        sweep(partial(runs.shorts, tmp_path), grid, tmp_path / "swept", workers=1)
    assert not (tmp_path / "swept").exists()


def test_what_is_no_result_is_refused(tmp_path: Path) -> None:
    found = sweep(lambda point: 1, {"size": [1]}, tmp_path / "swept", workers=1)  # type: ignore[arg-type, return-value]
    assert found["error"].tolist() == ["InvalidInputError: run='int' must return a Result"]
