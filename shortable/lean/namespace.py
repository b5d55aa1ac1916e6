"""The names that whole rooms of `shortable.lean` bring into ``AlgorithmImports``."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType
from typing import Any

__all__ = ["gathered"]

_ROOMS = (
    "enums",
    "models",
    "benchmarks",
    "circular_queue",
    "interest_rates",
    "providers",
    "brokerages",
    "consolidators",
    "framework",
    "indicators",
    "orders",
    "securities",
)
# Parts of the machinery, which no algorithm written for LEAN has a use for, and names of ours that LEAN has not.
_OURS = frozenset(
    {
        "BacktestingBrokerage",
        "END_OF_TIME",
        "Framework",
        "FrameworkPart",
        "MODELS",
        "MODELS_OF",
        "OrderLedger",
        "SETTLEMENT_DAYS",
        "TransactionHandler",
    }
)


def gathered() -> dict[str, Any]:
    """Return the public classes of the rooms, and the functions that LEAN has under a class's name."""
    found: dict[str, Any] = {}
    for room in _ROOMS:
        for module in _modules(f"shortable.lean.{room}"):
            for name in getattr(module, "__all__", ()):
                if name[:1].isupper() and name not in _OURS:
                    found[name] = getattr(module, name)
    return found


def _modules(name: str) -> list[ModuleType]:
    room = importlib.import_module(name)
    inside = pkgutil.iter_modules(room.__path__) if hasattr(room, "__path__") else ()
    return [room, *(importlib.import_module(f"{name}.{found.name}") for found in inside)]
