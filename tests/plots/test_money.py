"""Equity, borrow costs and audits: lines and bars held against the figures."""

from __future__ import annotations

import pandas as pd
import pytest

from shortable import CustomShortableProvider
from shortable.plots import plot_audit, plot_borrow_costs, plot_equity, plot_refusals
from shortable.research import Trades, audit
from shortable.results import Result, RunInfo
from shortable.results.schema import conform

from .drawn import line, texts
from .runs import run


def test_equity_has_both_lines_and_their_ends() -> None:
    ax = plot_equity(run(1), run(1, limited=False))
    limited, free = line(ax, "limited"), line(ax, "without")
    assert limited.get_ydata().tolist() == run(1).equity["equity"].tolist()
    assert free.get_ydata().tolist() == run(1, limited=False).equity["equity"].tolist()
    assert f"{run(1).equity['equity'].iloc[-1]:,.0f} at the end" in limited.get_label()
    assert [each.get_label().partition(":")[0] for each in plot_equity(run(1)).lines] == ["equity"]


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
    costs = conform("borrow_costs", pd.DataFrame({"symbol": ["GME", "SPY"], "cost": [30.0, -10.0]}))
    source = Result({"borrow_costs": costs}, RunInfo("Mine", "by hand", "", "USD", 1.0))
    ax = plot_borrow_costs(source)
    assert [(bar.get_x(), bar.get_width()) for bar in ax.patches] == [
        (0.0, 30.0),
        (30.0, -10.0),
        (0.0, 20.0),
    ]
    assert "20.00" in texts(ax)


def test_an_audit_is_drawn_with_its_three_lines_and_its_fees_and_refusals_too() -> None:
    done = Trades.of(
        ["2024-01-02", "2024-01-02", "2024-01-04"], "GME", [-100, -300, 400], [20.0, 20.0, 18.0]
    )
    found = audit(done, CustomShortableProvider({"GME": 300}, fee_rate={"GME": 0.36}))
    assert [each.get_label() for each in plot_audit(found).lines][:3] == [
        "as listed",
        "without what could not be borrowed",
        "less borrow costs",
    ]
    # 100 short over two nights at 20.00 (the last traded price), 36 %: 2 × 100 × 20 × 0.36 / 360 = 4.00
    assert plot_borrow_costs(found).patches[-1].get_width() == pytest.approx(4.0)
    assert plot_refusals(found).collections[1].get_array().compressed().tolist() == [1]
