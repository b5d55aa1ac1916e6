"""S6: misuse raises an error of ours that names the parameter; nothing else comes out of a public function."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from tests.trust.fuzz import callables, sense, surprises

pytestmark = pytest.mark.slow


def test_every_public_function_is_tried() -> None:
    known = {name for name, thing in callables() if sense(name, thing) is not None}
    functions = {name for name, thing in callables() if inspect.isfunction(thing)}
    assert len(functions) > 80
    assert not functions - known


@pytest.mark.parametrize("seed", range(4))
def test_nonsense_is_refused_by_name(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = [f"{call} raised {what}" for call, what in surprises(seed, 6)]
    assert not found, "\n".join(found)
