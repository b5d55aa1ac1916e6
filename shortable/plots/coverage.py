"""When there were data: of a store by day, of a backtest's symbols by time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from shortable.plots.calendar import draw_calendar
from shortable.plots.inputs import available_by_session
from shortable.plots.style import BLUE, RED, axes, nothing, shades

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_coverage"]

_BINS = 60


def plot_coverage(source: Any, *, most: int = 25, ax: Axes | None = None) -> Any:
    """Draw where data spoke and where they did not.

    Parameters
    ----------
    source : Coverage, Result, or what `shortable.results.read_result` returned
        What `shortable.store.coverage` answers: a calendar of snapshots a day, sessions without one crossed out. A result: for each
        symbol that was short or refused, the share of sessions in which no snapshot spoke.
    most : int
        How many of a result's symbols are drawn: those with the most silence.
    ax : Axes, optional
        To draw on; default a new figure's.

    Returns
    -------
    matplotlib.axes.Axes
    """
    if hasattr(source, "snapshots"):
        return _store(source, axes(ax, (8.0, 2.4)))
    known = available_by_session(source, "has_data")
    share = 1.0 - known.fillna(0.0)
    order = share.mean().sort_values(ascending=False, kind="stable").index
    chosen = order[:most]
    ax = axes(ax, (8.0, max(1.9, 1.1 + 0.2 * len(chosen))))
    ax.set_ylabel("symbol")
    if not len(chosen) or share.empty:
        return nothing(ax, "no symbol was short or refused")
    return _symbols(ax, share[chosen], len(order) - len(chosen))


def _store(found: Any, ax: Any) -> Any:
    rows = found.snapshots
    days = pd.DatetimeIndex(rows["local_time"]).normalize()
    missing = pd.DatetimeIndex(found.missing["session"])
    if not len(days) and not len(missing):
        return nothing(ax, f"{found.broker} has no snapshot in that time")
    counts = (
        pd.Series(1.0, index=days).groupby(level=0).sum()
        if len(days)
        else pd.Series(dtype=float, index=pd.DatetimeIndex([]))
    )
    ax = draw_calendar(ax, counts, "snapshots", BLUE, crossed=missing)
    said = f"{found.broker}, {found.market.value}: {len(rows):,} snapshots"
    ax.set_title(
        f"{said}, {len(missing):,} sessions without one (×)" if len(missing) else said,
        fontsize="medium",
        loc="left",
    )
    return ax


def _symbols(ax: Any, share: pd.DataFrame, left_out: int) -> Any:
    width = -(-len(share) // _BINS)
    bins = np.arange(len(share)) // width
    grid = share.groupby(bins).mean().to_numpy().T
    ax.pcolormesh(
        np.where(grid > 0, np.nan, 0.0),
        cmap=shades("#80889000"),
        edgecolors=(0.5, 0.5, 0.5, 0.35),
        linewidth=0.4,
    )
    mesh = ax.pcolormesh(
        np.ma.masked_where(~(grid > 0), 100 * grid),
        cmap=shades(RED),
        vmin=0.0,
        vmax=100.0,
        edgecolors=(0.5, 0.5, 0.5, 0.35),
        linewidth=0.4,
    )
    ax.set_ylim(len(grid), 0)
    ax.set_xlim(0, grid.shape[1])
    ax.grid(False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.tick_params(length=0)
    ax.set_yticks(np.arange(len(grid)) + 0.5, [str(name) for name in share.columns])
    firsts = share.index[::width]
    step = max(-(-len(firsts) // 6), 1)
    at = range(0, len(firsts), step)
    ax.set_xticks([i + 0.5 for i in at], [f"{firsts[i]:%Y-%m-%d}" for i in at])
    unit = "a cell is a session" if width == 1 else f"a cell is {width} sessions"
    ax.set_xlabel(
        f"{unit}; {left_out:,} symbols with less silence are not drawn" if left_out else unit
    )
    bar = ax.figure.colorbar(mesh, ax=ax, shrink=0.9, pad=0.02, aspect=12)
    bar.set_label("no snapshot spoke, %")
    return ax
