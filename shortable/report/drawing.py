"""Plots in pages."""

from __future__ import annotations

from typing import Any

from shortable.errors import MissingDependencyError
from shortable.report.page import figure, note

__all__ = ["drawing"]


def drawing(name: str, caption: str, plot: str, *arguments: Any) -> str:
    """Return a plot with its caption; where matplotlib is not installed, the caption and why there is no drawing.

    Parameters
    ----------
    name : str
        Of the drawing, one of its own on the page.
    caption : str
    plot : str
        Name of a function of `shortable.plots`.
    *arguments
        What it draws.
    """
    from shortable import plots
    from shortable.plots.style import svg

    try:
        return figure(svg(getattr(plots, plot)(*arguments)), caption, name)
    except MissingDependencyError:
        return note(f"{caption} matplotlib is not installed (extra plot), so there is no drawing.")
