"""Power fails at any step of a write: the store is the old one or the new one, and what was acknowledged stays."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from shortable.errors import StoreError
from shortable.store import append, compact, files

from .power import Disk, Mode
from .test_interrupted import SCENES, SMALL, days, on_every_step, state

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not sys.platform.startswith("linux"), reason="the shim reads /proc to follow open folders"
    ),
]
WRITES = [*SCENES, "compaction"]


def states_after_power_loss(
    name: str, folder: Path, make: Any, patch: pytest.MonkeyPatch
) -> Iterator[tuple[Any, Any, Any, bool]]:
    """Make a write, and let the power fail before each of its steps and after it, in three ways.

    Yields what a reader finds, the old and the new state, and whether the write was acknowledged.
    """
    root = folder / "disk"
    root.mkdir()
    before, added, replace = SCENES.get(name, ([[2, 3, 4], [5], [6]], [], False))
    for numbers in before:
        append("axos", days(make, *numbers), data_folder=root, layout=SMALL)
    old = state(root)
    disk, number, found = Disk(root), count(), []

    def fail() -> None:
        modes: list[tuple[Mode, int]] = [("strict", 0), ("names", 0), ("mixed", 1), ("mixed", 2)]
        for mode, seed in modes:
            target = folder / f"failed-{next(number)}"
            disk.fail(target, mode, seed)
            found.append(target)

    with patch.context() as inside:
        inside.setattr(os, "fsync", disk.fsync)
        on_every_step(inside, fail)
        if added:
            more = days(make, *added, plus=100 if replace else 0)
            append("axos", more, data_folder=root, layout=SMALL, replace=replace)
        else:
            compact("axos", data_folder=root, layout=SMALL)
    steps = len(found)
    fail()
    disk.close()
    new = state(root)
    for at, target in enumerate(found):
        try:
            left = state(target)
        except StoreError as error:
            left = error
        yield left, old, new, at >= steps
        if not isinstance(left, StoreError):  # the next writer goes on from there
            append("axos", days(make, 20), data_folder=target, layout=SMALL)
            assert len(state(target)[0]) == len(left[0] if left else ()) + 1


def is_wrong(left: Any, old: Any, new: Any, acknowledged: bool) -> bool:
    return left != new and (acknowledged or left != old)


@pytest.mark.parametrize("swaps", [True, False], ids=["swap", "no swap"])
@pytest.mark.parametrize("name", WRITES)
def test_the_store_is_old_or_new_and_what_was_acknowledged_stays(
    tmp_path: Path, make: Any, monkeypatch: pytest.MonkeyPatch, name: str, swaps: bool
) -> None:
    if not swaps:
        monkeypatch.setattr(files, "exchange", lambda one, other: False)
    tries = 0
    for found in states_after_power_loss(name, tmp_path, make, monkeypatch):
        assert not is_wrong(*found)
        tries += 1
    assert tries >= 20


@pytest.mark.parametrize("forgotten", ["sync_file", "sync_folder"])
def test_a_sync_that_is_left_out_is_noticed(
    tmp_path: Path, make: Any, monkeypatch: pytest.MonkeyPatch, forgotten: str
) -> None:
    monkeypatch.setattr(files, forgotten, lambda path: None)
    states = states_after_power_loss("a folder grows and merges", tmp_path, make, monkeypatch)
    assert any(is_wrong(*one) for one in states)
