"""Calendars: orders refused by day, snapshots of a store by day, and when the symbols of a backtest had no data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shortable.arrays import Indices
from shortable.plots.sources import Source, availability_by_session, refusals_of, sessions_of
from shortable.plots.style import BLUE, GREY, RED, WIDTH, axes, nothing, over_time, shades
from shortable.results import Result
from shortable.store import Coverage

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.ticker import MaxNLocator

__all__ = ["MOST_WEEKS", "draw_calendar", "plot_coverage", "plot_refusals"]

MOST_WEEKS = 110
"""Above some two years a day would be narrower than four pixels of a page; months are drawn then."""
_BARS = 120
"""Sessions of a backtest beyond which the coverage of several is drawn as one bar."""
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def plot_refusals(source: Source, *, ax: Axes | None = None) -> Axes:
    """Draw a calendar of orders over what could be borrowed: refused, cut, cancelled or warned of.

    Parameters
    ----------
    source : Result, Constrained or Audit
    ax : Axes, optional
        To draw on; default a new figure's.

    Returns
    -------
    matplotlib.axes.Axes
        A column for each week and a row for each weekday, or a column for each year and a row for each month where
        there are more than `MOST_WEEKS`. An empty cell is a session without refusals.
    """
    found, days = refusals_of(source), sessions_of(source)
    ax = axes(ax, (WIDTH, 2.4))
    if not len(days):
        return nothing(ax, "no session was run")
    counts = pd.DatetimeIndex(found["time"]).normalize().value_counts()
    every = days.union(pd.DatetimeIndex(counts.index))
    ax = draw_calendar(ax, counts.reindex(every, fill_value=0).sort_index(), "refusals", RED)
    if found.empty:
        ax.set_title("no order was refused", fontsize="medium", loc="left")
    return ax


def plot_coverage(source: Coverage | Result, *, most: int = 20, ax: Axes | None = None) -> Axes:
    """Draw when there were data and when there were none.

    Parameters
    ----------
    source : Coverage or Result
        What `shortable.store.coverage` returns: a calendar of snapshots by day, sessions without one crossed out. A
        result: for each symbol that was short or refused, the sessions at whose close no snapshot answered.
    most : int
        How many of a result's symbols are drawn: those with the most sessions without data.
    ax : Axes, optional
        To draw on; default a new figure's.

    Returns
    -------
    matplotlib.axes.Axes
    """
    if isinstance(source, Coverage):
        return _store(source, axes(ax, (WIDTH, 2.4)))
    missing = 1.0 - availability_by_session(source, "has_data").fillna(0.0)
    order = missing.mean().sort_values(ascending=False, kind="stable").index
    chosen = order[:most]
    ax = axes(ax, (WIDTH, max(1.6, 0.8 + 0.22 * len(chosen))))
    ax.set_ylabel("symbol")
    if not len(chosen) or missing.empty:
        return nothing(ax, "no symbol was short or refused")
    return _symbols(ax, missing[chosen], len(order) - len(chosen))


def _store(found: Coverage, ax: Axes) -> Axes:
    rows = found.snapshots
    days = pd.DatetimeIndex(rows["local_time"]).normalize()
    missing = pd.DatetimeIndex(found.missing["session"])
    if not len(days) and not len(missing):
        return nothing(ax, f"{found.broker} has no snapshot in that time")
    counts = pd.Series(1.0, index=days).groupby(level=0).sum()
    ax = draw_calendar(ax, counts, "snapshots", BLUE, crossed=missing)
    title = f"{found.broker}, {found.market.value}: {len(rows):,} snapshots"
    if len(missing):
        title += f", {len(missing):,} sessions without one (×)"
    ax.set_title(title, fontsize="medium", loc="left")
    return ax


def _symbols(ax: Axes, missing: pd.DataFrame, left_out: int) -> Axes:
    """Draw a line for each symbol, and a bar where it had no data; of several sessions as dark as their share."""
    width = -(-len(missing) // _BARS)
    days = pd.DatetimeIndex(missing.index)
    begins = days[::width].append(pd.DatetimeIndex([days[-1] + pd.Timedelta(days=1)]))
    shares = missing.groupby(np.arange(len(missing)) // width).mean()
    edges = ax.convert_xunits(begins.to_numpy())  # type: ignore[no-untyped-call]  # matplotlib leaves it without types
    for row, symbol in enumerate(shares.columns):
        ax.axhline(row, color=GREY, linewidth=0.6, alpha=0.6)
        values = shares[symbol].to_numpy()
        changes = np.flatnonzero(np.diff(values, prepend=np.nan, append=np.nan) != 0)
        for first, last in zip(changes[:-1].tolist(), changes[1:].tolist(), strict=True):
            if values[first] > 0:
                ax.barh(
                    row,
                    edges[last] - edges[first],
                    left=edges[first],
                    height=0.7,
                    color=RED,
                    alpha=0.25 + 0.75 * float(values[first]),
                    linewidth=0,
                )
    ax.set_ylim(len(shares.columns) - 0.4, -0.6)
    ax.set_xlim(edges[0], edges[-1])
    ax.grid(False)
    ax.tick_params(axis="y", length=0)
    ax.set_yticks(range(len(shares.columns)), [str(name) for name in shares.columns])
    over_time(ax, days)
    notes = ["a bar is time without data"]
    if width > 1:
        notes.append(f"as dark as its share of {width} sessions")
    if left_out:
        notes.append(f"{left_out:,} symbols with less are not drawn")
    ax.set_xlabel("\n".join(notes))
    return ax


def draw_calendar(
    ax: Axes, values: pd.Series, label: str, colour: str, *, crossed: pd.DatetimeIndex | None = None
) -> Axes:
    """Shade each day, or month, by its value, and cross out some.

    Parameters
    ----------
    ax : Axes
    values : Series
        By date, ascending, at least one. 0 is drawn as an empty cell, a day that is not in it as nothing. A month's
        value is the sum of its days'.
    label : str
        What is counted.
    colour : str
        Colour of the largest value.
    crossed : DatetimeIndex, optional
        Days to cross out; a month is crossed out where each of its days is.
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

    def cell(dates: pd.DatetimeIndex) -> tuple[Indices, Indices]:
        if by_month:
            return dates.month.to_numpy() - 1, dates.year.to_numpy() - first
        return dates.day_of_week.to_numpy(), ((dates - monday).days // 7).to_numpy()

    grid = np.full(shape, np.nan)
    grid[cell(pd.DatetimeIndex(shown.index))] = shown.to_numpy()
    top = max(np.nanmax(grid), 1.0) if len(shown) else 1.0
    # A day without any has an outline and no shade.
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
    ax: Axes, shape: tuple[int, int], monday: pd.Timestamp, by_month: bool, first: int
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


def _whole_ticks() -> MaxNLocator:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(nbins=5, integer=True)
