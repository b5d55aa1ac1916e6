"""The house is built as DESIGN says: layers, small modules, exports, no optional import in the core."""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
import re
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
    "httpx",
    "stamina",
    "uvicorn",
    "exchange_calendars",
    "dask",
    "distributed",
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
    assert not loaded & {"numpy", "pandas", "pyarrow", "shortable.engine"}


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
    rooms = {"actions", "store", "importers", "market_data", "results"}
    readers = {
        p.relative_to(ROOT / "shortable").parts[0]
        for p in (ROOT / "shortable").rglob("*.py")
        if "pyarrow.parquet" in p.read_text() and not p.as_posix().endswith(STANDS_ALONE)
    }
    assert readers <= rooms


def test_a_missing_time_has_a_unit() -> None:
    """NumPy 2.5 refuses one without; older versions, which most tests run on, do not."""
    bare = re.compile(r"""(datetime|timedelta)64\(["']NaT["']\)""")
    found = [p.name for p in (ROOT / "shortable").rglob("*.py") if bare.search(p.read_text())]
    assert found == []


def test_modules_are_small() -> None:
    long = {
        str(p.relative_to(ROOT)): n
        for p in (ROOT / "shortable").rglob("*.py")
        if (n := len(p.read_text().splitlines())) > 600
    }
    assert long == {}


def cycles(imports: dict[str, set[str]]) -> list[list[str]]:
    """Return the groups of modules that import one another in a circle (Tarjan's strongly connected components)."""
    numbers: dict[str, int] = {}
    lowest: dict[str, int] = {}
    path: list[str] = []
    found = []

    def visit(name: str) -> None:
        numbers[name] = lowest[name] = len(numbers)
        path.append(name)
        for other in imports[name]:
            if other not in numbers:
                visit(other)
                lowest[name] = min(lowest[name], lowest[other])
            elif other in path:
                lowest[name] = min(lowest[name], numbers[other])
        if lowest[name] == numbers[name]:
            at = path.index(name)
            if len(path) - at > 1:
                found.append(sorted(path[at:]))
            del path[at:]

    for name in sorted(imports):
        if name not in numbers:
            visit(name)
    return found


def test_a_circle_of_imports_is_found() -> None:
    assert cycles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    assert cycles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_no_module_imports_itself_by_way_of_others_for_types_either() -> None:
    grimp = pytest.importorskip("grimp", reason="import-linter is not installed (extra test)")
    graph = grimp.build_graph("shortable", cache_dir=None)
    assert cycles({m: graph.find_modules_directly_imported_by(m) for m in graph.modules}) == []


# What a host keeps to itself and an adapter cannot do without.
OF_HOSTS = {
    "_fractional_unit",
    "_broker",
    "_Broker",
    "_cash",
    "_data",
    "_replace",
    "_create_child_if_needed",
    "_timeframe",
    "_name",
}
# Python's and pandas' own, public in spite of their names.
OF_PYTHON = {"_asdict", "_fields", "_from_mgr", "_getframe", "_replace", "_value2member_map_"}


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def private_names(tree: ast.Module) -> tuple[set[str], set[tuple[int, str]]]:
    """Return the private names that a module defines, and those that it takes from other objects."""
    own, taken = set(), set()
    for node in ast.walk(tree):
        match node:
            case (
                ast.FunctionDef(name=name)
                | ast.AsyncFunctionDef(name=name)
                | ast.ClassDef(name=name)
            ):
                own.add(name)
            case ast.Name(id=name, ctx=ast.Store()) | ast.Constant(value=str(name)):
                own.add(name)
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                own.add(name)
            case ast.Attribute(attr=name):
                taken.add((node.lineno, name))
            case ast.ImportFrom(names=names):
                taken |= {(node.lineno, alias.name) for alias in names}
    return {n for n in own if is_private(n)}, {
        (at, n) for at, n in taken if is_private(n) and n != "_"
    }


def test_no_package_reaches_into_what_another_keeps_to_itself() -> None:
    own: dict[str, set[str]] = {}
    taken = []
    for path in sorted((ROOT / "shortable").rglob("*.py")):
        inside = path.relative_to(ROOT / "shortable")
        package = inside.parts[0]
        names, uses = private_names(ast.parse(path.read_text(encoding="utf-8")))
        own[package] = own.get(package, set()) | names
        allowed = OF_PYTHON | (OF_HOSTS if package in ("adapters", "testing") else set())
        taken += [
            (package, f"{inside}:{at} {name}", name)
            for at, name in sorted(uses)
            if name not in allowed
        ]
    assert [where for package, where, name in taken if name not in own[package]] == []


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
