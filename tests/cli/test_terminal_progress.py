"""The progress bar: for a person who waits, on stderr, gone when the work is done."""

from __future__ import annotations

import io
import sys

import pytest

from shortable.cli import terminal
from shortable.cli.terminal import Bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def on(monkeypatch):
    """Put a stream in stderr's place, within the test because pytest takes it back after a fixture; no patience."""
    monkeypatch.setattr(terminal, "_PATIENCE", 0.0)
    monkeypatch.setattr(terminal, "_EVERY", 0.0)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")

    def replace(stream: io.StringIO) -> io.StringIO:
        monkeypatch.setattr(sys, "stderr", stream)
        return stream

    return replace


def work(bar: Bar) -> None:
    with bar:
        for done in range(1, 5):
            bar("run", done, 4)


def test_a_terminal_sees_the_stage_and_how_much_is_done(on):
    screen = on(Terminal())
    work(Bar())
    assert "run" in screen.getvalue()
    assert "100%" in screen.getvalue()
    assert screen.getvalue().endswith("\x1b[2K")  # the line is wiped when the work is done


def test_what_is_over_within_a_second_needs_no_bar(on, monkeypatch):
    screen = on(Terminal())
    monkeypatch.setattr(terminal, "_PATIENCE", 60.0)
    work(Bar())
    assert screen.getvalue() == ""


def test_quiet_and_a_pipe_see_nothing(on):
    screen = on(Terminal())
    work(Bar(quiet=True))
    assert screen.getvalue() == ""
    pipe = on(io.StringIO())
    work(Bar())
    assert pipe.getvalue() == ""
