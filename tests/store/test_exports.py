"""Other packages use what `shortable.store` exports, and nothing inside it."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]


def inner_imports(source: str) -> list[str]:
    """Modules inside the store that a source imports."""
    found = []
    for node in ast.walk(ast.parse(source)):
        names = (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
        found += [name for name in names if name.startswith("shortable.store.")]
    return found


def test_no_other_package_imports_from_inside_the_store() -> None:
    files = [
        *(ROOT / "shortable").rglob("*.py"),
        *(ROOT / "data").rglob("*.py"),
    ]
    outside = [file for file in files if (ROOT / "shortable" / "store") not in file.parents]
    assert len(outside) > 100
    found = {str(file.relative_to(ROOT)): inner_imports(file.read_text()) for file in outside}
    assert {file: names for file, names in found.items() if names} == {}


def test_the_check_sees_an_import() -> None:
    assert inner_imports("def f():\n    from shortable.store.paths import store_path\n") == [
        "shortable.store.paths"
    ]
    assert inner_imports("import shortable.store.read as r, shortable.store") == [
        "shortable.store.read"
    ]
