"""A writer that dies at any step leaves the store whole, readers see one state or the other, the next writer goes on."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shortable.errors import StoreError, UnknownBrokerError
from shortable.store import Layout, append, files, open_store, parts, place
from shortable.store.draft import Draft

from .model import contents, read_parts, read_symbols

pytestmark = pytest.mark.slow

SMALL = Layout(single_file_rows=6, part_rows=9, fan=2)
STEPS = ["sync_file", "sync_folder", "rename", "remove", "expel", "link", "copy", "exchange"]


class Killed(BaseException):
    """The process dies here; nothing of ours runs after it."""


def days(make: Any, *numbers: int, plus: int = 0) -> list[Any]:
    return [
        make(f"2024-01-{day:02}", SPY=day + plus, F=day, GME=(None, day / 8)) for day in numbers
    ]


SCENES: dict[str, tuple[list[list[int]], list[int], bool]] = {
    "nothing becomes a file": ([], [2, 3], False),
    "nothing becomes a folder": ([], [2, 3, 4, 5, 6], False),
    "a file grows": ([[2]], [3], False),
    "a file becomes a folder": ([[2, 3]], [4], False),
    "a folder grows and merges": ([[2, 3, 4], [5], [6]], [7, 8], False),
    "an old day in a folder": ([[3, 4, 5], [6], [7]], [2], False),
    "a day of a file is replaced": ([[2, 3]], [3], True),
    "a day of a folder is replaced": ([[2, 3, 4], [5], [6]], [3], True),
}


@pytest.fixture(params=["swap", "no swap", "no links"])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the file system can do: swap two names, as here; or not, as on Windows; or not even link, as on exFAT."""
    if request.param != "swap":
        monkeypatch.setattr(files, "exchange", lambda one, other: False)
    if request.param == "no links":
        monkeypatch.setattr(files, "link", lambda source, target: False)


@pytest.fixture(params=SCENES)
def scene(
    request: pytest.FixtureRequest, tmp_path: Path, make: Any, system: None
) -> tuple[Path, Callable[[Path], Any]]:
    before, added, replace = SCENES[request.param]
    start = tmp_path / "start"
    start.mkdir()
    for numbers in before:
        append("axos", days(make, *numbers), data_folder=start, layout=SMALL)
    more = days(make, *added, plus=100 if replace else 0)
    return start, lambda folder: append(
        "axos", more, data_folder=folder, layout=SMALL, replace=replace
    )


def state(folder: Path) -> Any:
    try:
        return contents(open_store("axos", data_folder=folder))
    except UnknownBrokerError:
        return None


def on_every_step(
    monkeypatch: pytest.MonkeyPatch, step: Callable[[], None], without: tuple[str, ...] = ()
) -> None:
    def wrapped(do: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*args: Any, **options: Any) -> Any:
            step()
            return do(*args, **options)

        return stepped

    for name in set(STEPS) - set(without):
        monkeypatch.setattr(files, name, wrapped(getattr(files, name)))
    monkeypatch.setattr(place, "write_part", wrapped(parts.write_part))


def litter(folder: Path) -> list[str]:
    """Files that belong to no store."""
    room = folder / "equity" / "usa" / "shortable"
    # What was replaced stays until the next write.
    names = {p.name for p in room.iterdir()} - {
        "axos.parquet",
        ".axos.parquet.lock",
        ".axos.parquet.last",
    }
    store = room / "axos.parquet"
    if store.is_dir():
        manifest = json.loads((store / "_manifest.json").read_text().splitlines()[1])
        there = {f"part-{number:06d}.parquet" for number in manifest["parts"]}
        names |= {p.name for p in store.iterdir()} - there - {"_manifest.json"}
    return sorted(names)


