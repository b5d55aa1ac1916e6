"""Calendars: no refusal and no day is lost, whatever the days; coverage as the data have it."""

from __future__ import annotations

from datetime import date

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot
from matplotlib.dates import num2date

from shortable.plots import plot_coverage, plot_refusals
from shortable.results import Result, RunInfo
from shortable.results.schema import conform
from shortable.store import coverage, sample_folder

from .drawn import texts
from .runs import DAYS, run


def refused_at(times: pd.DatetimeIndex, days: pd.DatetimeIndex) -> Result:
    """A run of some sessions with refusals at some times."""
    refusals = pd.DataFrame({"time": times, "symbol": "GME", "error_code": -31})
    tables = {
        "refusals": conform("refusals", refusals),
        "equity": conform("equity", pd.DataFrame({"equity": 1.0}, index=days)),
    }
    return Result(tables, RunInfo("Mine", "by hand", "", "USD", 1.0))


def test_a_calendar_of_no_refusals_still_shows_the_sessions() -> None:
    ax = plot_refusals(run(0))
    assert "no order was refused" in texts(ax)
    assert ax.collections[0].get_array().count() == len(DAYS)


def test_refusals_are_counted_by_day() -> None:
    ax = plot_refusals(run(200))
    shaded = ax.collections[1].get_array().compressed()
    by_day = run(200).refusals["time"].dt.normalize().value_counts()
    assert sorted(shaded.tolist()) == sorted(by_day.tolist())
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "Mon",
        "Tue",
        "Wed",
        "Thu",
        "Fri",
    ]


def test_many_years_are_months() -> None:
    days = pd.bdate_range("2016-01-01", "2023-12-29")
    times = pd.to_datetime(["2016-01-04", "2016-01-05", "2023-12-29"])
    ax = plot_refusals(refused_at(times, days))
    grid = ax.collections[1].get_array()
    assert grid.shape == (12, 8)
    assert (grid[0, 0], grid[11, 7], grid.count()) == (2, 1, 2)


def test_coverage_of_a_result_has_a_bar_where_there_were_no_data() -> None:
    """S000 states nothing from the 21st session to the 40th. What the 20th states, on 2024-01-29, holds until the midnight that
    begins 2024-02-05; at the close of that day it is too old. The bar ends where the 41st session begins."""
    ax = plot_coverage(run(1))
    known = run(1).availability
    assert str(DAYS[19].date()) == "2024-01-29"
    assert str(known.loc[~known["has_data"], "date"].min().date()) == "2024-02-05"
    (bar,) = ax.patches
    ends = [str(num2date(x).date()) for x in (bar.get_x(), bar.get_x() + bar.get_width())]
    assert ends == ["2024-02-05", str(DAYS[40].date())]


def test_coverage_of_many_says_how_many_are_left_out() -> None:
    ax = plot_coverage(run(200), most=10)
    assert len(ax.get_yticklabels()) == 10
    assert "190 symbols with less are not drawn" in ax.get_xlabel()


def test_coverage_of_a_store_shades_days_and_crosses_out_missing_ones() -> None:
    found = coverage("axos", data_folder=sample_folder())
    ax = plot_coverage(found)
    assert (
        ax.collections[1].get_array().count()
        == found.snapshots["local_time"].dt.normalize().nunique()
    )
    assert len(ax.collections[2].get_offsets()) == len(found.missing)
    assert f"{len(found.missing)} sessions without one" in ax.get_title("left")


@given(
    st.lists(st.dates(date(2019, 1, 1), date(2024, 12, 31)), min_size=1, max_size=30),
    st.integers(1, 400),
)
@settings(max_examples=25, deadline=None)
def test_a_calendar_loses_no_refusal_whatever_the_days(days: list[date], span: int) -> None:
    ran = pd.date_range(min(days), periods=span)
    ax = plot_refusals(refused_at(pd.to_datetime(days) + pd.Timedelta("10h"), ran))
    zero, shaded = (each.get_array() for each in ax.collections[:2])
    assert shaded.sum() == len(days)
    if shaded.shape[0] != 12:  # days, not months: each has one cell
        assert shaded.count() + zero.count() == len(set(ran.date) | set(days))
    pyplot.close("all")
