"""Algorithms written for LEAN, run unchanged: LEAN's names, its data folder, its rules where they differ from ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shortable.lean.algorithm.qc_algorithm import QCAlgorithm
    from shortable.lean.data.folder_source import LeanDataFolder
    from shortable.lean.imports import is_lean_file
    from shortable.lean.result import LeanResult
    from shortable.lean.run import run_algorithm

__all__ = ["LeanDataFolder", "LeanResult", "QCAlgorithm", "is_lean_file", "run_algorithm"]

_WHERE = {
    "LeanDataFolder": "shortable.lean.data.folder_source",
    "LeanResult": "shortable.lean.result",
    "QCAlgorithm": "shortable.lean.algorithm.qc_algorithm",
    "is_lean_file": "shortable.lean.imports",
    "run_algorithm": "shortable.lean.run",
}


def __getattr__(name: str) -> Any:
    """Import on demand: the room is large, and its own parts import one another through this package."""
    from importlib import import_module

    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
