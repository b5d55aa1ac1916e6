"""Every block of the READMEs is run: what they promise is what happens."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks_of(text: str) -> list[tuple[str, str]]:
    """Return language and code of every fenced block."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


BLOCKS = blocks_of(README)
# A package's README stands in its folder.
READMES = [ROOT / "README.md", *sorted((ROOT / "shortable").rglob("README.md"))]
PYTHON = [
    pytest.param(code, id=f"{path.relative_to(ROOT).parent}:{at}".lstrip(".:"))
    for path in READMES
    for at, (language, code) in enumerate(blocks_of(path.read_text(encoding="utf-8")))
    if language == "python"
]
HOSTS = ("backtrader", "zipline", "backtesting", "vectorbt", "bt", "nautilus_trader")
CONSOLE = [code for language, code in BLOCKS if language == "console"]


def test_there_are_exactly_the_two_set_up_commands_each_alone_in_its_block() -> None:
    commands = [
        code.strip() for language, code in BLOCKS if language == "sh" and "pip install" in code
    ]
    assert commands == [
        'python -m pip install -e ".[cli]" && shortable run fade_the_pump --compare',
        'python -m pip install -e ".[test]" && python -m pytest',
    ]
    first_screen = "\n".join(README.splitlines()[:30])
    assert all(command in first_screen for command in commands)


@pytest.mark.parametrize("code", PYTHON)
def test_python_blocks_run_and_print_what_their_comments_say(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in HOSTS:
        if re.search(
            rf"^(import|from) {name}\b|adapters\.{name.partition('_')[0]}\b",
            code,
            flags=re.MULTILINE,
        ):
            pytest.importorskip(name, reason=f"{name} is not installed", exc_type=ImportError)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZIPLINE_ROOT", str(tmp_path))
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {"__name__": "__main__"})
    # A line that begins with "# ->" shows one line of output.
    shown = [
        line.removeprefix("# ->").strip() for line in code.splitlines() if line.startswith("# ->")
    ]
    assert [line.strip() for line in printed.getvalue().splitlines()] == shown


def steps(block: str) -> list[tuple[str, str]]:
    """Split a console block into (command, output shown)."""
    parts = re.split(r"^\$ (.*)$", block, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("block", CONSOLE, ids=range(len(CONSOLE)))
def test_console_blocks_print_what_they_show(
    block: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    pytest.importorskip("typer")
    if "usa.txt" in block:
        real: Path = request.getfixturevalue("real_data")
        shutil.copy(real / "ibkr" / "usa_20210423.txt", tmp_path / "usa.txt")
    for language, table in BLOCKS:
        if language == "csv":
            (tmp_path / "trades.csv").write_text(table, encoding="utf-8")
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1"}
    scripts = Path(sys.executable).parent
    for command, shown in steps(block):
        arguments = shlex.split(command)
        assert arguments[0] == "shortable"
        arguments[0] = str(scripts / "shortable")
        done = subprocess.run(
            arguments, capture_output=True, text=True, cwd=tmp_path, env=environment, check=False
        )
        assert done.returncode == 0, done.stderr
        assert [line.rstrip() for line in done.stdout.strip().splitlines()] == [
            line.rstrip() for line in shown.strip().splitlines()
        ]
