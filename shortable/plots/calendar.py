"""A calendar of shaded days: weeks side by side, or months where there are many."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from shortable.plots.style import RED, shades

__all__ = ["MOST_WEEKS", "draw_calendar"]

MOST_WEEKS = 110
"""Above two years and a bit a day would be narrower than four pixels of a page; months are drawn then."""
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def draw_calendar(
    ax: Any, values: pd.Series, label: str, colour: str, *, crossed: pd.DatetimeIndex | None = None
) -> Any:
    """Shade each day, or month, by its value, and cross out some.

    Parameters
    ----------
    ax : Axes
    values : Series
        By date, ascending, at least one; the days that there were. 0 is drawn as a clear cell, a day that is not in it is blank.
        A month's value is the sum of its days'.
    label : str
        What is counted.
    colour : str
        Of the largest value.
    crossed : DatetimeIndex, optional
        Days to cross out; of months, those of which every day is.
    """
    days = pd.DatetimeIndex(values.index)
    every = days if crossed is None else days.union(crossed)
    monday = every[0] - pd.Timedelta(days=every[0].weekday())
    weeks = (every[-1] - monday).days // 7 + 1
    by_month = weeks > MOST_WEEKS
    counts = values.to_numpy(dtype=float)
    shown = pd.Series(counts, index=days)
    crosses = pd.DatetimeIndex([]) if crossed is None else crossed
    if by_month:
        first = every[0].year
        shape = 12, every[-1].year - first + 1
        shown = shown.groupby(days.to_period("M").to_timestamp()).sum()
        months = crosses.to_period("M").to_timestamp().unique()
        crosses = pd.DatetimeIndex(months[~months.isin(shown.index)])
    else:
        shape = 5 + 2 * bool((every.day_of_week > 4).any()), weeks

    def cell(dates: pd.DatetimeIndex) -> tuple[Any, Any]:
        if by_month:
            return dates.month.to_numpy() - 1, dates.year.to_numpy() - first
        return dates.day_of_week.to_numpy(), ((dates - monday).days // 7).to_numpy()

    grid = np.full(shape, np.nan)
    grid[cell(pd.DatetimeIndex(shown.index))] = shown.to_numpy()
    top = max(np.nanmax(grid), 1.0) if len(shown) else 1.0
    # A count of none is a day like any other: an outline, no shade.
    zero = np.ma.masked_where(~(grid == 0), grid)
    ax.pcolormesh(zero, cmap=shades("#80889000"), edgecolors=(0.5, 0.5, 0.5, 0.35), linewidth=0.4)
    mesh = ax.pcolormesh(
        np.ma.masked_where(~(grid > 0), grid),
        cmap=shades(colour),
        vmin=0.0,
        vmax=top,
        edgecolors=(0.5, 0.5, 0.5, 0.35),
        linewidth=0.4,
    )
    if len(crosses):
        rows, columns = cell(crosses)
        ax.scatter(
            columns + 0.5, rows + 0.5, marker="x", s=14, linewidths=1.0, color=RED, label="none"
        )
    _label(ax, shape, monday, by_month, int(every[0].year))
    if not (grid > 0).any():
        return ax
    bar = ax.figure.colorbar(mesh, ax=ax, shrink=0.9, pad=0.02, aspect=12)
    bar.set_label(label)
    bar.locator = _whole_ticks()
    bar.update_ticks()
    return ax


def _label(
    ax: Any, shape: tuple[int, int], monday: pd.Timestamp, by_month: bool, first: int
) -> None:
    rows, columns = shape
    ax.grid(False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.tick_params(length=0)
    ax.set_xlim(0, columns)
    ax.set_ylim(rows, 0)
    ax.set_yticks(np.arange(rows) + 0.5, (_MONTHS if by_month else _DAYS)[:rows])
    if by_month:
        step = max(columns // 12, 1)
        ax.set_xticks(
            np.arange(0, columns, step) + 0.5, [str(first + c) for c in range(0, columns, step)]
        )
        ax.set_xlabel("year")
        return
    starts = [(monday + pd.Timedelta(weeks=c)) for c in range(columns)]
    # A month begins at the week of its first Monday; few weeks are named one by one.
    marked = (
        [c for c, day in enumerate(starts) if day.day <= 7] if columns > 8 else list(range(columns))
    )
    step = max(-(-len(marked) // 12), 1)
    form = "%b\n%Y" if columns > 8 else "%d %b\n%Y"
    ax.set_xticks(
        [c + 0.5 for c in marked[::step]], [starts[c].strftime(form) for c in marked[::step]]
    )
    ax.set_xlabel("month" if columns > 8 else "week from")


def _whole_ticks() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(nbins=5, integer=True)
