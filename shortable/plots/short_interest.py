"""How much of a security is sold short, and how long it would take to buy it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shortable.clock import LocalTime
from shortable.plots.style import AMBER, BLUE, axes, beside, figures, legend, nothing, over_time
from shortable.short_interest import ShortInterest, ShortPositions
from shortable.symbol import Symbol

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_short_interest"]


def plot_short_interest(
    source: ShortInterest | ShortPositions,
    symbol: Symbol | str | None = None,
    *,
    as_of: LocalTime | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw shares short at each settlement date, and days to cover.

    Parameters
    ----------
    source : ShortInterest or ShortPositions
        The reader, which needs `symbol` too, or the records that it returned.
    symbol : str or Symbol, optional
        ``TSLA.US``, ``700.HK``, …
    as_of : datetime, optional
        Of a reader: what was known then. Default: all that is stored.
    ax : Axes, optional
        To draw on; default a new figure's. Days to cover have an axis on the right; Hong Kong publishes none.

    Returns
    -------
    matplotlib.axes.Axes
        Points are settlement dates; a figure is published some eight business days later.

    Raises
    ------
    SymbolError
        The reader cannot read the symbol.
    """
    if isinstance(source, ShortPositions):
        positions = source
    else:
        positions = source.short_positions(symbol or "", None, as_of)
    table = positions.to_frame()
    ax = axes(ax)
    ax.set_ylabel("shares short")
    if table.empty:
        return nothing(
            ax,
            f"{positions.symbol} has no short interest here"
            + (f" ({positions.note})" if positions.note else ""),
        )
    column = "current_shares_short" if "current_shares_short" in table else "amount"
    shares = table[column].astype(float)
    ax.plot(
        table.index,
        shares,
        color=BLUE,
        linewidth=1.6,
        marker="o",
        markersize=3,
        label=f"shares short, {positions.symbol}",
    )
    ax.fill_between(table.index, shares, color=BLUE, alpha=0.12, linewidth=0)
    ax.set_ylim(bottom=0.0, top=max(1.08 * float(shares.max()), 1.0))
    others = []
    if "days_to_cover" in table and table["days_to_cover"].notna().any():
        right = beside(ax, "days to cover")
        right.plot(
            table.index,
            table["days_to_cover"],
            color=AMBER,
            linewidth=1.3,
            linestyle="--",
            marker="s",
            markersize=3,
            label="days to cover (right)",
        )
        right.set_ylim(bottom=0.0)
        others.append(right)
    if positions.made_up:
        ax.set_title("made-up sample data", fontsize="medium", loc="left", pad=22)
    figures(ax.yaxis)
    over_time(ax, table.index)
    legend(ax, *others)
    return ax
