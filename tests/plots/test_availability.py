"""Availability and its use: each step, order and share held against the data."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shortable import CustomShortableProvider, FrameShortableProvider
from shortable.errors import InvalidInputError
from shortable.plots import plot_availability, plot_utilization
from shortable.plots.availability import low_and_high
from shortable.plots.style import short_number
from shortable.research import constrain

from .drawn import line, texts
from .runs import DAYS, lending, run


def test_availability_marks_each_order_at_the_short_it_leads_to() -> None:
    """Held −400 after the first order; 400 more would be 800 short. Of 11 orders refused each stands at its own total."""
    result = run(1)
    ax = plot_availability(result, "S000")
    rejected = result.refusals
    assert (
        line(ax, "over what was available").get_ydata().tolist()
        == (rejected["open_sells"] - rejected["held"] - rejected["requested"]).tolist()
    )
    assert line(ax, "over what was available").get_ydata().max() == 800
    assert line(ax, "shorted").get_ydata().tolist() == [400.0]
    assert f"over what was available ({len(rejected)})" in texts(ax)
    assert (
        (line(ax, "over what was available").get_ydata())
        > rejected["available"].to_numpy(dtype=float)
    ).all()
    assert "no data" in texts(ax)
    assert len(ax.figure.axes) == 2  # the fee has its own


def test_availability_of_a_provider_steps_where_its_snapshots_do() -> None:
    days = pd.to_datetime(["2024-01-02", "2024-01-05", "2024-01-09"])
    provider = FrameShortableProvider(
        pd.DataFrame({"GME": [500, 0, 20]}, index=days),
        pd.DataFrame({"GME": [0.1, 0.5, 0.2]}, index=days),
    )
    ax = plot_availability(provider, "GME", "2024-01-02", "2024-01-10")
    drawn = line(ax, "GME: available")
    assert [int(y) for y in drawn.get_ydata()] == [500, 0, 20, 20]
    assert [round(y) for y in line(ax, "fee").get_ydata()] == [10, 50, 20, 20]
    assert ax.get_ylim()[0] == 0


def test_availability_without_restriction_or_rate_draws_no_line_where_none_is_known() -> None:
    ax = plot_availability(
        CustomShortableProvider({"SPY": None}), "SPY", "2024-01-02", "2024-01-04"
    )
    assert np.isnan(line(ax, "SPY: available").get_ydata()).all()
    assert len(ax.figure.axes) == 1


def test_few_shares_beside_many_are_seen() -> None:
    days = pd.to_datetime(["2024-01-02", "2024-01-05"])
    provider = FrameShortableProvider(pd.DataFrame({"GME": [5_000_000, 20]}, index=days))
    ax = plot_availability(provider, "GME", "2024-01-02", "2024-01-08")
    assert (ax.get_yscale(), ax.get_ylabel()) == ("symlog", "shares (log scale)")
    assert [short_number(tick) for tick in ax.get_yticks()] == [
        "0",
        "10",
        "100",
        "1,000",
        "10k",
        "100k",
        "1M",
    ]


@pytest.mark.parametrize(
    ("start", "end"), [(None, None), ("2024-01-02", None), ("2024-01-05", "2024-01-02")]
)
def test_s6_a_provider_needs_a_time_to_be_drawn(start: Any, end: Any) -> None:
    with pytest.raises(InvalidInputError, match=r"start|end"):
        plot_availability(lending(1), "S000", start, end)


def test_utilization_of_a_study_is_its_own() -> None:
    days = pd.bdate_range("2024-01-02", periods=3)
    lent = FrameShortableProvider(pd.DataFrame({"GME": [1000, 200, 0]}, index=days))
    held = constrain(pd.DataFrame({"GME": [-500, -800, -800]}, index=days), lent)
    ax = plot_utilization(held)
    assert line(ax, "GME").get_ydata().tolist()[:2] == [50.0, 250.0]
    assert len(line(ax, "short kept, none available").get_xdata()) == 1


def test_utilization_of_a_result_is_shares_short_at_the_close_over_shares_there() -> None:
    """400 short from the second session on (the order of the first fills at the next open)."""
    result = run(1)
    ax = plot_utilization(result)
    lent = FrameShortableProvider.shortable_quantities(lending(1), ["S000"], list(DAYS[1:19]))
    assert line(ax, "S000").get_ydata()[1:19].tolist() == pytest.approx((100 * 400 / lent).tolist())


def test_utilization_of_many_draws_the_rest_as_one() -> None:
    ax = plot_utilization(run(200), most=3)
    assert "the highest of 197 others" in texts(ax)


def test_many_changes_are_a_band_from_low_to_high() -> None:
    """700 sessions are 140 weeks."""
    days = pd.bdate_range("2021-01-04", periods=700)
    shares = pd.DataFrame(
        {"GME": 1_000.0 + np.arange(700) % 5}, index=days
    )  # Monday 1,000, Friday 1,004
    ax = plot_availability(FrameShortableProvider(shares), "GME", days[0], days[-1])
    assert "low to high of each week" in texts(ax)
    assert set(line(ax, "GME: available").get_ydata()) == {1004.0}
    (band,) = ax.collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert (heights.min(), heights.max()) == (1000.0, 1004.0)


@given(
    st.dictionaries(
        st.integers(0, 400_000), st.one_of(st.none(), st.integers(0, 9)), min_size=1, max_size=60
    ),
    st.integers(1, 200),
)
def test_low_and_high_hold_every_value_and_no_other(
    minutes: dict[int, int | None], most: int
) -> None:
    times = pd.Timestamp("2023-12-29 15:59") + pd.to_timedelta(sorted(minutes), unit="min")
    values = pd.Series([minutes[m] for m in sorted(minutes)], index=times, dtype=float)
    found, period = low_and_high(values, most)
    assert len(found) <= most or period == "month"
    assert found["low"].min() == values.min() or values.isna().all()
    assert found["high"].max() == values.max() or values.isna().all()
    begins = found.index
    for at, value in values.items():
        row = found.iloc[begins.searchsorted(at, side="right") - 1]
        assert np.isnan(value) or row["low"] <= value <= row["high"]
    same = found["last"].iloc[-1], values.iloc[-1]
    assert same[0] == same[1] or np.isnan(same[1])
