"""The house is built as DESIGN says: layers, small modules, exports, no optional import in the core."""

from __future__ import annotations

import importlib
import json
import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path
from types import FunctionType

import pytest

import shortable

ROOT = Path(__file__).parents[1]
MODULES = sorted(m.name for m in pkgutil.walk_packages(shortable.__path__, "shortable."))
OPTIONAL = {
    "typer",
    "rich",
    "matplotlib",
    "fastapi",
    "uvicorn",
    "exchange_calendars",
    "dask",
    "duckdb",
    "longbridge",
    "cvxpy",
    "zipline",
    "backtrader",
    "vectorbt",
    "backtesting",
    "bt",
    "nautilus_trader",
}
# Copied into LEAN projects, where there is no shortable to read the store.
STANDS_ALONE = "adapters/lean.py"


def run(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *args], capture_output=True, text=True, cwd=ROOT, check=False
    )


def test_the_import_contract_holds() -> None:
    command = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    if command is None:
        pytest.skip("import-linter is not installed (extra test)")
    done = subprocess.run(
        [command, "--no-cache"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_importing_shortable_imports_nothing_optional_and_no_parquet_reader() -> None:
    done = run("-c", "import shortable, sys, json; print(json.dumps(sorted(sys.modules)))")
    assert done.returncode == 0, done.stderr
    loaded = set(json.loads(done.stdout))
    assert not loaded & OPTIONAL
    assert "shortable.engine" not in loaded


@pytest.mark.parametrize("name", [*MODULES, "shortable"])
def test_public_names_exist_and_are_sorted(name: str) -> None:
    if name.startswith("shortable.cli"):
        pytest.importorskip("typer")
    module = importlib.import_module(name)
    names = getattr(module, "__all__", [])
    missing = [n for n in names if not hasattr(module, n)]
    assert missing == []
    assert list(names) == sorted(names, key=lambda n: (not n.isupper(), not n[0].isupper(), n))
    documented = (type, FunctionType)
    undocumented = [
        n for n in names if isinstance(o := getattr(module, n), documented) and not o.__doc__
    ]
    assert undocumented == []


def test_only_what_is_kept_on_disk_knows_parquet() -> None:
    rooms = {"actions", "store", "importers", "market_data"}
    readers = {
        p.relative_to(ROOT / "shortable").parts[0]
        for p in (ROOT / "shortable").rglob("*.py")
        if "pyarrow.parquet" in p.read_text() and not p.as_posix().endswith(STANDS_ALONE)
    }
    assert readers <= rooms


def test_modules_are_small() -> None:
    long = {
        str(p.relative_to(ROOT)): n
        for p in (ROOT / "shortable").rglob("*.py")
        if (n := len(p.read_text().splitlines())) > 600
    }
    assert long == {}


def test_no_committed_text_names_this_machine_or_the_foreign_distribution() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    if tracked.returncode:
        pytest.skip("not a git checkout")
    wrong = []
    for name in tracked.stdout.split("\n"):
        path = ROOT / name
        if name and path.is_file() and path.suffix in {".py", ".md", ".toml", ".ipynb", ".cfg", ""}:
            text = path.read_text(errors="ignore")
            if any(
                f"pip install {quote}shortable{end}" in text
                for quote in ("", '"')
                for end in ("\n", '"', "[", "`", " ")
            ):
                wrong.append(name)
    assert [w for w in wrong if w != str(Path(__file__).relative_to(ROOT))] == []


def test_the_top_level_is_the_agreed_layout() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=False
    )
    if tracked.returncode:
        pytest.skip("not a git checkout")
    agreed = {
        "pyproject.toml",
        "README.md",
        "shortable",
        "data",
        "tests",
        "notebooks",
        "LICENSE",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        ".gitignore",
        ".ci",
    }
    assert {name.split("/")[0] for name in tracked.stdout.split()} <= agreed


def test_an_installed_core_works_without_extras() -> None:
    names = json.dumps(sorted(OPTIONAL))
    blocked = f"import sys; sys.modules.update(dict.fromkeys({names})); import shortable, shortable.engine"
    done = run("-c", blocked)
    assert done.returncode == 0, done.stderr
    assert (ROOT / "shortable" / "py.typed").exists()
