"""Draws the README's picture: ``python -m tests.readme_picture`` writes ``notebooks/fade_the_pump.svg`` anew."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

from shortable.engine import Backtest, MarketData
from shortable.examples.fade_the_pump import FadeThePump
from shortable.plots import plot_equity

FILE = Path(__file__).parents[1] / "notebooks" / "fade_the_pump.svg"


def main() -> None:
    """Run the example with and without limits and draw both."""
    mpl.use("svg")
    # The same bytes every time.
    mpl.rcParams["svg.hashsalt"] = "shortable"
    from matplotlib import pyplot

    backtest = Backtest(FadeThePump, MarketData.sample())
    limited, free = backtest.run(), backtest.without_limits().run()
    figure, ax = pyplot.subplots(figsize=(8.0, 3.2), layout="constrained")
    plot_equity(limited, free, ax=ax)
    for result in (limited, free):
        equity = result.equity["equity"]
        change = equity.iloc[-1] / result.summary()["start_equity"] - 1
        ax.annotate(
            f"{change:+.1%}",
            (equity.index[-1], equity.iloc[-1]),
            xytext=(5, -3),
            textcoords="offset points",
        )
    ax.margins(x=0.08)
    ax.set_xlabel("fade_the_pump on made-up sample data", fontsize=9)
    figure.savefig(FILE, metadata={"Date": None})


if __name__ == "__main__":
    main()
