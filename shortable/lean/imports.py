"""Loading an algorithm's file: ``AlgorithmImports`` and LEAN's .NET namespaces are there while it is loaded and run."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from shortable.errors import InvalidInputError

__all__ = ["algorithms_in", "is_lean_file", "lean_modules", "load"]

_NAME = "AlgorithmImports"
# What older algorithms import one by one; each gives all of LEAN's names.
_OLDER = (
    "clr", "System", "System.Collections", "System.Collections.Generic", "System.Linq",
    "QuantConnect", "QuantConnect.Algorithm", "QuantConnect.Algorithm.Framework", "QuantConnect.Brokerages",
    "QuantConnect.Configuration", "QuantConnect.Data", "QuantConnect.Data.Consolidators",
    "QuantConnect.Data.Fundamental", "QuantConnect.Data.Market", "QuantConnect.Data.Shortable",
    "QuantConnect.Data.UniverseSelection", "QuantConnect.Indicators", "QuantConnect.Interfaces",
    "QuantConnect.Orders", "QuantConnect.Orders.Fees", "QuantConnect.Orders.Fills",
    "QuantConnect.Orders.Slippage", "QuantConnect.Orders.TimeInForces", "QuantConnect.Python",
    "QuantConnect.Scheduling", "QuantConnect.Securities", "QuantConnect.Securities.Equity",
)  # fmt: skip


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


@contextmanager
def lean_modules() -> Iterator[ModuleType]:
    """Let ``AlgorithmImports`` be imported, and the namespaces of older algorithms; what was there before comes back."""
    module = importlib.import_module("shortable.lean.AlgorithmImports")
    names: dict[str, ModuleType] = {_NAME: module}
    for name in _OLDER:
        stand_in = ModuleType(name)
        stand_in.__dict__.update({k: v for k, v in vars(module).items() if not k.startswith("_")})
        stand_in.__dict__["AddReference"] = lambda assembly: None
        stand_in.__path__ = []
        names[name] = stand_in
    before = {name: sys.modules.get(name) for name in names}
    sys.modules.update(names)
    try:
        yield module
    finally:
        for name, old in before.items():
            if old is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = old


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
    # names that LEAN's files use without importing them, as pythonnet has them in reach
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
