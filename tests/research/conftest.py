"""What tests on workers share."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def cluster() -> Iterator[Any]:
    """A client of a Dask scheduler with two worker processes."""
    distributed = pytest.importorskip("distributed", reason="extra distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as made,
        distributed.Client(made) as client,
    ):
        yield client


@pytest.fixture
def by_name(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Import a module of this folder as workers do, by its name alone; afterwards it is forgotten."""
    imported = []

    def find(name: str) -> Any:
        monkeypatch.syspath_prepend(str(Path(__file__).parent))
        imported.append(name)
        return importlib.import_module(name)

    yield find
    for name in imported:
        sys.modules.pop(name, None)
