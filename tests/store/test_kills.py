"""A few of the kills that `kills.py` makes by the hundred."""

from __future__ import annotations

import signal
import sys

import pytest

from .kills import KINDS, hunt


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
@pytest.mark.parametrize("kind", KINDS)
def test_what_was_acknowledged_survives_and_no_reader_sees_a_torn_store(kind: str) -> None:
    found = hunt(kind, 6, signal.SIGKILL, seed=1)
    assert (found.tries, found.lost, found.wrong) == (6, [], [])
    assert found.stored > 6
    assert found.looks > 6
