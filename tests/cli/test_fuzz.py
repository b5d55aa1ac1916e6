"""Every command, fuzzed by its signature: exit code 0, 1 or 2, one message, and never a traceback (S6)."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from shortable.cli.app import COMMANDS, app, command

pytestmark = pytest.mark.slow

NONSENSE = (
    "", " ", "-1", "0", "1e400", "nan", "no such thing", "../..", "/dev/null", "\x00", "ü" * 300, "2024-13-45", "9999-12-31", "{}", "--", "=", "a=b=c", ".",
)  # fmt: skip
#: They serve, fetch or run for long; their options are tested beside them.
LEFT_OUT = frozenset({"serve", "collect", "study", "sweep"})
TRIES = 12


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command with the words that call it."""
    for name, found in sorted(group.commands.items()):
        if hasattr(found, "commands"):
            yield from commands(found, (*path, name))
        elif not {name, *path} & LEFT_OUT:
            yield (*path, name), found


def program() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command of the program; each is imported here."""
    for name in COMMANDS:
        found = command(name)
        if hasattr(found, "commands"):
            yield from commands(found, (name,))
        elif name not in LEFT_OUT:
            yield (name,), found


EVERY = dict(program())


@pytest.mark.slow
@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_nonsense_never_ends_in_a_traceback(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rng = random.Random(" ".join(words))
    for _ in range(TRIES):
        line = list(words)
        for parameter in EVERY[words].params:
            if parameter.param_type_name == "argument":
                if parameter.required or rng.random() < 0.3:
                    line.append(rng.choice(NONSENSE))
            elif parameter.name != "help" and rng.random() < 0.25:
                line += [parameter.opts[-1]] + ([] if parameter.is_flag else [rng.choice(NONSENSE)])
        ended = CliRunner().invoke(app, line)
        surprise = ended.exception is not None and not isinstance(ended.exception, SystemExit)
        assert not surprise, f"shortable {line}: {ended.exception!r}"
        assert ended.exit_code in (0, 1, 2), f"shortable {line}: {ended.exit_code}"
        assert "Traceback" not in ended.output, f"shortable {line}"
