"""The P&L of an audited trade list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shortable.plots.style import AMBER, BLUE, GREY, RED, axes, over_time

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from shortable.research.audit import Audit

__all__ = ["plot_audit"]


def plot_audit(audit: Audit, ax: Axes | None = None) -> Any:
    """Draw the three P&Ls of an audit over time: as listed, without what could not be borrowed, and less borrow fees.

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
        ("pnl_after", "what could be borrowed", AMBER, "--"),
        ("pnl_after_fees", "… less borrow fees", RED, "-"),
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
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    ax.legend(loc="best", frameon=False)
    over_time(ax, daily.index)
    return ax
