"""How output looks: one screen, any width, colours only for terminals, any encoding."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from datetime import datetime

import pytest

from shortable.cli.run_summary import show_result
from shortable.cli.terminal import fields, readable, say, table


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch):
    """Make stdout a terminal of that many columns."""

    def make(columns: int) -> Terminal:
        stream = Terminal()
        monkeypatch.setattr(sys, "stdout", stream)
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm-256color")
        for name in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name, raising=False)
        return stream

    return make


def document(refusals: int, *, text: str = "MarketData of a folder", symbols: int = 9) -> dict:
    """What a run may come down to at its longest."""
    refused = {
        "time": datetime(2026, 3, 23, 16),
        "symbol": "BRK.PRA.CA@USD",
        "kind": "submission",
        "requested": 123_456_789,
        "allowed": 0,
        "held": -1_234_567,
        "open_sells": 7_654_321,
        "available": 12_345_678,
        "has_data": True,
        "error_code": -31,
        "tag": "Order exceeds maximum shortable quantity for Symbol BRK.PRA (requested short: 123456789)",
    }
    return {
        "summary": {
            "start": "2023-01-03",
            "end": "2024-12-31",
            "sessions": 502,
            "headline": "None of 1,000,000 orders asked for more than could be borrowed. 999,999 of 1,000,000 availability "
            "checks had no data. Made-up sample data: prices and availability.",
            "prices": text,
            "availability": text,
            "orders": 1_000_000,
            "filled": 900_000,
            "refused_for_availability": 50_000,
            "refused_otherwise": 20_000,
            "canceled": 20_000,
            "open": 10_000,
            "availability_checks": 1_000_000,
            "currency": "USD",
            "borrow_costs": 1_234_567.891,
            "nights_without_rate": 12_345,
            "nights_short": 123_456,
            "commissions": 1_234_567.891,
            "net_profit": -12_345_678.9,
            "net_profit_percent": -12.345,
            "start_equity": 100_000_000.0,
            "end_equity": 87_654_321.1,
        },
        "refusals": [refused] * refusals,
        "borrow_costs_by_symbol": {f"SYM{i}": 123_456.789 for i in range(symbols)},
        "checks_without_data": [
            {"time": datetime(2024, 1, 2, 16)},
            {"time": datetime(2024, 5, 2, 16)},
        ],
        "log": [{"text": "x" * 300}] * 12,
        "folder": "results/of/a/run",
        "without_limits": None,
    }


@pytest.mark.parametrize("refusals", [0, 1, 5, 6, 50_000])
def test_the_summary_of_a_run_fits_80_by_24_at_its_longest(terminal, refusals):
    screen = terminal(80)
    show_result(document(refusals, text="made-up sample data: " * 20), "leveraged_etf_decay")
    lines = screen.getvalue().splitlines()
    assert len(lines) <= 23  # the prompt needs one
    assert max(len(_plain(line)) for line in lines) <= 80
    if refusals:
        joined = " ".join(_plain(line).strip() for line in lines)
        assert document(1)["refusals"][0]["tag"] in joined
        assert "BRK.PRA.CA@USD  123,456,789  -8,888,888  12,345,678  refused" in joined


def test_a_summary_with_room_shows_five_refusals(terminal):
    screen = terminal(200)
    show_result(document(50_000), "short")
    assert screen.getvalue().count("  refused") == 4  # the fifth line counts the others
    assert "… 49,996 more" in screen.getvalue()


def test_a_terminal_gets_colours_and_a_pipe_or_no_color_none(terminal, monkeypatch):
    screen = terminal(80)
    say("bold", style="bold")
    say("red", style="red")
    assert "\x1b[1m" in screen.getvalue()
    assert "\x1b[31m" in screen.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    plain = Terminal()
    monkeypatch.setattr(sys, "stdout", plain)
    say("red", style="red")
    assert "\x1b[31m" not in plain.getvalue()
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stdout", pipe)
    say("bold", style="bold")
    assert pipe.getvalue() == "bold\n"


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_what_wraps_stays_within_the_terminal_and_loses_nothing(terminal, columns):
    screen = terminal(columns)
    words = " ".join(f"word{i}" for i in range(60))
    fields({"label": words, "other": "short"})
    table({"line": "right", "reason": "left"}, [("12", words), ("3", "why")], fold="reason")
    lines = [_plain(line) for line in screen.getvalue().splitlines()]
    assert max(map(len, lines)) <= columns
    said = " ".join(" ".join(lines).split())
    assert all(said.count(f"word{i} ") == 2 for i in range(59))


def test_in_a_pipe_lines_are_as_long_as_they_are(monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    pipe = io.StringIO()
    monkeypatch.setattr(sys, "stdout", pipe)
    fields({"label": "word " * 100})
    assert len(pipe.getvalue().splitlines()) == 1


def test_wide_characters_are_measured_as_a_terminal_draws_them(terminal):
    screen = terminal(80)
    table({"name": "left", "n": "right"}, [("騰訊", "1"), ("abcd", "22")])
    body = screen.getvalue().splitlines()[2:]
    assert body == ["騰訊   1", "abcd  22"]  # two characters of two columns each


def test_signs_that_an_encoding_lacks_are_spelled_out():
    latin = io.TextIOWrapper(io.BytesIO(), encoding="latin-1")
    assert readable("≥ 5 → 6 …", latin) == ">= 5 -> 6 ..."
    assert readable("≥ 5", Terminal()) == "≥ 5"
    assert readable("騰訊", latin) == "??"


def test_an_ascii_terminal_gets_everything(shell, data):
    environment = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    ended = shell(
        "quote", "TRUE", "--at", "2024-01-02", "--broker", "acme", "--data", data, env=environment
    )
    assert (ended.code, ended.err) == (0, "")
    assert ">= 10,000,000 shares (floor)" in ended.out


def _plain(line: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", line)


def test_python_dash_m_is_the_command_line():
    ran = subprocess.run(
        [sys.executable, "-m", "shortable", "--version"], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split()[-1][0].isdigit()
