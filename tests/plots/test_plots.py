"""Every plot: on an Axes that is given, of nothing, of one symbol and of 200, its artists held against the data."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from shortable.errors import InvalidInputError
from shortable.plots import (
    plot_availability,
    plot_borrow_costs,
    plot_coverage,
    plot_equity,
    plot_refusals,
    plot_short_interest,
    plot_utilization,
)
from shortable.plots.style import svg
from shortable.store import coverage, sample_folder

from .drawn import texts
from .runs import interest, run

PLOTS: dict[str, Callable[..., Any]] = {
    "availability": lambda n, **on: plot_availability(run(n), "S000", **on),
    "equity": lambda n, **on: plot_equity(run(n), run(n, limited=False), **on),
    "costs": lambda n, **on: plot_borrow_costs(run(n), **on),
    "refusals": lambda n, **on: plot_refusals(run(n), **on),
    "coverage": lambda n, **on: plot_coverage(run(n), **on),
    "utilization": lambda n, **on: plot_utilization(run(n), **on),
    "interest": lambda n, **on: plot_short_interest(interest(n), **on),
    "store": lambda n, **on: plot_coverage(coverage("axos", data_folder=sample_folder()), **on),
}


@pytest.mark.parametrize("n", [0, 1, 200])
@pytest.mark.parametrize("name", PLOTS)
def test_an_axes_passed_in_is_the_one_that_is_drawn_on_and_returned(name: str, n: int) -> None:
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2)
    before = len(pyplot.get_fignums())
    assert PLOTS[name](n, ax=right) is right
    assert len(pyplot.get_fignums()) == before
    assert not left.lines
    assert not left.collections
    figure.canvas.draw()
    assert right.get_xlabel() or right.get_ylabel() or right.get_title("left")


@pytest.mark.parametrize("n", [0, 1, 200])
@pytest.mark.parametrize("name", PLOTS)
def test_the_same_data_give_the_same_drawing_in_the_readers_own_ink(name: str, n: int) -> None:
    first, second = (svg(PLOTS[name](n)) for _ in range(2))
    assert first == second
    words = re.findall(r"<text [^>]*>", first)
    assert words
    assert all("currentColor" in each for each in words)
    assert "nan" not in first.lower()


@pytest.mark.parametrize("name", ["availability", "costs", "coverage", "utilization", "interest"])
def test_nothing_to_show_is_said(name: str) -> None:
    assert "nothing to show" in texts(PLOTS[name](0))


@pytest.mark.parametrize("plot", [plot_borrow_costs, plot_refusals])
def test_s6_what_cannot_be_drawn_is_refused(plot: Any) -> None:
    with pytest.raises(InvalidInputError, match="source"):
        plot(object())


def test_neither_plots_nor_pages_import_matplotlib_before_they_draw() -> None:
    code = "import sys, shortable.plots, shortable.report; print('matplotlib' in sys.modules)"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "False"
    )
