"""One writer at a time: the second waits, and is refused when it has waited long enough."""

from __future__ import annotations

import inspect
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from shortable.errors import InvalidInputError, StoreLockedError
from shortable.store import SHORT_INTEREST, append, compact, open_store
from shortable.store.files import writer_lock

HOLD = """
    import sys
    from pathlib import Path
    from shortable.store.files import writer_lock
    with writer_lock(Path(sys.argv[1]), 0):
        print("held", flush=True)
        sys.stdin.readline()
"""


@contextmanager
def another_process_holds(store: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", textwrap.dedent(HOLD), str(store)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield holder
        finally:
            holder.kill()


@pytest.fixture
def store(tmp_path: Path, make: Any) -> Path:
    return append("axos", [make("2024-01-02", SPY=1)], data_folder=tmp_path).path


@pytest.mark.parametrize("timeout", [0, 0.2])
def test_a_second_writer_is_refused_and_told_why(
    tmp_path: Path, store: Path, make: Any, timeout: float
) -> None:
    before = store.read_bytes()
    with (
        another_process_holds(store),
        pytest.raises(StoreLockedError, match=r"another writer.*lock_timeout"),
    ):
        append("axos", [make("2024-01-03", SPY=1)], data_folder=tmp_path, lock_timeout=timeout)
    assert store.read_bytes() == before


def test_a_second_writer_waits_for_the_first(tmp_path: Path, store: Path, make: Any) -> None:
    with another_process_holds(store) as holder:
        assert holder.stdin is not None
        release = threading.Timer(0.3, lambda: print(file=holder.stdin, flush=True))
        release.start()
        append("axos", [make("2024-01-03", SPY=1)], data_folder=tmp_path, lock_timeout=60)
        release.join()
    assert len(open_store("axos", data_folder=tmp_path).as_of) == 2


def test_the_lock_of_a_dead_writer_is_free(tmp_path: Path, store: Path, make: Any) -> None:
    with another_process_holds(store) as holder:
        holder.kill()
        holder.wait()
        append("axos", [make("2024-01-03", SPY=1)], data_folder=tmp_path, lock_timeout=0)
    assert len(open_store("axos", data_folder=tmp_path).as_of) == 2


def test_readers_and_other_stores_need_no_lock(tmp_path: Path, store: Path, make: Any) -> None:
    with another_process_holds(store):
        assert len(open_store("axos", data_folder=tmp_path).as_of) == 1
        append(
            "interactivebrokers", [make("2024-01-03", SPY=1)], data_folder=tmp_path, lock_timeout=0
        )
        append(
            "axos",
            [make("2024-01-03", RY=1)],
            data_folder=tmp_path,
            lock_timeout=0,
            market="canada",
        )


def test_threads_exclude_one_another_too(store: Path) -> None:
    with writer_lock(store, 0):
        refused = []

        def second() -> None:
            try:
                with writer_lock(store, 0.05):
                    pass
            except StoreLockedError as error:
                refused.append(str(error))

        thread = threading.Thread(target=second)
        thread.start()
        thread.join()
    assert len(refused) == 1
    with writer_lock(store, 0):
        assert store.exists()


@pytest.mark.slow
def test_writers_that_wait_lose_nothing(tmp_path: Path, make: Any) -> None:
    script = """
        import sys
        from shortable.store import Layout, append, make_snapshot
        for n in range(5):
            made = make_snapshot((10 * n + int(sys.argv[2])) * 10**9, {"symbol": ["A", "B"]}, complete=True)
            append("axos", [made], data_folder=sys.argv[1], lock_timeout=60, layout=Layout(6, 9, 2))
    """
    writers = [
        subprocess.Popen([sys.executable, "-c", textwrap.dedent(script), str(tmp_path), str(n)])
        for n in range(3)
    ]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    store = open_store("axos", data_folder=tmp_path)
    assert store.as_of.tolist() == [(10 * n + k) * 10**9 for n in range(5) for k in range(3)]


@pytest.mark.parametrize("timeout", [-1, float("nan"), float("inf"), "10", None, True])
def test_a_timeout_is_a_number_of_seconds(tmp_path: Path, timeout: Any) -> None:
    with pytest.raises(InvalidInputError, match="lock_timeout="):
        append("axos", [], data_folder=tmp_path, lock_timeout=timeout)


@pytest.mark.parametrize("writer", [append, compact, SHORT_INTEREST.append])
def test_every_writer_waits_ten_seconds_unless_told_otherwise(writer: Callable[..., Any]) -> None:
    assert inspect.signature(writer).parameters["lock_timeout"].default == 10
