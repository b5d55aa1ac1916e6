"""How many streams are run: a few in the README's command, 2,000 of the engine in CI, 100,000 at night.

`SHORTABLE_ORACLE_STREAMS` says how many, and `SHORTABLE_ORACLE_FROM` where they begin. CI has a minute for all of it.
"""

from __future__ import annotations

import os
from typing import Any

import pytest

PIECE = 100


def pieces(quick: int = PIECE, usual: int = 2_000) -> Any:
    """Parametrise a test by pieces of the seeds, all but the first `quick` of them marked slow."""
    first = int(os.environ.get("SHORTABLE_ORACLE_FROM", "0"))
    count = int(os.environ.get("SHORTABLE_ORACLE_STREAMS", usual))
    found = []
    for start in range(first, first + count, min(PIECE, quick)):
        piece = range(start, min(start + min(PIECE, quick), first + count))
        marks = () if piece.stop - first <= quick else (pytest.mark.slow,)
        found.append(pytest.param(piece, marks=marks, id=f"{piece.start}-{piece.stop}"))
    return pytest.mark.parametrize("piece", found)
