"""Every plot: on an Axes that is given, of nothing, of one symbol and of 200, its artists held against the data."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shortable import CustomShortableProvider, FrameShortableProvider
from shortable.errors import InvalidInputError
from shortable.plots import (
    plot_audit,
    plot_availability,
    plot_borrow_costs,
    plot_coverage,
    plot_equity,
    plot_refusals,
    plot_short_interest,
    plot_utilization,
)
from shortable.plots.style import short_number, svg
from shortable.research import Trades, audit, constrain
from shortable.short_interest import ShortInterest
from shortable.store import coverage, sample_folder

from .runs import DAYS, interest, lending, names, run

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


def texts(ax: Any) -> str:
    return " ".join(
        text.get_text()
        for each in ax.figure.axes
        for text in each.findobj(match=lambda a: hasattr(a, "get_text"))
    )


def line(ax: Any, label: str) -> Any:
    (found,) = [
        each
        for part in ax.figure.axes
        for each in part.lines
        if str(each.get_label()).startswith(label)
    ]
    return found


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


def test_a_calendar_of_no_refusals_still_shows_the_sessions() -> None:
    ax = plot_refusals(run(0))
    assert "none was refused" in texts(ax)
    assert ax.collections[0].get_array().count() == len(DAYS)


def test_equity_has_both_lines_and_their_ends() -> None:
    ax = plot_equity(run(1), run(1, limited=False))
    limited, free = line(ax, "limited"), line(ax, "without")
    assert limited.get_ydata().tolist() == run(1).equity["equity"].tolist()
    assert free.get_ydata().tolist() == run(1, limited=False).equity["equity"].tolist()
    assert f"{run(1).equity['equity'].iloc[-1]:,.0f} at the end" in limited.get_label()
    assert [each.get_label().partition(":")[0] for each in plot_equity(run(1)).lines] == ["equity"]


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
    assert "no snapshot speaks" in texts(ax)
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


def test_costs_add_up_and_say_how_many_are_lumped_together() -> None:
    fees = run(200).borrow_costs
    ax = plot_borrow_costs(run(200), most=6)
    widths = [bar.get_width() for bar in ax.patches]
    assert len(widths) == 7  # five symbols, the others, the total
    assert sum(widths[:-1]) == pytest.approx(widths[-1])
    assert widths[-1] == pytest.approx(fees["cost"].sum())
    labels = [label.get_text() for label in ax.get_yticklabels()]
    largest = fees.groupby(fees["symbol"].astype(str))["cost"].sum().nlargest(5)
    short = (fees.groupby(fees["symbol"].astype(str))["cost"].sum() != 0).sum()
    assert labels == [*largest.index, f"{short - 5} others", "total"]


def test_a_rebate_steps_back() -> None:
    source = SimpleNamespace(
        borrow_costs=pd.DataFrame({"symbol": ["GME", "SPY"], "cost": [30.0, -10.0]})
    )
    ax = plot_borrow_costs(source)
    assert [(bar.get_x(), bar.get_width()) for bar in ax.patches] == [
        (0.0, 30.0),
        (30.0, -10.0),
        (0.0, 20.0),
    ]
    assert "20.00" in texts(ax)


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
    source = SimpleNamespace(
        refusals=pd.DataFrame({"time": times, "symbol": "GME"}),
        positions=pd.DataFrame(0, index=days, columns=["GME"]),
    )
    ax = plot_refusals(source)
    grid = ax.collections[1].get_array()
    assert grid.shape == (12, 8)
    assert (grid[0, 0], grid[11, 7], grid.count()) == (2, 1, 2)


def test_coverage_of_a_result_is_the_share_of_sessions_without_a_snapshot() -> None:
    """S000 states nothing from the 21st session to the 40th. What the 20th says, on 2024-01-29, speaks until the midnight that
    begins 2024-02-05; at the close of that day it is too old."""
    ax = plot_coverage(run(1))
    drawn = ax.collections[1].get_array()
    known = run(1).availability
    assert str(DAYS[19].date()) == "2024-01-29"
    assert str(known.loc[~known["has_data"], "date"].min().date()) == "2024-02-05"
    back = DAYS[40]
    assert drawn.count() == len(DAYS[(DAYS >= "2024-02-05") & (back > DAYS)])
    assert set(drawn.compressed().tolist()) == {100.0}


def test_coverage_of_many_says_how_many_are_left_out() -> None:
    ax = plot_coverage(run(200), most=10)
    assert len(ax.get_yticklabels()) == 10
    assert "190 symbols with less silence are not drawn" in ax.get_xlabel()


def test_coverage_of_a_store_shades_days_and_crosses_out_missing_ones() -> None:
    found = coverage("axos", data_folder=sample_folder())
    ax = plot_coverage(found)
    assert (
        ax.collections[1].get_array().count()
        == found.snapshots["local_time"].dt.normalize().nunique()
    )
    assert len(ax.collections[2].get_offsets()) == len(found.missing)
    assert f"{len(found.missing)} sessions without one" in ax.get_title("left")


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


def test_short_interest_has_a_point_for_each_settlement_date() -> None:
    ax = plot_short_interest(interest(24))
    assert line(ax, "shares short").get_ydata().tolist() == [
        1_000_000 + 10_000 * i for i in range(24)
    ]
    assert line(ax, "days to cover").get_ydata().tolist() == [2.0 + 0.02 * i for i in range(24)]
    made_up = plot_short_interest(ShortInterest(sample_folder()), "AAPL.US")
    assert made_up.get_title("left") == "made-up sample data"


def test_an_audit_is_drawn_with_its_three_lines_and_its_fees_and_refusals_too() -> None:
    done = Trades.of(
        ["2024-01-02", "2024-01-02", "2024-01-04"], "GME", [-100, -300, 400], [20.0, 20.0, 18.0]
    )
    found = audit(done, CustomShortableProvider({"GME": 300}, fee_rate={"GME": 0.36}))
    assert [each.get_label() for each in plot_audit(found).lines][:3] == [
        "as listed",
        "what could be borrowed",
        "… less borrow fees",
    ]
    # 100 short over two nights at 20.00 (the last traded price), 36 %: 2 × 100 × 20 × 0.36 / 360 = 4.00
    assert plot_borrow_costs(found).patches[-1].get_width() == pytest.approx(4.0)
    assert plot_refusals(found).collections[1].get_array().compressed().tolist() == [1]


@pytest.mark.parametrize("plot", [plot_borrow_costs, plot_refusals])
def test_s6_what_cannot_be_drawn_is_refused(plot: Any) -> None:
    with pytest.raises(InvalidInputError, match="source"):
        plot(object())


def test_the_colours_stand_out_on_white_and_on_black() -> None:
    """A contrast of 3 to 1, the least that WCAG 2.1 (1.4.11) asks of graphics, by its formula of relative luminance."""
    from matplotlib.colors import to_rgb

    from shortable.plots import style

    def luminance(colour: str) -> float:
        red, green, blue = (
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for name in ("BLUE", "AMBER", "GREEN", "RED", "GREY"):
        own = luminance(getattr(style, name))
        for ground in ("#ffffff", "#0d1117"):
            light, dark = sorted((own, luminance(ground)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 3.0, (name, ground)


def test_neither_plots_nor_pages_import_matplotlib_before_they_draw() -> None:
    code = "import sys, shortable.plots, shortable.report; print('matplotlib' in sys.modules)"
    assert (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.strip()
        == "False"
    )


@given(
    st.lists(st.dates(date(2019, 1, 1), date(2024, 12, 31)), min_size=1, max_size=30),
    st.integers(1, 400),
)
@settings(max_examples=25, deadline=None)
def test_a_calendar_loses_no_refusal_whatever_the_days(days: list[date], span: int) -> None:
    ran = pd.date_range(min(days), periods=span)
    source = SimpleNamespace(
        refusals=pd.DataFrame(
            {"time": pd.to_datetime(days) + pd.Timedelta("10h"), "symbol": "GME"}
        ),
        positions=pd.DataFrame(0, index=ran, columns=["GME"]),
    )
    ax = plot_refusals(source)
    zero, shaded = (each.get_array() for each in ax.collections[:2])
    assert shaded.sum() == len(days)
    if shaded.shape[0] != 12:  # days, not months: each has one cell
        assert shaded.count() + zero.count() == len(set(ran.date) | set(days))
    close_all()


def close_all() -> None:
    from matplotlib import pyplot

    pyplot.close("all")


def test_names_of_symbols_and_numbers_are_text() -> None:
    assert short_number(9_999_841) == "9.99984M"
    assert names(2) == ["S000", "S001"]
