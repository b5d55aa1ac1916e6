"""One style for all plots: colours that the colour-blind can tell apart, on light and on dark ground alike."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from shortable.errors import MissingDependencyError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["AMBER", "BLUE", "GREEN", "GREY", "RED", "axes", "over_time", "svg"]

# Okabe and Ito, "Color Universal Design" (2008), of which these five have a contrast of at least 3 to 1 on white, those
# lightened where needed, and on black.
BLUE, AMBER, GREEN, RED, GREY = "#0082c8", "#c98a00", "#00936b", "#d55e00", "#808890"
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


def over_time(ax: Any) -> None:
    """Label the x axis with as few words of date as tell the times."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    locator = AutoDateLocator(minticks=3, maxticks=8)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def svg(ax: Any) -> str:
    """Return an Axes' figure as SVG on no ground, its text and frame in the page's own ink, and close it.

    The same figure gives the same text.
    """
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    drawn = ax.figure
    for each in drawn.axes:
        each.set_facecolor("none")
        each.tick_params(colors=_INK)
        for spine in each.spines.values():
            spine.set_edgecolor(_INK)
        for text in (each.xaxis.label, each.yaxis.label, each.title, *each.texts, *each.get_xticklabels(), *each.get_yticklabels()):
            text.set_color(_INK)
        legend = each.get_legend()
        if legend is not None:
            legend.get_frame().set_alpha(0.0)
            for text in legend.get_texts():
                text.set_color(_INK)
        for offset in (each.xaxis.get_offset_text(), each.yaxis.get_offset_text()):
            offset.set_color(_INK)
    drawn.patch.set_alpha(0.0)
    out = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "shortable"}):
        drawn.savefig(out, format="svg", metadata={"Date": None})
    plt.close(drawn)
    return out.getvalue().replace(_INK, "currentColor")
