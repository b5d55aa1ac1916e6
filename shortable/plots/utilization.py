"""How much of what was available was used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from shortable.plots.inputs import available_by_session, named, short_by_session
from shortable.plots.style import AMBER, BLUE, GREEN, GREY, RED, axes, legend, nothing, over_time

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_utilization", "utilization_of"]

_LINES = (
    (BLUE, "-"),
    (AMBER, "--"),
    (GREEN, "-."),
    (RED, ":"),
    (BLUE, (0, (1, 1))),
    (AMBER, (0, (5, 1, 1, 1))),
)


def utilization_of(source: Any) -> pd.DataFrame:
    """Return shares short ÷ shares available, times × symbols.

    Parameters
    ----------
    source : Result, Constrained, or what `shortable.results.read_result` returned
        A result's are those at each session's close.

    Returns
    -------
    DataFrame
        NaN where nothing is short, no restriction is known or no snapshot spoke, inf where a short is kept though none is available.
    """
    own: Any = getattr(source, "utilization", None)
    if own is not None:
        table = own.copy()
        table.columns = pd.Index(named(own.columns))
        return pd.DataFrame(table)
    short, lent = short_by_session(source), available_by_session(source)
    # What the missing= policy says where no snapshot spoke is no number of shares to hold a short against.
    lent = lent.where(available_by_session(source, "has_data") == 1.0).reindex(
        columns=short.columns
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        used = np.where(
            lent.to_numpy() > 0, short.to_numpy() / np.maximum(lent.to_numpy(), 1.0), np.inf
        )
    used = np.where((short.to_numpy() == 0) | np.isnan(lent.to_numpy()), np.nan, used)
    return pd.DataFrame(used, index=short.index, columns=short.columns)


def plot_utilization(source: Any, *, most: int = 5, ax: Axes | None = None) -> Any:
    """Draw shares short as a share of the shares that could be borrowed, over time.

    Parameters
    ----------
    source : Result, Constrained, or what `shortable.results.read_result` returned
    most : int
        How many symbols have a line of their own, 1 to 6: those that used most, on average. Of the others the highest is drawn.
    ax : Axes, optional
        To draw on; default a new figure's.

    Returns
    -------
    matplotlib.axes.Axes
        What is above 100 % was lent out no more while the short was kept; crosses at the top say that none was available.
    """
    table = utilization_of(source)
    ax = axes(ax)
    ax.set_ylabel("short, % of what is available")
    known = table.loc[:, table.notna().any()]
    if known.empty:
        return nothing(ax, "nothing was short against a known number of shares")
    finite = 100 * known.where(np.isfinite(known))
    order = known.clip(upper=10.0).mean().sort_values(ascending=False, kind="stable").index
    own, others = order[:most], order[most:]
    for symbol, (colour, style) in zip(own, _LINES, strict=False):
        alone = (
            finite[symbol].notna()
            & ~finite[symbol].shift().notna()
            & ~finite[symbol].shift(-1).notna()
        )
        ax.plot(
            finite.index,
            finite[symbol],
            color=colour,
            linestyle=style,
            linewidth=1.6,
            label=str(symbol),
        )
        ax.plot(
            finite.index[alone],
            finite.loc[alone, symbol],
            color=colour,
            linestyle="none",
            marker="o",
            markersize=3,
        )
    if len(others):
        ax.fill_between(
            finite.index,
            0.0,
            finite[others].max(axis=1).fillna(0.0),
            color=GREY,
            alpha=0.3,
            linewidth=0,
            label=f"the highest of {len(others)} others",
        )
    ax.axhline(100.0, color=GREY, linewidth=0.8)
    top = max(105.0, 1.08 * float(np.nan_to_num(finite.to_numpy(), nan=0.0).max()))
    ax.set_ylim(0.0, top)
    none = np.isinf(known.to_numpy()).any(axis=1)
    if bool(none.any()):
        ax.plot(
            known.index.to_numpy()[none],
            np.full(int(none.sum()), top),
            color=RED,
            linestyle="none",
            marker="x",
            clip_on=False,
            label="short kept, none available",
        )
    ax.set_xlim(
        finite.index[0], finite.index[-1]
    )  # the whole run, also where little of it was short
    over_time(ax, finite.index)
    legend(ax)
    return ax
