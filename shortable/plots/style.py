"""One style for all plots: colours that the colour-blind can tell apart, on light and on dark ground alike."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from shortable.errors import MissingDependencyError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "AMBER",
    "BLUE",
    "GREEN",
    "GREY",
    "RED",
    "axes",
    "beside",
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
_INK = "#7f7f7e"  # stands for the reader's own ink, see svg


def axes(ax: Axes | None, size: tuple[float, float] = (8.0, 3.4)) -> Any:
    """Return `ax`, or the Axes of a new figure, with the house's frame and grid.

    Raises
    ------
    MissingDependencyError
        matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingDependencyError("plotting", "plot") from None
    if ax is None:
        import matplotlib.pyplot as plt

        drawn: Figure = plt.figure(figsize=size, layout="constrained")
        ax = drawn.add_subplot()
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    ax.grid(True, alpha=0.3, linewidth=0.6)
    ax.set_axisbelow(True)
    return ax


def beside(ax: Any, label: str) -> Any:
    """Return a second y axis on the right, for something of another unit."""
    other = ax.twinx()
    for side, spine in other.spines.items():
        spine.set_visible(side == "right")
    other.grid(False)
    other.set_ylabel(label)
    return other


def nothing(ax: Any, why: str) -> Any:
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


def legend(ax: Any, *others: Any) -> None:
    """Name what is drawn on an Axes, and on those beside it, above the drawing, where it hides nothing."""
    handles, labels = [], []
    for each in (ax, *others):
        some, named = each.get_legend_handles_labels()
        handles += some
        labels += named
    if handles:
        columns = 2 if len(handles) in (2, 4) else 3
        ax.legend(
            handles,
            labels,
            loc="lower left",
            bbox_to_anchor=(0.0, 1.0),
            ncols=columns,
            frameon=False,
            borderaxespad=0.2,
            fontsize="small",
        )


def shades(colour: str) -> Any:
    """Return a colour map from nearly clear to a colour: clear shows the ground, so it reads on light and on dark."""
    from matplotlib.colors import LinearSegmentedColormap, to_rgba

    return LinearSegmentedColormap.from_list(
        "shades", [to_rgba(colour, 0.15), to_rgba(colour, 1.0)]
    )


def short_number(value: float) -> str:
    """Return a number in as few signs as an axis has room for.

    Examples
    --------
    >>> [short_number(x) for x in (0, 950, 12_500, 4_000_000, -2_500_000_000, 0.25)]
    ['0', '950', '12.5k', '4M', '-2.5B', '0.25']
    """
    for size, unit in ((1e9, "B"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if unit == 'k' else size):,.6g}{unit}"
    return f"{value:,.6g}"


def figures(axis: Any) -> None:
    """Label an axis with short numbers."""
    axis.set_major_formatter(lambda value, _: short_number(value))


def over_time(ax: Any, times: Any = ()) -> None:
    """Label the x axis with as few words of date as tell the times; where `times` are one alone, with that."""
    from datetime import timedelta

    from matplotlib import dates

    typed: Any = dates  # its stubs leave these two without types
    locator = typed.AutoDateLocator(minticks=3, maxticks=8)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(typed.ConciseDateFormatter(locator))
    if len(times) and times[0] == times[-1]:
        ax.set_xlim(times[0] - timedelta(days=1), times[0] + timedelta(days=1))
        ax.set_xticks([times[0]], [f"{times[0]:%Y-%m-%d}"])


def svg(ax: Any) -> str:
    """Return an Axes' figure as SVG on no ground, its text and frame in the page's own ink, and close it.

    The same figure gives the same text.
    """
    import matplotlib as mpl
    import matplotlib.pyplot as plt
    from matplotlib.text import Text

    drawn = ax.figure
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
