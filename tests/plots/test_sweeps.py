"""Sweeps drawn: lines over one parameter, maps over two, and what is missing stays blank."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shortable.errors import InvalidInputError
from shortable.plots import plot_sweep

from .drawn import texts


def runs(index: pd.Index) -> pd.DataFrame:
    """Profits 0, 10, 20, … and refusals 0, 1, 2, …; the last run failed."""
    count = len(index)
    profit = [10.0 * at for at in range(count - 1)] + [np.nan]
    refused = pd.array([*range(count - 1), pd.NA], dtype="Int64")
    return pd.DataFrame({"net_profit": profit, "refused_for_availability": refused}, index)


def test_one_parameter_is_two_lines_in_the_order_of_its_values() -> None:
    ax = plot_sweep(runs(pd.Index([20, 5, 10, 40], name="days")))
    upper, lower = ax, ax.figure.axes[-1]
    assert upper.lines[0].get_xdata().tolist() == [5, 10, 20, 40]
    np.testing.assert_array_equal(upper.lines[0].get_ydata(), [10, 20, 0, np.nan])
    np.testing.assert_array_equal(lower.lines[0].get_ydata(), [1, 2, 0, np.nan])
    assert (upper.get_ylabel(), lower.get_ylabel()) == ("net profit", "refused\nfor availability")
    assert lower.get_xlabel() == "days"


def test_texts_stand_side_by_side_in_the_order_of_the_grid() -> None:
    ax = plot_sweep(runs(pd.Index(["slow", "fast"], name="pace")))
    assert [tick.get_text() for tick in ax.figure.axes[-1].get_xticklabels()] == ["slow", "fast"]


def test_two_parameters_are_two_maps_and_a_failed_run_is_blank() -> None:
    index = pd.MultiIndex.from_product([[5, 10], [0.1, 0.2, 0.3]], names=["days", "jump"])
    ax = plot_sweep(runs(index))
    cells = ax.images[0].get_array()
    np.testing.assert_array_equal(cells.filled(-1), [[0, 10, 20], [30, 40, -1]])
    (lower,) = [
        each
        for each in ax.figure.axes
        if each is not ax and each.images and each.get_ylabel() == "days"
    ]
    np.testing.assert_array_equal(lower.images[0].get_array().filled(-1), [[0, 1, 2], [3, 4, -1]])
    assert lower.get_xlabel() == "jump"
    assert "refused\nfor availability" in texts(ax)


def test_losses_have_a_colour_of_their_own_as_far_from_zero_as_gains() -> None:
    index = pd.MultiIndex.from_product([[5, 10], [0.1, 0.2]], names=["days", "jump"])
    found = runs(index).assign(net_profit=[-30.0, 10.0, 30.0, 0.0])
    image = plot_sweep(found).images[0]
    loss, small, gain, zero = image.to_rgba(image.get_array().ravel()).tolist()
    assert loss[3] == gain[3] == 1.0  # as strong
    assert loss[:3] != gain[:3]
    assert zero[3] < small[3] < gain[3]
    assert (image.norm.vmin, image.norm.vmax) == (-30, 30)


def test_what_cannot_be_drawn_is_refused_or_said() -> None:
    index = pd.MultiIndex.from_product([[1, 2], [3, 4], [5, 6]], names=["a", "b", "c"])
    with pytest.raises(InvalidInputError, match=r"one or two parameters.*runs\.xs"):
        plot_sweep(runs(index))
    assert plot_sweep(runs(index).xs(5, level="c")).images
    with pytest.raises(InvalidInputError, match="profit"):
        plot_sweep(runs(pd.Index([1, 2], name="a")), profit="gain")
    assert "no run has ended" in texts(plot_sweep(runs(pd.Index([1], name="a"))))
