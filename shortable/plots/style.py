"""One style for all plots: colours that the colour-blind can tell apart, on light and on dark ground alike."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from shortable.errors import MissingDependencyError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

__all__ = [
    "AMBER",
    "BLUE",
    "GREEN",
    "GREY",
    "RED",
    "axes",
    "below",
    "beside",
    "figure_of",
    "figures",
    "legend",
    "nothing",
    "over_time",
    "shades",
    "short_number",
    "svg",
]

# Okabe and Ito, "Color Universal Design" (2008), of which these five have a contrast of at least 3 to 1 on white, those
# lightened where needed, and on black.
BLUE, AMBER, GREEN, RED, GREY = "#0082c8", "#c18400", "#00936b", "#d55e00", "#808890"
WIDTH = 6.4
"""Inches: on a page of 800 pixels text is a little larger than the page's, on a phone it can still be read."""
_LEGEND_ROW = 56  # characters of two labels side by side
_INK = "#7f7f7e"  # replaced by the page's text colour, see svg


def axes(ax: Axes | None, size: tuple[float, float] = (WIDTH, 3.2)) -> Axes:
    """Return `ax`, or the Axes of a new figure, with the frame and grid that all plots have.

    Raises
    ------
    MissingDependencyError
        matplotlib is not installed.
    """
    if ax is None:
        try:
            import matplotlib.pyplot as plt
        except ImportError:
            raise MissingDependencyError("plotting", "plot") from None
        ax = plt.figure(figsize=size, layout="constrained").add_subplot()
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.grid(True, alpha=0.3, linewidth=0.6)
    ax.set_axisbelow(True)
    return ax


def figure_of(ax: Axes) -> Figure:
    """Return the figure that an Axes is on."""
    from matplotlib.figure import Figure

    figure = ax.figure
    return figure if isinstance(figure, Figure) else figure.figure


def beside(ax: Axes, label: str) -> Axes:
    """Return a second y axis on the right, for something of another unit."""
    other = ax.twinx()
    for side, spine in other.spines.items():
        spine.set_visible(side == "right")
    other.grid(False)
    other.set_ylabel(label)
    return other


def below(ax: Axes, label: str, *, share: float = 0.3) -> Axes:
    """Return an Axes below another one, on the same x axis, which takes a share of its height."""
    place = ax.get_subplotspec()
    if place is None:
        other = ax.inset_axes((0.0, -share - 0.1, 1.0, share), sharex=ax)
    else:
        halves = place.subgridspec(2, 1, height_ratios=(1.0 - share, share))
        ax.set_subplotspec(halves[0])
        other = ax.figure.add_subplot(halves[1], sharex=ax)
    ax.tick_params(labelbottom=False)
    other.set_ylabel(label)
    return axes(other)


def nothing(ax: Axes, why: str) -> Axes:
    """Say on an empty Axes that there is nothing to show, and why."""
    ax.grid(False)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.text(
        0.5,
        0.5,
        f"nothing to show: {why}",
        transform=ax.transAxes,
        ha="center",
        va="center",
        fontsize="medium",
        wrap=True,
    )
    return ax


def legend(ax: Axes, *others: Axes) -> None:
    """Put a legend of an Axes, and of others that belong to it, above the drawing, where it hides nothing."""
    handles, labels = [], []
    for each in (ax, *others):
        some, named = each.get_legend_handles_labels()
        handles += some
        labels += named
    if handles:
        longest = sorted(map(len, labels))[-2:]
        ax.legend(
            handles,
            labels,
            loc="lower left",
            bbox_to_anchor=(0.0, 1.0),
            ncols=2 if sum(longest) <= _LEGEND_ROW else 1,
            frameon=False,
            borderaxespad=0.2,
            fontsize="medium",
            columnspacing=1.2,
            handlelength=1.6,
        )


def shades(colour: str, negative: str | None = None) -> Colormap:
    """Return a colour map from nearly transparent to a colour, so that it reads on light and on dark pages.

    With a colour for what is negative, nearly transparent stands in the middle.
    """
    from matplotlib.colors import LinearSegmentedColormap, to_rgba

    steps = [to_rgba(colour, 0.15), to_rgba(colour, 1.0)]
    if negative is not None:
        steps = [to_rgba(negative, 1.0), to_rgba(negative, 0.15), *steps]
    places = [0.0, 1.0] if negative is None else [0.0, 0.5, 0.5, 1.0]
    return LinearSegmentedColormap.from_list("shades", list(zip(places, steps, strict=True)))


def short_number(value: float) -> str:
    """Return a number in as few characters as an axis has room for.

    Examples
    --------
    >>> [short_number(x) for x in (0, 950, 12_500, 4_000_000, -2_500_000_000, 0.25)]
    ['0', '950', '12.5k', '4M', '-2.5B', '0.25']
    """
    for size, unit in ((1e9, "B"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if unit == 'k' else size):,.6g}{unit}"
    return f"{value:,.6g}"


def figures(axis: Axis) -> None:
    """Label an axis with short numbers."""
    axis.set_major_formatter(lambda value, _: short_number(value))


def over_time(ax: Axes, times: pd.Index | None = None) -> None:
    """Label the x axis with dates, as short as they can be; where `times` holds one time only, with that one."""
    from matplotlib import dates

    typed: Any = dates  # its stubs leave these two without types
    locator = typed.AutoDateLocator(minticks=3, maxticks=8)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(typed.ConciseDateFormatter(locator))
    if times is not None and len(times) and times[0] == times[-1]:
        only = float(typed.date2num(times[0]))  # in days
        ax.set_xlim(only - 1, only + 1)
        ax.set_xticks([only], [f"{times[0]:%Y-%m-%d}"])


def svg(ax: Axes) -> str:
    """Return an Axes' figure as SVG without a background, its text and frame in the page's text colour, and close it.

    The same figure gives the same text.
    """
    import matplotlib as mpl
    import matplotlib.pyplot as plt
    from matplotlib.text import Text

    drawn = figure_of(ax)
    for each in drawn.axes:
        each.set_facecolor("none")
        each.tick_params(colors=_INK)
        for spine in each.spines.values():
            spine.set_edgecolor(_INK)
        named = each.get_legend()
        if named is not None:
            named.get_frame().set_alpha(0.0)
    for text in drawn.findobj(Text):
        text.set_color(_INK)
    drawn.patch.set_alpha(0.0)
    out = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "shortable"}):
        drawn.savefig(out, format="svg", metadata={"Date": None})
    plt.close(drawn)
    return out.getvalue().replace(_INK, "currentColor")
