"""When orders were refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from shortable.plots.calendar import draw_calendar
from shortable.plots.inputs import refusals, sessions
from shortable.plots.style import RED, axes, nothing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_refusals"]


def plot_refusals(source: Any, *, ax: Axes | None = None) -> Any:
    """Draw a calendar of the orders that were over what could be borrowed: refused, cut, warned of or cancelled.

    Parameters
    ----------
    source : Result, Constrained, Audit, or what `shortable.results.read_result` returned
    ax : Axes, optional
        To draw on; default a new figure's.

    Returns
    -------
    matplotlib.axes.Axes
        A column a week and a row a weekday, or a column a year and a row a month where it spans more than `MOST_WEEKS`. A clear
        cell is a session without any.
    """
    found, days = refusals(source), sessions(source)
    ax = axes(ax, (8.0, 2.4))
    if not len(days):
        return nothing(ax, "no session was run")
    counts = pd.DatetimeIndex(found["time"]).normalize().value_counts()
    every = days.union(pd.DatetimeIndex(counts.index))
    ax = draw_calendar(ax, counts.reindex(every, fill_value=0).sort_index(), "refusals", RED)
    if found.empty:
        ax.set_title("none was refused", fontsize="medium", loc="left")
    return ax
