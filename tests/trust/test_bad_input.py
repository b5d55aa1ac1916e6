"""S6: misuse raises an error of ours that names the parameter; nothing else comes out of a public function."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.trust.fuzz import surprises

pytestmark = pytest.mark.slow

#: Function and parameter whose nonsense still ends in Python's own error. The list may only get shorter.
KNOWN = frozenset(
    Path(__file__).with_name("known_surprises.txt").read_text(encoding="utf-8").split()
)


@pytest.mark.parametrize("seed", range(4))
def test_nonsense_is_refused_by_name(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = [
        (call, what) for call, what in surprises(seed, 6) if call.split("=")[0] + ")" not in KNOWN
    ]
    assert not found, "\n".join(f"{call} raised {what}" for call, what in found)
