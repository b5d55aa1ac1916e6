"""What the errors say that people are most likely to meet: parameter, value, bound, and what to do."""

from __future__ import annotations

from tests.trust.messages import GOLDEN, SITUATIONS, said


def test_the_likely_errors_say_what_they_are_meant_to_say() -> None:
    golden = GOLDEN.read_text(encoding="utf-8").split("\n")
    found = "\n".join(said()).split("\n")
    assert len(SITUATIONS) >= 30
    assert found == golden[:-1]
