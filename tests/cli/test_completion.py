"""Completion for shells: each shell's script is printed and loads, and TAB offers commands, options and names."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from shortable.examples import EXAMPLES
from shortable.store import append, make_snapshot

pytestmark = pytest.mark.slow

SHELLS = ("bash", "zsh", "fish")
_PROGRAM = str(Path(sys.executable).parent)


def environment(**more: str) -> dict[str, str]:
    """Return an environment in which the program is found and no data folder is named."""
    kept = {
        k: v
        for k, v in os.environ.items()
        if k not in ("SHORTABLE_DATA", "COMP_WORDS", "COMP_CWORD")
    }
    return kept | {"PATH": f"{_PROGRAM}{os.pathsep}{os.environ['PATH']}"} | more


def script(shell: str) -> str:
    """Return what `shortable --show-completion` prints for a shell: it is asked for by name, as a test has no shell around it."""
    done = subprocess.run(
        ["shortable", "--show-completion", shell],
        env=environment(_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1"),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def offered(shell: str, line: str, cwd: Path) -> list[str]:
    """Return what a shell is offered for the last word of a line, by the protocol that its script speaks."""
    words = line.split(" ")
    asked = {
        "bash": {
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(words) - 1),
            "_SHORTABLE_COMPLETE": "complete_bash",
        },
        "zsh": {"_TYPER_COMPLETE_ARGS": line, "_SHORTABLE_COMPLETE": "complete_zsh"},
        "fish": {
            "_TYPER_COMPLETE_ARGS": line,
            "_SHORTABLE_COMPLETE": "complete_fish",
            "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        },
    }[shell]
    done = subprocess.run(
        ["shortable"],
        env=environment(**asked),
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr
    if (
        shell == "zsh"
    ):  # _arguments '*: :(("name":"what it is" "name":"…"))', or _files where there is none
        return re.findall(r'"([^":]+)"(?::"|\s|\))', done.stdout.partition("((")[2])
    return [text.partition("\t")[0] for text in done.stdout.split("\n") if text]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working folder whose ./data holds two brokers, and ./other one."""
    day = 1_704_200_000_000_000
    for data, broker in (("data", "northern"), ("data", "nobody"), ("other", "nearby")):
        rows = make_snapshot(day, {"symbol": ["SPY"], "quantity": [500]}, complete=True)
        append(broker, [rows], data_folder=tmp_path / data)
    return tmp_path


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_gets_a_script_for_the_program(shell: str) -> None:
    said = script(shell)
    assert f"_SHORTABLE_COMPLETE=complete_{shell}" in said
    assert "shortable" in said.splitlines()[-1] or "shortable" in said.splitlines()[0]


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_itself_takes_the_script(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    check = {"bash": ["bash", "-n"], "zsh": ["zsh", "-n"], "fish": ["fish", "--no-execute"]}[shell]
    done = subprocess.run(
        [*check, "/dev/stdin"], input=script(shell), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("shell", SHELLS)
def test_commands_are_offered(shell: str, folder: Path) -> None:
    assert set(offered(shell, "shortable re", folder)) >= {"report"}
    assert "import" in offered(shell, "shortable ", folder)


@pytest.mark.parametrize("shell", SHELLS)
def test_examples_are_offered_to_run(shell: str, folder: Path) -> None:
    assert set(offered(shell, "shortable run ", folder)) >= set(EXAMPLES)


def test_names_that_begin_so_are_offered(folder: Path) -> None:
    assert offered("bash", "shortable quote SPY now --broker no", folder) == ["nobody", "northern"]
    assert offered("bash", "shortable coverage --data other --broker n", folder) == ["nearby"]
    assert offered("bash", "shortable import ib", folder) == ["ibkr", "iborrowdesk"]
    assert offered("bash", "shortable list --market can", folder) == ["canada"]
    assert offered("bash", "shortable quote SPY --market can", folder) == ["canada"]
    assert "--quiet" in offered("bash", "shortable run short_availability --q", folder)


def test_a_folder_that_cannot_be_read_offers_nothing_and_says_nothing(folder: Path) -> None:
    assert offered("bash", "shortable coverage --data nowhere --broker n", folder) == []


def test_the_sources_offered_are_those_that_import_takes(cli, folder: Path) -> None:
    sources = offered("bash", "shortable import ", folder)
    ended = cli("import", "nothing", "file.txt")
    assert ended.code == 2
    assert f"be one of {', '.join(sources)}" in " ".join(ended.err.split())


def test_the_options_offered_are_those_of_the_source(folder: Path) -> None:
    assert offered("bash", "shortable import ibkr --time", folder) == [
        "--time",
        "--time-zone",
        "--time-column",
    ]
    assert offered("bash", "shortable import finra --ra", folder) == []
    assert offered("bash", "shortable import table --market can", folder) == ["canada"]


def test_bash_completes_a_word_where_it_is_typed(folder: Path) -> None:
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    typed = (
        script("bash")
        + '\nCOMP_WORDS=(shortable run leve)\nCOMP_CWORD=2\n_shortable_completion shortable\necho "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(
        ["bash", "--norc"],
        input=typed,
        env=environment(),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == ("leveraged_etf_decay", "")


def test_installing_writes_into_the_shell_s_own_files_once(tmp_path: Path) -> None:
    for _ in range(2):
        subprocess.run(
            ["shortable", "--install-completion", "bash"],
            check=True,
            capture_output=True,
            env=environment(HOME=str(tmp_path), _TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION="1"),
        )
    (written,) = (tmp_path / ".bash_completions").iterdir()
    assert "_SHORTABLE_COMPLETE=complete_bash" in written.read_text("utf-8")
    assert (tmp_path / ".bashrc").read_text("utf-8").count(written.name) == 1


def test_fish_completes_a_word_where_it_is_typed(folder: Path) -> None:
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    typed = script("fish") + '\ncomplete --do-complete "shortable run leve"\n'
    done = subprocess.run(
        ["fish", "--no-config"],
        input=typed,
        env=environment(HOME=str(folder)),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == ["leveraged_etf_decay"]
