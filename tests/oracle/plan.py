"""How many streams are run: some in every test run, all of them at night (`SHORTABLE_ORACLE_STREAMS=100000`)."""

from __future__ import annotations

import os

PIECE = 250


def seeds(usual: int) -> list[range]:
    """Return the seeds, in pieces of one test each; `SHORTABLE_ORACLE_FROM` is the first."""
    first = int(os.environ.get("SHORTABLE_ORACLE_FROM", "0"))
    count = int(os.environ.get("SHORTABLE_ORACLE_STREAMS", usual))
    return [range(n, min(n + PIECE, first + count)) for n in range(first, first + count, PIECE)]
