"""``shortable serve``: what it refuses before it serves anything; tests/server starts it."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Cli

NAMES = ("SHORTABLE_API_KEY", "SHORTABLE_API_SECRET", "SHORTABLE_API_TOKEN")


@pytest.fixture(autouse=True)
def _no_keys_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.9"])
def test_an_address_that_others_reach_needs_keys(cli: Cli, data: Path, host: str) -> None:
    ended = cli("serve", "--data", data, "--host", host, "--port", 0)
    assert ended.code == 2
    assert "--host" in ended.err
    assert all(name in ended.err for name in NAMES)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--rate", "0"], "--rate"),
        (["--rate", "nan"], "--rate"),
        (["--port", "70000"], "--port"),
        (["--max-age", "long"], "--max-age"),
        (["--keys", "nowhere"], "--keys"),
        (["--result", __file__], "--result"),
        (["--host", "no.such.address.invalid"], "--host"),
        (["--token", "t"], "--token"),  # keys are never on the command line
        (["--secret", "s"], "--secret"),
    ],
)
def test_bad_options_are_one_message_and_exit_code_2(
    cli: Cli, data: Path, arguments: list[str], word: str
) -> None:
    ended = cli("serve", "--data", data, *arguments)
    assert ended.code == 2
    assert word in ended.err
    assert ended.out == ""


def test_half_a_pair_of_keys_is_refused_and_not_shown(
    cli: Cli, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHORTABLE_API_KEY", "hunter2")
    ended = cli("serve", "--data", data)
    assert ended.code == 2
    assert "SHORTABLE_API_SECRET" in ended.err
    assert "hunter2" not in ended.err


def test_help_tells_where_keys_come_from(cli: Cli) -> None:
    ended = cli("serve", "--help")
    assert ended.code == 0
    assert "--keys" in ended.out
    assert "--token" not in ended.out
