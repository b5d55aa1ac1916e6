"""What borrowing cost, symbol by symbol, up to the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from shortable.plots.inputs import fees_by_symbol
from shortable.plots.style import AMBER, BLUE, GREEN, GREY, axes, figures, nothing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_borrow_costs"]


def plot_borrow_costs(source: Any, *, most: int = 10, ax: Axes | None = None) -> Any:
    """Draw borrow fees as a waterfall: each symbol's on top of the dearer ones', the total last.

    Parameters
    ----------
    source : Result, Constrained, Audit, or what `shortable.results.read_result` returned
        In its own currency; what a short received (a positive rebate) steps back.
    most : int
        How many symbols have a step of their own; the rest is one step, "others", which says how many they are.
    ax : Axes, optional
        To draw on; default a new figure's.

    Returns
    -------
    matplotlib.axes.Axes
    """
    fees = fees_by_symbol(source)
    own = (
        fees
        if len(fees) <= most
        else fees.reindex(
            fees.abs().sort_values(ascending=False, kind="stable").index[: most - 1]
        ).sort_values(ascending=False)
    )
    names, steps = [str(name) for name in own.index], own.tolist()
    if len(own) < len(fees):
        names.append(f"{len(fees) - len(own)} others")
        steps.append(float(fees.sum() - own.sum()))
    ax = axes(ax, (8.0, max(1.7, 0.9 + 0.32 * (len(names) + 1))))
    ax.set_xlabel("borrow fees")
    if not names:
        return nothing(ax, "nothing was short over a night at a known rate")
    ends = np.cumsum(steps)
    starts = ends - np.array(steps)
    total = float(ends[-1])
    colours = [AMBER if step > 0 else GREEN for step in steps]
    ax.barh(range(len(steps)), steps, left=starts, color=colours, height=0.65)
    ax.barh([len(steps)], [total], color=BLUE, height=0.65)
    for at, (start, end) in enumerate(zip(ends.tolist(), [*starts[1:].tolist(), 0.0], strict=True)):
        ax.plot(
            [start, start], [at - 0.33, at + 1.33], color=GREY, linewidth=0.8
        ) if end != total else None
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
