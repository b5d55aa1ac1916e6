"""Faults of disks and networks: an error of ours, the old store or the new one, and the next write goes on."""

from __future__ import annotations

import errno
import os
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shortable.errors import CorruptStoreError, SchemaVersionError, StoreError
from shortable.store import Layout, append, compact, open_store, watched_paths
from shortable.store.manifest import Manifest
from shortable.store.paths import last_path

from .model import contents
from .test_interrupted import SMALL, days, litter, on_every_step, scene, state, system

pytestmark = pytest.mark.slow

__all__ = ["scene", "system"]
MANY = Layout(single_file_rows=0, part_rows=1000, fan=50)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO], ids=errno.errorcode.get)
@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from then on"])
@pytest.mark.slow
def test_a_disk_that_fails_at_any_step(
    scene: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, lasting: bool
) -> None:
    start, write = scene
    old = state(start)
    shutil.copytree(start, tmp_path / "whole")
    write(tmp_path / "whole")
    new = state(tmp_path / "whole")
    for failing in range(100):
        folder = tmp_path / f"failed-{failing}"
        shutil.copytree(start, folder)
        left = failing

        def fail() -> None:
            nonlocal left
            left -= 1
            if left == -1 or (lasting and left < 0):
                raise OSError(number, os.strerror(number))

        with monkeypatch.context() as patch:
            # What removes does not raise: what cannot be removed now is left for the next writer.
            on_every_step(patch, fail, without=("remove",))
            if _is_written(write, folder, os.strerror(number)):
                assert left >= 0
                break
        assert state(folder) in (old, new)
        write(folder)
        assert state(folder) == new
        assert litter(folder) == []
    assert failing > 3


def _is_written(write: Callable[[Path], Any], folder: Path, reason: str) -> bool:
    try:
        write(folder)
    except StoreError as error:
        if reason not in str(error):
            raise
        return False
    return True


def several(make: Any, folder: Path, last: int = 6) -> Path:
    for day in range(2, last):
        path = append("axos", days(make, day), data_folder=folder, layout=MANY).path
    return path


def test_a_rename_that_arrives_late_is_waited_for(
    tmp_path: Path, make: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network file system may show the old manifest when the parts that it lists are gone."""
    path = several(make, tmp_path)
    early, old = open_store("axos", data_folder=tmp_path), state(tmp_path)
    stale = Manifest.read(path)
    compact("axos", data_folder=tmp_path, layout=MANY)
    read, late = Manifest.read, 5

    def delayed(folder: Path) -> Manifest:
        nonlocal late
        late -= 1
        return stale if late >= 0 else read(folder)

    monkeypatch.setattr(Manifest, "read", delayed)
    assert contents(early) == old
    late = 5
    assert state(tmp_path) == old


def test_a_part_that_never_comes_back_is_named(tmp_path: Path, make: Any) -> None:
    path = several(make, tmp_path)
    store = open_store("axos", data_folder=tmp_path)
    shutil.rmtree(last_path(path))  # it has what the state before had
    sorted(path.glob("part-*"))[1].unlink()
    assert len(store.read_part(0, []).codes) == 3
    began = time.monotonic()
    with pytest.raises(
        CorruptStoreError, match=r"part-000002\.parquet is missing.*import its sources"
    ):
        store.read_part(1, [])
    assert time.monotonic() - began < 30


def test_a_store_that_vanishes_is_missing_and_one_that_comes_back_is_another(
    tmp_path: Path, make: Any
) -> None:
    path = several(make, tmp_path)
    store = open_store("axos", data_folder=tmp_path)
    path.rename(tmp_path / "away")
    shutil.rmtree(last_path(path))
    with pytest.raises(CorruptStoreError, match="is missing"):
        store.read_part(0, [])
    append("axos", days(make, 2, plus=1), data_folder=tmp_path, layout=MANY)
    with pytest.raises(StoreError):
        store.read_part(0, [])


def test_with_a_clock_that_goes_back_each_change_is_seen(tmp_path: Path, make: Any) -> None:
    """Watchers look at time, size and inode; the new state is made while the old one is there, so the inode differs."""

    def marks() -> list[Any]:
        found: list[Any] = []
        for path in watched_paths(tmp_path, "axos"):
            if path.exists():
                os.utime(path, (1, 1))
                there = path.stat()
                found.append((there.st_mtime_ns, there.st_size, there.st_ino))
        return found

    seen = [marks()]
    for day in range(2, 12):
        append("axos", days(make, day), data_folder=tmp_path, layout=SMALL)
        seen.append(marks())
        assert seen[-1] != seen[-2]
    days_there = [s.as_of for s in open_store("axos", data_folder=tmp_path).snapshots]
    assert days_there == [make.at(f"2024-01-{day:02}") for day in range(2, 12)]


def damaged(folder: Path, make: Any, tries: int, seed: int) -> tuple[int, int]:
    """Flip bits and cut files of a store; return how many of the tries were refused, and how many gave a wrong answer."""
    path = several(make, folder / "whole")
    right, draw = state(folder / "whole"), random.Random(seed)
    refused = wrong = 0
    for number in range(tries):
        copy = folder / f"copy-{number}"
        shutil.copytree(folder / "whole", copy)
        victims = sorted((copy / path.relative_to(folder / "whole")).iterdir())
        victim = draw.choice(victims)
        content = bytearray(victim.read_bytes())
        if number % 2:
            content = content[: draw.randrange(len(content))]
        else:
            content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
        victim.write_bytes(content)
        try:
            wrong += state(copy) != right
        except (CorruptStoreError, SchemaVersionError):
            refused += 1
        shutil.rmtree(copy)
    return refused, wrong


def test_cut_and_flipped_files_are_refused_or_change_no_answer(tmp_path: Path, make: Any) -> None:
    refused, wrong = damaged(tmp_path, make, 60, seed=1)
    assert wrong == 0
    assert refused > 30  # what Parquet does not use may change unseen


def test_a_store_that_was_removed_does_not_come_back(tmp_path: Path, make: Any) -> None:
    path = several(make, tmp_path)
    shutil.rmtree(path)
    assert state(tmp_path) is None
    append("axos", days(make, 9), data_folder=tmp_path, layout=MANY)
    assert [s.as_of for s in open_store("axos", data_folder=tmp_path).snapshots] == [
        make.at("2024-01-09")
    ]
