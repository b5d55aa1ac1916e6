"""Something opened once, and again when its files change."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from shortable.server.reopening import Reopening, mark_of


def test_it_is_opened_once_until_a_file_changes(tmp_path: Path) -> None:
    file = tmp_path / "a"
    opened: list[int] = []
    held = Reopening(lambda: mark_of([file]), lambda: opened.append(1) or len(opened))
    assert [held.get() for _ in range(3)] == [1, 1, 1]
    file.write_text("x")
    assert [held.get() for _ in range(2)] == [2, 2]
    file.write_text("xy")
    assert held.get() == 3
    os.utime(file, ns=(1, 1))
    assert held.get() == 4
    file.unlink()
    assert held.get() == 5


def test_a_change_while_it_is_opened_is_seen_the_next_time(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("1")

    def read_while_another_writes() -> str:
        text = file.read_text()
        if text == "1":
            file.write_text("22")
        return text

    held = Reopening(lambda: mark_of([file]), read_while_another_writes)
    assert [held.get(), held.get(), held.get()] == ["1", "22", "22"]


def test_what_failed_to_open_is_tried_again() -> None:
    tries = iter([OSError("not now"), None])

    def fail_once() -> str:
        if (error := next(tries)) is not None:
            raise error
        return "open"

    held = Reopening(lambda: (), fail_once)
    with pytest.raises(OSError, match="not now"):
        held.get()
    assert held.get() == "open"


def test_threads_open_it_once_between_them() -> None:
    opened: list[int] = []
    held = Reopening(lambda: (), lambda: opened.append(1) or 7)
    threads = [threading.Thread(target=held.get) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 1