def test_killed_at_any_step_the_store_is_the_old_one_or_the_new_one(
    scene: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, write = scene
    old = state(start)
    shutil.copytree(start, tmp_path / "whole")
    write(tmp_path / "whole")
    new = state(tmp_path / "whole")
    assert old != new
    kills, seen = 0, set()
    while True:
        folder = tmp_path / f"killed-{kills}"
        shutil.copytree(start, folder)
        left = kills

        def die() -> None:
            nonlocal left
            if left == 0:
                raise Killed
            left -= 1

        with monkeypatch.context() as patch:
            on_every_step(patch, die)
            patch.setattr(Draft, "roll_back", lambda self: None)
            try:
                write(folder)
                break
            except Killed:
                pass
        found = state(folder)
        assert found in (old, new)
        seen.add(found == new)
        write(folder)
        assert state(folder) == new
        assert litter(folder) == []
        kills += 1
    assert kills >= 4
    assert False in seen


def test_a_failure_at_any_step_is_rolled_back(
    scene: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, write = scene
    old = state(start)
    for failing in range(100):
        folder = tmp_path / f"failed-{failing}"
        shutil.copytree(start, folder)
        left = failing

        def fail() -> None:
            nonlocal left
            left -= 1
            if left == -1:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            on_every_step(patch, fail)
            try:
                write(folder)
                break
            except KeyboardInterrupt:
                pass
        found = state(folder)
        write(folder)
        assert found in (old, state(folder))
        assert litter(folder) == []
    assert failing > 3


def test_readers_see_one_state_or_the_other_at_every_step(
    scene: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, write = scene
    old = state(start)
    early = None if old is None else open_store("axos", data_folder=start)
    seen = []
    with monkeypatch.context() as patch:
        on_every_step(patch, lambda: seen.append(state(start)))
        write(start)
    new = state(start)
    assert all(one in (old, new) for one in seen)
    assert len(seen) >= 4
    if early is not None:  # opened before, nothing read yet: it still is what it was
        assert contents(early) == old


def test_a_reader_outlives_any_number_of_merges(tmp_path: Path, make: Any) -> None:
    append("axos", days(make, 2, 4, 6), data_folder=tmp_path, layout=SMALL)
    append("axos", days(make, 8), data_folder=tmp_path, layout=SMALL)
    early = open_store("axos", data_folder=tmp_path)
    old = contents(open_store("axos", data_folder=tmp_path))
    assert early.n_parts == 2
    for day in (3, 5, 7, 9, 10, 11):
        append("axos", days(make, day), data_folder=tmp_path, layout=SMALL)
    names = {p.name for p in early.path.iterdir()}
    assert "part-000002.parquet" not in names  # its small part was merged and is gone
    assert contents(early) == old
    assert read_parts(early) == read_symbols(early)


def test_a_reader_of_what_was_replaced_is_told_to_open_again(tmp_path: Path, make: Any) -> None:
    append("axos", days(make, 2, 3, 4), data_folder=tmp_path, layout=SMALL)
    early = open_store("axos", data_folder=tmp_path)
    append("axos", days(make, 3, plus=100), data_folder=tmp_path, layout=SMALL, replace=True)
    append("axos", days(make, 5), data_folder=tmp_path, layout=SMALL)
    with pytest.raises(StoreError, match="open it again"):
        early.read_symbol(0, "SPY", "USD", ["quantity"])


def test_a_reader_of_a_file_keeps_reading_what_it_opened(tmp_path: Path, make: Any) -> None:
    append("axos", days(make, 2), data_folder=tmp_path)
    early = open_store("axos", data_folder=tmp_path)
    append("axos", days(make, 2, plus=100), data_folder=tmp_path, replace=True)
    assert early.read_symbol(0, "SPY", "USD", ["quantity"])["quantity"].tolist() == [2]
    assert open_store("axos", data_folder=tmp_path).read_part(0, ["quantity"]).columns[
        "quantity"
    ].tolist() == [
        2,
        -1,
        102,
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_writer_killed_by_the_system_leaves_store_and_lock_usable(
    tmp_path: Path, make: Any
) -> None:
    append("axos", days(make, 2, 3, 4, 5), data_folder=tmp_path, layout=SMALL)
    old = state(tmp_path)
    script = f"""
        import sys, time
        from shortable.store import Layout, append, make_snapshot
        def stream():
            for day in range(40):
                yield make_snapshot(day * 10**9, {{"symbol": ["A", "B", "C"], "quantity": [1, 2, 3]}}, complete=True)
            print("working", flush=True)
            time.sleep(60)
        append("axos", stream(), data_folder={str(tmp_path)!r}, layout=Layout(6, 9, 2))
    """
    writer = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "working\n"
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    room = tmp_path / "equity/usa/shortable"
    assert (
        len(list(room.glob(".axos.parquet.next/part-*"))) > 10
    )  # it had written parts that nobody will ever read
    assert state(tmp_path) == old
    append("axos", days(make, 6), data_folder=tmp_path, layout=SMALL, lock_timeout=0)
    assert litter(tmp_path) == []
    assert len(open_store("axos", data_folder=tmp_path).as_of) == 5
