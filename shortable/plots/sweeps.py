"""Sweeps: profit and refusals of the runs over their grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from shortable.errors import InvalidInputError
from shortable.plots.style import (
    AMBER,
    BLUE,
    RED,
    WIDTH,
    axes,
    below,
    figures,
    nothing,
    shades,
    short_number,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_sweep"]

_MOST = 12
"""Values of a parameter up to which each cell of the grid says its number."""


def plot_sweep(
    runs: pd.DataFrame,
    *,
    profit: str = "net_profit",
    refusals: str = "refused_for_availability",
    ax: Axes | None = None,
) -> Axes:
    """Draw the profit of a sweep's runs, and below it how many shorts were refused, over the grid.

    One parameter is drawn as two lines, two parameters as two maps, in which losses have a colour of their own. Of more, choose: ``runs.xs(5, level="days")``.
    Runs that failed, or have not ended, are left blank.

    Parameters
    ----------
    runs : DataFrame
        What `shortable.results.compare` or `shortable.research.sweep` returned, or part of it.
    profit, refusals : str
        Columns of it.
    ax : Axes, optional
        To draw on; default a new figure's.

    Returns
    -------
    matplotlib.axes.Axes
        The upper one.

    Raises
    ------
    InvalidInputError
        The runs differ in more than two parameters, or a column is not there.
    """
    names = [str(name) for name in runs.index.names]
    for column in (profit, refusals):
        if column not in runs:
            raise InvalidInputError("runs", column, f"have a column of that name, of {list(runs)}")
    if len(names) > 2 or runs.index.has_duplicates:
        raise InvalidInputError(
            "runs",
            ", ".join(names),
            "differ in one or two parameters",
            "Choose with runs.xs(value, level=name).",
        )
    ax = axes(ax, (WIDTH, 4.2 if len(names) == 1 else 5.0))
    labels = profit.replace("_", " "), refusals.replace("_for_", "\nfor ").replace("_", " ")
    if not runs[profit].notna().any():
        return nothing(ax, "no run has ended with a result")
    lower = below(ax, labels[1], share=0.35 if len(names) == 1 else 0.5)
    ax.set_ylabel(labels[0])
    parts = ((ax, profit, BLUE), (lower, refusals, AMBER))
    if len(names) == 1:
        _lines(parts, runs, names[0])
    else:
        _maps(parts, runs, names, labels)
    return ax


def _lines(parts: Sequence[tuple[Axes, str, str]], runs: pd.DataFrame, name: str) -> None:
    values = list(runs.index)
    numbers = pd.api.types.is_numeric_dtype(runs.index.dtype)
    at = np.asarray(values if numbers else range(len(values)), dtype=float)
    order = np.argsort(at, kind="stable")
    for part, column, colour in parts:
        heights = runs[column].to_numpy(dtype=float, na_value=np.nan)
        part.plot(at[order], heights[order], color=colour, marker="o", linewidth=1.6)
        figures(part.yaxis)
    lower = parts[-1][0]
    if not numbers:
        lower.set_xticks(at, [str(value) for value in values])
    lower.margins(y=0.15)
    lower.set_ylim(bottom=0)
    lower.set_xlabel(name)


def _maps(
    parts: Sequence[tuple[Axes, str, str]],
    runs: pd.DataFrame,
    names: list[str],
    labels: tuple[str, str],
) -> None:
    from matplotlib.colors import CenteredNorm

    for (part, column, colour), label in zip(parts, labels, strict=True):
        grid = runs[column].astype("Float64").unstack(names[1])
        cells = grid.to_numpy(dtype=float, na_value=np.nan)
        losses = bool((cells < 0).any())
        image = part.imshow(
            np.ma.masked_invalid(cells),
            aspect="auto",
            origin="lower",
            cmap=shades(colour, RED if losses else None),
            norm=CenteredNorm() if losses else None,
        )
        part.figure.colorbar(
            image, ax=part, label=label, format=lambda value, _: short_number(value)
        )
        part.grid(False)
        part.set_ylabel(names[0])
        part.set_yticks(range(len(grid.index)), [str(value) for value in grid.index])
        part.set_xticks(range(len(grid.columns)), [str(value) for value in grid.columns])
        if max(grid.shape) <= _MOST:
            for (row, at), value in np.ndenumerate(cells):
                if not np.isnan(value):
                    part.text(
                        at,
                        row,
                        short_number(float(f"{value:.3g}")),
                        ha="center",
                        va="center",
                        fontsize="small",
                    )
    parts[-1][0].set_xlabel(names[1])
