"""zipline-reloaded's own traps."""

from __future__ import annotations

import os

import numpy as np
import pandas as pd
import pytest

from shortable import CustomShortableProvider
from shortable.adapters.zipline import bundle_of_frames, limit_shorts
from shortable.errors import InvalidInputError
from shortable.testing.workload import make_workload

zipline = pytest.importorskip(
    "zipline", reason="zipline is not installed: python -m pip install -e '.[zipline]'"
)

WORK = make_workload("daily", sessions=20, symbols=2)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    environ = {**os.environ, "ZIPLINE_ROOT": str(tmp_path_factory.mktemp("zipline"))}
    return bundle_of_frames(WORK.frames(), environ=environ), environ


def run(bundle, script, provider, *, slippage=None, **options):
    from zipline import api, finance

    name, environ = bundle
    short = limit_shorts(
        provider,
        blotter_options={
            "equity_slippage": slippage or finance.slippage.NoSlippage(),
            "equity_commission": finance.commission.NoCommission(),
        },
        **options,
    )
    placed, rows = [], iter(range(99))

    def handle_data(context, data):
        made = script(api, context, next(rows))
        placed.extend(made if isinstance(made, list) else [made] if made else [])

    results = zipline.run_algorithm(
        pd.Timestamp(WORK.sessions[0]),
        pd.Timestamp(WORK.sessions[-1]),
        lambda context: setattr(context, "asset", api.symbol("S000")),
        1e9,
        handle_data=handle_data,
        bundle=name,
        environ=environ,
        default_extension=False,
        benchmark_returns=pd.Series(0.0, index=pd.DatetimeIndex(WORK.sessions, tz="UTC")),
        **short.arguments,
    )
    return results, short, placed


def position(results):
    held = results["positions"].iloc[-1]
    return held[0]["amount"] if held else 0


def test_two_orders_of_a_bar_do_not_both_pass(bundle):
    """A TradingControl would not see the first: both would."""
    results, short, placed = run(
        bundle,
        lambda api, c, row: (
            [api.order(c.asset, -400), api.order(c.asset, -400)] if row == 0 else None
        ),
        CustomShortableProvider({"S000": 500}),
    )
    assert position(results) == -400
    refused = short.blotter.orders[placed[1]]
    assert refused.status.name == "REJECTED"
    assert (
        refused.reason
        == "Order exceeds maximum shortable quantity for Symbol S000 (requested short: 400)"
    )


def test_a_refused_order_is_in_the_host_s_own_record(bundle):
    results, _, placed = run(
        bundle,
        lambda api, c, row: api.order(c.asset, -501) if row == 0 else None,
        CustomShortableProvider({"S000": 500}),
    )
    statuses = {o["id"]: o["status"].name for day in results["orders"] for o in day}
    assert statuses[placed[0]] == "REJECTED"
    assert position(results) == 0


def test_a_clipped_order_fills_no_more_than_what_it_was_cut_to_even_in_parts(bundle):
    """Fixed slippage fills the whole order again after a part of it; the order itself is what was cut."""
    from zipline import finance

    for slippage in (
        finance.slippage.NoSlippage(),
        finance.slippage.FixedSlippage(0.0),
        finance.slippage.VolumeShareSlippage(1e-7, 0.0),
    ):
        results, _, _ = run(
            bundle,
            lambda api, c, row: api.order(c.asset, -400) if row == 0 else None,
            CustomShortableProvider({"S000": 250}),
            on_exceed="clip",
            slippage=slippage,
        )
        assert position(results) == -250


def test_what_is_left_of_an_order_counts(bundle):
    from zipline import finance

    # 1e9 shares of volume x 1e-7 are 100 a day.
    slow = finance.slippage.VolumeShareSlippage(1e-7, 0.0)
    plan = {0: -400, 1: -101}
    _, short, _ = run(
        bundle,
        lambda api, c, row: api.order(c.asset, plan[row]) if row in plan else None,
        CustomShortableProvider({"S000": 500}),
        slippage=slow,
    )
    assert short.desk.report().refusals[["held", "open_sells"]].to_numpy().tolist() == [[-100, 300]]


def test_a_resting_order_is_rejected_when_its_shares_are_gone(bundle):
    from zipline import finance

    day = dict(zip(WORK.sessions, [500, 500] + [50] * 18, strict=True))
    results, short, placed = run(
        bundle,
        lambda api, c, row: (
            [api.order(c.asset, -q, style=finance.execution.LimitOrder(9999.0)) for q in (50, 300)]
            if row == 0
            else None
        ),
        CustomShortableProvider(lambda s, now: day[now.date()]),
        recheck="daily",
    )
    assert [short.blotter.orders[i].status.name for i in placed] == ["OPEN", "REJECTED"]
    assert short.desk.report().refusals["kind"].tolist() == ["recheck"]
    assert position(results) == 0


def test_what_the_host_cannot_do_is_said():
    with pytest.raises(InvalidInputError, match="before a fill"):
        limit_shorts(CustomShortableProvider({}), recheck="fill")
    with pytest.raises(InvalidInputError, match="data_frequency"):
        limit_shorts(CustomShortableProvider({}), data_frequency="hourly")


def test_its_own_null_run_is_not_changed(bundle):
    from zipline import api, finance

    from shortable import NullShortableProvider

    name, environ = bundle
    values = []
    for extra in (
        {},
        limit_shorts(
            NullShortableProvider(),
            blotter_options={"equity_slippage": finance.slippage.FixedBasisPointsSlippage()},
        ).arguments,
    ):
        results = zipline.run_algorithm(
            pd.Timestamp(WORK.sessions[0]),
            pd.Timestamp(WORK.sessions[-1]),
            lambda context: setattr(context, "asset", api.symbol("S000")),
            1e6,
            handle_data=lambda context, data: api.order_target_percent(context.asset, -0.3),
            bundle=name,
            environ=environ,
            default_extension=False,
            benchmark_returns=pd.Series(0.0, index=pd.DatetimeIndex(WORK.sessions, tz="UTC")),
            **extra,
        )
        values.append(results["portfolio_value"].to_numpy())
    assert np.array_equal(*values)
