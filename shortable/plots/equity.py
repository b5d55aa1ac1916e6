"""The account's value with and without what limits it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from shortable.plots.style import AMBER, BLUE, GREY, axes, figures, legend, nothing, over_time

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_equity"]


def plot_equity(result: Any, without: Any = None, *, ax: Axes | None = None) -> Any:
    """Draw the equity of a backtest over time, and that of the same backtest without constraints.

    Parameters
    ----------
    result : Result, or what `shortable.results.read_result` returned
    without : the same, optional
        The backtest without constraints: with `NullShortableProvider` and `NullBorrowFee`.
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
        equity = pd.Series(source.equity["equity"])
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
