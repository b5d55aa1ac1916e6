"""The list of commands: true to each command, and quick, since it loads none of them."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module

import pytest
import typer

from shortable.cli.app import COMMANDS


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_what_the_command_says_first(name: str) -> None:
    module, member = COMMANDS[name].where.split(":")
    found = getattr(import_module(f"shortable.cli.{module}"), member)
    words = found.info.help if isinstance(found, typer.Typer) else found.__doc__
    assert words.split("\n\n")[0].strip() == COMMANDS[name].summary


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], []], ids=str)
def test_neither_pandas_nor_a_command_is_loaded_for_the_list(arguments: list[str]) -> None:
    code = (
        "import json, sys\nfrom shortable.cli import main\n"
        f"sys.argv[1:] = {arguments}\n"
        "try:\n    main()\nfinally:\n    print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    loaded = json.loads(done.stderr.splitlines()[-1])
    assert not {"numpy", "pandas", "pyarrow"} & set(loaded)
    assert [m for m in loaded if m.startswith("shortable.cli.")] == [
        "shortable.cli.app",
        "shortable.cli.failures",
        "shortable.cli.terminal",
    ]
