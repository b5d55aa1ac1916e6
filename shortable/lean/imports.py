"""Loading an algorithm's file: ``AlgorithmImports`` and LEAN's .NET namespaces are there while it is loaded and run."""

from __future__ import annotations
import __future__

import ast
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from shortable.errors import InvalidInputError
from shortable.lean.dotnet import List

__all__ = ["STOOD_IN_FOR", "algorithms_in", "is_lean_file", "lean_modules", "load"]

_NAME = "AlgorithmImports"
_MAIN = "shortable_lean_user_"
# What older algorithms import one by one; each of these modules, and all below them, give all of LEAN's names.
_OLDER = ("clr", "System", "QuantConnect", "QCAlgorithm")
# Folders of LEAN's own Python files, where the user has none of that name.
_FOLDERS = ("Orders", "Alphas", "Execution", "Portfolio", "Risk", "Selection")
STOOD_IN_FOR = (_NAME, *_OLDER, *_FOLDERS)
"""Modules that hold LEAN's names while an algorithm is loaded and run."""


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
        return any(
            getattr(base, "id", getattr(base, "attr", "")) == "QCAlgorithm" for base in node.bases
        )
    return False


class _StandIns(MetaPathFinder, Loader):
    """Finds LEAN's .NET namespaces: every module of theirs holds all names of ``AlgorithmImports``."""

    def __init__(self, names: dict[str, Any], roots: tuple[str, ...] = _OLDER) -> None:
        self._names, self._roots = names, roots

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Find a namespace."""
        if fullname.split(".")[0] not in self._roots:
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to the machinery."""

    def exec_module(self, module: ModuleType) -> None:
        """Fill a namespace."""
        module.__dict__.update(self._names, __getattr__=_absent)


class _Absent:
    """What an algorithm imports and we have not; older ones import more than they use, so using it is the error."""

    def __init__(self, name: str) -> None:
        self._name = name

    def _used(self, *_: Any, **__: Any) -> Any:
        raise NameError(f"name {self._name!r} is not defined", name=self._name)

    __call__ = __getitem__ = __mro_entries__ = _used

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._used()

    def __instancecheck__(self, instance: object) -> bool:
        return False  # nothing of ours is of a kind that we have not


def _absent(name: str) -> Any:
    if not name[:1].isupper():
        raise AttributeError(name)
    return _Absent(name)


class _Source(SourceFileLoader):
    """Loads a user's file without looking at its annotations: they may name what LEAN has and we have not."""

    def get_code(self, fullname: str) -> Any:
        """Compile the file, always anew."""
        path = self.get_filename(fullname)
        flags = __future__.annotations.compiler_flag
        return compile(self.get_data(path), path, "exec", flags=flags, dont_inherit=True)


class _Beside(MetaPathFinder):
    """Finds the files beside an algorithm's, and loads them as it was loaded."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Find a file in the algorithm's folder or in a package there."""
        spec = PathFinder.find_spec(fullname, [self._folder] if path is None else path)
        if spec is None or (
            spec.origin is None and fullname.split(".")[0] in STOOD_IN_FOR
        ):  # a folder without Python in it
            return None
        places = (
            [spec.origin]
            if spec.origin is not None
            else list(spec.submodule_search_locations or ())
        )
        if not any(Path(place).is_relative_to(self._folder) for place in places):
            return None
        if isinstance(spec.loader, SourceFileLoader) and spec.origin is not None:
            spec.loader = _Source(fullname, spec.origin)
        return spec


@contextmanager
def lean_modules() -> Iterator[ModuleType]:
    """Let ``AlgorithmImports`` be imported, and the namespaces of older algorithms; what was there before comes back."""
    module = importlib.import_module("shortable.lean.AlgorithmImports")
    names = {name: value for name, value in vars(module).items() if not name.startswith("_")}
    names["List"] = (
        List  # in C# what `typing` only describes is there to be made: ``List[Symbol]()``
    )
    finder, folders = _StandIns(names), _StandIns(names, _FOLDERS)
    before = {name: sys.modules.pop(name) for name in list(sys.modules) if _is_stood_in_for(name)}
    sys.modules[_NAME] = module
    sys.meta_path.insert(0, finder)
    sys.meta_path.append(folders)
    try:
        yield module
    finally:
        ours = [f for f in sys.meta_path if f in (finder, folders) or isinstance(f, _Beside)]
        for found in ours:
            sys.meta_path.remove(found)
        loaded = {
            name: getattr(getattr(m, "__spec__", None), "loader", None)
            for name, m in sys.modules.items()
        }
        for name, loader in loaded.items():
            # the files beside an algorithm are read anew with the next one, which may have others of these names
            beside = isinstance(loader, _Source) and not name.startswith(_MAIN)
            if _is_stood_in_for(name) or loader is folders or beside:
                del sys.modules[name]
        sys.modules.update(before)


def _is_stood_in_for(name: str) -> bool:
    return name == _NAME or name.split(".")[0] in _OLDER


def load(path: Path) -> ModuleType:
    """Run a Python file as a module; what it imports is looked for beside it first.

    Raises
    ------
    InvalidInputError
        There is no such Python file.
    """
    name = f"{_MAIN}{path.stem}"
    found = importlib.util.spec_from_file_location(name, path.resolve()) if path.is_file() else None
    if found is None or not isinstance(found.loader, SourceFileLoader):
        raise InvalidInputError("algorithm", str(path), "be a Python file ending in .py")
    loader = _Source(name, str(path.resolve()))
    spec = importlib.util.spec_from_file_location(name, path.resolve(), loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.meta_path.insert(0, _Beside(str(path.resolve().parent)))
    loader.exec_module(module)
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
