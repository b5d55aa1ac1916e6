"""The backtesters that run the common workload, where they are installed."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest

_MODULES = {"nautilus": "nautilus_trader", "engine": "shortable.engine"}


def host_named(name: str) -> ModuleType:
    """Return what runs the workload on a host; the test is skipped where the host is not installed."""
    pytest.importorskip(
        _MODULES.get(name, name),
        reason=f"{name} is not installed: python -m pip install -e '.[{name}]'",
    )
    return importlib.import_module(f"shortable.testing.hosts.{name}")
