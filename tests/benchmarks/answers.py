"""Nothing is timed before it is right."""

from __future__ import annotations

from typing import Any


class WrongAnswerError(Exception):
    """Ours and the baseline disagree: a ratio of wrong answers says nothing."""


def agree(what: str, ours: Any, baseline: Any) -> None:
    """Refuse to time what does not give the same answers."""
    if ours != baseline:
        raise WrongAnswerError(f"{what}: our answer is not the baseline's")
