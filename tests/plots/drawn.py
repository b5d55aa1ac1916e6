"""What is on an Axes: its texts and its lines."""

from __future__ import annotations

from typing import Any


def texts(ax: Any) -> str:
    return " ".join(
        text.get_text()
        for each in ax.figure.axes
        for text in each.findobj(match=lambda a: hasattr(a, "get_text"))
    )


def line(ax: Any, label: str) -> Any:
    (found,) = [
        each
        for part in ax.figure.axes
        for each in part.lines
        if str(each.get_label()).startswith(label)
    ]
    return found
