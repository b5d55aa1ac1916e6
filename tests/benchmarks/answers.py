"""Nothing is timed before it is right."""

from __future__ import annotations

from typing import Any


class WrongAnswerError(Exception):
    """Ours and the baseline disagree: a ratio of wrong answers says nothing."""


def agree(what: str, ours: Any, baseline: Any) -> None:
    """Refuse to time what does not give the same answers; both are shown, cut at 200 characters."""
    if ours != baseline:
        raise WrongAnswerError(
            f"{what}: {str(ours)[:200]} is not the baseline's {str(baseline)[:200]}"
        )
