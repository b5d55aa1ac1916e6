"""Loading an algorithm's file: ``AlgorithmImports`` and LEAN's .NET namespaces are there while it is loaded and run."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from shortable.errors import InvalidInputError

__all__ = ["algorithms_in", "is_lean_file", "lean_modules", "load"]

_NAME = "AlgorithmImports"
# What older algorithms import one by one; each of these modules, and all below them, give all of LEAN's names.
_OLDER = ("clr", "System", "QuantConnect")


def is_lean_file(path: Path) -> bool:
    """Whether a Python file is an algorithm written for LEAN: it imports LEAN's names or derives from `QCAlgorithm`."""
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return False
    if "QCAlgorithm" not in text and _NAME not in text:
        return False
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return True  # its loader says what is wrong with it
    return any(_is_leans(node) for node in ast.walk(tree))


def _is_leans(node: ast.AST) -> bool:
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").split(".")[0] in (_NAME, "QuantConnect")
    if isinstance(node, ast.Import):
        return any(alias.name == _NAME for alias in node.names)
    if isinstance(node, ast.ClassDef):
        return any(getattr(base, "id", getattr(base, "attr", "")) == "QCAlgorithm" for base in node.bases)
    return False


class _StandIns(MetaPathFinder, Loader):
    """Finds LEAN's .NET namespaces: every module of theirs holds all names of ``AlgorithmImports``."""

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Find a namespace."""
        if fullname.split(".")[0] not in _OLDER:
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to the machinery."""

    def exec_module(self, module: ModuleType) -> None:
        """Fill a namespace."""
        module.__dict__.update(self._names)


@contextmanager
def lean_modules() -> Iterator[ModuleType]:
    """Let ``AlgorithmImports`` be imported, and the namespaces of older algorithms; what was there before comes back."""
    module = importlib.import_module("shortable.lean.AlgorithmImports")
    names = {name: value for name, value in vars(module).items() if not name.startswith("_")}
    finder = _StandIns({**names, "AddReference": lambda assembly: None})
    before = {name: sys.modules.pop(name) for name in list(sys.modules) if _is_stood_in_for(name)}
    sys.modules[_NAME] = module
    sys.meta_path.insert(0, finder)
    try:
        yield module
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if _is_stood_in_for(name)]:
            del sys.modules[name]
        sys.modules.update(before)


def _is_stood_in_for(name: str) -> bool:
    return name == _NAME or name.split(".")[0] in _OLDER


def load(path: Path) -> ModuleType:
    """Run a Python file as a module, its folder first on the import path.

    Raises
    ------
    InvalidInputError
        There is no such Python file.
    """
    name = f"shortable_lean_user_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path.resolve()) if path.is_file() else None
    if spec is None or spec.loader is None:
        raise InvalidInputError("algorithm", str(path), "be a Python file ending in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    spec.loader.exec_module(module)
    return module


def algorithms_in(module: ModuleType) -> list[type[Any]]:
    """Return the `QCAlgorithm` subclasses that a module defines, those first that no other derives from."""
    from shortable.lean.algorithm.qc_algorithm import QCAlgorithm

    found = [
        c
        for c in vars(module).values()
        if isinstance(c, type) and issubclass(c, QCAlgorithm) and c.__module__ == module.__name__
    ]
    found = list(dict.fromkeys(found))  # an alias is not a second class
    return [c for c in found if not any(other is not c and issubclass(other, c) for other in found)]
