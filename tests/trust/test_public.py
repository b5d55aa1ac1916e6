"""The public API is what the golden file lists: a name that goes, or a parameter, is a decision and not an accident."""

from __future__ import annotations

import difflib

from tests.trust.public import GOLDEN, text


def test_the_public_api_is_the_golden_one() -> None:
    was, now = GOLDEN.read_text(encoding="utf-8").splitlines(), text().splitlines()
    changed = [line for line in difflib.unified_diff(was, now, lineterm="", n=0) if line[0] in "+-"]
    assert not changed, "\n".join(
        ["The public API changed. If that is meant, `python -m tests.trust.public`:", *changed[2:]]
    )
