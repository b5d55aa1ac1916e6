"""The frame: help, version, exit codes, and what happens without the extra or without a reader."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import shortable
from shortable.cli.app import app

COMMANDS = (
    "run",
    "sweep",
    "import",
    "collect",
    "status",
    "quote",
    "list",
    "compact",
    "coverage",
    "audit",
    "report",
    "examples",
    "study",
    "serve",
    "short-positions",
)
WITHOUT_JSON = {"serve", "import"}  # the sources of import have it


def test_version(cli):
    ended = cli("--version")
    assert (ended.code, ended.out) == (0, f"shortable {shortable.__version__}\n")


def test_without_arguments_it_explains_itself(cli):
    ended = cli()
    assert ended.code == 0
    assert all(f" {command} " in ended.out for command in COMMANDS)


def test_the_commands_are_those_of_the_issue():
    registered = [*app.registered_commands, *(g.typer_instance.info for g in app.registered_groups)]
    assert {command.name for command in registered} == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example_that_names_it(cli, command):
    ended = cli(command, "--help")
    assert ended.code == 0
    assert f"Example: shortable {command}" in ended.out
    assert ("--json" in ended.out) is (command not in WITHOUT_JSON)
    assert max(map(len, ended.out.splitlines())) <= 80


def test_every_source_of_import_has_help_with_its_columns_and_an_example(cli):
    from shortable.importers import SOURCES

    for name, source in SOURCES.items():
        ended = cli("import", name, "--help")
        text = " ".join(ended.out.split())
        assert ended.code == 0
        assert f"Example: shortable import {name} {source.files}" in text
        assert "--json" in text
        assert all(option.spelled in text for option in source.options)
        assert all(column in text for column in source.columns)
        assert max(map(len, ended.out.splitlines())) <= 80


def test_what_click_finds_wrong_is_said_like_everything_else(cli):
    ended = cli("quote", "--broker", "axos")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.splitlines()[0] == "Error: Missing argument 'SYMBOL'."
    assert "shortable quote --help" in ended.err


def test_an_unknown_command_names_itself(cli):
    ended = cli("qoute", "SPY")
    assert ended.code == 2
    assert "qoute" in ended.err.splitlines()[0]
    assert "Traceback" not in ended.err


def test_the_module_runs_as_the_console_script_does(shell):
    ended = shell("--version")
    assert (ended.code, ended.out, ended.err) == (0, f"shortable {shortable.__version__}\n", "")


def test_importing_shortable_imports_neither_typer_nor_rich():
    code = "import sys, shortable, shortable.cli; print(sorted({'typer', 'rich', 'click'} & set(sys.modules)))"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "[]\n"


@pytest.mark.parametrize("absent", ["typer", "rich"])
def test_without_the_extra_one_line_names_it(absent):
    code = f"import sys; sys.modules[{absent!r}] = None\nfrom shortable.cli import main\nmain()"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert len(ended.stderr.splitlines()) == 1
    assert 'python -m pip install "shortable-provider[cli]"' in ended.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGPIPE and other pipes")
@pytest.mark.parametrize(
    "arguments", [["list", "--broker", "acme"], ["examples"], ["--version"], ["--help"]]
)
def test_a_reader_that_goes_away_is_no_error(data, arguments):
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "shortable", *arguments]
    environment = os.environ | {"SHORTABLE_DATA": str(data)}
    ended = subprocess.run(
        command, stdout=writer, stderr=subprocess.PIPE, text=True, env=environment, check=False
    )
    os.close(writer)
    assert ended.stderr == ""
    assert ended.returncode == 141  # 128 + SIGPIPE, what a shell reports of any program


def _hear_ctrl_c() -> None:
    """What a terminal gives: a shell starts its background jobs with SIGINT ignored, and they pass that on."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_ctrl_c_ends_with_130_and_without_a_traceback(tmp_path: Path):
    (tmp_path / "slow.py").write_text(
        "import sys, time\n"
        "from shortable.engine import Algorithm\n"
        "class Slow(Algorithm):\n"
        "    def initialize(self):\n"
        "        print('ready', file=sys.stderr, flush=True)\n"
        "        time.sleep(60)\n"
    )
    command = [sys.executable, "-m", "shortable", "run", "slow.py"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=-1, stderr=-1, text=True, preexec_fn=_hear_ctrl_c
    ) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "ready\n"
        time.sleep(0.1)  # into the sleep
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "Interrupted\n")


def test_a_warning_is_shown_as_the_command_s_own(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    trades = tmp_path / "trades.csv"
    trades.write_text(
        "time,symbol,quantity,price\n2024-01-02 10:00,GME,-5,17\n2024-01-04 10:00,GME,5,15\n"
    )
    (tmp_path / "closes.csv").write_text("Date,GME\n2024-01-02,17\n2024-01-03,16\n")
    words = ["audit", str(trades), "--broker", "axos", "--prices", str(tmp_path / "closes.csv")]
    with pytest.raises(SystemExit) as ended:
        app(words)
    errors = capfd.readouterr().err
    assert ended.value.code == 0
    assert "Warning: prices has no row at 2024-01-04" in errors
    assert ".py:" not in errors
