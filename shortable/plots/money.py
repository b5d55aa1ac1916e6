"""Money: a backtest's equity with and without limits, what borrowing cost, and the P&L of an audited trade list."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shortable.plots.sources import Source, costs_by_symbol
from shortable.plots.style import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    WIDTH,
    axes,
    figures,
    legend,
    nothing,
    over_time,
)
from shortable.research import Audit
from shortable.results import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_audit", "plot_borrow_costs", "plot_equity"]


def plot_equity(result: Result, without: Result | None = None, *, ax: Axes | None = None) -> Axes:
    """Draw the equity of a backtest over time, and that of the same backtest without limits.

    Parameters
    ----------
    result : Result
    without : Result, optional
        Of the same backtest without limits: `Backtest.without_limits`.
    ax : Axes, optional
        To draw on; default a new figure's.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = axes(ax)
    ax.set_ylabel("equity")
    lines = (
        [(result, "limited to what could be borrowed", BLUE, "-")]
        if without is not None
        else [(result, "equity", BLUE, "-")]
    )
    if without is not None:
        lines.insert(0, (without, "without limits", AMBER, "--"))
    drawn = []
    for source, label, colour, style in lines:
        equity = source.equity["equity"]
        if equity.empty:
            continue
        ax.plot(
            equity.index,
            equity,
            color=colour,
            linestyle=style,
            linewidth=1.6,
            marker="o" if len(equity) == 1 else None,
            label=f"{label}: {float(equity.iloc[-1]):,.0f} at the end",
        )
        drawn.append(equity)
    if not drawn:
        return nothing(ax, "no session was run")
    if len(drawn) == 2 and drawn[0].index.equals(drawn[1].index):
        ax.fill_between(drawn[0].index, drawn[0], drawn[1], color=GREY, alpha=0.2, linewidth=0)
    figures(ax.yaxis)
    over_time(ax, drawn[0].index)
    legend(ax)
    return ax


def plot_borrow_costs(source: Source, *, most: int = 10, ax: Axes | None = None) -> Axes:
    """Draw borrow costs as a waterfall: each symbol's on top of the higher ones, the total last.

    Parameters
    ----------
    source : Result, Constrained or Audit
        In its own currency; what a short received (a positive rebate) steps back.
    most : int
        How many steps at most; the symbols left over are one step, which says how many they are.
    ax : Axes, optional
        To draw on; default a new figure's.

    Returns
    -------
    matplotlib.axes.Axes
    """
    costs = costs_by_symbol(source)
    own = costs
    if len(costs) > most:
        largest = costs.abs().sort_values(ascending=False, kind="stable").index[: most - 1]
        own = costs.reindex(largest).sort_values(ascending=False)
    names, steps = [str(name) for name in own.index], own.tolist()
    if len(own) < len(costs):
        names.append(f"{len(costs) - len(own)} others")
        steps.append(float(costs.sum() - own.sum()))
    ax = axes(ax, (WIDTH, max(1.7, 0.9 + 0.32 * (len(names) + 1))))
    ax.set_xlabel("borrow costs")
    if not names:
        return nothing(ax, "nothing was short over a night at a known rate")
    ends = np.cumsum(steps)
    starts = ends - np.array(steps)
    total = float(ends[-1])
    colours = [AMBER if step > 0 else GREEN for step in steps]
    ax.barh(range(len(steps)), steps, left=starts, color=colours, height=0.65)
    ax.barh([len(steps)], [total], color=BLUE, height=0.65)
    for at, end in enumerate(ends.tolist()):
        ax.plot([end, end], [at - 0.33, at + 1.33], color=GREY, linewidth=0.8)
    reach = max(float(np.max(np.abs([*ends, *starts]))), 1e-12)
    for at, (end, value) in enumerate(
        zip([*np.maximum(starts, ends).tolist(), max(total, 0.0)], [*steps, total], strict=True)
    ):
        share = (
            f" · {value / total:.0%}" if at < len(steps) and total > 0 and min(steps) >= 0 else ""
        )
        ax.text(end + 0.01 * reach, at, f"{value:,.2f}{share}", va="center", fontsize="small")
    ax.set_yticks(range(len(names) + 1), [*names, "total"])
    ax.invert_yaxis()
    ax.margins(x=0.18)
    ax.set_xlim(left=min(0.0, float(min(*starts, *ends, 0.0))))
    ax.grid(False, axis="y")
    figures(ax.xaxis)
    return ax


def plot_audit(audit: Audit, *, ax: Axes | None = None) -> Axes:
    """Draw the three P&Ls of an audit over time: as listed, without what could not be borrowed, and less borrow costs.

    Parameters
    ----------
    audit : Audit
    ax : Axes, optional
        To draw on; default a new figure's.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = axes(ax)
    daily = audit.daily
    lines = (
        ("pnl_before", "as listed", BLUE, "-"),
        ("pnl_after", "without what could not be borrowed", AMBER, "--"),
        ("pnl_after_fees", "less borrow costs", GREEN, "-"),
    )
    for column, label, colour, style in lines:
        marker = "o" if len(daily) == 1 else None
        ax.plot(
            daily.index,
            daily[column],
            color=colour,
            linestyle=style,
            linewidth=1.6,
            label=label,
            marker=marker,
        )
    ax.axhline(0.0, color=GREY, linewidth=0.8)
    ax.set_ylabel("cumulative P&L")
    figures(ax.yaxis)
    over_time(ax, daily.index)
    legend(ax)
    return ax
